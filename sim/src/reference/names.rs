//! What a name means: a diagnostic, a register, a block, or a word of the report.

use super::blocks::{self, Block};
use super::examples::{Example, example};
use super::ledger;
use super::modelled::Trial;
use super::pages;
use super::topics::{TOPICS, Topic};
use crate::report::{all_lints, suggest};
use peripherals::kernel::{Access, Lint, Register};
use std::fmt::Write as _;

/// Something that has a name.
#[derive(Clone, Copy, Debug)]
pub enum Known {
    /// A diagnostic.
    Diagnostic(&'static Lint),
    /// A word of the report.
    Topic(Topic),
    /// A block.
    Block(Block),
    /// One of its registers.
    Register(Block, &'static Register, Option<u16>),
}

/// What `name` means. Whatever is a diagnostic is that first.
///
/// # Errors
/// When it means nothing; with the nearest name.
pub fn find(name: &str) -> Result<Known, String> {
    if let Some(lint) = all_lints().into_iter().find(|lint| lint.name.eq_ignore_ascii_case(name)) {
        return Ok(Known::Diagnostic(lint));
    }
    if let Some(topic) = TOPICS.iter().find(|topic| topic.name.eq_ignore_ascii_case(name)) {
        return Ok(Known::Topic(*topic));
    }
    register(name).map_err(|hint| {
        if hint.is_some() && name.contains('.') {
            return unknown(name, hint);
        }
        let lints = all_lints();
        let blocks = blocks::all();
        let known = lints.iter().map(|lint| lint.name).chain(TOPICS.iter().map(|topic| topic.name));
        let near = suggest::closest(name, known.chain(blocks.iter().map(|block| block.name)));
        unknown(name, near.map(str::to_owned))
    })
}

fn unknown(name: &str, near: Option<String>) -> String {
    let near = near.map_or(String::new(), |near| format!(", did you mean `{near}`?"));
    format!("nothing is called `{name}`{near}")
}

/// The block or register called `name`: `TIMER0`, `TIMER0.CC`, `TIMER0.CC[2]`, `VS1053.MODE`, `MODE`, or an address.
///
/// # Errors
/// When there is none; with the nearest name, if one is near.
pub fn register(name: &str) -> Result<Known, Option<String>> {
    if let Some(number) = name.strip_prefix("0x").or_else(|| name.strip_prefix("0X")) {
        let address = u32::from_str_radix(&number.replace('_', ""), 16).map_err(|_| None)?;
        let found = blocks::at(address & !3);
        let modelled = found.iter().find(|(block, ..)| block.without.is_empty()).or(found.first());
        return modelled.map(|&(block, register, index)| Known::Register(block, register, Some(index))).ok_or(None);
    }
    let all = blocks::all();
    match name.split_once('.') {
        None => match blocks::find(name) {
            Some(block) => Ok(Known::Block(block)),
            None => {
                let sci = all.last().copied().ok_or(None)?;
                let stem = name.strip_prefix("SCI_").unwrap_or(name);
                let found = sci.register(stem).map(|(register, index)| Known::Register(sci, register, index));
                found.ok_or_else(|| suggest::closest(name, all.iter().map(|block| block.name)).map(str::to_owned))
            }
        },
        Some((block, register)) => {
            let Some(found) = blocks::find(block) else {
                return Err(
                    suggest::closest(block, all.iter().map(|b| b.name)).map(|near| format!("{near}.{register}"))
                );
            };
            found.register(register).map(|(r, index)| Known::Register(found, r, index)).ok_or_else(|| {
                let stem = register.split('[').next().unwrap_or_default();
                let near = suggest::closest(stem, found.registers.registers.iter().map(|r| r.name));
                near.map(|near| format!("{}.{near}", found.name))
            })
        }
    }
}

impl Known {
    /// All there is to say, for people.
    pub fn text(&self) -> String {
        match self {
            Self::Diagnostic(lint) => diagnostic(lint),
            Self::Topic(topic) => format!("{} ({})\n\n{}\n", topic.name, topic.kind, topic.meaning),
            Self::Block(block) => block_text(block),
            Self::Register(block, register, index) => register_text(block, register, *index),
        }
    }
}

/// The page of a diagnostic, as Markdown without a head line.
pub(super) fn diagnostic_body(lint: &Lint) -> String {
    let mut text =
        format!("{}, {} by default: {}.\n\nWhy: {}.\n", lint.kind.word(), lint.level.word(), lint.message, lint.why);
    if !lint.help.is_empty() {
        let _ = write!(text, "\nHelp: {}.\n", lint.help);
    }
    if let Some(page) = pages::page(lint.name) {
        let _ = write!(text, "\n{}\n", page.trim_end());
    }
    match example(lint.name) {
        Some(it @ Example::Fixture(..)) => {
            let _ = write!(text, "\nTo see it: {}.\n", it.markdown());
        }
        Some(it) => {
            let _ = write!(text, "\nSmallest example:\n\n{}\n", it.markdown());
        }
        None => {}
    }
    text
}

fn diagnostic(lint: &Lint) -> String {
    let name = lint.name;
    format!("{name}\n\n{}\n--deny {name} makes it fatal, --allow {name} makes it quiet\n", diagnostic_body(lint))
}

/// One line about a block.
pub fn block_line(block: &Block) -> String {
    format!("{:<12} {:<28} {}", block.name, block.whereabouts(), extent_of(block))
}

fn extent_of(block: &Block) -> String {
    if !block.without.is_empty() {
        return format!("named only: {}", block.without);
    }
    let sci = block.place == blocks::Place::Sci;
    let entry = if sci { ledger::entry("SCI, all sixteen registers") } else { ledger::entry(block.name) };
    entry.map_or(String::new(), |entry| entry.mark.words().to_owned())
}

fn access(access: Access) -> &'static str {
    match access {
        Access::R => "R",
        Access::W => "W",
        Access::RW => "RW",
    }
}

fn block_text(block: &Block) -> String {
    let trial = Trial::default();
    let mut text =
        format!("{}: {}; {}\n{}\n\n", block.name, block.whereabouts(), extent_of(block), block.registers.source);
    let _ = writeln!(text, "offset  access  reset       modelled  register");
    for register in block.registers.registers {
        let count = if register.count > 1 { format!("[{}]", register.count) } else { String::new() };
        let _ = writeln!(
            text,
            "0x{:03x}   {:<6}  0x{:08x}  {:<8}  {}{count}",
            register.offset,
            access(register.access),
            register.reset,
            trial.extent(block, register).word(),
            register.name
        );
    }
    let sci = block.place == blocks::Place::Sci;
    let entry = if sci { ledger::entry("SCI, all sixteen registers") } else { ledger::entry(block.name) };
    if let Some(file) = entry.and_then(|entry| entry.file) {
        let notes = ledger::notes(file);
        if !notes.is_empty() {
            let _ = write!(text, "\nLimits, approximations, guesses (peripherals/{file}):\n{}\n", notes.join("\n"));
        }
    }
    text
}

fn register_text(block: &Block, register: &'static Register, index: Option<u16>) -> String {
    let name = match index {
        Some(index) if register.count > 1 => format!("{}[{index}]", register.name),
        _ if register.count > 1 => format!("{}[0..{}]", register.name, register.count),
        _ => register.name.to_owned(),
    };
    let address = block.address(register, index.unwrap_or(0));
    let place = match block.place {
        blocks::Place::Sci => format!("SCI address 0x{address:x}"),
        _ => format!("0x{address:08x}, offset 0x{:03x}", register.offset + index.unwrap_or(0) * register.stride),
    };
    let extent = Trial::default().extent(block, register).word();
    let mut text = format!(
        "{}.{name}: {place}\naccess {}, reset 0x{:08x}, modelled: {extent}\n{}\n",
        block.name,
        access(register.access),
        register.reset,
        block.registers.source
    );
    let fields = block.fields(register);
    if !fields.is_empty() {
        text.push('\n');
    }
    for field in fields {
        let bits = if field.bits.0 == field.bits.1 {
            field.bits.0.to_string()
        } else {
            format!("{}:{}", field.bits.0, field.bits.1)
        };
        let _ = writeln!(text, "{bits:>6}  {:<18}{}", field.name, field.meaning);
    }
    let _ = write!(text, "\nThe block {0}: {1}; `badgebench regs {0}` has its limits\n", block.name, extent_of(block));
    text
}

/// Every name that can be explained, by what it is.
pub fn list() -> String {
    let mut text = String::from("Diagnostics:\n");
    for lint in all_lints() {
        let _ = writeln!(text, "  {:<28} {:<5} {:<5} {}", lint.name, lint.kind.word(), lint.level.word(), lint.message);
    }
    text.push_str("\nWords of a report:\n");
    for topic in TOPICS {
        let _ = writeln!(text, "  {:<28} {}", topic.name, topic.kind);
    }
    text.push_str("\nRegisters, such as TIMER0.CC[2], VS1053.MODE or 0x40008540: `badgebench regs` lists them\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_kind_are_explained() {
        let text = |name| find(name).unwrap_or_else(|e| panic!("{e}")).text();
        for (name, words) in [
            ("sdi-overrun", &["fault, deny by default", "## Cure", "player-no-dreq.elf"][..]),
            ("not-modelled", &["gap, warn by default", "NRF_RADIO->TASKS_TXEN"]),
            ("parked", &["reason for the end"]),
            ("74", &["exit status"]),
            ("TIMER0", &["0x40008000, interrupt 8", "TASKS_START", "1. "]),
            ("timer0.cc[1]", &["TIMER0.CC[1]: 0x40008544, offset 0x544", "modelled: yes"]),
            ("VS1053.MODE", &["SCI address 0x0", "SM_SDINEW"]),
            ("SCI_VOL", &["SCI address 0xb", "left"]),
            ("0x5000050c", &["GPIO.OUTCLR"]),
            ("RADIO.FREQUENCY", &["modelled: no", "nothing is sent or received"]),
        ] {
            let text = text(name);
            assert!(words.iter().all(|word| text.contains(word)), "{name}: {text}");
        }
    }

    #[test]
    fn a_slip_is_corrected() {
        for (name, near) in [
            ("sdi-overun", "`sdi-overrun`"),
            ("TIMER9", "`TIMER"),
            ("TIMER0.TASKS_STRAT", "`TIMER0.TASKS_START`"),
            ("TMIER0.CC", "`TIMER0.CC`"),
            ("parkde", "`parked`"),
        ] {
            let error = find(name).unwrap_err();
            assert!(error.contains(near), "{error}");
        }
        for name in ["zzzz", "0x30000000", "0xq", "TIMER0.CC[9]"] {
            assert!(find(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_list_has_every_name() {
        let text = list();
        assert!(all_lints().iter().all(|lint| text.contains(lint.name)));
        assert!(TOPICS.iter().all(|topic| text.contains(topic.name)));
    }
}
