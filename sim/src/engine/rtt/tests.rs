//! Blocks laid out by hand, as SEGGER documents them (UM08001, "RTT control block").

use super::*;
use crate::boards::Board;
use crate::engine::machine::{Machine, Outcome};
use crate::engine::timing::Rules;
use crate::image::{Firmware, Image};
use peripherals::kernel::ConsolePort;
use proptest::prelude::*;

const BLOCK: u32 = 0x2000_1000;
const DATA: u32 = 0x2000_2000;
const NAME: u32 = 0x2000_3000;

/// The block's bytes: its identifier, and descriptors of `(name, data, size, WrOff, RdOff)`.
fn block(up: &[[u32; 5]]) -> Vec<u8> {
    let mut bytes = ID.to_vec();
    let descriptors = up.iter().flat_map(|d| d.iter().copied().chain([0]));
    bytes.extend([up.len() as u32, 0].into_iter().chain(descriptors).flat_map(u32::to_le_bytes));
    bytes
}

fn memory(up: &[[u32; 5]]) -> Memory {
    let memory = Memory::new();
    assert!(memory.write(BLOCK, &block(up)) && memory.write(NAME, b"Terminal\0"));
    memory
}

fn ms(ms: u64) -> Instant {
    Instant::ZERO + Span::from_ms(ms)
}

/// What one look finds.
fn look(rtt: &mut Rtt, memory: &Memory) -> (String, Vec<Other>) {
    let mut out = Vec::new();
    let others = rtt.drain(rtt.next(), memory, &mut out);
    (String::from_utf8(out).expect("text"), others)
}

fn set_written(memory: &Memory, offset: u32) {
    assert!(memory.write(BLOCK + UP + 12, &offset.to_le_bytes()));
}

fn read_offset(memory: &Memory) -> Option<u32> {
    memory.word(BLOCK + UP + RD_OFF)
}

#[test]
fn text_is_taken_from_rdoff_to_wroff_and_around_the_end() {
    let memory = memory(&[[NAME, DATA, 8, 5, 0]]);
    memory.write(DATA, b"hello");
    let mut rtt = Rtt::new(Some(BLOCK));
    assert_eq!((look(&mut rtt, &memory).0, read_offset(&memory)), ("hello".into(), Some(5)));
    assert_eq!(look(&mut rtt, &memory).0, "");
    memory.write(DATA, b"k!llo: o");
    set_written(&memory, 2);
    assert_eq!((look(&mut rtt, &memory).0, read_offset(&memory)), (": ok!".into(), Some(2)));
}

#[test]
fn a_block_without_its_identifier_is_left_alone() {
    let memory = memory(&[[NAME, DATA, 8, 5, 0]]);
    memory.write(BLOCK, b"\0EGGER RTT");
    let mut rtt = Rtt::new(Some(BLOCK));
    assert_eq!((look(&mut rtt, &memory).0, read_offset(&memory)), (String::new(), Some(0)));
    memory.write(BLOCK, b"S");
    assert_eq!(look(&mut rtt, &memory).0.len(), 5);
}

#[test]
fn without_a_symbol_the_block_is_searched_and_a_mere_text_is_none() {
    let memory = memory(&[[NAME, DATA, 8, 2, 0]]);
    memory.write(DATA, b"ok");
    memory.write(RAM_BASE + 0x100, b"SEGGER RTT\0\0\0\0\0\0 is a text");
    assert_eq!(look(&mut Rtt::new(None), &memory).0, "ok");
    memory.write(BLOCK + UP + RD_OFF, &[0]);
    assert_eq!(look(&mut Rtt::new(Some(0x1000)), &memory).0, "ok", "a symbol that is not in RAM is none");
}

/// A run may end before the first moment.
#[test]
fn the_last_look_finds_a_block_that_was_not_searched_yet() {
    let memory = memory(&[[NAME, DATA, 8, 2, 0]]);
    memory.write(DATA, b"ok");
    let mut out = Vec::new();
    Rtt::new(None).drain(ms(1), &memory, &mut out);
    assert_eq!(out, b"ok");
}

#[test]
fn a_search_gets_seldom_and_a_known_block_is_looked_at_every_5_ms() {
    let memory = Memory::new();
    let mut rtt = Rtt::new(None);
    let mut looks = 0;
    while rtt.next() < ms(36_000_000) {
        look(&mut rtt, &memory);
        looks += 1;
    }
    assert!((40..100).contains(&looks), "{looks} searches in ten hours");
    let mut rtt = Rtt::new(Some(BLOCK));
    for n in 1..100 {
        assert_eq!(rtt.next(), ms(5 * n));
        look(&mut rtt, &memory);
    }
}

#[test]
fn defmt_is_taken_and_is_no_text() {
    let memory = memory(&[[NAME, DATA, 8, 3, 0]]);
    memory.write(NAME, b"defmt\0");
    let mut rtt = Rtt::new(Some(BLOCK));
    assert_eq!(look(&mut rtt, &memory), (String::new(), vec![Other::Defmt(3)]));
    assert_eq!(read_offset(&memory), Some(3));
}

#[test]
fn data_in_other_buffers_stays_and_is_told() {
    let memory = memory(&[[NAME, DATA, 8, 0, 0], [NAME, DATA + 8, 8, 1, 0], [0, 0, 0, 0, 0]]);
    let mut rtt = Rtt::new(Some(BLOCK));
    for _ in 0..2 {
        assert_eq!(look(&mut rtt, &memory), (String::new(), vec![Other::Buffer(1, "Terminal".into())]));
    }
}

#[test]
fn marks_of_virtual_terminals_are_left_out_even_when_they_are_cut() {
    let memory = memory(&[[NAME, DATA, 16, 2, 0]]);
    memory.write(DATA, b"a\xff1b\xff\xffc");
    let mut rtt = Rtt::new(Some(BLOCK));
    assert_eq!(look(&mut rtt, &memory).0, "a");
    set_written(&memory, 7);
    assert_eq!(look(&mut rtt, &memory).0, "b");
}

/// Writes as SEGGER_RTT_WriteNoLock does in the mode that waits: 100 letters through a buffer of 16 bytes, one at a time, then
/// `b .`.
fn waiting_writer() -> Machine {
    let code: [u16; 20] = [
        0x4809, // ldr  r0, =block
        0x490A, // ldr  r1, =data
        0x2561, // movs r5, #'a'
        0x2664, // movs r6, #100
        0x270F, // movs r7, #15
        0x6A42, // ldr  r2, [r0, #36]   WrOff
        0x1C53, // adds r3, r2, #1
        0x403B, // ands r3, r7
        0x6A84, // ldr  r4, [r0, #40]   RdOff
        0x42A3, // cmp  r3, r4
        0xD0FC, // beq  the load before
        0x548D, // strb r5, [r1, r2]
        0x6243, // str  r3, [r0, #36]
        0x3501, // adds r5, #1
        0x2D7B, // cmp  r5, #'z' + 1
        0xD100, // bne  over the next
        0x2561, // movs r5, #'a'
        0x3E01, // subs r6, #1
        0xD1F1, // bne  the load of WrOff
        0xE7FE, // b    .
    ];
    let mut flash = vec![0; 0x100];
    flash[..8].copy_from_slice(&[0, 0, 4, 0x20, 1, 1, 0, 0]);
    flash.extend(code.into_iter().flat_map(u16::to_le_bytes));
    flash.extend([BLOCK, DATA].into_iter().flat_map(u32::to_le_bytes));
    let ram = block(&[[0, DATA, 16, 0, 0]]);
    let images = [("flash.bin", flash, 0), ("ram.bin", ram, BLOCK)];
    let images = images.map(|(name, bytes, at)| Image::parse(name, &bytes, Some(at)).expect("an image"));
    let firmware = Firmware::lay(images.into()).expect("firmware");
    let board = Board::load("bare", &[] as &[&str]).expect("a board");
    Machine::new(&firmware, board, Rules::SILICON, 0).expect("a machine")
}

/// Runs to the end in pieces that end at `cuts` (in cycles): text, cycles, instructions.
fn run(mut machine: Machine, cuts: &[u64]) -> (String, u64, u64) {
    let mut text = Vec::new();
    let mut cuts: Vec<_> = cuts.iter().map(|&cycle| Instant::from_cycles(cycle)).collect();
    cuts.sort();
    let mut cuts = cuts.into_iter();
    loop {
        let outcome = machine.run(cuts.next().unwrap_or(ms(200)));
        text.extend(machine.take_console());
        match outcome {
            Outcome::Parked => break,
            Outcome::Reached if machine.now() < ms(200) => {}
            other => panic!("{other:?} after {text:?}"),
        }
    }
    machine.drain_rtt();
    text.extend(machine.take_console());
    assert!(text.iter().all(|(port, _)| *port == ConsolePort::Rtt));
    let text = text.into_iter().map(|(_, byte)| char::from(byte)).collect();
    (text, machine.now().cycles(), machine.instructions())
}

#[test]
fn firmware_that_waits_for_room_goes_on_at_the_next_moment() {
    let (text, cycles, _) = run(waiting_writer(), &[]);
    assert_eq!(text, ('a'..='z').cycle().take(100).collect::<String>());
    // 15 letters go into the buffer at once; the last ten wait for the sixth time.
    assert_eq!(cycles / 64_000, 6 * 5);
}

#[test]
fn waiting_for_room_is_the_same_when_every_round_of_it_runs() {
    let mut machine = waiting_writer();
    machine.run_polling_loops();
    assert_eq!(run(machine, &[]), run(waiting_writer(), &[]));
}

/// Writes `bytes` at WrOff as firmware does.
fn write(memory: &Memory, size: u32, bytes: &[u8]) {
    for &byte in bytes {
        let offset = memory.word(BLOCK + UP + 12).expect("RAM");
        assert!(memory.write(DATA + offset, &[byte]));
        set_written(memory, (offset + 1) % size);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However a run is cut, the debugger comes at the same instructions.
    #[test]
    fn cuts_of_a_run_do_not_move_the_moments(cuts in prop::collection::vec(0u64..3_000_000, 0..12)) {
        prop_assert_eq!(run(waiting_writer(), &cuts), run(waiting_writer(), &[]));
    }

    #[test]
    fn what_was_written_comes_out_whole_and_in_order(size in 2u32..40, pieces in prop::collection::vec("[ -~]{0,40}", 0..30)) {
        let memory = memory(&[[NAME, DATA, size, 0, 0]]);
        let mut rtt = Rtt::new(Some(BLOCK));
        let mut taken = String::new();
        for piece in pieces.concat().as_bytes().chunks(size as usize - 1) {
            write(&memory, size, piece);
            taken += &look(&mut rtt, &memory).0;
        }
        prop_assert_eq!(taken, pieces.concat());
    }

    /// Whatever firmware puts there: nothing panics, and nothing changes but RdOff.
    #[test]
    fn a_wild_block_changes_nothing_but_its_rdoff(
        at in prop_oneof![any::<u32>(), 0x2000_0000u32..0x2004_0000, 0x2003_FFC0u32..0x2004_0000],
        count: u32, few: bool, searched: bool,
        words in prop::collection::vec(prop_oneof![any::<u32>(), 0x1FFF_FFF0u32..0x2004_0010, 0u32..0x4_0010], 6 * 4),
    ) {
        let memory = Memory::new();
        let mut bytes = ID.to_vec();
        bytes.extend([if few { count % 5 } else { count }, 0].into_iter().chain(words).flat_map(u32::to_le_bytes));
        let room = 0x2004_0000u32.saturating_sub(at).min(bytes.len() as u32);
        memory.write(at, &bytes[..room as usize]);
        let before = memory.read(RAM_BASE, RAM_SIZE).expect("RAM");
        let mut rtt = Rtt::new((!searched).then_some(at));
        let mut out = Vec::new();
        for _ in 0..3 {
            rtt.drain(rtt.next(), &memory, &mut out);
        }
        let after = memory.read(RAM_BASE, RAM_SIZE).expect("RAM");
        let changed = before.iter().zip(&after).enumerate().filter(|(_, (a, b))| a != b);
        for (offset, _) in changed {
            let address = RAM_BASE + offset as u32;
            prop_assert!((at + UP + RD_OFF..at + UP + RD_OFF + 4).contains(&address), "0x{:08x}", address);
        }
        prop_assert!(out.len() < RAM_SIZE as usize);
    }
}
