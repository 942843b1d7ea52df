/* PRIMASK, BASEPRI, FAULTMASK (B1.4.3, B5.2). SPDX-License-Identifier: MIT-0 */
#include "test.h"

static void note_a(uint32_t e, uint32_t r, uint32_t *f) { (void)e, (void)r, (void)f, note(1); }
static void note_b(uint32_t e, uint32_t r, uint32_t *f) { (void)e, (void)r, (void)f, note(2); }

TEST(B1_4_3_primask_holds_back_all_but_nmi)
{
    enable(A, 0, note_a);
    handlers[NMI] = note_b;
    __asm volatile("cpsid i");
    EXPECT(READ(primask), 1);
    pend(A);
    note(5);
    ICSR = NMIPENDSET;
    BARRIER();
    note(6);
    EXPECT(trace, 0x526);
    WRITE(primask, 0);
    EXPECT(trace, 0x5261);
}

TEST(B5_2_1_cpsie_lets_in_what_is_pending_at_once)
{
    extern void unmask_and_count(volatile uint32_t *);
    extern char unmask_next[], unmask_synced[];
    volatile uint32_t count = 0;
    enable(A, 0x40, catch_fault);
    fault_resume = (uint32_t)unmask_synced;
    __asm volatile("cpsid i");
    pend(A);
    unmask_and_count(&count);
    EXPECT(fault.count, 1);
    EXPECT(count, 1);
    EXPECT(fault.frame[FRAME_R1], 0);
    EXPECT(fault.frame[FRAME_PC] >= ((uint32_t)unmask_next & ~1u), 1);
    EXPECT(fault.frame[FRAME_PC] <= ((uint32_t)unmask_synced & ~1u), 1);
}

TEST(B5_2_3_msr_lets_in_what_is_pending_at_once)
{
    extern void unmask_by_msr_and_count(volatile uint32_t *);
    extern char unmask_msr_next[], unmask_msr_synced[];
    volatile uint32_t count = 0;
    enable(A, 0x40, catch_fault);
    fault_resume = (uint32_t)unmask_msr_synced;
    __asm volatile("cpsid i");
    pend(A);
    unmask_by_msr_and_count(&count);
    EXPECT(fault.count, 1);
    EXPECT(count, 1);
    EXPECT(fault.frame[FRAME_PC] >= ((uint32_t)unmask_msr_next & ~1u), 1);
    EXPECT(fault.frame[FRAME_PC] <= ((uint32_t)unmask_msr_synced & ~1u), 1);
}

TEST(B1_4_3_basepri_holds_back_its_priority_and_less_urgent_ones)
{
    enable(A, 0x80, note_a);
    enable(B, 0x60, note_b);
    WRITE(basepri, 0x80);
    EXPECT(READ(basepri), 0x80);
    pend(A);
    EXPECT(trace, 0);
    pend(B);
    EXPECT(trace, 2);
    WRITE(basepri, 0xA0);
    EXPECT(trace, 0x21);
}

TEST(B1_4_3_basepri_0_holds_back_nothing)
{
    enable(A, 0xE0, note_a);
    WRITE(basepri, 0x20);
    pend(A);
    EXPECT(trace, 0);
    WRITE(basepri, 0);
    EXPECT(trace, 1);
}

TEST(B1_4_3_basepri_max_only_makes_more_urgent)
{
    WRITE(basepri_max, 0x80);
    EXPECT(READ(basepri), 0x80);
    WRITE(basepri_max, 0xA0);
    EXPECT(READ(basepri), 0x80);
    WRITE(basepri_max, 0);
    EXPECT(READ(basepri), 0x80);
    WRITE(basepri_max, 0x40);
    EXPECT(READ(basepri), 0x40);
    EXPECT(READ(basepri_max), 0x40);
    enable(A, 0x40, note_a);
    pend(A);
    EXPECT(trace, 0);
    WRITE(basepri, 0);
    EXPECT(trace, 1);
}

TEST(B1_5_4_basepri_counts_by_its_group)
{
    set_prigroup(6);
    enable(A, 0x40, note_a);
    WRITE(basepri, 0x60);
    pend(A);
    EXPECT(trace, 0);
    set_prigroup(4);
    BARRIER();
    EXPECT(trace, 1);
}

TEST(B1_4_3_faultmask_holds_back_all_but_nmi)
{
    enable(A, 0, note_a);
    handlers[NMI] = note_b;
    __asm volatile("cpsid f");
    EXPECT(READ(faultmask), 1);
    pend(A);
    note(5);
    ICSR = NMIPENDSET;
    BARRIER();
    note(6);
    EXPECT(READ(faultmask), 1);
    __asm volatile("cpsie f\n isb");
    EXPECT(trace, 0x5261);
}

static void set_faultmask(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    __asm volatile("cpsid f");
    note(READ(faultmask));
}

TEST(B1_4_3_faultmask_ends_with_its_handler)
{
    enable(A, 0x40, set_faultmask);
    enable(B, 0x20, note_b);
    pend(A);
    EXPECT(trace, 1);
    EXPECT(READ(faultmask), 0);
    pend(B);
    EXPECT(trace, 0x12);
}

TEST(B1_4_3_faultmask_cannot_be_set_in_nmi)
{
    handlers[NMI] = set_faultmask;
    note(5);
    ICSR = NMIPENDSET;
    BARRIER();
    EXPECT(trace, 0x50);
}

static void set_primask(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    note(3);
    __asm volatile("cpsid i");
}

TEST(B1_4_3_primask_and_basepri_outlive_a_handler)
{
    enable(A, 0x40, set_primask);
    enable(B, 0x20, note_b);
    pend(A);
    EXPECT(READ(primask), 1);
    pend(B);
    EXPECT(trace, 3);
    WRITE(primask, 0);
    EXPECT(trace, 0x32);
}

TEST(B1_4_3_primask_holds_back_pendsv_and_systick)
{
    handlers[PEND_SV] = note_a;
    handlers[SYS_TICK] = note_b;
    __asm volatile("cpsid i");
    ICSR = PENDSVSET | 1u << 26;
    BARRIER();
    EXPECT(trace, 0);
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 0x12);
}
