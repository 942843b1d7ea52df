//! What is told to GDB about the target: its registers and its memory, in XML.

use super::registers::WORDS;
use crate::engine::core::{FLASH_SIZE, RAM_ALIAS, RAM_BASE, RAM_SIZE};
use std::fmt::Write as _;

/// Registers, by GDB's standard features (GDB manual, G.5.4 "ARM Features").
pub(super) fn registers() -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target version=\"1.0\">\n\
         <architecture>arm</architecture>\n<feature name=\"org.gnu.gdb.arm.m-profile\">\n",
    );
    for (number, name) in WORDS.iter().enumerate() {
        if *name == "msp" {
            xml.push_str("</feature>\n<feature name=\"org.gnu.gdb.arm.m-system\">\n");
        }
        let kind = match *name {
            "sp" | "msp" | "psp" => "data_ptr",
            "pc" => "code_ptr",
            _ => "int",
        };
        let group = if number > 16 { " group=\"system\"" } else { "" };
        let _ = writeln!(xml, "<reg name=\"{name}\" bitsize=\"32\" regnum=\"{number}\" type=\"{kind}\"{group}/>");
    }
    xml.push_str("</feature>\n<feature name=\"org.gnu.gdb.arm.vfp\">\n");
    for d in 0..16 {
        let number = WORDS.len() + d;
        let _ = writeln!(xml, "<reg name=\"d{d}\" bitsize=\"64\" regnum=\"{number}\" type=\"ieee_double\"/>");
    }
    let number = WORDS.len() + 16;
    let _ = writeln!(xml, "<reg name=\"fpscr\" bitsize=\"32\" regnum=\"{number}\" type=\"int\" group=\"float\"/>");
    xml.push_str("</feature>\n</target>\n");
    xml
}

/// Memory: what GDB may read and write, and what it erases before it writes.
pub(super) fn memory() -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE memory-map PUBLIC \"+//IDN gnu.org//DTD GDB Memory Map V1.0//EN\" \
         \"http://sourceware.org/gdb/gdb-memory-map.dtd\">\n<memory-map>\n",
    );
    let _ = writeln!(
        xml,
        "<memory type=\"flash\" start=\"0x0\" length=\"0x{FLASH_SIZE:x}\"><property name=\"blocksize\">0x1000</property></memory>"
    );
    for (start, length) in [
        (RAM_ALIAS, RAM_SIZE),
        // FICR, UICR, and flash chips on QSPI.
        (0x1000_0000, 0x1000_0000),
        (RAM_BASE, RAM_SIZE),
        // Peripherals of the SoC, and the core's own.
        (0x4000_0000, 0x2000_0000),
        (0xE000_0000, 0x0010_0000),
        (0xF000_0000, 0x0000_1000),
    ] {
        let _ = writeln!(xml, "<memory type=\"ram\" start=\"0x{start:x}\" length=\"0x{length:x}\"/>");
    }
    xml.push_str("</memory-map>\n");
    xml
}

/// The part of `text` from `offset` on that fits into `buffer`, and its length.
pub(super) fn part(text: &str, offset: u64, length: usize, buffer: &mut [u8]) -> usize {
    let rest = text.as_bytes().get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
    let count = rest.len().min(length).min(buffer.len());
    buffer[..count].copy_from_slice(&rest[..count]);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_numbered_one_after_the_other() {
        let xml = registers();
        let numbers: Vec<usize> =
            xml.split("regnum=\"").skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect();
        assert_eq!(numbers, (0..40).collect::<Vec<_>>());
        for feature in ["m-profile", "m-system", "vfp"] {
            assert_eq!(xml.matches(&format!("\"org.gnu.gdb.arm.{feature}\"")).count(), 1);
        }
    }

    #[test]
    fn a_text_is_handed_out_in_parts() {
        let (text, mut got, mut at) = (memory(), Vec::new(), 0);
        loop {
            let mut buffer = [0; 100];
            let count = part(&text, at, 99, &mut buffer);
            if count == 0 {
                break;
            }
            got.extend_from_slice(&buffer[..count]);
            at += count as u64;
        }
        assert_eq!(String::from_utf8(got).unwrap(), text);
        assert_eq!(part(&text, u64::MAX, 9, &mut [0; 9]), 0);
    }
}
