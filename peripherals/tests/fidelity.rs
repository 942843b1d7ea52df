//! docs/FIDELITY.md says how far each block is modelled. It is made here, from the tables and from the numbered notes at the head of
//! each source file, so that it cannot say something else than they do.
//!
//! `BLESS=1 cargo test -p badgebench-peripherals --test fidelity` writes it.

use peripherals::chips::norflash;
use peripherals::chips::vs1053::lints::LINTS;
use peripherals::kernel::{Kind, Lint};
use peripherals::nrf52840;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// How far a block is modelled.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Works,
    Stored,
    Missing,
}
use Mark::{Missing, Stored, Works};

impl Mark {
    /// For a block in a source file with these notes: what works without a note works as on the chip.
    fn text(self, notes: &[String]) -> &'static str {
        match self {
            Self::Works if notes.is_empty() => "●",
            Self::Works => "◐",
            Self::Stored => "○",
            Self::Missing => "·",
        }
    }
}

/// Blocks of the SoC that are more than a name: what the table of instances cannot tell.
const SOC: &[(&str, Mark, &str)] = &[
    ("GPIO", Works, "src/nrf52840/gpio.rs"),
    ("GPIOTE", Works, "src/nrf52840/gpiote.rs"),
    ("CLOCK", Works, "src/nrf52840/clock.rs"),
    ("POWER", Works, "src/nrf52840/power.rs"),
    ("APPROTECT", Stored, "src/nrf52840/power.rs"),
    ("UARTE0", Works, "src/nrf52840/uart/mod.rs"),
    ("UART0", Works, "src/nrf52840/uart/mod.rs"),
    ("UARTE1", Works, "src/nrf52840/uart/mod.rs"),
    ("TIMER0", Works, "src/nrf52840/timer.rs"),
    ("TIMER1", Works, "src/nrf52840/timer.rs"),
    ("TIMER2", Works, "src/nrf52840/timer.rs"),
    ("TIMER3", Works, "src/nrf52840/timer.rs"),
    ("TIMER4", Works, "src/nrf52840/timer.rs"),
    ("RTC0", Works, "src/nrf52840/rtc.rs"),
    ("RTC1", Works, "src/nrf52840/rtc.rs"),
    ("RTC2", Works, "src/nrf52840/rtc.rs"),
    ("SAADC", Works, "src/nrf52840/saadc.rs"),
    ("PWM0", Works, "src/nrf52840/pwm.rs"),
    ("PWM1", Works, "src/nrf52840/pwm.rs"),
    ("PWM2", Works, "src/nrf52840/pwm.rs"),
    ("PWM3", Works, "src/nrf52840/pwm.rs"),
    ("QDEC", Works, "src/nrf52840/qdec.rs"),
    ("COMP", Works, "src/nrf52840/comparator.rs"),
    ("LPCOMP", Works, "src/nrf52840/comparator.rs"),
    ("TEMP", Works, "src/nrf52840/temp.rs"),
    ("RNG", Works, "src/nrf52840/rng.rs"),
    ("ECB", Works, "src/nrf52840/ecb.rs"),
    ("CCM", Works, "src/nrf52840/link/mod.rs"),
    ("USBD", Works, "src/nrf52840/usbd/mod.rs"),
    ("AAR", Works, "src/nrf52840/link/mod.rs"),
    ("WDT", Works, "src/nrf52840/watchdog.rs"),
    ("EGU0", Works, "src/nrf52840/egu.rs"),
    ("EGU1", Works, "src/nrf52840/egu.rs"),
    ("EGU2", Works, "src/nrf52840/egu.rs"),
    ("EGU3", Works, "src/nrf52840/egu.rs"),
    ("EGU4", Works, "src/nrf52840/egu.rs"),
    ("EGU5", Works, "src/nrf52840/egu.rs"),
    ("SPIM0", Works, "src/nrf52840/serial/spim.rs"),
    ("SPIM1", Works, "src/nrf52840/serial/spim.rs"),
    ("SPIM2", Works, "src/nrf52840/serial/spim.rs"),
    ("SPIM3", Works, "src/nrf52840/serial/spim.rs"),
    ("SPI0", Works, "src/nrf52840/serial/spi.rs"),
    ("SPI1", Works, "src/nrf52840/serial/spi.rs"),
    ("SPI2", Works, "src/nrf52840/serial/spi.rs"),
    ("TWIM0", Works, "src/nrf52840/serial/twim.rs"),
    ("TWIM1", Works, "src/nrf52840/serial/twim.rs"),
    ("TWI0", Works, "src/nrf52840/serial/twi.rs"),
    ("TWI1", Works, "src/nrf52840/serial/twi.rs"),
    ("QSPI", Works, "src/nrf52840/qspi/mod.rs"),
    ("PPI", Works, "src/nrf52840/ppi.rs"),
    ("NVMC", Works, "src/nrf52840/nvmc.rs"),
    ("ACL", Works, "src/nrf52840/acl.rs"),
    ("FICR", Works, "src/nrf52840/information.rs"),
    ("UICR", Works, "src/nrf52840/information.rs"),
];

const CORE: &[(&str, Mark, &str)] = &[
    ("DWT", Works, "src/cortex_m/dwt.rs"),
    ("SysTick", Works, "src/cortex_m/systick.rs"),
    ("SCB, FPU and MPU type", Works, "src/cortex_m/scb.rs"),
    ("NVIC", Works, "src/cortex_m/nvic.rs"),
    ("MPU", Works, "src/cortex_m/mpu.rs"),
    ("ITM", Works, "src/cortex_m/trace.rs"),
    ("TPIU, FPB", Stored, "src/cortex_m/trace.rs"),
    ("ETM, ROM table", Missing, "src/cortex_m/mod.rs"),
];

const VS1053: &[(&str, Mark, &str)] = &[
    ("SCI, all sixteen registers", Works, "src/chips/vs1053/sci.rs"),
    ("SDI: modes 0 and 3, SM_SDIORD, SM_SDISHARE, SM_DACT", Works, "src/chips/vs1053/sdi.rs"),
    ("SDI in VS1001 mode and passive mode", Works, "src/chips/vs1053/legacy.rs"),
    ("DREQ", Works, "src/chips/vs1053/dreq.rs"),
    ("FIFO of 2048 bytes", Works, "src/chips/vs1053/fifo.rs"),
    ("XRESET, boot, soft reset", Works, "src/chips/vs1053/power.rs"),
    ("SPI boot", Works, "src/chips/vs1053/spi_boot.rs"),
    ("CLOCKF, SM_CLK_RANGE", Works, "src/chips/vs1053/clock.rs"),
    ("SC_ADD for WMA and AAC", Works, "src/chips/vs1053/boost.rs"),
    ("limits of SCLK, SI and the selects", Works, "src/chips/vs1053/judge.rs"),
    ("what a driver owes the chip, tallied", Works, "src/chips/vs1053/conduct.rs"),
    ("VOL, SS_SWING, SM_DIFF, power-down", Works, "src/chips/vs1053/stage.rs"),
    ("audio FIFO: fade, AUDATA, rate tune, pause", Works, "src/chips/vs1053/audio.rs"),
    ("BASS", Works, "src/chips/vs1053/tone_control.rs"),
    ("EarSpeaker", Works, "src/chips/vs1053/ear_speaker.rs"),
    ("recording of IMA ADPCM and PCM, AGC", Works, "src/chips/vs1053/recorder.rs"),
    ("LINE1, LINE2, microphone", Works, "src/chips/vs1053/input.rs"),
    ("VS1003 in its place", Works, "src/chips/vs1053/variant.rs"),
    ("SM_CANCEL, end of a file, HDAT, AUDATA, DECODE_TIME", Works, "src/chips/vs1053/control.rs"),
    ("WRAM, WRAMADDR, parametric block", Works, "src/chips/vs1053/mem.rs"),
    ("MP3, MPEG layers I and II", Works, "src/chips/vs1053/mp3.rs"),
    ("AAC-LC in ADTS; HE-AAC by its core", Works, "src/chips/vs1053/aac.rs"),
    ("AAC-LC in ADIF", Works, "src/chips/vs1053/adif.rs"),
    ("AAC-LC in MP4", Works, "src/chips/vs1053/mp4.rs"),
    ("FLAC, once its patch is loaded", Works, "src/chips/vs1053/flac_stream.rs"),
    ("Ogg Vorbis", Works, "src/chips/vs1053/vorbis.rs"),
    ("PCM in WAV", Works, "src/chips/vs1053/wav.rs"),
    ("IMA ADPCM in WAV", Works, "src/chips/vs1053/ima.rs"),
    ("sine test, new sine and sweep", Works, "src/chips/vs1053/tone.rs"),
    ("SCI test, memory test", Works, "src/chips/vs1053/selftest.rs"),
    ("GPIO, DAC registers", Works, "src/chips/vs1053/dsp.rs"),
    ("interrupt, timer and I2S registers", Stored, "src/chips/vs1053/dsp.rs"),
    ("UART", Works, "src/chips/vs1053/uart.rs"),
    (
        "application code told by its words; VU meter, pause, mono, rate tune of the patches",
        Works,
        "src/chips/vs1053/application.rs",
    ),
    ("SM_STREAM", Stored, "src/chips/vs1053/control.rs"),
    ("MIDI files of format 0", Works, "src/chips/vs1053/song.rs"),
    ("MIDI: messages, controllers, banks", Works, "src/chips/vs1053/midi.rs"),
    ("real-time MIDI", Works, "src/chips/vs1053/live.rs"),
    ("SBR and PS of HE-AAC, AAC in LATM, WMA", Missing, "src/chips/vs1053/sniff.rs"),
    ("DSP: running applications, patches, plugins", Missing, "src/chips/vs1053/mod.rs"),
    ("recording in Ogg Vorbis, I2S out", Missing, "src/chips/vs1053/mod.rs"),
];

const PARTS: &[(&str, Mark, &str)] = &[
    ("LED", Works, "src/chips/led.rs"),
    ("push button", Works, "src/chips/button.rs"),
    ("NOR flash on QSPI: MX25R6435F, GD25Q16C, W25Q16JV", Works, "src/chips/norflash/mod.rs"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn table(out: &mut String, title: &str, rows: &[(&str, Mark, &str)]) {
    _ = writeln!(out, "\n### {title}\n\n| block | | where |\n|---|---|---|");
    for (name, mark, file) in rows {
        let source = fs::read_to_string(root().join(file)).unwrap_or_else(|e| panic!("{name}: {file}: {e}"));
        _ = writeln!(out, "| {name} | {} | [{file}](../{file}) |", mark.text(&notes(&source)));
    }
}

/// Blocks that are only named, by what is lost without them.
fn missing(out: &mut String) {
    let mut by_loss: Vec<(&str, Vec<&str>)> = Vec::new();
    for instance in nrf52840::map::instances() {
        let known = SOC.iter().any(|(name, ..)| *name == instance.name);
        assert!(
            known == instance.without.is_empty(),
            "{} is {}",
            instance.name,
            if known { "modelled" } else { "new" }
        );
        if known {
            continue;
        }
        match by_loss.iter_mut().find(|(loss, _)| *loss == instance.without) {
            Some((_, names)) => names.push(instance.name),
            None => by_loss.push((instance.without, vec![instance.name])),
        }
    }
    _ = writeln!(
        out,
        "\n### Blocks of the SoC that are only named\n\n| block | | what a program misses |\n|---|---|---|"
    );
    for (loss, names) in by_loss {
        _ = writeln!(out, "| {} | {} | {loss} |", names.join(", "), Missing.text(&[]));
    }
}

fn gaps(out: &mut String) {
    let soc: [&Lint; 6] = [
        &nrf52840::NOT_MODELLED,
        &nrf52840::NO_SUCH_REGISTER,
        &nrf52840::ACL_READ,
        &nrf52840::UART_DISCONNECTED,
        &nrf52840::UART_OVERRUN,
        &nrf52840::RAM_POWER,
    ];
    _ = writeln!(out, "\n## What a run says when it gets there\n\n| diagnostic | when | why |\n|---|---|---|");
    for lint in
        soc.into_iter().chain(LINTS.iter().copied()).chain(norflash::LINTS).filter(|lint| lint.kind == Kind::Gap)
    {
        _ = writeln!(out, "| `{}` | {} | {} |", lint.name, lint.message, lint.why);
    }
}

/// The numbered notes at the head of a source file.
fn notes(text: &str) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines().map_while(|line| line.strip_prefix("//!")) {
        let numbered = line.trim_start().split_once(". ").filter(|(n, _)| n.bytes().all(|b| b.is_ascii_digit()));
        if let Some((_, first)) = numbered {
            notes.push(first.to_owned());
            inside = true;
        } else if let Some(more) = line.strip_prefix("    ").filter(|_| inside) {
            notes.last_mut().expect("inside a note").extend([" ", more.trim_start()]);
        } else {
            inside = false;
        }
    }
    notes.iter().map(|note| note.replace("[`", "`").replace("`]", "`")).collect()
}

fn ledger(out: &mut String, dir: &Path) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).expect("sources").map(|e| e.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            ledger(out, &path);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let notes = notes(&fs::read_to_string(&path).expect("a source file"));
            if notes.is_empty() {
                continue;
            }
            let name = path.strip_prefix(root()).expect("below the crate").display().to_string();
            _ = writeln!(out, "\n### [{name}](../{name})\n");
            for (number, note) in (1..).zip(notes) {
                _ = writeln!(out, "{number}. {note}");
            }
        }
    }
}

#[test]
fn the_document_says_what_the_sources_say() {
    let mut out = String::from(
        "# How far the models go\n\n\
        Made from the sources by `tests/fidelity.rs`; don't edit it.\n\n\
        | mark | meaning |\n|---|---|\n\
        | ● | everything that firmware can see |\n\
        | ◐ | works, with the limits in the ledger below |\n\
        | ○ | registers are kept and read back, without effect |\n\
        | · | named only: registers read as after reset, and using one is a `gap` in the report |\n\n\
        ## The matrix\n",
    );
    table(&mut out, "nRF52840", SOC);
    missing(&mut out);
    table(&mut out, "Cortex-M4", CORE);
    table(&mut out, "VS1053b", VS1053);
    table(&mut out, "Other parts", PARTS);
    gaps(&mut out);
    out.push_str("\n## The ledger: limits, approximations, guesses\n");
    ledger(&mut out, &root().join("src"));

    let path = root().join("docs/FIDELITY.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &out).expect("docs/FIDELITY.md can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == out,
        "docs/FIDELITY.md is out of date: BLESS=1 cargo test -p badgebench-peripherals --test fidelity"
    );
}
