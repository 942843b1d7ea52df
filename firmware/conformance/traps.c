/* CCR's traps (B3.2.8) and the MPU (B3.5). SPDX-License-Identifier: MIT-0 */
#include "test.h"

extern uint32_t load_word(uint32_t), load_half(uint32_t), load_byte(uint32_t), load_double(uint32_t),
    load_multiple(uint32_t), store_word(uint32_t), store_half(uint32_t), divide(uint32_t by, uint32_t what), divide_signed(uint32_t by, uint32_t what),
    branch_to(uint32_t), load_as_user(uint32_t);
extern uint32_t on_bad_stack(uint32_t sp);
extern char bad_stack_resume[];

#define DIV_0_TRP (1u << 4)
#define UNALIGN_TRP (1u << 3)
#define MPU_TYPE REGISTER(0xE000ED90)
#define MPU_CTRL REGISTER(0xE000ED94)
#define MPU_RNR REGISTER(0xE000ED98)
#define MPU_RBAR REGISTER(0xE000ED9C)
#define MPU_RASR REGISTER(0xE000EDA0)
#define PRIVDEFENA 4u
#define HFNMIENA 2u

static void expect_fault(uint32_t exception, uint32_t cfsr, uint32_t pc)
{
    EXPECT(fault.count, 1);
    EXPECT(fault.exception, exception);
    EXPECT(fault.cfsr, cfsr);
    EXPECT(fault.frame[FRAME_PC], pc & ~1u);
    fault.count = 0;
}

TEST(B3_2_8_a_division_by_zero_gives_zero_or_a_usage_fault)
{
    catch_all_faults();
    EXPECT(divide(0, 100), 0);
    EXPECT(divide_signed(0, 100), 0);
    EXPECT(fault.count, 0);
    CCR |= DIV_0_TRP;
    divide(0, 100);
    expect_fault(USAGE_FAULT, 1 << 25, (uint32_t)divide);
    divide_signed(0, 100);
    expect_fault(USAGE_FAULT, 1 << 25, (uint32_t)divide_signed);
    EXPECT(divide(5, 100), 20);
    EXPECT(fault.count, 0);
    CCR = 0x200;
    EXPECT(divide(0, 100), 0);
    EXPECT(fault.count, 0);
}

static uint32_t words[4];

TEST(B3_2_8_an_unaligned_access_may_be_a_usage_fault)
{
    catch_all_faults();
    uint32_t at = (uint32_t)words;
    words[0] = 0x33221100, words[1] = 0x77665544;
    EXPECT(load_word(at + 1), 0x44332211);
    CCR |= UNALIGN_TRP;
    load_word(at + 1);
    expect_fault(USAGE_FAULT, 1 << 24, (uint32_t)load_word);
    load_word(at + 2);
    expect_fault(USAGE_FAULT, 1 << 24, (uint32_t)load_word);
    load_half(at + 1);
    expect_fault(USAGE_FAULT, 1 << 24, (uint32_t)load_half);
    store_word(at + 2);
    expect_fault(USAGE_FAULT, 1 << 24, (uint32_t)store_word);
    store_half(at + 3);
    expect_fault(USAGE_FAULT, 1 << 24, (uint32_t)store_half);
    EXPECT(words[0], 0x33221100);
    load_double(at + 2);
    expect_fault(USAGE_FAULT, 1 << 24, (uint32_t)load_double);
    load_multiple(at + 2);
    expect_fault(USAGE_FAULT, 1 << 24, (uint32_t)load_multiple);
    EXPECT(load_half(at + 2), 0x3322);
    EXPECT(load_byte(at + 3), 0x33);
    EXPECT(fault.count, 0);
}

/* One region of 256 bytes over RAM, the default map for privileged code elsewhere. */
__attribute__((aligned(256))) static uint32_t guarded[64];
static void guard(uint32_t rasr)
{
    MPU_RNR = 3;
    MPU_RBAR = (uint32_t)guarded;
    MPU_RASR = rasr | 7 << 1 | 1;
    MPU_CTRL = PRIVDEFENA | 1;
    BARRIER();
}
static void unguard(void)
{
    MPU_CTRL = 0;
    MPU_RASR = 0;
    BARRIER();
}
#define NO_ACCESS (0u << 24)
#define PRIVILEGED (1u << 24)
#define USER_READS (2u << 24)
#define FULL (3u << 24)
#define READ_ONLY (6u << 24)
#define XN (1u << 28)

TEST(B3_5_the_mpu_has_eight_regions) { EXPECT(MPU_TYPE, 0x800); }

TEST(B3_5_a_region_without_access_is_a_data_access_violation)
{
    catch_all_faults();
    uint32_t at = (uint32_t)guarded;
    guarded[0] = 0x1234;
    guard(NO_ACCESS);
    load_word(at + 4);
    expect_fault(MEM_MANAGE, 0x82, (uint32_t)load_word);
    EXPECT(fault.mmfar, at + 4);
    store_word(at + 8);
    expect_fault(MEM_MANAGE, 0x82, (uint32_t)store_word);
    EXPECT(fault.mmfar, at + 8);
    load_word(at - 4);
    load_word(at + 256);
    EXPECT(fault.count, 0);
    unguard();
    EXPECT(load_word(at), 0x1234);
    EXPECT(guarded[2], 0);
}

TEST(B3_5_a_read_only_region_takes_no_stores)
{
    catch_all_faults();
    uint32_t at = (uint32_t)guarded;
    guarded[5] = 77;
    guard(READ_ONLY);
    EXPECT(load_word(at + 20), 77);
    store_word(at + 20);
    expect_fault(MEM_MANAGE, 0x82, (uint32_t)store_word);
    unguard();
    EXPECT(guarded[5], 77);
}

TEST(B3_5_unprivileged_code_has_rights_of_its_own)
{
    catch_all_faults();
    uint32_t at = (uint32_t)guarded;
    guarded[1] = 55;
    /* Everything for unprivileged code, and region 3 over it. */
    MPU_RNR = 0;
    MPU_RBAR = 0;
    MPU_RASR = FULL | 31 << 1 | 1;
    guard(USER_READS);
    EXPECT(unprivileged(load_word, at + 4), 55);
    EXPECT(fault.count, 0);
    unprivileged(store_word, at + 4);
    expect_fault(MEM_MANAGE, 0x82, (uint32_t)store_word);
    guard(PRIVILEGED);
    unprivileged(load_word, at + 4);
    expect_fault(MEM_MANAGE, 0x82, (uint32_t)load_word);
    EXPECT(load_word(at + 4), 55);
    unguard();
    MPU_RNR = 0;
    MPU_RASR = 0;
}

TEST(A7_7_67_ldrt_is_checked_as_unprivileged_code)
{
    catch_all_faults();
    uint32_t at = (uint32_t)guarded;
    guarded[1] = 55;
    guard(PRIVILEGED);
    EXPECT(load_word(at + 4), 55);
    load_as_user(at + 4);
    expect_fault(MEM_MANAGE, 0x82, (uint32_t)load_as_user);
    unguard();
}

TEST(B3_5_a_region_may_be_execute_never)
{
    catch_all_faults();
    fault_resume = TO_LR;
    guarded[0] = 0x47704770;
    guard(FULL);
    branch_to((uint32_t)guarded + 1);
    EXPECT(fault.count, 0);
    guard(FULL | XN);
    branch_to((uint32_t)guarded + 1);
    expect_fault(MEM_MANAGE, 0x01, (uint32_t)guarded);
    unguard();
}

TEST(B3_5_a_subregion_that_is_off_is_not_the_regions)
{
    catch_all_faults();
    uint32_t at = (uint32_t)guarded;
    guard(NO_ACCESS | 1 << 10);
    load_word(at + 64);
    EXPECT(fault.count, 0);
    load_word(at + 96);
    expect_fault(MEM_MANAGE, 0x82, (uint32_t)load_word);
    unguard();
}

static void load_guarded(uint32_t e, uint32_t r, uint32_t *f)
{
    catch_fault(e, r, f);
    note(load_word((uint32_t)guarded));
}

TEST(B3_5_hard_fault_is_let_through_without_hfnmiena)
{
    handlers[HARD_FAULT] = load_guarded;
    guarded[0] = 9;
    guard(NO_ACCESS);
    load_word((uint32_t)guarded);
    EXPECT(trace, 9);
    EXPECT(fault.exception, HARD_FAULT);
    EXPECT(fault.hfsr, 1 << 30);
    unguard();
}

/* A process whose stack has run into the guarded region. */
static uint32_t good[10] __attribute__((aligned(8)));
static void mend(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)r, (void)f;
    fault.count++;
    fault.exception = e, fault.cfsr = CFSR;
    CFSR = CFSR;
    good[FRAME_PC] = (uint32_t)bad_stack_resume & ~1u;
    good[FRAME_XPSR] = 1 << 24;
    WRITE(psp, (uint32_t)good);
}
static void nothing(uint32_t e, uint32_t r, uint32_t *f) { (void)e, (void)r, (void)f; }
static void into_the_guarded(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    WRITE(psp, (uint32_t)guarded + 64);
}

TEST(B1_5_11_a_stack_in_a_guarded_region_is_a_stacking_violation)
{
    catch_all_faults();
    handlers[MEM_MANAGE] = mend;
    handlers[SV_CALL] = nothing;
    guard(NO_ACCESS);
    on_bad_stack((uint32_t)guarded + 128);
    EXPECT(fault.count, 1);
    EXPECT(fault.exception, MEM_MANAGE);
    EXPECT(fault.cfsr, 1 << 4);
    fault.count = 0;
    handlers[SV_CALL] = into_the_guarded;
    on_bad_stack(PROCESS_STACK_TOP);
    EXPECT(fault.count, 1);
    EXPECT(fault.cfsr, 1 << 3);
    unguard();
}
