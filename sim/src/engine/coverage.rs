//! Which lines ran, and how often: from executions of blocks and the table of lines.
//!
//! 1. A line counts as often as that of its instructions which ran most; an instruction that an IT block skips counts as run.
//! 2. A function counts as often as its first instruction ran. What was inlined everywhere is no function of its own, but its lines count.
//! 3. Lines are those that the compiler has made code of; of what it has thrown away nothing is said.

use super::core::Counted;
use crate::image::{Firmware, LineRange};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is known of one source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCoverage {
    /// Executions by line.
    pub lines: BTreeMap<u32, u64>,
    /// Functions by name: the line of the first instruction, and executions.
    pub functions: BTreeMap<String, (u32, u64)>,
}

/// Executions by source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// By the file's name, as the debug information has it.
    pub files: BTreeMap<String, FileCoverage>,
}

/// How often each address with an instruction ran.
struct Executions {
    /// Where the number of executions changes: address, and by how much.
    changes: Vec<(u32, i64)>,
}

impl Executions {
    fn of(counted: &Counted) -> Self {
        let mut changes = Vec::with_capacity(2 * counted.blocks.len());
        let mut add = |from: u32, to: u32, times: i64| changes.extend([(from, times), (to, -times)]);
        for ran in &counted.blocks {
            add(ran.start, ran.end, ran.count.runs as i64);
        }
        for &(from, to, times) in &counted.not_run {
            add(from, to, -(times as i64));
        }
        changes.sort_unstable();
        // From changes to levels.
        let mut level = 0;
        let mut levels: Vec<(u32, i64)> = Vec::new();
        for (at, change) in changes {
            level += change;
            match levels.last_mut() {
                Some(last) if last.0 == at => last.1 = level,
                _ => levels.push((at, level)),
            }
        }
        Self { changes: levels }
    }

    fn at(&self, address: u32) -> i64 {
        let after = self.changes.partition_point(|&(at, _)| at <= address);
        self.changes[..after].last().map_or(0, |&(_, level)| level)
    }

    /// The most executions of any address in a range.
    fn most(&self, from: u32, to: u32) -> u64 {
        let first = self.changes.partition_point(|&(at, _)| at <= from);
        let inside = self.changes[first..].iter().take_while(|&&(at, _)| at < to).map(|&(_, level)| level);
        inside.chain([self.at(from)]).max().unwrap_or(0).max(0) as u64
    }
}

impl Coverage {
    /// What `counted` says of `firmware`'s lines.
    pub fn of(counted: &Counted, firmware: &Firmware) -> Self {
        let executions = Executions::of(counted);
        let mut files: BTreeMap<String, FileCoverage> = BTreeMap::new();
        for (first, bytes) in firmware.code() {
            for LineRange { from, to, file, line } in firmware.lines(first, first.saturating_add(bytes)) {
                let times = executions.most(from, to);
                let count = files.entry(file).or_default().lines.entry(line).or_default();
                *count = times.max(*count);
            }
            let Some(at) = firmware.locate(first) else { continue };
            let outermost = at.frames.last();
            if let Some((file, line)) = outermost.and_then(|frame| Some((frame.file.clone()?, frame.line?))) {
                let times = executions.at(first).max(0) as u64;
                let functions = &mut files.entry(file).or_default().functions;
                let known = functions.entry(at.function).or_insert((line, 0));
                known.1 = known.1.max(times);
            }
        }
        Self { files }
    }

    /// As lcov's tracefile (geninfo(1), "FILES").
    pub fn lcov(&self) -> String {
        let mut text = String::new();
        for (name, file) in &self.files {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "TN:\nSF:{}", name.replace('\n', "?"));
            for (function, (line, _)) in &file.functions {
                let _ = writeln!(text, "FN:{line},{}", function_name(function));
            }
            for (function, (_, times)) in &file.functions {
                let _ = writeln!(text, "FNDA:{times},{}", function_name(function));
            }
            let hit = |times: &&u64| **times > 0;
            let functions = file.functions.values().map(|(_, times)| times).filter(hit).count();
            let _ = writeln!(text, "FNF:{}\nFNH:{functions}", file.functions.len());
            for (line, times) in &file.lines {
                let _ = writeln!(text, "DA:{line},{times}");
            }
            let lines = file.lines.values().filter(hit).count();
            let _ = writeln!(text, "LF:{}\nLH:{lines}\nend_of_record", file.lines.len());
        }
        text
    }
}

/// A name may hold commas in Rust and C++; what stands behind the first one of a line is all of it, but line ends are not.
fn function_name(name: &str) -> String {
    name.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::core::{Count, Ran};

    fn ran(start: u32, end: u32, runs: u64) -> Ran {
        let count = Count { runs, cycles: 0 };
        Ran { exception: 0, start, end, count, offsets: [].into(), starts: [].into(), cycles: 0 }
    }

    #[test]
    fn executions_of_blocks_that_overlap_add_up_and_what_did_not_run_is_taken_off() {
        let blocks = vec![ran(0x100, 0x110, 10), ran(0x100, 0x104, 2), ran(0x104, 0x110, 1), ran(0x200, 0x204, 5)];
        let executions = Executions::of(&Counted { blocks, not_run: vec![(0x108, 0x110, 3)] });
        let at = [0xFE, 0x100, 0x103, 0x104, 0x108, 0x10F, 0x110, 0x200, 0x204];
        assert_eq!(at.map(|at| executions.at(at)), [0, 12, 12, 11, 8, 8, 0, 5, 0]);
        assert_eq!(
            (executions.most(0x102, 0x106), executions.most(0x104, 0x110), executions.most(0x110, 0x300)),
            (12, 11, 5)
        );
    }

    #[test]
    fn the_tracefile_has_every_record_of_a_file() {
        let file = FileCoverage {
            lines: [(3, 7), (4, 0)].into(),
            functions: [("main".to_owned(), (3, 1)), ("<a, b>::f".to_owned(), (9, 0))].into(),
        };
        let text = Coverage { files: [("src/main.rs".to_owned(), file)].into() }.lcov();
        assert_eq!(
            text,
            "TN:\nSF:src/main.rs\nFN:9,<a, b>::f\nFN:3,main\nFNDA:0,<a, b>::f\nFNDA:1,main\nFNF:2\nFNH:1\nDA:3,7\nDA:4,0\nLF:2\nLH:1\n\
             end_of_record\n"
        );
    }
}
