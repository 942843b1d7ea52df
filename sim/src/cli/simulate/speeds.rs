//! The speeds that keys go through, and how a run is cut at each.

use crate::engine::session::Reach;
use crate::host::pace::Speed;
use peripherals::kernel::{Instant, Span};

/// From slow motion to as fast as the host can, which comes behind the last.
const LADDER: [f64; 14] = [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
/// Pieces of slow motion take the host so long, in seconds: short enough for keys to be answered.
const PIECE_S: f64 = 0.02;
/// Shorter pieces end at instructions, so that slow motion does not go by whole blocks of code.
const EXACT_BELOW: Span = Span::from_us(20);

/// The next speed below `speed`.
pub(super) fn slower(speed: Speed) -> Speed {
    let now = speed.factor().unwrap_or(f64::INFINITY);
    LADDER.iter().rev().find(|&&factor| factor < now).map_or(speed, |&factor| of(factor))
}

/// The next speed above it.
pub(super) fn faster(speed: Speed) -> Speed {
    let Some(now) = speed.factor() else { return speed };
    LADDER.iter().find(|&&factor| factor > now).map_or(Speed::Max, |&factor| of(factor))
}

fn of(factor: f64) -> Speed {
    if factor == 1.0 { Speed::Real } else { Speed::Factor(factor) }
}

/// `real`, `max`, `1/1000`, `2x`.
pub(super) fn name(speed: Speed) -> String {
    match speed {
        Speed::Factor(factor) if factor < 1.0 && ((1.0 / factor).round() * factor - 1.0).abs() < 1e-9 => {
            format!("1/{:.0}", 1.0 / factor)
        }
        speed => speed.to_string(),
    }
}

/// How far the run goes from `now` on before the host looks at keys again.
pub(super) fn reach(speed: Speed, now: Instant, slice: Instant) -> Reach {
    let Some(factor) = speed.factor().filter(|&factor| factor < 1.0) else { return Reach::About(slice) };
    let piece = Span::from_ps((factor * PIECE_S * 1e12) as u64).max(Span::from_cycles(1));
    if piece < EXACT_BELOW { Reach::Exactly(now + piece) } else { Reach::About(now + piece) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_from_a_millionth_to_as_fast_as_possible_and_back() {
        let mut up = vec![Speed::Factor(1e-6)];
        while up.last() != Some(&Speed::Max) {
            up.push(faster(*up.last().unwrap()));
        }
        let mut down = vec![Speed::Max];
        while down.last() != Some(&Speed::Factor(1e-6)) {
            down.push(slower(*down.last().unwrap()));
        }
        down.reverse();
        assert_eq!((up.len(), &up), (LADDER.len() + 1, &down));
        assert!(up.contains(&Speed::Real));
        assert_eq!((slower(up[0]), faster(Speed::Max)), (up[0], Speed::Max));
        assert_eq!((slower(Speed::Factor(0.3)), faster(Speed::Factor(0.3))), (of(0.2), of(0.5)));
    }

    #[test]
    fn speeds_have_names() {
        let names = [1e-6, 1e-3, 0.02, 0.5, 1.0, 10.0, 0.3].map(|factor| name(of(factor)));
        assert_eq!(names, ["1/1000000", "1/1000", "1/50", "1/2", "real", "10x", "0.3x"]);
    }

    #[test]
    fn slow_motion_is_cut_finely_and_real_time_is_not() {
        let (now, slice) = (Instant::from_cycles(64), Instant::from_cycles(320_000));
        assert_eq!(reach(Speed::Real, now, slice), Reach::About(slice));
        assert_eq!(reach(Speed::Max, now, slice), Reach::About(slice));
        assert_eq!(reach(of(1e-6), now, slice), Reach::Exactly(now + Span::from_ns(20)));
        assert_eq!(reach(of(0.1), now, slice), Reach::About(now + Span::from_ms(2)));
    }
}
