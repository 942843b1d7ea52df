//! Bus time: frames of 1 ms, and how long a transaction takes in them.

use crate::kernel::{Instant, Span};

/// One frame (USB 2.0, 7.1.12).
pub(super) const FRAME: Span = Span::from_ms(1);
/// The token that begins it: 8 bits SYNC, 24 bits, end of packet.
const START_OF_FRAME: Span = Span::from_us(3);
/// Bytes beside the data of a transaction: token, handshake, and the pauses between them (USB 2.0, table 5-9: 19 packets of 64 bytes a frame).
const OVERHEAD: u64 = 13;
/// Eight bits at 12 Mbit/s.
const BYTE: Span = Span::from_ps(666_667);

/// When the bus is free, and where its frames begin.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bus {
    /// The first frame after the last reset; `None` while there are none.
    pub(super) frames_from: Option<Instant>,
    free: Instant,
}

impl Bus {
    /// Frames begin at `now`, or there are none any more.
    pub(super) fn set_frames(&mut self, from: Option<Instant>) {
        self.frames_from = from;
    }

    /// The end of a transaction with `bytes` of data that begins as soon as it can: no frame is overrun.
    pub(super) fn slot(&mut self, bytes: usize, now: Instant) -> Instant {
        let span = BYTE * (bytes as u64 + OVERHEAD);
        let earliest = now.max(self.free);
        let from = self.frames_from.unwrap_or(earliest);
        let frame = from + FRAME * (earliest.since(from).as_ps() / FRAME.as_ps());
        let start = earliest.max(frame + START_OF_FRAME);
        let start = if start + span > frame + FRAME { frame + FRAME + START_OF_FRAME } else { start };
        self.free = start + span;
        self.free
    }

    /// Nothing more in this frame.
    pub(super) fn skip_frame(&mut self, now: Instant) {
        let from = self.frames_from.unwrap_or(now);
        let frame = now.since(from).as_ps() / FRAME.as_ps();
        self.free = self.free.max(from + FRAME * (frame + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nineteen_full_packets_fit_into_a_frame() {
        let mut bus = Bus::default();
        let start = Instant::from_cycles(64_000);
        bus.set_frames(Some(start));
        let ends: Vec<_> = (0..40).map(|_| bus.slot(64, start)).collect();
        let in_frame = |n: u64| {
            let (from, to) = (start + FRAME * n, start + FRAME * (n + 1));
            ends.iter().filter(|&&end| end > from && end <= to).count()
        };
        assert_eq!([in_frame(0), in_frame(1), in_frame(2)], [19, 19, 2]);
    }

    #[test]
    fn a_packet_that_does_not_fit_waits_for_the_next_frame() {
        let mut bus = Bus::default();
        bus.set_frames(Some(Instant::ZERO));
        let late = Instant::ZERO + Span::from_us(990);
        assert_eq!(bus.slot(0, late), late + BYTE * OVERHEAD);
        assert!(bus.slot(64, late) > Instant::ZERO + Span::from_us(1_050));
        bus.skip_frame(Instant::ZERO + Span::from_us(2_500));
        assert!(bus.slot(0, late) > Instant::ZERO + Span::from_us(3_000));
    }
}
