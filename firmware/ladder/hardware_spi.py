# The SPI that the chip has (SPIM). Not in the article, whose author had no luck with it. 8 MHz is below the VS1053's limit for data
# (CLKI / 4, 10.75 MHz); its registers are read at 1 MHz, which is below theirs even before CLOCKF is set (CLKI / 7, 1.75 MHz).
import machine

import player


class SPI:
    def __init__(self, clk, MOSI, MISO):
        self.pins = {"sck": clk, "mosi": MOSI, "miso": MISO}
        self.registers()

    def registers(self):
        self.fast = False
        self.spi = machine.SPI(2, 1000000, **self.pins)

    def data(self):
        self.fast = True
        self.spi = machine.SPI(2, 8000000, **self.pins)

    def exchange(self, b):
        if self.fast:
            self.registers()
        received = bytearray(1)
        self.spi.write_readinto(bytes([b]), received)
        return received[0]

    def write(self, data):
        if not self.fast:
            self.data()
        self.spi.write(data)


player.play(SPI)
