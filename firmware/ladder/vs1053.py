# A driver for the VS1053 over an SPI of the caller's (VS1053b datasheet, chapters 7 to 10).
#
# spi.exchange(byte) sends a byte and returns the one that comes back: SCI goes through it, a register at a time, and slowly.
# spi.write(data) only sends: the song goes through it, and it is what the steps of the ladder make fast.
import time

MODE = const(0x0)
STATUS = const(0x1)
CLOCKF = const(0x3)
WRAM = const(0x6)
WRAMADDR = const(0x7)
HDAT0 = const(0x8)
HDAT1 = const(0x9)
VOL = const(0xB)

SM_CANCEL = const(1 << 3)
END_FILL_BYTE = const(0x1E06)


class VS1053:
    def __init__(self, spi, xcs, xdcs, dreq, xreset):
        self.spi = spi
        self.xcs = xcs
        self.xdcs = xdcs
        self.dreq = dreq
        self.xreset = xreset
        self.xcs.switch_to_output(True)
        self.xdcs.switch_to_output(True)
        self.xreset.switch_to_output(True)
        self.dreq.switch_to_input()

    def wait(self):
        while not self.dreq.value:
            pass

    def write_register(self, address, value):
        self.wait()
        self.xcs.value = False
        for byte in (2, address, value >> 8, value & 0xFF):
            self.spi.exchange(byte)
        self.xcs.value = True

    def read_register(self, address):
        self.wait()
        self.xcs.value = False
        self.spi.exchange(3)
        self.spi.exchange(address)
        value = self.spi.exchange(0) << 8 | self.spi.exchange(0)
        self.xcs.value = True
        return value

    # Reset, then 3.5 times the crystal's clock, and full volume.
    def start(self):
        self.xreset.value = False
        time.sleep(0.002)
        self.xreset.value = True
        time.sleep(0.003)
        version = self.read_register(STATUS) >> 4 & 0xF
        if version != 4:
            raise RuntimeError("no VS1053: STATUS has version %d, not 4" % version)
        self.write_register(CLOCKF, 0x8800)
        self.write_register(VOL, 0x0000)

    # No more than 32 bytes at a time: DREQ promises no more room than that.
    def play_data(self, data):
        self.wait()
        self.xdcs.value = False
        self.spi.write(data)
        self.xdcs.value = True

    # The end of a file, as the datasheet has it (10.5.1).
    def finish(self):
        self.write_register(WRAMADDR, END_FILL_BYTE)
        fill = bytes([self.read_register(WRAM) & 0xFF] * 32)
        for _ in range(65):
            self.play_data(fill)
        self.write_register(MODE, self.read_register(MODE) | SM_CANCEL)
        for _ in range(64):
            self.play_data(fill)
            if not self.read_register(MODE) & SM_CANCEL:
                break
        if self.read_register(HDAT0) or self.read_register(HDAT1):
            raise RuntimeError("the VS1053 did not end the song")
