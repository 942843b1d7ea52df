//! Chips by their data sheets: instructions, status, and what is in them.

use super::*;
use crate::kernel::Span;
use proptest::prelude::*;

struct Bench {
    chip: NorFlash,
    now: Instant,
}

fn bench(name: &str) -> Bench {
    Bench { chip: NorFlash::new(Part::named(name).expect("a part")), now: Instant::ZERO }
}

impl Bench {
    /// A frame of bytes, each with its lines; what the master saw.
    fn frame(&mut self, bytes: &[(u8, u8)]) -> Vec<u8> {
        self.chip.select(self.now);
        let seen = bytes.iter().map(|&(byte, lines)| self.chip.exchange(byte, lines, self.now)).collect();
        self.chip.deselect(self.now);
        seen
    }

    /// The same on one line.
    fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.frame(&bytes.iter().map(|&byte| (byte, 1)).collect::<Vec<_>>())
    }

    fn status(&mut self) -> u8 {
        self.send(&[0x05, 0])[1]
    }

    /// Write-enabled, and until it has ended; how long that was.
    fn write(&mut self, bytes: &[u8]) -> Span {
        self.send(&[0x06]);
        self.send(bytes);
        let took = self.chip.busy_until().since(self.now);
        self.now = self.now.max(self.chip.busy_until());
        took
    }

    fn read(&mut self, address: u32, count: usize) -> Vec<u8> {
        let [_, high, middle, low] = address.to_be_bytes();
        let frame = [&[0x03, high, middle, low], &vec![0; count][..]].concat();
        self.send(&frame)[4..].to_vec()
    }
}

#[test]
fn they_say_who_they_are() {
    for (name, id) in
        [("mx25r6435f", [0xC2, 0x28, 0x17]), ("gd25q16c", [0xC8, 0x40, 0x15]), ("w25q16jv", [0xEF, 0x40, 0x15])]
    {
        let mut b = bench(name);
        assert_eq!(b.send(&[0x9F, 0, 0, 0])[1..], id, "{name}");
    }
    assert_eq!(bench("mx25r6435f").send(&[0xAB, 0, 0, 0, 0])[4], 0x17);
    assert_eq!(bench("gd25q16c").send(&[0x90, 0, 0, 0, 0, 0])[4..], [0xC8, 0x14]);
}

/// JESD216: signature at 0, the basic table where its header points, with the size in bits less one in its second word.
#[test]
fn sfdp_tells_the_size() {
    let mut b = bench("mx25r6435f");
    let mut word = |at: u8| {
        let seen = b.send(&[0x5A, 0, 0, at, 0, 0, 0, 0, 0]);
        u32::from_le_bytes([seen[5], seen[6], seen[7], seen[8]])
    };
    assert_eq!(word(0), u32::from_le_bytes(*b"SFDP"));
    let table = (word(0x0C) & 0xFF_FFFF) as u8;
    assert_eq!(word(table + 4) + 1, 8 * (8 << 20));
    // Erase types: 4 KB, 32 KB and 64 KB, as two to the power of a byte.
    assert_eq!([word(table + 28) & 0xFF, word(table + 28) >> 16 & 0xFF, word(table + 32) & 0xFF], [12, 15, 16]);
}

#[test]
fn programming_clears_bits_and_wraps_in_its_page() {
    let mut b = bench("gd25q16c");
    assert_eq!(b.read(0x1FC, 4), [0xFF; 4]);
    // Without WREN nothing happens.
    b.send(&[0x02, 0, 1, 0xFE, 1]);
    assert_eq!((b.read(0x1FE, 1), b.status()), (vec![0xFF], 0));
    assert_eq!(b.write(&[0x02, 0, 1, 0xFE, 0xF0, 2, 3, 4]), Span::from_us(600));
    assert_eq!((b.read(0x1FE, 3), b.read(0x100, 3)), (vec![0xF0, 2, 0xFF], vec![3, 4, 0xFF]));
    b.write(&[0x02, 0, 1, 0xFE, 0x3C]);
    assert_eq!(b.read(0x1FE, 1), [0x30]);
}

#[test]
fn an_erase_takes_its_time_and_its_unit() {
    let mut b = bench("mx25r6435f");
    for (opcode, size, time) in [(0x20, 0x1000, 48), (0x52, 0x8000, 240), (0xD8, 0x1_0000, 480)] {
        assert!(b.chip.memory_mut().lay(&vec![0x55; 0x3_0000]));
        assert_eq!(b.write(&[opcode, 1, 0x23, 0x45]), Span::from_ms(time));
        let first = 0x1_2345 & !(size - 1);
        let edges = [first - 1, first, first + size - 1, first + size];
        assert_eq!(edges.map(|at| b.chip.memory().byte(at)), [0x55, 0xFF, 0xFF, 0x55], "0x{opcode:x}");
    }
    assert_eq!(b.write(&[0xC7]), Span::from_ms(52_000));
    assert!(b.chip.memory().bytes().iter().all(|&byte| byte == 0xFF));
    assert_eq!(b.chip.memory().size(), 8 << 20);
}

#[test]
fn while_it_is_busy_it_answers_status_alone() {
    let mut b = bench("gd25q16c");
    b.send(&[0x06]);
    assert_eq!(b.status(), 2);
    b.send(&[0x20, 0, 0, 0]);
    assert_eq!((b.status(), b.read(0, 1), b.send(&[0x9F, 0])[1]), (3, vec![0xFF], 0xFF));
    b.now += Span::from_ms(45);
    assert_eq!((b.status(), b.send(&[0x9F, 0])[1]), (0, 0xC8));
}

#[test]
fn four_lines_need_the_quad_enable_bit() {
    for (name, enable, opcode, address_lines) in [
        ("mx25r6435f", &[0x01, 0x40][..], 0x38, 4),
        ("gd25q16c", &[0x01, 0, 2], 0x32, 1),
        ("w25q16jv", &[0x31, 2], 0x32, 1),
    ] {
        let mut b = bench(name);
        let program = [(opcode, 1), (0, address_lines), (0, address_lines), (0, address_lines), (0xA7, 4)];
        let read = [(0x6B, 1), (0, 1), (0, 1), (0, 1), (0, 1), (0, 4)];
        b.send(&[0x06]);
        b.frame(&program);
        assert_eq!(b.read(0, 1), [0xFF], "{name}");
        b.write(enable);
        b.send(&[0x06]);
        b.frame(&program);
        b.now += Span::from_ms(1);
        assert_eq!((b.read(0, 1), b.frame(&read)[5]), (vec![0xA7], 0xA7), "{name}");
        let address_too = [(0xEB, 1), (0, 4), (0, 4), (0, 4), (0, 4), (0, 4), (0, 4), (0, 4)];
        assert_eq!(b.frame(&address_too)[7], 0xA7, "{name}");
        // On the wrong number of lines nothing is understood.
        let wrong: Vec<_> = read.iter().map(|&(byte, _)| (byte, 1)).collect();
        assert_eq!(b.frame(&wrong)[5], 0xFF, "{name}");
    }
}

#[test]
fn asleep_it_hears_only_that_it_is_to_wake() {
    let mut b = bench("mx25r6435f");
    b.send(&[0xB9]);
    assert_eq!((b.send(&[0x9F, 0])[1], b.status()), (0xFF, 0xFF));
    b.send(&[0xAB]);
    assert_eq!(b.send(&[0x9F, 0])[1], 0xC2);
}

#[test]
fn reset_needs_its_enable_right_before() {
    let mut b = bench("w25q16jv");
    for (frames, after) in [(&[&[0x66][..], &[0x05], &[0x99]][..], 2), (&[&[0x66], &[0x99]], 0)] {
        b.send(&[0x06]);
        frames.iter().for_each(|frame| drop(b.send(frame)));
        assert_eq!(b.status(), after);
    }
}

#[test]
fn a_copy_shares_nothing_that_changes() {
    let mut b = bench("mx25r6435f");
    b.write(&[0x02, 0, 0, 0, 1]);
    let copy = b.chip.clone();
    b.write(&[0x02, 0, 0, 0, 0]);
    assert_eq!((copy.memory().byte(0), b.chip.memory().byte(0)), (1, 0));
    assert!(!b.chip.memory_mut().lay(&vec![0; (8 << 20) + 1]));
}

proptest! {
    /// Whatever a master sends, to whichever chip.
    #[test]
    fn any_frames_are_survived(part in 0usize..3, frames in prop::collection::vec((prop::collection::vec(
        (prop_oneof![prop::sample::select(&[0x06u8, 0x01, 0x02, 0x05, 0x15, 0x35, 0x31, 0x32, 0x38, 0x5A, 0x6B, 0x90, 0xAB, 0xB9, 0xC7, 0xD8, 0xEB][..]), any::<u8>()],
         prop_oneof![8 => Just(1u8), 1 => Just(2), 3 => Just(4)]), 1..12), 0u64..100_000_000_000), 1..30)) {
        let mut b = Bench { chip: NorFlash::new(Part::ALL[part]), now: Instant::ZERO };
        for (frame, wait) in frames {
            b.frame(&frame);
            b.now += Span::from_ps(wait);
        }
        prop_assert_eq!(b.chip.memory().size(), Part::ALL[part].size);
    }
}
