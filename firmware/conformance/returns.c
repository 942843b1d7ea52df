/* Returns that fail their checks (B1.5.8). SPDX-License-Identifier: MIT-0 */
#include "test.h"

extern uint32_t branch_to(uint32_t), return_with(uint32_t);

static uint32_t bad;
__attribute__((naked)) static void return_bad(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    __asm("ldr r0, =%c0\n ldr r0, [r0]\n bx r0\n .ltorg" ::"i"(&bad));
}

/* UsageFault's handler is chained to the frame that is still there. */
static uint32_t frame_pc;
static void mend(uint32_t e, uint32_t r, uint32_t *f)
{
    fault.count++;
    fault.exception = e, fault.exc_return = r, fault.cfsr = CFSR, fault.hfsr = HFSR;
    CFSR = CFSR;
    HFSR = HFSR;
    frame_pc = f[FRAME_PC];
}

/* UsageFault gets the bad value as its LR, and goes back to the thread by 0xFFFFFFF9, its own. */
__attribute__((naked)) static void mend_and_return_to_thread(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    __asm("push {r4, lr}\n bl %c0\n pop {r4, lr}\n mvn r0, #6\n bx r0" ::"i"(mend));
}

static void with(uint32_t exc_return)
{
    bad = exc_return;
    fault.count = fault.cfsr = 0;
    SVC(1);
    EXPECT(fault.count, 1);
    EXPECT(fault.exception, USAGE_FAULT);
    EXPECT(fault.cfsr, 1 << 18);
}

TEST(B1_5_8_an_exc_return_that_does_not_exist_is_an_invalid_pc)
{
    catch_all_faults();
    handlers[USAGE_FAULT] = mend_and_return_to_thread;
    handlers[SV_CALL] = return_bad;
    with(0xFFFFFFF5);
    EXPECT(fault.exc_return, 0xFFFFFFF5);
}

TEST(B1_5_8_a_return_to_a_handler_that_does_not_run_is_an_invalid_pc)
{
    catch_all_faults();
    handlers[USAGE_FAULT] = mend_and_return_to_thread;
    handlers[SV_CALL] = return_bad;
    with(0xFFFFFFF1);
    EXPECT(fault.exc_return, 0xFFFFFFF1);
}

static void svc_within(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    note(1);
    SVC(1);
    note(2);
}
__attribute__((naked)) static void mend_and_return_to_handler(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    __asm("push {r4, lr}\n bl %c0\n pop {r4, lr}\n mvn r0, #14\n bx r0" ::"i"(mend));
}

TEST(B1_5_8_a_return_to_the_thread_past_a_handler_is_an_invalid_pc)
{
    catch_all_faults();
    handlers[USAGE_FAULT] = mend_and_return_to_handler;
    handlers[SV_CALL] = return_bad;
    enable(A, 0x80, svc_within);
    SHPR(SV_CALL) = 0x40;
    bad = 0xFFFFFFF9;
    pend(A);
    EXPECT(trace, 0x12);
    EXPECT(fault.count, 1);
    EXPECT(fault.cfsr, 1 << 18);
}

static void unbased(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)r, (void)f;
    note(READ(ipsr) == e);
    SVC(1);
    note(READ(ipsr) == 0 ? 2 : 3);
    SVC(1);
    note(READ(ipsr) == e ? 4 : 5);
}

/* From a handler to thread mode, although that handler stays active, and from there back into it. */
__attribute__((naked)) static void change_mode(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    __asm("ldr r0, [r2, #28]\n ubfx r1, r0, #0, #9\n cbz r1, 1f\n"
          "bfc r0, #0, #9\n str r0, [r2, #28]\n mvn r0, #6\n bx r0\n"
          "1: adds r0, #36\n str r0, [r2, #28]\n mvn r0, #14\n bx r0");
}

TEST(B3_2_8_nonbasethrdena_allows_it)
{
    catch_all_faults();
    CCR |= 1;
    handlers[SV_CALL] = change_mode;
    SHPR(SV_CALL) = 0x40;
    enable(A, 0x80, unbased);
    pend(A);
    EXPECT(trace, 0x124);
    EXPECT(fault.count, 0);
}

static void set_ipsr(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r;
    f[FRAME_XPSR] |= IRQ0 + B;
}

static void clear_ipsr(uint32_t e, uint32_t r, uint32_t *f)
{
    mend(e, r, f);
    note(f[FRAME_XPSR] & 0x1FF);
    f[FRAME_XPSR] &= ~0x1FFu;
}

/* The frame is still there, and so is what is wrong with it. */
TEST(B1_5_8_an_ipsr_in_the_frame_that_does_not_fit_is_an_invalid_pc)
{
    catch_all_faults();
    handlers[SV_CALL] = set_ipsr;
    handlers[USAGE_FAULT] = clear_ipsr;
    SVC(1);
    EXPECT(fault.count, 1);
    EXPECT(fault.cfsr, 1 << 18);
    EXPECT(fault.exc_return, 0xFFFFFFF9);
    EXPECT(trace, IRQ0 + B);
}

static void clear_t(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r;
    f[FRAME_XPSR] &= ~(1u << 24);
    bad = f[FRAME_PC];
}
static void set_t(uint32_t e, uint32_t r, uint32_t *f)
{
    mend(e, r, f);
    f[FRAME_XPSR] |= 1u << 24;
}

TEST(B1_5_8_a_frame_without_t_is_an_invalid_state)
{
    catch_all_faults();
    handlers[SV_CALL] = clear_t;
    handlers[USAGE_FAULT] = set_t;
    SVC(1);
    EXPECT(fault.count, 1);
    EXPECT(fault.cfsr, 1 << 17);
    EXPECT(frame_pc, bad);
}

TEST(B1_5_8_in_thread_mode_exc_return_is_an_address)
{
    catch_all_faults();
    fault_resume = TO_LR;
    branch_to(0xFFFFFFF9);
    EXPECT(fault.count, 1);
    EXPECT(fault.exception, MEM_MANAGE);
    EXPECT(fault.cfsr, 1);
}

static uint32_t by;
__attribute__((naked)) static void return_by(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    __asm("ldr r0, =%c0\n ldr r0, [r0]\n cmp r0, #1\n beq 1f\n bhi 2f\n"
          "push {lr}\n pop {pc}\n"
          "1: push {r0-r2, lr}\n ldm sp!, {r0-r2, pc}\n"
          "2: push {lr}\n ldr pc, [sp], #4\n .ltorg" ::"i"(&by));
}

TEST(B1_5_8_pop_ldm_and_ldr_return_as_well)
{
    handlers[SV_CALL] = return_by;
    for (by = 0; by < 3; by++) {
        uint32_t before, behind;
        __asm volatile("mov %0, sp\n svc #0\n mov %1, sp" : "=&r"(before), "=r"(behind)::"memory");
        EXPECT(before, behind);
        note(by);
    }
    EXPECT(trace, 0x012);
}
