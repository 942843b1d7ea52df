# Back to a loop, as the speed allows it. The article: 7.08 s.
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
            for i in range(7, -1, -1):
                gpio0_clr[0] = clk
                if b & (1 << i):
                    gpio1_set[0] = mosi
                else:
                    gpio1_clr[0] = mosi
                gpio0_set[0] = clk

        for b in data:
            sendByte(b)


player.play(SPI)
