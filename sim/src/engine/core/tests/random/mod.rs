//! Random Thumb-2 programs: however a run is cut into pieces, and whether or not polling loops are skipped, it is the same
//! run, and its clock is that of an independent reference that looks at every single instruction.
//!
//! `PROPTEST_CASES` sets how many programs; the seed is fixed unless `PROPTEST_RNG_SEED` gives another.

mod assemble;
mod board;
mod interrupts;
mod program;
mod reference;

use super::*;
use assemble::{Image, PLACES};
use board::Board;
use program::{Program, program};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// How a program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How<'a> {
    /// As fast as possible.
    Whole,
    /// The same with every round of a polling loop.
    WithoutSkipping,
    /// As short as can be: one instruction, or one IT block.
    Stepping,
    /// With deadlines so many cycles apart, over and over.
    Cut(&'a [u64]),
    /// The same, but only about.
    About(&'a [u64]),
    /// The same, and at some stops a copy goes on: in the core that has run on in the meantime, or in another one.
    Restored(&'a [u64]),
}

/// What is to be seen of a run from outside.
#[derive(Clone, PartialEq, Eq)]
struct Seen {
    cycles: u64,
    instructions: u64,
    registers: Vec<u32>,
    /// Cycle, address and value of each access that something depends on.
    accesses: Vec<(u64, u32, u32)>,
    ram: Vec<u8>,
    /// Hits and misses of the cache.
    counted: (u32, u32),
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} cycles, {} instructions, {:x?}, ", self.cycles, self.instructions, self.registers)?;
        write!(f, "hits and misses {:?}, ", self.counted)?;
        let last = self.accesses.len().saturating_sub(40);
        write!(f, "{} accesses, the last: {:x?}", self.accesses.len(), &self.accesses[last..])
    }
}

/// Programs that take longer than this are broken.
const LONGEST: u64 = 10_000_000;

/// What is to be seen of a run, and the deadlines that it met with the cycles at which it stopped for them.
fn run(image: &Image, flash: Flash, how: How<'_>) -> Result<(Seen, Vec<(u64, u64)>), TestCaseError> {
    let mut core = Core::new(Board::default(), Rules::SILICON).expect("Unicorn starts");
    for (base, code) in &image.code {
        assert!(core.memory().write(*base, code));
    }
    if matches!(how, How::WithoutSkipping | How::Stepping) {
        core.run_polling_loops();
    }
    // As soon as can be, never, and now and then.
    core.state.direct.set_threshold(match how {
        How::Whole | How::WithoutSkipping => 1,
        How::Stepping => u32::MAX,
        How::Cut(_) | How::About(_) | How::Restored(_) => 3,
    });
    core.bus_mut().flash = flash;
    core.bus_mut().quiet = matches!(how, How::Whole | How::About(_));
    core.reset(PLACES.stack, image.start | 1);
    let mut cuts = 0;
    let mut stops = Vec::new();
    loop {
        let deadline = match how {
            How::Whole | How::WithoutSkipping => u64::MAX,
            How::Stepping => core.cycles() + 1,
            How::Cut(distances) | How::About(distances) | How::Restored(distances) => {
                cuts += 1;
                core.cycles() + distances[cuts % distances.len()]
            }
        };
        let stop =
            if matches!(how, How::About(_) | How::Restored(_)) { core.run_about(deadline) } else { core.run(deadline) };
        let now = core.cycles();
        core.bus_mut().catch_up(now);
        match stop {
            Stop::Deadline => stops.push((deadline, now)),
            Stop::Breakpoint { number: 0 } => break,
            other => return Err(TestCaseError::fail(format!("{how:?}: {other:?} at {:08x}", core.pc()))),
        }
        if matches!(how, How::Restored(_)) && cuts.is_power_of_two() {
            go_on_from_a_copy(&mut core, cuts, deadline - now.min(deadline));
        }
        prop_assert!(now < LONGEST, "{how:?}: at {:08x} after {now} cycles", core.pc());
    }
    let memory = core.memory().clone();
    let seen = Seen {
        cycles: core.cycles(),
        instructions: core.instructions(),
        registers: (0..15).map(|n| core.general(n)).chain([core.register(RegisterARM::CPSR) & 0xF800_0000]).collect(),
        accesses: core.bus().accesses.clone(),
        ram: memory.read(PLACES.data, 256).expect("RAM"),
        counted: core.bus().counted,
    };
    Ok((seen, stops))
}

/// Now in a core that has run on for `on` cycles, now in one that has never run.
fn go_on_from_a_copy(core: &mut Core<Board>, cuts: usize, on: u64) {
    let (copy, board) = (core.snapshot(), core.bus().clone());
    if cuts.trailing_zeros() % 2 == 1 {
        *core = Core::new(Board::default(), Rules::SILICON).expect("Unicorn starts");
        core.state.direct.set_threshold(3);
    } else {
        core.run_about(core.cycles() + 2 * on + 40);
    }
    *core.bus_mut() = board;
    core.restore(&copy);
}

fn config(share: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    let rng_seed = if given.rng_seed == RngSeed::Random { RngSeed::Fixed(0x5EED) } else { given.rng_seed };
    ProptestConfig {
        cases: given.cases.div_ceil(share),
        rng_seed,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..given
    }
}

fn check(program: &Program, flash: Flash, cuts: &[u64]) -> Result<(), TestCaseError> {
    let image = assemble::assemble(program);
    let (whole, _) = run(&image, flash, How::Whole)?;
    prop_assert_eq!(&whole, &run(&image, flash, How::WithoutSkipping)?.0, "{}", image);
    let (stepped, boundaries) = run(&image, flash, How::Stepping)?;
    prop_assert_eq!(&whole, &stepped, "{}", image);
    let (cut, stops) = run(&image, flash, How::Cut(cuts))?;
    prop_assert_eq!(&whole, &cut, "{}", image);
    prop_assert_eq!(&whole, &run(&image, flash, How::About(cuts))?.0, "{}", image);
    prop_assert_eq!(&whole, &run(&image, flash, How::Restored(cuts))?.0, "{}", image);
    for (deadline, stop) in stops {
        // An event of the bus may come first.
        let index = boundaries.partition_point(|&(_, b)| b < deadline.min(stop));
        prop_assert_eq!(Some(stop), boundaries.get(index).map(|b| b.1), "for {}; {}", deadline, image);
    }
    prop_assert_eq!(&whole, &reference::run(&image, flash, LONGEST), "{}", image);
    Ok(())
}

proptest! {
    #![proptest_config(config(1))]

    #[test]
    fn a_run_is_the_same_however_it_is_cut(
        program in program(),
        flash in 0..board::WAYS.len(),
        cuts in proptest::collection::vec(1u64..400, 1..6),
    ) {
        check(&program, board::WAYS[flash], &cuts)?;
    }
}
