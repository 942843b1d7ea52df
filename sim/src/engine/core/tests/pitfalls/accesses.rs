//! Accesses to peripherals, and accesses that are not aligned.

use super::*;

/// Both ways to the peripherals: the usual one and the short one.
const WAYS: [u32; 2] = [u32::MAX, 1];

/// Runs `code` with r1 at `address`, over and over, so that the short way is taken when `threshold` is 1.
fn rounds(code: &[u16], address: u32, threshold: u32) -> Core<Recorder> {
    let mut looped = code.to_vec();
    let back = -(code.len() as i32 + 3) as u32 & 0xFF;
    looped.extend([0x3D01, 0xD100 | back as u16, 0xBE00]); // subs r5,#1; bne; bkpt
    let mut c = core(&looped);
    c.run_polling_loops();
    c.state.direct.set_threshold(threshold);
    c.write_register(RegisterARM::R1, address);
    c.write_register(RegisterARM::R5, ROUNDS as u32);
    c.bus_mut().level = 0x1234_5678;
    assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
    c
}

const ROUNDS: usize = 20;

/// "Hooks": PC is stale inside an MMIO callback. The cure is `mem_protect(NONE)` with bounded PROT hooks (`on_access`), and on
/// the short way `State::locate`.
#[test]
fn every_access_knows_its_own_instruction_and_cycle() {
    // str r2,[r1]; nop; ldr r3,[r1]; nop; nop; strb r2,[r1]; cmp r0,r0; it eq; streq r2,[r1]
    let code = [0x600A, 0xBF00, 0x680B, 0xBF00, 0xBF00, 0x700A, 0x4280, 0xBF08, 0x600A];
    let seen = WAYS.map(|threshold| {
        let c = rounds(&code, OUTSET, threshold);
        let expected: Vec<_> = (0..ROUNDS).flat_map(|_| [0, 4, 10, 16]).map(|offset| CODE + offset).collect();
        assert_eq!(c.bus().pcs, expected);
        (c.bus().writes.clone(), c.bus().reads.clone(), c.cycles())
    });
    assert_eq!(seen[0], seen[1]);
    let times: Vec<_> = seen[0].0[..3].iter().map(|write| write.0).collect();
    assert!(times[0] + 4 < times[1] && times[1] + 1 < times[2], "{times:?}");
}

/// #15: Unicorn takes an unaligned store apart into bytes and an unaligned load into two words. The cure is `State::is_part`, and on
/// the short way `Candidate::parts`.
#[test]
fn an_unaligned_access_to_a_peripheral_is_one() {
    for threshold in WAYS {
        for address in [OUTSET + 1, OUTSET + 2, OUTSET + 3] {
            // str r2,[r1]; ldr r3,[r1]
            let c = rounds(&[0x600A, 0x680B], address, threshold);
            let (writes, reads) = (&c.bus().writes, &c.bus().reads);
            assert_eq!((writes.len(), reads.len()), (ROUNDS, ROUNDS), "at {address:#x}");
            assert!(writes.iter().all(|write| write.1 == address) && reads.iter().all(|read| read.1 == address));
        }
    }
}

/// #15: a double word or a list is one callback a word. That is what the bus sees too, each in its own cycle (`State::stamp_at`).
#[test]
fn pairs_and_lists_reach_a_peripheral_word_by_word() {
    for threshold in WAYS {
        // strd r2,r3,[r1]; ldrd r6,r7,[r1]; stm.w r1,{r2,r3,r4}; ldm.w r1,{r2,r3,r4}
        for (code, words) in
            [([0xE9C1, 0x2300], 2), ([0xE9D1, 0x6700], 2), ([0xE881, 0x001C], 3), ([0xE891, 0x001C], 3)]
        {
            let c = rounds(&code, OUTSET, threshold);
            let writes = c.bus().writes.iter().map(|&(at, address, _)| (at, address));
            let seen: Vec<_> = writes.chain(c.bus().reads.iter().copied()).collect();
            assert_eq!(seen.len(), ROUNDS * words, "{code:04x?}");
            for group in seen.chunks(words) {
                let expected: Vec<_> = (0..words as u32).map(|n| (group[0].0 + u64::from(n), OUTSET + 4 * n)).collect();
                assert_eq!(group, expected, "{code:04x?}");
            }
        }
    }
}

/// #14: LDRD, LDM and their like succeed from unaligned addresses, where the chip faults (Armv7-M ARM, A3.2.1). That is a stated limit
/// (`exceptions`, note 4) while CCR.UNALIGN_TRP is clear; when it is set, `State::trap` stops in front of them.
#[test]
fn an_unaligned_pair_or_list_succeeds_unless_unaligned_accesses_trap() {
    // ldrd r2,r3,[r1]; strd r2,r3,[r1]; ldm.w r1,{r2,r3,r4}; stm.w r1,{r2,r3,r4}; ldr r2,[r1]
    for code in [&[0xE9D1, 0x2300][..], &[0xE9C1, 0x2300], &[0xE891, 0x001C], &[0xE881, 0x001C], &[0x680A]] {
        for traps in [false, true] {
            let all = [code, &[0xBE00]].concat();
            let mut c = told(CODE, &all, Told { unaligned_traps: traps, ..Told::default() });
            c.write_register(RegisterARM::R1, RAM_BASE + 0x1002);
            assert!(c.memory().write(RAM_BASE + 0x1002, &[1, 0, 0, 0, 2, 0, 0, 0]));
            let stop = c.run(u64::MAX);
            if traps {
                assert_eq!((stop, c.pc(), c.register(RegisterARM::R2)), (Stop::Unaligned, CODE, 0), "{code:04x?}");
            } else {
                assert_eq!(stop, Stop::Breakpoint { number: 0 }, "{code:04x?}");
                let loaded = !matches!(code[0], 0xE9C1 | 0xE881);
                assert_eq!(c.register(RegisterARM::R2), u32::from(loaded), "{code:04x?}");
            }
        }
    }
}
