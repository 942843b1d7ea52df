/* What entry puts on the stack, and return takes from it (B1.5.6 to B1.5.8). SPDX-License-Identifier: MIT-0 */
#include "test.h"

extern void frame_probe(uint32_t registers[7]);
extern char frame_probe_next[];
extern uint32_t aligned_svc(uint32_t by), it_load(uint32_t *address), it_svc(void);

static uint32_t copy[8], exc_return, at, special[4];
static void look(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e;
    for (int i = 0; i < 8; i++)
        copy[i] = f[i];
    exc_return = r, at = (uint32_t)f;
    special[0] = READ(ipsr), special[1] = READ(control), special[2] = READ(psp), special[3] = READ(msp);
    note(1);
}

TEST(B1_5_6_the_frame_holds_eight_registers_in_order)
{
    uint32_t registers[7] = {0x11111111, 0x22222222, 0x33333333, 0x44444444, 0xCCCCCCCC, 0xEEEEEEEE, 0xA80F0000};
    handlers[SV_CALL] = look;
    frame_probe(registers);
    EXPECT(copy[FRAME_R0], 0x11111111);
    EXPECT(copy[FRAME_R1], 0x22222222);
    EXPECT(copy[FRAME_R2], 0x33333333);
    EXPECT(copy[FRAME_R3], 0x44444444);
    EXPECT(copy[FRAME_R12], 0xCCCCCCCC);
    EXPECT(copy[FRAME_LR], 0xEEEEEEEE);
    EXPECT(copy[FRAME_PC], (uint32_t)frame_probe_next & ~1u);
    EXPECT(copy[FRAME_XPSR] & ~(1u << 9), 0xA90F0000);
    EXPECT(exc_return, 0xFFFFFFF9);
}

TEST(B1_5_8_return_restores_them)
{
    uint32_t registers[7] = {0x11111111, 0x22222222, 0x33333333, 0x44444444, 0xCCCCCCCC, 0xEEEEEEEE, 0x50050000};
    handlers[SV_CALL] = look;
    frame_probe(registers);
    EXPECT(registers[0], 0x11111111);
    EXPECT(registers[3], 0x44444444);
    EXPECT(registers[4], 0xCCCCCCCC);
    EXPECT(registers[5], 0xEEEEEEEE);
    EXPECT(registers[6] & 0xF80F0000, 0x50050000);
}

static void change(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r;
    f[FRAME_R0] = 0x1234, f[FRAME_R12] = 0x5678, f[FRAME_LR] = 0x9ABD, f[FRAME_XPSR] ^= 0xF8000000;
}

TEST(B1_5_8_return_takes_what_the_handler_put_into_the_frame)
{
    uint32_t registers[7] = {0, 0, 0, 0, 0, 0, 0x50000000};
    handlers[SV_CALL] = change;
    frame_probe(registers);
    EXPECT(registers[0], 0x1234);
    EXPECT(registers[4], 0x5678);
    EXPECT(registers[5], 0x9ABD);
    EXPECT(registers[6] & 0xF8000000, 0xA8000000);
}

TEST(B1_5_7_a_frame_is_aligned_to_8_and_says_so)
{
    handlers[SV_CALL] = look;
    uint32_t sp;
    __asm volatile("mov %0, sp" : "=r"(sp));
    uint32_t odd = sp & 4 ? 0 : 4;
    EXPECT(aligned_svc(odd), 0);
    EXPECT(at & 7, 0);
    EXPECT(copy[FRAME_XPSR] >> 9 & 1, 1);
    EXPECT(aligned_svc(4 - odd), 0);
    EXPECT(at & 7, 0);
    EXPECT(copy[FRAME_XPSR] >> 9 & 1, 0);
}

TEST(B3_2_8_without_stkalign_a_frame_is_where_sp_is)
{
    handlers[SV_CALL] = look;
    CCR = 0;
    uint32_t sp;
    __asm volatile("mov %0, sp" : "=r"(sp));
    uint32_t odd = sp & 4 ? 0 : 4;
    EXPECT(aligned_svc(odd), 0);
    EXPECT(at & 7, 4);
    EXPECT(copy[FRAME_XPSR] >> 9 & 1, 0);
    CCR = 0x200;
}

TEST(B1_5_6_a_handler_runs_with_msp_and_its_own_ipsr)
{
    handlers[SV_CALL] = look;
    use_psp();
    SVC(1);
    use_msp();
    EXPECT(exc_return, 0xFFFFFFFD);
    EXPECT(special[0], SV_CALL);
    EXPECT(special[1] & 3, 0);
    EXPECT(special[2], at);
    EXPECT(at >= (uint32_t)process_stack && at < PROCESS_STACK_TOP, 1);
    EXPECT(special[3] >= (uint32_t)process_stack && special[3] < PROCESS_STACK_TOP, 0);
}

TEST(B1_5_8_return_goes_back_to_the_process_stack)
{
    handlers[SV_CALL] = look;
    use_psp();
    uint32_t before, behind, control;
    __asm volatile("mov %0, sp\n svc #0\n mov %1, sp\n mrs %2, control" : "=&r"(before), "=r"(behind), "=r"(control));
    use_msp();
    EXPECT(before, behind);
    EXPECT(control & 3, 2);
}

static uint32_t inner_return, inner_frame;
static void inner(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e;
    inner_return = r;
    inner_frame = (uint32_t)f;
}
static void outer(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)r, (void)f;
    pend(B);
    note(READ(ipsr) == e);
    note(ICSR >> 11 & 1);
}
static void outermost(uint32_t e, uint32_t r, uint32_t *f)
{
    outer(e, r, f);
}

TEST(B1_5_8_a_handler_returns_to_a_handler)
{
    enable(A, 0x80, outermost);
    enable(B, 0x40, inner);
    pend(A);
    EXPECT(inner_return, 0xFFFFFFF1);
    EXPECT(trace, 0x11);
    EXPECT(inner_frame & 7, 0);
}

TEST(B1_5_6_a_fault_within_it_keeps_the_it_state)
{
    static uint32_t word = 0x100;
    catch_all_faults();
    extern handler retry_with_word;
    handlers[BUS_FAULT] = retry_with_word;
    fault.bfar = (uint32_t)&word;
    EXPECT(it_load((uint32_t *)0x70000000), 0x102);
    /* ITTEE EQ behind its first instruction: the state of the load, 0b0000_1110 as the manual advances it. */
    EXPECT(fault.frame[FRAME_XPSR] & 0x0600FC00, 0x04000C00);
}
handler retry_with_word;
void retry_with_word(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r;
    for (int i = 0; i < 8; i++)
        fault.frame[i] = f[i];
    CFSR = CFSR;
    f[FRAME_R0] = fault.bfar;
}

TEST(A7_7_175_svc_within_it_is_conditional)
{
    handlers[SV_CALL] = look;
    EXPECT(it_svc(), 1);
    EXPECT(trace, 1);
}
