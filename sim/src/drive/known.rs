//! What an image says of itself, and where that release puts its files.
//!
//! Notes:
//! 1. CircuitPython has one text `Adafruit CircuitPython VERSION on DATE; BOARD with MCU` (py/makeversionhdr.py, 3.0.0 to 10.x).
//! 2. Its internal drive: 3.x 0xB2000, 256 KB; 4.x 0xAD000, 256 KB, or 0xE7000, 100 KB, when built without a SoftDevice (the linker scripts
//!    in ports/nrf/boards); from 5.0 on the 256 KB below the boot loader at 0xF4000 (mpconfigport.h, 5.0.0 to 10.x; no nRF52840 board
//!    changes the size). Seen in the sources of 3.0.0, 4.0.0-alpha.1 to 4.1.2, 5.0.0, 6.0.0, 7.0.0, 8.0.0, 9.0.0 and 10.x.
//! 3. From 4.0.0-alpha.3 on, boards with a QSPI flash chip keep the drive there, from its first byte to its last (mpconfigboard.mk,
//!    QSPI_FLASH_FILESYSTEM; supervisor/shared/external_flash).
//! 4. Up to 4.x the address is a symbol of the linker script, and so is MicroPython's: the code has it as a word in a literal pool, with
//!    one less than a page added where the code rounds up. A place whose word is not in the image is not its place: people build with layouts
//!    of their own. From 5.0 on the address is a constant of the compiler's, which need not be a word.
//! 5. MicroPython's nrf port keeps its files in the last 64 KB, or what a board says, below the boot loader's place
//!    (ports/nrf/boards/memory.ld, v1.12 to v1.28). Boards without a line here are not guessed at.

use std::ops::Range;

/// What a firmware says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Banner {
    /// Which interpreter.
    pub python: Python,
    /// As it says it, such as `4.0.0-alpha.1`.
    pub version: String,
    /// The board's name; empty when it is not there.
    pub board: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Python {
    Circuit,
    Micro,
}

impl Python {
    /// The script that is run at the start: the name that each documents, of those that it looks for.
    pub(super) const fn script(self) -> &'static str {
        match self {
            Self::Circuit => "code.py",
            Self::Micro => "main.py",
        }
    }
}

/// Where a drive is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Drive {
    /// In the chip's flash.
    Flash(Range<u32>),
    /// In a QSPI flash chip.
    Qspi,
    /// In a flash chip on plain SPI.
    Spi,
}

/// Text that is longer is not a banner.
const LONGEST: usize = 200;

impl Banner {
    /// The first banner in `bytes`.
    pub(super) fn find(bytes: &[u8]) -> Option<Self> {
        let circuit = texts(bytes, b"Adafruit CircuitPython ").find_map(|text| Self::parse(Python::Circuit, text));
        circuit.or_else(|| {
            let mut banner = texts(bytes, b"MicroPython v").find_map(|text| Self::parse(Python::Micro, text))?;
            if banner.board.is_empty() {
                banner.board = machine(bytes).unwrap_or_default();
            }
            Some(banner)
        })
    }

    /// `VERSION on DATE`, and `; BOARD with MCU` if it is there.
    fn parse(python: Python, text: &str) -> Option<Self> {
        let (version, rest) = text.split_once(" on ")?;
        let version = version.trim_start_matches('v');
        version.starts_with(|c: char| c.is_ascii_digit()).then_some(())?;
        let board = rest.split_once("; ").and_then(|(_, machine)| Some(machine.rsplit_once(" with ")?.0));
        Some(Self { python, version: version.to_owned(), board: board.unwrap_or_default().to_owned() })
    }

    /// As people call it.
    pub(super) fn name(&self) -> String {
        let python = match self.python {
            Python::Circuit => "CircuitPython",
            Python::Micro => "MicroPython",
        };
        let board = if self.board.is_empty() { String::new() } else { format!(" for `{}`", self.board) };
        format!("{python} {}{board}", self.version)
    }

    /// Major and minor version.
    fn release(&self) -> (u32, u32) {
        let mut numbers = self.version.split(['.', '-']).map(|part| part.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    }

    /// Where CircuitPython's drive is; `word` says whether the image has such a word.
    pub(super) fn circuit_drive(&self, word: &dyn Fn(u32) -> bool) -> Option<Drive> {
        let (major, _) = self.release();
        let before_qspi = ["4.0.0-alpha.1", "4.0.0-alpha.2"].iter().any(|v| self.version.starts_with(v));
        if major > 4 || (major == 4 && !before_qspi) {
            if QSPI.contains(&self.board.as_str()) {
                return Some(Drive::Qspi);
            }
            if SPI.contains(&self.board.as_str()) {
                return Some(Drive::Spi);
            }
        }
        let places = match major {
            3 => [0xB_2000..0xF_2000, 0xC_0000..0x10_0000, 0xE_7000..0x10_0000],
            4 => [0xA_D000..0xE_D000, 0xC_0000..0x10_0000, 0xE_7000..0x10_0000],
            5.. if INTERNAL.contains(&self.board.as_str()) => return Some(Drive::Flash(CIRCUIT)),
            _ => return None,
        };
        places.into_iter().find(|place| word(place.start) && word(place.end - place.start)).map(Drive::Flash)
    }

    /// Where the files of MicroPython's nrf port are; `word` as above.
    pub(super) fn micro_files(&self, word: &dyn Fn(u32) -> bool) -> Option<Range<u32>> {
        const LAST: Range<u32> = 0xF_0000..0x10_0000;
        let places = match self.board.as_str() {
            "PCA10056" | "EVK_NINA_B3" | "XENON" => [LAST, LAST],
            // With Nordic's boot loader at 0xE0000, or without.
            "PCA10059" | "MDK-USB-DONGLE" => [0xD_0000..0xE_0000, LAST],
            "XIAO nRF52840 Sense" => [0xB_4000..0xF_4000, LAST],
            _ => return None,
        };
        let has = |place: &Range<u32>| (word(place.start) || word(place.start + 0xFFF)) && word(place.end);
        places.into_iter().find(has)
    }
}

/// Where CircuitPython has its internal drive from 5.0 on.
pub(super) const CIRCUIT: Range<u32> = 0xB_4000..0xF_4000;

/// nRF52840 boards of CircuitPython with INTERNAL_FLASH_FILESYSTEM, 5.0.0 to 10.x.
const INTERNAL: [&str; 20] = [
    "Arduino Nano 33 BLE",
    "Arduino Nano 33 BLE Rev2",
    "AtelierDuMaker nRF52840 Breakout",
    "BLE-SS dev board Multi Sensor",
    "BlueMicro840",
    "Electronut Labs Blip",
    "Electronut Labs Papyr",
    "IkigaiSense Vita nRF52840",
    "MDBT50Q-DB-40",
    "MDBT50Q-RX Dongle",
    "MakerDiary nRF52840 MDK USB Dongle",
    "PCA10059 nRF52840 Dongle",
    "PillBug",
    "SSCI ISP1807 Dev Board",
    "SSCI ISP1807 Micro Board",
    "SparkFun Pro nRF52840 Mini",
    "SuperMini NRF52840",
    "Teknikio Bluebird",
    "WarmBit BluePixel nRF52840",
    "nice!nano",
];

/// Those with QSPI_FLASH_FILESYSTEM, 4.0.0 to 10.x.
const QSPI: [&str; 28] = [
    "ARAMCON Badge 2019",
    "ARAMCON2 Badge",
    "Adafruit CLUE nRF52840 Express",
    "Adafruit Circuit Playground Bluefruit",
    "Adafruit Feather Bluefruit Sense",
    "Adafruit Feather nRF52840 Express",
    "Adafruit ItsyBitsy nRF52840 Express",
    "Adafruit LED Glasses Driver nRF52840",
    "Adafruit Metro nRF52840 Express",
    "BastBLE",
    "HiiBot BlueFi",
    "MakerDiary nRF52840 MDK",
    "Makerdiary M60 Keyboard",
    "Makerdiary Pitaya Go",
    "Makerdiary nRF52840 Connect Kit",
    "Makerdiary nRF52840 M.2 Developer Kit",
    "OMNIMO nRF52840",
    "Open Hardware Summit 2020 Badge",
    "PCA10056 nRF52840-DK",
    "Particle Argon",
    "Particle Boron",
    "Particle Xenon",
    "Seeed XIAO nRF52840 Sense",
    "SparkFun MicroMod nRF52840 Processor",
    "TG-Techie's TG-Watch02A",
    "TG-Watch",
    "TinkeringTech ScoutMakes Azul",
    "WSC-1450",
];

/// Those with SPI_FLASH_FILESYSTEM.
const SPI: [&str; 2] = ["Espruino Bangle.js 2", "iLabs Challenger 840"];

/// The texts in `bytes` that begin with `start`, without it.
fn texts<'a>(bytes: &'a [u8], start: &'static [u8]) -> impl Iterator<Item = &'a str> {
    places(bytes, start).filter_map(move |at| {
        let rest = &bytes[at + start.len()..];
        let end = rest.iter().take(LONGEST).position(|&b| !(0x20..0x7F).contains(&b))?;
        std::str::from_utf8(&rest[..end]).ok()
    })
}

/// `BOARD with MCU`, where it is a text of its own.
fn machine(bytes: &[u8]) -> Option<String> {
    let end = places(bytes, b" with NRF52840").next()?;
    let before = &bytes[end.saturating_sub(LONGEST)..end];
    let odd = |&b: &u8| !(0x20..0x7F).contains(&b) || b == b';';
    let start = before.iter().rev().position(odd).unwrap_or(before.len());
    let board = std::str::from_utf8(&bytes[end - start..end]).ok()?.trim();
    (!board.is_empty()).then(|| board.to_owned())
}

pub(super) fn places<'a>(bytes: &'a [u8], what: &'static [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = what[0];
    (0..bytes.len()).filter(move |&at| bytes[at] == first && bytes[at..].starts_with(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circuit(version: &str, board: &str) -> Banner {
        let text = format!("\0junk\0Adafruit CircuitPython {version} on 2019-01-01; {board} with nRF52840\0\0");
        let banner = Banner::find(text.as_bytes()).unwrap();
        assert_eq!((banner.python, banner.board.as_str()), (Python::Circuit, board));
        banner
    }

    #[test]
    fn circuitpythons_drive_moves_with_its_releases() {
        let dongle = "PCA10059 nRF52840 Dongle";
        let feather = "Adafruit Feather nRF52840 Express";
        let high = [0xE_7000, 0x1_9000];
        for (version, board, words, drive) in [
            ("3.1.2", "Bluefruit nRF52840 Feather", [0xB_2000, 0x4_0000], Some(Drive::Flash(0xB_2000..0xF_2000))),
            ("4.0.0-alpha.1", "PCA10056 nRF52840-DK", [0xA_D000, 0x4_0000], Some(Drive::Flash(0xA_D000..0xE_D000))),
            ("4.0.0-alpha.1-23-gabc-dirty", feather, high, Some(Drive::Flash(0xE_7000..0x10_0000))),
            ("4.0.0-alpha.1", feather, [0xA_D000, 0x1_9000], None),
            ("4.0.0-alpha.3", "PCA10056 nRF52840-DK", high, Some(Drive::Qspi)),
            ("4.1.2", dongle, [0xA_D000, 0x4_0000], Some(Drive::Flash(0xA_D000..0xE_D000))),
            ("5.0.0", dongle, [0, 0], Some(Drive::Flash(0xB_4000..0xF_4000))),
            ("10.1.0", dongle, [0, 0], Some(Drive::Flash(0xB_4000..0xF_4000))),
            ("9.0.0", "ARAMCON Badge 2019", [0, 0], Some(Drive::Qspi)),
            ("9.0.0", "iLabs Challenger 840", [0, 0], Some(Drive::Spi)),
            ("9.0.0", "A board of my own", [0, 0], None),
        ] {
            assert_eq!(
                circuit(version, board).circuit_drive(&|word| words.contains(&word)),
                drive,
                "{version} {board}"
            );
        }
    }

    #[test]
    fn micropython_says_its_board_in_the_same_text_or_in_another() {
        for text in [
            "MicroPython v1.27.0 on 2025-12-09; PCA10059 with NRF52840\0",
            "PCA10059 with NRF52840\0MicroPython v1.20.0 on 2023-04-26\0",
            "MicroPython v1.27.0 on 2025-12-09\0; PCA10059 with NRF52840\r\n\0",
        ] {
            let banner = Banner::find(text.as_bytes()).unwrap();
            assert_eq!((banner.python, banner.board.as_str()), (Python::Micro, "PCA10059"), "{text}");
            let at = |words: [u32; 2]| banner.micro_files(&|word| words.contains(&word));
            assert_eq!(at([0xD_0FFF, 0xE_0000]), Some(0xD_0000..0xE_0000));
            assert_eq!(at([0xF_0000, 0x10_0000]), Some(0xF_0000..0x10_0000));
            assert_eq!(at([0xF_0000, 0xE_0000]), None);
        }
    }

    #[test]
    fn what_is_no_banner_is_passed_over() {
        let text = "Adafruit CircuitPython rocks\0Adafruit CircuitPython is on air\0Adafruit CircuitPython 7.0.0 on x; y with z";
        assert_eq!(Banner::find(text.as_bytes()), None, "the last text has no end");
        assert_eq!(Banner::find(b"MicroPython v"), None);
    }

    #[test]
    fn no_board_is_in_two_lists() {
        assert!(INTERNAL.iter().all(|board| !QSPI.contains(board) && !SPI.contains(board)));
        assert!(QSPI.iter().all(|board| !SPI.contains(board)));
    }
}
