/* The registers that this port uses, by their names in the manual (nRF52840 Product Specification v1.7; Armv7-M ARM for the core's).
   SPDX-License-Identifier: MIT-0 */
#ifndef HAL_REGISTERS_H
#define HAL_REGISTERS_H

#include <stdint.h>

#define REGISTER(base, offset) (*(volatile uint32_t *)((base) + (offset)))

/* The core. */
#define SCB_AIRCR REGISTER(0xE000E000u, 0xD0C)
#define SCB_CPACR REGISTER(0xE000E000u, 0xD88)
#define NVIC_ISER(n) REGISTER(0xE000E100u, 4 * (n))
#define NVIC_ICER(n) REGISTER(0xE000E180u, 4 * (n))
#define NVIC_IPR(irq) (*(volatile uint8_t *)(0xE000E400u + (irq)))
#define DEMCR REGISTER(0xE000E000u, 0xDFC)
#define DWT_CTRL REGISTER(0xE0001000u, 0x000)
#define DWT_CYCCNT REGISTER(0xE0001000u, 0x004)

/* CLOCK and POWER share a page. */
#define CLOCK 0x40000000u
#define CLOCK_TASKS_HFCLKSTART REGISTER(CLOCK, 0x000)
#define CLOCK_EVENTS_HFCLKSTARTED REGISTER(CLOCK, 0x100)
#define POWER_RESETREAS REGISTER(CLOCK, 0x400)

/* UARTE0 */
#define UARTE0 0x40002000u
#define UARTE0_IRQ 2
#define UARTE_TASKS_STARTRX(u) REGISTER(u, 0x000)
#define UARTE_TASKS_STARTTX(u) REGISTER(u, 0x008)
#define UARTE_EVENTS_ENDRX(u) REGISTER(u, 0x110)
#define UARTE_EVENTS_ENDTX(u) REGISTER(u, 0x120)
#define UARTE_EVENTS_ERROR(u) REGISTER(u, 0x124)
#define UARTE_EVENTS_RXSTARTED(u) REGISTER(u, 0x14C)
#define UARTE_SHORTS(u) REGISTER(u, 0x200)
#define UARTE_INTENSET(u) REGISTER(u, 0x304)
#define UARTE_ERRORSRC(u) REGISTER(u, 0x480)
#define UARTE_ENABLE(u) REGISTER(u, 0x500)
#define UARTE_PSEL_RTS(u) REGISTER(u, 0x508)
#define UARTE_PSEL_TXD(u) REGISTER(u, 0x50C)
#define UARTE_PSEL_CTS(u) REGISTER(u, 0x510)
#define UARTE_PSEL_RXD(u) REGISTER(u, 0x514)
#define UARTE_BAUDRATE(u) REGISTER(u, 0x524)
#define UARTE_RXD_PTR(u) REGISTER(u, 0x534)
#define UARTE_RXD_MAXCNT(u) REGISTER(u, 0x538)
#define UARTE_TXD_PTR(u) REGISTER(u, 0x544)
#define UARTE_TXD_MAXCNT(u) REGISTER(u, 0x548)
#define UARTE_CONFIG(u) REGISTER(u, 0x56C)
#define UARTE_SHORTS_ENDRX_STARTRX (1u << 5)
#define UARTE_INT_ENDRX (1u << 4)
#define UARTE_INT_ENDTX (1u << 8)
#define UARTE_INT_ERROR (1u << 9)
#define UARTE_INT_RXSTARTED (1u << 19)
#define UARTE_BAUDRATE_115200 0x01D60000u

/* TIMER1 */
#define TIMER1 0x40009000u
#define TIMER1_IRQ 9
#define TIMER_TASKS_START(t) REGISTER(t, 0x000)
#define TIMER_TASKS_CLEAR(t) REGISTER(t, 0x00C)
#define TIMER_TASKS_CAPTURE(t, n) REGISTER(t, 0x040 + 4 * (n))
#define TIMER_EVENTS_COMPARE(t, n) REGISTER(t, 0x140 + 4 * (n))
#define TIMER_INTENSET(t) REGISTER(t, 0x304)
#define TIMER_INTENCLR(t) REGISTER(t, 0x308)
#define TIMER_MODE(t) REGISTER(t, 0x504)
#define TIMER_BITMODE(t) REGISTER(t, 0x508)
#define TIMER_PRESCALER(t) REGISTER(t, 0x510)
#define TIMER_CC(t, n) REGISTER(t, 0x540 + 4 * (n))
#define TIMER_INT_COMPARE(n) (1u << (16 + (n)))

/* SPIM0 to SPIM3 */
#define SPIM_TASKS_START(s) REGISTER(s, 0x010)
#define SPIM_EVENTS_END(s) REGISTER(s, 0x118)
#define SPIM_ENABLE(s) REGISTER(s, 0x500)
#define SPIM_PSEL_SCK(s) REGISTER(s, 0x508)
#define SPIM_PSEL_MOSI(s) REGISTER(s, 0x50C)
#define SPIM_PSEL_MISO(s) REGISTER(s, 0x510)
#define SPIM_FREQUENCY(s) REGISTER(s, 0x524)
#define SPIM_RXD_PTR(s) REGISTER(s, 0x534)
#define SPIM_RXD_MAXCNT(s) REGISTER(s, 0x538)
#define SPIM_TXD_PTR(s) REGISTER(s, 0x544)
#define SPIM_TXD_MAXCNT(s) REGISTER(s, 0x548)
#define SPIM_CONFIG(s) REGISTER(s, 0x554)
#define SPIM_ORC(s) REGISTER(s, 0x5C0)

/* NVMC and FICR */
#define NVMC 0x4001E000u
#define NVMC_READY REGISTER(NVMC, 0x400)
#define NVMC_CONFIG REGISTER(NVMC, 0x504)
#define NVMC_ERASEPAGE REGISTER(NVMC, 0x508)
#define NVMC_ICACHECNF REGISTER(NVMC, 0x540)
#define FICR_DEVICEID(n) REGISTER(0x10000060u, 4 * (n))

static inline void nvic_enable(unsigned irq, unsigned priority)
{
    NVIC_IPR(irq) = (uint8_t)(priority << 5);
    NVIC_ISER(irq / 32) = 1u << (irq % 32);
}

static inline uint32_t interrupts_off(void)
{
    uint32_t before;
    __asm volatile("mrs %0, primask\n cpsid i" : "=r"(before) : : "memory");
    return before;
}

static inline void interrupts_restore(uint32_t before)
{
    __asm volatile("msr primask, %0" : : "r"(before) : "memory");
}

/* Until an interrupt, or an event of before: no wake-up between a look at a flag and this is lost. */
static inline void wait_for_event(void)
{
    __asm volatile("wfe" : : : "memory");
}

#endif
