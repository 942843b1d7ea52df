//! `badgebench boards`: the built-in boards, and one of them as a file to start from.

use crate::boards::{self, Board};
use anyhow::{Result, bail};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Lists the built-in boards, or prints one as a TOML file to start from.
#[derive(Debug, clap::Args)]
pub struct BoardsArgs {
    /// Print this board as a TOML file.
    #[arg(long, value_name = "NAME")]
    pub show: Option<String>,
}

/// Prints to stdout.
///
/// # Errors
/// When there is no board of that name, or stdout cannot be written.
pub fn run(args: &BoardsArgs) -> Result<()> {
    let text = match &args.show {
        None => list()?,
        Some(name) => match boards::built_in(name) {
            Some(toml) => toml.to_owned(),
            None => {
                let known: Vec<&str> = boards::built_in_names().collect();
                bail!("there is no built-in board `{name}`\n  help: the built-in boards are {}", known.join(", "))
            }
        },
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// A line for each board: name, what it is, its chips.
fn list() -> Result<String> {
    let mut text = String::new();
    for name in boards::built_in_names() {
        let board = Board::load::<&str>(name, &[])?;
        let default = if name == boards::DEFAULT { " (default)" } else { "" };
        writeln!(text, "{name:<9} {}{default}", board.description)?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_board_has_a_line_and_the_default_is_marked() {
        let text = list().unwrap();
        let names: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(names, ["dongle", "dk", "aramcon", "bare"]);
        assert!(text.lines().next().unwrap().ends_with("(default)"));
    }

    #[test]
    fn an_unknown_board_names_the_known_ones() {
        let error = run(&BoardsArgs { show: Some("dongel".into()) }).unwrap_err().to_string();
        assert!(error.contains("`dongel`") && error.contains("dongle, dk, aramcon, bare"), "{error}");
    }
}
