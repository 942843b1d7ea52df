//! The image in our core.

use super::super::{Recorder, RegisterARM, Rules, Stop};
use super::image::{Image, RESULT};
use crate::engine::core::Core;

/// What the sequences of `image` leave, one after the other. The run is cut every `cycles`, if any.
pub fn run(image: &Image, cycles: Option<u64>) -> Vec<u8> {
    let mut core = Core::new(Recorder::default(), Rules::SILICON).expect("Unicorn starts");
    assert!(core.memory().write(0, &image.bytes), "the image fits into flash");
    let vector = |at: u32| core.memory().word(at).expect("flash");
    let (sp, pc) = (vector(0), vector(4));
    core.reset(sp, pc);
    let mut results = Vec::with_capacity(image.count() * RESULT);
    loop {
        let stop = core.run(cycles.map_or(u64::MAX, |cycles| core.cycles() + cycles));
        match stop {
            // A cut, or YIELD.
            Stop::Deadline => continue,
            Stop::Breakpoint { number: 0xAB } => {}
            _ => panic!("sequence {} stopped at {:#x}: {stop:?}", results.len() / RESULT, core.pc()),
        }
        let block = core.register(RegisterARM::R1);
        match core.register(RegisterARM::R0) {
            1 => core.write_register(RegisterARM::R0, 3),
            5 => {
                let word = |n: u32| core.memory().word(block + 4 * n).expect("arguments");
                results.extend(core.memory().read(word(1), word(2)).expect("a result"));
                core.write_register(RegisterARM::R0, 0);
            }
            0x18 => return results,
            other => panic!("nothing asks for semihosting operation {other:#x}"),
        }
        core.step_over(2);
    }
}
