/* Vector table and start: what runs before main. SPDX-License-Identifier: MIT-0 */
#include <stdint.h>

#include "hal/registers.h"

extern uint32_t _stack_top, _data_start, _data_end, _data_load, _bss_start, _bss_end; /* nrf52840.ld */

int main(void);
void UARTE0_IRQHandler(void);
void TIMER1_IRQHandler(void);

__attribute__((used)) void Reset_Handler(void)
{
    SCB_CPACR |= 0xFu << 20; /* the FPU may be used */
    __asm volatile("dsb\n isb");
    NVMC_ICACHECNF = 1; /* the instruction cache */
    for (uint32_t *to = &_data_start, *from = &_data_load; to < &_data_end;)
        *to++ = *from++;
    for (uint32_t *to = &_bss_start; to < &_bss_end;)
        *to++ = 0;
    main();
    for (;;) {
    }
}

/* Any fault, and any interrupt that nobody asked for, stays here where it is seen. */
__attribute__((used)) void Default_Handler(void)
{
    for (;;) {
    }
}

/* The stack pointer, the 15 system exceptions (Armv7-M ARM, B1.5.2), and the 48 interrupts, by their peripheral's ID
   (nRF52840 PS v1.7, Instantiation). */
__attribute__((section(".vectors"), used)) static void (*const vectors[16 + 48])(void) = {
    [0] = (void (*)(void))&_stack_top,
    [1] = Reset_Handler,
    [2 ... 6] = Default_Handler,
    [11] = Default_Handler, /* SVCall */
    [12] = Default_Handler, /* DebugMonitor */
    [14 ... 15] = Default_Handler,
    [16 ... 63] = Default_Handler,
    [16 + UARTE0_IRQ] = UARTE0_IRQHandler,
    [16 + TIMER1_IRQ] = TIMER1_IRQHandler,
};
