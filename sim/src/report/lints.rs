//! Every rule that can be broken, and what `--deny` and `--allow` make of it.

use super::suggest::closest;
use super::throughput::CHOPPY_SOUND;
use crate::capture;
use crate::engine;
use crate::probes::spi;
use peripherals::chips::{norflash, vs1053};
use peripherals::kernel::{self, Lint, LintLevel};
use peripherals::nrf52840;
use peripherals::usb;
use std::collections::BTreeMap;

/// The rules, a table for each part of the program that has any. A rule that is not here cannot be named in `--deny` and
/// `--allow`.
static TABLES: &[&[&Lint]] = &[
    &[&CHOPPY_SOUND, &kernel::CONTENTION, &peripherals::kernel::OSCILLATION],
    NRF52840,
    vs1053::lints::LINTS,
    &norflash::LINTS,
    spi::lints::ALL,
    engine::lints::ALL,
    &capture::lints::ALL,
];

static NRF52840: &[&Lint] = &[
    &nrf52840::NOT_MODELLED,
    &nrf52840::NO_SUCH_REGISTER,
    &nrf52840::ACCESS_WIDTH,
    &nrf52840::READ_ONLY,
    &nrf52840::FLOATING_INPUT,
    &nrf52840::OUTPUT_NOT_ENABLED,
    &nrf52840::NFC_PINS,
    &nrf52840::NO_LFXO,
    &nrf52840::NVMC_WRITE_DISABLED,
    &nrf52840::NVMC_NARROW_WRITE,
    &nrf52840::NVMC_WORN,
    &nrf52840::NVMC_ERASE_DISABLED,
    &nrf52840::NVMC_BUSY,
    &nrf52840::NVMC_ERASE_ADDRESS,
    &nrf52840::ACL_PROTECTED,
    &nrf52840::ACL_READ,
    &nrf52840::EASYDMA_NOT_RAM,
    &nrf52840::UART_DISCONNECTED,
    &nrf52840::UART_OVERRUN,
    &nrf52840::TWI_LINE_LOW,
    &nrf52840::QSPI_NO_CHIP,
    &nrf52840::USB_DMA_BUSY,
    &usb::USB_DEVICE,
    &usb::USB_STORAGE,
    &nrf52840::TIMER_CHANGED_WHILE_RUNNING,
    &nrf52840::RTC_PRESCALER_WHILE_RUNNING,
    &nrf52840::PPI_ENDPOINT,
    &nrf52840::PPI_LOOP,
    &nrf52840::WATCHDOG_LOCKED,
    &nrf52840::CALIBRATION_WITHOUT_HFXO,
    &nrf52840::RAM_POWER,
];

/// Every rule there is, by name.
pub fn all_lints() -> Vec<&'static Lint> {
    let mut all: Vec<_> = TABLES.iter().flat_map(|table| table.iter().copied()).collect();
    all.sort_by_key(|lint| lint.name);
    all
}

/// A name that no rule has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no diagnostic of that name{}", suggestion.map(|s| format!(", did you mean `{s}`?")).unwrap_or_default())]
pub struct UnknownLint {
    /// The nearest name there is.
    pub suggestion: Option<&'static str>,
}

/// The rule called `name`.
///
/// # Errors
/// When there is none; with the nearest one.
pub fn find(name: &str) -> Result<&'static Lint, UnknownLint> {
    let all = all_lints();
    all.iter()
        .find(|lint| lint.name == name)
        .copied()
        .ok_or_else(|| UnknownLint { suggestion: closest(name, all.iter().map(|lint| lint.name)) })
}

/// Whether `lint` is said of all of a run and has no moment at which it comes up.
pub fn is_verdict(lint: &'static Lint) -> bool {
    spi::lints::ALL.iter().any(|verdict| std::ptr::eq(*verdict, lint)) || std::ptr::eq(lint, &CHOPPY_SOUND)
}

/// `--deny` and `--allow` name the same rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`--deny {0}` and `--allow {0}` contradict each other")]
pub struct Contradiction(pub &'static str);

/// What each rule does in this run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    given: BTreeMap<&'static str, LintLevel>,
}

impl Levels {
    /// The levels that `--deny` and `--allow` ask for; all other rules keep their own.
    ///
    /// # Errors
    /// When a rule is named on both sides.
    pub fn new(deny: &[&'static Lint], allow: &[&'static Lint]) -> Result<Self, Contradiction> {
        let mut given: BTreeMap<_, _> = deny.iter().map(|lint| (lint.name, LintLevel::Deny)).collect();
        for lint in allow {
            if given.insert(lint.name, LintLevel::Allow) == Some(LintLevel::Deny) {
                return Err(Contradiction(lint.name));
            }
        }
        Ok(Self { given })
    }

    /// What `lint` does in this run.
    pub fn of(&self, lint: &Lint) -> LintLevel {
        self.given.get(lint.name).copied().unwrap_or(lint.level)
    }

    /// Whether breaking `lint` makes the run fail.
    pub fn denies(&self, lint: &Lint) -> bool {
        self.of(lint) == LintLevel::Deny
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use peripherals::kernel::Kind;
    use std::path::Path;

    static WARNS: Lint =
        Lint { name: "warns", kind: Kind::Fault, level: LintLevel::Warn, message: "m", why: "w", help: "" };
    static DENIED: Lint = Lint { name: "denied", level: LintLevel::Deny, ..WARNS };

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        let all = all_lints();
        assert!(!all.is_empty());
        assert!(all.windows(2).all(|w| w[0].name < w[1].name), "two rules of one name");
        for lint in all {
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(!lint.name.is_empty() && lint.name.chars().all(kebab), "{}", lint.name);
        }
    }

    /// Every message of ours offers `--allow NAME`; so every name must be known. Rules that a macro writes are in tables
    /// already.
    #[test]
    fn every_rule_in_the_sources_can_be_named() {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        folders.push(folders[0].join("../../peripherals/src"));
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let code = text.split("#[cfg(test)]").next().unwrap();
                    for rule in code.split(": Lint = Lint {").skip(1) {
                        let Some(name) = rule.split("name: \"").nth(1).and_then(|rest| rest.split('"').next()) else {
                            continue;
                        };
                        assert!(find(name).is_ok(), "`{name}` of {} is missing in TABLES", path.display());
                        seen += 1;
                    }
                }
            }
        }
        assert!(seen > 10, "the sources were not found");
    }

    /// Pages are looked for by the name of the rule.
    #[test]
    fn every_fault_of_the_vs1053_has_a_page() {
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/explain");
        for lint in vs1053::lints::LINTS.iter().filter(|lint| lint.kind == Kind::Fault) {
            let path = pages.join(format!("{}.md", lint.name));
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(text.starts_with(&format!("# {}\n\n", lint.name)), "{}", lint.name);
            let heads: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
            assert_eq!(heads, ["How it happens", "Smallest example", "Cure", "Source"], "{}", lint.name);
            let parts: Vec<_> =
                text.split("\n## ").skip(1).map(|part| part.split_once('\n').map_or("", |p| p.1)).collect();
            assert!(parts.iter().all(|part| part.trim().len() > 10), "{}: an empty part", lint.name);
            assert!(parts[1].contains("```"), "{}: the example is code", lint.name);
        }
    }

    #[test]
    fn messages_are_clauses_in_lowercase_without_a_final_stop() {
        for Lint { name, message, why, help, .. } in all_lints() {
            assert!(!message.is_empty() && !message.ends_with('.') && !help.ends_with('.'), "{name}");
            assert!(!why.is_empty(), "{name}: a rule says why");
        }
    }

    #[test]
    fn a_rule_keeps_its_level_unless_told_otherwise() {
        let levels = Levels::default();
        assert_eq!((levels.of(&WARNS), levels.of(&DENIED)), (LintLevel::Warn, LintLevel::Deny));
        let levels = Levels::new(&[&WARNS], &[&DENIED]).unwrap();
        assert_eq!((levels.of(&WARNS), levels.of(&DENIED)), (LintLevel::Deny, LintLevel::Allow));
        assert!(levels.denies(&WARNS) && !levels.denies(&DENIED));
    }

    #[test]
    fn the_same_rule_on_both_sides_is_refused() {
        assert_eq!(Levels::new(&[&WARNS, &DENIED], &[&WARNS]), Err(Contradiction("warns")));
        assert!(Levels::new(&[&WARNS, &WARNS], &[]).is_ok(), "saying it twice is no contradiction");
    }

    #[test]
    fn an_unknown_name_comes_back_with_the_nearest() {
        assert_eq!(find("choppy-sound").map(|lint| lint.name), Ok("choppy-sound"));
        let error = find("chopy-sound").unwrap_err();
        assert_eq!(error.to_string(), "there is no diagnostic of that name, did you mean `choppy-sound`?");
        assert_eq!(find("q").unwrap_err().to_string(), "there is no diagnostic of that name");
    }
}
