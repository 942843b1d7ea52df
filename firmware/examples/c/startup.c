/* Vector table and start: what runs before main. SPDX-License-Identifier: MIT-0 */
#include <stdint.h>

extern uint32_t stack_top, data_start, data_end, data_load, bss_start, bss_end; /* nrf52840.ld */

int main(void);
void semihosting_exit(int code);

void Reset_Handler(void)
{
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* CPACR: the FPU may be used */
    __asm volatile("dsb\n isb");
    for (uint32_t *to = &data_start, *from = &data_load; to < &data_end;)
        *to++ = *from++;
    for (uint32_t *to = &bss_start; to < &bss_end;)
        *to++ = 0;
    semihosting_exit(main());
}

/* Any fault, and any interrupt that nobody asked for, stays here where it is seen. */
void Default_Handler(void)
{
    for (;;) {
    }
}

/* The stack pointer and the 15 system exceptions (Armv7-M ARM, B1.5.2); no interrupt is used. */
__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))&stack_top,
    Reset_Handler,
    Default_Handler, /* NMI */
    Default_Handler, /* HardFault */
    Default_Handler, /* MemManage */
    Default_Handler, /* BusFault */
    Default_Handler, /* UsageFault */
    0, 0, 0, 0,
    Default_Handler, /* SVCall */
    Default_Handler, /* DebugMonitor */
    0,
    Default_Handler, /* PendSV */
    Default_Handler, /* SysTick */
};
