//! How fast simulated time may pass on the host.
//!
//! Only ever waits: what is simulated is the same at any pace.

use peripherals::kernel::Instant;
use std::time::Duration;

/// `--speed`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// A simulated second takes a second.
    Real,
    /// As fast as the host can.
    Max,
    /// A simulated second takes `1 / factor` seconds; from 0.01 to 1000.
    Factor(f64),
}

impl std::str::FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "real" => Ok(Self::Real),
            "max" => Ok(Self::Max),
            _ => match text.strip_suffix('x').unwrap_or(text).parse() {
                Ok(factor) if (0.01..=1_000.0).contains(&factor) => Ok(Self::Factor(factor)),
                _ => Err(format!("`{text}` is no speed: `real`, `max`, or a factor from 0.01 to 1000")),
            },
        }
    }
}

impl std::fmt::Display for Speed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Real => f.write_str("real"),
            Self::Max => f.write_str("max"),
            Self::Factor(factor) => write!(f, "{factor}x"),
        }
    }
}

impl Speed {
    /// Simulated seconds a host second; `None` without a limit.
    pub fn factor(self) -> Option<f64> {
        match self {
            Self::Real => Some(1.0),
            Self::Max => None,
            Self::Factor(factor) => Some(factor),
        }
    }
}

/// The longest sleep at a time, so that a key is answered soon.
const MAX_NAP: Duration = Duration::from_millis(20);
/// A simulation that is later than this has its clock set anew instead of catching up in a rush.
const MAX_LAG: Duration = Duration::from_millis(100);
/// Sound that the device should have in hand, in seconds: enough for the host's scheduler, too little to be felt.
const SOUND_IN_HAND: Duration = Duration::from_millis(120);

/// The throttle.
#[derive(Debug)]
pub struct Pace {
    speed: Speed,
    anchor: Option<(Instant, std::time::Instant)>,
}

impl Pace {
    /// For `speed`; the clock starts with the first [`Self::hold`].
    pub fn new(speed: Speed) -> Self {
        Self { speed, anchor: None }
    }

    /// Another speed from now on.
    pub fn set(&mut self, speed: Speed) {
        (self.speed, self.anchor) = (speed, None);
    }

    /// The speed.
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// The host stood still on purpose (pause): don't make up for it.
    pub fn rebase(&mut self) {
        self.anchor = None;
    }

    /// Waits until the host may go on with the slice that begins at `now`, but no longer than 20 ms: answers `true` when it
    /// may, `false` when it is to be asked again after looking at the keys. `sound_in_hand` is what
    /// [`super::audio::Device::in_hand`] says: while there is sound, the device's clock counts and not the host's.
    pub fn hold(&mut self, now: Instant, sound_in_hand: Option<Duration>) -> bool {
        let wait = self.wait(now, sound_in_hand, std::time::Instant::now());
        if !wait.is_zero() {
            std::thread::sleep(wait.min(MAX_NAP));
        }
        wait <= MAX_NAP
    }

    /// How far simulated time is ahead of the host's at `now`.
    pub fn ahead(&mut self, now: Instant) -> Duration {
        self.wait(now, None, std::time::Instant::now())
    }

    fn wait(&mut self, now: Instant, sound_in_hand: Option<Duration>, host: std::time::Instant) -> Duration {
        let Some(factor) = self.speed.factor() else { return Duration::ZERO };
        if let Some(in_hand) = sound_in_hand {
            self.anchor = Some((now, host));
            return in_hand.saturating_sub(SOUND_IN_HAND);
        }
        let (sim_from, host_from) = *self.anchor.get_or_insert((now, host));
        let due = Duration::from_secs_f64(now.since(sim_from).as_secs_f64() / factor);
        let spent = host.saturating_duration_since(host_from);
        if spent > due + MAX_LAG {
            self.anchor = Some((now, host));
        }
        due.saturating_sub(spent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use peripherals::kernel::Span;

    const MS: Duration = Duration::from_millis(1);

    fn at(ms: u64) -> Instant {
        Instant::ZERO + Span::from_ms(ms)
    }

    #[test]
    fn speeds_are_read_and_checked() {
        assert_eq!("real".parse(), Ok(Speed::Real));
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("0.5".parse(), Ok(Speed::Factor(0.5)));
        assert_eq!("2x".parse(), Ok(Speed::Factor(2.0)));
        for bad in ["", "fast", "0", "-1", "nan", "inf", "1e9"] {
            assert!(bad.parse::<Speed>().is_err_and(|e| e.contains(bad)), "{bad}");
        }
    }

    #[test]
    fn a_simulated_second_takes_a_second_divided_by_the_factor() {
        let start = std::time::Instant::now();
        for (speed, wait) in
            [(Speed::Real, 900), (Speed::Factor(2.0), 400), (Speed::Factor(0.5), 1_900), (Speed::Max, 0)]
        {
            let mut pace = Pace::new(speed);
            assert_eq!(pace.wait(at(0), None, start), Duration::ZERO);
            assert_eq!(pace.wait(at(1_000), None, start + 100 * MS), wait * MS, "{speed}");
        }
    }

    #[test]
    fn a_slow_host_does_not_rush_afterwards() {
        let start = std::time::Instant::now();
        let mut pace = Pace::new(Speed::Real);
        pace.wait(at(0), None, start);
        assert_eq!(pace.wait(at(10), None, start + 5_000 * MS), Duration::ZERO);
        assert_eq!(pace.wait(at(20), None, start + 5_001 * MS), 9 * MS);
    }

    #[test]
    fn while_there_is_sound_the_device_sets_the_pace() {
        let start = std::time::Instant::now();
        let mut pace = Pace::new(Speed::Real);
        assert_eq!(pace.wait(at(0), Some(SOUND_IN_HAND + 7 * MS), start), 7 * MS);
        assert_eq!(pace.wait(at(5_000), Some(SOUND_IN_HAND), start), Duration::ZERO);
        assert_eq!(pace.wait(at(5_010), None, start), 10 * MS, "and after it the host's clock goes on from there");
    }
}
