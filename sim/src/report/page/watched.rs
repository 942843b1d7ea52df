//! What was watched during a run, for the page: everything that it shows and the report does not hold.

use super::clip::Recording;
use super::series::Series;
use crate::probes::scope::talk::Operation;
use crate::probes::scope::{Measured, Window};
use crate::report::diagnostic::Diagnostic;
use peripherals::kernel::{Instant, Span};

/// All of it. Each part is bounded where it is collected.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// Each VS1053, in board order.
    pub chips: Vec<WatchedChip>,
    /// The sound of the first.
    pub recording: Recording,
    /// The last lines of text from the firmware.
    pub console: Vec<String>,
    /// Where the core was when it was looked at.
    pub places: Places,
}

/// One VS1053.
#[derive(Clone, Debug, Default)]
pub struct WatchedChip {
    /// Its name on the board.
    pub name: String,
    /// Moments worth a picture, in the order of time.
    pub moments: Vec<Moment>,
    /// How long everything on its wires took, by CLKI.
    pub measured: Vec<Measured>,
    /// What was said on the bus.
    pub operations: Vec<Operation>,
    /// How things went over time.
    pub series: Series,
}

/// A moment and the wires around it.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Why it is worth a picture.
    pub what: What,
    /// When.
    pub at: Instant,
    /// The wires.
    pub window: Window,
}

/// Why a moment is worth a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The first clock of SCI.
    FirstCommand,
    /// The first clock of SDI.
    FirstData,
    /// DREQ falls for the first time after data has come.
    FirstWait,
    /// The first underrun.
    Underrun,
    /// The byte of SDI that took longest.
    SlowestByte(Span),
    /// A diagnostic came up.
    Finding(String),
}

/// Where the core was when it was looked at, which is not where it spends its cycles to the last one, but says where to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// How often it was looked at.
    pub looks: u64,
    /// Time between two looks.
    pub every: Span,
    /// Function, source line of its first look, and how often it was there; most often first.
    pub functions: Vec<(String, Option<String>, u64)>,
}

impl Watched {
    /// The fragment of the picture that shows when `d` came up.
    pub fn fragment(&self, d: &Diagnostic) -> Option<String> {
        let matches = |moment: &Moment| match &moment.what {
            What::Finding(name) => *name == d.name && Some(moment.at) == d.first,
            _ => false,
        };
        let own = self.find(&matches);
        // What shows only at the end of a run has no picture of its own, but others may show the same.
        let related = || match d.name.as_str() {
            "choppy-sound" => self.find(&|moment: &Moment| moment.what == What::Underrun),
            _ if d.pc.is_none() => self.find(&|moment: &Moment| Some(moment.at) == d.first),
            _ => None,
        };
        own.or_else(related)
    }

    /// The fragment of the first picture that shows what `wanted` says.
    pub fn find(&self, wanted: &dyn Fn(&Moment) -> bool) -> Option<String> {
        self.chips
            .iter()
            .enumerate()
            .find_map(|(chip, watched)| watched.moments.iter().position(wanted).map(|index| fragment(chip, index)))
    }
}

/// The fragment of a picture.
pub(super) fn fragment(chip: usize, index: usize) -> String {
    format!("wires-{}-{}", chip + 1, index + 1)
}
