//! The ladder of ways to send a byte, and what the firmware itself counted.

use crate::support::{Bench, played};

const LADDER: [&str; 4] = ["player-loop", "player-unrolled", "player-direct", "player-cached"];

#[test]
fn each_step_of_the_ladder_sends_faster() {
    let send_s = LADDER.map(|elf| played(elf).number("/throughput/send_s"));
    assert!(send_s.windows(2).all(|pair| pair[0] > pair[1]), "{send_s:?}");
    assert!(send_s[0] > 20.0 * send_s[3], "registers kept at hand are worth more than a factor of 20: {send_s:?}");
}

/// The firmware counts with DWT's CYCCNT from before the first bit to behind the last: a few cycles more.
#[test]
fn the_report_agrees_with_what_the_firmware_counted() {
    for elf in LADDER.into_iter().chain(["player-ogg", "player-too-slow"]) {
        let run = played(elf);
        assert_eq!(run.counted("bytes"), run.number("/throughput/stream_bytes"), "{elf}");
        for (key, counter) in [("send_s", "send_cycles"), ("elapsed_s", "elapsed_cycles")] {
            let (reported, counted) = (run.number(&format!("/throughput/{key}")), run.counted(counter) / 64e6);
            assert!((reported / counted - 1.0).abs() <= 0.02, "{elf}: {key} {reported}, the firmware says {counted}");
        }
    }
}

/// The chip's limits hold from the fastest to the slowest: SCI at most 1 MHz until CLOCKF has taken effect, SDI at most
/// CLKI/4 (VS1053b datasheet, "SCI Timing Diagram"; CLKI is 43 MHz here).
#[test]
fn the_spi_clock_keeps_to_the_chips_limits() {
    for elf in LADDER {
        let run = played(elf);
        let (min, max) = (run.number("/spi/0/clock_hz/min"), run.number("/spi/0/clock_hz/max"));
        assert!(min <= 1e6 && max <= 43.008e6 / 4.0, "{elf}: {min} to {max} Hz");
        // Eight rising and eight falling edges a byte, and no others but those of selects and data.
        assert!(run.number("/spi/0/edges") >= 16.0 * run.number("/spi/0/bytes"), "{elf}");
    }
}

/// Contract, `--timing`: flat is one cycle an instruction, whatever the chip would take.
#[test]
fn flat_timing_is_one_cycle_an_instruction() {
    let time = |timing| {
        let run = Bench::new().sim(&format!("fixtures/player-direct.elf --for 200ms --timing {timing}"));
        run.expect_status(0);
        (run.number("/time/cycles"), run.number("/time/instructions"), run.number("/throughput/bytes_per_s"))
    };
    let ((cycles, instructions, flat), (more_cycles, fewer, silicon)) = (time("flat"), time("silicon"));
    assert_eq!(cycles, instructions);
    assert!(more_cycles > fewer, "{more_cycles} cycles for {fewer} instructions");
    assert!(flat > silicon, "{flat} and {silicon} bytes/s");
}
