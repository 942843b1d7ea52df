//! What the live view shows of a machine, and what its keys do to it.

mod board;
mod bus;
mod scope;

use super::facts::locate;
use crate::engine::machine::Machine;
use crate::host::console::Console;
use crate::image::Firmware;
use crate::probes::activity::{Activity, Totals};
use crate::report::{Levels, Throughput};
use crate::tui::history::{History, Reading};
use crate::tui::keys::action;
use crate::tui::scrollback::Scrollback;
use crate::tui::ui::{Facts, Look};
use crate::tui::{
    ChipView, Command, ConsoleView, FRAME, FindingView, Panel, Run, Stream, Throughput as Rates, Tui, Ui, View,
    list_rows, wire_columns,
};
use board::Bench;
use bus::Bus;
use peripherals::kernel::LintLevel;
use scope::Scope;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// The live view and what it was told last.
pub(super) struct Live<'a> {
    tui: Tui,
    firmware: &'a Firmware,
    ui: Ui,
    view: View,
    scope: Scope,
    bus: Bus,
    bench: Bench,
    console: Scrollback,
    /// Text that is printed once the screen is given back.
    text: Vec<u8>,
    /// What was typed and not sent yet.
    typed: VecDeque<u8>,
    history: History,
    shown: Option<(Instant, f64)>,
    /// A key has changed something since then.
    touched: bool,
    totals: Totals,
    /// Diagnostics at the last picture.
    findings: usize,
    /// The chip's registers at the last picture, and how many pictures each has been the same.
    registers: [(u16, u8); 16],
}

/// How the run is going, for the picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct State<'a> {
    pub(super) levels: &'a Levels,
    pub(super) run: Run,
    pub(super) speed: &'a str,
    pub(super) volume: Option<u8>,
}

/// Lines of console text that are kept for the view.
const KEEP: usize = 5_000;
/// Console text that is kept to be printed at the end.
const MOST_TEXT: usize = 1 << 20;
/// Bytes that may be typed ahead.
const MOST_TYPED: usize = 4_096;
/// Diagnostics that are shown, the latest.
const MOST_FINDINGS: usize = 64;
/// A register counts as changed for so many pictures.
const CHANGED: u8 = 15;

impl<'a> Live<'a> {
    /// Begins to record what `machine` does. `port` is the path of the firmware's serial port, if there is one.
    pub(super) fn new(
        tui: Tui,
        firmware: &'a Firmware,
        machine: &mut Machine,
        sound: String,
        port: Option<&str>,
    ) -> Self {
        let name = firmware.images.last().map_or("", |image| image.path.as_str());
        let name = Path::new(name).file_name().map_or(name.into(), |n| n.to_string_lossy().into_owned());
        let board = machine.board().name.clone();
        let view = View { firmware: name, board, sound, port: port.map(str::to_owned), ..View::default() };
        machine.expect_fingers();
        let scope = Scope::new(machine);
        Self {
            tui,
            firmware,
            ui: Ui::default(),
            view,
            bus: Bus::new(scope.probe()),
            scope,
            bench: Bench::new(machine),
            console: Scrollback::new(KEEP),
            text: Vec::new(),
            typed: VecDeque::new(),
            history: History::default(),
            shown: None,
            touched: true,
            totals: Totals::default(),
            findings: 0,
            registers: [(0, CHANGED); 16],
        }
    }

    /// What the keys since the last time ask of the run.
    pub(super) fn commands(&mut self, machine: &Machine) -> Vec<Command> {
        let mut commands = Vec::new();
        while let Some(key) = self.tui.key() {
            let Some(action) = action(key, self.ui.typing) else { continue };
            self.touched = true;
            match self.ui.apply(action, self.facts(machine)) {
                Some(Command::Seek { forward }) => self.seek(machine, forward),
                Some(Command::Press { button, hold }) => self.bench.press(button, hold),
                Some(Command::Type(bytes)) => {
                    let room = MOST_TYPED.saturating_sub(self.typed.len());
                    self.typed.extend(bytes.into_iter().take(room));
                }
                Some(command) => commands.push(command),
                None => {}
            }
        }
        commands
    }

    fn facts(&self, machine: &Machine) -> Facts {
        Facts {
            now: machine.now(),
            oldest: self.scope.oldest(machine),
            wires: self.view.wires.shown.len(),
            lines: self.console.len(),
            can_type: self.view.console.reads,
        }
    }

    /// To an edge of the chosen wire.
    fn seek(&mut self, machine: &Machine, forward: bool) {
        let at = self.ui.look.at.unwrap_or(machine.now());
        let wire = self.view.wires.shown.get(self.ui.look.wire).copied();
        if let Some(found) = self.scope.seek(machine, wire, at, forward) {
            self.ui.look.go_to(found, machine.now());
        }
    }

    /// What was typed, at most `room` bytes.
    pub(super) fn take_typed(&mut self, room: usize) -> Vec<u8> {
        self.typed.drain(..room.min(self.typed.len())).collect()
    }

    /// Whether the user looks at the past.
    pub(super) fn looks_back(&self) -> bool {
        self.ui.look.at.is_some() && self.tui.is_alive()
    }

    /// Buttons are pressed and let go, and what was said on the bus is taken; when it has just come to the end of a `byte`, that too.
    pub(super) fn touch(&mut self, machine: &mut Machine, byte: bool) {
        self.bench.touch(machine);
        self.bus.collect(machine, byte);
    }

    /// Text from the firmware, which has come in the piece of the run that began at `now`.
    pub(super) fn console(&mut self, bytes: &[u8], now: peripherals::kernel::Instant) {
        self.console.write(bytes, now);
        let room = MOST_TEXT.saturating_sub(self.text.len());
        self.text.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Gives the terminal back and prints the firmware's text on it, and which buttons were pressed.
    pub(super) fn close(self, console: &mut Console) {
        if self.tui.close() {
            console.write(&self.text);
        }
        self.bench.tell();
    }

    /// Brings the picture up to date, 30 times a second at most.
    pub(super) fn show(&mut self, machine: &Machine, state: State) {
        self.sample(machine);
        let (now, seconds) = (Instant::now(), machine.now().as_secs_f64());
        if !self.tui.is_alive() || self.shown.is_some_and(|(at, _)| now - at < FRAME) {
            return;
        }
        // While time stands still a picture stays as it is.
        let still = state.run != Run::Running && state.run == self.view.run && machine.now() == self.view.now;
        if still && !self.touched && self.tui.size() == self.ui.size {
            return;
        }
        self.touched = false;
        if let Some((at, before)) = self.shown {
            let factor = (seconds - before) / (now - at).as_secs_f64();
            self.view.realtime_factor = 0.8 * self.view.realtime_factor + 0.2 * factor;
        }
        self.shown = Some((now, seconds));
        self.ui.size = self.tui.size();
        let columns = wire_columns(self.ui.page, self.ui.size);
        if columns != self.ui.look.columns {
            let at = self.ui.look.at;
            self.ui.look.columns = columns;
            if let Some(at) = at {
                self.ui.look.go_to(at, machine.now());
            }
        }
        self.view.ui = self.ui.clone();
        self.view.now = machine.now();
        self.view.run = state.run;
        state.speed.clone_into(&mut self.view.speed);
        self.view.volume = state.volume;
        self.text_view(machine);
        self.chip(machine);
        self.activity(machine);
        self.findings(machine, state.levels);
        let look: Look = self.ui.look;
        let mut wires = self.scope.view(machine, &look, self.firmware);
        wires.bytes = self.bus.marks(&wires.wave);
        let rows = list_rows(Panel::Transactions, self.ui.page, self.ui.size);
        self.view.rows = self.bus.rows(wires.cursor, rows).into();
        self.view.wires = wires.into();
        self.view.parts = self.bench.view(machine).into();
        self.tui.publish(self.view.clone());
    }

    /// Throughput and FIFO, 20 times a simulated second.
    fn sample(&mut self, machine: &Machine) {
        if !self.history.is_due(machine.now()) {
            return;
        }
        let Some((_, chip)) = machine.players().next() else { return };
        let view = chip.view();
        self.history.push(Reading {
            at: machine.now(),
            bytes: chip.sdi_bytes(),
            needed: (view.bitrate_bps / 8) as u32,
            fifo: view.fifo_bytes as u32,
            gaps: view.underruns.count,
        });
    }

    fn text_view(&mut self, machine: &Machine) {
        let rows = list_rows(Panel::Console, self.ui.page, self.ui.size);
        let (lines, below, caret) = self.console.rows(self.ui.look.at, self.ui.console_up, rows);
        let reads = machine.world().input.is_awaited() || self.ui.typing;
        self.view.console = ConsoleView { lines, below, caret, reads }.into();
    }

    fn chip(&mut self, machine: &Machine) {
        let Some((name, chip)) = machine.players().next() else { return };
        let (now, report) = (chip.view(), chip.report(machine.now()));
        let view = &mut self.view;
        view.peak = now.peak;
        view.fifo_bytes = now.fifo_bytes as u32;
        view.fifo_capacity = now.fifo_size as u32;
        view.dreq = Some(now.dreq);
        view.underruns = now.underruns.count;
        view.stream = now.codec.map(|codec| Stream {
            codec: codec.name().to_owned(),
            bitrate_bps: now.bitrate_bps as u32,
            sample_rate_hz: now.sample_rate_hz,
            channels: now.channels,
            decoded_s: now.stream_frames as f64 / f64::from(now.sample_rate_hz.max(1)),
            bytes: now.stream_bytes,
        });
        let measured = Throughput::measure(&report.streams, report.underruns.count);
        view.throughput = measured
            .bytes_per_s
            .zip(measured.needed_bytes_per_s)
            .map(|(bytes_per_s, needed)| Rates { bytes_per_s, needed_bytes_per_s: needed });
        let (at, columns) = (self.ui.look.at.unwrap_or(machine.now()), usize::from(self.ui.size.0));
        view.history = self.history.until(at, columns).into();
        let mut changed = 0;
        for (bit, (known, &value)) in self.registers.iter_mut().zip(&report.registers).enumerate() {
            *known = if known.0 == value { (value, known.1.saturating_add(1)) } else { (value, 0) };
            changed |= u16::from(known.1 < CHANGED) << bit;
        }
        view.chip = Some(ChipView {
            name: name.to_owned(),
            booted: now.booted,
            registers: report.registers,
            changed,
            clki_hz: now.clki_hz,
            audio_frames: now.audio_frames as u32,
            accesses: [report.sci_reads, report.sci_writes],
            sdi_bytes: report.sdi_bytes,
        });
    }

    fn activity(&mut self, machine: &Machine) {
        let Some(judge) = machine.judges().next() else { return };
        let totals = judge.totals(machine.now());
        let activity = Activity::between(self.totals, totals);
        self.totals = totals;
        if let Some(hz) = activity.clock_hz {
            self.view.spi_clock_hz = Some(hz as f64);
        }
    }

    fn findings(&mut self, machine: &Machine, levels: &Levels) {
        let all = machine.world().findings.all();
        let count = |level| all.iter().filter(|f| levels.of(f.lint) == level).count() as u64;
        self.view.denied = count(LintLevel::Deny);
        self.view.warnings = count(LintLevel::Warn);
        let skip = all.len().saturating_sub(MOST_FINDINGS);
        let counts = self.view.findings.iter().map(|shown| (shown.count, shown.first));
        let same = counts.eq(all[skip..].iter().map(|finding| (finding.count, finding.first)));
        if std::mem::replace(&mut self.findings, all.len()) == all.len() && same {
            return;
        }
        let shown = Arc::make_mut(&mut self.view.findings);
        shown.truncate(all.len());
        if skip > 0 {
            // Places have moved.
            shown.clear();
        }
        for (index, finding) in all.iter().skip(skip).enumerate() {
            if let Some(known) = shown.get_mut(index) {
                known.count = finding.count;
                continue;
            }
            let place = finding.pc.map(|pc| {
                let at = locate(self.firmware, pc);
                let symbol = at.as_ref().and_then(|at| at.symbol.clone()).map(|name| format!(" in {name}"));
                let source = at.and_then(|at| at.source).map(|source| format!(", {source}"));
                format!("pc 0x{pc:08x}{}{}", symbol.unwrap_or_default(), source.unwrap_or_default())
            });
            let parts = [Some(finding.detail.clone()).filter(|detail| !detail.is_empty()), place];
            shown.push(FindingView {
                head: format!("{}[{}]", finding.lint.kind.word(), finding.lint.name),
                message: finding.lint.message.to_owned(),
                detail: parts.into_iter().flatten().collect::<Vec<_>>().join("; "),
                help: finding.lint.help.to_owned(),
                count: finding.count,
                first: finding.first,
                level: levels.of(finding.lint),
            });
        }
    }

    /// Whether a key asks to close a screen that has stayed after the run; other keys look around.
    pub(super) fn is_closed(&mut self, machine: &Machine) -> bool {
        let quit = self.commands(machine).contains(&Command::Quit);
        quit || !self.looks_back()
    }
}
