//! Where variables are declared, from DWARF: a log of defmt is a variable whose address is its number.
//!
//! The same budget as in [`super::lines`] bounds the work; what was found before an error counts.

use super::names;
use super::paid::Paid;
use gimli::{AttributeValue, Dwarf, Operation, Reader, Result as GimliResult, Unit};
use std::collections::BTreeMap;

/// Places that are kept.
const MOST: usize = 1 << 16;

/// The places of all variables that are called `name`, as `src/main.rs:18`, by their addresses.
pub(super) fn declared(dwarf: &Dwarf<Paid>, name: &str) -> BTreeMap<u32, String> {
    let mut found = BTreeMap::new();
    // An error is the end of what can be read.
    let _ = all(dwarf, name.as_bytes(), &mut found);
    found
}

fn all(dwarf: &Dwarf<Paid>, name: &[u8], found: &mut BTreeMap<u32, String>) -> GimliResult<()> {
    // Names by where they stand in .debug_str: each is read once.
    let mut known = BTreeMap::new();
    let mut headers = dwarf.units();
    while let Some(header) = headers.next()? {
        let unit = dwarf.unit(header)?;
        let mut entries = unit.entries();
        while let (Some(entry), true) = (entries.next_dfs()?, found.len() < MOST) {
            if entry.tag() != gimli::DW_TAG_variable {
                continue;
            }
            let Some(AttributeValue::Exprloc(place)) = entry.attr_value(gimli::DW_AT_location) else { continue };
            let is_it = match entry.attr_value(gimli::DW_AT_name) {
                Some(AttributeValue::DebugStrRef(at)) => match known.get(&at.0) {
                    Some(&is_it) => is_it,
                    None => *known.entry(at.0).or_insert(dwarf.string(at)?.to_slice()? == name),
                },
                Some(text) => dwarf.attr_string(&unit, text)?.to_slice()? == name,
                None => false,
            };
            let file = entry.attr_value(gimli::DW_AT_decl_file).and_then(|value| match value {
                AttributeValue::FileIndex(file) => Some(file),
                other => other.udata_value(),
            });
            let line = entry.attr_value(gimli::DW_AT_decl_line).and_then(|value| value.udata_value());
            let (true, Some(file), Some(line)) = (is_it, file, line) else { continue };
            let Some(Operation::Address { address }) = place.operations(unit.encoding()).next()? else { continue };
            if let (Ok(address), Some(path)) = (u32::try_from(address), path(dwarf, &unit, file)?) {
                found.insert(address, format!("{}:{line}", names::clean(&path)));
            }
        }
    }
    Ok(())
}

/// A file of `unit` as its line program has it; below the directory of the compilation it stays relative.
fn path(dwarf: &Dwarf<Paid>, unit: &Unit<Paid>, file: u64) -> GimliResult<Option<String>> {
    let Some(program) = &unit.line_program else { return Ok(None) };
    let Some(file) = program.header().file(file) else { return Ok(None) };
    let mut path = String::new();
    if file.directory_index() != 0
        && let Some(directory) = file.directory(program.header())
    {
        path.push_str(&dwarf.attr_string(unit, directory)?.to_string_lossy()?);
        path.push('/');
    }
    path.push_str(&dwarf.attr_string(unit, file.path_name())?.to_string_lossy()?);
    Ok(Some(path))
}
