//! A panic in a decoder is the end of its stream, not of the run.
//!
//! The last resort: no packet is known that makes either decoder panic, but neither is ours and the packets are the firmware's.

use crate::host::panics;
use peripherals::chips::vs1053::{Decoded, FrameDecoder, Undecodable};

/// Runs `work`; a panic in it comes back as [`Undecodable`] and is not printed.
pub(super) fn run<T>(work: impl FnOnce() -> T) -> Result<T, Undecodable> {
    panics::caught(work).map_err(|message| Undecodable::new(format!("the decoder gave up: {message}")))
}

/// A decoder that answers every packet with an error once it has panicked: what it holds then means nothing.
#[derive(Clone)]
pub(super) struct Guarded<D> {
    inner: Option<D>,
}

impl<D: FrameDecoder> Guarded<D> {
    pub(super) fn new(decoder: D) -> Self {
        Self { inner: Some(decoder) }
    }
}

impl<D: FrameDecoder + Clone + 'static> FrameDecoder for Guarded<D> {
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        let Some(decoder) = &mut self.inner else {
            return Err(Undecodable::new("the decoder gave up earlier in this stream"));
        };
        let before = pcm.len();
        let result = run(|| decoder.decode(packet, pcm));
        let result = result.unwrap_or_else(|gave_up| {
            self.inner = None;
            Err(gave_up)
        });
        if result.is_err() {
            pcm.truncate(before);
        }
        result
    }

    fn length(&mut self, bytes: &[u8]) -> Option<usize> {
        run(|| self.inner.as_mut()?.length(bytes)).ok()?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Bomb;

    impl FrameDecoder for Bomb {
        fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
            pcm.push(7);
            assert!(packet.is_empty(), "packet {packet:?}");
            Ok(Decoded { frames: 1, rate_hz: 8_000, channels: 1 })
        }
    }

    #[test]
    fn a_panic_ends_the_stream_and_leaves_the_samples_as_they_were() {
        let mut decoder = Guarded::new(Bomb);
        let mut pcm = vec![];
        assert_eq!(decoder.decode(&[], &mut pcm).map(|d| d.frames), Ok(1));
        let gave_up = decoder.decode(&[9], &mut pcm).expect_err("it panics");
        assert!(gave_up.reason.contains("packet [9]"), "{gave_up}");
        assert_eq!(pcm, [7]);
        assert!(decoder.clone().decode(&[], &mut pcm).is_err(), "a copy must not be used either");
        assert!(decoder.decode(&[], &mut pcm).is_err(), "it must not be used again");
    }
}
