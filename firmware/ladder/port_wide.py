# Whole ports at once: MOSI is bit 0 of P1, so that a bit shifted there is what OUT of P1 gets, beside the levels that its other pins have;
# no if for each bit. Not in the article.
import player
import softspi


class SPI(softspi.SoftSPI):
    def write(self, data):
        @micropython.viper
        def sendByte(b: int):
            gpio0_out = ptr32(0x50000504)
            gpio1_out = ptr32(0x50000804)
            clk_high = gpio0_out[0] | 1 << 22
            clk_low = clk_high ^ 1 << 22
            others = gpio1_out[0] >> 1 << 1
            for i in range(7, -1, -1):
                gpio0_out[0] = clk_low
                gpio1_out[0] = others | b >> i & 1
                gpio0_out[0] = clk_high

        for b in data:
            sendByte(b)


player.play(SPI)
