//! One step, from power-on to its end, on a machine of its own.

use super::LadderArgs;
use super::plan::{Job, Plan, wav};
use super::progress::Progress;
use crate::cli::sim::Stop;
use crate::cli::simulate::drive::Drives;
use crate::cli::simulate::facts::{facts, locate};
use crate::cli::simulate::not_made;
use crate::cli::values::WallLimit;
use crate::engine::machine::Machine;
use crate::engine::session::{self, Host, Limits};
use crate::host::Pcm;
use crate::host::console::Lines;
use crate::host::interrupt::Interrupt;
use crate::host::wav::WavFile;
use crate::image::Firmware;
use crate::probes::excerpt::{ExcerptProbe, Lines as Wires};
use crate::report::ladder::{Ending, Step};
use crate::report::{Levels, OutputError, Reason, assemble};
use peripherals::chips::vs1053::AudioBlock;
use peripherals::kernel::{ConsolePort, InputTo, Instant, ProbeId, Span};
use std::time::Duration;

/// Lines of the firmware's text that are kept.
const LAST_WORDS: usize = 8;
/// Nothing was sent for so long: it will not come any more. Interpreters start and compile in less.
const STALLED: Span = Span::from_ms(30_000);
/// So long after the song nothing more was sent, and the chip is quiet: the firmware is at its prompt.
const AT_PROMPT: Span = Span::from_ms(1_000);
/// Progress is shown this often.
const SHOWN_EACH: Duration = Duration::from_millis(100);
/// Bytes from which the one for the picture is chosen, and how many go at a time: the first of a piece has more before it than itself.
const CHOICE: std::ops::Range<usize> = 32..1024;
const PIECE: usize = 32;

/// What all steps need that are under way.
pub(super) struct Stage<'a> {
    pub args: &'a LadderArgs,
    pub plan: &'a Plan,
    pub levels: &'a Levels,
    pub interrupt: &'a Interrupt,
    pub progress: &'a Progress,
}

/// What came of a step, and what of its sound could not be written.
pub(super) struct Played {
    pub step: Step,
    pub failed: Vec<OutputError>,
}

impl Stage<'_> {
    /// Plays step `place`.
    pub(super) fn play(&self, place: usize) -> Result<Played, Stop> {
        let Self { args, plan, .. } = self;
        let job = &plan.jobs[place];
        let firmware = Firmware::of(&plan.images)?;
        let rules = args.timing.rules();
        let mut machine = Machine::new(&firmware, plan.board.clone(), rules, args.seed).map_err(not_made)?;
        Drives::of(plan.found.clone(), plan.tree(job)).lay(&mut machine, &firmware)?;
        machine.open_input(InputTo::Nobody);
        let excerpt = watch(&mut machine, plan);
        let wav = args.wav.as_deref().map(|dir| WavFile::create(wav(dir, job))).transpose();
        let started = std::time::Instant::now();
        let mut watcher = Watcher {
            place,
            interrupt: self.interrupt,
            progress: self.progress,
            song: plan.song.bytes,
            wall_limit: match args.wall_limit {
                WallLimit::None => None,
                WallLimit::After(limit) => Some(limit),
            },
            started,
            shown: started,
            wav: wav.map_err(OutputError::from)?,
            lines: Lines::new(LAST_WORDS),
            raised: false,
            sent: 0,
            sent_at: Instant::ZERO,
            ending: None,
            failed: Vec::new(),
        };
        let limits = Limits { until: args.run_for.map(|span| Instant::ZERO + span), exit_now: false };
        let ended = session::run(&mut machine, &firmware, limits, &mut watcher);
        let host = started.elapsed();
        watcher.look(&machine);
        let ending = watcher.ending(ended.reason);
        let (console, failed) = watcher.close();
        let facts = facts(&firmware, &machine, ended, host);
        let mut report = assemble(facts, self.levels, &|pc| locate(&firmware, pc));
        report.conclude(&[], !failed.is_empty());
        let excerpt = excerpt.and_then(|id| machine.probe::<ExcerptProbe>(id)?.excerpt().cloned());
        let step = Step { report: Some(report), console, excerpt, ending, ..named(job) };
        Ok(Played { step, failed })
    }
}

/// A step that has not begun.
pub(super) fn named(job: &Job) -> Step {
    Step { name: job.name.clone(), article_s: job.article_s, ..Step::default() }
}

/// Has one byte of the song recorded on its wires, where the board has a chip with all of them.
fn watch(machine: &mut Machine, plan: &Plan) -> Option<ProbeId> {
    let song = plan.files.get(super::steps::SONG_FILE)?.data.as_deref()?;
    let player =
        machine.wiring().parts.iter().find_map(|part| {
            Some(Wires { sclk: part.net("SCLK")?, mosi: part.net("MOSI")?, xdcs: part.net("XDCS")? })
        })?;
    let probe = ExcerptProbe::new(player, liveliest(song)?);
    Some(machine.attach(Box::new(probe), &[player.sclk, player.mosi, player.xdcs]))
}

/// The place of the byte in `song` whose bits change most, the first of several: the one that shows most.
fn liveliest(song: &[u8]) -> Option<u64> {
    let changes = |at: &usize| (song[*at] ^ (song[*at] << 1)).count_ones();
    let places = CHOICE.filter(|at| *at < song.len() && at % PIECE != 0);
    places.rev().max_by_key(changes).map(|at| at as u64)
}

/// The host's side of a step.
struct Watcher<'a> {
    place: usize,
    interrupt: &'a Interrupt,
    progress: &'a Progress,
    song: u64,
    wall_limit: Option<Duration>,
    started: std::time::Instant,
    shown: std::time::Instant,
    wav: Option<WavFile>,
    lines: Lines,
    /// Python has printed a traceback.
    raised: bool,
    /// Bytes at the data interface, and when that number was last seen to change.
    sent: u64,
    sent_at: Instant,
    ending: Option<Ending>,
    failed: Vec<OutputError>,
}

impl Watcher<'_> {
    fn look(&mut self, machine: &Machine) {
        let sent = machine.players().map(|(_, chip)| chip.sdi_bytes()).sum();
        if sent != self.sent {
            (self.sent, self.sent_at) = (sent, machine.now());
        }
    }

    fn is_sent(&self) -> bool {
        self.sent >= self.song
    }

    /// Why the run is to end, if it is.
    fn verdict(&self, machine: &Machine) -> Option<Ending> {
        let idle = machine.now().since(self.sent_at);
        if self.interrupt.is_set() {
            return Some(Ending::Interrupted);
        }
        if self.wall_limit.is_some_and(|limit| self.started.elapsed() >= limit) {
            return Some(Ending::WallLimit);
        }
        match self.is_sent() {
            true => (idle >= AT_PROMPT && machine.quiet()).then_some(Ending::Whole),
            false => (idle >= STALLED).then_some(Ending::Stalled),
        }
    }

    fn ending(&self, reason: Reason) -> Ending {
        match (&self.ending, reason) {
            (Some(ending @ (Ending::Interrupted | Ending::WallLimit)), _) => ending.clone(),
            _ if self.raised => Ending::Exception,
            (Some(ending), _) => ending.clone(),
            (None, Reason::For) => Ending::TimeLimit,
            (None, _) if self.is_sent() => Ending::Whole,
            (None, _) => Ending::Early,
        }
    }

    /// Completes the WAV file; gives the last lines of text, and what could not be written.
    fn close(mut self) -> (Vec<String>, Vec<OutputError>) {
        if let Some(wav) = self.wav.take()
            && let Err(error) = wav.finish()
        {
            self.failed.push(error.into());
        }
        (self.lines.last(LAST_WORDS), self.failed)
    }
}

impl Host for Watcher<'_> {
    fn console(&mut self, text: &[(ConsolePort, u8)]) {
        let bytes: Vec<u8> = text.iter().map(|&(_, byte)| byte).collect();
        self.lines.write(&bytes);
        self.raised |= self.lines.last(LAST_WORDS).iter().any(|line| line.starts_with("Traceback (most recent"));
    }

    fn audio(&mut self, player: usize, block: AudioBlock) {
        if player == 0
            && let Some(wav) = &mut self.wav
            && let Err(error) = wav.push(&Pcm::from(block))
        {
            self.failed.push(error.into());
        }
    }

    fn between(&mut self, machine: &Machine) -> Option<Reason> {
        self.look(machine);
        if self.shown.elapsed() >= SHOWN_EACH {
            self.shown = std::time::Instant::now();
            self.progress.at(self.place, self.sent, machine.now());
        }
        self.ending = self.verdict(machine);
        Some(match self.ending.as_ref()? {
            Ending::Interrupted => Reason::Interrupt,
            Ending::WallLimit => Reason::WallLimit,
            _ => Reason::For,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_liveliest_byte_is_the_first_that_changes_most_inside_a_piece() {
        let mut song = vec![0u8; 2_000];
        assert_eq!(liveliest(&song), Some(33));
        song[64] = 0x55; // the first of a piece
        song[70] = 0x33;
        assert_eq!(liveliest(&song), Some(70));
        (song[80], song[90], song[1_500]) = (0x55, 0xAA, 0x55);
        assert_eq!(liveliest(&song), Some(80));
        assert_eq!(liveliest(&song[..33]), None, "too short to choose from");
    }
}
