/* Runs every test from the same state, a line each. SPDX-License-Identifier: MIT-0 */
#include "test.h"

extern const struct test tests_start, tests_end; /* conformance.ld */

volatile uint32_t trace;
struct fault fault;
struct at_start at_start;
uint32_t fault_resume;
__attribute__((aligned(8))) uint32_t process_stack[256];

static const char *name;
static int failed;

/* "Semihosting for AArch32 and AArch64", Arm */
#define SYS_WRITE0 0x04
#define SYS_EXIT_EXTENDED 0x20
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

static int semihosting(int operation, const void *argument)
{
    register int r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void semihosting_exit(int code)
{
    const uint32_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)code};
    for (;;)
        semihosting(SYS_EXIT_EXTENDED, block);
}

static void say(const char *text) { semihosting(SYS_WRITE0, text); }

static void say_hex(uint32_t value)
{
    char text[11] = "0x00000000";
    for (int i = 9; i > 1; i--, value >>= 4)
        text[i] = "0123456789abcdef"[value & 15];
    say(text);
}

static void say_failed(const char *what, uint32_t expected, uint32_t got, int line)
{
    say(name);
    say(what);
    say_hex(expected);
    say(" got ");
    say_hex(got);
    say(" line ");
    say_hex((uint32_t)line);
    say("\n");
}

void expect(uint32_t got, uint32_t expected, int line)
{
    if (got != expected && !failed) {
        failed = 1;
        say_failed(" FAILED expected ", expected, got, line);
    }
}

/* No test waits for this exception. There is no way back that is safe. */
static void unexpected(uint32_t exception, uint32_t exc_return, uint32_t *frame)
{
    (void)exc_return;
    say_failed(" FAILED by an exception: at, number ", frame[FRAME_PC], exception, 0);
    say_failed(" FAILED by an exception: HFSR, CFSR ", HFSR, CFSR, 0);
    semihosting_exit(1);
}

void catch_fault(uint32_t exception, uint32_t exc_return, uint32_t *frame)
{
    fault.count++;
    fault.exception = exception;
    fault.exc_return = exc_return;
    fault.at = frame;
    for (int i = 0; i < 8; i++)
        fault.frame[i] = frame[i];
    fault.cfsr = CFSR, fault.hfsr = HFSR, fault.dfsr = DFSR, fault.mmfar = MMFAR, fault.bfar = BFAR;
    CFSR = fault.cfsr, HFSR = fault.hfsr, DFSR = fault.dfsr;
    if (fault_resume == TO_LR)
        frame[FRAME_PC] = frame[FRAME_LR] & ~1u;
    else if (fault_resume)
        frame[FRAME_PC] = fault_resume & ~1u;
    else
        frame[FRAME_PC] += *(uint16_t *)frame[FRAME_PC] >= 0xE800 ? 4 : 2;
    frame[FRAME_XPSR] |= 1u << 24;
}

void catch_all_faults(void)
{
    SHCSR |= SHCSR_FAULTS;
    for (int i = HARD_FAULT; i <= USAGE_FAULT; i++)
        handlers[i] = catch_fault;
}

static void begin(void)
{
    __asm volatile("cpsid i");
    SYST_CSR = 0;
    for (int i = 0; i < 2; i++)
        ICER(i) = ICPR(i) = 0xFFFFFFFF;
    ICSR = PENDSVCLR;
    ICSR = 1u << 25;
    for (int i = 0; i < 48; i++)
        IPR(i) = 0;
    for (int i = 4; i < 16; i++)
        SHPR(i) = 0;
    for (int i = 0; i < 64; i++)
        handlers[i] = unexpected;
    VTOR = 0;
    SHCSR = SCR = ACTLR = DEMCR = 0;
    REGISTER(0xE000ED94) = 0; /* MPU_CTRL */
    CCR = 0x200;
    set_prigroup(0);
    CFSR = HFSR = DFSR = 0xFFFFFFFF;
    CPACR = 0xFu << 20;
    FPCCR = 0xC0000000;
    WRITE(faultmask, 0);
    WRITE(basepri, 0);
    BARRIER();
    /* No state of the FPU is worth keeping. */
    WRITE(control, 0);
    trace = 0;
    fault = (struct fault){0};
    fault_resume = 0;
    __asm volatile("cpsie i\n isb");
}

int main(void)
{
    uint32_t bad = 0;
    at_start = (struct at_start){ISER(0), REGISTER(0xE000E414), REGISTER(0xE000ED20), VTOR, CCR, AIRCR, READ(primask),
                                 READ(basepri), CPACR, FPCCR, READ(control)};
    for (const struct test *test = &tests_start; test < &tests_end; test++) {
        name = test->name;
        failed = 0;
        begin();
        test->run();
        WRITE(control, READ(control) & 4);
        EXPECT(READ(ipsr), 0);
        EXPECT(IABR(0) | (SHCSR & 0xFFF), 0);
        bad += (uint32_t)failed;
        if (!failed) {
            say(name);
            say(" ok\n");
        }
    }
    return bad != 0;
}
