# The GPIO's registers instead of pin objects: SCLK is P0.22, MOSI P1.00, OUTSET 0x508 and OUTCLR 0x50C of each port. The article: 11.7 s.
import player
import softspi


class SPI(softspi.SoftSPI):
    def write(self, data):
        @micropython.viper
        def sendByte(b: int):
            ptr32(0x5000050C)[0] = 1 << 22
            if b & 0x80:
                ptr32(0x50000808)[0] = 1 << 0
            else:
                ptr32(0x5000080C)[0] = 1 << 0
            ptr32(0x50000508)[0] = 1 << 22
            ptr32(0x5000050C)[0] = 1 << 22
            if b & 0x40:
                ptr32(0x50000808)[0] = 1 << 0
            else:
                ptr32(0x5000080C)[0] = 1 << 0
            ptr32(0x50000508)[0] = 1 << 22
            ptr32(0x5000050C)[0] = 1 << 22
            if b & 0x20:
                ptr32(0x50000808)[0] = 1 << 0
            else:
                ptr32(0x5000080C)[0] = 1 << 0
            ptr32(0x50000508)[0] = 1 << 22
            ptr32(0x5000050C)[0] = 1 << 22
            if b & 0x10:
                ptr32(0x50000808)[0] = 1 << 0
            else:
                ptr32(0x5000080C)[0] = 1 << 0
            ptr32(0x50000508)[0] = 1 << 22
            ptr32(0x5000050C)[0] = 1 << 22
            if b & 0x08:
                ptr32(0x50000808)[0] = 1 << 0
            else:
                ptr32(0x5000080C)[0] = 1 << 0
            ptr32(0x50000508)[0] = 1 << 22
            ptr32(0x5000050C)[0] = 1 << 22
            if b & 0x04:
                ptr32(0x50000808)[0] = 1 << 0
            else:
                ptr32(0x5000080C)[0] = 1 << 0
            ptr32(0x50000508)[0] = 1 << 22
            ptr32(0x5000050C)[0] = 1 << 22
            if b & 0x02:
                ptr32(0x50000808)[0] = 1 << 0
            else:
                ptr32(0x5000080C)[0] = 1 << 0
            ptr32(0x50000508)[0] = 1 << 22
            ptr32(0x5000050C)[0] = 1 << 22
            if b & 0x01:
                ptr32(0x50000808)[0] = 1 << 0
            else:
                ptr32(0x5000080C)[0] = 1 << 0
            ptr32(0x50000508)[0] = 1 << 22

        for b in data:
            sendByte(b)


player.play(SPI)
