//! Watches a run for its page: oscilloscopes at the chips, and a look at everything each time the host has one.
//!
//! It stands before the host of a run and hands on everything. Nothing of what it does reaches the machine.

use crate::engine::machine::Machine;
use crate::engine::session::{Host, Reach, SLICE, Typed};
use crate::engine::waits::Wait;
use crate::gdb::Front;
use crate::host::console::Lines;
use crate::host::pace::Speed;
use crate::image::Firmware;
use crate::probes::scope::{Mark, Scope, WIRES, Window};
use crate::report::page::{Moment, Places, Recording, Series, Watched, WatchedChip, What};
use crate::report::{Levels, Reason};
use peripherals::chips::vs1053::{AudioBlock, Sound};
use peripherals::kernel::{ConsolePort, Finding, Instant, LintLevel, ProbeId, Rate, Span};
use rustc_hash::FxHashMap;
use std::time::Duration;

/// Chips that are watched.
const MOST_CHIPS: usize = 4;
/// Moments of diagnostics that are kept, of each chip.
const MOST_FINDINGS: usize = 12;
/// Lines of text that are kept.
const LINES: usize = 200;
/// Addresses at which the core was seen that are told apart.
const MOST_PLACES: usize = 4096;
/// What the core finds wrong by itself has to do with wires that moved so shortly before.
const NEAR: Span = Span::from_us(100);

/// A host with somebody who watches.
pub(super) struct Watch<'a> {
    host: &'a mut dyn Front,
    levels: Levels,
    chips: Vec<Chip>,
    recording: Recording,
    console: Lines,
    findings: usize,
    places: FxHashMap<u32, u64>,
    looks: u64,
}

struct Chip {
    scope: ProbeId,
    bytes: u64,
    series: Series,
    waiting: Vec<Waiting>,
    done: Vec<Moment>,
    asked: [bool; 4],
    findings: usize,
    slowest: Option<Waiting>,
    /// The DAC is on its way to zero since the first and up to the second of these.
    fade: Option<(Instant, Instant)>,
}

/// A moment whose wires have not gone on for long enough.
struct Waiting {
    what: What,
    mark: Mark,
    at: Instant,
    /// Edges before and after it that are wanted.
    wanted: (u64, u64),
    window: Option<Window>,
}

impl Waiting {
    fn new(what: What, mark: Mark, wanted: (u64, u64)) -> Self {
        Self { what, mark, at: mark.at, wanted, window: None }
    }

    /// True when nothing will be added.
    fn look(&mut self, scope: &Scope) -> bool {
        if let Some(window) = scope.window(self.mark, self.wanted.0, self.wanted.1) {
            self.window = Some(window);
        }
        self.window.as_ref().is_none_or(|window| window.whole)
    }

    fn done(self) -> Option<Moment> {
        Some(Moment { what: self.what, at: self.at, window: self.window? })
    }
}

impl Chip {
    fn new(scope: ProbeId) -> Self {
        Self {
            scope,
            bytes: 0,
            series: Series::default(),
            waiting: Vec::new(),
            done: Vec::new(),
            asked: [false; 4],
            findings: 0,
            slowest: None,
            fade: None,
        }
    }

    /// Asks for the picture of a moment that comes once.
    fn once(&mut self, which: usize, what: What, mark: Option<Mark>, wanted: (u64, u64)) {
        if let Some(mark) = mark
            && !std::mem::replace(&mut self.asked[which], true)
        {
            self.waiting.push(Waiting::new(what, mark, wanted));
        }
    }

    fn look(&mut self, scope: &Scope, underrun: Option<Instant>) {
        let moments = scope.moments();
        self.once(0, What::FirstCommand, moments.first_command, (5, 150));
        self.once(1, What::FirstData, moments.first_data, (5, 150));
        self.once(2, What::FirstWait, moments.first_wait, (90, 70));
        let underrun = underrun.and_then(|at| scope.mark(at));
        self.once(3, What::Underrun, underrun, (90, 70));
        if let Some((length, mark)) = moments.slowest
            && self.slowest.as_ref().is_none_or(|known| known.mark != mark)
        {
            self.slowest = Some(Waiting::new(What::SlowestByte(length), mark, (5, 60)));
        }
        for mut waiting in std::mem::take(&mut self.waiting) {
            if waiting.look(scope) {
                self.done.extend(waiting.done());
            } else {
                self.waiting.push(waiting);
            }
        }
        if let Some(slowest) = self.slowest.as_mut().filter(|slowest| slowest.window.as_ref().is_none_or(|w| !w.whole))
        {
            slowest.look(scope);
        }
    }

    /// A diagnostic came up; `own` when this chip noticed it.
    fn finding(&mut self, finding: &Finding, own: bool, scope: &Scope) {
        let Some(mark) = scope.mark(finding.first) else { return };
        let near = || {
            let window = scope.window(mark, 0, 1);
            let edge = window.as_ref().and_then(|window| window.edges.first());
            edge.is_some_and(|edge| finding.first.since(edge.at) <= NEAR)
        };
        if self.findings == MOST_FINDINGS || !(own || near()) {
            return;
        }
        self.findings += 1;
        let mut waiting = Waiting::new(What::Finding(finding.lint.name.to_owned()), mark, (110, 60));
        waiting.at = finding.first;
        // Until the next look it may be gone.
        if waiting.look(scope) {
            self.done.extend(waiting.done());
        } else {
            self.waiting.push(waiting);
        }
    }

    /// A fade is for want of data when the stream goes on behind it.
    fn hear(&mut self, block: &AudioBlock) {
        let goes_on = matches!(block.sound, Sound::Decoded | Sound::Underrun);
        let (from, to) = hear(&mut self.series, block);
        if block.sound == Sound::Fade {
            self.fade = Some(self.fade.map_or((from, to), |(began, _)| (began, to)));
        } else if let Some((from, to)) = self.fade.take()
            && goes_on
        {
            self.series.sound(from, to, 0, true);
        }
    }

    fn end(mut self, name: &str, scope: &Scope) -> WatchedChip {
        for mut waiting in self.waiting.into_iter().chain(self.slowest) {
            waiting.look(scope);
            self.done.extend(waiting.done());
        }
        self.done.sort_by_key(|moment| moment.at);
        let measured = scope.measured().to_vec();
        WatchedChip {
            name: name.to_owned(),
            moments: self.done,
            measured,
            operations: scope.operations().cloned().collect(),
            series: self.series,
        }
    }
}

impl<'a> Watch<'a> {
    /// Watches `machine` before its first cycle, for `host`. Diagnostics that `levels` allow get no picture.
    pub(super) fn attach(machine: &mut Machine, host: &'a mut dyn Front, levels: &Levels) -> Self {
        let scopes: Vec<_> = {
            let nets = &machine.world().nets;
            let players = machine.board().chips().filter_map(|(index, _, kind)| match kind {
                crate::boards::ChipKind::Vs1053(config) => Some((&machine.wiring().parts[index], config)),
                _ => None,
            });
            let scope = |(part, config): (&crate::boards::PartWiring, &peripherals::chips::vs1053::Config)| {
                let wires = WIRES.iter().filter_map(|(_, signal)| part.net(signal)).collect::<Vec<_>>();
                (Scope::new(nets, config.clock(), |signal| part.net(signal)), wires)
            };
            players.take(MOST_CHIPS).map(scope).collect()
        };
        let attach = |(scope, mut nets): (Scope, Vec<_>)| {
            nets.sort_unstable();
            nets.dedup();
            Chip::new(machine.attach(Box::new(scope), &nets))
        };
        Self {
            host,
            levels: levels.clone(),
            chips: scopes.into_iter().map(attach).collect(),
            recording: Recording::default(),
            console: Lines::new(LINES),
            findings: 0,
            places: FxHashMap::default(),
            looks: 0,
        }
    }

    fn look(&mut self, machine: &Machine) {
        let now = machine.now();
        for (chip, (_, player)) in self.chips.iter_mut().zip(machine.players()) {
            let Some(scope) = machine.probe::<Scope>(chip.scope) else { continue };
            let view = player.view();
            let bytes = player.sdi_bytes();
            chip.series.look(now, bytes - chip.bytes, view.fifo_bytes as u64);
            chip.bytes = bytes;
            chip.look(scope, view.underruns.first);
        }
        self.findings(machine);
    }

    /// New diagnostics go to the chip that noticed them, and those of the core to the first.
    fn findings(&mut self, machine: &Machine) {
        let all = machine.world().findings.all();
        let actors: Vec<_> = machine.wiring().parts.iter().map(|part| (part.name.as_str(), part.actor)).collect();
        let actor = |name: &str| actors.iter().find(|(known, _)| *known == name).map(|(_, actor)| *actor);
        let players: Vec<_> = machine.players().map(|(name, _)| actor(name)).collect();
        for finding in all.iter().skip(self.findings).filter(|f| self.levels.of(f.lint) > LintLevel::Allow) {
            let own = players.iter().position(|actor| *actor == Some(finding.actor));
            let Some(chip) = self.chips.get_mut(own.unwrap_or(0)) else { continue };
            if let Some(scope) = machine.probe::<Scope>(chip.scope) {
                chip.finding(finding, own.is_some(), scope);
            }
        }
        self.findings = all.len();
    }

    /// The run is over.
    pub(super) fn end(mut self, machine: &Machine, firmware: &Firmware) -> Watched {
        self.look(machine);
        let places = self.places(firmware);
        let players = self.chips.into_iter().zip(machine.players());
        let chips = players.filter_map(|(chip, (name, _))| {
            let scope = machine.probe::<Scope>(chip.scope)?;
            Some(chip.end(name, scope))
        });
        let chips = chips.collect();
        Watched { chips, recording: self.recording, console: self.console.last(LINES), places }
    }

    fn places(&self, firmware: &Firmware) -> Places {
        let mut functions: FxHashMap<String, (Option<String>, u64)> = FxHashMap::default();
        let mut pcs: Vec<_> = self.places.iter().collect();
        pcs.sort_unstable();
        for (pc, count) in pcs {
            let at = firmware.locate(*pc);
            let name = at.as_ref().map_or_else(|| "(no symbol)".to_owned(), |at| at.function.clone());
            let place = functions.entry(name).or_insert_with(|| (at.and_then(|at| at.source()), 0));
            place.1 += count;
        }
        let mut functions: Vec<_> =
            functions.into_iter().map(|(name, (source, count))| (name, source, count)).collect();
        functions.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
        Places { looks: self.looks, every: SLICE, functions }
    }
}

impl Host for Watch<'_> {
    fn typed(&mut self, room: usize) -> Typed {
        self.host.typed(room)
    }

    fn console(&mut self, text: &[(ConsolePort, u8)]) {
        let bytes: Vec<u8> = text.iter().map(|(_, byte)| *byte).collect();
        self.console.write(&bytes);
        self.host.console(text);
    }

    fn audio(&mut self, player: usize, block: AudioBlock) {
        if let Some(chip) = self.chips.get_mut(player) {
            chip.hear(&block);
        }
        if player == 0 {
            self.recording.push(block.rate_hz, block.frames, block.samples);
        }
        self.host.audio(player, block);
    }

    fn waits(&mut self, wait: &Wait) {
        self.host.waits(wait);
    }

    fn wires(&mut self, machine: &mut Machine) {
        self.host.wires(machine);
    }

    fn reach(&mut self, now: Instant, slice: Instant) -> Reach {
        self.host.reach(now, slice)
    }

    fn touch(&mut self, machine: &mut Machine) {
        self.host.touch(machine);
    }

    fn between(&mut self, machine: &Machine) -> Option<Reason> {
        self.look(machine);
        if self.places.len() < MOST_PLACES || self.places.contains_key(&machine.pc()) {
            *self.places.entry(machine.pc()).or_default() += 1;
            self.looks += 1;
        }
        self.host.between(machine)
    }
}

/// What a debugger does is nothing to look at.
impl Front for Watch<'_> {
    fn halted(&mut self, machine: &Machine) -> Option<Reason> {
        self.host.halted(machine)
    }

    fn resumed(&mut self, host: Duration) {
        self.host.resumed(host);
    }

    fn speed(&self) -> Speed {
        self.host.speed()
    }

    fn set_speed(&mut self, speed: Speed) {
        self.host.set_speed(speed);
    }
}

/// The level of a piece of sound, 5 ms by 5 ms, and from when to when it is.
fn hear(series: &mut Series, block: &AudioBlock) -> (Instant, Instant) {
    let rate = Rate::new(u64::from(block.rate_hz.max(1)));
    let at = |frame: u64| block.start + rate.span(frame);
    let all = (at(0), at(block.frames));
    if block.samples.is_empty() {
        series.sound(all.0, all.1, 0, block.sound == Sound::Underrun);
        return all;
    }
    let piece = (block.rate_hz as usize / 200).max(1);
    for (index, samples) in block.samples.chunks(2 * piece).enumerate() {
        let from = (index * piece) as u64;
        let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        series.sound(at(from), at(from + samples.len() as u64 / 2), peak, false);
    }
    all
}
