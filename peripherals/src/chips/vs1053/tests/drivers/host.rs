//! Does what a driver does.

use super::super::super::*;
use super::super::bench::{Bench, NOTICE};
use super::super::fake::{SAMPLES, mp3};

/// How a driver waits for the chip around an SCI operation.
#[derive(Clone, Copy, PartialEq)]
pub enum Wait {
    /// Not at all.
    Never,
    /// For DREQ high before it.
    Before,
    /// Lowers XCS, then waits for DREQ high.
    AfterSelect,
    /// Keeps XCS low after it until DREQ is high.
    XcsLow,
    /// For DREQ low and then high after it.
    Pulse,
}

/// A step.
#[derive(Clone, Copy)]
pub enum Do {
    /// XRESET low for so many microseconds.
    Xreset(u64),
    Ms(u64),
    Us(u64),
    /// DREQ must rise within so many microseconds.
    Dreq(u64),
    /// Clocks of SCI and SDI from here on, in kilohertz.
    Khz(u64, u64),
    /// Writes a register.
    W(u8, u16),
    /// Sets bits of a register by reading and writing it.
    Or(u8, u16),
    /// Reads a register, which must show this.
    R(u8, u16),
    /// Reads a register, which must show this under the mask.
    Masked(u8, u16, u16),
    /// Reads a register, which must not show this.
    Not(u8, u16),
    /// Writes the first value until the second is read.
    Until(u8, u16, u16),
    /// Writes through WRAM.
    Wram(u16, &'static [u16]),
    /// Writes through WRAM with one long operation.
    Multi(u16, &'static [u16]),
    /// Reads through WRAM what must be there.
    X(u16, u16),
    /// VOL from 0 to 0xFFFF in such steps, each read twice.
    VolRamp(u16),
    /// Loads code that carries these words from 0x50 on and ends here.
    Load(&'static [u32], u16),
    /// Bytes with no select low.
    Stray(&'static [u8]),
    /// Bytes with XCS low.
    UnderXcs(&'static [u8]),
    /// Both selects low for so many milliseconds.
    BothLow(u64),
    /// Reads with XDCS low.
    ReadUnderXdcs(u8, u16),
    /// Data in one piece, whatever DREQ says.
    Sdi(&'static [u8]),
    /// So many frames of the test stream, 32 bytes a look at DREQ.
    Song(usize),
    /// The same a byte per pulse of XDCS.
    SongByByte(usize),
    /// So many bytes of end fill, 32 bytes a look at DREQ.
    Fill(usize),
    /// The same without looking.
    BlindFill(usize),
    /// With SM_CANCEL set: fill of the first size until MODE shows it clear, at most so many times.
    Cancel(usize, usize),
    /// HDAT1 must not be 0 within 50 looks, 20 ms apart.
    Playing,
    /// HDAT0 and HDAT1 must be 0.
    Over,
    /// A tone of so many hertz must be heard on the left for 100 ms.
    Hears(u64),
    /// So many frames of the test stream must have been decoded since power-on.
    Decoded(usize),
}

/// A driver as it shows at the wires.
pub struct Driver {
    pub name: &'static str,
    pub mode3: bool,
    /// Sends data without XDCS, for SM_SDISHARE.
    pub shares: bool,
    pub wait: Wait,
    pub steps: &'static [Do],
    /// What the model has to say about it, by name, in alphabetical order.
    pub warnings: &'static [&'static str],
}

struct Host<'a> {
    b: Bench,
    driver: &'a Driver,
}

/// Runs a driver from power-on.
pub fn run(driver: &Driver) {
    let mut b = Bench::off();
    b.mode3 = driver.mode3;
    b.set(XRESET, true);
    b.wait(Span::from_ms(50));
    let mut host = Host { b, driver };
    for (n, step) in driver.steps.iter().enumerate() {
        host.step(n, *step);
    }
    let mut named = host.b.findings();
    named.sort_unstable();
    named.dedup();
    assert_eq!(named, driver.warnings, "{}", driver.name);
}

impl Host<'_> {
    fn operation(&mut self, word: u32) -> u16 {
        let b = &mut self.b;
        if self.driver.wait == Wait::Before {
            b.until_dreq(true);
        }
        b.select_sci();
        if self.driver.wait == Wait::AfterSelect {
            b.until_dreq(true);
        }
        let got = b.sci_bits(word, 32) as u16;
        if self.driver.wait == Wait::XcsLow {
            b.wait(NOTICE);
            b.until_dreq(true);
        }
        b.deselect_sci();
        match self.driver.wait {
            Wait::Pulse => {
                b.until_dreq(false);
                b.until_dreq(true);
            }
            // Such drivers spend as long on the call alone.
            Wait::Never => b.wait(Span::from_us(5)),
            // A look at DREQ takes longer than it takes DREQ to fall.
            _ => b.wait(NOTICE),
        }
        got
    }

    fn write(&mut self, register: u8, value: u16) {
        self.operation(0x0200_0000 | u32::from(register) << 16 | u32::from(value));
    }

    fn read(&mut self, register: u8) -> u16 {
        self.operation(0x0300_0000 | u32::from(register) << 16)
    }

    fn data(&mut self, bytes: &[u8]) {
        if self.driver.shares {
            self.b.sdi_bytes(bytes);
        } else {
            self.b.sdi(bytes);
        }
    }

    fn data_on_dreq(&mut self, bytes: &[u8], at_a_time: usize) {
        for chunk in bytes.chunks(at_a_time) {
            self.b.until_dreq(true);
            self.data(chunk);
        }
    }

    fn step(&mut self, n: usize, step: Do) {
        let name = self.driver.name;
        match step {
            Do::Xreset(us) => {
                self.b.set(XRESET, false);
                self.b.wait(Span::from_us(us));
                assert!(!self.b.level(DREQ));
                self.b.set(XRESET, true);
            }
            Do::Ms(ms) => self.b.wait(Span::from_ms(ms)),
            Do::Us(us) => self.b.wait(Span::from_us(us)),
            Do::Dreq(us) => {
                let waited = self.b.until_dreq(true);
                assert!(waited <= Span::from_us(us), "{name}, step {n}: DREQ rose after {waited}");
            }
            Do::Khz(sci, sdi) => {
                self.b.sci_half = Span::from_ps(500_000_000 / sci);
                self.b.sdi_half = Span::from_ps(500_000_000 / sdi);
            }
            Do::W(register, value) => self.write(register, value),
            Do::Or(register, bits) => {
                let value = self.read(register);
                self.write(register, value | bits);
            }
            Do::R(register, value) => self.reads(n, register, 0xFFFF, value),
            Do::Masked(register, mask, value) => self.reads(n, register, mask, value),
            Do::Not(register, value) => assert_ne!(self.read(register), value, "{name}, step {n}"),
            Do::Until(register, write, read) => {
                let mut tries = 0;
                while self.read(register) != read {
                    assert!(tries < 100, "{name}, step {n}: it never reads 0x{read:04X}");
                    self.write(register, write);
                    self.b.wait(Span::from_ms(2));
                    tries += 1;
                }
            }
            Do::Wram(address, words) => {
                self.write(reg::WRAMADDR, address);
                words.iter().for_each(|&word| self.write(reg::WRAM, word));
            }
            Do::Multi(address, words) => {
                self.write(reg::WRAMADDR, address);
                self.b.select_sci();
                self.b.sci_bits(0x0206, 16);
                for &word in words {
                    self.b.sci_bits(u32::from(word), 16);
                    self.b.until_dreq(false);
                    self.b.until_dreq(true);
                }
                self.b.deselect_sci();
            }
            Do::X(address, value) => {
                self.write(reg::WRAMADDR, address);
                self.reads(n, reg::WRAM, 0xFFFF, value);
            }
            Do::VolRamp(step) => {
                for value in (0..0xFFFF).step_by(step.into()) {
                    self.write(reg::VOL, value);
                    assert_eq!((self.read(reg::VOL), self.read(reg::VOL)), (value, value), "{name}, step {n}");
                }
            }
            Do::Load(words, end) => {
                self.write(reg::WRAMADDR, 0x8050);
                for word in words {
                    self.write(reg::WRAM, (word >> 16) as u16);
                    self.write(reg::WRAM, *word as u16);
                }
                self.step(n, Do::Wram(0x8000 + end, &[0x3605, 0xF024]));
            }
            Do::Stray(bytes) => bytes.iter().for_each(|&byte| {
                self.b.sci_bits(byte.into(), 8);
            }),
            Do::UnderXcs(bytes) => {
                self.b.select_sci();
                self.step(n, Do::Stray(bytes));
                self.b.deselect_sci();
            }
            Do::BothLow(ms) => {
                self.b.set(XCS, false);
                self.b.set(XDCS, false);
                self.b.wait(Span::from_ms(ms));
                self.b.set(XCS, true);
                self.b.set(XDCS, true);
            }
            Do::ReadUnderXdcs(register, value) => {
                self.b.set(XDCS, false);
                self.reads(n, register, 0xFFFF, value);
                self.b.set(XDCS, true);
            }
            Do::Sdi(bytes) => self.data(bytes),
            Do::Song(frames) => self.data_on_dreq(&mp3(frames), 32),
            Do::SongByByte(frames) => self.data_on_dreq(&mp3(frames), 1),
            Do::Fill(bytes) => self.data_on_dreq(&vec![0; bytes], 32),
            Do::BlindFill(bytes) => self.data(&vec![0; bytes]),
            Do::Cancel(bytes, most) => {
                let mut tries = 0;
                while self.read(reg::MODE) & mode::SM_CANCEL != 0 {
                    assert!(tries < most, "{name}, step {n}: SM_CANCEL stays set");
                    self.data_on_dreq(&vec![0; bytes], 32);
                    tries += 1;
                }
            }
            Do::Playing => {
                let seen = (0..50).any(|_| {
                    self.b.wait(Span::from_ms(20));
                    self.read(reg::HDAT1) != 0
                });
                assert!(seen, "{name}, step {n}: HDAT1 stays 0");
            }
            Do::Over => {
                assert_eq!((self.read(reg::HDAT0), self.read(reg::HDAT1)), (0, 0), "{name}, step {n}");
            }
            Do::Hears(hz) => {
                self.b.channel(false);
                self.b.heard.clear();
                self.b.wait(Span::from_ms(100));
                let heard = self.b.channel(false);
                let periods = heard.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count() as u64;
                let rate = u64::from(self.b.chip().view().sample_rate_hz);
                let expected = hz * heard.len() as u64 / rate;
                assert!(hz == 0 || heard.len() as u64 > rate / 20, "{name}, step {n}: {} samples", heard.len());
                assert!(periods.abs_diff(expected) <= 1, "{name}, step {n}: {periods} periods, not {expected}");
                assert!(hz > 0 || heard.iter().all(|&s| s == 0), "{name}, step {n}: it is not silent");
            }
            Do::Decoded(frames) => {
                self.b.play_out();
                let decoded: u64 = self.b.report().streams.iter().map(|s| s.frames).sum();
                assert_eq!(decoded, (frames * SAMPLES) as u64, "{name}, step {n}");
            }
        }
    }

    #[track_caller]
    fn reads(&mut self, n: usize, register: u8, mask: u16, value: u16) {
        let got = self.read(register) & mask;
        let name = self.driver.name;
        assert_eq!(got, value, "{name}, step {n}: {} is 0x{got:04X}", REGISTERS[usize::from(register)]);
    }
}
