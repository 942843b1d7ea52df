/* Vector table and start. SPDX-License-Identifier: MIT-0 */
#include <stddef.h>
#include <stdint.h>

extern uint32_t stack_top, data_start, data_end, data_load, bss_start, bss_end; /* conformance.ld */

int main(void);

/* What the compiler may ask for where there is no library. */
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memset(void *to, int value, size_t count)
{
    for (uint8_t *byte = to; count--;)
        *byte++ = (uint8_t)value;
    return to;
}

void Reset_Handler(void)
{
    /* An r0p1 core is the nRF52840's, whose cache is off after reset: NVMC.ICACHECNF. QEMU's is an r0p0 (CPUID, bits 3 to 0). */
    if (*(volatile uint32_t *)0xE000ED00 & 0xF)
        *(volatile uint32_t *)0x4001E540 = 1;
    for (uint32_t *to = &data_start, *from = &data_load; to < &data_end;)
        *to++ = *from++;
    for (uint32_t *to = &bss_start; to < &bss_end;)
        *to++ = 0;
    main();
    for (;;) {
    }
}

static void Default_Handler(void)
{
    for (;;) {
    }
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    [0] = (void (*)(void))&stack_top,
    [1] = Reset_Handler,
    [2] = Default_Handler, /* NMI */
    [3] = Default_Handler, /* HardFault */
    [4] = Default_Handler, /* MemManage */
    [5] = Default_Handler, /* BusFault */
    [6] = Default_Handler, /* UsageFault */
};
