# busio.SPI of CircuitPython on machine.SPI, as far as adafruit_bus_device and adafruit_vs1053 use it.
import machine


class SPI:
    def __init__(self, clock, MOSI=None, MISO=None):
        self._pins = {"sck": clock, "mosi": MOSI, "miso": MISO}
        self._locked = False
        self._set = None
        self.configure()

    def try_lock(self):
        if self._locked:
            return False
        self._locked = True
        return True

    def unlock(self):
        self._locked = False

    # As in CircuitPython, a setting that is there already costs nothing.
    def configure(self, *, baudrate=100000, polarity=0, phase=0, bits=8):
        wanted = (max(baudrate, 125000), polarity, phase)
        if wanted != self._set:
            self._spi = machine.SPI(2, wanted[0], polarity=polarity, phase=phase, bits=bits, **self._pins)
            self._set = wanted

    def write(self, buffer, *, start=0, end=None):
        self._spi.write(memoryview(buffer)[start : len(buffer) if end is None else end])

    def readinto(self, buffer, *, start=0, end=None, write_value=0):
        self._spi.readinto(memoryview(buffer)[start : len(buffer) if end is None else end], write_value)
