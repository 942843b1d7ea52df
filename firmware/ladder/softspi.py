# SPI by hand: what all steps have in common. A step adds write(data).
#
# The clock rests high; data change while it is low, and count when it rises (mode 3).
import digitalio


class SoftSPI:
    def __init__(self, clk, MOSI, MISO):
        self.clk = digitalio.DigitalInOut(clk)
        self.clk.direction = digitalio.Direction.OUTPUT
        self.MOSI = digitalio.DigitalInOut(MOSI)
        self.MOSI.direction = digitalio.Direction.OUTPUT
        self.MISO = digitalio.DigitalInOut(MISO)
        self.MISO.direction = digitalio.Direction.INPUT
        self.clk.value = True

    # Both ways, a byte at a time. For the chip's registers, where nothing has to be fast.
    def exchange(self, b):
        received = 0
        for i in range(7, -1, -1):
            self.clk.value = False
            self.MOSI.value = b & (1 << i)
            self.clk.value = True
            received = received << 1 | self.MISO.value
        return received
