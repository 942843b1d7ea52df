//! `badgebench regs`: registers, and how far each is modelled.

use crate::reference::blocks;
use crate::reference::names::{Known, block_line, register};
use anyhow::{Result, bail};
use std::io::{self, Write};

/// Registers, and how far each is modelled.
///
/// Lists the blocks of the chip and the VS1053, one's registers, or says what a register is.
#[derive(Debug, clap::Args)]
pub struct RegsArgs {
    /// A block, a register or an address.
    #[arg(
        value_name = "BLOCK[.REGISTER]",
        help = "A block, a register or an address: TIMER0, TIMER0.CC[2], VS1053.MODE, 0x40008540"
    )]
    pub name: Option<String>,
}

/// Prints to stdout.
///
/// # Errors
/// When nothing has that name, or stdout cannot be written.
pub fn run(args: &RegsArgs) -> Result<()> {
    let text = match &args.name {
        None => blocks::all().iter().map(|block| block_line(block) + "\n").collect(),
        Some(name) => of(name)?.text(),
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn of(name: &str) -> Result<Known> {
    match register(name) {
        Ok(known) => Ok(known),
        Err(near) => {
            let near = near.map_or(String::new(), |near| format!(", did you mean `{near}`?"));
            bail!("no block or register is called `{name}`{near}\n  help: `badgebench regs` lists the blocks")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_has_a_line() {
        let lines: Vec<String> = blocks::all().iter().map(block_line).collect();
        for words in
            ["TIMER0       0x40008000, interrupt 8", "named only: nothing is sent or received", "VS1053       by SCI"]
        {
            assert!(lines.iter().any(|line| line.contains(words)), "{words}: {lines:#?}");
        }
    }

    #[test]
    fn an_unknown_register_has_the_nearest_beside_it() {
        let error = of("TIMER0.BITMOD").unwrap_err().to_string();
        assert!(error.contains("did you mean `TIMER0.BITMODE`?"), "{error}");
        assert!(of("nothing-at-all").unwrap_err().to_string().contains("help:"));
    }
}
