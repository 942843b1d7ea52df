//! `badgebench explain`: what a diagnostic, a register or a word of the report means.

use crate::reference::names::{find, list};
use anyhow::{Result, bail};
use std::io::{self, Write};

/// What a diagnostic means, with an example.
///
/// What it means, why, how to mend it, and the smallest firmware that shows it. Also a register, an exit status, a verdict. Without
/// a name it lists them.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// A diagnostic, a register, or a word of a report: sdi-overrun, TIMER0.CC, choppy, 74.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// Prints to stdout.
///
/// # Errors
/// When nothing has that name, or stdout cannot be written.
pub fn run(args: &ExplainArgs) -> Result<()> {
    let text = match &args.name {
        None => list(),
        Some(name) => match find(name) {
            Ok(known) => known.text(),
            Err(error) => bail!("{error}\n  help: `badgebench explain` lists the names"),
        },
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_has_the_nearest_beside_it() {
        let error = run(&ExplainArgs { name: Some("lokup".into()) }).unwrap_err().to_string();
        assert!(error.contains("did you mean `lockup`?") && error.contains("help:"), "{error}");
    }
}
