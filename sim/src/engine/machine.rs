//! A machine: a board with its firmware, powered on, and what ends its run.

use super::bus::{BoardBus, LostStore};
use super::core::Bus;
use super::core::{Access, Core, CoreError, Counted, FLASH_SIZE, Fpu, Observer, Pastime, Region, Stop};
use super::debug::{Debugger, Halt, Marks};
use super::exceptions::Sleep;
use super::fault::{self, FaultRecord};
use super::instructions::InstructionTrace;
use super::lints;
use super::pace::Pace;
use super::profile::Python;
use super::rtt::Rtt;
use super::semihosting::{self, Request};
use super::timing::Rules;
use super::waits::Lookout;
use super::witnesses::Witnesses;
use crate::boards::{Board, ChipKind, Part, PartKind, SoundFont, Supply, Wiring};
use crate::codecs::HostCodecs;
use crate::image::unwind::Registers;
use crate::image::{Firmware, SoftDevice, Start, StoredFlash, call_name};
use crate::probes::TraceDigest;
use crate::probes::edges::EdgeLog;
use crate::probes::spi::{self, SpiAnalyser};
use crate::probes::transactions::{ChipLines, Start as From, Transaction, Transactions};
use peripherals::chips::button::Button;
use peripherals::chips::led::Led;
use peripherals::chips::norflash::{self, NorFlash};
use peripherals::chips::vs1053::{self, Vs1053, pin_named};
use peripherals::cortex_m::Fault;
use peripherals::kernel::{
    ActorId, Chip, ConsolePort, Cx, Fabric, InputTo, Instant, Lint, NetId, PinId, Probe, ProbeId, SOC, Width, World,
};
use peripherals::nrf52840::{LFXO_START, ResetCause, Soc, SocConfig};

/// A board with its firmware.
pub struct Machine {
    pub(super) core: Core<BoardBus>,
    pub(super) rules: Rules,
    board: Board,
    wiring: Wiring,
    players: Vec<(String, ActorId)>,
    /// Flash chips on QSPI.
    flashes: Vec<ActorId>,
    judges: Vec<ProbeId>,
    pub(super) trace: ProbeId,
    pub(super) start: Start,
    pub(super) resets: u32,
    pub(super) asleep: Option<Sleep>,
    /// Time has passed since it fell asleep.
    pub(super) has_slept: bool,
    /// The last fault, until its handler has returned.
    pub(super) caught: Option<FaultRecord>,
    /// The buffered store that was its reason.
    pub(super) lost_store: Option<LostStore>,
    /// The instruction at PC waits for flash: until this cycle, or until it is ready.
    pub(super) flash_wanted: Option<u64>,
    /// Every instruction is written down.
    pub(super) instructions: Option<Box<InstructionTrace>>,
    /// The core runs an instruction at a time.
    pub(super) single_step: bool,
    /// What has ended the run while single instructions were run.
    pub(super) pending: Option<Outcome>,
    /// Whether the firmware only waits.
    pub(super) lookout: Lookout,
    /// What it does while a chip waits.
    pub(super) pace: Pace,
    pub(super) debugger: Debugger,
    pub(super) marks: Marks,
    /// Stop at instructions, and not where it is cheapest.
    pub(super) exact: bool,
    /// Somebody may press buttons.
    pub(super) fingers: bool,
}

/// Why [`Machine::run`] came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The moment it was to run to is there.
    Reached,
    /// The host should have a look: there is much text, or much has happened in little time.
    Pause,
    /// The firmware ended itself with this code.
    Exit(i64),
    /// The firmware can do nothing any more, and every chip is quiet.
    Parked,
    /// It stands still for its debugger.
    Halted(Halt),
    /// The core cannot go on.
    Fault {
        /// The rule that was broken.
        lint: &'static Lint,
        /// What there is to say about it.
        detail: String,
    },
}

/// A machine that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// The core cannot be made.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// A segment lies where no memory is.
    #[error("the image has bytes at 0x{0:08x}, where the nRF52840 has no memory")]
    Outside(u32),
}

/// What [`Machine::before_code`] comes to.
enum Before {
    /// Code can run.
    Runs,
    /// Something else has happened, or time has passed.
    Waits,
    /// The run is over.
    Ends(Outcome),
}

/// UICR, which the loader fills through the SoC.
const UICR: core::ops::Range<u32> = 0x1000_1000..0x1000_2000;
/// Text that may wait for the host, in bytes.
const MOST_TEXT: usize = 64 * 1024;
/// Events that may happen without a look at the host.
const MOST_STOPS: u32 = 20_000;
/// Firmware that keeps resetting itself is stopped here: nothing new comes of it.
const MOST_RESETS: u32 = 1_000;

impl Machine {
    /// `firmware` on `board`, powered on; `seed` makes the device's identity and its noise.
    ///
    /// # Errors
    /// When an image does not fit the chip's memory, or Unicorn cannot be set up.
    pub fn new(firmware: &Firmware, board: Board, rules: Rules, seed: u64) -> Result<Self, MachineError> {
        Self::with_flash(firmware, None, board, rules, seed)
    }

    /// The same, on a chip that holds `stored` before the firmware is put over it; its UICR stands for what the board file says
    /// of a new chip's. `None`: a new chip.
    ///
    /// # Errors
    /// As [`Machine::new`].
    pub fn with_flash(
        firmware: &Firmware,
        stored: Option<&StoredFlash>,
        board: Board,
        rules: Rules,
        seed: u64,
    ) -> Result<Self, MachineError> {
        let mut soc = Soc::new(soc_config(firmware, stored, &board, seed));
        let mut fabric = Fabric::default();
        let mut players = Vec::new();
        let (mut actors, mut flashes) = (Vec::new(), Vec::new());
        for (index, part) in board.parts.iter().enumerate() {
            let actor = fabric.add_chip(make(part, board.fonts.get(&index)));
            if matches!(part.kind, PartKind::Chip(ChipKind::Vs1053(_))) {
                players.push((part.name.clone(), actor));
            }
            if let PartKind::Chip(ChipKind::NorFlash(part)) = part.kind {
                fabric.world.quad.add(actor, Box::new(NorFlash::new(part)));
                flashes.push(actor);
            }
            actors.push(actor);
        }
        let wiring = board.wire(&mut fabric.world.nets, &actors, pin_of);
        let chips = board.chips().map(|(index, part, _)| {
            let nets = &wiring.parts[index];
            (part.name.as_str(), move |signal: &str| nets.net(signal))
        });
        let buses = spi::buses(&fabric.world.nets, chips);
        let judges = buses.iter().map(|bus| SpiAnalyser::attach(&mut fabric, bus)).collect();
        let trace = TraceDigest::attach(&mut fabric);
        soc.reset(ResetCause::PowerOn, &mut fabric.world);
        fabric.settle(&mut soc);
        fabric.power_on(&mut soc);
        let mut core = Core::new(BoardBus::new(soc, fabric), rules)?;
        let memory = core.memory().clone();
        let logs = firmware.images.iter().rev().find_map(|image| image.defmt.clone());
        let rtt = Rtt::new(firmware.symbol("_SEGGER_RTT").map(|symbol| symbol.addr)).with_logs(logs);
        core.bus_mut().attach(memory.clone(), rtt);
        core.bus_mut().witnesses.tell_python(Python::of(firmware));
        if let Some(stored) = stored {
            memory.write(0, stored.flash());
        }
        for segment in firmware.segments().filter(|s| !UICR.contains(&s.addr)) {
            if !memory.write(segment.addr, &segment.data) {
                return Err(MachineError::Outside(segment.addr));
            }
        }
        let start = firmware.start;
        core.reset(start.sp, start.pc);
        let mut machine = Self {
            core,
            rules,
            board,
            wiring,
            players,
            flashes,
            judges,
            trace,
            start,
            resets: 0,
            asleep: None,
            has_slept: false,
            caught: None,
            lost_store: None,
            flash_wanted: None,
            instructions: None,
            single_step: false,
            pending: None,
            lookout: Lookout::default(),
            pace: Pace::default(),
            debugger: Debugger::default(),
            marks: Marks::default(),
            exact: false,
            fingers: false,
        };
        machine.set_vtor();
        Ok(machine)
    }

    /// The present: the start of the next instruction.
    pub fn now(&self) -> Instant {
        Instant::from_cycles(self.core.cycles())
    }

    /// Instructions executed so far.
    pub fn instructions(&self) -> u64 {
        self.core.instructions()
    }

    /// The board.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Counts what runs from now on; with an observer, it looks at the core about every so many cycles. It changes nothing that is simulated.
    pub fn start_counting(&mut self, observer: Option<(u64, Box<dyn Observer>)>) {
        self.core.start_counting(observer);
    }

    /// What was counted since then.
    pub fn counted(&mut self) -> Counted {
        self.core.counted()
    }

    /// Which wire is where.
    pub fn wiring(&self) -> &Wiring {
        &self.wiring
    }

    /// Wires, alarms and findings.
    pub fn world(&self) -> &World {
        &self.core.bus().fabric.world
    }

    /// The address of the next instruction.
    pub fn pc(&self) -> u32 {
        self.core.pc()
    }

    /// The core's registers, as an [`crate::image::Unwinder`] takes them.
    pub fn registers(&self) -> Registers {
        let now = self.core.registers();
        Registers::new(now.r, [now.msp, now.psp], now.lr, now.pc, now.xpsr, now.control)
    }

    /// The word at `address` in flash or RAM, if there is one; peripherals are not touched.
    pub fn word(&self, address: u32) -> Option<u32> {
        self.core.memory().word(address)
    }

    /// A copy of all of flash, 1 MB from address 0, as it is now.
    pub fn flash(&self) -> Vec<u8> {
        self.core.memory().flash()
    }

    /// Flash and UICR, for [`Machine::with_flash`] of another run.
    pub fn stored_flash(&self) -> StoredFlash {
        StoredFlash::new(&self.core.memory().flash(), self.core.bus().soc.uicr())
    }

    /// The `bytes` bytes of flash at `address`; `None` when they are not all in flash.
    pub fn read_flash(&self, address: u32, bytes: u32) -> Option<Vec<u8>> {
        let end = address.checked_add(bytes)?;
        if end <= FLASH_SIZE { self.core.memory().read(address, bytes) } else { None }
    }

    /// Puts `bytes` into flash at `address`, as a programmer does while the chip is in reset: no time passes, and bits may go
    /// both ways. Where a run starts stays what the images said. False, with nothing written, when they do not all lie in flash.
    pub fn lay_flash(&mut self, address: u32, bytes: &[u8]) -> bool {
        let end = u32::try_from(bytes.len()).ok().and_then(|size| address.checked_add(size));
        end.is_some_and(|end| end <= FLASH_SIZE) && self.core.program(address, bytes)
    }

    /// A copy of all that is in the board's first flash chip on QSPI; `None` without one.
    pub fn flash_chip(&self) -> Option<Vec<u8>> {
        let chip = self.world().quad.get::<NorFlash>(*self.flashes.first()?)?;
        Some(chip.memory().bytes())
    }

    /// Puts `bytes` into that chip from its first byte on, as [`Machine::lay_flash`] does. False, with nothing written, when there is
    /// no such chip or they do not fit.
    pub fn lay_flash_chip(&mut self, bytes: &[u8]) -> bool {
        let Some(&actor) = self.flashes.first() else { return false };
        let chip = self.core.bus_mut().fabric.world.quad.get_mut::<NorFlash>(actor);
        chip.is_some_and(|chip| chip.memory_mut().lay(bytes))
    }

    /// Chips that play, with their names.
    pub fn players(&self) -> impl Iterator<Item = (&str, &Vs1053)> {
        self.players.iter().filter_map(|(name, actor)| Some((name.as_str(), self.core.bus().fabric.chip(*actor)?)))
    }

    /// Hands over every player's output since the last time.
    pub fn drain_audio(&mut self, sink: &mut dyn FnMut(usize, vs1053::AudioBlock)) {
        let fabric = &mut self.core.bus_mut().fabric;
        for (index, (_, actor)) in self.players.iter().enumerate() {
            if let Some(chip) = fabric.chip_mut::<Vs1053>(*actor) {
                chip.drain_audio(&mut |block| sink(index, block));
            }
        }
    }

    /// Takes what is left in RTT's buffer, at the end of a run.
    pub fn drain_rtt(&mut self) {
        let now = self.now();
        self.core.bus_mut().drain_rtt(now);
    }

    /// Takes the text that firmware has sent.
    pub fn take_console(&mut self) -> Vec<(ConsolePort, u8)> {
        std::mem::take(&mut self.core.bus_mut().fabric.world.console)
    }

    /// What is typed goes to the port that `to` says from now on, until [`Machine::close_input`].
    pub fn open_input(&mut self, to: InputTo) {
        self.core.bus_mut().fabric.world.input.open(to);
    }

    /// Types `bytes`: they are there at `at`. More than [`Input::room`](peripherals::kernel::Input::room) are dropped.
    pub fn type_in(&mut self, bytes: &[u8], at: Instant) {
        let bus = self.core.bus_mut();
        bus.soc.send_input(bytes, at, &mut bus.fabric.world);
    }

    /// Nothing more will be typed.
    pub fn close_input(&mut self) {
        self.core.bus_mut().fabric.world.input.close();
    }

    /// About how many cycles firmware has only waited, asleep or in loops that poll. It differs from run to run, and
    /// nothing that is simulated may depend on it.
    pub fn waited(&self) -> u64 {
        self.core.waited()
    }

    /// The judges of the SPI buses, in board order.
    pub fn judges(&self) -> impl Iterator<Item = &SpiAnalyser> {
        self.judges.iter().filter_map(|&id| self.core.bus().fabric.probe(id))
    }

    /// Adds `probe`, which sees the edges of `nets` from now on.
    pub fn attach(&mut self, probe: Box<dyn Probe>, nets: &[NetId]) -> ProbeId {
        let fabric = &mut self.core.bus_mut().fabric;
        let id = fabric.add_probe(probe);
        for &net in nets {
            fabric.world.nets.watch(net, id);
        }
        id
    }

    /// The probe `id`, if it is a `P`.
    pub fn probe<P: Probe>(&self, id: ProbeId) -> Option<&P> {
        self.core.bus().fabric.probe(id)
    }

    /// The calls that led to findings and register accesses.
    pub fn witnesses(&self) -> &Witnesses {
        &self.core.bus().witnesses
    }

    /// The probe `id`, if it is a `P`, to take out what it holds.
    pub fn probe_mut<P: Probe>(&mut self, id: ProbeId) -> Option<&mut P> {
        self.core.bus_mut().fabric.probe_mut(id)
    }

    /// The wires of every VS1053, for a decoder of transactions.
    pub fn chip_lines(&self) -> Vec<ChipLines> {
        let parts = || self.board.chips().map(|(index, part, _)| (part, &self.wiring.parts[index]));
        let lines = |name: &str| {
            let (_, nets) = parts().find(|(part, _)| part.name == name)?;
            Some(ChipLines::new(name, |signal| nets.net(signal)))
        };
        self.players.iter().filter_map(|(name, _)| lines(name)).collect()
    }

    /// Turns the chips' wires into transactions from now on, for one listener, which takes them by [`Machine::drain_transactions`]. To
    /// be called at power-on, or between two transactions.
    pub fn watch_transactions(&mut self) -> ProbeId {
        let chips = self.chip_lines();
        Transactions::attach(&mut self.core.bus_mut().fabric, &chips, From::Fresh)
    }

    /// Hands over what has gone over the chips' wires since the last time to the listener `id`. The chips' names, and what was
    /// lost, are told by the probe itself ([`Machine::probe`]).
    pub fn drain_transactions(&mut self, id: ProbeId, sink: &mut dyn FnMut(Transaction)) {
        if let Some(probe) = self.probe_mut::<Transactions>(id) {
            probe.drain(sink);
        }
    }

    /// Records every edge from now on, for one listener, which takes them from the [`EdgeLog`] `id`.
    pub fn watch_edges(&mut self) -> ProbeId {
        EdgeLog::attach(&mut self.core.bus_mut().fabric)
    }

    /// Digest over every pin edge so far.
    pub fn trace_sha256(&self) -> String {
        self.core.bus().fabric.probe::<TraceDigest>(self.trace).map(TraceDigest::hex).unwrap_or_default()
    }

    /// Pin edges so far.
    pub fn edges(&self) -> u64 {
        self.core.bus().fabric.probe::<TraceDigest>(self.trace).map_or(0, TraceDigest::edges)
    }

    /// Runs loops that only poll round by round instead of skipping ahead; the outcome is the same.
    pub fn run_polling_loops(&mut self) {
        self.core.run_polling_loops();
    }

    /// What a debugger would say about the last fault, if its handler has not returned; `firmware` gives names.
    pub fn explain_fault(&self, firmware: &Firmware) -> Option<String> {
        let record = self.caught.as_ref()?;
        let mut text = fault::explain(record, firmware, &|at| self.word(at));
        if let Some(LostStore { address, pc }) = self.lost_store {
            text.push_str(&format!(
                "\nthe store that nothing answered: to 0x{address:08x}, by the instruction at 0x{pc:08x}; the fault came behind it"
            ));
        }
        Some(text)
    }

    /// The instruction that caused the last fault, if its handler has not returned.
    pub fn fault_pc(&self) -> Option<u32> {
        self.caught.as_ref().map(|record| record.pc)
    }

    /// The run has ended otherwise: the firmware has dealt with its faults.
    pub fn settle_faults(&mut self) {
        self.settle_fault();
    }

    /// The number of the exception that is being handled; 0 in thread mode.
    pub fn exception(&self) -> u32 {
        self.core.registers().exception()
    }

    /// Runs up to the end of a block of code at or after `until`, or until the run ends by itself.
    pub fn run(&mut self, until: Instant) -> Outcome {
        let until = until.cycles_ceil();
        if let Some(outcome) = self.pending.take() {
            return outcome;
        }
        for _ in 0..MOST_STOPS {
            if let Some(outcome) = self.due_halt() {
                return outcome;
            }
            if let Some(outcome) = self.step(until) {
                return outcome;
            }
            let waits = self.asleep.is_some() || self.flash_wanted.is_some();
            if self.core.cycles() >= until && (waits || !self.is_stepping()) {
                return Outcome::Reached;
            }
            if self.world().console.len() > MOST_TEXT {
                return Outcome::Pause;
            }
        }
        Outcome::Pause
    }

    /// Sleeps, takes exceptions or runs, up to the next thing that has to be dealt with.
    pub(super) fn step(&mut self, until: u64) -> Option<Outcome> {
        // Who stopped inside an IT block goes on to its end first; nobody else stops there.
        if !self.core.is_inside_it() {
            match self.before_code(until) {
                Before::Runs => {}
                Before::Waits => return None,
                Before::Ends(outcome) => return Some(outcome),
            }
        }
        let stop = if self.is_stepping() { self.core.step() } else { self.run_core(until) };
        let now = self.now();
        self.core.bus_mut().catch_up(now);
        self.notice_lost_store();
        if self.core.bus().soc.reset_requested() {
            return None;
        }
        if self.core.bus().soc.is_off() {
            return self.fall_asleep(Sleep::Off);
        }
        self.attend_to(stop)
    }

    /// What comes before code can run.
    fn before_code(&mut self, until: u64) -> Before {
        let from = |outcome: Option<Outcome>| outcome.map_or(Before::Waits, Before::Ends);
        if let Some(cause) = self.core.bus_mut().soc.take_reset_request() {
            return from(self.reset(cause));
        }
        if self.wait_for_flash(until) {
            return Before::Waits;
        }
        if let Some(sleep) = self.asleep {
            return from(self.sleep(sleep, until));
        }
        if let Some(outcome) = self.take_exceptions() {
            return Before::Ends(outcome);
        }
        let over = self.core.cycles() >= until && !self.is_stepping();
        if over || self.is_halt_due() { Before::Waits } else { Before::Runs }
    }

    fn attend_to(&mut self, stop: Stop) -> Option<Outcome> {
        match stop {
            Stop::Deadline | Stop::Masks | Stop::Stepped => None,
            Stop::Halt => self.comes_to_breakpoint(),
            Stop::Watched(hit) => Some(self.halted(Halt::Watched(hit))),
            Stop::Loop if self.goes_round() => None,
            Stop::FlashBusy { until } => {
                self.flash_wanted = Some(until);
                None
            }
            Stop::WaitForEvent if self.core.take_event() => None,
            Stop::Loop => self.fall_asleep(Sleep::Loop),
            Stop::WaitForInterrupt => self.fall_asleep(Sleep::Interrupt),
            Stop::WaitForEvent => self.fall_asleep(Sleep::Event),
            Stop::Breakpoint { number: 0xAB } => self.semihosting(),
            Stop::Breakpoint { number } if self.is_debugged() => self.bkpt(number),
            Stop::Breakpoint { number } => {
                let pc = self.pc();
                self.report(&lints::BREAKPOINT, pc, format!("BKPT 0x{number:02x}"));
                self.raise(Fault::Breakpoint)
            }
            Stop::Refused { address, access } => self.refused(address, access),
            Stop::Denied { access: Access::Fetch, .. } => self.raise(Fault::InstructionAccess),
            Stop::Denied { address, .. } => self.raise(Fault::DataAccess(address)),
            Stop::DivideByZero => self.raise(Fault::DivideByZero),
            Stop::Unaligned => self.raise(Fault::Unaligned),
            Stop::Unanswered { address } => self.raise(Fault::BusPrecise(address)),
            Stop::SupervisorCall => {
                self.notice_absent_softdevice();
                self.supervisor_call()
            }
            Stop::ExceptionReturn => {
                let exc_return = self.core.exc_return();
                self.return_from_exception(exc_return)
            }
            Stop::Undefined => {
                let fault = self.undefined_fault();
                self.raise(fault)
            }
            Stop::NotThumb => self.raise(Fault::InvalidState),
            Stop::Fpu => match self.core.bus().fpu() {
                Fpu::Off => self.raise(Fault::NoCoprocessor),
                Fpu::Deferred => self.save_deferred_fp_state(),
                Fpu::Ready => None,
            },
            Stop::Broken(why) => Some(Outcome::Fault { lint: &lints::ENGINE, detail: why.to_owned() }),
        }
    }

    /// Lets chips play out what they hold, up to `until`, without the core. True when they are quiet.
    pub fn play_out(&mut self, until: Instant) -> bool {
        self.core.because(Pastime::PlayOut);
        while !self.quiet() {
            let next = self.world().sched.next().unwrap_or(until).min(until);
            self.pass(next.cycles_ceil());
            if next >= until {
                return self.quiet();
            }
        }
        true
    }

    /// Whether no chip will do anything by itself any more.
    pub fn quiet(&self) -> bool {
        self.players().all(|(_, chip)| chip.quiet())
    }

    pub(super) fn fall_asleep(&mut self, sleep: Sleep) -> Option<Outcome> {
        self.asleep = Some(sleep);
        self.has_slept = false;
        None
    }

    /// Lets time pass up to cycle `to` without the core.
    pub(super) fn pass(&mut self, to: u64) {
        self.core.sleep_until(to);
        let now = self.now();
        self.core.bus_mut().catch_up(now);
    }

    /// What is to be done to flash is done, and while it is busy the core waits for it, up to cycle `until`, or is kept from it.
    /// True when it has waited.
    ///
    /// Code in flash waits at its next instruction, an exception for its vector in flash; meanwhile time goes on for everybody else.
    /// Code in RAM goes on until it reads flash or goes there.
    fn wait_for_flash(&mut self, until: u64) -> bool {
        let bus = self.core.bus_mut();
        if bus.soc.flash_has_work()
            && let Some(range) = bus.soc.take_flash_work()
        {
            self.core.erase(range);
        }
        let Some(ready) = self.core.bus().soc.flash_busy().map(Instant::cycles_ceil) else {
            self.flash_wanted = None;
            self.core.close_flash(false);
            return false;
        };
        if self.flash_wanted.is_none() && self.asleep.is_none() && self.needs_flash() {
            self.flash_wanted = Some(ready);
        }
        if let Some(wanted) = self.flash_wanted {
            let wanted = wanted.min(ready);
            self.flash_wanted = (wanted > until).then_some(wanted);
            self.core.because(Pastime::Flash);
            self.pass(wanted.min(until));
            self.core.because(Pastime::Exceptions);
            return true;
        }
        self.core.close_flash(true);
        false
    }

    /// Whether the next thing that the core does is in flash: an instruction, or fetching a vector.
    fn needs_flash(&mut self) -> bool {
        let in_flash = |address: u32| matches!(Region::of(address), Region::Flash(_));
        if in_flash(self.pc()) {
            return true;
        }
        if !in_flash(self.core.bus().soc.scb().vtor()) || !self.core.bus().exception_waiting() {
            return false;
        }
        let masks = self.masks();
        self.core.bus_mut().soc.ppb.nvic.next(masks).is_some()
    }

    /// The SVC behind which the core stands may be meant for a SoftDevice, or an MBR, that is not there.
    fn notice_absent_softdevice(&mut self) {
        let svc = self.pc().wrapping_sub(2);
        let number = self.core.memory().read(svc, 1).map_or(0, |byte| byte[0]);
        if let Some(name) = call_name(number)
            && self.start.vtor != 0
            && SoftDevice::find(|addr| self.word(addr)).is_none()
        {
            self.report(&lints::SOFTDEVICE_ABSENT, svc, format!("SVC 0x{number:02x}: {name}"));
        }
    }

    fn semihosting(&mut self) -> Option<Outcome> {
        let (operation, parameter) = (self.core.general(0), self.core.general(1));
        match semihosting::request(operation, parameter, self.core.memory()) {
            Request::Exit { code } => return Some(Outcome::Exit(code)),
            Request::Text(bytes) => {
                let console = &mut self.core.bus_mut().fabric.world.console;
                console.extend(bytes.into_iter().map(|byte| (ConsolePort::Semihosting, byte)));
            }
            Request::ReadByte => {
                let input = &mut self.core.bus_mut().fabric.world.input;
                match input.take(ConsolePort::Semihosting) {
                    Some(byte) => self.core.set_r0(byte.into()),
                    // The debugger holds the core until a key is pressed.
                    None if input.is_awaited() => return self.fall_asleep(Sleep::Debugger),
                    None => self.core.set_r0(u32::MAX),
                }
            }
            Request::Unknown(operation) => {
                let pc = self.pc();
                self.report(&lints::SEMIHOSTING, pc, format!("operation 0x{operation:02x}; it answers -1"));
                self.core.set_r0(u32::MAX);
            }
        }
        self.core.step_over(2);
        None
    }

    /// Records a finding of the engine's own at the instruction `pc`.
    pub fn report(&mut self, lint: &'static Lint, pc: u32, detail: String) {
        let world = &mut self.core.bus_mut().fabric.world;
        world.pc = Some(pc);
        Cx::new(world, SOC).report(lint, u64::from(pc), || detail);
        world.pc = None;
    }

    /// The chip starts anew; RAM and time go on.
    pub(super) fn reset(&mut self, cause: ResetCause) -> Option<Outcome> {
        self.resets += 1;
        if self.resets > MOST_RESETS {
            let detail = format!("the firmware has reset itself {MOST_RESETS} times");
            return Some(Outcome::Fault { lint: &lints::RESETS, detail });
        }
        self.asleep = None;
        self.flash_wanted = None;
        self.settle_fault();
        let bus = self.core.bus_mut();
        bus.soc.reset(cause, &mut bus.fabric.world);
        bus.fabric.settle(&mut bus.soc);
        self.set_vtor();
        // The table may have been written anew.
        let vector = |n: u32| self.core.memory().word(self.start.vtor.wrapping_add(4 * n)).unwrap_or_default();
        let (sp, pc) = (vector(0), vector(1));
        self.core.reset(sp, pc);
        self.notice_reset();
        None
    }

    /// What a bootloader does before it starts the application.
    fn set_vtor(&mut self) {
        let vtor = self.start.vtor;
        let bus = self.core.bus_mut();
        // The register exists, so nothing can be wrong with the write.
        let _ = bus.soc.write(0xE000_ED08, Width::Word, vtor, &mut bus.fabric.world);
    }
}

fn soc_config(firmware: &Firmware, stored: Option<&StoredFlash>, board: &Board, seed: u64) -> SocConfig {
    let new = || board.soc.uicr.iter().map(|(&at, &word)| (at, word)).collect();
    let mut uicr: Vec<(u16, u32)> = stored.map_or_else(new, |stored| stored.uicr().collect());
    for segment in firmware.segments().filter(|s| UICR.contains(&s.addr)) {
        for (index, word) in segment.data.chunks_exact(4).enumerate() {
            let at = segment.addr - UICR.start + 4 * index as u32;
            uicr.push((at as u16, u32::from_le_bytes([word[0], word[1], word[2], word[3]])));
        }
    }
    SocConfig {
        lfxo: board.soc.lfxo.then_some(LFXO_START),
        high_voltage: board.soc.supply == Supply::Vddh,
        uicr,
        seed,
        usb: board.soc.usb,
        sleep_clocks: board.soc.sleep_clocks,
        temperature: board.soc.temperature,
        analog: board.soc.analog,
    }
}

/// The model of a part.
pub(crate) fn make(part: &Part, font: Option<&SoundFont>) -> Box<dyn Chip> {
    match part.kind.clone() {
        PartKind::Chip(ChipKind::Vs1053(config)) => {
            let mut chip = Vs1053::new(config, Box::new(HostCodecs));
            if let Some(font) = font.and_then(|f| f.font.as_ref()) {
                chip.use_synth(font.synth());
            }
            Box::new(chip)
        }
        PartKind::Chip(ChipKind::NorFlash(_)) => Box::new(norflash::Package),
        PartKind::Led { active_low } => Box::new(Led::new(active_low)),
        PartKind::Button { active_low } => Box::new(Button::new(active_low, false)),
    }
}

/// The number of a part's pin.
pub(crate) fn pin_of(part: &Part, signal: &str) -> Option<PinId> {
    match part.kind {
        PartKind::Chip(ChipKind::Vs1053(_)) => pin_named(signal),
        PartKind::Chip(ChipKind::NorFlash(_)) => norflash::pin_named(signal),
        PartKind::Led { .. } | PartKind::Button { .. } => Some(PinId(0)),
    }
}
