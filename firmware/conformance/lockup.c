/* Faults that nothing can handle (B1.5.15): each ends the run, so each is a program of its own. SPDX-License-Identifier: MIT-0 */
#include "test.h"

extern void undefined_narrow(void);
extern uint32_t load_word(uint32_t);
#define NOWHERE 0x70000000u

__attribute__((unused)) static void undefined(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    undefined_narrow();
}
__attribute__((unused)) static void load(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    load_word(NOWHERE);
}
__attribute__((unused)) static void call(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    SVC(1);
}

#if defined LOCKUP_hardfault
TEST(B1_5_15_a_fault_in_hard_fault)
{
    handlers[HARD_FAULT] = load;
    undefined_narrow();
#elif defined LOCKUP_nmi
TEST(B1_5_15_a_fault_in_nmi)
{
    catch_all_faults();
    handlers[NMI] = undefined;
    ICSR = NMIPENDSET;
    BARRIER();
#elif defined LOCKUP_faultmask
TEST(B1_5_15_a_fault_under_faultmask)
{
    catch_all_faults();
    __asm volatile("cpsid f");
    undefined_narrow();
#elif defined LOCKUP_vector
TEST(B1_5_15_a_hard_fault_whose_vector_cannot_be_read)
{
    VTOR = NOWHERE;
    BARRIER();
    SVC(1);
#elif defined LOCKUP_svc
TEST(B1_5_15_svc_in_hard_fault)
{
    handlers[HARD_FAULT] = call;
    handlers[SV_CALL] = catch_fault;
    undefined_narrow();
#endif
    /* Nothing comes back from there. */
    EXPECT(0, 1);
}
