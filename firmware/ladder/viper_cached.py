# The addresses worked out once a byte. The article: 6.52 s.
import player
import softspi


class SPI(softspi.SoftSPI):
    def write(self, data):
        @micropython.viper
        def sendByte(b: int):
            gpio0_set = ptr32(0x50000508)
            gpio0_clr = ptr32(0x5000050C)
            gpio1_set = ptr32(0x50000808)
            gpio1_clr = ptr32(0x5000080C)
            clk = 1 << 22
            mosi = 1 << 0
            gpio0_clr[0] = clk
            if b & 0x80:
                gpio1_set[0] = mosi
            else:
                gpio1_clr[0] = mosi
            gpio0_set[0] = clk
            gpio0_clr[0] = clk
            if b & 0x40:
                gpio1_set[0] = mosi
            else:
                gpio1_clr[0] = mosi
            gpio0_set[0] = clk
            gpio0_clr[0] = clk
            if b & 0x20:
                gpio1_set[0] = mosi
            else:
                gpio1_clr[0] = mosi
            gpio0_set[0] = clk
            gpio0_clr[0] = clk
            if b & 0x10:
                gpio1_set[0] = mosi
            else:
                gpio1_clr[0] = mosi
            gpio0_set[0] = clk
            gpio0_clr[0] = clk
            if b & 0x08:
                gpio1_set[0] = mosi
            else:
                gpio1_clr[0] = mosi
            gpio0_set[0] = clk
            gpio0_clr[0] = clk
            if b & 0x04:
                gpio1_set[0] = mosi
            else:
                gpio1_clr[0] = mosi
            gpio0_set[0] = clk
            gpio0_clr[0] = clk
            if b & 0x02:
                gpio1_set[0] = mosi
            else:
                gpio1_clr[0] = mosi
            gpio0_set[0] = clk
            gpio0_clr[0] = clk
            if b & 0x01:
                gpio1_set[0] = mosi
            else:
                gpio1_clr[0] = mosi
            gpio0_set[0] = clk

        for b in data:
            sendByte(b)


player.play(SPI)
