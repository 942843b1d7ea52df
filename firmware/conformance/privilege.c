/* Privilege (B1.3.1, B1.4.4, B3.1.1). SPDX-License-Identifier: MIT-0 */
#include "test.h"

extern uint32_t call_unprivileged(uint32_t (*f)(uint32_t), uint32_t argument);
extern uint32_t load_word(uint32_t), load_as_user(uint32_t), store_word(uint32_t);

static void give_back(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    WRITE(control, READ(control) & ~1u);
}

uint32_t unprivileged(uint32_t (*f)(uint32_t), uint32_t argument)
{
    handlers[SV_CALL] = give_back;
    return call_unprivileged(f, argument);
}

static uint32_t control(uint32_t write)
{
    if (write)
        WRITE(control, write - 1);
    return READ(control);
}

TEST(B1_4_4_control_is_read_and_not_written_without_privilege)
{
    EXPECT(unprivileged(control, 0) & 3, 1);
    EXPECT(unprivileged(control, 1) & 3, 1);
    EXPECT(unprivileged(control, 3) & 3, 1);
    EXPECT(READ(control) & 3, 0);
}

static uint32_t set_masks(uint32_t value)
{
    __asm volatile("cpsid i\n cpsid f");
    WRITE(primask, value);
    WRITE(basepri, 0x40);
    WRITE(faultmask, value);
    return 0;
}

TEST(B5_2_masks_are_not_written_without_privilege)
{
    unprivileged(set_masks, 1);
    EXPECT(READ(primask), 0);
    EXPECT(READ(faultmask), 0);
    EXPECT(READ(basepri), 0);
}

static uint32_t read_masks(uint32_t which)
{
    switch (which) {
    case 0: return READ(basepri);
    case 1: return READ(msp);
    case 2: return READ(psp);
    default: return READ(ipsr);
    }
}

TEST(B5_2_2_special_registers_read_0_without_privilege)
{
    WRITE(basepri, 0xE0);
    EXPECT(unprivileged(read_masks, 0), 0);
    EXPECT(READ(basepri), 0xE0);
    EXPECT(unprivileged(read_masks, 1), 0);
    EXPECT(unprivileged(read_masks, 2), 0);
    EXPECT(unprivileged(read_masks, 3), 0);
}

static uint32_t flags(uint32_t value)
{
    __asm volatile("msr apsr_nzcvq, %0" ::"r"(value) : "cc");
    return READ(apsr) & 0xF8000000;
}

TEST(B5_2_3_flags_are_written_without_privilege)
{
    EXPECT(unprivileged(flags, 0xA8000000), 0xA8000000);
}

TEST(B3_1_1_the_private_peripheral_bus_is_for_privileged_code)
{
    catch_all_faults();
    unprivileged(load_word, 0xE000ED00);
    EXPECT(fault.exception, BUS_FAULT);
    EXPECT(fault.cfsr, 0x8200);
    EXPECT(fault.bfar, 0xE000ED00);
    EXPECT(fault.frame[FRAME_PC], (uint32_t)load_word & ~1u);
    unprivileged(store_word, 0xE000E100);
    EXPECT(fault.count, 2);
    EXPECT(fault.bfar, 0xE000E100);
    EXPECT(ISER(0), 0);
}

TEST(A7_7_67_an_unprivileged_load_does_not_reach_it_either)
{
    catch_all_faults();
    load_as_user(0xE000ED00);
    EXPECT(fault.exception, BUS_FAULT);
    EXPECT(fault.cfsr, 0x8200);
    EXPECT(fault.bfar, 0xE000ED00);
    static uint32_t word = 0x1234;
    EXPECT(load_as_user((uint32_t)&word), 0x1234);
    EXPECT(fault.count, 1);
}

static void note_1(uint32_t e, uint32_t r, uint32_t *f) { (void)e, (void)r, (void)f, note(1); }
static uint32_t by_stir(uint32_t irq)
{
    STIR = irq;
    BARRIER();
    return 0;
}

TEST(B3_2_8_usersetmpend_opens_stir)
{
    catch_all_faults();
    enable(A, 0x40, note_1);
    unprivileged(by_stir, A);
    EXPECT(fault.bfar, 0xE000EF00);
    EXPECT(trace, 0);
    CCR |= 2;
    unprivileged(by_stir, A);
    EXPECT(trace, 1);
    EXPECT(fault.count, 1);
}

static uint32_t in_handler;
static void look(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    in_handler = READ(control) << 8 | CPUID >> 24;
    WRITE(control, 0);
}
static uint32_t svc_and_control(uint32_t argument)
{
    (void)argument;
    handlers[SV_CALL] = look;
    SVC(1);
    uint32_t control = READ(control);
    handlers[SV_CALL] = give_back;
    return control;
}

TEST(B1_4_4_a_handler_is_privileged_and_may_give_privilege)
{
    EXPECT(unprivileged(svc_and_control, 0) & 3, 0);
    EXPECT(in_handler & 0x3FF, 0x141);
}

static void to_psp(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    WRITE(control, 2);
    note(READ(control) & 2 ? 2 : 1);
}

TEST(B1_4_4_spsel_is_not_written_in_handler_mode)
{
    handlers[SV_CALL] = to_psp;
    SVC(1);
    EXPECT(trace, 1);
    EXPECT(READ(control) & 2, 0);
}

TEST(B1_4_1_msp_and_psp_are_reached_by_name)
{
    WRITE(psp, 0x20001237);
    EXPECT(READ(psp), 0x20001234);
    uint32_t sp;
    __asm volatile("mov %0, sp" : "=r"(sp));
    EXPECT(READ(msp), sp);
    use_psp();
    uint32_t on_psp, psp = READ(psp);
    __asm volatile("mov %0, sp" : "=r"(on_psp));
    uint32_t msp = READ(msp);
    use_msp();
    EXPECT(on_psp, psp);
    EXPECT(msp, sp);
}
