/* Vector table and start. SPDX-License-Identifier: MIT-0 */
#include <stdint.h>

extern uint32_t stack_top, data_start, data_end, data_load, bss_start, bss_end; /* nrf52840.ld */

int main(void);
void SysTick_Handler(void);
void TIMER0_IRQHandler(void);
void RTC1_IRQHandler(void);

void Reset_Handler(void)
{
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* CPACR: the FPU may be used */
    __asm volatile("dsb\n isb");
    for (uint32_t *to = &data_start, *from = &data_load; to < &data_end;)
        *to++ = *from++;
    for (uint32_t *to = &bss_start; to < &bss_end;)
        *to++ = 0;
    main();
}

/* Any fault, and any interrupt that nobody asked for, stays here where it is seen. */
void Default_Handler(void)
{
    for (;;) {
    }
}

/* The stack pointer, the 15 system exceptions (Armv7-M ARM, B1.5.2), and interrupts by their peripheral's ID (nRF52840 PS v1.7,
   Instantiation). */
__attribute__((section(".vectors"), used)) static void (*const vectors[16 + 48])(void) = {
    [0] = (void (*)(void))&stack_top,
    [1] = Reset_Handler,
    [2] = Default_Handler, /* NMI */
    [3] = Default_Handler, /* HardFault */
    [4] = Default_Handler, /* MemManage */
    [5] = Default_Handler, /* BusFault */
    [6] = Default_Handler, /* UsageFault */
    [15] = SysTick_Handler,
    [16 + 8] = TIMER0_IRQHandler,
    [16 + 17] = RTC1_IRQHandler,
};
