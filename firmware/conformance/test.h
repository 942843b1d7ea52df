/* What every test of the suite has at hand. SPDX-License-Identifier: MIT-0 */
#ifndef TEST_H
#define TEST_H

#include <stdint.h>

/* A test is named with the section of the ARMv7-M Architecture Reference Manual (DDI 0403E) that it takes at its word. */
struct test {
    const char *name;
    void (*run)(void);
};
#define TEST(name)                                                                                                     \
    static void name(void);                                                                                            \
    static const struct test name##_entry __attribute__((section(".tests"), used)) = {#name, name};                    \
    static void name(void)

/* The first expectation of a test that does not hold fails it. */
#define EXPECT(got, expected) expect((uint32_t)(got), (uint32_t)(expected), __LINE__)
void expect(uint32_t got, uint32_t expected, int line);

/* `frame` is where the exception's frame starts: R0 to R3, R12, LR, PC, xPSR. */
typedef void handler(uint32_t exception, uint32_t exc_return, uint32_t *frame);
enum { FRAME_R0, FRAME_R1, FRAME_R2, FRAME_R3, FRAME_R12, FRAME_LR, FRAME_PC, FRAME_XPSR };
enum { NMI = 2, HARD_FAULT, MEM_MANAGE, BUS_FAULT, USAGE_FAULT, SV_CALL = 11, DEBUG_MONITOR, PEND_SV = 14, SYS_TICK, IRQ0 };
/* By exception number; each test starts with the one that fails it. */
extern handler *handlers[64];
/* The table in flash. */
extern const uint32_t vectors[64];

/* What happened, a hexadecimal digit each. */
extern volatile uint32_t trace;
static inline void note(uint32_t digit) { trace = trace << 4 | digit; }

/* The last fault that `catch_fault` saw. */
extern struct fault {
    uint32_t count, exception, exc_return, frame[8], cfsr, hfsr, dfsr, mmfar, bfar;
    uint32_t *at;
} fault;
/* Keeps what is to be known of a fault, clears its marks, and returns behind the instruction, or to `fault_resume`. */
handler catch_fault;
extern uint32_t fault_resume;
/* For a branch to where no code is: goes on at LR. */
#define TO_LR 1u
void catch_all_faults(void);

/* What the start found. */
extern struct at_start {
    uint32_t iser, ipr, shpr3, vtor, ccr, aircr, primask, basepri, cpacr, fpccr, control;
} at_start;

extern uint32_t process_stack[256];
#define PROCESS_STACK_TOP ((uint32_t)&process_stack[256])

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define BYTE(address) (*(volatile uint8_t *)(address))
#define ACTLR REGISTER(0xE000E008)
#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define ISER(n) REGISTER(0xE000E100 + 4 * (n))
#define ICER(n) REGISTER(0xE000E180 + 4 * (n))
#define ISPR(n) REGISTER(0xE000E200 + 4 * (n))
#define ICPR(n) REGISTER(0xE000E280 + 4 * (n))
#define IABR(n) REGISTER(0xE000E300 + 4 * (n))
#define IPR(irq) BYTE(0xE000E400 + (irq))
#define CPUID REGISTER(0xE000ED00)
#define ICSR REGISTER(0xE000ED04)
#define VTOR REGISTER(0xE000ED08)
#define AIRCR REGISTER(0xE000ED0C)
#define SCR REGISTER(0xE000ED10)
#define CCR REGISTER(0xE000ED14)
#define SHPR(exception) BYTE(0xE000ED14 + (exception))
#define SHCSR REGISTER(0xE000ED24)
#define CFSR REGISTER(0xE000ED28)
#define HFSR REGISTER(0xE000ED2C)
#define DFSR REGISTER(0xE000ED30)
#define MMFAR REGISTER(0xE000ED34)
#define BFAR REGISTER(0xE000ED38)
#define CPACR REGISTER(0xE000ED88)
#define DEMCR REGISTER(0xE000EDFC)
#define STIR REGISTER(0xE000EF00)
#define FPCCR REGISTER(0xE000EF34)
#define FPCAR REGISTER(0xE000EF38)
#define FPDSCR REGISTER(0xE000EF3C)

#define SHCSR_FAULTS (7u << 16)
#define VECTKEY (0x05FAu << 16)
#define PENDSVSET (1u << 28)
#define PENDSVCLR (1u << 27)
#define NMIPENDSET (1u << 31)

#define BARRIER() __asm volatile("dsb\n isb" ::: "memory")
#define READ(special)                                                                                                  \
    ({                                                                                                                 \
        uint32_t read_value;                                                                                           \
        __asm volatile("mrs %0, " #special : "=r"(read_value)::"memory");                                              \
        read_value;                                                                                                    \
    })
#define WRITE(special, value) __asm volatile("msr " #special ", %0\n isb" ::"r"((uint32_t)(value)) : "memory")

/* Six interrupts that neither chip has a use for here (SWI0 to SWI5 of the nRF52840). */
#define A 20u
#define B 21u
#define C 22u
static inline void enable(uint32_t irq, uint8_t priority, handler *h)
{
    handlers[IRQ0 + irq] = h;
    IPR(irq) = priority;
    ISER(0) = 1u << irq;
}
static inline void pend(uint32_t irq)
{
    ISPR(0) = 1u << irq;
    BARRIER();
}
static inline void set_prigroup(uint32_t group) { AIRCR = VECTKEY | group << 8; }
#define SVC(number) __asm volatile("svc " #number ::: "memory")

/* Thread mode on PSP; and back. */
void use_psp(void);
void use_msp(void);
/* Calls `f` without privilege and comes back with it. Needs SVCall's handler, which it sets. */
uint32_t unprivileged(uint32_t (*f)(uint32_t), uint32_t argument);

#endif
