/* Vector table, start, and the way from every vector to the handler that a test has set. SPDX-License-Identifier: MIT-0 */
#include "test.h"

extern uint32_t stack_top, data_start, data_end, data_load, bss_start, bss_end; /* conformance.ld */

int main(void);
void semihosting_exit(int code);

handler *handlers[64];

void Reset_Handler(void)
{
    for (uint32_t *to = &data_start, *from = &data_load; to < &data_end;)
        *to++ = *from++;
    for (uint32_t *to = &bss_start; to < &bss_end;)
        *to++ = 0;
    semihosting_exit(main());
}

/* Uses only what the frame holds, and leaves EXC_RETURN in LR: the handler returns from the exception itself. */
__attribute__((naked)) void dispatch(void)
{
    __asm("mrs r0, ipsr\n"
          "ldr r3, =handlers\n"
          "ldr r3, [r3, r0, lsl #2]\n"
          "mov r1, lr\n"
          "tst lr, #4\n"
          "ite eq\n"
          "mrseq r2, msp\n"
          "mrsne r2, psp\n"
          "bx r3\n"
          ".ltorg");
}

#define WAY (uint32_t) dispatch
#define FOUR WAY, WAY, WAY, WAY
__attribute__((section(".vectors"), used)) const uint32_t vectors[64] = {
    (uint32_t)&stack_top, (uint32_t)Reset_Handler, WAY, WAY, FOUR, FOUR, FOUR,
    FOUR, FOUR, FOUR, FOUR, FOUR, FOUR, FOUR, FOUR, FOUR, FOUR, FOUR, FOUR,
};

/* The compiler may call these two. */
void *memset(void *to, int byte, unsigned bytes)
{
    for (volatile uint8_t *at = to; bytes--;)
        *at++ = (uint8_t)byte;
    return to;
}

void *memcpy(void *to, const void *from, unsigned bytes)
{
    const uint8_t *source = from;
    for (volatile uint8_t *at = to; bytes--;)
        *at++ = *source++;
    return to;
}
