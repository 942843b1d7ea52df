//! Which instructions to show for a verdict: those that made the edges it rests on.

use super::SpiAnalyser;
use super::judge::{Finding, wrong};
use super::listener::{Language, Listener};
use super::report::{Culprit, Verdict};

impl SpiAnalyser {
    /// The instructions behind `verdict`, the one that tells most first.
    pub(super) fn culprits(&self, findings: &[Finding], verdict: Verdict) -> Vec<Culprit> {
        if !verdict.is_wrong() {
            return Vec::new();
        }
        let concerned = || self.selects().iter().zip(findings).filter(|(_, f)| f.verdict() == verdict);
        // Of a bus that is wrong as a whole a stream tells more than commands: it is what the firmware is for.
        let stream = concerned().find(|(l, f)| l.language == Language::Stream && wrong(f).is_some());
        let explained = stream.or_else(|| concerned().find(|(_, f)| wrong(f).is_some())).or_else(|| concerned().next());
        let Some((listener, finding)) = explained else { return edges(&[clocked(self.outside())]) };
        let swapped_selects = wrong(finding).is_some_and(|e| e.fault.selects && !e.fault.lines);
        let (clock, data, select) = (clocked(listener), moved(listener), fell(listener));
        let clock_first = listener.by.sclk.is_some();
        match verdict {
            Verdict::WrongBitOrder => edges(&[data, clock]),
            Verdict::SwappedLines if swapped_selects => {
                let falls: Vec<_> = self.selects().iter().filter(|l| l.chip == listener.chip).map(fell).collect();
                edges(&falls)
            }
            Verdict::Shifted => edges(&[select, clock]),
            Verdict::NoSelect => edges(&[clocked(self.outside()), moved(self.outside())]),
            Verdict::NoClock => edges(&[data, select]),
            _ if clock_first => edges(&[clock, data]),
            // With data on the clock's wire whole bytes may be few.
            _ => edges(&[data, select]),
        }
    }
}

type Edge = (String, Option<u32>);

fn clocked(listener: &Listener) -> Edge {
    ("SCLK rises".to_owned(), listener.by.sclk)
}

fn moved(listener: &Listener) -> Edge {
    ("MOSI changes".to_owned(), listener.by.mosi)
}

fn fell(listener: &Listener) -> Edge {
    (format!("{} falls", listener.name), listener.by.select)
}

fn edges(edges: &[Edge]) -> Vec<Culprit> {
    edges.iter().filter_map(|(edges, pc)| Some(Culprit { edges: edges.clone(), pc: (*pc)? })).collect()
}
