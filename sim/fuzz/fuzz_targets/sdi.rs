//! Any bytes into the VS1053's SDI, with the real decoders behind it: no panic, bounded memory, and the same sound twice.
#![no_main]

#[path = "../../../tests/support/pins.rs"]
mod pins;

use libfuzzer_sys::fuzz_target;
use peripherals::chips::vs1053::{FIFO_BYTES, mode, reg};
use peripherals::kernel::Span;
use pins::Pins;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The first byte tells how polite the driver is: whether it waits for DREQ, and what it does in the middle; whether FLAC's patch is
/// loaded and SM_LAYER12 set; with its second highest bit the bytes are real-time MIDI, and with its top bit the run is done twice.
fn run(how: u8, stream: &[u8]) -> u64 {
    let live = how & 0x40 != 0;
    let mut bench = Pins::new(live, |heard: &mut DefaultHasher, b| {
        (b.start, b.rate_hz, b.frames, b.samples).hash(heard);
    });
    bench.write(reg::CLOCKF, 0x8800);
    if !live && how & 0x10 != 0 {
        bench.load_flac();
    }
    if !live && how & 0x20 != 0 {
        bench.write(reg::MODE, mode::SM_SDINEW | mode::SM_LAYER12);
    }
    let middle = stream.len() / 64;
    // A note in a MIDI file may last for days.
    let mut budget = 4_000;
    for (n, burst) in stream.chunks(32).enumerate() {
        let mut patience = if how & 1 == 0 { budget.min(200) } else { 0 };
        while patience > 0 && !bench.chip().view().dreq {
            bench.wait(Span::from_ms(1));
            patience -= 1;
            budget -= 1;
        }
        if live {
            burst.iter().for_each(|&byte| bench.send(&[0, byte]));
            bench.wait(Span::from_ms(5));
        } else {
            bench.send(burst);
        }
        if n == middle {
            match how >> 1 & 7 {
                1 => bench.write(reg::MODE, mode::SM_SDINEW | mode::SM_CANCEL),
                2 => bench.write(reg::MODE, mode::SM_SDINEW | mode::SM_RESET),
                3 => bench.write(reg::AUDATA, 0xAC45),
                4 => bench.write(reg::VOL, 0x1234),
                5 => bench.wait(Span::from_ms(300)),
                6 => bench.write(reg::DECODE_TIME, 0),
                _ => {}
            }
        }
    }
    bench.wait(Span::from_ms(200));
    let now = bench.fabric.world.now;
    let report = bench.chip().report(now);
    assert!(report.fifo.max_bytes <= FIFO_BYTES as u64);
    assert_eq!(report.uncollected_samples, 0, "everything was collected");
    format!("{report:?}").hash(&mut bench.heard);
    bench.heard.finish()
}

fuzz_target!(|data: &[u8]| {
    let Some((&how, stream)) = data.split_first() else { return };
    let heard = run(how, stream);
    if how & 0x80 != 0 {
        assert_eq!(heard, run(how, stream), "the same bytes, another sound");
    }
});
