//! Parameters of the cycle model, with where each comes from and how sure it is.

/// Switches and parameters of the cycle model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// One cycle for every instruction, for comparison with simulators that keep no time.
    pub flat: bool,
    /// A load followed by an independent load costs one cycle less (TRM r0p1, 3.3.3 "Load/store timings"; sure).
    pub pair_loads: bool,
    /// The same for a load followed by a store with an immediate offset (measured on STM32F4; likely).
    pub pair_store: bool,
    /// Only stores of words do (chosen on the calibration set: assembly kernels store words and need the rule, compiled
    /// loops over bytes are too fast with it; unsure).
    pub pair_store_words_only: bool,
    /// Literal loads and other loads do not pair, as they go to different buses (measured on STM32F4; likely here).
    pub pair_same_region_only: bool,
    /// An address register written by the instruction before costs a cycle (measured on STM32F4; sure).
    pub address_generation: bool,
    /// A store followed by a load waits a cycle (measured on STM32F4; sure).
    pub load_after_store: bool,
    /// What a branch that is not taken costs (chosen on the calibration set; unsure).
    pub not_taken: NotTaken,
    /// Cycles that a load to PC takes more to refill the pipeline than another branch: its target is known last (TRM r0p1,
    /// table 3-1: P is 1 to 3; 3 here; likely).
    pub pc_load_refill: u32,
    /// Three or more 32-bit instructions in a row at addresses not divisible by 4, after an instruction of several cycles,
    /// cost a cycle once (one kernel's evidence).
    pub unaligned_run: bool,
    /// Flash, RAM and peripherals.
    pub memory: Memory,
    /// Exceptions, sleep and the FPU's context.
    pub exceptions: ExceptionCosts,
}

/// What the nRF52840's memories and buses cost beyond the core's own cycles, in core clock cycles (PS v1.7, "CPU" and "NVMC").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Wait states of each 32-bit word of code that comes from flash without the cache (remembered from the PS's table of
    /// wait states; likely).
    pub flash_wait: u32,
    /// Cycles that a taken branch waits for the fetch that is under way and in vain, without the cache (fitted to RIOT-OS/RIOT
    /// PR 9400, nRF52832, of which the code is a guess; unsure).
    pub flash_branch: u32,
    /// Cycles that a miss in the instruction cache waits for its line, which comes in one read (as `flash_wait`; likely).
    pub cache_fill: u32,
    /// Wait states of each word of data that is read from flash over the D-code bus, which has no cache. Charged for
    /// literals, where the code tells; what is read through a pointer is not seen (as `flash_wait`; likely).
    pub flash_read: u32,
    /// Wait states of each word of code that comes from RAM at 0x2000_0000, over the system bus (TRM r0p1, 2.3.1 "Bus
    /// interfaces": fetches there are registered; the amount is likely). There are none at 0x0080_0000.
    pub ram_code_wait: u32,
    /// Bytes of the instruction cache (often quoted; unsure).
    pub cache_bytes: u32,
    /// Bytes of one of its lines (as documented for the nRF5340's network core; unsure).
    pub cache_line: u32,
    /// Lines that share a place (as above; unsure).
    pub cache_ways: u32,
    /// Cycles from the next edge of PCLK16M to the end of an access to an APB peripheral, a whole one of its clock (a guess;
    /// reports go from 4 to 12 in all). A write goes into a buffer and is waited for by the next access only.
    pub apb_access: u32,
    /// More for a read of an RTC's COUNTER (PS v1.7, RTC, "Reading the counter register": up to 6 periods of PCLK16M; sure as
    /// a limit).
    pub rtc_counter: u32,
    /// Cycles that the core waits for EasyDMA when both want the same RAM: none, the core comes first (PS v1.7, "EasyDMA";
    /// sure).
    pub easydma: u32,
}

impl Memory {
    const SILICON: Self = Self {
        flash_wait: 2,
        flash_branch: 1,
        cache_fill: 3,
        flash_read: 2,
        ram_code_wait: 1,
        cache_bytes: 2048,
        cache_line: 16,
        cache_ways: 2,
        apb_access: 4,
        rtc_counter: 24,
        easydma: 0,
    };
    const ZERO_WAIT: Self = Self {
        flash_wait: 0,
        flash_branch: 0,
        cache_fill: 0,
        flash_read: 0,
        ram_code_wait: 0,
        apb_access: 0,
        rtc_counter: 0,
        ..Self::SILICON
    };

    /// Whether nothing in it takes any time.
    pub const fn never_waits(&self) -> bool {
        self.flash_wait == 0 && self.cache_fill == 0 && self.ram_code_wait == 0
    }
}

/// How words of code arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Wait states of each word.
    pub wait: u32,
    /// Cycles more when a branch leads here.
    pub branch: u32,
    /// Wait states of each literal word.
    pub literal: u32,
}

/// What a conditional branch costs when it is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// One cycle (TRM r0p1, table 3-1).
    One,
    /// Two, as the fetch from its target was in vain, unless two 16-bit instructions stand before it (a remark in a
    /// published collection of measurements on STM32F4).
    TwoUnlessTwoNarrow,
    /// Two cycles.
    Two,
}

/// What taking exceptions and waking up costs, in core clock cycles, with memory that never waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceptionCosts {
    /// From the request to the handler's first instruction (TRM r0p1, 1.4 "Interrupt latency"; sure). The push of eight
    /// words and the vector's fetch go in parallel.
    pub entry: u32,
    /// From the return instruction to the next one of what was interrupted (Arm KA 103489845; sure).
    pub exit: u32,
    /// From one handler's return to the next handler's first instruction, without unstacking (TRM, as above; sure).
    pub tail_chain: u32,
    /// Cycles of the entry in which a more urgent exception may still take it over, at no cost (TRM, 3.9 "Exceptions"; the
    /// entry's whole length is likely).
    pub late_arrival_window: u32,
    /// Cycles more when S0 to S15 and FPSCR are stored: at entry with FPCCR.LSPEN clear, else at the handler's first
    /// instruction of the FPU (Arm KA 103489845; sure).
    pub fp_stacking: u32,
    /// Cycles more when they are loaded again at exit (as above; sure).
    pub fp_unstacking: u32,
    /// Cycles that the vector's fetch takes more when the table is in flash, as a read of data (likely; see
    /// `flash_read`).
    pub vector_fetch_flash: u32,
    /// Cycles more when the vector table is in RAM, which the push uses as well, so that they cannot go in parallel (TRM,
    /// 1.4; the amount is a guess).
    pub vector_fetch_ram: u32,
    /// Cycles from the event to going on after WFI or WFE with CLOCK and POWER in low power mode: about 3 us (remembered
    /// from the PS's electrical specification; unsure).
    pub wake_up_low_power: u32,
    /// The same in constant latency mode: about 0.5 us (as above; unsure).
    pub wake_up_constant_latency: u32,
}

impl ExceptionCosts {
    const SILICON: Self = Self {
        entry: 12,
        exit: 10,
        tail_chain: 6,
        late_arrival_window: 12,
        fp_stacking: 17,
        fp_unstacking: 17,
        vector_fetch_flash: 2,
        vector_fetch_ram: 3,
        wake_up_low_power: 192,
        wake_up_constant_latency: 32,
    };
    const ZERO_WAIT: Self = Self { vector_fetch_flash: 0, ..Self::SILICON };
    const FREE: Self = Self {
        entry: 0,
        exit: 0,
        tail_chain: 0,
        late_arrival_window: 0,
        fp_stacking: 0,
        fp_unstacking: 0,
        vector_fetch_flash: 0,
        vector_fetch_ram: 0,
        wake_up_low_power: 0,
        wake_up_constant_latency: 0,
    };
}

impl Rules {
    /// The nRF52840's core as well as it is known.
    pub const SILICON: Self = Self {
        flat: false,
        pair_loads: true,
        pair_store: true,
        pair_store_words_only: true,
        pair_same_region_only: true,
        address_generation: true,
        load_after_store: true,
        not_taken: NotTaken::Two,
        pc_load_refill: 2,
        unaligned_run: true,
        memory: Memory::SILICON,
        exceptions: ExceptionCosts::SILICON,
    };

    /// The same core on memory that never waits, as an STM32F4 is up to 24 MHz: for comparison with figures measured there.
    pub const ZERO_WAIT: Self =
        Self { memory: Memory::ZERO_WAIT, exceptions: ExceptionCosts::ZERO_WAIT, ..Self::SILICON };

    /// One cycle an instruction.
    pub const FLAT: Self = Self {
        flat: true,
        pair_loads: false,
        pair_store: false,
        pair_store_words_only: false,
        pair_same_region_only: false,
        address_generation: false,
        load_after_store: false,
        not_taken: NotTaken::One,
        pc_load_refill: 0,
        unaligned_run: false,
        memory: Memory::ZERO_WAIT,
        exceptions: ExceptionCosts::FREE,
    };
}

/// The least and the most cycles that a division takes (TRM r0p1, table 3-1).
pub const SHORTEST_DIVISION: u32 = 2;
/// See [`SHORTEST_DIVISION`].
pub const LONGEST_DIVISION: u32 = 12;

/// Cycles of a division (TRM r0p1, table 3-1: 2 to 12, early end by the operands' leading bits; the formula is a guess).
pub fn divide_cycles(signed: bool, n: u32, d: u32) -> u32 {
    let (n, d) = if signed { ((n as i32).unsigned_abs(), (d as i32).unsigned_abs()) } else { (n, d) };
    if d == 0 || n < d {
        return SHORTEST_DIVISION;
    }
    let bits = d.leading_zeros() - n.leading_zeros();
    (3 + (bits + 1).div_ceil(4)).min(LONGEST_DIVISION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_stays_within_the_documented_range() {
        for n in [0, 1, 7, 0x8000_0000, u32::MAX] {
            for d in [0, 1, 3, 0x7FFF_FFFF, u32::MAX] {
                assert!((2..=12).contains(&divide_cycles(false, n, d)), "{n} / {d}");
                assert!((2..=12).contains(&divide_cycles(true, n, d)), "{n} / {d}");
            }
        }
    }

    #[test]
    fn a_longer_quotient_takes_longer() {
        assert_eq!(divide_cycles(false, 5, 9), 2);
        assert!(divide_cycles(false, 1 << 30, 3) > divide_cycles(false, 100, 3));
    }
}
