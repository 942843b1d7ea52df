//! What the fuzz targets share: input as a stream of choices, a board that can be run to a moment, a digest over its wires.

mod codecs;
mod input;
mod trace;

pub use codecs::Counting;
pub use input::Input;
pub use trace::Trace;

use peripherals::kernel::{Due, Instant, World};

/// More alarms than this without time moving on are an endless loop.
const MOST_ALARMS_A_MOMENT: u32 = 100_000;

/// Lets time pass up to `end`, handing each alarm on the way to `wake`.
///
/// # Panics
/// When time runs backwards or stands still.
pub fn run_to<B>(board: &mut B, end: Instant, world: impl Fn(&mut B) -> &mut World, mut wake: impl FnMut(&mut B, Due)) {
    let mut here = (Instant::ZERO, 0);
    while let Some(due) = world(board).sched.pop(end) {
        let now = &mut world(board).now;
        assert!(due.at >= *now, "an alarm for {} comes at {}", due.at, now);
        *now = due.at;
        here = if here.0 == due.at { (due.at, here.1 + 1) } else { (due.at, 0) };
        assert!(here.1 < MOST_ALARMS_A_MOMENT, "time stands still at {}", due.at);
        wake(board, due);
    }
    world(board).now = end;
}
