# The pins looked up once a byte instead of 24 times. The article: 34 s.
import player
import softspi


class SPI(softspi.SoftSPI):
    @micropython.native
    def sendByte(self, b):
        clk = self.clk
        MOSI = self.MOSI
        clk.value = False
        MOSI.value = b & 0x80
        clk.value = True
        clk.value = False
        MOSI.value = b & 0x40
        clk.value = True
        clk.value = False
        MOSI.value = b & 0x20
        clk.value = True
        clk.value = False
        MOSI.value = b & 0x10
        clk.value = True
        clk.value = False
        MOSI.value = b & 0x08
        clk.value = True
        clk.value = False
        MOSI.value = b & 0x04
        clk.value = True
        clk.value = False
        MOSI.value = b & 0x02
        clk.value = True
        clk.value = False
        MOSI.value = b & 0x01
        clk.value = True

    def write(self, data):
        for b in data:
            self.sendByte(b)


player.play(SPI)
