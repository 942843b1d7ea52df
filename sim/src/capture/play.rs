//! A recording is played to the judge of the wires and to the model of the chip, as if its driver were there.
//!
//! 1. The board is that of a run: the recorded lines are driven from the SoC's pins, DREQ and MISO are the model's own, and those
//!    recorded are compared with them.
//! 2. A recording that begins while the chip runs finds it booted, with CLOCKF set: the model is switched on [`LEAD`] before, and
//!    times are counted from the recording's zero all the same. A select that is low at first, and the clock under it, do not count
//!    until it has risen.

use super::lints;
use crate::boards::{Board, ChipKind, PartKind};
use crate::engine::machine::{make, pin_of};
use crate::probes::spi::{self, SpiAnalyser};
use crate::probes::transactions::{ChipLines, Decoder, Kind, Line, Start, Transaction, Transactions};
use peripherals::chips::vs1053::{AudioBlock, Vs1053, Vs1053Report};
use peripherals::kernel::{
    ActorId, Cx, Drive, Edge, Fabric, Findings, HearsPins, Instant, Level, NetId, PinId, ProbeId, SOC, Span,
};

/// So long before a late recording the chip is switched on.
pub const LEAD: Span = Span::from_ms(20);
/// DREQ that differs for less than this is no news: the real chip's clock is not exact.
const TOLERATED: Span = Span::from_us(50);

/// Reads that wait for their counterpart.
const MOST_READS: usize = 1 << 12;

/// The SoC is not there; its pins only drive.
struct Nobody;

impl HearsPins for Nobody {
    fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
}

/// What is to be played, and how it begins.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The board whose first VS1053 hears it.
    pub board: Board,
    /// The first level of each line that is recorded, by [`Line`].
    pub levels: [Option<Level>; 7],
    /// The chip was running already.
    pub late: bool,
    /// Registers that were set before a late recording, in order.
    pub presets: Vec<(u8, u16)>,
}

/// A board on which nothing can be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// No chip.
    #[error("board `{0}` has no VS1053 that could hear the recording")]
    NoChip(String),
    /// A line that goes nowhere.
    #[error("on board `{board}` {line} of the chip is joined to no pin of the SoC")]
    NotWired {
        /// The board.
        board: String,
        /// The line.
        line: &'static str,
    },
}

/// How the recorded DREQ and the model's compare.
#[derive(Clone, Copy, Debug, Default)]
struct Comparison {
    recorded: bool,
    model: bool,
    since: Instant,
    stretches: u64,
    total: Span,
    longest: Span,
    first: Option<Instant>,
}

impl Comparison {
    fn see(&mut self, at: Instant, recorded: bool, model: bool) {
        if (recorded, model) == (self.recorded, self.model) {
            return;
        }
        self.close(at);
        (self.recorded, self.model, self.since) = (recorded, model, at);
    }

    fn close(&mut self, at: Instant) {
        let length = at.since(self.since);
        if self.recorded != self.model && length > TOLERATED {
            self.stretches += 1;
            self.total += length;
            self.longest = self.longest.max(length);
            self.first.get_or_insert(self.since);
        }
    }
}

/// Plays a recording.
pub struct Player {
    fabric: Fabric,
    board: String,
    chip: (String, ActorId),
    judge: ProbeId,
    model: ProbeId,
    /// By line: the SoC's pin that drives it.
    pins: [Option<PinId>; 7],
    dreq: Option<NetId>,
    lead: Span,
    presets: u64,
    /// Clocks do not count before a select that was low at first has risen.
    muted: [bool; 2],
    recorded: Decoder,
    comparison: Option<Comparison>,
    reads: [Vec<Option<u16>>; 2],
    differing: u64,
    first_differing: Option<String>,
    now: Instant,
}

/// What came of it.
pub struct Played {
    /// The board's name.
    pub board: String,
    /// The judge's report.
    pub spi: Vec<spi::Report>,
    /// The chip, with its name.
    pub vs1053: Vec<(String, Vs1053Report)>,
    /// What was noticed, the judge's verdict included.
    pub findings: Findings,
    /// When the chip was quiet.
    pub end: Instant,
}

impl Player {
    /// A board that is switched on, with every line at its first level.
    ///
    /// # Errors
    /// [`SetupError`] when the board has no chip that the lines could drive.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        let Setup { board, levels, late, presets } = setup;
        let mut fabric = Fabric::default();
        let actors: Vec<ActorId> = (board.parts.iter().enumerate())
            .map(|(index, part)| fabric.add_chip(make(part, board.fonts.get(&index))))
            .collect();
        let wiring = board.wire(&mut fabric.world.nets, &actors, pin_of);
        let is_player = |kind: &PartKind| matches!(kind, PartKind::Chip(ChipKind::Vs1053(_)));
        let index = board.parts.iter().position(|part| is_player(&part.kind));
        let index = index.ok_or_else(|| SetupError::NoChip(board.name.clone()))?;
        let nets = &wiring.parts[index];
        let name = nets.name.clone();
        let net = |line: Line| nets.net(line.name());
        let mut pins = [None; 7];
        for line in Line::ALL {
            let driven = levels[line as usize].is_some() && !matches!(line, Line::Miso | Line::Dreq);
            if !driven {
                continue;
            }
            let pin = net(line).and_then(|net| wiring.soc.iter().position(|known| *known == net));
            let pin = pin.ok_or_else(|| SetupError::NotWired { board: board.name.clone(), line: line.name() })?;
            pins[line as usize] = Some(PinId(pin as u8));
        }
        let high = |line: Line| levels[line as usize].is_none_or(Level::is_high);
        let muted = [Line::Xcs, Line::Xdcs].map(|line| *late && !high(line));
        let chips = [ChipLines::new(&name, |signal| nets.net(signal))];
        let bus = spi::buses(&fabric.world.nets, [(name.as_str(), |signal: &str| nets.net(signal))]);
        let bus = bus.into_iter().next().ok_or_else(|| SetupError::NoChip(board.name.clone()))?;
        let dreq = net(Line::Dreq);
        let start = if *late { Start::Late } else { Start::Fresh };
        let recorded = Decoder::new(0, start, |line| levels[line as usize]);
        let mut player = Self {
            fabric,
            board: board.name.clone(),
            chip: (name, actors[index]),
            judge: ProbeId(0),
            model: ProbeId(0),
            pins,
            dreq,
            lead: if *late { LEAD } else { Span::ZERO },
            presets: 0,
            muted,
            recorded,
            comparison: None,
            reads: Default::default(),
            differing: 0,
            first_differing: None,
            now: Instant::ZERO,
        };
        // Selects that are not believed yet are high.
        let first = |line: Line, player: &Self| {
            let untrue = line == Line::Xcs && player.muted[0] || line == Line::Xdcs && player.muted[1];
            levels[line as usize].filter(|_| !untrue).unwrap_or(Level::High)
        };
        for line in Line::ALL {
            let level = first(line, &player);
            player.drive(line, level);
        }
        if *late {
            player.fabric.power_on(&mut Nobody);
            player.set_before(presets);
        }
        player.judge = SpiAnalyser::attach(&mut player.fabric, &bus);
        player.model = Transactions::attach(&mut player.fabric, &chips, Start::Fresh);
        if !*late {
            player.fabric.power_on(&mut Nobody);
        }
        if let (Some(recorded), Some(net)) = (levels[Line::Dreq as usize], dreq) {
            let (recorded, model) = (recorded.is_high(), player.fabric.world.nets.level(net).is_high());
            player.comparison = Some(Comparison { recorded, model, since: player.now, ..Comparison::default() });
        }
        Ok(player)
    }

    /// The chip boots, and is told what it was told before the recording began.
    fn set_before(&mut self, presets: &[(u8, u16)]) {
        self.advance(Instant::ZERO + Span::from_ms(5));
        let step = |player: &mut Self, line: Line, level: bool| {
            let at = player.now + Span::from_us(1);
            player.advance(at);
            player.drive(line, Level::from(level));
        };
        let at_rest = [Line::Sclk, Line::Mosi].map(|line| self.level(line));
        for &(register, value) in presets {
            let word = u32::from(register) << 16 | u32::from(value) | 0x0200_0000;
            step(self, Line::Sclk, false);
            step(self, Line::Xcs, false);
            for bit in (0..32).rev() {
                step(self, Line::Mosi, word >> bit & 1 != 0);
                step(self, Line::Sclk, true);
                step(self, Line::Sclk, false);
            }
            step(self, Line::Xcs, true);
            self.advance(self.now + Span::from_ms(1));
            self.presets += 1;
        }
        for (line, level) in [Line::Sclk, Line::Mosi].into_iter().zip(at_rest) {
            step(self, line, level.is_high());
        }
        self.advance(Instant::ZERO + self.lead);
    }

    fn level(&self, line: Line) -> Level {
        let net = self.pins[line as usize].and_then(|pin| self.fabric.world.nets.net_of(SOC, pin));
        net.map_or(Level::Low, |net| self.fabric.world.nets.level(net))
    }

    fn drive(&mut self, line: Line, level: Level) {
        let Some(pin) = self.pins[line as usize] else { return };
        Cx::new(&mut self.fabric.world, SOC).drive(pin, Drive::from(level));
        self.fabric.settle(&mut Nobody);
    }

    /// Lets everything happen that the chip does by itself up to `to`, in the time of the model.
    fn advance(&mut self, to: Instant) {
        while let Some(due) = self.fabric.world.sched.pop(to) {
            self.fabric.world.now = self.fabric.world.now.max(due.at);
            if due.actor != SOC {
                self.fabric.wake(due.actor, due.alarm, &mut Nobody);
            }
            self.compare(self.fabric.world.now);
        }
        self.fabric.world.now = self.fabric.world.now.max(to);
        self.now = self.fabric.world.now;
    }

    fn compare(&mut self, at: Instant) {
        if let (Some(comparison), Some(net)) = (&mut self.comparison, self.dreq) {
            let model = self.fabric.world.nets.level(net).is_high();
            comparison.see(at, comparison.recorded, model);
        }
    }

    /// A line of the recording has changed.
    pub fn change(&mut self, at: Instant, line: Line, level: Level) {
        self.recorded.edge(at, line, level, None);
        let at = at + self.lead;
        self.advance(at);
        match line {
            Line::Dreq => {
                if let Some(comparison) = &mut self.comparison {
                    comparison.see(at, level.is_high(), comparison.model);
                }
                return;
            }
            Line::Miso => return,
            Line::Sclk if self.muted.contains(&true) => return,
            Line::Xcs | Line::Xdcs => {
                // The first rise ends the silence: the clock is where the recording has it.
                let muted = &mut self.muted[usize::from(line == Line::Xdcs)];
                if std::mem::take(muted) {
                    return;
                }
            }
            Line::Sclk | Line::Mosi | Line::Xreset => {}
        }
        self.drive(line, level);
        self.compare(at);
    }

    /// Hands over the recording's transactions since the last time, and compares what was read.
    pub fn drain_transactions(&mut self, sink: &mut dyn FnMut(Transaction)) {
        let mut mine = Vec::new();
        self.recorded.drain(&mut |transaction| mine.push(transaction));
        let reads = &mut self.reads;
        let mut names = Vec::new();
        for transaction in mine {
            if let Kind::Read { value, .. } = transaction.kind {
                reads[0].push(value);
                names.push((transaction.start, transaction.kind.to_string()));
            }
            sink(transaction);
        }
        if let Some(model) = self.fabric.probe_mut::<Transactions>(self.model) {
            model.drain(&mut |transaction| {
                if let Kind::Read { value, .. } = transaction.kind {
                    reads[1].push(value);
                }
            });
        }
        // Reads that one side has and the other has not pair up wrongly: what waits for long is given up.
        reads.iter_mut().filter(|side| side.len() > MOST_READS).for_each(Vec::clear);
        let both = reads[0].len().min(reads[1].len());
        let [recorded, model] = reads;
        for (index, (recorded, model)) in recorded.drain(..both).zip(model.drain(..both)).enumerate() {
            if let (Some(recorded), Some(model)) = (recorded, model)
                && recorded != model
            {
                self.differing += 1;
                let name =
                    names.get(index).map(|(at, words)| format!("at {at}: {words}, and 0x{model:04x} in the model"));
                if self.first_differing.is_none() {
                    self.first_differing = name;
                }
            }
        }
    }

    /// Hands over the chip's sound since the last time.
    pub fn drain_audio(&mut self, sink: &mut dyn FnMut(AudioBlock)) {
        if let Some(chip) = self.fabric.chip_mut::<Vs1053>(self.chip.1) {
            chip.drain_audio(sink);
        }
    }

    /// The recording goes on to `at` without a change.
    pub fn reach(&mut self, at: Instant) {
        self.advance(at + self.lead);
    }

    /// The present, in the time of the recording.
    pub fn now(&self) -> Instant {
        Instant::from_ps(self.now.as_ps().saturating_sub(self.lead.as_ps()))
    }

    /// The recording ends at `end`: what the real chip did afterwards nobody knows.
    pub fn close(&mut self, end: Instant) {
        if let Some(comparison) = &mut self.comparison {
            comparison.close(end + self.lead);
            comparison.model = comparison.recorded;
        }
    }

    fn chip(&self) -> Option<&Vs1053> {
        self.fabric.chip(self.chip.1)
    }

    /// What came of it; `glitches` were taken out before.
    pub fn finish(mut self, glitches: super::Glitches) -> Played {
        self.recorded.flush();
        self.drain_transactions(&mut |_| {});
        let end = self.now();
        let report = self.chip().map(|chip| chip.report(self.now));
        let mut findings = self.fabric.world.findings.earlier(self.lead);
        let spi: Vec<spi::Report> =
            self.fabric.probe::<SpiAnalyser>(self.judge).map(SpiAnalyser::report).into_iter().collect();
        for bus in &spi {
            let mut bus = bus.clone();
            bus.first = bus.first.map(|at| Instant::from_ps(at.as_ps().saturating_sub(self.lead.as_ps())));
            bus.file(&mut findings, SOC, 0);
        }
        if let Some(Comparison { stretches, total, longest, first, .. }) = self.comparison.filter(|c| c.stretches > 0) {
            let first = first.unwrap_or_default();
            let first = Instant::from_ps(first.as_ps().saturating_sub(self.lead.as_ps()));
            let detail = || format!("{stretches} times, {total} together, {longest} at the longest");
            findings.report(&lints::DREQ_DIFFERS, SOC, 0, first, None, detail);
        }
        if self.differing > 0 {
            let first = self.first_differing.take().unwrap_or_default();
            let detail = || format!("{} reads; the first {first}", self.differing);
            findings.report(&lints::READ_DIFFERS, SOC, 0, Instant::ZERO, None, detail);
        }
        if glitches.count > 0 {
            let at = glitches.first.unwrap_or_default();
            findings.report(&lints::GLITCHES, SOC, 0, at, None, || format!("{} pulses", glitches.count));
        }
        let vs1053 = report.into_iter().map(|mut report| {
            report.sci_writes = report.sci_writes.saturating_sub(self.presets);
            let earlier = |at: Instant| Instant::from_ps(at.as_ps().saturating_sub(self.lead.as_ps()));
            report.underruns.first = report.underruns.first.map(earlier);
            (self.chip.0.clone(), report)
        });
        Played { board: self.board.clone(), spi, vs1053: vs1053.collect(), findings, end }
    }
}
