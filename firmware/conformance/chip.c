/* What is the nRF52840's own: lines that stay up, three bits of priority, buffered stores. SPDX-License-Identifier: MIT-0 */
#include "test.h"

extern uint32_t store_word(uint32_t);
extern void fp_add(void);

/* EGU0, whose line is that of interrupt A (nRF52840 PS v1.7, EGU). */
#define EGU_TRIGGER REGISTER(0x40014000)
#define EGU_TRIGGERED REGISTER(0x40014100)
#define EGU_INTENSET REGISTER(0x40014304)
#define EGU_INTENCLR REGISTER(0x40014308)
#define NOWHERE 0x70000000u

static void line_up(void)
{
    EGU_TRIGGER = 1;
    (void)EGU_TRIGGERED;
    BARRIER();
}
static void line_down(void)
{
    EGU_TRIGGERED = 0;
    /* Reading it back is what the product specification asks for. */
    (void)EGU_TRIGGERED;
    BARRIER();
}
static void use_egu(handler *h)
{
    EGU_TRIGGERED = 0;
    EGU_INTENSET = 1;
    enable(A, 0x40, h);
}

static void clear_at_second(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    note(1);
    if (trace & 0x10)
        line_down();
}

TEST(B3_4_a_line_that_stays_up_pends_again)
{
    use_egu(clear_at_second);
    line_up();
    EXPECT(trace, 0x11);
    EXPECT(ISPR(0), 0);
}

static void pulse_once(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    line_down();
    note(1);
    if (trace == 1) {
        line_up();
        line_down();
        note(ISPR(0) >> A & 1 ? 2 : 3);
    }
}

TEST(B3_4_a_pulse_while_its_handler_runs_pends_once_more)
{
    use_egu(pulse_once);
    line_up();
    EXPECT(trace, 0x121);
}

static void stay_up_inside(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    note(ISPR(0) >> A & 1 ? 3 : 2);
    line_down();
}

TEST(B3_4_a_line_does_not_pend_while_its_handler_runs)
{
    use_egu(stay_up_inside);
    line_up();
    EXPECT(trace, 2);
}

TEST(B3_4_7_clearing_does_nothing_while_the_line_is_up)
{
    use_egu(stay_up_inside);
    __asm volatile("cpsid i");
    line_up();
    ICPR(0) = 1 << A;
    EXPECT(ISPR(0), 1 << A);
    line_down();
    EXPECT(ISPR(0), 1 << A);
    ICPR(0) = 1 << A;
    EXPECT(ISPR(0), 0);
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 0);
}

TEST(B3_4_a_line_that_went_down_stays_pending)
{
    use_egu(stay_up_inside);
    __asm volatile("cpsid i");
    line_up();
    line_down();
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 2);
}

TEST(B1_5_4_three_bits_of_priority)
{
    IPR(A) = 0xFF;
    EXPECT(IPR(A), 0xE0);
    SHPR(PEND_SV) = 0x7F;
    EXPECT(SHPR(PEND_SV), 0x60);
    WRITE(basepri, 0xFF);
    EXPECT(READ(basepri), 0xE0);
    WRITE(basepri, 0);
}

TEST(B3_4_there_are_48_lines)
{
    ISER(1) = 0xFFFFFFFF;
    EXPECT(ISER(1), 0xFFFF);
    ICER(1) = 0xFFFFFFFF;
    IPR(47) = 0x20;
    EXPECT(IPR(47), 0x20);
    IPR(48) = 0x20;
    EXPECT(IPR(48), 0);
    EXPECT(REGISTER(0xE000E004), 1);
}

TEST(B3_2_15_a_buffered_store_is_an_imprecise_bus_fault)
{
    catch_all_faults();
    fault_resume = TO_LR;
    store_word(NOWHERE);
    EXPECT(fault.count, 1);
    EXPECT(fault.exception, BUS_FAULT);
    EXPECT(fault.cfsr, 0x0400);
    /* Behind the store, and not far. */
    uint32_t behind = fault.frame[FRAME_PC] - ((uint32_t)store_word & ~1u);
    EXPECT(behind >= 2 && behind <= 8, 1);
}

TEST(B3_2_15_without_the_buffer_it_is_precise)
{
    catch_all_faults();
    ACTLR = 1 << 1;
    store_word(NOWHERE + 0x20);
    EXPECT(fault.count, 1);
    EXPECT(fault.cfsr, 0x8200);
    EXPECT(fault.bfar, NOWHERE + 0x20);
    EXPECT(fault.frame[FRAME_PC], (uint32_t)store_word & ~1u);
    ACTLR = 0;
}

TEST(B1_5_14_an_imprecise_fault_waits_for_primask)
{
    catch_all_faults();
    extern char unmask_synced[];
    extern void unmask_and_count(volatile uint32_t *);
    volatile uint32_t count = 0;
    fault_resume = (uint32_t)unmask_synced;
    __asm volatile("cpsid i");
    store_word(NOWHERE);
    BARRIER();
    EXPECT(fault.count, 0);
    EXPECT(SHCSR >> 14 & 1, 1);
    unmask_and_count(&count);
    EXPECT(fault.count, 1);
    EXPECT(fault.exception, BUS_FAULT);
    EXPECT(fault.cfsr, 0x0400);
}

TEST(B1_5_14_an_imprecise_fault_that_is_not_enabled_escalates)
{
    handlers[HARD_FAULT] = catch_fault;
    fault_resume = TO_LR;
    store_word(NOWHERE);
    EXPECT(fault.exception, HARD_FAULT);
    EXPECT(fault.hfsr, 1 << 30);
    EXPECT(fault.cfsr, 0x0400);
}

/* The end of RAM lies between the vectors of exceptions 31 and 32. */
TEST(B3_2_16_a_vector_that_cannot_be_read_is_a_hard_fault)
{
    uint32_t *table = (uint32_t *)0x2003FF80;
    for (int i = 0; i < 32; i++)
        table[i] = vectors[i];
    catch_all_faults();
    extern handler chained;
    handlers[HARD_FAULT] = chained;
    enable(A, 0x40, catch_fault);
    VTOR = (uint32_t)table;
    BARRIER();
    pend(A);
    VTOR = 0;
    BARRIER();
    EXPECT(fault.count, 1);
    EXPECT(fault.exception, HARD_FAULT);
    EXPECT(fault.hfsr, 1 << 1);
    EXPECT(fault.cfsr, 0);
    EXPECT(fault.frame[FRAME_XPSR] & 0x1FF, IRQ0 + A);
}
handler chained;
void chained(uint32_t e, uint32_t r, uint32_t *f)
{
    extern void return_by_lr(void);
    fault_resume = (uint32_t)return_by_lr;
    catch_fault(e, r, f);
}
