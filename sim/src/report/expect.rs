//! `--expect PATH=VALUE`: a key of the JSON report must hold.
//!
//! A path is written as in JavaScript: `spi[0].verdict`. In a list of things that have a name the name works as well:
//! `diagnostics[sdi-overrun].count`. After the path comes one of `=`, `<`, `>` and a value; numbers are compared as numbers, and
//! may be written in hexadecimal.

use super::lints;
use super::suggest::closest;
use serde_json::Value;
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::str::FromStr;

/// One `--expect`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expect {
    text: String,
    path: Vec<Step>,
    relation: Relation,
    wanted: String,
    number: Option<Number>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
    Name(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    Less,
    Greater,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Whole(i128),
    Real(f64),
}

/// An `--expect` that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpectError {
    /// No relation.
    #[error("write a path, one of `=`, `<`, `>`, and a value, such as `throughput.verdict=smooth`")]
    NoRelation,
    /// `<=`, `>=`, `==`.
    #[error("`{0}` is not one of `=`, `<`, `>`")]
    Relation(String),
    /// An empty value.
    #[error("there is no value after `{0}`")]
    NoValue(char),
    /// A path that is none.
    #[error("`{0}` is not a path such as `spi[0].verdict`")]
    Path(String),
    /// `<` or `>` with something that is no number.
    #[error("`{0}` is not a number, which `<` and `>` need")]
    NotANumber(String),
}

impl FromStr for Expect {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let at = text.find(['=', '<', '>']).ok_or(ExpectError::NoRelation)?;
        let (path, rest) = text.split_at(at);
        let (sign, wanted) = rest.split_at(1);
        if wanted.starts_with(['=', '<', '>']) {
            return Err(ExpectError::Relation(rest[..2].to_owned()));
        }
        let relation = match sign {
            "<" => Relation::Less,
            ">" => Relation::Greater,
            _ => Relation::Equal,
        };
        if wanted.is_empty() {
            return Err(ExpectError::NoValue(rest.chars().next().unwrap_or('=')));
        }
        let number = Number::parse(wanted);
        if relation != Relation::Equal && number.is_none() {
            return Err(ExpectError::NotANumber(wanted.to_owned()));
        }
        let steps = parse_path(path).ok_or_else(|| ExpectError::Path(path.to_owned()))?;
        Ok(Self { text: text.to_owned(), path: steps, relation, wanted: wanted.to_owned(), number })
    }
}

impl Expect {
    /// As it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds in `report`.
    ///
    /// # Errors
    /// Why it does not: what is there instead, or, when the path leads nowhere, which keys there are.
    pub fn check(&self, report: &Value) -> Result<(), String> {
        if self.counts_nothing(report) {
            return self.compare(&Value::from(0));
        }
        let mut here = report;
        let mut gone = String::new();
        for step in &self.path {
            here = step.take(here).ok_or_else(|| nowhere(&gone, step, here))?;
            step.append(&mut gone);
        }
        self.compare(here)
    }

    /// Whether this asks how often a known rule was broken that the report, being complete, does not name.
    fn counts_nothing(&self, report: &Value) -> bool {
        let [Step::Key(list), Step::Name(name), Step::Key(count)] = &self.path[..] else { return false };
        let whole = report["diagnostics_dropped"].as_u64().unwrap_or(0) == 0;
        let absent = || self.path[1].take(&report["diagnostics"]).is_none();
        list == "diagnostics" && count == "count" && whole && lints::find(name).is_ok() && absent()
    }

    fn compare(&self, found: &Value) -> Result<(), String> {
        let holds = match found {
            Value::Object(_) | Value::Array(_) => {
                return Err(format!("it is not a value but holds {}", contents(found)));
            }
            Value::Number(n) => match (self.number, Number::of(n)) {
                (Some(wanted), Some(found)) => found.compare(wanted) == Some(self.relation.ordering()),
                _ => false,
            },
            _ if self.relation != Relation::Equal => return Err(format!("it is {found}, which is not a number")),
            Value::String(s) => *s == self.wanted,
            Value::Bool(b) => self.wanted == if *b { "true" } else { "false" },
            Value::Null => self.wanted == "null",
        };
        if holds { Ok(()) } else { Err(format!("it is {found}")) }
    }
}

/// `key.key[0].key[name]`, each part of letters, digits, `_` and `-`.
fn parse_path(text: &str) -> Option<Vec<Step>> {
    let word = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let mut steps = Vec::new();
    for part in text.split('.') {
        let mut pieces = part.split('[');
        let key = pieces.next().filter(|key| word(key))?;
        steps.push(Step::Key(key.to_owned()));
        for piece in pieces {
            let inside = piece.strip_suffix(']').filter(|inside| word(inside))?;
            steps.push(inside.parse().map_or_else(|_| Step::Name(inside.to_owned()), Step::Index));
        }
    }
    Some(steps)
}

impl Step {
    fn take<'a>(&self, from: &'a Value) -> Option<&'a Value> {
        match self {
            Self::Key(key) => from.as_object()?.get(key),
            Self::Index(index) => from.as_array()?.get(*index),
            Self::Name(name) => from.as_array()?.iter().find(|entry| entry["name"] == name.as_str()),
        }
    }

    fn append(&self, path: &mut String) {
        let dot = if path.is_empty() { "" } else { "." };
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Key(key) => write!(path, "{dot}{key}"),
            Self::Index(index) => write!(path, "[{index}]"),
            Self::Name(name) => write!(path, "[{name}]"),
        };
    }
}

/// Says that `step` leads nowhere from `here`, which was reached by `gone`.
fn nowhere(gone: &str, step: &Step, here: &Value) -> String {
    let mut path = gone.to_owned();
    step.append(&mut path);
    let mut text = format!("there is no `{path}`");
    let mut join = ";";
    if let (Step::Key(key), Some(object)) = (step, here.as_object())
        && let Some(near) = closest(key, object.keys().map(String::as_str))
    {
        let _ = write!(text, ", did you mean `{near}`?");
        join = "";
    }
    let place = if gone.is_empty() { "the report" } else { gone };
    let _ = match here {
        Value::Object(_) | Value::Array(_) => write!(text, "{join} {place} holds {}", contents(here)),
        _ => write!(text, "{join} {place} is {here}"),
    };
    text
}

/// What is inside an object or a list, for people; bounded, as firmware decides how many diagnostics there are.
fn contents(value: &Value) -> String {
    const MOST: usize = 24;
    let names: Vec<String> = match value {
        Value::Object(object) => object.keys().map(|key| format!("`{key}`")).collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, entry)| match &entry["name"] {
                Value::String(name) => format!("[{index}] `{name}`"),
                _ => format!("[{index}]"),
            })
            .collect(),
        _ => Vec::new(),
    };
    match names.len() {
        0 => "nothing".to_owned(),
        n if n > MOST => format!("{} and {} more", names[..MOST].join(", "), n - MOST),
        _ => names.join(", "),
    }
}

impl Relation {
    const fn ordering(self) -> Ordering {
        match self {
            Self::Equal => Ordering::Equal,
            Self::Less => Ordering::Less,
            Self::Greater => Ordering::Greater,
        }
    }
}

impl Number {
    /// A whole number, also as `0x4800`, or a decimal one, also as `1.6e4`.
    fn parse(text: &str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            return u64::from_str_radix(digits, 16).ok().map(|n| Self::Whole(n.into()));
        }
        if let Ok(whole) = text.parse::<i128>() {
            return Some(Self::Whole(whole));
        }
        text.parse::<f64>().ok().filter(|real| real.is_finite()).map(Self::Real)
    }

    fn of(number: &serde_json::Number) -> Option<Self> {
        match number.as_i128() {
            Some(whole) => Some(Self::Whole(whole)),
            None => number.as_f64().map(Self::Real),
        }
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(&b)),
            _ => self.real().partial_cmp(&other.real()),
        }
    }

    fn real(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Real(real) => real,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn report() -> Value {
        json!({
            "throughput": {"verdict": "smooth", "ratio": 4.2, "stream_bytes": 134_400},
            "spi": [{"name": "SCLK", "verdict": "ok"}],
            "vs1053": [{"name": "U1", "fifo": {"overrun_bytes": 0}, "registers": {"MODE": 18_432}}],
            "diagnostics": [{"name": "sdi-overrun", "count": 37}],
            "exit": {"code": -1, "reason": "semihosting"},
            "flag": true,
        })
    }

    fn check(text: &str) -> Result<(), String> {
        text.parse::<Expect>().unwrap().check(&report())
    }

    #[test]
    fn what_holds_holds() {
        for text in [
            "throughput.verdict=smooth",
            "spi[0].verdict=ok",
            "spi[SCLK].verdict=ok",
            "vs1053[0].fifo.overrun_bytes=0",
            "vs1053[0].fifo.overrun_bytes<1",
            "vs1053[0].registers.MODE=0x4800",
            "diagnostics[sdi-overrun].count>36",
            "throughput.ratio>4",
            "throughput.ratio=4.2",
            "throughput.ratio=4.20",
            "throughput.stream_bytes=134400.0",
            "throughput.stream_bytes<1.4e5",
            "exit.code=-1",
            "exit.code<0",
            "flag=true",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_does_not_hold_says_what_is_there() {
        assert_eq!(check("throughput.verdict=choppy").unwrap_err(), r#"it is "smooth""#);
        assert_eq!(check("throughput.ratio<4.2").unwrap_err(), "it is 4.2");
        assert_eq!(check("throughput.ratio=fast").unwrap_err(), "it is 4.2");
        assert_eq!(check("throughput.verdict>3").unwrap_err(), r#"it is "smooth", which is not a number"#);
        assert_eq!(check("flag=1").unwrap_err(), "it is true");
        assert_eq!(check("spi=ok").unwrap_err(), "it is not a value but holds [0] `SCLK`");
    }

    #[test]
    fn a_known_diagnostic_that_is_absent_counts_nothing() {
        assert_eq!(check("diagnostics[choppy-sound].count=0"), Ok(()));
        assert_eq!(check("diagnostics[choppy-sound].count<1"), Ok(()));
        assert_eq!(check("diagnostics[choppy-sound].count>0").unwrap_err(), "it is 0");
        assert_eq!(check("diagnostics[sdi-overrun].count=0").unwrap_err(), "it is 37");
        for unknown in ["diagnostics[chopy-sound].count=0", "diagnostics[choppy-sound].cuont=0"] {
            assert!(check(unknown).unwrap_err().starts_with("there is no `diagnostics["), "{unknown}");
        }
        let cut = json!({"diagnostics": [], "diagnostics_dropped": 2});
        assert!("diagnostics[choppy-sound].count=0".parse::<Expect>().unwrap().check(&cut).is_err());
    }

    #[test]
    fn a_path_that_leads_nowhere_says_which_keys_there_are() {
        assert_eq!(
            check("throughput.verdit=smooth").unwrap_err(),
            "there is no `throughput.verdit`, did you mean `verdict`? throughput holds `verdict`, `ratio`, `stream_bytes`"
        );
        assert_eq!(check("spi[1].verdict=ok").unwrap_err(), "there is no `spi[1]`; spi holds [0] `SCLK`");
        assert_eq!(
            check("diagnostics[melt-down].count=1").unwrap_err(),
            "there is no `diagnostics[melt-down]`; diagnostics holds [0] `sdi-overrun`"
        );
        assert_eq!(
            check("exit.reason.x=1").unwrap_err(),
            r#"there is no `exit.reason.x`; exit.reason is "semihosting""#
        );
        assert!(check("zzz=1").unwrap_err().starts_with("there is no `zzz`; the report holds `throughput`, "));
    }

    #[test]
    fn what_cannot_be_understood_is_refused_before_the_run() {
        let error = |text: &str| text.parse::<Expect>().unwrap_err();
        assert_eq!(error("throughput.verdict"), ExpectError::NoRelation);
        assert_eq!(error(""), ExpectError::NoRelation);
        assert_eq!(error("a=="), ExpectError::Relation("==".into()));
        assert_eq!(error("a<=4"), ExpectError::Relation("<=".into()));
        assert_eq!(error("a>=4"), ExpectError::Relation(">=".into()));
        assert_eq!(error("a="), ExpectError::NoValue('='));
        assert_eq!(error("a<"), ExpectError::NoValue('<'));
        assert_eq!(error("a<fast"), ExpectError::NotANumber("fast".into()));
        assert_eq!(error("a<nan"), ExpectError::NotANumber("nan".into()));
        assert_eq!(error("a>inf"), ExpectError::NotANumber("inf".into()));
        for path in ["=1", ".a=1", "a.=1", "a..b=1", "[0]=1", "a[=1", "a[]=1", "a[0=1", "a[0]b=1", "a b=1", "a]=1"] {
            assert!(matches!(error(path), ExpectError::Path(_)), "{path}");
        }
    }

    #[test]
    fn large_whole_numbers_are_compared_exactly() {
        let report = json!({"n": u64::MAX});
        let holds = |text: &str| text.parse::<Expect>().unwrap().check(&report).is_ok();
        assert!(holds("n=18446744073709551615"));
        assert!(!holds("n=18446744073709551614"));
        assert!(holds("n>18446744073709551614"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            if let Ok(expect) = text.parse::<Expect>() {
                let _ = expect.check(&report());
            }
        }

        /// Texts that look like paths get further in than arbitrary ones.
        #[test]
        fn no_path_makes_it_panic(text in "[a-z]{0,3}([.\\[\\]=<>0-9a-z]|spi|exit|throughput){0,8}[=<>][a-z0-9.]{0,4}") {
            if let Ok(expect) = text.parse::<Expect>() {
                let _ = expect.check(&report());
            }
        }

        #[test]
        fn of_less_equal_and_greater_exactly_one_holds(found in any::<i32>(), wanted in any::<i32>()) {
            let report = json!({"n": found});
            let holding = ["=", "<", ">"]
                .iter()
                .filter(|sign| format!("n{sign}{wanted}").parse::<Expect>().unwrap().check(&report).is_ok())
                .count();
            prop_assert_eq!(holding, 1);
        }
    }
}
