//! Codecs without decoding: as many samples as the headers promise. The real ones are fuzzed where they live, in `sim`.

use peripherals::chips::vs1053::{Codecs, Decoded, FrameDecoder, MidiEvent, Synth, Undecodable};

/// Makes decoders that count.
#[derive(Clone)]
pub struct Counting;

#[derive(Clone)]
struct Mp3;
#[derive(Clone)]
struct Vorbis;

impl Codecs for Counting {
    fn mp3(&self) -> Box<dyn FrameDecoder> {
        Box::new(Mp3)
    }

    fn vorbis(&self, _: &[u8], _: &[u8], setup: &[u8]) -> Result<Box<dyn FrameDecoder>, Undecodable> {
        if setup.len() % 5 == 0 { Err(Undecodable::new("a set-up of this length")) } else { Ok(Box::new(Vorbis)) }
    }

    fn synth(&self) -> Box<dyn Synth> {
        Box::new(Keys(0, 64))
    }
}

/// Keys that are down, and how many may be.
#[derive(Clone)]
struct Keys(usize, usize);

impl Synth for Keys {
    fn send(&mut self, event: MidiEvent) {
        match event {
            MidiEvent::NoteOn { .. } => self.0 = self.1.min(self.0 + 1),
            MidiEvent::NoteOff { .. } => self.0 = self.0.saturating_sub(1),
            MidiEvent::NotesOff { .. } | MidiEvent::SoundOff { .. } => self.0 = 0,
            _ => {}
        }
    }

    fn limit(&mut self, voices: usize) {
        assert!((1..=64).contains(&voices), "{voices} voices");
        (self.0, self.1) = (self.0.min(voices), voices);
    }

    fn render(&mut self, frames: usize, pcm: &mut Vec<i16>) {
        pcm.extend(std::iter::repeat_n(self.0 as i16, 2 * frames));
    }

    fn sounding(&self) -> bool {
        self.0 > 0
    }
}

impl FrameDecoder for Mp3 {
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        let [_, version, rate, mode, ..] = *packet else { return Err(Undecodable::new("no header")) };
        let slower = match version >> 3 & 3 {
            3 => 1,
            2 => 2,
            _ => 4,
        };
        let rate_hz = [44_100, 48_000, 32_000, 44_100][usize::from(rate >> 2 & 3)] / slower;
        let channels = if mode >> 6 == 3 { 1 } else { 2 };
        let frames = match version >> 1 & 3 {
            3 => 384,
            1 if slower > 1 => 576,
            _ => 1152,
        };
        pcm.extend((0..frames * usize::from(channels)).map(|n| i16::from(packet[n % packet.len()])));
        Ok(Decoded { frames, rate_hz, channels })
    }
}

impl FrameDecoder for Vorbis {
    /// Sizes, rates and refusals by the packet's first bytes.
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        let [size, rate, channels, ..] = *packet else { return Err(Undecodable::new("a short packet")) };
        let frames = usize::from(size) * 32;
        let channels = channels % 2 + 1;
        pcm.extend((0..frames * usize::from(channels)).map(|n| i16::from(packet[n % packet.len()])));
        Ok(Decoded { frames, rate_hz: [8_000, 44_100, 48_000, 1, 192_000][usize::from(rate) % 5], channels })
    }
}
