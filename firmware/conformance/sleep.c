/* WFI, WFE, SEV (B1.5.17 to B1.5.19). SPDX-License-Identifier: MIT-0 */
#include "test.h"

static void note_1(uint32_t e, uint32_t r, uint32_t *f) { (void)e, (void)r, (void)f, note(1); }
static void tick_once(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    SYST_CSR = 0;
    note(1);
}

static void tick_in(uint32_t cycles, handler *h)
{
    handlers[SYS_TICK] = h;
    SYST_RVR = cycles;
    SYST_CVR = 0;
    SYST_CSR = 7;
}

TEST(B1_5_19_wfi_waits_for_an_exception)
{
    tick_in(20000, tick_once);
    __asm volatile("wfi" ::: "memory");
    note(2);
    EXPECT(trace, 0x12);
}

TEST(B1_5_19_wfi_with_primask_wakes_and_takes_nothing)
{
    __asm volatile("cpsid i");
    tick_in(20000, tick_once);
    __asm volatile("wfi" ::: "memory");
    note(2);
    EXPECT(ICSR >> 26 & 1, 1);
    SYST_CSR = 0;
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 0x21);
}

TEST(B1_5_19_wfi_does_not_wait_when_something_is_pending)
{
    enable(A, 0x40, note_1);
    __asm volatile("cpsid i");
    pend(A);
    __asm volatile("wfi\n wfi" ::: "memory");
    note(2);
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 0x21);
}

TEST(B1_5_19_wfi_does_not_wake_for_what_basepri_holds_back)
{
    SHPR(SYS_TICK) = 0x20;
    enable(A, 0x80, note_1);
    WRITE(basepri, 0x40);
    pend(A);
    tick_in(20000, tick_once);
    __asm volatile("wfi" ::: "memory");
    EXPECT(trace, 1);
    EXPECT(SYST_CSR & 1, 0);
    WRITE(basepri, 0);
    EXPECT(trace, 0x11);
}

TEST(B1_5_18_sev_lets_wfe_through_once)
{
    __asm volatile("sev\n wfe" ::: "memory");
    tick_in(20000, tick_once);
    __asm volatile("wfe" ::: "memory");
    while (trace == 0) {
    }
    EXPECT(trace, 1);
}

/* Entry and return set the event register. */
TEST(B1_5_18_an_exception_is_an_event)
{
    enable(A, 0x40, note_1);
    __asm volatile("sev\n wfe" ::: "memory");
    pend(A);
    __asm volatile("wfe" ::: "memory");
    EXPECT(trace, 1);
}

TEST(B3_2_7_sevonpend_makes_an_event_of_what_becomes_pending)
{
    SCR = 1 << 4;
    ICER(0) = 1 << A;
    __asm volatile("sev\n wfe" ::: "memory");
    pend(A);
    __asm volatile("wfe" ::: "memory");
    EXPECT(ISPR(0), 1 << A);
    EXPECT(trace, 0);
}

/* The tick is masked: it wakes by becoming pending, and by nothing else. */
TEST(B3_2_7_sevonpend_wakes_from_wfe)
{
    SCR = 1 << 4;
    __asm volatile("cpsid i");
    tick_in(20000, tick_once);
    __asm volatile("sev\n wfe\n wfe" ::: "memory");
    EXPECT(ICSR >> 26 & 1, 1);
    SYST_CSR = 0;
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 1);
}

static void tick_three_times(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    note(1);
    if (trace == 0x111) {
        SYST_CSR = 0;
        SCR = 0;
    }
}

TEST(B1_5_17_sleeponexit_stays_asleep_after_a_handler)
{
    tick_in(5000, tick_three_times);
    SCR = 1 << 1;
    __asm volatile("dsb\n wfi" ::: "memory");
    note(2);
    EXPECT(trace, 0x1112);
}

TEST(B1_5_18_yield_and_nop_do_nothing)
{
    uint32_t before = 1;
    __asm volatile("yield\n nop\n yield.w\n nop.w\n adds %0, #1" : "+r"(before)::"cc");
    EXPECT(before, 2);
}
