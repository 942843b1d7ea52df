# Assembler, a whole buffer at a time. Not in the article.
import player
import softspi


# r0 is the address of the data, r1 their number, at least 1.
@micropython.asm_thumb
def sendBytes(r0, r1):
    movwt(r2, 0x50000508)  # OUTSET of P0; OUTCLR is 4 further on
    movwt(r3, 0x50000808)  # OUTSET of P1
    movwt(r4, 1 << 22)     # SCLK
    mov(r5, 1 << 0)        # MOSI
    label(BYTE)
    ldrb(r6, [r0, 0])
    mov(r7, 0x80)
    label(BIT)
    str(r4, [r2, 4])       # SCLK low
    tst(r6, r7)
    bne(ONE)
    str(r5, [r3, 4])
    b(RISE)
    label(ONE)
    str(r5, [r3, 0])
    label(RISE)
    str(r4, [r2, 0])       # SCLK high
    lsr(r7, r7, 1)
    bne(BIT)
    add(r0, 1)
    sub(r1, 1)
    bne(BYTE)


class SPI(softspi.SoftSPI):
    def write(self, data):
        sendBytes(data, len(data))


player.play(SPI)
