/* Faults, their marks, and where they go (B1.5.14, B3.2.13 to B3.2.18). SPDX-License-Identifier: MIT-0 */
#include "test.h"

extern uint32_t load_word(uint32_t), load_wide(uint32_t), load_half(uint32_t), load_byte(uint32_t), branch_to(uint32_t);
extern void undefined_narrow(void), undefined_wide(void), other_coprocessor(void), breakpoint(void);

/* External RAM, of which there is none; code may run there (B3.1). */
#define NOWHERE 0x70000000u
/* A peripheral's region: no code may run there (B3.1). */
#define DEVICE 0x40001000u

static void expect_fault(uint32_t exception, uint32_t cfsr, uint32_t pc)
{
    EXPECT(fault.count, 1);
    EXPECT(fault.exception, exception);
    EXPECT(fault.cfsr, cfsr);
    EXPECT(fault.frame[FRAME_PC], pc & ~1u);
    fault.count = 0;
}

TEST(B3_2_15_a_load_from_nowhere_is_a_precise_bus_fault)
{
    catch_all_faults();
    load_word(NOWHERE + 4);
    expect_fault(BUS_FAULT, 0x8200, (uint32_t)load_word);
    EXPECT(fault.bfar, NOWHERE + 4);
    EXPECT(fault.hfsr, 0);
    EXPECT(fault.frame[FRAME_R0], NOWHERE + 4);
    load_wide(NOWHERE + 8);
    expect_fault(BUS_FAULT, 0x8200, (uint32_t)load_wide);
    EXPECT(fault.bfar, NOWHERE + 8);
    load_half(NOWHERE + 2);
    expect_fault(BUS_FAULT, 0x8200, (uint32_t)load_half);
    EXPECT(fault.bfar, NOWHERE + 2);
    load_byte(NOWHERE + 3);
    expect_fault(BUS_FAULT, 0x8200, (uint32_t)load_byte);
    EXPECT(fault.bfar, NOWHERE + 3);
}

TEST(B3_2_15_marks_stay_until_they_are_cleared_by_ones)
{
    catch_all_faults();
    load_word(NOWHERE);
    EXPECT(CFSR, 0);
    EXPECT(fault.count, 1);
}

TEST(B3_2_15_code_from_nowhere_is_an_instruction_bus_error)
{
    catch_all_faults();
    fault_resume = TO_LR;
    branch_to(NOWHERE + 1);
    expect_fault(BUS_FAULT, 0x0100, NOWHERE);
}

TEST(B3_1_code_from_a_peripheral_is_execute_never)
{
    catch_all_faults();
    fault_resume = TO_LR;
    branch_to(DEVICE + 1);
    expect_fault(MEM_MANAGE, 0x01, DEVICE);
    branch_to(0xE000E101);
    expect_fault(MEM_MANAGE, 0x01, 0xE000E100);
}

TEST(B3_2_15_an_undefined_instruction_is_a_usage_fault)
{
    catch_all_faults();
    undefined_narrow();
    expect_fault(USAGE_FAULT, 1 << 16, (uint32_t)undefined_narrow);
    undefined_wide();
    expect_fault(USAGE_FAULT, 1 << 16, (uint32_t)undefined_wide);
}

TEST(B3_2_15_a_coprocessor_that_does_not_exist_is_no_coprocessor)
{
    catch_all_faults();
    other_coprocessor();
    expect_fault(USAGE_FAULT, 1 << 19, (uint32_t)other_coprocessor);
}

TEST(B3_2_15_a_branch_to_an_even_address_is_an_invalid_state)
{
    catch_all_faults();
    fault_resume = TO_LR;
    branch_to((uint32_t)load_word & ~1u);
    expect_fault(USAGE_FAULT, 1 << 17, (uint32_t)load_word);
    EXPECT(fault.frame[FRAME_XPSR] >> 24 & 1, 0);
}

static uint32_t aligned[4];

TEST(A3_2_1_single_words_need_not_be_aligned)
{
    catch_all_faults();
    aligned[0] = 0x33221100, aligned[1] = 0x77665544;
    EXPECT(load_word((uint32_t)aligned + 1), 0x44332211);
    EXPECT(load_half((uint32_t)aligned + 3), 0x4433);
    EXPECT(fault.count, 0);
}

TEST(B1_5_14_a_fault_that_is_not_enabled_escalates)
{
    handlers[HARD_FAULT] = catch_fault;
    load_word(NOWHERE);
    expect_fault(HARD_FAULT, 0x8200, (uint32_t)load_word);
    EXPECT(fault.hfsr, 1 << 30);
    EXPECT(fault.bfar, NOWHERE);
    undefined_narrow();
    expect_fault(HARD_FAULT, 1 << 16, (uint32_t)undefined_narrow);
    EXPECT(fault.hfsr, 1 << 30);
}

TEST(B1_5_14_a_fault_under_primask_escalates)
{
    catch_all_faults();
    __asm volatile("cpsid i");
    load_word(NOWHERE);
    __asm volatile("cpsie i");
    expect_fault(HARD_FAULT, 0x8200, (uint32_t)load_word);
    EXPECT(fault.hfsr, 1 << 30);
}

TEST(B1_5_14_a_fault_under_basepri_escalates)
{
    catch_all_faults();
    SHPR(BUS_FAULT) = 0x80;
    WRITE(basepri, 0x80);
    load_word(NOWHERE);
    expect_fault(HARD_FAULT, 0x8200, (uint32_t)load_word);
    WRITE(basepri, 0xA0);
    load_word(NOWHERE);
    expect_fault(BUS_FAULT, 0x8200, (uint32_t)load_word);
}

static void load_from_nowhere(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    load_word(NOWHERE);
}

TEST(B1_5_14_a_fault_of_a_handler_no_less_urgent_escalates)
{
    catch_all_faults();
    SHPR(BUS_FAULT) = 0x40;
    enable(A, 0x40, load_from_nowhere);
    pend(A);
    expect_fault(HARD_FAULT, 0x8200, (uint32_t)load_word);
    IPR(A) = 0x60;
    pend(A);
    expect_fault(BUS_FAULT, 0x8200, (uint32_t)load_word);
    EXPECT(fault.exc_return, 0xFFFFFFF1);
}

static void fault_in_a_fault(uint32_t e, uint32_t r, uint32_t *f)
{
    catch_fault(e, r, f);
    note(1);
    undefined_narrow();
    note(2);
}

TEST(B1_5_14_another_fault_within_a_fault)
{
    catch_all_faults();
    handlers[BUS_FAULT] = fault_in_a_fault;
    SHPR(BUS_FAULT) = 0x40;
    SHPR(USAGE_FAULT) = 0x20;
    load_word(NOWHERE);
    EXPECT(trace, 0x12);
    EXPECT(fault.count, 2);
    EXPECT(fault.exception, USAGE_FAULT);
    SHPR(USAGE_FAULT) = 0x40;
    load_word(NOWHERE);
    EXPECT(fault.count, 4);
    EXPECT(fault.exception, HARD_FAULT);
}

TEST(C1_5_breakpoint_without_a_debugger_is_a_hard_fault)
{
    catch_all_faults();
    breakpoint();
    expect_fault(HARD_FAULT, 0, (uint32_t)breakpoint);
    EXPECT(fault.hfsr, 1u << 31);
    EXPECT(fault.dfsr, 2);
}

TEST(C1_5_breakpoint_goes_to_the_monitor_when_that_is_on)
{
    catch_all_faults();
    handlers[DEBUG_MONITOR] = catch_fault;
    DEMCR = 1 << 16;
    breakpoint();
    DEMCR = 0;
    expect_fault(DEBUG_MONITOR, 0, (uint32_t)breakpoint);
    EXPECT(fault.hfsr, 0);
    EXPECT(fault.dfsr, 2);
}

/* Stacks that are not there. The frame of the thread is on a stack of its own, made by hand. */
static uint32_t good[8 + 2] __attribute__((aligned(8)));
static uint32_t order;
extern void mend_resume(void);
static void mend(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)f;
    fault.count++;
    fault.exception = e, fault.cfsr = CFSR, fault.exc_return = r;
    CFSR = CFSR;
    good[FRAME_PC] = fault_resume & ~1u;
    good[FRAME_XPSR] = 1 << 24;
    good[FRAME_R0] = 0x600D;
    WRITE(psp, (uint32_t)good);
    order = order << 4 | 1;
}
static void note_order(uint32_t e, uint32_t r, uint32_t *f) { (void)e, (void)r, (void)f, order = order << 4 | 2; }
extern uint32_t on_bad_stack(uint32_t sp);
extern char bad_stack_resume[];

TEST(B1_5_11_a_stack_that_is_not_there_is_a_stacking_fault)
{
    catch_all_faults();
    order = 0;
    handlers[BUS_FAULT] = mend;
    handlers[SV_CALL] = note_order;
    SHPR(BUS_FAULT) = 0x20;
    SHPR(SV_CALL) = 0x40;
    fault_resume = (uint32_t)bad_stack_resume;
    EXPECT(on_bad_stack(NOWHERE + 0x100), 0x600D);
    EXPECT(fault.count, 1);
    EXPECT(fault.exception, BUS_FAULT);
    EXPECT(fault.cfsr, 1 << 12);
    EXPECT(fault.exc_return, 0xFFFFFFFD);
    /* The more urgent fault first; SVC is still pending and is chained. */
    EXPECT(order, 0x12);
}

static void lose_stack(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    order = order << 4 | 3;
    WRITE(psp, NOWHERE + 0x100);
}

TEST(B1_5_12_a_stack_that_is_lost_is_an_unstacking_fault)
{
    catch_all_faults();
    order = 0;
    handlers[BUS_FAULT] = mend;
    handlers[SV_CALL] = lose_stack;
    fault_resume = (uint32_t)bad_stack_resume;
    EXPECT(on_bad_stack(PROCESS_STACK_TOP), 0x600D);
    EXPECT(fault.count, 1);
    EXPECT(fault.cfsr, 1 << 11);
    EXPECT(fault.exc_return, 0xFFFFFFFD);
    EXPECT(order, 0x31);
}

__attribute__((aligned(256))) static uint32_t table[64];

TEST(B1_5_3_a_vector_without_its_lowest_bit_is_an_invalid_state)
{
    catch_all_faults();
    fault_resume = TO_LR;
    for (int i = 0; i < 64; i++)
        table[i] = vectors[i];
    table[IRQ0 + A] &= ~1u;
    enable(A, 0x40, catch_fault);
    VTOR = (uint32_t)table;
    BARRIER();
    /* The fault is the handler's own; it returns to LR, which is EXC_RETURN. */
    extern handler chain_back;
    handlers[USAGE_FAULT] = chain_back;
    SHPR(USAGE_FAULT) = 0x20;
    pend(A);
    VTOR = 0;
    BARRIER();
    EXPECT(fault.count, 1);
    EXPECT(fault.cfsr, 1 << 17);
    EXPECT(fault.frame[FRAME_PC], vectors[IRQ0 + A] & ~1u);
    EXPECT(fault.frame[FRAME_XPSR] & 0x010001FF, IRQ0 + A);
}
handler chain_back;
void chain_back(uint32_t e, uint32_t r, uint32_t *f)
{
    extern void return_by_lr(void);
    fault_resume = (uint32_t)return_by_lr;
    catch_fault(e, r, f);
}
