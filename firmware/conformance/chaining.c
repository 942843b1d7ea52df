/* Tail-chaining (B1.5.12). SPDX-License-Identifier: MIT-0 */
#include "test.h"

static uint32_t frames[4], returns[4], frames_seen;
static void look(uint32_t e, uint32_t r, uint32_t *f)
{
    note(e - IRQ0 - A + 1);
    if (frames_seen < 4) {
        frames[frames_seen] = (uint32_t)f;
        returns[frames_seen++] = r;
    }
    f[FRAME_R0]++;
}
static void look_and_pend_b(uint32_t e, uint32_t r, uint32_t *f)
{
    look(e, r, f);
    pend(B);
}
static void look_and_pend_c(uint32_t e, uint32_t r, uint32_t *f)
{
    look(e, r, f);
    pend(C);
    note(5);
}

/* R0 counts the handlers that share one frame. */
static uint32_t pend_a(void)
{
    register uint32_t r0 __asm("r0") = 0;
    __asm volatile("str %2, [%1]\n dsb\n isb" : "+r"(r0) : "r"(&ISPR(0)), "r"(1u << A) : "memory");
    return r0;
}

TEST(B1_5_12_a_chained_handler_gets_the_same_frame)
{
    frames_seen = 0;
    enable(A, 0x40, look_and_pend_b);
    enable(B, 0x80, look);
    EXPECT(pend_a(), 2);
    EXPECT(trace, 0x12);
    EXPECT(frames[1], frames[0]);
    EXPECT(returns[0], 0xFFFFFFF9);
    EXPECT(returns[1], 0xFFFFFFF9);
}

TEST(B1_5_12_three_handlers_chain_by_priority)
{
    frames_seen = 0;
    enable(A, 0x20, look_and_pend_b);
    enable(B, 0x60, look_and_pend_c);
    enable(C, 0x60, look);
    EXPECT(pend_a(), 3);
    EXPECT(trace, 0x1253);
    EXPECT(frames[2], frames[0]);
}

/* B preempts A; C, less urgent than A, is chained behind A and not behind B. */
static void pend_b_and_c(uint32_t e, uint32_t r, uint32_t *f)
{
    look(e, r, f);
    pend(C);
    pend(B);
    note(6);
}

TEST(B1_5_12_only_what_is_more_urgent_than_the_rest_is_chained)
{
    frames_seen = 0;
    enable(A, 0x60, pend_b_and_c);
    enable(B, 0x40, look);
    enable(C, 0x80, look);
    EXPECT(pend_a(), 2);
    EXPECT(trace, 0x1263);
    EXPECT(returns[1], 0xFFFFFFF1);
    EXPECT(returns[2], 0xFFFFFFF9);
}

static uint32_t nested_lr[3];
static void deepest(uint32_t e, uint32_t r, uint32_t *f) { (void)e, (void)f, nested_lr[2] = r, note(3); }
static void deeper(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)f;
    nested_lr[1] = r;
    note(2);
    pend(C);
    note(4);
}
static void deep(uint32_t e, uint32_t r, uint32_t *f)
{
    (void)e, (void)f;
    nested_lr[0] = r;
    note(1);
    pend(B);
    note(5);
}

TEST(B1_5_8_three_levels_come_back_one_by_one)
{
    enable(A, 0xC0, deep);
    enable(B, 0x80, deeper);
    enable(C, 0x40, deepest);
    pend(A);
    EXPECT(trace, 0x12345);
    EXPECT(nested_lr[0], 0xFFFFFFF9);
    EXPECT(nested_lr[1], 0xFFFFFFF1);
    EXPECT(nested_lr[2], 0xFFFFFFF1);
}

static void pend_pendsv(uint32_t e, uint32_t r, uint32_t *f)
{
    look(e, r, f);
    ICSR = PENDSVSET;
    BARRIER();
    note(7);
}
static void note_pendsv(uint32_t e, uint32_t r, uint32_t *f) { (void)e, (void)r, f[FRAME_R0]++, note(8); }

TEST(B1_5_12_pendsv_of_lowest_priority_runs_behind_everything)
{
    frames_seen = 0;
    SHPR(PEND_SV) = 0xE0;
    handlers[PEND_SV] = note_pendsv;
    enable(A, 0x40, pend_pendsv);
    EXPECT(pend_a(), 2);
    EXPECT(trace, 0x178);
}
