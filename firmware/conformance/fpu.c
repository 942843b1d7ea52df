/* The FPU's registers across exceptions (B1.5.6, B1.5.7, B3.2.20 to B3.2.23). SPDX-License-Identifier: MIT-0 */
#include "test.h"

extern void fp_set(const uint32_t s[32], uint32_t fpscr), fp_get(uint32_t s[33]), fp_scribble(uint32_t);
extern uint32_t fp_read_fpscr(void);
extern void fp_add(void);

#define FPCA (1u << 2)
static uint32_t before[32], behind[33];
/* Rounding towards zero, and flags. */
#define FPSCR 0xA0C0001Fu

static void fill(void)
{
    for (uint32_t i = 0; i < 32; i++)
        before[i] = 0x3F800000 + i * 0x01010101;
    fp_set(before, FPSCR);
}

static void expect_kept(void)
{
    fp_get(behind);
    for (int i = 0; i < 16; i++)
        EXPECT(behind[i], before[i]);
    EXPECT(behind[32], FPSCR);
}

static uint32_t seen[8], room[18];
static void look(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e;
    seen[0] = r, seen[1] = FPCCR, seen[2] = FPCAR, seen[3] = (uint32_t)f, seen[4] = READ(control);
}
static void look_at_room(uint32_t e, uint32_t r, uint32_t *f)
{
    look(e, r, f);
    for (int i = 0; i < 18; i++)
        room[i] = f[8 + i];
}
static void use(uint32_t e, uint32_t r, uint32_t *f)
{
    look(e, r, f);
    fp_scribble(0x55555555);
    seen[5] = FPCCR, seen[6] = READ(control);
    for (int i = 0; i < 18; i++)
        room[i] = f[8 + i];
}

TEST(B1_5_6_without_fpca_the_frame_is_a_basic_one)
{
    handlers[SV_CALL] = look;
    SVC(1);
    EXPECT(seen[0], 0xFFFFFFF9);
    EXPECT(seen[1] & 1, 0);
    EXPECT(READ(control) & FPCA, 0);
}

TEST(B1_5_6_an_instruction_of_the_fpu_sets_fpca)
{
    EXPECT(READ(control) & FPCA, 0);
    fp_add();
    EXPECT(READ(control) & FPCA, FPCA);
}

TEST(B1_5_7_lazy_stacking_leaves_room_and_stores_nothing)
{
    handlers[SV_CALL] = look_at_room;
    fill();
    SVC(1);
    EXPECT(seen[0], 0xFFFFFFE9);
    EXPECT(seen[1] & 1, 1);
    EXPECT(seen[2], seen[3] + 0x20);
    EXPECT(seen[4] & FPCA, 0);
    EXPECT(room[0] == before[0] && room[1] == before[1] && room[7] == before[7], 0);
    EXPECT(READ(control) & FPCA, FPCA);
    EXPECT(FPCCR & 1, 0);
    expect_kept();
}

TEST(B1_5_7_a_handler_that_uses_the_fpu_has_them_stored_first)
{
    handlers[SV_CALL] = use;
    fill();
    SVC(1);
    EXPECT(seen[1] & 1, 1);
    EXPECT(seen[5] & 1, 0);
    EXPECT(seen[6] & FPCA, FPCA);
    for (int i = 0; i < 16; i++)
        EXPECT(room[i], before[i]);
    EXPECT(room[16], FPSCR);
    expect_kept();
}

TEST(B3_2_21_without_lspen_they_are_stored_at_entry)
{
    handlers[SV_CALL] = look_at_room;
    FPCCR = 0x80000000;
    fill();
    SVC(1);
    EXPECT(seen[0], 0xFFFFFFE9);
    EXPECT(seen[1] & 1, 0);
    for (int i = 0; i < 16; i++)
        EXPECT(room[i], before[i]);
    EXPECT(room[16], FPSCR);
    expect_kept();
    handlers[SV_CALL] = use;
    fill();
    SVC(1);
    expect_kept();
}

static void change_room(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r;
    fp_scribble(1);
    f[8] = 0x12345678, f[8 + 15] = 0x9ABCDEF0, f[8 + 16] = 0x50000000;
}

TEST(B1_5_8_return_takes_what_the_handler_put_there)
{
    handlers[SV_CALL] = change_room;
    fill();
    SVC(1);
    fp_get(behind);
    EXPECT(behind[0], 0x12345678);
    EXPECT(behind[15], 0x9ABCDEF0);
    EXPECT(behind[32], 0x50000000);
}

static void read_fpscr(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    seen[7] = fp_read_fpscr();
}

TEST(B3_2_23_a_new_context_starts_with_fpdscr)
{
    handlers[SV_CALL] = read_fpscr;
    fill();
    SVC(1);
    EXPECT(seen[7] & 0x07C00000, 0);
    expect_kept();
}

static void use_and_pend_b(uint32_t e, uint32_t r, uint32_t *f)
{
    use(e, r, f);
    pend(B);
    uint32_t here[33];
    fp_get(here);
    EXPECT(here[0], 0x55555555);
    EXPECT(here[15], 0x55555555);
    note(1);
}
static void use_too(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)f;
    seen[7] = r;
    fp_scribble(0x77777777);
    note(2);
}

TEST(B1_5_7_each_level_keeps_its_own)
{
    enable(A, 0x80, use_and_pend_b);
    enable(B, 0x40, use_too);
    fill();
    pend(A);
    EXPECT(trace, 0x21);
    EXPECT(seen[7], 0xFFFFFFE1);
    expect_kept();
}

static void pend_b_first(uint32_t e, uint32_t r, uint32_t *f)
{
    look(e, r, f);
    pend(B);
    note(1);
    fp_scribble(0x44444444);
}

/* B has a basic frame, as A has not used the FPU, and B itself has S0 to S15 of the thread stored. */
TEST(B1_5_7_a_nested_handler_stores_those_of_the_thread)
{
    enable(A, 0x80, pend_b_first);
    enable(B, 0x40, use_too);
    fill();
    pend(A);
    EXPECT(trace, 0x21);
    EXPECT(seen[7], 0xFFFFFFF1);
    expect_kept();
}

static void only_pend_b(uint32_t e, uint32_t r, uint32_t *f)
{
    look(e, r, f);
    pend(B);
    note(1);
}

TEST(B1_5_12_a_chained_handler_finds_them_still_to_be_stored)
{
    enable(A, 0x40, only_pend_b);
    enable(B, 0x80, use);
    fill();
    pend(A);
    EXPECT(trace, 1);
    EXPECT(seen[0], 0xFFFFFFE9);
    EXPECT(seen[1] & 1, 1);
    EXPECT(room[3], before[3]);
    expect_kept();
}

TEST(B3_2_21_fpccr_says_what_was_interrupted)
{
    handlers[SV_CALL] = look;
    fill();
    SVC(1);
    /* THREAD; MMRDY and BFRDY are clear, as those are not enabled; HFRDY. */
    EXPECT(seen[1] & 0xC0000079, 0xC0000019);
    SHCSR = SHCSR_FAULTS;
    fill();
    SHPR(SV_CALL) = 0x80;
    SVC(1);
    EXPECT(seen[1] & 0xC0000079, 0xC0000079);
}

TEST(B3_2_20_without_access_the_fpu_is_no_coprocessor)
{
    catch_all_faults();
    CPACR = 0;
    BARRIER();
    fp_add();
    EXPECT(fault.exception, USAGE_FAULT);
    EXPECT(fault.cfsr, 1 << 19);
    EXPECT(fault.frame[FRAME_PC], (uint32_t)fp_add & ~1u);
    EXPECT(fault.exc_return, 0xFFFFFFF9);
    CPACR = 0xFu << 20;
    BARRIER();
    fp_add();
    EXPECT(fault.count, 1);
}

static void give_access(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    fault.count++;
    CFSR = CFSR;
    CPACR = 0xFu << 20;
    BARRIER();
}

TEST(B3_2_20_a_handler_may_give_access_and_try_again)
{
    static uint32_t two[32] = {0x40000000};
    catch_all_faults();
    handlers[USAGE_FAULT] = give_access;
    fp_set(two, 0);
    CPACR = 0;
    BARRIER();
    fp_add();
    fp_get(behind);
    EXPECT(fault.count, 1);
    EXPECT(behind[0], 0x40800000);
}

TEST(B3_2_20_cpacr_keeps_what_exists)
{
    CPACR = 0xFFFFFFFF;
    EXPECT(CPACR, 0x00F00000);
    CPACR = 0;
    EXPECT(CPACR, 0);
    CPACR = 0x00F00000;
    BARRIER();
}

TEST(B4_6_the_fpu_is_the_single_precision_one)
{
    EXPECT(REGISTER(0xE000EF40), 0x10110021);
    EXPECT(REGISTER(0xE000EF44), 0x11000011);
}

TEST(B1_5_7_on_the_process_stack_too)
{
    handlers[SV_CALL] = use;
    use_psp();
    fill();
    SVC(1);
    fp_get(behind);
    uint32_t control = READ(control);
    WRITE(control, 4);
    EXPECT(control & 7, 6);
    EXPECT(seen[0], 0xFFFFFFED);
    EXPECT(seen[2], seen[3] + 0x20);
    EXPECT(behind[15], before[15]);
    EXPECT(behind[32], FPSCR);
}
