//! The host's side of a run: where text and sound go, how fast time may pass, and who may end it.

use super::keys::Keys;
use super::live::Live;
use super::trace::Tracing;
use crate::cli::options::SimOptions;
use crate::cli::sim::Stop;
use crate::cli::values::{Audio, AudioRate, Console as Ports};
use crate::engine::machine::Machine;
use crate::engine::session::{Host, Typed};
use crate::engine::waits::Wait;
use crate::gdb::Front;
use crate::host::Pcm;
use crate::host::audio::Device;
use crate::host::console::{Console, say};
use crate::host::interrupt::Interrupt;
use crate::host::pace::{Pace, Speed};
use crate::host::wav::{WavError, WavFile};
use crate::image::Firmware;
use crate::probes::spi::Verdict;
use crate::report::throughput::CHOPPY_SOUND;
use crate::report::{Levels, OutputError, Reason};
use crate::tui::{Command, Tui};
use peripherals::chips::vs1053::AudioBlock;
use peripherals::kernel::{ConsolePort, InputTo, Span};
use std::time::{Duration, Instant};

/// Everything outside of the machine.
pub(super) struct Desk {
    ports: Ports,
    console: Console,
    wav: Option<WavFile>,
    device: Option<Device>,
    volume: u8,
    live: Option<Live>,
    pace: Pace,
    speed: Speed,
    /// The device is silent, as the machine stands still for its debugger.
    hushed: bool,
    /// Host time that was spent so.
    stood: Duration,
    keys: Keys,
    paused: bool,
    interrupt: Interrupt,
    wall_limit: Option<Duration>,
    levels: Levels,
    fail_fast: bool,
    /// When `fail_fast` looks at verdicts again.
    judged: peripherals::kernel::Instant,
    started: Instant,
    /// When progress was last said on stderr.
    said: Instant,
    quiet: bool,
    tracing: Option<Tracing>,
    failed: Vec<OutputError>,
}

/// Without a live view, progress is said this often.
const PROGRESS: Duration = Duration::from_secs(2);
/// After the run the device gets this long to play what it has.
const LAST_SOUND: Duration = Duration::from_secs(2);
/// A verdict on a bus that makes no sense takes tens of milliseconds, so it is asked for this often in simulated time.
const JUDGED_EACH: Span = Span::from_ms(100);
/// How often keys are looked at while the run is paused.
const NAP: Duration = Duration::from_millis(20);

impl From<WavError> for OutputError {
    fn from(error: WavError) -> Self {
        Self { path: error.path, source: error.cause }
    }
}

impl Desk {
    /// Opens whatever the options ask for.
    pub(super) fn open(
        options: &SimOptions,
        firmware: &Firmware,
        machine: &Machine,
        tracing: Option<Tracing>,
        interrupt: Interrupt,
    ) -> Result<Self, Stop> {
        let wav = match &options.audio {
            Audio::File(path) => {
                let file = WavFile::create(path).map_err(OutputError::from)?;
                Some(if options.audio_rate == AudioRate::Dac { file.at_dac_rate() } else { file })
            }
            Audio::Device | Audio::None => None,
        };
        let device = match &options.audio {
            Audio::Device => match Device::open(options.speed(true)) {
                Ok(device) => Some(device),
                Err(error) => {
                    say(&format!("warning: {error}; the run goes on without"));
                    None
                }
            },
            Audio::File(_) | Audio::None => None,
        };
        let speed = options.speed(device.is_some());
        // Before the live view, so that the port's path is found on the terminal again.
        let mut keys = Keys::open(options, options.live, interrupt.clone())?;
        let tui = if options.live {
            match Tui::start(interrupt.clone()) {
                Ok(tui) => Some(tui),
                Err(error) => {
                    say(&format!("warning: no live view: {error}"));
                    keys.without_live(options, interrupt.clone());
                    None
                }
            }
        } else {
            None
        };
        let sound = match (&options.audio, &device) {
            (Audio::File(path), _) => path.display().to_string(),
            (_, Some(_)) => "device".to_owned(),
            _ => "none".to_owned(),
        };
        let now = Instant::now();
        Ok(Self {
            ports: options.console,
            console: Console::stdout(),
            wav,
            device,
            volume: 100,
            live: tui.map(|tui| Live::new(tui, firmware, machine, sound, keys.port())),
            pace: Pace::new(speed),
            speed,
            hushed: false,
            stood: Duration::ZERO,
            keys,
            paused: false,
            interrupt,
            wall_limit: options.wall_limit,
            levels: options.levels.clone(),
            fail_fast: options.fail_fast,
            judged: peripherals::kernel::Instant::ZERO,
            started: now,
            said: now,
            quiet: options.live,
            tracing,
            failed: Vec::new(),
        })
    }

    /// Ends everything: files are finished, the device plays what it has. Gives what could not be written.
    pub(super) fn close(mut self) -> Vec<OutputError> {
        self.keys.close();
        if let Some(device) = self.device.take() {
            let trouble = device.trouble();
            let interrupt = self.interrupt.clone();
            let late = device.finish(LAST_SOUND, || interrupt.is_set());
            self.live = self.live.take().and_then(|live| live.close(&mut self.console));
            for text in trouble.into_iter().chain(late.map(|late| late.to_string())) {
                say(&format!("warning: {text}"));
            }
        }
        if let Some(live) = self.live.take() {
            live.close(&mut self.console);
        }
        if let Some(wav) = self.wav.take()
            && let Err(error) = wav.finish()
        {
            self.failed.push(error.into());
        }
        if let Some(tracing) = self.tracing.take() {
            self.failed.extend(tracing.finish());
        }
        if let Err(source) = self.console.finish() {
            self.failed.push(OutputError { path: "stdout".into(), source });
        }
        self.failed
    }

    /// Which of the firmware's ports reads what is typed.
    pub(super) fn reads(&self) -> InputTo {
        if self.keys.is_nobody() { InputTo::Nobody } else { self.ports.input() }
    }

    /// Does what keys ask for; false to end the run.
    fn keys(&mut self) -> bool {
        while let Some(command) = self.live.as_ref().and_then(Live::command) {
            match command {
                Command::Quit => return false,
                Command::TogglePause => {
                    self.paused = !self.paused;
                    if let Some(device) = &self.device {
                        device.set_paused(self.paused);
                    }
                }
                Command::Volume(percent) => {
                    self.volume = self.volume.saturating_add_signed(percent).min(100);
                    if let Some(device) = &self.device {
                        device.set_volume(self.volume);
                    }
                }
            }
        }
        !self.interrupt.is_set()
    }

    /// Whether a denied diagnostic has come up.
    fn has_denied(&mut self, machine: &Machine) -> bool {
        if machine.world().findings.all().iter().any(|finding| self.levels.denies(finding.lint)) {
            return true;
        }
        if machine.now().since(self.judged) < JUDGED_EACH {
            return false;
        }
        self.judged = machine.now();
        let choppy = || machine.players().any(|(_, chip)| chip.view().underruns.count > 0);
        // What says that something is missing may still come.
        let settled = |verdict: Verdict| !matches!(verdict, Verdict::NoClock | Verdict::Unrecognised);
        let wrong = |verdict: Verdict| verdict.lint().is_some_and(|lint| self.levels.denies(lint));
        self.levels.denies(&CHOPPY_SOUND) && choppy()
            || machine.judges().map(|judge| judge.report().verdict).any(|verdict| settled(verdict) && wrong(verdict))
    }

    fn show(&mut self, machine: &Machine) {
        let volume = self.device.as_ref().map(|_| self.volume);
        match &mut self.live {
            Some(live) => live.show(machine, &self.levels, self.paused, volume),
            None if !self.quiet && self.said.elapsed() >= PROGRESS => {
                self.said = Instant::now();
                let (seconds, host) = (machine.now().as_secs_f64(), self.started.elapsed().as_secs_f64());
                say(&format!(
                    "progress: {seconds:.1} s simulated in {host:.0} s, {:.1} times real time",
                    seconds / host
                ));
            }
            None => {}
        }
    }
}

impl Host for Desk {
    fn typed(&mut self, room: usize) -> Typed {
        self.keys.typed(room)
    }

    fn console(&mut self, text: &[(ConsolePort, u8)]) {
        let mut bytes = Vec::new();
        for &(port, byte) in text.iter().filter(|(port, _)| self.ports.wants(*port)) {
            if !self.keys.show(port, byte) {
                bytes.push(byte);
            }
        }
        self.keys.flush();
        match &mut self.live {
            Some(live) => live.console(&bytes),
            None => self.console.write(&bytes),
        }
    }

    /// One chip's sound is heard and recorded: the first on the board.
    fn audio(&mut self, player: usize, block: AudioBlock) {
        if player != 0 {
            return;
        }
        let pcm = Pcm::from(block);
        if let Some(device) = &mut self.device {
            device.push(&pcm);
        }
        if let Some(wav) = &mut self.wav
            && let Err(error) = wav.push(&pcm)
        {
            self.failed.push(error.into());
        }
    }

    fn waits(&mut self, wait: &Wait) {
        // Who sees a prompt knows.
        if !wait.typed && self.live.is_none() {
            say(&format!("note: since {:.3} s the firmware only waits for {}", wait.since_s, wait.sentence()));
        }
    }

    fn wires(&mut self, machine: &mut Machine) {
        if let Some(tracing) = &mut self.tracing {
            tracing.take(machine);
        }
    }

    fn between(&mut self, machine: &Machine) -> Option<Reason> {
        if let Some(device) = &mut self.device {
            device.advance(machine.now());
        }
        loop {
            if !self.keys() {
                return Some(Reason::Interrupt);
            }
            if self.wall_limit.is_some_and(|limit| self.started.elapsed().saturating_sub(self.stood) >= limit) {
                return Some(Reason::WallLimit);
            }
            self.show(machine);
            if self.paused || self.keys.is_held_up() {
                std::thread::sleep(NAP);
                self.pace.rebase();
            } else if self.pace.hold(machine.now(), self.device.as_ref().and_then(Device::in_hand)) {
                break;
            }
        }
        self.keys.wait(machine);
        (self.fail_fast && self.has_denied(machine)).then_some(Reason::Denied)
    }
}

/// While the machine stands still for its debugger, `--wall-limit` stands still too.
impl Front for Desk {
    fn halted(&mut self, machine: &Machine) -> Option<Reason> {
        if let (Some(device), false) = (&self.device, self.hushed) {
            device.set_paused(true);
            self.hushed = true;
        }
        if !self.keys() {
            return Some(Reason::Interrupt);
        }
        if self.live.is_some() {
            self.show(machine);
        }
        None
    }

    fn resumed(&mut self, host: Duration) {
        self.stood += host;
        self.pace.rebase();
        if let (Some(device), true) = (&self.device, std::mem::take(&mut self.hushed)) {
            device.set_paused(self.paused);
        }
    }

    fn speed(&self) -> Speed {
        self.speed
    }

    fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
        self.pace = Pace::new(speed);
    }
}
