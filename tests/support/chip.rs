//! The chip alone, and a driver that sends files to it as the datasheet says.

use super::pins::Pins;
use peripherals::chips::vs1053::*;
use peripherals::kernel::Span;

/// A VS1053 that has booted and runs at 4.5 times its crystal; what is heard of streams, silence between them left out, in stereo.
pub struct Chip(Pins<Vec<i16>>);

/// What came out of a file.
pub struct Played {
    /// Interleaved stereo, without what follows the stream.
    pub samples: Vec<i16>,
    /// What it was, by the chip's own report.
    pub stream: StreamReport,
    /// Names of all that was reported.
    pub findings: Vec<&'static str>,
}

impl Chip {
    /// With SM_LAYER12 set; `patched` says that VLSI's patch with the FLAC decoder runs.
    pub fn new(patched: bool) -> Self {
        let mut pins = Pins::new(false, |heard: &mut Vec<i16>, block| {
            if !block.sound.is_silence() {
                heard.extend_from_slice(block.samples);
            }
        });
        pins.write(reg::CLOCKF, 0xC000);
        pins.write(reg::MODE, mode::SM_SDINEW | mode::SM_LAYER12);
        if patched {
            pins.load_flac();
        }
        Self(pins)
    }

    /// Sends a file, its end fill after it, and waits until everything was heard.
    pub fn play(mut self, file: &[u8]) -> Played {
        self.send(file);
        let flac = self.0.chip().view().codec == Some(Codec::Flac);
        self.send(&if flac { vec![0x55; 12_288] } else { vec![0; 2_052] });
        let Self(mut pins) = self;
        while !pins.chip().quiet() {
            pins.wait(Span::from_ms(10));
        }
        pins.wait(Span::from_ms(50));
        let now = pins.fabric.world.now;
        let report = pins.chip().report(now);
        assert_eq!((report.underruns.count, report.fifo.overrun_bytes), (0, 0), "the driver was quick and polite");
        let [stream] = &report.streams[..] else { panic!("one stream: {:?}", report.streams) };
        let mut samples = pins.heard;
        samples.truncate(2 * stream.frames as usize);
        let findings = pins.fabric.world.findings.all().iter().map(|finding| finding.lint.name).collect();
        Played { samples, stream: stream.clone(), findings }
    }

    /// 32 bytes a look at DREQ.
    fn send(&mut self, bytes: &[u8]) {
        for burst in bytes.chunks(32) {
            let mut patience = 0;
            while !self.0.chip().view().dreq {
                self.0.wait(Span::from_us(100));
                patience += 1;
                assert!(patience < 100_000, "DREQ stays low");
            }
            self.0.send(burst);
        }
    }
}
