//! A VCD file of wires (IEEE 1364-2005, clause 18): single-bit wires only, timescale 1 ps.
//!
//! 1. libsigrok 0.5 drops a file in which there is a vector, so there is none; annotations are in a file of their own (`decoded`).
//! 2. The SoC's pins that nothing is joined to and that never change are blanked out of the header at the end: nobody wants to
//!    scroll past forty flat lines. Blank lines mean nothing in a VCD file. In a pipe they stay.

use super::file::{LineFile, decimal};
use super::scopes::Scopes;
use peripherals::kernel::{Instant, Level, NetId};
use std::io;
use std::path::Path;

/// Writes edges as they come.
#[derive(Debug)]
pub(super) struct VcdFile {
    file: LineFile,
    codes: Vec<Option<Code>>,
    /// Optional wires: where their lines stand in the header and among the first levels.
    blanks: Vec<Blank>,
    last: Option<Instant>,
}

/// A wire's short name in the file.
#[derive(Clone, Copy, Debug)]
struct Code {
    bytes: [u8; 3],
    length: u8,
}

#[derive(Clone, Debug)]
struct Blank {
    net: NetId,
    changed: bool,
    lines: [(u64, usize); 2],
}

impl Code {
    /// Printable ASCII from `!` to `~`, least significant digit first.
    fn new(mut number: usize) -> Self {
        let mut code = Self { bytes: [0; 3], length: 0 };
        while code.length < 3 {
            code.bytes[usize::from(code.length)] = b'!' + (number % 94) as u8;
            code.length += 1;
            number /= 94;
            if number == 0 {
                break;
            }
            number -= 1;
        }
        code
    }

    fn text(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl VcdFile {
    /// Makes the file, with its header and, as of `at`, the level of every wire.
    pub fn create(path: &Path, scopes: &Scopes, at: Instant, level: &dyn Fn(NetId) -> Level) -> io::Result<Self> {
        let mut codes = vec![None; scopes.nets];
        for (number, net) in scopes.wires().enumerate() {
            codes[usize::from(net.0)] = Some(Code::new(number));
        }
        let mut vcd = Self { file: LineFile::create(path)?, codes, blanks: Vec::new(), last: Some(at) };
        vcd.header(scopes)?;
        vcd.levels(scopes, at, level)?;
        vcd.file.write()?;
        Ok(vcd)
    }

    fn header(&mut self, scopes: &Scopes) -> io::Result<()> {
        let version = concat!("$version badgebench ", env!("CARGO_PKG_VERSION"), " $end\n");
        let out = self.file.pending();
        out.extend_from_slice(version.as_bytes());
        out.extend_from_slice(b"$timescale 1 ps $end\n");
        for scope in &scopes.scopes {
            out.extend_from_slice(format!("$scope module {} $end\n", scope.name).as_bytes());
            for entry in &scope.entries {
                let Some(code) = self.codes[usize::from(entry.net.0)] else { continue };
                let start = out.len();
                out.extend_from_slice(b"$var wire 1 ");
                out.extend_from_slice(code.text());
                out.extend_from_slice(format!(" {} $end\n", entry.name).as_bytes());
                if scope.optional {
                    let line = (start as u64, out.len() - 1 - start);
                    self.blanks.push(Blank { net: entry.net, changed: false, lines: [line; 2] });
                }
            }
            out.extend_from_slice(b"$upscope $end\n");
        }
        out.extend_from_slice(b"$enddefinitions $end\n");
        Ok(())
    }

    fn levels(&mut self, scopes: &Scopes, at: Instant, level: &dyn Fn(NetId) -> Level) -> io::Result<()> {
        self.stamp(at);
        self.file.pending().extend_from_slice(b"$dumpvars\n");
        for net in scopes.wires() {
            let start = self.file.pending().len();
            self.level(net, level(net));
            if let Some(blank) = self.blanks.iter_mut().find(|blank| blank.net == net) {
                blank.lines[1] = (start as u64, self.file.pending().len() - 1 - start);
            }
        }
        self.file.pending().extend_from_slice(b"$end\n");
        Ok(())
    }

    fn stamp(&mut self, at: Instant) {
        let out = self.file.pending();
        out.push(b'#');
        decimal(out, at.as_ps());
        out.push(b'\n');
    }

    fn level(&mut self, net: NetId, level: Level) {
        let Some(code) = self.codes.get(usize::from(net.0)).copied().flatten() else { return };
        let out = self.file.pending();
        out.push(if level.is_high() { b'1' } else { b'0' });
        out.extend_from_slice(code.text());
        out.push(b'\n');
    }

    /// A wire has changed.
    #[inline]
    pub fn edge(&mut self, at: Instant, net: NetId, level: Level) -> io::Result<()> {
        if self.last != Some(at) {
            self.last = Some(at);
            self.stamp(at);
        }
        self.level(net, level);
        if !self.blanks.is_empty()
            && let Some(blank) = self.blanks.iter_mut().find(|blank| blank.net == net)
        {
            blank.changed = true;
        }
        self.file.line_done()
    }

    /// Ends the file at `end`.
    pub fn finish(mut self, end: Instant) -> io::Result<()> {
        if self.last != Some(end) {
            self.stamp(end);
        }
        self.file.write()?;
        for blank in self.blanks.iter().filter(|blank| !blank.changed) {
            for (at, length) in blank.lines {
                self.file.overwrite(at, &vec![b' '; length])?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::scopes::{Entry, Scope};
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_all_different() {
        let codes: BTreeSet<Vec<u8>> = (0..20_000).map(|n| Code::new(n).text().to_vec()).collect();
        assert_eq!(codes.len(), 20_000);
        assert!(codes.iter().flatten().all(u8::is_ascii_graphic));
    }

    #[test]
    fn the_file_is_what_the_standard_says_and_unused_pins_are_blank() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.vcd");
        let entry = |name: &str, net| Entry { name: name.into(), net: NetId(net) };
        let scopes = Scopes {
            scopes: vec![
                Scope { name: "U1".into(), entries: vec![entry("SCLK", 2), entry("DREQ", 0)], optional: false },
                Scope { name: "soc".into(), entries: vec![entry("P0.03", 1), entry("P0.04", 3)], optional: true },
            ],
            nets: 4,
            chips: vec!["U1".into()],
        };
        let start = Instant::from_ps(1_000);
        let mut vcd = VcdFile::create(&path, &scopes, start, &|net| Level::from(net.0 == 0)).unwrap();
        vcd.edge(Instant::from_ps(2_000), NetId(2), Level::High).unwrap();
        vcd.edge(Instant::from_ps(2_000), NetId(3), Level::High).unwrap();
        vcd.edge(Instant::from_ps(2_001), NetId(2), Level::Low).unwrap();
        vcd.finish(Instant::from_ps(9_000)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).skip(1).collect();
        assert_eq!(
            lines,
            [
                "$timescale 1 ps $end",
                "$scope module U1 $end",
                "$var wire 1 ! SCLK $end",
                "$var wire 1 \" DREQ $end",
                "$upscope $end",
                "$scope module soc $end",
                "$var wire 1 $ P0.04 $end",
                "$upscope $end",
                "$enddefinitions $end",
                "#1000",
                "$dumpvars",
                "0!",
                "1\"",
                "0$",
                "$end",
                "#2000",
                "1!",
                "1$",
                "#2001",
                "0!",
                "#9000",
            ]
        );
    }
}
