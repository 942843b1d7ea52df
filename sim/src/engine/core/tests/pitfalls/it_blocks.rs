//! "Hooks": a hook that fires inside an IT block leaves the block's IT bits behind, and the first instruction of the next block
//! is skipped. The cure is `clear_it` in `hooks`, called by `on_tlb_fill` and `on_access`.

use super::*;

/// Loads and stores of r2 through r1, of one to eight bytes.
const ACCESSES: [&[u16]; 10] = [
    &[0x600A],
    &[0x800A],
    &[0x700A],
    &[0x680A],
    &[0x880A],
    &[0x780A],
    &[0xF8C1, 0x2004],
    &[0xF8D1, 0x2004],
    &[0xE9C1, 0x2400],
    &[0xE9D1, 0x2400],
];

/// cmp r0,r0; it eq; the access; cmp r0,#1; b behind it; movs r3,#7; movs r5,#9; bkpt: from a core that has not seen the page yet.
/// What is left behind is the condition EQ, which does not hold any more in the next block.
fn first_touch(base: u32, access: &[u16], address: u32) {
    let code = [&[0x4280, 0xBF08], access, &[0x2801, 0xE7FF, 0x2307, 0x2509, 0xBE00]].concat();
    let mut c = core_at(base, &code);
    c.write_register(RegisterARM::R1, address);
    let what = format!("{access:04x?} at {address:#x} by code at {base:#x}");
    assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 }, "{what}");
    assert_eq!((c.register(RegisterARM::R3), c.register(RegisterARM::R5)), (7, 9), "{what}");
    assert_eq!((c.instructions(), c.registers().xpsr & IT_BITS), (8, 0), "{what}");
}

#[test]
fn a_page_first_touched_inside_an_it_block_skips_nothing_behind_it() {
    for base in [CODE, RAM_ALIAS + 0x400] {
        for access in ACCESSES {
            first_touch(base, access, RAM_BASE + 0x2_0000);
        }
    }
}

#[test]
fn a_literal_in_flash_first_touched_inside_an_it_block_skips_nothing_behind_it() {
    for access in ACCESSES.into_iter().filter(|access| matches!(access[0], 0x680A | 0x880A | 0x780A | 0xF8D1 | 0xE9D1))
    {
        first_touch(CODE, access, 0x8_0000);
    }
}

#[test]
fn a_peripheral_first_touched_inside_an_it_block_skips_nothing_behind_it() {
    for base in [CODE, RAM_ALIAS + 0x400] {
        for access in ACCESSES {
            first_touch(base, access, OUTSET);
        }
    }
}

/// The same when the page is known, on the usual way to the peripherals and on the short one; with the block's rest skipped.
#[test]
fn an_access_inside_an_it_block_leaves_its_rest_conditional() {
    // loop: cmp r0,r0; itet eq; streq r2,[r1]; addne r4,#1; ldreq r6,[r1]; adds r3,#1; subs r5,#1; bne loop; bkpt
    let code = [0x4280, 0xBF0A, 0x600A, 0x3401, 0x680E, 0x3301, 0x3D01, 0xD1F7, 0xBE00];
    for threshold in [1, 8, u32::MAX] {
        let mut c = core(&code);
        c.state.direct.set_threshold(threshold);
        c.write_register(RegisterARM::R1, OUTSET);
        c.write_register(RegisterARM::R5, 50);
        assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
        assert_eq!((c.register(RegisterARM::R3), c.register(RegisterARM::R4)), (50, 0));
        assert_eq!((c.bus().writes.len(), c.bus().reads.len(), c.instructions()), (50, 50, 8 * 50 + 1));
    }
}
