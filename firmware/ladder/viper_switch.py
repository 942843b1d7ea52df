# Viper. It has machine integers, and in 2018 it could not store one into an attribute: switch_to_output() takes its place, as a call turns its
# arguments into objects. The article: 45 s, without this step's code; so this one is a guess.
import player
import softspi


class SPI(softspi.SoftSPI):
    @micropython.viper
    def sendByte(self, b: int):
        clk = self.clk
        MOSI = self.MOSI
        clk.switch_to_output(False)
        MOSI.switch_to_output(b & 0x80)
        clk.switch_to_output(True)
        clk.switch_to_output(False)
        MOSI.switch_to_output(b & 0x40)
        clk.switch_to_output(True)
        clk.switch_to_output(False)
        MOSI.switch_to_output(b & 0x20)
        clk.switch_to_output(True)
        clk.switch_to_output(False)
        MOSI.switch_to_output(b & 0x10)
        clk.switch_to_output(True)
        clk.switch_to_output(False)
        MOSI.switch_to_output(b & 0x08)
        clk.switch_to_output(True)
        clk.switch_to_output(False)
        MOSI.switch_to_output(b & 0x04)
        clk.switch_to_output(True)
        clk.switch_to_output(False)
        MOSI.switch_to_output(b & 0x02)
        clk.switch_to_output(True)
        clk.switch_to_output(False)
        MOSI.switch_to_output(b & 0x01)
        clk.switch_to_output(True)

    def write(self, data):
        for b in data:
            self.sendByte(b)


player.play(SPI)
