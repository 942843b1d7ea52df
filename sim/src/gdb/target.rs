//! The machine as `gdbstub` asks it.

use super::describe;
use super::monitor;
use super::registers::{All, CortexM4F, Number};
use crate::engine::core::{Watch, WatchKind};
use crate::engine::debug::Going;
use crate::engine::machine::Machine;
use crate::host::pace::Speed;
use gdbstub::common::{Pid, Signal};
use gdbstub::target::ext::base::BaseOps;
use gdbstub::target::ext::base::single_register_access::{SingleRegisterAccess, SingleRegisterAccessOps};
use gdbstub::target::ext::base::singlethread::{
    SingleThreadBase, SingleThreadRangeStepping, SingleThreadRangeSteppingOps, SingleThreadResume,
    SingleThreadResumeOps, SingleThreadSingleStep, SingleThreadSingleStepOps,
};
use gdbstub::target::ext::breakpoints::{
    Breakpoints, BreakpointsOps, HwBreakpoint, HwBreakpointOps, HwWatchpoint, HwWatchpointOps, SwBreakpoint,
    SwBreakpointOps, WatchKind as GdbWatch,
};
use gdbstub::target::ext::extended_mode::{
    Args, AttachKind, CurrentActivePid, CurrentActivePidOps, ExtendedMode, ExtendedModeOps, ShouldTerminate,
};
use gdbstub::target::ext::flash::{Flash, FlashOps};
use gdbstub::target::ext::memory_map::{MemoryMap, MemoryMapOps};
use gdbstub::target::ext::monitor_cmd::{ConsoleOutput, MonitorCmd, MonitorCmdOps};
use gdbstub::target::ext::target_description_xml_override::{
    TargetDescriptionXmlOverride, TargetDescriptionXmlOverrideOps,
};
use gdbstub::target::{Target, TargetError, TargetResult};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// `EFAULT`.
const NO_SUCH_ADDRESS: u8 = 14;
/// `EINVAL`.
const NOT_SO: u8 = 22;
/// More addresses than this are not watched at a time: each access to their pages is compared with all.
const MOST_WATCHES: usize = 64;
/// Longer pieces of memory are not watched.
const LONGEST_WATCH: u32 = 64 * 1024;

/// A machine with its debugger.
pub(super) struct Debuggee<'m> {
    pub machine: &'m mut Machine,
    /// Something was changed from outside since the run could only end.
    pub changed: bool,
    /// How fast time goes by, and whether that was asked to be otherwise.
    pub speed: Speed,
    pub new_speed: bool,
    /// Breakpoints by address: whether there is one of each kind, which GDB sets and takes away on their own.
    pub breakpoints: BTreeMap<u32, [bool; 2]>,
    /// It stands behind an access that it was told of last. GDB takes it that an Arm core stops before such an instruction, and
    /// steps over it before it does anything else: that step is none.
    pub behind_access: bool,
    /// The step that is none was asked for.
    pub stood: bool,
    /// GDB has killed it, and has not run it again since.
    pub killed: bool,
}

impl<'m> Debuggee<'m> {
    /// Before a client has said anything.
    pub fn new(machine: &'m mut Machine, speed: Speed) -> Self {
        Self {
            machine,
            changed: false,
            speed,
            new_speed: false,
            breakpoints: BTreeMap::new(),
            behind_access: false,
            stood: false,
            killed: false,
        }
    }

    fn set_breakpoint(&mut self, address: u32, kind: usize, on: bool) {
        let kinds = self.breakpoints.entry(address & !1).or_default();
        kinds[kind] = on;
        let any = kinds.contains(&true);
        self.machine.set_breakpoint(address, any);
    }

    fn registers(&self) -> All {
        All { core: self.machine.core_registers(), fp: self.machine.fp_registers() }
    }

    fn set_registers(&mut self, registers: &All) {
        self.changed = true;
        let before = self.registers();
        if registers.core != before.core {
            self.machine.set_core_registers(&registers.core);
        }
        if registers.fp != before.fp {
            self.machine.set_fp_registers(&registers.fp);
        }
    }

    fn go(&mut self, how: &Going) {
        let behind = std::mem::take(&mut self.behind_access);
        self.stood = behind && *how != Going::On;
        if !self.stood {
            self.machine.go(how);
        }
    }

    fn reset(&mut self) {
        (self.changed, self.killed, self.behind_access) = (true, false, false);
        self.machine.reset_from_outside();
    }
}

impl Target for Debuggee<'_> {
    type Arch = CortexM4F;
    type Error = Infallible;

    fn base_ops(&mut self) -> BaseOps<'_, CortexM4F, Infallible> {
        BaseOps::SingleThread(self)
    }

    /// Breakpoints are the machine's: memory stays as it is.
    fn guard_rail_implicit_sw_breakpoints(&self) -> bool {
        true
    }

    fn support_breakpoints(&mut self) -> Option<BreakpointsOps<'_, Self>> {
        Some(self)
    }

    fn support_monitor_cmd(&mut self) -> Option<MonitorCmdOps<'_, Self>> {
        Some(self)
    }

    fn support_extended_mode(&mut self) -> Option<ExtendedModeOps<'_, Self>> {
        Some(self)
    }

    fn support_target_description_xml_override(&mut self) -> Option<TargetDescriptionXmlOverrideOps<'_, Self>> {
        Some(self)
    }

    fn support_memory_map(&mut self) -> Option<MemoryMapOps<'_, Self>> {
        Some(self)
    }

    fn support_flash_operations(&mut self) -> Option<FlashOps<'_, Self>> {
        Some(self)
    }
}

impl SingleThreadBase for Debuggee<'_> {
    fn read_registers(&mut self, into: &mut All) -> TargetResult<(), Self> {
        *into = self.registers();
        Ok(())
    }

    fn write_registers(&mut self, from: &All) -> TargetResult<(), Self> {
        self.set_registers(from);
        Ok(())
    }

    fn support_single_register_access(&mut self) -> Option<SingleRegisterAccessOps<'_, (), Self>> {
        Some(self)
    }

    fn read_addrs(&mut self, start: u32, into: &mut [u8]) -> TargetResult<usize, Self> {
        match self.machine.peek(start, into) {
            0 if !into.is_empty() => Err(TargetError::Errno(NO_SUCH_ADDRESS)),
            read => Ok(read),
        }
    }

    fn write_addrs(&mut self, start: u32, from: &[u8]) -> TargetResult<(), Self> {
        self.changed = true;
        if self.machine.poke(start, from) { Ok(()) } else { Err(TargetError::Errno(NO_SUCH_ADDRESS)) }
    }

    fn support_resume(&mut self) -> Option<SingleThreadResumeOps<'_, Self>> {
        Some(self)
    }
}

impl SingleRegisterAccess<()> for Debuggee<'_> {
    fn read_register(&mut self, (): (), number: Number, into: &mut [u8]) -> TargetResult<usize, Self> {
        let bytes = self.registers().get(number);
        let place = into.get_mut(..bytes.len()).ok_or(TargetError::NonFatal)?;
        place.copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn write_register(&mut self, (): (), number: Number, from: &[u8]) -> TargetResult<(), Self> {
        let mut registers = self.registers();
        if !registers.set(number, from) {
            return Err(TargetError::Errno(NOT_SO));
        }
        self.set_registers(&registers);
        Ok(())
    }
}

/// Signals mean nothing to a core.
impl SingleThreadResume for Debuggee<'_> {
    fn resume(&mut self, _: Option<Signal>) -> Result<(), Infallible> {
        self.go(&Going::On);
        Ok(())
    }

    fn support_single_step(&mut self) -> Option<SingleThreadSingleStepOps<'_, Self>> {
        Some(self)
    }

    fn support_range_step(&mut self) -> Option<SingleThreadRangeSteppingOps<'_, Self>> {
        Some(self)
    }
}

impl SingleThreadSingleStep for Debuggee<'_> {
    fn step(&mut self, _: Option<Signal>) -> Result<(), Infallible> {
        self.go(&Going::Step);
        Ok(())
    }
}

impl SingleThreadRangeStepping for Debuggee<'_> {
    fn resume_range_step(&mut self, start: u32, end: u32) -> Result<(), Infallible> {
        self.go(&Going::Inside(start..end));
        Ok(())
    }
}

impl Breakpoints for Debuggee<'_> {
    fn support_sw_breakpoint(&mut self) -> Option<SwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_breakpoint(&mut self) -> Option<HwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_watchpoint(&mut self) -> Option<HwWatchpointOps<'_, Self>> {
        Some(self)
    }
}

impl SwBreakpoint for Debuggee<'_> {
    fn add_sw_breakpoint(&mut self, address: u32, _: usize) -> TargetResult<bool, Self> {
        self.set_breakpoint(address, 0, true);
        Ok(true)
    }

    fn remove_sw_breakpoint(&mut self, address: u32, _: usize) -> TargetResult<bool, Self> {
        self.set_breakpoint(address, 0, false);
        Ok(true)
    }
}

impl HwBreakpoint for Debuggee<'_> {
    fn add_hw_breakpoint(&mut self, address: u32, _: usize) -> TargetResult<bool, Self> {
        self.set_breakpoint(address, 1, true);
        Ok(true)
    }

    fn remove_hw_breakpoint(&mut self, address: u32, _: usize) -> TargetResult<bool, Self> {
        self.set_breakpoint(address, 1, false);
        Ok(true)
    }
}

impl HwWatchpoint for Debuggee<'_> {
    fn add_hw_watchpoint(&mut self, address: u32, bytes: u32, kind: GdbWatch) -> TargetResult<bool, Self> {
        let mut watches = self.machine.watches().to_vec();
        if watches.len() >= MOST_WATCHES || !(1..=LONGEST_WATCH).contains(&bytes) {
            return Ok(false);
        }
        watches.push(watch(address, bytes, kind));
        self.machine.set_watches(&watches);
        Ok(true)
    }

    fn remove_hw_watchpoint(&mut self, address: u32, bytes: u32, kind: GdbWatch) -> TargetResult<bool, Self> {
        let mut watches = self.machine.watches().to_vec();
        let place = watches.iter().position(|known| *known == watch(address, bytes, kind));
        if let Some(place) = place {
            watches.remove(place);
            self.machine.set_watches(&watches);
        }
        Ok(place.is_some())
    }
}

fn watch(address: u32, bytes: u32, kind: GdbWatch) -> Watch {
    let kind = match kind {
        GdbWatch::Write => WatchKind::Write,
        GdbWatch::Read => WatchKind::Read,
        GdbWatch::ReadWrite => WatchKind::Access,
    };
    Watch { address, bytes, kind }
}

impl MonitorCmd for Debuggee<'_> {
    fn handle_monitor_cmd(&mut self, command: &[u8], mut out: ConsoleOutput<'_>) -> Result<(), Infallible> {
        let text = monitor::answer(self, &String::from_utf8_lossy(command));
        out.write_raw(text.as_bytes());
        Ok(())
    }
}

/// There is one process, and it is there already: GDB's `run` and `R` reset the chip.
impl ExtendedMode for Debuggee<'_> {
    fn run(&mut self, _: Option<&[u8]>, _: Args<'_, '_>) -> TargetResult<Pid, Self> {
        self.reset();
        Ok(Pid::MIN)
    }

    fn attach(&mut self, _: Pid) -> TargetResult<(), Self> {
        Ok(())
    }

    fn query_if_attached(&mut self, _: Pid) -> TargetResult<AttachKind, Self> {
        Ok(AttachKind::Attach)
    }

    /// With a process's number the connection lives on: `run` kills first.
    fn kill(&mut self, process: Option<Pid>) -> TargetResult<ShouldTerminate, Self> {
        self.killed = true;
        Ok(if process.is_some() { ShouldTerminate::No } else { ShouldTerminate::Yes })
    }

    fn restart(&mut self) -> Result<(), Infallible> {
        self.reset();
        Ok(())
    }

    fn support_current_active_pid(&mut self) -> Option<CurrentActivePidOps<'_, Self>> {
        Some(self)
    }
}

impl CurrentActivePid for Debuggee<'_> {
    fn current_active_pid(&mut self) -> Result<Pid, Infallible> {
        Ok(Pid::MIN)
    }
}

impl TargetDescriptionXmlOverride for Debuggee<'_> {
    fn target_description_xml(
        &self,
        annex: &[u8],
        offset: u64,
        length: usize,
        buffer: &mut [u8],
    ) -> TargetResult<usize, Self> {
        match annex {
            b"target.xml" => Ok(describe::part(&describe::registers(), offset, length, buffer)),
            _ => Err(TargetError::NonFatal),
        }
    }
}

impl MemoryMap for Debuggee<'_> {
    fn memory_map_xml(&self, offset: u64, length: usize, buffer: &mut [u8]) -> TargetResult<usize, Self> {
        Ok(describe::part(&describe::memory(), offset, length, buffer))
    }
}

/// GDB's `load`.
impl Flash for Debuggee<'_> {
    fn flash_erase(&mut self, start: u32, length: u32) -> TargetResult<(), Self> {
        self.changed = true;
        let inside = self.machine.read_flash(start, length).is_some();
        if inside && self.machine.lay_flash(start, &vec![0xFF; length as usize]) {
            Ok(())
        } else {
            Err(TargetError::Errno(NO_SUCH_ADDRESS))
        }
    }

    fn flash_write(&mut self, start: u32, data: &[u8]) -> TargetResult<(), Self> {
        self.changed = true;
        if self.machine.lay_flash(start, data) { Ok(()) } else { Err(TargetError::Errno(NO_SUCH_ADDRESS)) }
    }

    fn flash_done(&mut self) -> TargetResult<(), Self> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boards::Board;
    use crate::engine::timing::Rules;
    use crate::image::{Firmware, Image};

    /// A vector table, and B . at 8.
    fn machine() -> Machine {
        let words = [0x2000_8000u32, 9, 0xE7FE_E7FE];
        let bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
        let image = Image::parse("target.bin", &bytes, Some(0)).expect("raw bytes");
        let board = Board::load::<&str>("dongle", &[]).expect("a built-in board");
        Machine::new(&Firmware::lay(vec![image]).expect("firmware"), board, Rules::SILICON, 0).expect("a machine")
    }

    fn with<R>(test: impl FnOnce(&mut Debuggee<'_>) -> R) -> R {
        let mut machine = machine();
        machine.debug(true);
        test(&mut Debuggee::new(&mut machine, Speed::Max))
    }

    #[test]
    fn a_breakpoint_of_one_kind_stays_when_the_other_goes() {
        with(|d| {
            assert!(
                d.add_sw_breakpoint(8, 2).is_ok_and(|done| done) && d.add_hw_breakpoint(9, 2).is_ok_and(|done| done)
            );
            assert!(d.remove_sw_breakpoint(8, 2).is_ok_and(|done| done));
            assert_eq!(d.breakpoints.get(&8), Some(&[false, true]));
            d.machine.debug(false);
        });
    }

    #[test]
    fn watches_are_bounded_and_gone_when_they_are_taken_away() {
        with(|d| {
            for n in 0..MOST_WATCHES as u32 {
                assert!(d.add_hw_watchpoint(0x2000_0000 + n, 1, GdbWatch::Write).is_ok_and(|done| done));
            }
            assert!(d.add_hw_watchpoint(0x2000_1000, 1, GdbWatch::Read).is_ok_and(|done| !done), "one too many");
            assert!(d.remove_hw_watchpoint(0x2000_0003, 1, GdbWatch::Write).is_ok_and(|done| done));
            assert!(d.remove_hw_watchpoint(0x2000_0003, 1, GdbWatch::Write).is_ok_and(|done| !done));
            assert!(d.add_hw_watchpoint(0x2000_0000, u32::MAX, GdbWatch::Write).is_ok_and(|done| !done), "too long");
            assert_eq!(d.machine.watches().len(), MOST_WATCHES - 1);
        });
    }

    #[test]
    fn what_is_not_there_is_an_error_and_no_more() {
        with(|d| {
            let mut buffer = [0; 8];
            assert!(d.read_addrs(0x3000_0000, &mut buffer).is_err() && d.write_addrs(0x3000_0000, &buffer).is_err());
            assert!(d.read_addrs(0x2003_FFFC, &mut buffer).is_ok_and(|read| read == 4));
            assert!(d.flash_erase(0xF_F000, 0x2000).is_err() && d.flash_write(0xF_FFFF, &buffer).is_err());
            assert!(d.flash_erase(0x1000, 0x1000).is_ok() && d.flash_write(0x1000, &[1; 8]).is_ok());
            assert_eq!(d.machine.word(0x1000), Some(0x0101_0101));
        });
    }

    #[test]
    fn monitor_commands_answer_and_say_when_they_change_something() {
        with(|d| {
            for (command, words, changes) in [
                ("cycles", "cycle 0, 0 instructions", false),
                ("board", "dongle: ", false),
                ("chip", "VOL", false),
                ("pins", "P0.22  SCLK", false),
                ("catch hard irq8", "catches hard, irq8", false),
                ("catch none", "catches none", false),
                ("catch everything", "there is no vector `everything`", false),
                ("gaps", "none so far", false),
                ("press", "monitor press BUTTON", false),
                ("", "monitor help", false),
                ("press sw1", "sw1 is pressed", true),
                ("reset", "it stands at 0x00000008", true),
            ] {
                d.changed = false;
                let text = monitor::answer(d, command);
                assert!(text.contains(words) && text.ends_with('\n'), "{command}: {text}");
                assert_eq!(d.changed, changes, "{command}");
            }
            monitor::answer(d, "speed 2");
            assert_eq!((d.speed, d.new_speed), (Speed::Factor(2.0), true));
        });
    }
}
