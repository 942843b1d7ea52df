//! What the live view shows of a machine.

use crate::engine::machine::Machine;
use crate::host::console::{Console, Lines};
use crate::image::Firmware;
use crate::probes::activity::{Activity, Totals};
use crate::report::{Levels, Throughput};
use crate::tui::{Command, Run, Stream, Throughput as Rates, Tui, View};
use peripherals::kernel::LintLevel;
use std::path::Path;
use std::time::{Duration, Instant};

/// The live view and what it was told last.
pub(super) struct Live {
    tui: Tui,
    view: View,
    lines: Lines,
    /// Text that is printed once the screen is given back.
    text: Vec<u8>,
    shown: Option<(Instant, f64)>,
    totals: Totals,
}

/// Between two pictures.
const FRAME: Duration = Duration::from_millis(40);
/// Lines of console text that are kept for the view.
const KEEP: usize = 200;
/// Console text that is kept to be printed at the end.
const MOST_TEXT: usize = 1 << 20;

impl Live {
    /// `port` is the path of the firmware's serial port, if there is one.
    pub(super) fn new(tui: Tui, firmware: &Firmware, machine: &Machine, sound: String, port: Option<&str>) -> Self {
        let name = firmware.images.last().map_or("", |image| image.path.as_str());
        let name = Path::new(name).file_name().map_or(name.into(), |n| n.to_string_lossy().into_owned());
        let board = machine.board().name.clone();
        let view = View { firmware: name, board, sound, port: port.map(str::to_owned), ..View::default() };
        Self { tui, view, lines: Lines::new(KEEP), text: Vec::new(), shown: None, totals: Totals::default() }
    }

    /// The next key.
    pub(super) fn command(&self) -> Option<Command> {
        self.tui.command()
    }

    /// Text from the firmware.
    pub(super) fn console(&mut self, bytes: &[u8]) {
        self.lines.write(bytes);
        let room = MOST_TEXT.saturating_sub(self.text.len());
        self.text.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Gives the terminal back and prints the firmware's text on it.
    pub(super) fn close(self, console: &mut Console) -> Option<Self> {
        drop(self.tui);
        console.write(&self.text);
        None
    }

    /// Brings the picture up to date, 25 times a second at most.
    pub(super) fn show(&mut self, machine: &Machine, levels: &Levels, paused: bool, volume: Option<u8>) {
        let (now, seconds) = (Instant::now(), machine.now().as_secs_f64());
        if self.shown.is_some_and(|(at, _)| now - at < FRAME) {
            return;
        }
        if let Some((at, before)) = self.shown {
            let factor = (seconds - before) / (now - at).as_secs_f64();
            self.view.realtime_factor = 0.8 * self.view.realtime_factor + 0.2 * factor;
        }
        self.shown = Some((now, seconds));
        self.view.simulated_s = seconds;
        self.view.run = if paused { Run::Paused } else { Run::Running };
        self.view.volume = volume;
        self.view.console = self.lines.last(KEEP);
        self.chip(machine);
        self.bus(machine);
        self.findings(machine, levels);
        self.tui.publish(self.view.clone());
    }

    fn chip(&mut self, machine: &Machine) {
        let Some((_, chip)) = machine.players().next() else { return };
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
    }

    fn bus(&mut self, machine: &Machine) {
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
        self.view.latest = all.last().map(|f| format!("{}[{}]: {}", f.lint.kind.word(), f.lint.name, f.lint.message));
    }
}
