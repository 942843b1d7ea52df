//! The options of `sim` about the firmware's code: where cycles go, which lines run, each instruction.

use super::values::{ValueError, time};
use clap::builder::{PathBufValueParser, TypedValueParser};
use peripherals::kernel::Span;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// How long instructions are traced unless the option says.
const TRACED: Span = Span::from_ms(1);

/// As they are typed, which is how they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct SourceArgs {
    /// Write where the cycles went by call stack, interrupts and waiting apart: folded stacks for other tools, or a page with a flame graph
    /// (may be repeated)
    #[arg(long = "profile", value_name = "FILE.folded|FILE.html", value_parser = PathBufValueParser::new().try_map(profile))]
    pub profiles: Vec<PathBuf>,

    /// Write which lines ran how often, as a tracefile for lcov and genhtml
    #[arg(long, value_name = "FILE.info")]
    pub coverage: Option<PathBuf>,

    /// Write every instruction with its cycle, function and effect, of a stretch of simulated time [default: from 0s for 1ms]
    #[arg(long, value_name = "FILE[,from=TIME][,for=TIME]")]
    pub trace_instructions: Option<InstructionsTo>,
}

impl SourceArgs {
    /// The files that are written.
    pub fn outputs(&self) -> impl Iterator<Item = &PathBuf> {
        let trace = self.trace_instructions.as_ref().map(|to| &to.path);
        self.profiles.iter().chain(&self.coverage).chain(trace)
    }
}

/// The value of `--trace-instructions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstructionsTo {
    /// The file.
    pub path: PathBuf,
    /// Simulated time at which it begins.
    pub from: Span,
    /// And how long it takes.
    pub length: Span,
}

/// A value that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Another file.
    #[error("a profile's name ends in .folded, for folded stacks, or in .html, for a page")]
    Profile,
    /// No file.
    #[error("a file comes first, then `,from=TIME` and `,for=TIME`, such as `i.txt,from=1.2s,for=500us`")]
    NoFile,
    /// A time.
    #[error(transparent)]
    Time(#[from] ValueError),
}

/// The name of a profile.
///
/// # Errors
/// [`SourceError::Profile`] when its end says nothing of what it is to be.
fn profile(path: PathBuf) -> Result<PathBuf, SourceError> {
    if is_folded(&path) || is_page(&path) { Ok(path) } else { Err(SourceError::Profile) }
}

/// Whether folded stacks go there.
pub fn is_folded(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("folded"))
}

fn is_page(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("html") || extension.eq_ignore_ascii_case("htm"))
}

impl FromStr for InstructionsTo {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let (mut rest, mut from, mut length) = (text, None, None);
        // From the end, so that a comma in the file's name does no harm.
        while let Some((before, last)) = rest.rsplit_once(',') {
            match last.split_once('=') {
                Some(("from", value)) if from.is_none() => from = Some(time(value)?),
                Some(("for", value)) if length.is_none() => length = Some(time(value)?),
                _ => break,
            }
            rest = before;
        }
        if rest.is_empty() {
            return Err(SourceError::NoFile);
        }
        Ok(Self { path: rest.into(), from: from.unwrap_or(Span::ZERO), length: length.unwrap_or(TRACED) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_of_instructions_has_a_file_and_perhaps_times() {
        let parse = |text: &str| text.parse::<InstructionsTo>();
        let to = |path: &str, from, length| {
            Ok(InstructionsTo { path: path.into(), from: Span::from_ms(from), length: Span::from_ms(length) })
        };
        assert_eq!(parse("i.txt"), to("i.txt", 0, 1));
        assert_eq!(parse("i.txt,from=1.2s,for=5ms"), to("i.txt", 1_200, 5));
        assert_eq!(parse("a,b.txt,for=5ms"), to("a,b.txt", 0, 5));
        assert_eq!(parse("i.txt,for=5ms,from=2ms"), to("i.txt", 2, 5));
        assert_eq!(parse(",for=5ms"), Err(SourceError::NoFile));
        assert_eq!(parse("i.txt,for=5"), Err(SourceError::Time(ValueError::Unit)));
    }

    #[test]
    fn a_profile_is_known_by_its_name() {
        assert_eq!(profile("p.folded".into()), Ok("p.folded".into()));
        assert_eq!(profile("p.HTML".into()), Ok("p.HTML".into()));
        assert_eq!(profile("p.svg".into()), Err(SourceError::Profile));
    }
}
