/* AIRCR.SYSRESETREQ (B3.2.6) and what outlives it (nRF52840 PS v1.7, POWER). SPDX-License-Identifier: MIT-0 */
#include "test.h"

#define RESETREAS REGISTER(0x40000400)
#define GPREGRET REGISTER(0x4000051C)
#define GPREGRET2 REGISTER(0x40000520)
#define NVMC_READY REGISTER(0x4001E400)
#define NVMC_CONFIG REGISTER(0x4001E504)
#define UICR_CUSTOMER(n) REGISTER(0x10001080 + 4 * (n))
#define SREQ (1u << 2)
#define AGAIN 0x5EC0FD00u

/* RAM goes on; the start of the program does not touch these. */
__attribute__((section(".noinit"))) static volatile uint32_t stage, kept[4];

TEST(B3_2_6_a_reset_by_software_starts_anew_and_keeps_what_the_chip_keeps)
{
    if (stage != AGAIN) {
        stage = AGAIN;
        kept[0] = RESETREAS;
        RESETREAS = 0xFFFFFFFF;
        GPREGRET = 0xB1;
        GPREGRET2 = 0x57;
        NVMC_CONFIG = 1;
        UICR_CUSTOMER(3) = 0xCAFEF00D;
        NVMC_CONFIG = 0;
        enable(A, 0x60, 0);
        SHPR(PEND_SV) = 0xE0;
        VTOR = 0x20000000;
        CCR = 0x208;
        __asm volatile("cpsid i");
        WRITE(basepri, 0x40);
        set_prigroup(5);
        AIRCR = VECTKEY | 1 << 2;
        __asm volatile("dsb");
        for (;;) {
        }
    }
    stage = 0;
    EXPECT(RESETREAS & SREQ, SREQ);
    EXPECT(GPREGRET, 0xB1);
    EXPECT(GPREGRET2, 0x57);
    EXPECT(UICR_CUSTOMER(3), 0xCAFEF00D);
    EXPECT(kept[0] & SREQ, 0);
    /* As `begin` found them. */
    EXPECT(at_start.iser, 0);
    EXPECT(at_start.ipr, 0);
    EXPECT(at_start.shpr3, 0);
    EXPECT(at_start.vtor, 0);
    EXPECT(at_start.ccr, 0x200);
    EXPECT(at_start.aircr, 0xFA050000);
    EXPECT(at_start.primask | at_start.basepri, 0);
    EXPECT(at_start.cpacr, 0);
    EXPECT(at_start.fpccr, 0xC0000000);
    EXPECT(at_start.control, 0);
    RESETREAS = 0xFFFFFFFF;
    EXPECT(RESETREAS, 0);
}
