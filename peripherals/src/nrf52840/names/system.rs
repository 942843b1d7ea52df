//! GPIOTE, PPI and MWU.

use crate::kernel::registers;

registers! { pub GPIOTE, "nRF52840 PS v1.7, GPIOTE, Registers";
    0x000 TASKS_OUT[8] W;
    0x030 TASKS_SET[8] W;
    0x060 TASKS_CLR[8] W;
    0x100 EVENTS_IN[8] RW;
    0x17C EVENTS_PORT RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x510 CONFIG[8] RW;
}
registers! { pub PPI, "nRF52840 PS v1.7, PPI, Registers";
    0x000 TASKS_CHG_EN[6 step 8] W;
    0x004 TASKS_CHG_DIS[6 step 8] W;
    0x500 CHEN RW;
    0x504 CHENSET RW;
    0x508 CHENCLR RW;
    0x510 CH_EEP[20 step 8] RW;
    0x514 CH_TEP[20 step 8] RW;
    0x800 CHG[6] RW;
    0x910 FORK_TEP[32] RW;
}
registers! { pub MWU, "nRF52840 PS v1.7, MWU, Registers";
    0x100 EVENTS_REGION_WA[4 step 8] RW;
    0x104 EVENTS_REGION_RA[4 step 8] RW;
    0x160 EVENTS_PREGION_WA[2 step 8] RW;
    0x164 EVENTS_PREGION_RA[2 step 8] RW;
    0x300 INTEN RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x320 NMIEN RW;
    0x324 NMIENSET RW;
    0x328 NMIENCLR RW;
    0x400 PERREGION_SUBSTATWA[2 step 8] RW;
    0x404 PERREGION_SUBSTATRA[2 step 8] RW;
    0x510 REGIONEN RW;
    0x514 REGIONENSET RW;
    0x518 REGIONENCLR RW;
    0x600 REGION_START[4 step 16] RW;
    0x604 REGION_END[4 step 16] RW;
    0x6C0 PREGION_START[2 step 16] R;
    0x6C4 PREGION_END[2 step 16] R;
    0x6C8 PREGION_SUBS[2 step 16] RW;
}
registers! { pub FPU, "nRF52840 PS v1.7, FPU";
    0x000 UNUSED R;
}
