/* Sleeps, and is woken by RTC1 and TIMER0; SysTick counts what it is awake. Each handler first toggles a pin of its own, so that from
   outside every interrupt can be held against the moment at which it was due.

   UICR.CUSTOMER says how: [0] RTC1's period in ticks of 32,768 Hz, [1] TIMER0's in us, [2] SysTick's in cycles; 0 is off, and where it is
   erased there is a default. [3] is after how many interrupts of RTC1 it ends itself; erased is never.
   SPDX-License-Identifier: MIT-0 */
#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
#define P0_DIRSET REG(0x50000518)
#define CLOCK_TASKS_LFCLKSTART REG(0x40000008)
#define CLOCK_EVENTS_LFCLKSTARTED REG(0x40000104)
#define CLOCK_LFCLKSRC REG(0x40000518)
#define LFCLKSRC_XTAL 1u
#define RTC1(offset) REG(0x40011000 + (offset))
#define TIMER0(offset) REG(0x40008000 + (offset))
#define TASKS_START 0x000
#define EVENTS_COMPARE0 0x140
#define SHORTS 0x200
#define COMPARE0_CLEAR 1u
#define INTENSET 0x304
#define COMPARE0 (1u << 16)
#define BITMODE 0x508
#define BITMODE_32 3u
#define PRESCALER 0x510
#define CC0 0x540
#define SYST_CSR REG(0xE000E010)
#define SYST_RVR REG(0xE000E014)
#define SYST_CVR REG(0xE000E018)
#define NVIC_ISER0 REG(0xE000E100)
#define NVIC_IPR(exception) (*(volatile uint8_t *)(0xE000E400 + (exception)))
#define CUSTOMER(n) REG(0x10001080 + 4 * (n))

#define RTC_PIN (1u << 13)
#define TIMER_PIN (1u << 14)
#define SYSTICK_PIN (1u << 15)

/* "Semihosting for AArch32 and AArch64", Arm */
#define SYS_EXIT 0x18
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

/* Interrupts so far, for whoever looks into RAM. */
volatile uint32_t rtc_count, timer_count, systick_count;
volatile uint32_t noise;
volatile float waves;
static uint32_t rtc_period, rtc_next;

static uint32_t setting(uint32_t n, uint32_t otherwise)
{
    return CUSTOMER(n) == 0xFFFFFFFF ? otherwise : CUSTOMER(n);
}

/* OUTSET and OUTCLR are neighbours: either takes the same time. */
static inline void toggle(uint32_t pin, uint32_t count)
{
    REG(0x50000508 + 4 * (count & 1)) = pin;
}

void RTC1_IRQHandler(void)
{
    toggle(RTC_PIN, rtc_count++);
    RTC1(EVENTS_COMPARE0) = 0;
    rtc_next = (rtc_next + rtc_period) & 0xFFFFFF;
    RTC1(CC0) = rtc_next;
    (void)RTC1(EVENTS_COMPARE0);
}

void TIMER0_IRQHandler(void)
{
    toggle(TIMER_PIN, timer_count++);
    TIMER0(EVENTS_COMPARE0) = 0;
    (void)TIMER0(EVENTS_COMPARE0);
}

void SysTick_Handler(void)
{
    toggle(SYSTICK_PIN, systick_count++);
}

/* Something to be interrupted: a division and the FPU, whose registers are stacked when they are in use. */
static void work(void)
{
    uint32_t n = noise * 1664525u + 1013904223u;
    noise = n;
    waves = waves * 0.75f + (float)(n / (3 + (n & 63)) & 1023);
}

int main(void)
{
    uint32_t timer_period = setting(1, 100000), systick_period = setting(2, 10000), last = setting(3, 0);
    rtc_period = setting(0, 8192);
    P0_DIRSET = RTC_PIN | TIMER_PIN | SYSTICK_PIN;
    if (systick_period) {
        SYST_RVR = systick_period - 1;
        SYST_CVR = 0;
        SYST_CSR = 3;
    }
    NVIC_IPR(8) = 0x40;
    NVIC_IPR(17) = 0x20;
    NVIC_ISER0 = 1u << 17 | 1u << 8;
    if (timer_period) {
        TIMER0(BITMODE) = BITMODE_32;
        TIMER0(PRESCALER) = 4;
        TIMER0(CC0) = timer_period;
        TIMER0(SHORTS) = COMPARE0_CLEAR;
        TIMER0(INTENSET) = COMPARE0;
        TIMER0(TASKS_START) = 1;
    }
    if (rtc_period) {
        CLOCK_LFCLKSRC = LFCLKSRC_XTAL;
        CLOCK_TASKS_LFCLKSTART = 1;
        while (!CLOCK_EVENTS_LFCLKSTARTED) {
        }
        rtc_next = rtc_period & 0xFFFFFF;
        RTC1(CC0) = rtc_next;
        RTC1(INTENSET) = COMPARE0;
        RTC1(TASKS_START) = 1;
    }
    while (!last || rtc_count < last) {
        __asm volatile("wfi");
        work();
    }
    for (;;) {
        register uint32_t r0 __asm("r0") = SYS_EXIT;
        register uint32_t r1 __asm("r1") = ADP_STOPPED_APPLICATION_EXIT;
        __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    }
}
