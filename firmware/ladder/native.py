# The same, compiled to machine code. The article: 49.5 s.
import player
import softspi


class SPI(softspi.SoftSPI):
    @micropython.native
    def sendByte(self, b):
        self.clk.value = False
        self.MOSI.value = b & 0x80
        self.clk.value = True
        self.clk.value = False
        self.MOSI.value = b & 0x40
        self.clk.value = True
        self.clk.value = False
        self.MOSI.value = b & 0x20
        self.clk.value = True
        self.clk.value = False
        self.MOSI.value = b & 0x10
        self.clk.value = True
        self.clk.value = False
        self.MOSI.value = b & 0x08
        self.clk.value = True
        self.clk.value = False
        self.MOSI.value = b & 0x04
        self.clk.value = True
        self.clk.value = False
        self.MOSI.value = b & 0x02
        self.clk.value = True
        self.clk.value = False
        self.MOSI.value = b & 0x01
        self.clk.value = True

    def write(self, data):
        for b in data:
            self.sendByte(b)


player.play(SPI)
