/* The smallest program of one's own: blinks LED1 of the nRF52840 Dongle, prints a line, ends.
   SPDX-License-Identifier: MIT-0 */
#include <stdint.h>

#define P0_OUTSET (*(volatile uint32_t *)0x50000508)
#define P0_OUTCLR (*(volatile uint32_t *)0x5000050C)
#define P0_DIRSET (*(volatile uint32_t *)0x50000518)
#define LED1 (1u << 6) /* P0.06, lit when low */

/* "Semihosting for AArch32 and AArch64", Arm */
#define SYS_WRITE0 0x04
#define SYS_EXIT_EXTENDED 0x20
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

static int semihosting(int operation, const void *argument)
{
    register int r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void semihosting_exit(int code)
{
    const uint32_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)code};
    for (;;)
        semihosting(SYS_EXIT_EXTENDED, block);
}

static void wait(uint32_t loops) /* 3 cycles each */
{
    __asm volatile("1: subs %0, #1\n bne 1b" : "+r"(loops) : : "cc");
}

int main(void)
{
    P0_OUTSET = LED1;
    P0_DIRSET = LED1;
    for (int i = 0; i < 3; i++) {
        P0_OUTCLR = LED1;
        wait(6400000 / 3); /* 0.1 s at 64 MHz */
        P0_OUTSET = LED1;
        wait(6400000 / 3);
    }
    semihosting(SYS_WRITE0, "hello from C\n");
    return 0;
}
