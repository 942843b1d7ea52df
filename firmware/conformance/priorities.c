/* Priorities, groups, what is pending and active (B1.5.4, B3.4). SPDX-License-Identifier: MIT-0 */
#include "test.h"

static void note_b(uint32_t e, uint32_t r, uint32_t *f) { (void)e, (void)r, (void)f, note(2); }
static void note_c(uint32_t e, uint32_t r, uint32_t *f) { (void)e, (void)r, (void)f, note(4); }
static void pend_b(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    note(1);
    pend(B);
    note(3);
}

static void from_a(uint8_t a, uint8_t b)
{
    trace = 0;
    enable(A, a, pend_b);
    enable(B, b, note_b);
    pend(A);
}

TEST(B1_5_4_a_higher_priority_preempts)
{
    from_a(0x80, 0x40);
    EXPECT(trace, 0x123);
    from_a(0xE0, 0xC0);
    EXPECT(trace, 0x123);
}

TEST(B1_5_4_an_equal_priority_does_not_preempt)
{
    from_a(0x80, 0x80);
    EXPECT(trace, 0x132);
}

TEST(B1_5_4_a_lower_priority_does_not_preempt)
{
    from_a(0x40, 0x80);
    EXPECT(trace, 0x132);
}

TEST(B1_5_4_a_subpriority_does_not_preempt)
{
    set_prigroup(6);
    from_a(0x60, 0x40);
    EXPECT(trace, 0x132);
    set_prigroup(5);
    from_a(0x60, 0x40);
    EXPECT(trace, 0x132);
    set_prigroup(4);
    from_a(0x60, 0x40);
    EXPECT(trace, 0x123);
}

TEST(B1_5_4_with_prigroup_7_nothing_of_configurable_priority_preempts)
{
    set_prigroup(7);
    from_a(0xE0, 0);
    EXPECT(trace, 0x132);
}

TEST(B1_5_4_a_subpriority_orders_what_is_pending)
{
    set_prigroup(6);
    enable(A, 0x60, note_c);
    enable(B, 0x40, note_b);
    __asm volatile("cpsid i");
    pend(A);
    pend(B);
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 0x24);
}

TEST(B1_5_4_the_lower_number_is_first_among_equals)
{
    enable(C, 0x40, note_c);
    enable(B, 0x40, note_b);
    __asm volatile("cpsid i");
    pend(C);
    pend(B);
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 0x24);
}

TEST(B1_5_4_a_group_is_more_than_a_lower_number)
{
    enable(C, 0x20, note_c);
    enable(B, 0x40, note_b);
    __asm volatile("cpsid i");
    pend(B);
    pend(C);
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 0x42);
}

static void lower_itself(uint32_t exception, uint32_t r, uint32_t *f)
{
    (void)r, (void)f;
    note(1);
    pend(B);
    note(3);
    IPR(exception - IRQ0) = 0xC0;
    BARRIER();
    note(5);
}

TEST(B1_5_4_the_priority_of_a_running_handler_may_change)
{
    enable(A, 0x40, lower_itself);
    enable(B, 0x80, note_b);
    pend(A);
    EXPECT(trace, 0x1325);
}

static void pend_nmi(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    note(1);
    ICSR = NMIPENDSET;
    BARRIER();
    note(3);
}

TEST(B1_5_4_nmi_preempts_priority_0)
{
    enable(A, 0, pend_nmi);
    handlers[NMI] = note_b;
    pend(A);
    EXPECT(trace, 0x123);
}

static uint32_t seen[8];
static void look(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)r, (void)f;
    seen[0] = IABR(0), seen[1] = ISPR(0), seen[2] = ICSR, seen[3] = e, seen[4] = READ(ipsr);
}

TEST(B3_4_3_a_handler_is_active_and_not_pending)
{
    enable(A, 0x40, look);
    EXPECT(IABR(0), 0);
    __asm volatile("cpsid i");
    pend(A);
    EXPECT(ISPR(0), 1 << A);
    EXPECT(ICPR(0), 1 << A);
    EXPECT(IABR(0), 0);
    __asm volatile("cpsie i\n isb");
    EXPECT(seen[0], 1 << A);
    EXPECT(seen[1], 0);
    EXPECT(seen[3], IRQ0 + A);
    EXPECT(seen[4], IRQ0 + A);
    EXPECT(IABR(0) | ISPR(0), 0);
}

TEST(B3_2_4_icsr_tells_what_is_active_and_pending)
{
    enable(A, 0x40, look);
    enable(B, 0x80, note_b);
    EXPECT(ICSR & 0x1FF, 0);
    __asm volatile("cpsid i");
    pend(B);
    EXPECT(ICSR & 0x7FFFF000, 1 << 22 | (IRQ0 + B) << 12);
    pend(A);
    EXPECT(ICSR & 0x7FFFF000, 1 << 22 | (IRQ0 + A) << 12);
    __asm volatile("cpsie i\n isb");
    EXPECT(seen[2] & 0x7FFFF9FF, 1 << 22 | (IRQ0 + B) << 12 | 1 << 11 | (IRQ0 + A));
    EXPECT(trace, 2);
}

static void pend_itself_once(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)r, (void)f;
    note(1);
    if (trace == 1) {
        pend(e - IRQ0);
        seen[0] = IABR(0) & ISPR(0);
    }
    note(3);
}

TEST(B3_4_an_interrupt_may_be_active_and_pending_at_once)
{
    enable(A, 0x40, pend_itself_once);
    pend(A);
    EXPECT(trace, 0x1313);
    EXPECT(seen[0], 1 << A);
}

TEST(B3_4_4_what_is_disabled_stays_pending_until_it_is_enabled)
{
    enable(A, 0x40, note_c);
    ICER(0) = 1 << A;
    EXPECT(ISER(0) >> A & 1, 0);
    pend(A);
    EXPECT(trace, 0);
    EXPECT(ISPR(0) >> A & 1, 1);
    ISER(0) = 1 << A;
    BARRIER();
    EXPECT(trace, 4);
    EXPECT(ICER(0), 1 << A);
}

TEST(B3_4_7_icpr_withdraws)
{
    enable(A, 0x40, note_c);
    __asm volatile("cpsid i");
    pend(A);
    ICPR(0) = 1 << A;
    BARRIER();
    EXPECT(ISPR(0), 0);
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 0);
}

TEST(B3_4_a_zero_changes_nothing)
{
    enable(A, 0x40, note_c);
    ISER(0) = 0;
    ICER(0) = 0;
    ISPR(0) = 0;
    ICPR(0) = 0;
    EXPECT(ISER(0), 1 << A);
    pend(A);
    EXPECT(trace, 4);
}

TEST(B3_4_9_priorities_are_bytes_in_words)
{
    REGISTER(0xE000E414) = 0xE0C0A020;
    EXPECT(IPR(20), 0x20);
    EXPECT(IPR(23), 0xE0);
    IPR(21) = 0x40;
    EXPECT(REGISTER(0xE000E414), 0xE0C04020);
    *(volatile uint16_t *)0xE000E416 = 0x6080;
    EXPECT(REGISTER(0xE000E414), 0x60804020);
}

TEST(B3_2_26_stir_pends)
{
    enable(A, 0x40, note_c);
    STIR = A;
    BARRIER();
    EXPECT(trace, 4);
}

TEST(B3_4_the_storing_instruction_is_the_last_before_the_handler)
{
    extern void pend_and_count(volatile uint32_t *, uint32_t, volatile uint32_t *);
    static volatile uint32_t count;
    extern char pend_next[], pend_synced[];
    enable(A, 0x40, catch_fault);
    fault_resume = (uint32_t)pend_synced;
    pend_and_count(&ISPR(0), 1 << A, &count);
    EXPECT(fault.count, 1);
    /* The synchronised place is the last one possible. */
    EXPECT(fault.frame[FRAME_PC] >= (uint32_t)pend_next, 1);
    EXPECT(fault.frame[FRAME_PC] <= ((uint32_t)pend_synced & ~1u), 1);
    EXPECT(fault.frame[FRAME_R3], 0);
}
