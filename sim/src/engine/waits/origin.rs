//! Who would end a wait: the chip at the other end of a wire, a block of the SoC, an interrupt; and when.

use super::looped::{Load, Loop};
use super::{Wait, WaitKind, place_of};
use crate::boards::{ChipKind, PartKind};
use crate::engine::exceptions::Sleep;
use crate::engine::machine::Machine;
use crate::image::{Firmware, exception_name};
use peripherals::kernel::{ActorId, Drive, Instant, PinId, SOC};
use peripherals::nrf52840::{Soc, map};

/// Who would change what is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// A sentence.
    pub who: String,
    /// When that may be at the earliest.
    pub when: Option<Instant>,
    /// Whether it is modelled.
    pub modelled: bool,
}

/// Interrupt lines there are.
const LINES: u8 = 48;
/// First exception that is an interrupt line's.
const IRQ0: u16 = 16;
/// Offsets of IN in P0 and P1 ([`map::GPIO`]).
const IN: [u32; 2] = [0x510, 0x810];

/// The wait of a core that sleeps.
pub(super) fn asleep(machine: &Machine, firmware: &Firmware, sleep: Sleep, since: Instant) -> Wait {
    // PC is behind WFI and WFE, and on `B .`.
    let pc = if matches!(sleep, Sleep::Interrupt | Sleep::Event) { machine.pc().wrapping_sub(2) } else { machine.pc() };
    let (symbol, source) = place_of(firmware, pc);
    let (what, origin) = match sleep {
        Sleep::Interrupt => ("WFI", interrupts(machine)),
        Sleep::Event => ("WFE", interrupts(machine)),
        Sleep::Loop => ("a branch to itself", interrupts(machine)),
        Sleep::Debugger => (
            "SYS_READC",
            Origin { who: "a debugger holds the core until something is typed".into(), when: None, modelled: true },
        ),
        Sleep::Off => ("System OFF", Origin { who: "only a reset wakes it".into(), when: None, modelled: true }),
    };
    Wait {
        kind: WaitKind::Sleep,
        since_s: since.as_secs_f64(),
        pc,
        symbol,
        source,
        what: what.into(),
        address: None,
        bits: Vec::new(),
        value: None,
        who: origin.who,
        when_s: origin.when.map(Instant::as_secs_f64),
        modelled: origin.modelled,
        bounded: false,
        typed: awaits_typing(machine),
    }
}

/// What is typed would end the wait, and may still come.
fn awaits_typing(machine: &Machine) -> bool {
    let input = &machine.world().input;
    input.is_awaited() && input.is_starving()
}

/// The wait of a loop: of several things that it reads, the last, which decides whether it goes round again.
pub(super) fn spinning(machine: &Machine, firmware: &Firmware, seen: &Loop, since: Instant) -> Option<Wait> {
    let load = *seen.loads.last()?;
    let (symbol, source) = place_of(firmware, load.pc);
    let Load { address, pc, .. } = load;
    let whole = match load.bytes {
        1 => 0xFF,
        2 => 0xFFFF,
        _ => u32::MAX,
    };
    let mask = load.mask & whole;
    // A byte of a register is read by few; its bits are counted from where it is in the word.
    let offset = if is_register(address) { 8 * (address & 3) } else { 0 };
    let bits: Vec<u8> = if mask == whole { Vec::new() } else { (0..32u8).filter(|bit| mask >> bit & 1 == 1).collect() };
    let bits: Vec<u8> = bits.into_iter().map(|bit| bit + offset as u8).collect();
    let kind = if is_register(address) { WaitKind::Register } else { WaitKind::Memory };
    let mut what = match kind {
        WaitKind::Register => {
            let name = machine.core.bus().soc.register_name(address);
            name.unwrap_or_else(|| format!("0x{address:08x}, which is no register"))
        }
        _ => memory_name(firmware, address),
    };
    let others = seen.loads.len() - 1;
    if others > 0 {
        what.push_str(&format!(" (and {others} more)"));
    }
    let origin = match kind {
        WaitKind::Register => register(machine, address, &bits),
        _ => memory(machine),
    };
    Some(Wait {
        kind,
        since_s: since.as_secs_f64(),
        pc,
        symbol,
        source,
        what,
        address: Some(address),
        bits,
        value: Some(load.value),
        who: origin.who,
        when_s: origin.when.map(Instant::as_secs_f64),
        modelled: origin.modelled,
        bounded: seen.reads_clock,
        typed: awaits_typing(machine),
    })
}

fn is_register(address: u32) -> bool {
    address >= 0x4000_0000 || (0x1000_0000..0x1000_2000).contains(&address)
}

fn memory_name(firmware: &Firmware, address: u32) -> String {
    match firmware.variable(address) {
        Some(variable) if variable.addr == address => format!("the variable `{}`", variable.name),
        Some(variable) => format!("the variable `{}`+0x{:x}", variable.name, address - variable.addr),
        None => format!("the word at 0x{address:08x}"),
    }
}

/// `in 1.250 ms`.
fn within(machine: &Machine, when: Instant) -> String {
    let left = when.as_ps().saturating_sub(machine.now().as_ps());
    match left {
        0 => "now".into(),
        1..1_000_000_000 => format!("in {:.1} us", left as f64 / 1e6),
        1_000_000_000..1_000_000_000_000 => format!("in {:.3} ms", left as f64 / 1e9),
        _ => format!("in {:.3} s", left as f64 / 1e12),
    }
}

fn register(machine: &Machine, address: u32, bits: &[u8]) -> Origin {
    let soc = &machine.core.bus().soc;
    let word = address & !3;
    if let Some(port) = IN.iter().position(|at| map::GPIO + at == word) {
        return pins(machine, port, bits);
    }
    let Some(block) = soc.block_at(address) else {
        return Origin { who: "the core itself changes it, if anything does".into(), when: None, modelled: true };
    };
    if !block.without.is_empty() {
        let who = format!("{} would, but it is not modelled: {}", block.name, block.without);
        return Origin { who, when: None, modelled: false };
    }
    let id = (block.base >> 12 & 0x3F) as u8;
    let is_event = soc.register_name(word).is_some_and(|name| name.contains(".EVENTS_"));
    match Soc::next_of_block(id, machine.world()) {
        Some(when) => {
            let what = if is_event { "sets it when that event happens" } else { "changes it by itself" };
            let who =
                format!("{} {what}; it is at work, and next does something {}", block.name, within(machine, when));
            Origin { who, when: Some(when), modelled: true }
        }
        None => {
            let hint = if is_event {
                "no task that leads to this event is under way, so that nothing will"
            } else {
                "nothing is under way in it, so that nothing will"
            };
            Origin { who: format!("{} sets it, but {hint}", block.name), when: None, modelled: true }
        }
    }
}

/// Who drives the wires at these pins of a port.
fn pins(machine: &Machine, port: usize, bits: &[u8]) -> Origin {
    let Some(&bit) = bits.first().filter(|_| bits.len() == 1) else {
        return Origin { who: "whoever drives one of the port's pins".into(), when: None, modelled: true };
    };
    let number = 32 * port + usize::from(bit);
    let name = format!("P{port}.{bit:02}");
    let Some(wire) = machine.board().wires.get(number) else {
        return Origin { who: format!("{name} is no pin"), when: None, modelled: true };
    };
    let driver = wire.members.iter().find_map(|&(part, signal)| {
        let what = machine.board().parts.get(part)?;
        let drives = match &what.kind {
            PartKind::Chip(ChipKind::Vs1053(_)) => {
                !matches!(signal, "SCLK" | "MOSI" | "SI" | "XCS" | "XDCS" | "XRESET" | "RX")
            }
            PartKind::Chip(ChipKind::NorFlash(_)) => signal.starts_with("IO"),
            PartKind::Button { .. } => true,
            PartKind::Led { .. } => false,
        };
        drives.then_some((part, signal, what))
    });
    match driver {
        Some((part, signal, what)) if matches!(what.kind, PartKind::Chip(_)) => {
            let next = machine.world().sched.next_of(ActorId(part as u16 + 1));
            let when = next.map_or_else(
                || "it has nothing under way: it waits for what the firmware sends".to_owned(),
                |when| format!("it next does something by itself {}", within(machine, when)),
            );
            let who = format!("the chip `{}` drives {name} as {signal}; {when}", what.name);
            Origin { who, when: next, modelled: true }
        }
        Some((_, _, what)) => Origin {
            who: format!("somebody presses or releases the button `{}` at {name}", what.name),
            when: None,
            modelled: true,
        },
        None => {
            let driven = machine.world().nets.driving(SOC, PinId(number as u8));
            let level = match driven {
                Drive::Low | Drive::High => "only the firmware's own output drives it",
                Drive::PullDown | Drive::PullUp => "only a pull of the firmware's holds it",
                Drive::Release => "nothing drives it",
            };
            let who = format!("no part of the board drives {name} (wire `{}`), {level}: nothing will", wire.name);
            Origin { who, when: None, modelled: true }
        }
    }
}

/// A handler of an interrupt, or EasyDMA, would write it.
fn memory(machine: &Machine) -> Origin {
    let Origin { who, when, modelled } = interrupts(machine);
    Origin { who: format!("an interrupt's handler or EasyDMA would write it; {who}"), when, modelled }
}

/// Interrupts that are enabled, with when their blocks next do something.
fn interrupts(machine: &Machine) -> Origin {
    let soc = &machine.core.bus().soc;
    let world = machine.world();
    let enabled: Vec<u8> = (0..LINES).filter(|&line| soc.ppb.nvic.irq_is_enabled(line)).collect();
    let mut first: Option<Instant> = None;
    let mut lacking = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for &line in &enabled {
        let blocks: Vec<_> = map::instances().filter(|block| block.irq == Some(line)).collect();
        let name = exception_name(IRQ0 + u16::from(line));
        // A page that is shared by blocks lacks something only when all of it does.
        if !blocks.is_empty() && blocks.iter().all(|block| !block.without.is_empty()) {
            lacking.push(format!("{name} (not modelled: {})", blocks[0].without));
            continue;
        }
        match Soc::next_of_block(line, world) {
            Some(when) => {
                first = Some(first.map_or(when, |first| first.min(when)));
                names.push(format!("{name} {}", within(machine, when)));
            }
            None if name.starts_with("GPIOTE") => names.push(format!("{name} when a pin changes")),
            None => names.push(name),
        }
    }
    if soc.ppb.interrupt_possible() && enabled.is_empty() {
        names.push("SysTick".into());
        first = first.or_else(|| world.sched.next_of(SOC));
    }
    let masked = if machine.masks().primask { "; PRIMASK is set, so that no handler runs" } else { "" };
    let modelled = !names.is_empty() || lacking.is_empty();
    names.extend(lacking);
    let who = match names.as_slice() {
        [] => format!("no interrupt is enabled, so that nothing will{masked}"),
        names => format!("enabled are the interrupts {}{masked}", names.join(", ")),
    };
    Origin { who, when: first, modelled }
}
