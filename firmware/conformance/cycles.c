/* What exceptions cost by DWT's cycle counter (C1.8; Cortex-M4 TRM r0p1, 1.4 and 3.9). SPDX-License-Identifier: MIT-0 */
#include "test.h"

#define DWT_CTRL REGISTER(0xE0001000)
#define DWT_CYCCNT REGISTER(0xE0001004)

extern uint32_t time_unmask(volatile uint32_t *cyccnt);
extern void only_return(void), load_and_return(void);
__attribute__((aligned(256))) static uint32_t table[64];

static void begin(void)
{
    DEMCR = 1 << 24;
    DWT_CYCCNT = 0;
    DWT_CTRL = 1;
    for (int i = 0; i < 64; i++)
        table[i] = vectors[i];
    table[IRQ0 + A] = table[IRQ0 + B] = table[IRQ0 + C] = (uint32_t)only_return;
    VTOR = (uint32_t)table;
    BARRIER();
}

/* Cycles that lifting PRIMASK takes with these pending. */
static uint32_t with(uint32_t pending)
{
    __asm volatile("cpsid i");
    ISPR(0) = pending;
    BARRIER();
    return time_unmask(&DWT_CYCCNT);
}

static void enable_all(void)
{
    for (uint32_t irq = A; irq <= C; irq++)
        enable(irq, 0x40, 0);
}

/* 12 cycles, 3 more as the table is in RAM; 1 for BX and 10 for the return (timing/rules.rs says how sure each is). */
TEST(C1_8_entry_and_return_take_what_the_trm_says)
{
    begin();
    enable_all();
    uint32_t without = with(0);
    EXPECT(with(1 << A) - without, 12 + 3 + 1 + 10);
    /* Every time. */
    EXPECT(with(1 << B) - without, 12 + 3 + 1 + 10);
}

/* 6 cycles, 3 more for the vector, 1 for BX. */
TEST(C1_8_each_chained_handler_takes_six_cycles)
{
    begin();
    enable_all();
    uint32_t one = with(1 << A);
    EXPECT(with(1 << A | 1 << B) - one, 6 + 3 + 1);
    EXPECT(with(1 << A | 1 << B | 1 << C) - one, 2 * (6 + 3 + 1));
}

/* S0 to S15 and FPSCR: 17 cycles in, 17 cycles out, and nothing as long as nobody needs them stored. */
TEST(C1_8_the_fpu_costs_only_when_it_is_used)
{
    extern void fp_add(void);
    begin();
    enable_all();
    uint32_t basic = with(1 << A);
    fp_add();
    EXPECT(with(1 << A), basic);
    FPCCR = 0x80000000;
    fp_add();
    EXPECT(with(1 << A), basic + 17 + 17);
    FPCCR = 0xC0000000;
}

/* An exception that comes while another is entered takes the entry over, when it is more urgent: B1.5.6, late arrival. */
static volatile uint32_t order, tick_saw;
static void tick(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)f;
    SYST_CSR = 0;
    order = order << 4 | 1;
    tick_saw = r;
}
static void slow(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)r, (void)f;
    /* The tick may come in between. */
    __asm volatile("cpsid i");
    order = order << 4 | 2;
    __asm volatile("cpsie i");
}

TEST(B1_5_6_a_late_arrival_takes_over_and_nothing_is_lost)
{
    uint32_t first = 0, preempted = 0, behind = 0;
    handlers[SYS_TICK] = tick;
    SHPR(SYS_TICK) = 0x20;
    enable(A, 0x40, slow);
    for (uint32_t delay = 8; delay < 124; delay++) {
        order = 0;
        SYST_RVR = delay;
        SYST_CVR = 0;
        SYST_CSR = 7;
        /* Once is enough. */
        SYST_RVR = 0xFFFFFF;
        ISPR(0) = 1 << A;
        BARRIER();
        while (SYST_CSR & 1) {
        }
        EXPECT(order == 0x12 || order == 0x21, 1);
        if (tick_saw == 0xFFFFFFF1)
            preempted++;
        else if (order == 0x12)
            first++;
        else
            behind++;
    }
    EXPECT(first + preempted + behind, 116);
    EXPECT(first >= 4 && first < 20, 1);
    EXPECT(preempted > 0, 1);
    EXPECT(behind > 0, 1);
}
