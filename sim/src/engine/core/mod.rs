//! The core: Unicorn as a Cortex-M4F, with a clock that is exact to the instruction.
//!
//! This folder is the only place that names Unicorn, and its `hooks` the only one where unsafe code talks to it.
//!
//! How time is kept: a hook at the start of every translated block charges the block that just ended
//! (`clock`); within a block, an access to a peripheral is stamped with the cycle of its own instruction. An event that
//! falls inside a block ends the run at the first instruction boundary at or after it, so that how time is cut up by the
//! caller changes nothing.
//! An access that itself brings an event into the rest of its block has the block run again, up to there (`rewind`).
//!
//! 1. The core stops between instructions only, and not inside an IT block: an exception that comes there, or while a
//!    load or store of several words or a division runs, is taken behind it. The chip would abandon or interrupt them.
//! 2. VCVT from fixed point rounds as FPSCR says and not always to nearest (Armv7-M ARM, A7.7, FixedToFP), which can be
//!    seen only of integers of more than 24 bits while FPSCR.RMode is not 0. Unicorn's translation does it, so that there
//!    is no place to put it right.

mod clock;
mod debug;
mod direct;
mod fetch;
mod hooks;
mod memory;
mod polling;
mod registers;
mod rewind;
mod shared;
mod snapshot;
#[cfg(test)]
mod tests;

pub use debug::{Watch, WatchHit, WatchKind};
pub use memory::{FLASH_SIZE, Memory, RAM_ALIAS, RAM_BASE, RAM_SIZE, Region};
pub use registers::{FPCA, FpRegisters, IPSR, IT as IT_BITS, NPRIV, Registers, SPSEL};
pub use snapshot::CoreSnapshot;

use super::timing::{Insn, Rules, decode};
use clock::{Boundary, State, Wish};
use peripherals::cortex_m::{Page, Rights};
use peripherals::kernel::Width;
use rewind::Back;
use shared::Shared;
use unicorn_engine::{Arch, ArmCpuModel, Mode, Prot, RegisterARM, TlbType, Unicorn, uc_error};

/// What the core's loads and stores reach outside of memory, and when the world next wants to act by itself.
pub trait Bus {
    /// A load of `width` at `addr` by the instruction at `pc`, in core clock cycle `at`. `None`: nothing answers.
    fn read(&mut self, addr: u32, width: Width, at: u64, pc: u32) -> Option<u32>;
    /// A store. False: nothing answers, and the instruction is to know; a store that is buffered is no matter of the
    /// instruction's any more.
    fn write(&mut self, addr: u32, width: Width, value: u32, at: u64, pc: u32) -> bool;
    /// Whether a load from `addr` changes nothing and gives the same until the next event or store.
    fn is_steady(&self, addr: u32) -> bool;
    /// Whether instructions of the FPU can just run.
    fn fpu(&self) -> Fpu;
    /// Whether unprivileged code may reach this address on the private peripheral bus.
    fn lets_in_unprivileged(&self, addr: u32) -> bool {
        let _ = addr;
        false
    }
    /// Whether an exception is enabled and pending, masked or not.
    fn exception_waiting(&self) -> bool;
    /// Whether a division by zero is a fault (CCR.DIV_0_TRP), and an unaligned access (CCR.UNALIGN_TRP).
    fn traps(&self) -> (bool, bool) {
        (false, false)
    }
    /// Whether a watched address was accessed by the last load or store, or by an event since.
    fn watched(&self) -> bool {
        false
    }
    /// Changes whenever an answer of [`Bus::page`] or [`Bus::permits`] may have changed; 0 while they allow everything.
    fn protection(&self) -> u32 {
        0
    }
    /// What the memory protection unit allows in the 1 KB that hold `addr`.
    fn page(&self, _addr: u32, _mode: CoreMode) -> Page {
        Page::Uniform(Rights { read: true, write: true, exec: true })
    }
    /// Whether it allows `access` at `addr`.
    fn permits(&self, _addr: u32, _access: Access, _mode: CoreMode) -> bool {
        true
    }
    /// The first core clock cycle in which such a load may give something else with no interruption ([`Bus::next_interruption`]) or
    /// store before; 0 when it changes something, or when that is not known. Asked right behind a load from there.
    fn steady_until(&self, addr: u32) -> u64 {
        if self.is_steady(addr) { u64::MAX } else { 0 }
    }
    /// How flash gives instructions.
    fn flash(&self) -> Flash {
        Flash::NeverWaits
    }
    /// What becomes of a store of `bytes` bytes to flash at `addr` by the instruction at `pc` in core clock cycle `at`.
    fn flash_store(&mut self, addr: u32, bytes: u32, at: u64, pc: u32) -> FlashStore {
        let _ = (addr, bytes, at, pc);
        FlashStore::Refused
    }
    /// The instruction cache had so many hits and misses more.
    fn count_cache(&mut self, hits: u32, misses: u32) {
        let _ = (hits, misses);
    }
    /// The first core clock cycle at or after the next event that may interrupt the core or change its memory; `u64::MAX` when there is
    /// none. The core stops for it, exactly to the instruction. It may run past all others: the bus catches up with them before
    /// each access.
    fn next_interruption(&self) -> u64;
}

/// What decides, besides the address, about what is allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CoreMode {
    /// The core runs unprivileged code.
    pub unprivileged: bool,
    /// The execution priority is below 0: in HardFault, NMI, or with FAULTMASK set.
    pub urgent: bool,
}

/// What the FPU needs before its instructions can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fpu {
    /// Nothing.
    Ready,
    /// CPACR does not give access to it.
    Off,
    /// The registers of what was interrupted are to be saved first (Armv7-M ARM, B1.5.7 "Lazy context save").
    Deferred,
}

/// What becomes of a store to flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashStore {
    /// Bits that are 0 in what is stored become 0 in flash.
    Programs,
    /// Nothing; the instruction is not to know.
    Drops,
    /// Nothing answers, and the instruction is to know.
    Faults,
    /// Not before this cycle.
    Waits(u64),
    /// It is none of the bus's matters.
    Refused,
}

/// How flash gives instructions. A change takes effect at the next branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flash {
    /// At once: a bus without a flash controller.
    #[default]
    NeverWaits,
    /// Word by word, with wait states.
    Uncached,
    /// Through the instruction cache.
    Cached {
        /// Hits and misses are counted.
        counted: bool,
    },
}

/// Why [`Core::run`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The deadline is reached; a store may have moved it forward.
    Deadline,
    /// `B .`: nothing but an event can change anything any more.
    Loop,
    /// WFI; PC is behind it.
    WaitForInterrupt,
    /// WFE; PC is behind it.
    WaitForEvent,
    /// BKPT; PC is on it.
    Breakpoint {
        /// Its immediate.
        number: u8,
    },
    /// SVC; PC is behind it.
    SupervisorCall,
    /// A branch to an EXC_RETURN value.
    ExceptionReturn,
    /// An encoding that is undefined; PC is on it.
    Undefined,
    /// A branch to an even address: the core has no state for it (INVSTATE).
    NotThumb,
    /// MSR or CPS has run, and an exception is waiting.
    Masks,
    /// The instruction at PC is one of the FPU, which is not ready ([`Bus::fpu`]).
    Fpu,
    /// Memory protection does not allow what the instruction at PC tried.
    Denied {
        /// First address that is denied.
        address: u32,
        /// What was tried.
        access: Access,
    },
    /// The instruction at PC divides by zero, and CCR.DIV_0_TRP is set.
    DivideByZero,
    /// The instruction at PC makes an unaligned access, and CCR.UNALIGN_TRP is set.
    Unaligned,
    /// Nothing answers the load or store of the instruction at PC.
    Unanswered {
        /// The address.
        address: u32,
    },
    /// The instruction at PC needs flash, which is busy, at this cycle or until it is ready.
    FlashBusy {
        /// The cycle.
        until: u64,
    },
    /// The instruction at PC may not do what it tried.
    Refused {
        /// First address that was refused.
        address: u32,
        /// What was tried.
        access: Access,
    },
    /// The instruction at PC has a breakpoint of a debugger's.
    Halt,
    /// The instruction before has accessed a watched address.
    Watched(WatchHit),
    /// One instruction has been executed ([`Core::step`]).
    Stepped,
    /// Unicorn failed in a way that no firmware should be able to cause.
    Broken(&'static str),
}

/// What an instruction tried to do with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A load.
    Read,
    /// A store.
    Write,
    /// Running code from there.
    Fetch,
}

/// A Cortex-M4F with its memory, on a bus.
pub struct Core<B: Bus> {
    /// The engine; dropped first, as its hooks use `state`.
    unicorn: Unicorn<'static, ()>,
    state: Shared<State<B>>,
    memory: Memory,
    /// Translations dropped one by one.
    dropped: u32,
}

/// Everything that is no memory, [`memory::DIRECT_VIEW`] aside.
const PERIPHERALS: [(u64, u64); 4] =
    [(0x0010_0000, 0x0070_0000), (0x0084_0000, 0x1F7C_0000), (0x2004_0000, 0x5FFC_0000), (0xA000_0000, 0x6000_0000)];

impl<B: Bus> Core<B> {
    /// A core that is switched off: no registers are set yet.
    ///
    /// # Errors
    /// Says which call Unicorn refused; that is a bug of ours or of the build.
    pub fn new(bus: B, rules: Rules) -> Result<Self, CoreError> {
        let fail = |what: &'static str| move |error: uc_error| CoreError { what, error };
        let mut unicorn = Unicorn::new(Arch::ARM, Mode::THUMB).map_err(fail("open"))?;
        // Mode::MCLASS would silently make this a Cortex-M33; asserted because of that.
        unicorn.ctl_set_cpu_model(ArmCpuModel::CORTEX_M4 as i32).map_err(fail("choose the Cortex-M4"))?;
        let model = unicorn.ctl_get_cpu_model().map_err(fail("read the CPU model"))?;
        if model != ArmCpuModel::CORTEX_M4 as i32 {
            return Err(CoreError { what: "be a Cortex-M4", error: uc_error::ARG });
        }
        unicorn.ctl_set_tlb_type(TlbType::VIRTUAL).map_err(fail("use a virtual TLB"))?;
        let memory = Memory::new();
        let state = Shared::new(State::new(bus, rules, memory.clone()));
        memory.map(&mut unicorn).map_err(fail("map memory"))?;
        hooks::install(&mut unicorn, &state, &PERIPHERALS).map_err(fail("install hooks"))?;
        for (base, size) in PERIPHERALS {
            // Without permission every access first asks a hook, before which Unicorn works out the exact PC.
            unicorn.mem_protect(base, size, Prot::NONE).map_err(fail("protect the peripherals"))?;
        }
        Ok(Self { unicorn, state, memory, dropped: 0 })
    }

    /// Flash and RAM.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Changes flash from outside, at any moment between two calls of [`Core::run`]: what is known of its code is forgotten.
    /// False, with nothing written, when `bytes` do not all lie in flash.
    pub fn program(&mut self, address: u32, bytes: &[u8]) -> bool {
        let written = matches!(Region::of(address), Region::Flash(_)) && self.memory.write(address, bytes);
        if written {
            self.flash_changed(address, bytes.len() as u32);
        }
        written
    }

    /// Erases `range` of flash, as [`Core::program`] with ones.
    pub fn erase(&mut self, range: core::ops::Range<u32>) {
        self.program(range.start, &vec![0xFF; range.len()]);
    }

    /// From now on flash is busy, or not: what is read from there, or run, stops with [`Stop::FlashBusy`].
    pub fn close_flash(&mut self, closed: bool) {
        if self.state.pages.closed != closed {
            self.state.pages.closed = closed;
            hooks::flush_tlb(self.unicorn.get_handle());
        }
    }

    /// The bus.
    pub fn bus(&self) -> &B {
        &self.state.bus
    }

    /// The bus, to change.
    pub fn bus_mut(&mut self) -> &mut B {
        &mut self.state.bus
    }

    /// Core clock cycles since power-on, at the start of the next instruction.
    pub fn cycles(&self) -> u64 {
        self.state.now()
    }

    /// Instructions executed or skipped by IT since power-on.
    pub fn instructions(&self) -> u64 {
        self.state.instructions()
    }

    /// Whether WFE has nothing to wait for; clears the event register, as WFE does then.
    pub fn take_event(&mut self) -> bool {
        std::mem::take(&mut self.state.event_register)
    }

    /// Runs loops that only poll round by round instead of skipping ahead; the outcome is the same.
    pub fn run_polling_loops(&mut self) {
        self.state.polling.disable();
    }

    /// Lets time pass over `instructions` that would only repeat themselves.
    pub fn skip(&mut self, cycles: u64, instructions: u64) {
        self.state.wait(cycles, instructions);
    }

    /// Lets time pass without executing anything, up to cycle `to`.
    pub fn sleep_until(&mut self, to: u64) {
        let left = to.saturating_sub(self.state.now());
        self.state.wait(left, 0);
    }

    /// Cycles that were slept or skipped in this process: about how long firmware has only waited. It decides nothing, and is no
    /// part of a snapshot.
    pub fn waited(&self) -> u64 {
        self.state.waited
    }

    /// The event register is set: by an exception's entry or return, or by an interrupt with SCR.SEVONPEND.
    pub fn set_event(&mut self) {
        self.state.event_register = true;
    }

    /// All registers but the FPU's.
    pub fn registers(&self) -> Registers {
        Registers::read(self.unicorn.get_handle())
    }

    /// Sets them; the core goes on at their PC, where no branch has led.
    pub fn set_registers(&mut self, registers: &Registers) {
        let engine = self.unicorn.get_handle();
        registers.write(engine);
        self.state.look_at_mode(engine);
        self.state.protect(engine);
        self.state.stand_at_jump(registers.pc, rewind::it_state(registers.xpsr));
    }

    /// PRIMASK, BASEPRI and FAULTMASK.
    pub fn mask_registers(&self) -> [u32; 3] {
        // Unprivileged code reads zeros, and so does whoever reads while it runs.
        let thread = self.register(RegisterARM::XPSR) & IPSR == 0;
        if thread && self.register(RegisterARM::CONTROL) & NPRIV != 0 {
            let Registers { primask, basepri, faultmask, .. } = self.registers();
            return [primask, basepri, faultmask];
        }
        [RegisterARM::PRIMASK, RegisterARM::BASEPRI, RegisterARM::FAULTMASK].map(|register| self.register(register))
    }

    /// The FPU's registers.
    pub fn fp_registers(&self) -> FpRegisters {
        FpRegisters::read(self.unicorn.get_handle())
    }

    /// Sets them.
    pub fn set_fp_registers(&mut self, registers: &FpRegisters) {
        registers.write(self.unicorn.get_handle());
    }

    /// EXC_RETURN, when the core stopped at [`Stop::ExceptionReturn`].
    pub fn exc_return(&self) -> u32 {
        self.register(RegisterARM::PC) | 1
    }

    /// The core's mode.
    pub fn mode(&self) -> CoreMode {
        self.state.mode()
    }

    /// A register that [`Bus::fpu`] depends on may have changed.
    pub fn fpu_may_have_changed(&mut self) {
        self.state.fpu_may_have_changed();
    }

    /// Cycles that a round of the branch to itself at PC takes.
    pub fn loop_cycles(&self) -> u64 {
        self.state.loop_cycles()
    }

    /// Sets the registers as after a reset (Armv7-M ARM, B1.5.5): MSP and PC from the vector table, thread mode.
    pub fn reset(&mut self, sp: u32, pc: u32) {
        let registers =
            Registers { msp: sp & !3, lr: 0xFFFF_FFFF, pc: pc & !1, xpsr: registers::T, ..Registers::default() };
        self.set_registers(&registers);
        self.write_register(RegisterARM::FPSCR, 0);
        self.state.forget();
        self.state.fpu_may_have_changed();
    }

    /// A register's value.
    pub fn register(&self, register: RegisterARM) -> u32 {
        self.unicorn.reg_read(register).unwrap_or(0) as u32
    }

    /// General register `n`, 0 to 15.
    pub fn general(&self, n: usize) -> u32 {
        GENERAL.get(n).map_or_else(
            || self.register([RegisterARM::SP, RegisterARM::LR, RegisterARM::PC][n.clamp(13, 15) - 13]),
            |&r| self.register(r),
        )
    }

    /// Sets R0, in which a semihosting call has its result.
    pub fn set_r0(&mut self, value: u32) {
        self.write_register(RegisterARM::R0, value);
    }

    /// Sets a register.
    pub fn write_register(&mut self, register: RegisterARM, value: u32) {
        // Fails only for a register that this architecture lacks; the enum has none such in use here.
        let _ = self.unicorn.reg_write(register, u64::from(value));
    }

    /// Address of the next instruction.
    pub fn pc(&self) -> u32 {
        self.register(RegisterARM::PC) & !1
    }

    /// Goes on at `pc` (bit 0 is ignored: this core knows only Thumb code).
    pub fn set_pc(&mut self, pc: u32) {
        self.write_register(RegisterARM::PC, pc | 1);
        self.state.boundary = Boundary::Jump;
    }

    /// Goes on behind the instruction at PC, which was dealt with by the caller.
    pub fn step_over(&mut self, bytes: u32) {
        let pc = self.pc().wrapping_add(bytes);
        self.write_register(RegisterARM::PC, pc | 1);
    }

    /// The instruction at `pc`, if there is memory.
    pub fn instruction(&self, pc: u32) -> Option<Insn> {
        let half = |at| self.memory.read(at, 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
        half(pc).map(|hw1| decode(hw1, half(pc.wrapping_add(2)).unwrap_or(0)))
    }

    /// Executes until the first instruction boundary at or after cycle `deadline`, or until something needs the caller.
    pub fn run(&mut self, deadline: u64) -> Stop {
        self.state.set_deadline(deadline, u64::MAX);
        self.go_on()
    }

    /// The same up to the first block boundary at or after cycle `about`, which is cheaper. Where that is depends on how the
    /// code was run before; what the core does does not depend on where it is.
    pub fn run_about(&mut self, about: u64) -> Stop {
        self.state.set_deadline(u64::MAX, about);
        self.go_on()
    }

    /// What has to be known before the core goes on.
    fn prepare(&mut self) {
        for offset in self.memory.take_written_code() {
            self.drop_translation(RAM_BASE + offset, memory::PAGE);
        }
        self.state.fpu_may_have_changed();
        self.state.traps_may_have_changed();
        let engine = self.unicorn.get_handle();
        self.state.protect(engine);
        let next = self.state.bus.next_interruption();
        self.state.stop_by(next);
        self.state.go_on();
    }

    fn go_on(&mut self) -> Stop {
        self.prepare();
        if self.is_inside_it()
            && let Some(stop) = self.finish_it()
        {
            return stop;
        }
        loop {
            let stop = match std::mem::replace(&mut self.state.wish, Wish::None) {
                Wish::None if self.state.is_over() => Some(Stop::Deadline),
                Wish::Pause => Some(Stop::Deadline),
                Wish::None => self.enter(NOWHERE),
                Wish::Event { start, size } => self.run_into(start, size),
                Wish::Loop => Some(Stop::Loop),
                Wish::Fpu => Some(Stop::Fpu),
                Wish::Masks => Some(Stop::Masks),
                Wish::Cut { start, size, at } => self.run_as_far_as(start, size, at),
                Wish::Rewind => self.rewind(),
                Wish::Break => Some(Stop::Halt),
                Wish::Lost => Some(LOST),
                Wish::Hooks { start, size } => {
                    self.install_dynamic(start, size);
                    self.enter(NOWHERE)
                }
            };
            if let Some(stop) = stop {
                return stop;
            }
        }
    }

    /// The next event falls into the block at `start`: runs it as far as the first instruction at or after the event,
    /// or as far as the first instruction whose cost depends on data.
    fn run_into(&mut self, start: u32, size: u32) -> Option<Stop> {
        if self.state.is_over() {
            return Some(Stop::Deadline);
        }
        let cut = self.state.cut_for_event(start, size);
        self.state.forced = true;
        // Without a cut the event falls into the block's last instruction.
        let Some(cut) = cut else { return self.enter(NOWHERE) };
        self.run_cut(start, size, cut).or_else(|| self.halted_at(cut))
    }

    /// Runs the block at `start` as far as, and without, the instruction at `at`.
    fn run_as_far_as(&mut self, start: u32, size: u32, at: u32) -> Option<Stop> {
        self.state.forced = true;
        self.run_cut(start, size, at).or_else(|| self.halted_at(at))
    }

    /// What ran in vain has ended: puts everything back, and runs as far as the next boundary between instructions.
    fn rewind(&mut self) -> Option<Stop> {
        let (pc, until) = match self.state.go_back(self.unicorn.get_handle()) {
            Some(Back::Run { pc, until }) => (pc, until),
            Some(Back::Stop(stop)) => return Some(stop),
            None => return Some(Stop::Broken("there was nothing to go back to")),
        };
        self.state.forced = true;
        let stop = match until {
            Some(until) => self.run_cut(pc, until.wrapping_sub(pc), until).or_else(|| self.halted_at(until)),
            None => self.enter(NOWHERE),
        };
        self.state.replay = None;
        stop
    }

    fn run_cut(&mut self, start: u32, size: u32, cut: u32) -> Option<Stop> {
        self.drop_translation(start, size);
        let stop = self.enter(cut);
        self.drop_translation(start, size);
        if stop.is_none() && self.state.wish == Wish::None {
            self.state.settle();
        }
        stop
    }

    /// Lets Unicorn run. `None`: it stopped because a hook asked it to, or at `until`.
    fn enter(&mut self, until: u32) -> Option<Stop> {
        let pc = self.pc();
        if self.register(RegisterARM::CPSR) & THUMB == 0 {
            // By a vector, a frame, or a branch that was the last before a stop; starting Unicorn would set it.
            return Some(Stop::NotThumb);
        }
        self.state.starting = true;
        self.state.refused = None;
        self.state.interrupt = None;
        let result = self.unicorn.emu_start(u64::from(pc | 1), u64::from(until), 0, 0);
        if self.state.wish != Wish::None {
            return None;
        }
        if let Some(number) = self.state.interrupt {
            return Some(self.interrupted(number));
        }
        match result {
            Ok(()) if self.pc() == until => None,
            Ok(()) => {
                self.state.settle();
                Some(Stop::WaitForInterrupt)
            }
            Err(uc_error::INSN_INVALID) => Some(self.invalid()),
            // The page of `NOWHERE` may not be looked at: that hides how the run ended.
            Err(uc_error::EXCEPTION)
                if self.state.refused.is_none() && (self.state.bus.protection() != 0 || self.state.pages.closed) =>
            {
                Some(self.invalid())
            }
            Err(uc_error::EXCEPTION) => self.refused(),
            Err(_) => Some(Stop::Broken("Unicorn reported an error that has no meaning here")),
        }
    }

    fn interrupted(&mut self, number: u32) -> Stop {
        const SVC: u32 = 2;
        const BKPT: u32 = 7;
        const EXCEPTION_RETURN: u32 = 8;
        match number {
            SVC => {
                self.state.settle();
                Stop::SupervisorCall
            }
            BKPT => {
                self.state.settle();
                let immediate = self.memory.read(self.pc(), 1).map_or(0, |b| b[0]);
                Stop::Breakpoint { number: immediate }
            }
            EXCEPTION_RETURN => {
                self.state.settle();
                Stop::ExceptionReturn
            }
            _ => self.undefined(),
        }
    }

    fn undefined(&mut self) -> Stop {
        let (thumb, pc) = (self.register(RegisterARM::CPSR) & THUMB != 0, self.pc());
        self.state.settle_at(pc);
        if thumb { Stop::Undefined } else { Stop::NotThumb }
    }

    /// WFE and YIELD arrive as invalid, PC behind them, where their block ends; what is really undefined has PC on it.
    fn invalid(&mut self) -> Stop {
        let pc = self.pc();
        if self.state.running().is_none_or(|known| known.block.end != pc) {
            return self.undefined();
        }
        let before = |bytes: u32| self.memory.read(pc.wrapping_sub(bytes), 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
        let wide = before(4) == Some(0xF3AF);
        let hint = match before(2) {
            Some(half) if wide && half & 0xFF00 == 0x8000 => Some(half & 0xFF),
            Some(half) if half & 0xFF0F == 0xBF00 => Some((half >> 4) & 0xF),
            _ => None,
        };
        match hint {
            Some(2) => {
                self.state.settle();
                Stop::WaitForEvent
            }
            Some(3) => {
                self.state.settle();
                Stop::WaitForInterrupt
            }
            Some(1) => {
                self.state.settle();
                Stop::Deadline
            }
            _ => self.undefined(),
        }
    }

    /// The TLB hook refused an address; it knows only the page, so the exact address is worked out from the instruction.
    fn refused(&mut self) -> Option<Stop> {
        let pc = self.pc();
        let Some((page, access)) = self.state.refused else {
            return Some(Stop::Broken("an access was refused by nobody"));
        };
        let insn = self.instruction(pc).and_then(|i| i.address);
        let mut hit = None;
        let (address, bytes) = match (access, insn) {
            (Access::Fetch, _) | (_, None) => (page.max(pc), 2),
            (_, Some(a)) => {
                let index = a.index.map_or(0, |(r, shift)| self.general(r.into()) << shift);
                let base = if a.base == 15 { (pc & !3).wrapping_add(4) } else { self.general(a.base.into()) };
                let first = base.wrapping_add(index).wrapping_add_signed(a.offset);
                hit = self.state.debug.hit(first, a.bytes, access);
                let inside = first & !(memory::PAGE - 1) == page || first.wrapping_add(a.bytes) <= page;
                (if inside { first } else { first.max(page) }, a.bytes)
            }
        };
        if self.state.bus.protection() != 0 && Region::of(page) != Region::Nothing {
            let mode = self.state.mode_of(pc, access);
            let denied =
                (address..address.saturating_add(bytes.max(1))).find(|&at| !self.state.bus.permits(at, access, mode));
            if let Some(address) = denied {
                self.state.settle_at(pc);
                return Some(Stop::Denied { address, access });
            }
            if self.state.is_mixed(page, mode) && access != Access::Fetch && !self.is_flash_matter(page, access) {
                return self.run_open(pc, page, hit);
            }
        }
        if self.is_flash_matter(page, access) {
            return match access {
                Access::Write => self.store_to_flash(pc, address, bytes).or_else(|| self.watched_store(hit)),
                Access::Read => {
                    let stands = self.state.stand_before_access(pc).is_some();
                    Some(if stands { Stop::FlashBusy { until: u64::MAX } } else { OUTSIDE })
                }
                Access::Fetch => {
                    // What led there has run to its end.
                    self.state.settle();
                    Some(Stop::FlashBusy { until: u64::MAX })
                }
            };
        }
        if self.state.debug.watches_page(page) && access != Access::Fetch {
            return self.run_open(pc, page, hit);
        }
        self.state.settle_at(pc);
        Some(Stop::Refused { address, access })
    }

    /// A store to flash has ended that touched a watched address, if `hit` says so.
    fn watched_store(&mut self, hit: Option<WatchHit>) -> Option<Stop> {
        let hit = hit.filter(|_| self.state.wish == Wish::None)?;
        self.halt();
        Some(Stop::Watched(hit))
    }

    /// Whether flash itself is the reason why `access` to `page` was refused.
    fn is_flash_matter(&self, page: u32, access: Access) -> bool {
        matches!(Region::of(page), Region::Flash(_)) && (access == Access::Write || self.state.pages.closed)
    }

    /// The instruction at `pc` stores `bytes` bytes to flash at `address`: runs it alone, with its pages open, and makes of what
    /// it wrote what the flash controller does. The core stops behind it, as it may have to wait for that.
    ///
    /// In an IT block, what follows in that block runs with it: a second store there to the same pages takes no time of its own.
    fn store_to_flash(&mut self, pc: u32, address: u32, bytes: u32) -> Option<Stop> {
        let Some(until) = self.state.stand_before_access(pc) else { return Some(OUTSIDE) };
        let at = self.state.now();
        let programs = match self.state.bus.flash_store(address, bytes, at, pc) {
            FlashStore::Programs => true,
            FlashStore::Drops => false,
            FlashStore::Faults => return Some(Stop::Unanswered { address }),
            FlashStore::Waits(until) => return Some(Stop::FlashBusy { until }),
            FlashStore::Refused => return Some(Stop::Refused { address, access: Access::Write }),
        };
        let first = address & !(memory::PAGE - 1);
        let end = address.saturating_add(bytes).next_multiple_of(memory::PAGE).min(FLASH_SIZE);
        let before = self.memory.read(first, end - first).unwrap_or_default();
        self.state.granted.extend((first..end).step_by(memory::PAGE as usize));
        self.state.pages.writable = first..end;
        self.state.forced = true;
        self.state.stop_by(0);
        let stop = self.run_cut(pc, until.wrapping_sub(pc), until);
        self.state.granted.clear();
        self.state.pages.writable = 0..0;
        hooks::flush_tlb(self.unicorn.get_handle());
        let mut after = self.memory.read(first, end - first).unwrap_or_default();
        if after != before {
            for (new, old) in after.iter_mut().zip(&before) {
                *new = if programs { *new & *old } else { *old };
            }
            self.memory.write(first, &after);
            self.flash_changed(address, bytes);
        }
        stop
    }

    fn install_dynamic(&mut self, start: u32, size: u32) {
        for rare in self.state.take_rare_sites() {
            hooks::remove_dynamic(&mut self.unicorn, &self.state, rare);
        }
        for dynamic in std::mem::take(&mut self.state.wanted) {
            hooks::add_dynamic(&mut self.unicorn, &mut self.state, dynamic);
        }
        self.drop_translation(start, size);
    }

    /// Bytes of flash have changed: what is known of code there is forgotten.
    fn flash_changed(&mut self, first: u32, bytes: u32) {
        self.state.flash_changed(first, bytes);
        // Unicorn asks whether code may be there.
        let closed = std::mem::replace(&mut self.state.pages.closed, false);
        self.drop_translation(first, bytes);
        self.close_flash(closed);
    }

    fn drop_translation(&mut self, start: u32, size: u32) {
        let _ = self.unicorn.ctl_remove_cache(u64::from(start), u64::from(start) + u64::from(size));
        self.dropped += 1;
        if self.dropped >= MOST_DROPPED {
            self.drop_translations();
        }
    }

    /// Drops all of them. Unicorn keeps the room of those that were dropped one by one until its buffer of 1 GB is full.
    fn drop_translations(&mut self) {
        let _ = self.unicorn.ctl_flush_tb();
        self.dropped = 0;
    }
}

const LOST: Stop = Stop::Broken("no instruction of its block makes an access that was made");
const OUTSIDE: Stop = Stop::Broken("an access was refused outside of any block");

/// CPSR's T bit, by which Unicorn shows EPSR's.
const THUMB: u32 = 1 << 5;

/// Translations that may be dropped one by one before all are: a few MB, and what code was in use is soon
/// translated again.
const MOST_DROPPED: u32 = 1 << 13;

/// An address to run to that no instruction has. Not 0: a jump there would go unnoticed, and must be reported. Unicorn
/// looks at the page of the address before this one when a run ends: it is flash, and `on_tlb_fill` knows of it when memory
/// protection refuses it.
const NOWHERE: u32 = 1;

const GENERAL: [RegisterARM; 13] = [
    RegisterARM::R0,
    RegisterARM::R1,
    RegisterARM::R2,
    RegisterARM::R3,
    RegisterARM::R4,
    RegisterARM::R5,
    RegisterARM::R6,
    RegisterARM::R7,
    RegisterARM::R8,
    RegisterARM::R9,
    RegisterARM::R10,
    RegisterARM::R11,
    RegisterARM::R12,
];

/// Unicorn refused a call that it should not.
#[derive(Debug, thiserror::Error)]
#[error("Unicorn would not {what}: {error:?}")]
pub struct CoreError {
    what: &'static str,
    error: uc_error,
}
