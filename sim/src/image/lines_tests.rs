//! Debug information made with gimli's writer, whole and broken.

use super::lines::Lines;
use super::testing::{ElfFile, Section, symbol_sections, text_section};
use gimli::write::{Address, AttributeValue, DwarfUnit, EndianVec, Expression, LineProgram, LineString, Sections};
use gimli::{Encoding, Format, LineEncoding, LittleEndian};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// `vs1053_feed` at 0x100 to 0x120 in audio.c; `sendByte` (line 7) is inlined at 0x108 to 0x110, called in line 118.
fn dwarf() -> BTreeMap<&'static str, Vec<u8>> {
    let encoding = Encoding { format: Format::Dwarf32, version: 4, address_size: 4 };
    let mut unit = DwarfUnit::new(encoding);
    let dir = LineString::String(b"/src/badge".to_vec());
    let name = LineString::String(b"audio.c".to_vec());
    let mut lines = LineProgram::new(
        encoding,
        LineEncoding { minimum_instruction_length: 2, ..LineEncoding::default() },
        dir,
        None,
        name.clone(),
        None,
    );
    let file = lines.add_file(name, lines.default_directory(), None);
    lines.begin_sequence(Some(Address::Constant(0x100)));
    for (offset, line) in [(0, 117), (8, 7), (16, 119)] {
        lines.row().address_offset = offset;
        lines.row().file = file;
        lines.row().line = line;
        lines.generate_row();
    }
    lines.end_sequence(32);
    unit.unit.line_program = lines;

    let text = |text: &str| AttributeValue::String(text.as_bytes().to_vec());
    let range = |low: u64, high: u64| {
        [
            (gimli::DW_AT_low_pc, AttributeValue::Address(Address::Constant(low))),
            (gimli::DW_AT_high_pc, AttributeValue::Udata(high - low)),
        ]
    };
    let root = unit.unit.root();
    let mut set = |at, attributes: Vec<(gimli::DwAt, AttributeValue)>| {
        for (name, value) in attributes {
            unit.unit.get_mut(at).set(name, value);
        }
    };
    set(root, [(gimli::DW_AT_name, text("audio.c")), (gimli::DW_AT_comp_dir, text("/src/badge"))].into());
    set(root, range(0x100, 0x120).into());
    let inlined_from = unit.unit.add(root, gimli::DW_TAG_subprogram);
    unit.unit.get_mut(inlined_from).set(gimli::DW_AT_name, text("sendByte"));
    let feed = unit.unit.add(root, gimli::DW_TAG_subprogram);
    unit.unit.get_mut(feed).set(gimli::DW_AT_name, text("vs1053_feed"));
    for (name, value) in range(0x100, 0x120) {
        unit.unit.get_mut(feed).set(name, value);
    }
    let inlined = unit.unit.add(feed, gimli::DW_TAG_inlined_subroutine);
    let die = unit.unit.get_mut(inlined);
    die.set(gimli::DW_AT_abstract_origin, AttributeValue::UnitRef(inlined_from));
    die.set(gimli::DW_AT_call_file, AttributeValue::FileIndex(Some(file)));
    die.set(gimli::DW_AT_call_line, AttributeValue::Udata(118));
    for (name, value) in range(0x108, 0x110) {
        die.set(name, value);
    }
    for (name, address, line) in [("MESSAGE", 7, 42), ("other", 8, 43), ("MESSAGE", 9, 44)] {
        let variable = unit.unit.add(root, gimli::DW_TAG_variable);
        let mut place = Expression::new();
        place.op_addr(Address::Constant(address));
        let die = unit.unit.get_mut(variable);
        // One of them by reference, as compilers do it.
        let name = if line == 42 { text(name) } else { AttributeValue::StringRef(unit.strings.add(name)) };
        die.set(gimli::DW_AT_name, name);
        die.set(gimli::DW_AT_decl_file, AttributeValue::FileIndex(Some(file)));
        die.set(gimli::DW_AT_decl_line, AttributeValue::Udata(line));
        die.set(gimli::DW_AT_location, AttributeValue::Exprloc(place));
    }
    let mut sections = Sections::new(EndianVec::new(LittleEndian));
    unit.write(&mut sections).expect("the debug information is complete");
    let mut found = BTreeMap::new();
    sections
        .for_each(|id, data| {
            found.insert(id.name(), data.slice().to_vec());
            Ok::<(), gimli::Error>(())
        })
        .expect("nothing fails");
    found
}

fn lines(dwarf: &BTreeMap<&'static str, Vec<u8>>) -> Lines {
    Lines::new(|name| dwarf.get(name).map(Vec::as_slice).unwrap_or_default())
}

#[test]
fn an_address_has_a_source_line_and_its_inlined_functions() {
    let mut elf = ElfFile { sections: vec![text_section(0, vec![0; 512])], ..ElfFile::default() };
    elf.sections.extend(symbol_sections(2, &[("vs1053_feed", 0x101, 32, 2, 1)]));
    for (name, data) in dwarf() {
        elf.sections.push(Section { name, kind: 1, flags: 0, addr: 0, link: 0, data });
    }
    let symbols = elf.parse().unwrap().symbols;
    assert!(symbols.has_lines());
    let place = symbols.locate(0x10A).unwrap();
    assert_eq!((place.function.as_str(), place.offset), ("vs1053_feed", 10));
    assert_eq!(place.to_string(), "vs1053_feed (/src/badge/audio.c:7)");
    let frames: Vec<_> = place.frames.iter().map(|f| (f.function.as_deref(), f.line)).collect();
    assert_eq!(frames, [(Some("sendByte"), Some(7)), (Some("vs1053_feed"), Some(118))]);
    assert_eq!(symbols.locate(0x102).unwrap().source().as_deref(), Some("/src/badge/audio.c:117"));
    assert_eq!(symbols.locate(0x112).unwrap().line, Some(119));
    assert_eq!(symbols.locate(0x200), None);
}

#[test]
fn variables_stand_where_they_were_declared() {
    let found = lines(&dwarf()).declared("MESSAGE");
    let found: Vec<_> = found.iter().map(|(address, place)| (*address, place.as_str())).collect();
    assert_eq!(found, [(7, "audio.c:42"), (9, "audio.c:44")]);
    assert_eq!(lines(&dwarf()).declared("nothing"), BTreeMap::new());
}

#[test]
fn debug_information_beyond_the_limit_is_left_alone() {
    let mut large = dwarf();
    large.insert(".debug_line", vec![0; 9 << 20]);
    let lines = lines(&large);
    assert!(!lines.present() && lines.frames(0x100).is_empty());
}

/// A chain of 60,000 units that all name an abbreviation table of 1 MB would take hours without a purse.
#[test]
fn work_on_hostile_debug_information_ends() {
    let (mut abbrev, mut entries) = (Vec::new(), Vec::new());
    for code in 1..200_000u32 {
        entries.push(abbrev.len() as u32);
        let mut rest = code;
        while rest >= 0x80 {
            abbrev.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        abbrev.extend([rest as u8, 0x11, 0, 0, 0]);
    }
    abbrev.push(0);
    let mut info = Vec::new();
    for entry in &entries[..60_000] {
        // Length, version 4, a start of its own in the abbreviations, address size 4, one DIE.
        info.extend(8u32.to_le_bytes());
        info.extend([4, 0]);
        info.extend(entry.to_le_bytes());
        info.extend([4, 1]);
    }
    let hostile = BTreeMap::from([(".debug_abbrev", abbrev), (".debug_info", info), (".debug_line", vec![0; 16])]);
    let began = Instant::now();
    assert!(lines(&hostile).frames(0x100).is_empty());
    assert!(lines(&hostile).declared("MESSAGE").is_empty());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

proptest! {
    #[test]
    fn broken_debug_information_is_survived(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut broken = dwarf();
        let names: Vec<&'static str> = broken.iter().filter(|(_, data)| !data.is_empty()).map(|(name, _)| *name).collect();
        for (section, at, value) in changes {
            let data = broken.get_mut(names[section.index(names.len())]).unwrap();
            let at = at.index(data.len());
            data[at] = value;
        }
        let lines = lines(&broken);
        for pc in (0xF0..0x130).step_by(2).chain([0, u32::MAX]) {
            prop_assert!(lines.frames(pc).len() <= 64);
        }
        prop_assert!(lines.declared("MESSAGE").len() <= 3);
    }
}
