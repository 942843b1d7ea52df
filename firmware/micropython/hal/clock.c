/* TIMER1 as a 32-bit count of microseconds, widened to 64 bits by an interrupt at each wrap (every 71 minutes).
   SPDX-License-Identifier: MIT-0 */
#include "hal/clock.h"

#include "hal/registers.h"

enum { CC_NOW, CC_WAKE, CC_WRAP }; /* what CC[0] to CC[2] are for */

static volatile uint32_t wraps;

void clock_init(void)
{
    /* The crystal, for a baud rate and a time that are right: HFINT, which runs from reset, may be off by a few percent. */
    CLOCK_EVENTS_HFCLKSTARTED = 0;
    CLOCK_TASKS_HFCLKSTART = 1;
    while (CLOCK_EVENTS_HFCLKSTARTED == 0) {
    }
    TIMER_MODE(TIMER1) = 0;
    TIMER_BITMODE(TIMER1) = 3;   /* 32 bits */
    TIMER_PRESCALER(TIMER1) = 4; /* 16 MHz / 2^4 */
    TIMER_TASKS_CLEAR(TIMER1) = 1;
    TIMER_CC(TIMER1, CC_WRAP) = 0;
    TIMER_EVENTS_COMPARE(TIMER1, CC_WRAP) = 0;
    TIMER_INTENSET(TIMER1) = TIMER_INT_COMPARE(CC_WRAP);
    nvic_enable(TIMER1_IRQ, 6);
    TIMER_TASKS_START(TIMER1) = 1;

    DEMCR |= 1u << 24; /* TRCENA */
    DWT_CTRL |= 1;     /* CYCCNTENA, for ticks_cpu */
}

void TIMER1_IRQHandler(void)
{
    if (TIMER_EVENTS_COMPARE(TIMER1, CC_WRAP)) {
        TIMER_EVENTS_COMPARE(TIMER1, CC_WRAP) = 0;
        wraps++;
    }
    if (TIMER_EVENTS_COMPARE(TIMER1, CC_WAKE)) {
        TIMER_EVENTS_COMPARE(TIMER1, CC_WAKE) = 0;
        TIMER_INTENCLR(TIMER1) = TIMER_INT_COMPARE(CC_WAKE);
    }
    (void)TIMER_EVENTS_COMPARE(TIMER1, CC_WAKE); /* the write is through before the handler returns */
}

uint64_t clock_us(void)
{
    uint32_t state = interrupts_off();
    TIMER_TASKS_CAPTURE(TIMER1, CC_NOW) = 1;
    uint32_t low = TIMER_CC(TIMER1, CC_NOW);
    uint32_t high = wraps;
    /* A wrap whose interrupt is still to come, and that was before the capture. */
    if (TIMER_EVENTS_COMPARE(TIMER1, CC_WRAP) && low < 0x80000000u)
        high++;
    interrupts_restore(state);
    return (uint64_t)high << 32 | low;
}

void clock_sleep(uint32_t ms)
{
    if (ms == 0)
        return;
    if (ms != UINT32_MAX) {
        /* Whoever waits longer than the timer counts is woken in between, and comes again. */
        uint32_t us = ms < 1000000u ? ms * 1000u : 1000000000u;
        uint32_t state = interrupts_off();
        TIMER_TASKS_CAPTURE(TIMER1, CC_NOW) = 1;
        TIMER_CC(TIMER1, CC_WAKE) = TIMER_CC(TIMER1, CC_NOW) + us;
        TIMER_EVENTS_COMPARE(TIMER1, CC_WAKE) = 0;
        TIMER_INTENSET(TIMER1) = TIMER_INT_COMPARE(CC_WAKE);
        interrupts_restore(state);
    }
    wait_for_event();
}
