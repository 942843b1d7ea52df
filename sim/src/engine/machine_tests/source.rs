//! Counting, looking, tracing and watching change nothing, and are right.

use super::bench::{Seen, Setup, finish, run_to, seen};
use crate::boards::Board;
use crate::engine::instructions::InstructionTrace;
use crate::engine::machine::Machine;
use crate::engine::profile::{Profiler, fold};
use crate::engine::session::{self, Host, Limits};
use crate::engine::timing::Rules;
use crate::engine::waits::{Wait, WaitKind};
use crate::image::{Firmware, Image};
use crate::report::Reason;
use peripherals::chips::vs1053::AudioBlock;
use peripherals::kernel::{ConsolePort, Instant, Span};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;

/// A soak with three kinds of interrupts that ends after so many of RTC1.
fn soak() -> Setup {
    Setup::soak([7, 31, 997, 60], "running")
}

fn plain() -> Seen {
    finish(soak().machine())
}

/// Where a trace goes in memory.
#[derive(Clone, Default)]
struct Text(Rc<RefCell<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_profile_changes_nothing_and_holds_every_cycle() {
    let setup = soak();
    let firmware = Rc::new(setup.firmware());
    let mut machine = setup.machine();
    let (profiler, found) = Profiler::new(Rc::clone(&firmware));
    machine.start_counting(Some((512, Box::new(profiler))));
    let mut until = Instant::ZERO;
    let outcome = loop {
        if let Some(outcome) = run_to(&mut machine, until) {
            break outcome;
        }
        until += Span::from_ms(1);
    };
    let cycles = machine.now().cycles();
    let counted = machine.counted();
    let folded = fold(&counted, &found.borrow(), &firmware);
    let missing = cycles - folded.cycles();
    assert!(missing < 64, "{missing} cycles at the end are nobody's: {} of {cycles}", folded.cycles());
    let text = folded.text();
    for root in ["[interrupt] RTC1;", "[interrupt] TIMER0;", "[interrupt] SysTick;", "[exceptions] "] {
        assert!(text.lines().any(|line| line.starts_with(root)), "{root}: {text}");
    }
    assert_eq!(seen(machine, outcome), plain());
}

/// Every instruction that ran, by address, from a trace of all of them.
fn traced(setup: &Setup) -> (BTreeMap<u32, u64>, Seen) {
    let mut machine = setup.machine();
    let text = Text::default();
    let end = Instant::ZERO + Span::from_ms(600_000);
    let trace = InstructionTrace::new(Box::new(text.clone()), Instant::ZERO, end, Rc::new(setup.firmware()));
    machine.trace_instructions(trace);
    while run_to(&mut machine, end).is_none() {}
    machine.take_instruction_trace().expect("a trace").finish().expect("memory");
    let text = String::from_utf8(text.0.borrow().clone()).expect("text");
    let mut runs = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let pc = u32::from_str_radix(line.get(13..21).expect("an address"), 16).expect("an address");
        *runs.entry(pc).or_default() += 1;
    }
    (runs, finish(machine))
}

/// The two ways to count share nothing but the decoder.
#[test]
fn instructions_are_counted_as_a_trace_has_them_and_a_trace_changes_nothing() {
    let setup = Setup::soak([3, 31, 997, 6], "running");
    let (traced, seen) = traced(&setup);
    let mut machine = setup.machine();
    machine.start_counting(None);
    while run_to(&mut machine, Instant::ZERO + Span::from_ms(600_000)).is_none() {}
    let counted = machine.counted();
    let mut runs: BTreeMap<u32, i64> = BTreeMap::new();
    for ran in &counted.blocks {
        for (index, _) in ran.starts.iter().enumerate().filter(|(_, starts)| **starts) {
            *runs.entry(ran.start + 2 * index as u32).or_default() += ran.count.runs as i64;
        }
    }
    for &(from, to, times) in &counted.not_run {
        for (_, count) in runs.range_mut(from..to) {
            *count -= times as i64;
        }
    }
    runs.retain(|_, count| *count != 0);
    let traced: BTreeMap<u32, i64> = traced.into_iter().map(|(pc, count)| (pc, count as i64)).collect();
    let differs: Vec<_> = traced.iter().filter(|(pc, count)| runs.get(pc) != Some(count)).take(8).collect();
    assert!(differs.is_empty(), "{differs:x?} of {} {}", traced.len(), runs.len());
    assert_eq!(runs.len(), traced.len());
    assert_eq!(finish(machine), seen);
}

/// A host that remembers what it is told of waits.
#[derive(Default)]
struct Listener(Vec<Wait>);

impl Host for Listener {
    fn console(&mut self, _: &[(ConsolePort, u8)]) {}
    fn audio(&mut self, _: usize, _: AudioBlock) {}
    fn waits(&mut self, wait: &Wait) {
        self.0.push(wait.clone());
    }
    fn between(&mut self, _: &Machine) -> Option<Reason> {
        None
    }
}

/// Runs `code`, which is reset to, for 150 ms on the dongle; `words` follow it at 0x80.
fn waits_of(code: &[u16], words: &[u32]) -> (Vec<Wait>, String) {
    let (machine, ended, told) = wait(code, words, &[], 150);
    assert_eq!(machine.waits(), told);
    (told, ended)
}

/// The same for so many milliseconds, with `more` code at 0x100.
fn wait(code: &[u16], words: &[u32], more: &[u16], ms: u64) -> (Machine, String, Vec<Wait>) {
    let mut bytes: Vec<u8> = [0x2000_8000, 0x41].into_iter().chain([0x41; 14]).flat_map(u32::to_le_bytes).collect();
    bytes.extend(code.iter().flat_map(|half| half.to_le_bytes()));
    bytes.resize(0x80, 0);
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes.resize(0x100, 0);
    bytes.extend(more.iter().flat_map(|half| half.to_le_bytes()));
    let firmware =
        Firmware::lay(vec![Image::parse("w.bin", &bytes, Some(0)).expect("raw bytes")]).expect("a vector table");
    let board = Board::load::<&str>("dongle", &[]).expect("a built-in board");
    let mut machine = Machine::new(&firmware, board, Rules::SILICON, 0).expect("a machine");
    let mut host = Listener::default();
    let limits = Limits { until: Some(Instant::ZERO + Span::from_ms(ms)), exit_now: true };
    let ended = session::run(&mut machine, &firmware, limits, &mut host);
    (machine, ended.detail, host.0)
}

/// `LDR R0, [PC, #60]`, of the word at 0x80: what the loops below read.
const LDR_R0: u16 = 0x480F;

#[test]
fn a_pin_that_nobody_drives_is_waited_for_in_vain() {
    // loop: LDR R1, [R0]; LSLS R1, R1, #26; BPL loop
    let (waits, detail) = waits_of(&[LDR_R0, 0x6801, 0x0689, 0xD5FC], &[0x5000_0510]);
    let [wait] = &waits[..] else { panic!("{waits:?}") };
    assert_eq!(
        (wait.kind, wait.what.as_str(), wait.bits.as_slice(), wait.pc),
        (WaitKind::Register, "P0.IN", &[5][..], 0x42)
    );
    assert!(
        wait.who.contains("no part of the board drives P0.05") && wait.who.ends_with("nothing will"),
        "{}",
        wait.who
    );
    assert!((wait.when_s.is_none(), wait.modelled, wait.bounded) == (true, true, false));
    assert!(wait.since_s < 0.1, "{}", wait.since_s);
    assert!(detail.starts_with("it was waiting for P0.IN bit 5 (now 0)"), "{detail}");
}

/// To look closer costs milliseconds of the host's time, so it must not happen at every stop.
#[test]
fn two_places_that_take_turns_at_waiting_are_looked_into_once_each() {
    // LDR R3, of the count at 0x84; MOV R2, R3; loop: LDR R1, [R0]; SUBS R2, #1; BNE loop; B 0x100. Some 50 ms.
    let here = [LDR_R0, 0x4B10, 0x461A, 0x6801, 0x3A01, 0xD1FC, 0xE058];
    // The same, then back to the MOV.
    let there = [0x461A, 0x6801, 0x3A01, 0xD1FC, 0xE79C];
    let (machine, _, told) = wait(&here, &[0x5000_0510, 500_000], &there, 600);
    assert_eq!(told, []);
    assert_eq!(machine.lookout.disappointments(), [16, 16]);
}

#[test]
fn an_event_of_an_idle_block_and_of_one_that_is_not_modelled() {
    // LDR R1, [R0]; CMP R1, #0; BEQ
    let code = [LDR_R0, 0x6801, 0x2900, 0xD0FC];
    let (waits, _) = waits_of(&code, &[0x4000_2110]);
    assert_eq!(waits[0].what, "UARTE0.EVENTS_ENDRX");
    assert!(waits[0].who.contains("no task that leads to this event is under way"), "{}", waits[0].who);
    let (waits, _) = waits_of(&code, &[0x4000_1100]);
    assert!(!waits[0].modelled && waits[0].who.starts_with("RADIO would, but it is not modelled"), "{:?}", waits[0]);
}

#[test]
fn a_word_that_only_a_handler_could_write() {
    // LDRB R1, [R0]; CMP R1, #0; BEQ
    let (waits, _) = waits_of(&[LDR_R0, 0x7801, 0x2900, 0xD0FC], &[0x2000_0100]);
    assert_eq!((waits[0].kind, waits[0].what.as_str()), (WaitKind::Memory, "the word at 0x20000100"));
    assert!(waits[0].who.ends_with("no interrupt is enabled, so that nothing will"), "{}", waits[0].who);
}

#[test]
fn a_delay_and_a_loop_that_works_are_no_waits() {
    // LDR R0; loop: SUBS R0, #1; BNE loop; B start
    let (waits, detail) = waits_of(&[LDR_R0, 0x3801, 0xD1FD, 0xE7FB], &[0x4000_0000]);
    assert_eq!((waits, detail), (Vec::new(), String::new()));
    // LDR R0; loop: LDR R1, [R0]; STR R1, [R0]; B loop
    assert_eq!(waits_of(&[LDR_R0, 0x6801, 0x6001, 0xE7FC], &[0x2000_0100]).0, []);
}

/// 4,200 waits for DREQ in 8 s, none of them longer than some milliseconds.
#[test]
fn a_player_that_waits_for_dreq_is_told_nothing() {
    let setup = Setup::player("player-cached.elf");
    let (firmware, mut machine) = (setup.firmware(), setup.machine());
    let mut host = Listener::default();
    let limits = Limits { until: Some(Instant::ZERO + Span::from_ms(900)), exit_now: true };
    let ended = session::run(&mut machine, &firmware, limits, &mut host);
    assert_eq!((host.0, ended.detail), (Vec::new(), String::new()));
    let mut plain = setup.machine();
    assert_eq!(run_to(&mut plain, machine.now()), None);
    assert_eq!(machine.trace_sha256(), plain.trace_sha256());
}
