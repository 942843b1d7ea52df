//! The exit status of the process.

use super::json::Reason;

/// What decides the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What ended the run.
    pub reason: Reason,
    /// The code the firmware gave, if it gave one.
    pub code: Option<i64>,
    /// An output could not be written, before, during or after the run.
    pub output_failed: bool,
    /// A denied diagnostic came up.
    pub denied: bool,
    /// An `--expect` does not hold.
    pub unmet: bool,
}

/// A bug of ours.
pub const BUG: u8 = 70;
/// Usage, or input that cannot be used.
pub const USAGE: u8 = 2;
/// An output could not be written.
pub const OUTPUT: u8 = 74;
/// Ctrl-C.
pub const INTERRUPT: u8 = 130;
/// A denied diagnostic came up.
pub const DENIED: u8 = 3;
/// The firmware ended with a code other than 0, or an `--expect` does not hold.
pub const FAILED: u8 = 1;
/// `--wall-limit` was reached.
pub const WALL_LIMIT: u8 = 4;

/// The exit status; of several that apply the first in this order.
pub fn status(ended: &Ended) -> u8 {
    let rows = [
        (ended.reason == Reason::Bug, BUG),
        (ended.reason == Reason::Input, USAGE),
        (ended.reason == Reason::Output || ended.output_failed, OUTPUT),
        (ended.reason == Reason::Interrupt, INTERRUPT),
        (ended.reason == Reason::Denied || ended.denied, DENIED),
        (ended.code.is_some_and(|code| code != 0) || ended.unmet, FAILED),
        (ended.reason == Reason::WallLimit, WALL_LIMIT),
    ];
    rows.iter().find(|(applies, _)| *applies).map_or(0, |(_, status)| *status)
}

/// Of the exit statuses of several runs the one that comes first in that order.
pub fn worst(all: impl IntoIterator<Item = u8>) -> u8 {
    const ORDER: [u8; 8] = [BUG, USAGE, OUTPUT, INTERRUPT, DENIED, FAILED, WALL_LIMIT, 0];
    let rank = |status: &u8| ORDER.iter().position(|known| known == status).unwrap_or(ORDER.len());
    all.into_iter().min_by_key(rank).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Ended =
        Ended { reason: Reason::Semihosting, code: Some(0), output_failed: false, denied: false, unmet: false };

    #[test]
    fn every_row_of_the_table() {
        let of = |reason| status(&Ended { reason, ..PLAIN });
        assert_eq!(status(&PLAIN), 0);
        assert_eq!(of(Reason::Bug), 70);
        assert_eq!(of(Reason::Input), 2);
        assert_eq!(of(Reason::Output), 74);
        assert_eq!(of(Reason::Interrupt), 130);
        assert_eq!(of(Reason::Denied), 3);
        assert_eq!(of(Reason::WallLimit), 4);
        assert_eq!(of(Reason::Parked), 0);
        assert_eq!(of(Reason::For), 0);
        assert_eq!(of(Reason::Fault), 0, "the diagnostic decides");
        assert_eq!(of(Reason::Lockup), 0, "the diagnostic decides");
        assert_eq!(status(&Ended { output_failed: true, ..PLAIN }), 74);
        assert_eq!(status(&Ended { denied: true, ..PLAIN }), 3);
        assert_eq!(status(&Ended { unmet: true, ..PLAIN }), 1);
        assert_eq!(status(&Ended { code: Some(5), ..PLAIN }), 1);
        assert_eq!(status(&Ended { code: Some(-1), ..PLAIN }), 1);
        assert_eq!(status(&Ended { code: None, reason: Reason::Parked, ..PLAIN }), 0);
    }

    #[test]
    fn the_worst_of_several_is_the_one_that_would_win_in_one() {
        assert_eq!(worst([]), 0);
        assert_eq!(worst([0, 0]), 0);
        assert_eq!(worst([0, 4, 0]), 4);
        assert_eq!(worst([4, 1, 3]), 3);
        assert_eq!(worst([3, 130, 74]), 74);
        assert_eq!(worst([2, 70]), 70);
    }

    #[test]
    fn the_highest_row_wins() {
        let all = Ended { reason: Reason::Bug, code: Some(9), output_failed: true, denied: true, unmet: true };
        assert_eq!(status(&all), 70);
        assert_eq!(status(&Ended { reason: Reason::Input, ..all }), 2);
        assert_eq!(status(&Ended { reason: Reason::Interrupt, ..all }), 74);
        assert_eq!(status(&Ended { reason: Reason::Interrupt, output_failed: false, ..all }), 130);
        let limit = Ended { reason: Reason::WallLimit, output_failed: false, ..all };
        assert_eq!(status(&limit), 3);
        assert_eq!(status(&Ended { denied: false, ..limit }), 1);
        assert_eq!(status(&Ended { denied: false, code: None, ..limit }), 1);
        assert_eq!(status(&Ended { denied: false, code: None, unmet: false, ..limit }), 4);
    }
}
