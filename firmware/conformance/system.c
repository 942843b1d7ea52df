/* System exceptions and the System Control Block (B1.5, B3.2, B3.3). SPDX-License-Identifier: MIT-0 */
#include "test.h"

static void note_1(uint32_t e, uint32_t r, uint32_t *f) { (void)e, (void)r, (void)f, note(1); }
static void note_2(uint32_t e, uint32_t r, uint32_t *f) { (void)e, (void)r, (void)f, note(2); }

static uint32_t number;
static void svc(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r;
    number = *(uint8_t *)(f[FRAME_PC] - 2);
    f[FRAME_R0] = f[FRAME_R0] * 2 + number;
}

TEST(B1_5_2_svc_calls_with_its_number_and_arguments)
{
    handlers[SV_CALL] = svc;
    register uint32_t r0 __asm("r0") = 20;
    __asm volatile("svc #7" : "+r"(r0)::"memory");
    EXPECT(r0, 47);
    EXPECT(number, 7);
}

TEST(B1_5_14_svc_under_primask_escalates)
{
    handlers[SV_CALL] = note_1;
    handlers[HARD_FAULT] = catch_fault;
    fault_resume = TO_LR;
    __asm volatile("cpsid i");
    __asm volatile("adr lr, 1f\n adds lr, #1\n svc #1\n .balign 4\n 1: cpsie i\n isb" ::: "lr", "memory", "cc");
    EXPECT(fault.exception, HARD_FAULT);
    EXPECT(fault.hfsr, 1 << 30);
    EXPECT(fault.cfsr, 0);
    EXPECT(trace, 0);
}

static void call_svc(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    note(3);
    __asm volatile("push {lr}\n adr lr, 1f\n adds lr, #1\n svc #1\n .balign 4\n 1: pop {lr}" ::: "memory", "cc");
    note(4);
}

TEST(B1_5_14_svc_at_its_own_priority_escalates)
{
    handlers[HARD_FAULT] = catch_fault;
    handlers[SV_CALL] = note_1;
    SHPR(SV_CALL) = 0x40;
    enable(A, 0x40, call_svc);
    fault_resume = TO_LR;
    pend(A);
    EXPECT(fault.exception, HARD_FAULT);
    EXPECT(fault.hfsr, 1 << 30);
    EXPECT(trace, 0x34);
    SHPR(SV_CALL) = 0x20;
    trace = 0;
    pend(A);
    EXPECT(trace, 0x314);
}

TEST(B3_2_4_pendsv_is_set_seen_and_cleared_by_icsr)
{
    handlers[PEND_SV] = note_1;
    ICSR = PENDSVSET;
    BARRIER();
    EXPECT(trace, 1);
    __asm volatile("cpsid i");
    ICSR = PENDSVSET;
    EXPECT(ICSR & 0x103FF000, PENDSVSET | PEND_SV << 12);
    ICSR = PENDSVCLR;
    EXPECT(ICSR & PENDSVSET, 0);
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 1);
}

TEST(B3_2_4_nmi_is_taken_at_once)
{
    handlers[NMI] = note_1;
    ICSR = NMIPENDSET;
    BARRIER();
    EXPECT(trace, 1);
    EXPECT(ICSR & NMIPENDSET, 0);
}

static void look_at_shcsr(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    number = SHCSR;
}

TEST(B3_2_13_shcsr_shows_what_is_active)
{
    handlers[SV_CALL] = handlers[PEND_SV] = look_at_shcsr;
    SVC(1);
    EXPECT(number, 1 << 7);
    ICSR = PENDSVSET;
    BARRIER();
    EXPECT(number, 1 << 10);
    EXPECT(SHCSR, 0);
}

TEST(B3_2_13_a_pended_bit_of_shcsr_pends)
{
    handlers[SV_CALL] = note_1;
    handlers[BUS_FAULT] = note_2;
    __asm volatile("cpsid i");
    SHCSR = 1u << 15;
    EXPECT(SHCSR, 1u << 15);
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 1);
    SHCSR = SHCSR_FAULTS | 1u << 14;
    BARRIER();
    EXPECT(trace, 0x12);
}

TEST(B3_3_systick_counts_down_and_raises_its_exception)
{
    handlers[SYS_TICK] = note_1;
    SYST_RVR = 999;
    SYST_CVR = 5;
    EXPECT(SYST_CVR, 0);
    SYST_CSR = 7;
    while (trace != 0x11) {
    }
    SYST_CSR = 4;
    EXPECT(SYST_CVR < 1000, 1);
    EXPECT(SYST_RVR, 999);
}

TEST(B3_3_3_countflag_is_cleared_by_reading)
{
    SYST_RVR = 100;
    SYST_CVR = 0;
    SYST_CSR = 5;
    while (!(SYST_CSR >> 16 & 1)) {
    }
    SYST_CSR = 4;
    EXPECT(SYST_CSR, 4);
}

TEST(B3_3_5_a_write_to_systick_current_clears_it_and_countflag)
{
    SYST_RVR = 100;
    SYST_CVR = 0;
    SYST_CSR = 5;
    for (volatile int i = 0; i < 100; i++) {
    }
    SYST_CSR = 4;
    SYST_CVR = 1;
    EXPECT(SYST_CVR, 0);
    EXPECT(SYST_CSR, 4);
}

TEST(B3_2_4_systick_can_be_pended_and_withdrawn_by_software)
{
    handlers[SYS_TICK] = note_1;
    __asm volatile("cpsid i");
    ICSR = 1 << 26;
    EXPECT(ICSR >> 26 & 1, 1);
    ICSR = 1 << 25;
    EXPECT(ICSR >> 26 & 1, 0);
    ICSR = 1 << 26;
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 1);
}

static void naked_svc(void);
__attribute__((naked)) static void naked_svc(void) { __asm("movs r0, #99\n str r0, [sp]\n bx lr"); }
__attribute__((aligned(256))) static uint32_t table[64];

TEST(B3_2_5_the_vector_table_may_be_in_ram)
{
    for (int i = 0; i < 64; i++)
        table[i] = vectors[i];
    table[SV_CALL] = (uint32_t)naked_svc;
    handlers[SV_CALL] = note_1;
    VTOR = (uint32_t)table;
    BARRIER();
    EXPECT(VTOR, (uint32_t)table);
    register uint32_t r0 __asm("r0") = 0;
    __asm volatile("svc #0" : "+r"(r0)::"memory");
    EXPECT(r0, 99);
    EXPECT(trace, 0);
    VTOR = 0;
    BARRIER();
    SVC(0);
    EXPECT(trace, 1);
}

TEST(B3_2_3_cpuid_is_a_cortex_m4_r0p1) { EXPECT(CPUID, 0x410FC241); }

TEST(B3_2_6_aircr_takes_nothing_without_its_key)
{
    set_prigroup(3);
    EXPECT(AIRCR, 0xFA050300);
    AIRCR = 0x500;
    EXPECT(AIRCR, 0xFA050300);
    AIRCR = VECTKEY | 0x700;
    EXPECT(AIRCR, 0xFA050700);
}

TEST(B3_2_10_system_priorities_are_bytes)
{
    SHPR(SV_CALL) = 0x60;
    SHPR(PEND_SV) = 0xE0;
    SHPR(SYS_TICK) = 0x20;
    SHPR(BUS_FAULT) = 0xA0;
    EXPECT(REGISTER(0xE000ED1C), 0x60000000);
    EXPECT(REGISTER(0xE000ED20), 0x20E00000);
    EXPECT(REGISTER(0xE000ED18), 0x0000A000);
}

TEST(B1_5_4_system_priorities_order_exceptions)
{
    handlers[PEND_SV] = note_1;
    handlers[SYS_TICK] = note_2;
    SHPR(PEND_SV) = 0x80;
    SHPR(SYS_TICK) = 0x40;
    __asm volatile("cpsid i");
    ICSR = PENDSVSET | 1 << 26;
    __asm volatile("cpsie i\n isb");
    EXPECT(trace, 0x21);
}

TEST(B1_4_2_xpsr_and_its_parts)
{
    __asm volatile("msr apsr_nzcvqg, %0" ::"r"(0xF80F0000) : "cc");
    uint32_t apsr = READ(apsr), all = READ(xpsr), epsr = READ(epsr);
    __asm volatile("msr apsr_nzcvqg, %0" ::"r"(0) : "cc");
    EXPECT(apsr, 0xF80F0000);
    EXPECT(all, 0xF80F0000);
    EXPECT(epsr, 0);
}
