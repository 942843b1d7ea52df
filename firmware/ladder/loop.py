# A loop over the bits, as one writes it first. The article: 128 s.
import player
import softspi


class SPI(softspi.SoftSPI):
    def sendByte(self, b):
        for i in range(7, -1, -1):
            self.clk.value = False
            self.MOSI.value = b & (1 << i)
            self.clk.value = True

    def write(self, data):
        for b in data:
            self.sendByte(b)


player.play(SPI)
