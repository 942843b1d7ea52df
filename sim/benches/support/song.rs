//! The whole `cached` song, to its end and without a sound device.

use badgebench::boards::Board;
use badgebench::engine::machine::Machine;
use badgebench::engine::session::{Host, Limits, run};
use badgebench::engine::timing::Rules;
use badgebench::image::Firmware;
use badgebench::report::Reason;
use peripherals::chips::vs1053::AudioBlock;
use peripherals::kernel::ConsolePort;

struct Deaf;

impl Host for Deaf {
    fn console(&mut self, _: &[(ConsolePort, u8)]) {}
    fn audio(&mut self, _: usize, _: AudioBlock) {}
    fn between(&mut self, _: &Machine) -> Option<Reason> {
        None
    }
}

/// What a run of the song was.
pub struct Played {
    /// Simulated seconds.
    pub seconds: f64,
    /// Pin edges.
    pub edges: u64,
    /// Instructions.
    pub instructions: u64,
    /// Digest over every edge.
    pub trace: String,
}

/// Plays it; `skip` polling loops or not.
pub fn play(skip: bool) -> Played {
    let elf = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/player-cached.elf");
    let firmware = Firmware::load(&[elf]).expect("the fixture");
    let board = Board::load::<&str>("dongle", &[]).expect("a board");
    let mut machine = Machine::new(&firmware, board, Rules::SILICON, 0).expect("a machine");
    if !skip {
        machine.run_polling_loops();
    }
    let ended = run(&mut machine, &firmware, Limits::default(), &mut Deaf);
    assert_eq!(ended.code, Some(0), "{}", ended.detail);
    Played {
        seconds: machine.now().as_secs_f64(),
        edges: machine.edges(),
        instructions: machine.instructions(),
        trace: machine.trace_sha256(),
    }
}
