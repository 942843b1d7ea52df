//! The `monitor` commands: what a debug probe has no idea of.

use super::target::Debuggee;
use crate::boards::Target;
use crate::engine::debug::VECTORS;
use crate::engine::machine::Machine;
use crate::report::suggest::closest;
use peripherals::cortex_m::IRQ0;
use peripherals::kernel::{Kind, LintLevel, NetId};
use std::fmt::Write as _;

/// Names, what follows them, and what they do.
const COMMANDS: [(&str, &str, &str); 11] = [
    ("help", "", "this list"),
    ("reset", "[halt]", "reset the chip as AIRCR.SYSRESETREQ does; it stands at its reset vector, RAM and time go on"),
    ("board", "", "the board: chips, LEDs, buttons, wires"),
    ("chip", "", "VS1053: registers, stream buffer, what it plays"),
    ("pins", "", "levels of the SoC's pins that lead somewhere"),
    ("press", "BUTTON", "press a button of the board's"),
    ("release", "BUTTON", "let go of it"),
    ("cycles", "", "core clock cycles, instructions and time since power-on"),
    ("catch", "[VECTOR...|all|none]", "halt where these exceptions' handlers start"),
    ("speed", "[real|max|FACTOR]", "how fast simulated time goes by"),
    ("gaps", "", "what the firmware has touched and is not modelled"),
];

/// What `command` says, ending in a line's end.
pub(super) fn answer(debuggee: &mut Debuggee<'_>, command: &str) -> String {
    let mut words = command.split_whitespace();
    let name = words.next().unwrap_or("help");
    let words: Vec<&str> = words.collect();
    let mut text = match (name, words.as_slice()) {
        ("help", _) => help(),
        ("reset", [] | ["halt" | "init" | "run"]) => {
            debuggee.changed = true;
            debuggee.machine.reset_from_outside();
            format!("reset; it stands at 0x{:08x}", debuggee.machine.pc())
        }
        ("board", []) => board(debuggee.machine),
        ("chip", []) => chips(debuggee.machine),
        ("pins", []) => pins(debuggee.machine),
        ("press", [button]) => press(debuggee, button, true),
        ("release", [button]) => press(debuggee, button, false),
        ("cycles", []) => cycles(debuggee.machine),
        ("catch", vectors) => catch(debuggee.machine, vectors),
        ("speed", []) => format!("speed {}", debuggee.speed),
        ("speed", [speed]) => match speed.parse() {
            Ok(speed) => {
                (debuggee.speed, debuggee.new_speed) = (speed, true);
                format!("speed {speed}")
            }
            Err(error) => error,
        },
        ("gaps", []) => gaps(debuggee.machine),
        _ => not_understood(name),
    };
    text.push('\n');
    text
}

fn usage(name: &str) -> Option<String> {
    let (name, operands, what) = COMMANDS.iter().find(|(known, ..)| *known == name)?;
    Some(format!("{:31}{what}", format!("monitor {name} {operands}")))
}

fn help() -> String {
    let lines: Vec<String> = COMMANDS.iter().filter_map(|(name, ..)| usage(name)).collect();
    lines.join("\n")
}

fn not_understood(name: &str) -> String {
    if let Some(usage) = usage(name) {
        return format!("it takes other operands: {usage}");
    }
    let near = closest(name, COMMANDS.iter().map(|(known, ..)| *known));
    let near = near.map_or(String::new(), |near| format!(", did you mean `{near}`?"));
    format!("there is no monitor command `{name}`{near}\n{}", help())
}

fn board(machine: &Machine) -> String {
    let board = machine.board();
    let mut text = format!("{}: {}", board.name, board.description);
    for part in &board.parts {
        let pins: Vec<String> =
            part.pins.iter().map(|(signal, target)| format!("{signal}={}", place(target))).collect();
        let _ = write!(text, "\n  {}: {}", part.name, pins.join(" "));
    }
    for (button, pressed) in machine.buttons() {
        let _ = write!(text, "\nbutton {button} is {}", if pressed { "pressed" } else { "up" });
    }
    text
}

/// What a pin is joined to.
fn place(target: &Target) -> String {
    match target {
        Target::Pin(pin) => pin.to_string(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn chips(machine: &Machine) -> String {
    let now = machine.now();
    let mut text = String::new();
    for (name, chip) in machine.players() {
        let (view, report) = (chip.view(), chip.report(now));
        let state = if view.booted { "running" } else { "in reset or starting" };
        let dreq = if view.dreq { "high" } else { "low" };
        let _ = writeln!(text, "{name}: {state}, CLKI {} Hz, DREQ {dreq}", view.clki_hz);
        for row in report.named_registers().collect::<Vec<_>>().chunks(4) {
            let row: Vec<String> = row.iter().map(|(name, value)| format!("{name:<12}0x{value:04x}")).collect();
            let _ = writeln!(text, "  {}", row.join("  "));
        }
        let _ = writeln!(
            text,
            "  stream buffer {} of {} bytes, {} samples decoded and not heard yet, {} bytes came by SDI",
            view.fifo_bytes, view.fifo_size, view.audio_frames, report.sdi_bytes
        );
        let playing = match view.codec {
            Some(codec) => format!(
                "{codec:?}, {} bit/s, {} Hz, {} channels, {} bytes of the stream so far",
                view.bitrate_bps, view.sample_rate_hz, view.channels, view.stream_bytes
            ),
            None => "nothing yet".to_owned(),
        };
        let _ = write!(text, "  plays {playing}; {} underruns", view.underruns.count);
    }
    if text.is_empty() { "there is no VS1053 on this board".to_owned() } else { text }
}

fn pins(machine: &Machine) -> String {
    let (nets, board) = (&machine.world().nets, machine.board());
    let mut lines = Vec::new();
    let wired = board.wires.iter().zip(nets.ids()).filter(|(wire, _)| !wire.members.is_empty());
    for (wire, net) in wired {
        let pin = wire.pin.map_or(String::new(), |pin| pin.to_string());
        lines.push(format!("{pin:<6} {:<14} {}", wire.name, level(machine, net)));
    }
    lines.join("\n")
}

fn level(machine: &Machine, net: NetId) -> String {
    let nets = &machine.world().nets;
    format!("{:?} ({:?})", nets.level(net), nets.resolved(net)).to_lowercase()
}

fn press(debuggee: &mut Debuggee<'_>, button: &str, pressed: bool) -> String {
    debuggee.changed = true;
    if debuggee.machine.press_named(button, pressed) {
        return format!("{button} is {}", if pressed { "pressed" } else { "let go" });
    }
    let names: Vec<_> = debuggee.machine.buttons().map(|(name, _)| name.to_owned()).collect();
    if names.is_empty() {
        "this board has no buttons".to_owned()
    } else {
        format!("this board has no button `{button}`, but {}", names.join(", "))
    }
}

fn cycles(machine: &Machine) -> String {
    let now = machine.now();
    format!(
        "cycle {}, {} instructions, {:.9} s of simulated time, {} edges",
        now.cycles(),
        machine.instructions(),
        now.as_secs_f64(),
        machine.edges()
    )
}

/// Bit of an exception by name, number of exception, or `irqN`.
fn vector(name: &str) -> Option<u64> {
    let named = VECTORS.iter().find(|(known, _)| *known == name).map(|&(_, number)| number);
    let interrupt = || name.strip_prefix("irq").and_then(|n| n.parse::<u8>().ok()).and_then(|n| n.checked_add(IRQ0));
    let number = named.or_else(interrupt).or_else(|| name.parse().ok())?;
    (1..64).contains(&number).then(|| 1 << number)
}

fn catch(machine: &mut Machine, vectors: &[&str]) -> String {
    /// Reset and faults.
    const ALL: u64 = 1 << 1 | 0b111_1000;
    let wanted: Result<Vec<u64>, String> = (vectors.iter())
        .map(|&name| match name {
            "all" => Ok(ALL),
            "none" => Ok(0),
            _ => vector(name).ok_or_else(|| {
                let names: Vec<_> = VECTORS.iter().map(|(name, _)| *name).collect();
                format!("there is no vector `{name}`: {}, irqN, all, none", names.join(", "))
            }),
        })
        .collect();
    match wanted {
        Err(error) => return error,
        Ok(list) if !list.is_empty() => machine.catch(list.into_iter().fold(0, |all, one| all | one)),
        Ok(_) => {}
    }
    let caught: Vec<String> = (1..64)
        .filter(|n| machine.catches() >> n & 1 != 0)
        .map(|n| {
            let named = VECTORS.iter().find(|&&(_, number)| number == n).map(|(name, _)| (*name).to_owned());
            named.unwrap_or_else(|| match n.checked_sub(IRQ0) {
                Some(irq) => format!("irq{irq}"),
                None => n.to_string(),
            })
        })
        .collect();
    if caught.is_empty() { "catches none".to_owned() } else { format!("catches {}", caught.join(", ")) }
}

fn gaps(machine: &Machine) -> String {
    let findings = machine.world().findings.all().iter().filter(|f| f.lint.kind == Kind::Gap);
    let lines: Vec<String> = findings
        .filter(|finding| finding.lint.level != LintLevel::Allow)
        .map(|finding| {
            let pc = finding.pc.map_or(String::new(), |pc| format!(", first at pc 0x{pc:08x}"));
            format!("{}: {} ({} times{pc})", finding.lint.name, finding.detail, finding.count)
        })
        .collect();
    if lines.is_empty() { "none so far".to_owned() } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_names_and_numbers() {
        assert_eq!(vector("hard"), Some(1 << 3));
        assert_eq!((vector("irq0"), vector("16")), (Some(1 << 16), Some(1 << 16)));
        assert_eq!((vector("irq47"), vector("irq48"), vector("0"), vector("x")), (Some(1 << 63), None, None, None));
    }

    #[test]
    fn whoever_does_not_know_a_command_is_told_all() {
        let text = not_understood("rest");
        assert!(text.starts_with("there is no monitor command `rest`, did you mean `reset`?\n"), "{text}");
        assert!(COMMANDS.iter().all(|(name, ..)| text.contains(&format!("monitor {name}"))));
        assert!(not_understood("press").contains("monitor press BUTTON"));
    }
}
