//! Documents that are made of the reference: `BLESS=1 cargo test -p badgebench --lib reference::documents` writes them.

use super::blocks::{self, Place};
use super::modelled::{Extent, Trial};
use super::names::diagnostic_body;
use super::topics::TOPICS;
use crate::report::all_lints;
use std::fmt::Write as _;
use std::path::Path;

fn hold(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).expect("the document can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{} is out of date: BLESS=1 cargo test -p badgebench --lib reference::documents",
        path.display()
    );
}

#[test]
fn the_diagnostics_are_those_of_the_sources() {
    let mut text = String::from(
        "# Diagnostics\n\nMade from the rules, their pages and examples by `sim/src/reference/documents.rs`; don't edit it. \
         `badgebench explain NAME` says the same.\n",
    );
    for lint in all_lints() {
        let body = diagnostic_body(lint).replace("\n## ", "\n### ");
        let _ = write!(text, "\n## {}\n\n{body}", lint.name);
    }
    text.push_str("\n# Words of a report\n\n| word | | meaning |\n|---|---|---|\n");
    for topic in TOPICS {
        let _ = writeln!(text, "| `{}` | {} | {} |", topic.name, topic.kind, topic.meaning);
    }
    hold("sim/docs/DIAGNOSTICS.md", &text);
}

/// Registers of which using some is a gap; all others are modelled.
#[test]
fn the_registers_are_those_of_the_models() {
    let mut text = String::from(
        "# Registers that are not modelled, or not whole\n\nMade by `sim/src/reference/documents.rs`, which has used each register of the \
         models; don't edit it. `badgebench regs BLOCK` shows all registers of a block. What a model does with the others, \
         [FIDELITY.md](FIDELITY.md) says.\n\n| block | registers | using one is a gap | some values are a gap |\n|---|---|---|---|\n",
    );
    let trial = Trial::default();
    let mut seen = Vec::new();
    for block in blocks::all().iter().filter(|block| block.place != Place::Sci) {
        let registers = block.registers.registers;
        let of = |wanted: Extent| {
            let list = registers.iter().filter(|r| trial.extent(block, r) == wanted).map(|r| r.name);
            let list: Vec<_> = list.collect();
            if list.len() == registers.len() { "all".to_owned() } else { list.join(", ") }
        };
        let (gap, partly) = (of(Extent::Gap), of(Extent::Partly));
        let _ = writeln!(text, "| {} | {} | {gap} | {partly} |", block.name, registers.len());
        seen.push(block.name);
    }
    assert!(seen.len() > 60, "{seen:?}");
    hold("peripherals/docs/REGISTERS.md", &text);
}
