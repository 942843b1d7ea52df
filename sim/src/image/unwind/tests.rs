//! Backtraces of a small program, with all that images may lack, and of nonsense.

use super::testing::{CALLERS, Known, LEAF, LEAF_SP, Words, debug_frame, firmware, firmware_with, in_leaf};
use super::{End, How, MOST_FRAMES, Registers, Unwinder};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn pcs(frames: &[super::StackFrame]) -> Vec<u32> {
    frames.iter().map(|f| f.pc).collect()
}

fn whole() -> Vec<u32> {
    [LEAF].into_iter().chain(CALLERS).collect()
}

#[test]
fn call_frame_information_leads_to_the_start() {
    let firmware = firmware(Known::CallFrames);
    let words = Words::new(&firmware);
    let found = Unwinder::new(&firmware).backtrace(&in_leaf(), |at| words.read(at));
    assert_eq!((pcs(&found.frames), found.end), (whole(), End::Start));
    let hows: Vec<_> = found.frames.iter().map(|f| f.how).collect();
    assert_eq!(hows, [How::Here, How::CallFrames, How::CallFrames, How::CallFrames]);
    let sps: Vec<_> = found.frames.iter().map(|f| f.sp).collect();
    assert_eq!(sps, [LEAF_SP, LEAF_SP, LEAF_SP + 0x10, LEAF_SP + 0x20]);
}

/// The row changes with each instruction of the prologue.
#[test]
fn a_prologue_can_be_left_at_any_instruction() {
    let firmware = firmware(Known::CallFrames);
    let words = Words::new(&firmware);
    let at = |pc, sp, lr, r7: u32| {
        let mut r = [0; 13];
        r[7] = r7;
        let registers = Registers::new(r, [sp, 0], lr, pc, 1 << 24, 0);
        pcs(&Unwinder::new(&firmware).frames(&registers, |at| words.read(at)))
    };
    assert_eq!(at(0x220, LEAF_SP + 0x10, 0x219, 0), [0x220, 0x218, 0x204]);
    assert_eq!(at(0x222, LEAF_SP, 0, 0), [0x222, 0x218, 0x204]);
    assert_eq!(at(0x224, 0x2003_F000, 0, LEAF_SP + 8), [0x224, 0x218, 0x204], "by the frame pointer");
}

#[test]
fn without_call_frame_information_the_prologues_are_read_and_the_frames_called_guesses() {
    let firmware = firmware(Known::Names);
    let words = Words::new(&firmware);
    let found = Unwinder::new(&firmware).backtrace(&in_leaf(), |at| words.read(at));
    assert_eq!((pcs(&found.frames), found.end), (whole(), End::Start));
    assert!(found.frames[1..].iter().all(|f| f.how == How::Guess), "{found:?}");
}

#[test]
fn without_names_the_stack_is_searched_for_what_a_call_returns_to() {
    let firmware = firmware(Known::Nothing);
    let mut words = Words::new(&firmware);
    // Odd words in flash that no call is in front of.
    words.put(LEAF_SP, &[0x241, 0x205 + 8]);
    let found = Unwinder::new(&firmware).backtrace(&in_leaf(), |at| words.read(at));
    assert_eq!((pcs(&found.frames), found.end), (whole(), End::Lost));
    assert!(found.frames[1..].iter().all(|f| f.how == How::Guess), "{found:?}");
}

/// The registers in a handler that has pushed nothing, its exception's frame at `frame`.
fn in_handler(frame: u32, psp: u32, exc_return: u32) -> Registers {
    let mut registers = Registers::new([0; 13], [frame, psp], exc_return, 0x240, 3, 0);
    registers.r[7] = Some(LEAF_SP + 8);
    registers
}

const FRAME: [u32; 8] = [10, 11, 12, 13, 0xC0, 0x22B, LEAF, 1 << 24];

/// Armv7-M ARM, B1.5.6 and B1.5.7: eight words, or 26 with the FPU's, and one more where bit 9 of the stacked xPSR says so.
#[test]
fn exceptions_are_looked_through_by_each_kind_of_frame() {
    for known in [Known::CallFrames, Known::Names] {
        let firmware = firmware(known);
        for (exc_return, aligner, bytes) in [
            (0xFFFF_FFF9, 0, 0x20),
            (0xFFFF_FFF9, 1, 0x24),
            (0xFFFF_FFE9, 0, 0x68),
            (0xFFFF_FFE9, 1, 0x6C),
            (0xFFFF_FFFD, 0, 0x20),
            (0xFFFF_FFED, 1, 0x6C),
        ] {
            let mut words = Words::new(&firmware);
            let mut frame = FRAME;
            frame[7] |= aligner << 9;
            words.put(LEAF_SP - bytes, &frame);
            let process = exc_return & 4 != 0;
            let [msp, psp] = if process { [0x2003_FC10, LEAF_SP - bytes] } else { [LEAF_SP - bytes, 0] };
            let found = Unwinder::new(&firmware).backtrace(&in_handler(msp, psp, exc_return), |at| words.read(at));
            let expected: Vec<_> = [0x240].into_iter().chain(whole()).collect();
            assert_eq!((pcs(&found.frames), found.end), (expected, End::Start), "0x{exc_return:x} {known:?}");
            assert_eq!((found.frames[1].how, found.frames[1].sp), (How::Interrupted(3), LEAF_SP));
        }
    }
}

#[test]
fn a_frame_or_a_return_address_in_no_memory_ends_it() {
    let firmware = firmware(Known::CallFrames);
    let words = Words::new(&firmware);
    let end = |registers: Registers| Unwinder::new(&firmware).backtrace(&registers, |at| words.read(at)).end;
    assert_eq!(end(in_handler(0x1FFF_FFF0, 0, 0xFFFF_FFF9)), End::NoFrame(0x1FFF_FFF0));
    assert_eq!(end(Registers { lr: Some(0x6000_0001), ..in_leaf() }), End::Nowhere(0x6000_0001));
    assert_eq!(end(Registers { lr: Some(u32::MAX), ..in_leaf() }), End::Start);
    let text = End::Nowhere(0x6000_0001).to_string();
    assert_eq!(text, "the return address 0x60000001 is in no memory");
}

#[test]
fn handlers_that_interrupt_each_other_without_end_are_cut_off() {
    let firmware = firmware(Known::CallFrames);
    let read = |at: u32| match at {
        0..0x400 => firmware.images[0].word(at),
        // Wherever it looks: a frame of the handler, interrupted by itself.
        0x2000_0000..0x2004_0000 => Some(match at & 0x1C {
            0x18 => 0x240,
            0x1C => 1 << 24 | 3,
            _ => 0xFFFF_FFF1,
        }),
        _ => None,
    };
    let found = Unwinder::new(&firmware).backtrace(&in_handler(0x2000_0000, 0, 0xFFFF_FFF1), read);
    assert_eq!((found.frames.len(), found.end), (MOST_FRAMES, End::Limit));
}

#[test]
fn a_stack_that_leads_back_to_itself_is_left() {
    let firmware = firmware(Known::CallFrames);
    let mut words = Words::new(&firmware);
    // A frame pointer that feed has saved for itself, and its own return address.
    words.put(LEAF_SP, &[0, 0, LEAF_SP + 8, 0x22B]);
    words.put(LEAF_SP + 0x10, &[0, 0, LEAF_SP + 8, 0x22B]);
    let found = Unwinder::new(&firmware).backtrace(&in_leaf(), |at| words.read(at));
    assert_eq!(found.end, End::Circle);
    assert!(found.frames.len() < 5, "{found:?}");
}

/// 300,000 functions that share an entry with a name of 2 MB would take hours without a purse, and so would one function with
/// rules of 2 MB, for every address.
#[test]
fn work_on_hostile_call_frame_information_ends() {
    let mut shared = Vec::new();
    shared.extend((2u32 << 20).to_le_bytes());
    shared.extend(u32::MAX.to_le_bytes());
    shared.push(1);
    shared.resize((2 << 20) + 4, b'a');
    for first in 0..300_000u32 {
        for word in [12, 0, 0x200 + first, 1] {
            shared.extend(word.to_le_bytes());
        }
    }
    let mut long = debug_frame();
    let entry = long.len();
    for word in [2 << 20, 0, 0x240, 0x40] {
        long.extend(u32::to_le_bytes(word));
    }
    // DW_CFA_nop
    long.resize(entry + 4 + (2 << 20), 0);
    let began = Instant::now();
    for section in [shared, long] {
        let firmware = firmware_with(Known::CallFrames, &section);
        let words = Words::new(&firmware);
        for pc in (0x200..0x280).step_by(2) {
            Unwinder::new(&firmware).frames(&Registers { pc, ..in_leaf() }, |at| words.read(at));
        }
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

proptest! {
    #[test]
    fn no_registers_and_no_stack_make_it_panic_or_run_on(
        r in any::<[u32; 13]>(), sps in any::<[u32; 2]>(), lr in any::<u32>(), pc in any::<u32>(), xpsr in any::<u32>(),
        near in any::<bool>(), salt in any::<u32>(), known in 0..3usize,
    ) {
        let firmware = firmware([Known::CallFrames, Known::Names, Known::Nothing][known]);
        let (pc, sps) = if near { (0x200 + pc % 0x50, sps.map(|sp| 0x2000_0000 + sp % 0x4_0000)) } else { (pc, sps) };
        // Memory everywhere, of return addresses, exception returns and anything.
        let read = |at: u32| Some(match at {
            0..0x400 => firmware.images[0].word(at).unwrap_or(0),
            _ => match (at ^ salt).wrapping_mul(0x9E37_79B1) >> 28 {
                0..6 => 0x200 + (at.wrapping_mul(salt) >> 7) % 0x50,
                6..9 => [0xFFFF_FFE1, 0xFFFF_FFF9, 0xFFFF_FFFD][(at % 3) as usize],
                _ => at.rotate_left(9) ^ salt,
            },
        });
        let found = Unwinder::new(&firmware).backtrace(&Registers::new(r, sps, lr, pc, xpsr, salt), read);
        prop_assert!((1..=MOST_FRAMES).contains(&found.frames.len()));
    }

    #[test]
    fn broken_call_frame_information_is_survived(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut section = debug_frame();
        for (at, value) in changes {
            let at = at.index(section.len());
            section[at] = value;
        }
        let firmware = firmware_with(Known::CallFrames, &section);
        let words = Words::new(&firmware);
        for pc in (0x200..0x244).step_by(2) {
            let registers = Registers { pc, ..in_leaf() };
            let found = Unwinder::new(&firmware).backtrace(&registers, |at| words.read(at));
            prop_assert!((1..=MOST_FRAMES).contains(&found.frames.len()));
        }
    }
}
