//! Many sequences as one program for both machines: for each, the firmware loads a state, runs it and hands out the state
//! that it leaves by semihosting (Arm, "Semihosting for AArch32 and AArch64", SYS_OPEN, SYS_WRITE, SYS_EXIT).

use super::float::FPSCR;
use super::rng::Rng;
use super::sequence::{Sequence, WINDOW, constant};
use crate::engine::core::{FLASH_SIZE, RAM_BASE};

/// Words of registers that follow the window: R0 to R14, APSR, FPSCR, S0 to S31.
pub const REGISTERS: usize = 15 + 2 + 32;
/// Bytes that a sequence leaves.
pub const RESULT: usize = WINDOW as usize + 4 * REGISTERS;
/// What the firmware gives its file.
pub const FILE: &str = "result";

/// Arguments of SYS_WRITE (handle, address, length), and the record that comes next.
const VARIABLES: u32 = RAM_BASE;
/// The window, with the registers behind it.
const BUFFER: u32 = RAM_BASE + 0x1000;
/// Where the register that is kept points to.
const BASE: u32 = BUFFER + WINDOW / 2;
const STACK: u32 = RAM_BASE + 0x1_0000;
const CODE: u32 = 0x100;
const EPILOGUES: u32 = 0x200;
const OPEN: u32 = 0xF00;
const POOL: u32 = 0x1000;
/// Words of integers, and as many of floating-point values.
const POOL_WORDS: u32 = 2048;
const RECORDS: u32 = POOL + 8 * POOL_WORDS;
/// Behind the last record, for literals.
const TAIL: u32 = 0x1100;

/// What a sequence starts from.
#[derive(Clone, Debug)]
pub struct Start {
    window: u32,
    floats: u32,
    fpscr: u32,
    apsr: u32,
    lr: u32,
    general: [u32; 13],
}

impl Start {
    /// Any state. Half of the time FPSCR is as after a reset.
    pub fn random(rng: &mut Rng) -> Self {
        let fpscr = if rng.one_in(2) { 0 } else { rng.next() as u32 & FPSCR };
        Self {
            window: POOL + 4 * rng.below(2 * POOL_WORDS - WINDOW / 4),
            floats: POOL + 4 * (POOL_WORDS + rng.below(POOL_WORDS - 32)),
            fpscr,
            apsr: rng.next() as u32 & 0xF80F_0000,
            lr: rng.word(),
            general: [0; 13].map(|_: u32| rng.word()),
        }
    }
}

/// A program of many sequences.
pub struct Image {
    /// What is in flash from address 0.
    pub bytes: Vec<u8>,
    /// Where its pool of values comes from.
    pub seed: u64,
    /// Where the code of each sequence is.
    places: Vec<u32>,
    last: Option<usize>,
}

impl Image {
    /// One without sequences, whose pool of values comes from `seed`.
    pub fn new(seed: u64) -> Self {
        let mut image = Self { bytes: vec![0; RECORDS as usize], seed, places: Vec::new(), last: None };
        let start = image.harness();
        let vectors = [STACK, start.reset].into_iter().chain([start.fault; 46]);
        let vectors: Vec<u8> = vectors.flat_map(u32::to_le_bytes).collect();
        image.bytes[..vectors.len()].copy_from_slice(&vectors);
        let mut rng = Rng::new(seed);
        for word in 0..2 * POOL_WORDS {
            let value = if word < POOL_WORDS { rng.word() } else { rng.float() };
            image.put(POOL + 4 * word, &value.to_le_bytes());
        }
        image
    }

    /// Sequences in it.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// Adds a sequence; false when there is no room.
    pub fn add(&mut self, sequence: &Sequence, start: &Start) -> bool {
        let record = self.bytes.len() as u32;
        let code = record + 4 * 20;
        let bytes: Vec<u8> = self.code(sequence, code).into_iter().flat_map(u16::to_le_bytes).collect();
        let end = (code + bytes.len() as u32).next_multiple_of(4);
        if end + TAIL > FLASH_SIZE {
            return false;
        }
        let words = [0, start.window, start.floats, start.fpscr, start.apsr, start.lr]
            .into_iter()
            .chain(start.general)
            .chain([code | 1]);
        self.bytes.extend(words.flat_map(u32::to_le_bytes));
        self.bytes.extend(bytes);
        self.bytes.resize(end as usize, 0);
        self.link(record);
        self.places.push(code);
        self.last = Some(record as usize);
        true
    }

    /// Puts `sequence`, of the same length, in place of the one at `index`. Everything else stays where it is.
    pub fn replace(&mut self, index: usize, sequence: &Sequence) {
        let at = self.places[index];
        let bytes: Vec<u8> = self.code(sequence, at).into_iter().flat_map(u16::to_le_bytes).collect();
        self.put(at, &bytes);
    }

    /// Ends the list with an empty record, and gives literals something to read behind it.
    pub fn finish(&mut self) {
        self.link(self.bytes.len() as u32);
        self.bytes.resize(self.bytes.len() + TAIL as usize, 0);
    }

    fn link(&mut self, next: u32) {
        if let Some(last) = self.last {
            self.bytes[last..last + 4].copy_from_slice(&next.to_le_bytes());
        }
    }

    fn put(&mut self, at: u32, bytes: &[u8]) {
        self.bytes[at as usize..at as usize + bytes.len()].copy_from_slice(bytes);
    }

    fn code(&self, sequence: &Sequence, at: u32) -> Vec<u16> {
        let keep = u16::from(sequence.keep);
        let mut code = constant(keep.into(), BASE).to_vec();
        code.push(0x4685 | keep << 3); // mov sp, rk
        let (down, words) = (sequence.stack < 0, sequence.stack.unsigned_abs() as u16 / 4);
        code.push(0xB000 | u16::from(down) << 7 | words); // add/sub sp, #
        code.extend(sequence.steps.iter().flat_map(|step| &step.halves));
        let from = at + 2 * code.len() as u32 + 4;
        code.extend(branch(from, EPILOGUES + EPILOGUE * u32::from(sequence.keep)));
        code
    }

    fn harness(&mut self) -> Entry {
        let mut c = CodeAt { base: CODE, halves: Vec::new() };
        let reset = c.here();
        c.constant(0, 0xE000_ED88); // CPACR: the FPU is switched on
        c.halves(&[0x6801, 0xF441, 0x0170, 0x6001]); // ldr r1,[r0]; orr r1,#0xF00000; str r1,[r0]
        c.halves(&[0xF3BF, 0x8F4F, 0xF3BF, 0x8F6F]); // dsb; isb
        c.halves(&[0x2001]); // movs r0, #1 (SYS_OPEN)
        c.constant(1, OPEN);
        c.halves(&[SEMIHOST]);
        c.constant(1, VARIABLES);
        c.halves(&[0x6008]); // str r0, [r1]
        for (word, value) in [(1, BUFFER), (2, RESULT as u32), (3, RECORDS)] {
            c.constant(2, value);
            c.halves(&[0x6000 | word << 6 | 1 << 3 | 2]); // str r2, [r1, #]
        }
        let next = c.here();
        c.constant(0, VARIABLES);
        c.halves(&[0x68C1, 0x680A]); // ldr r1,[r0,#12]; ldr r2,[r1]
        let end = c.halves.len();
        c.halves(&[0, 0x60C2, 0x684B]); // cbz r2, end; str r2,[r0,#12]; ldr r3,[r1,#4]
        c.constant(4, BUFFER);
        c.halves(&[0xF504, 0x7500]); // add r5, r4, #512
        // 1: ldr r6,[r3],#4; str r6,[r4],#4; cmp r4,r5; bne 1b
        c.halves(&[0xF853, 0x6B04, 0xF844, 0x6B04, 0x42AC, 0xD1F9]);
        c.halves(&[0x688B, 0xEC93, 0x0A20]); // ldr r3,[r1,#8]; vldmia r3,{s0-s31}
        c.halves(&[0x68CB, 0xEEE1, 0x3A10]); // ldr r3,[r1,#12]; vmsr fpscr,r3
        c.halves(&[0xF8D1, 0xE014, 0x690B]); // ldr lr,[r1,#20]; ldr r3,[r1,#16]
        c.halves(&[0xF101, 0x0218, 0x4695]); // add r2,r1,#24; mov sp,r2
        c.halves(&[0xF3BF, 0x8F2F, 0xF383, 0x8C00]); // clrex; msr apsr_nzcvqg,r3
        c.halves(&[0xE8BD, 0x9FFF]); // pop {r0-r12,pc}
        c.halves[end] = 0xB102 | ((c.halves.len() - end - 2) as u16) << 3;
        c.leave(0x2_0026); // ADP_Stopped_ApplicationExit
        let fault = c.here();
        c.leave(0x2_0024); // ADP_Stopped_InternalError
        let write = c.here();
        c.halves(&[0x2005]); // movs r0, #5 (SYS_WRITE)
        c.constant(1, VARIABLES);
        c.halves(&[SEMIHOST]);
        let back = branch(c.here() + 4, next);
        c.halves(&back);
        assert!(c.here() <= EPILOGUES, "the harness fits");
        self.put(CODE, &c.bytes());
        for keep in (0..15).filter(|&k| k != 13) {
            let at = EPILOGUES + EPILOGUE * u32::from(keep);
            self.put(at, &epilogue(at, keep, write));
        }
        let mode = 5; // "wb"
        let open: Vec<u8> = [OPEN + 12, mode, FILE.len() as u32].into_iter().flat_map(u32::to_le_bytes).collect();
        self.put(OPEN, &open);
        self.put(OPEN + 12, FILE.as_bytes());
        Entry { reset: reset | 1, fault: fault | 1 }
    }
}

struct Entry {
    reset: u32,
    fault: u32,
}

const SEMIHOST: u16 = 0xBEAB;
/// Bytes from one epilogue to the next.
const EPILOGUE: u32 = 0x80;

/// Saves every register behind the window, to which R`keep` points, and goes to `write`.
fn epilogue(at: u32, keep: u16, write: u32) -> Vec<u8> {
    let mut c = CodeAt { base: at, halves: Vec::new() };
    let place = |n: u16| WINDOW as u16 / 2 + 4 * n;
    for n in (0..15).filter(|&n| n != 13) {
        c.halves(&[0xF8C0 | keep, n << 12 | place(n)]); // str rn, [rk, #]
    }
    let a = u16::from(keep == 0);
    let store = |n: u16| [0xF8C0 | keep, a << 12 | place(n)];
    c.halves(&[0x4668 | a]); // mov ra, sp
    c.halves(&store(13));
    c.halves(&[0xF3EF, 0x8000 | a << 8]); // mrs ra, apsr
    c.halves(&store(15));
    c.halves(&[0xEEF1, a << 12 | 0xA10]); // vmrs ra, fpscr
    c.halves(&store(16));
    let floats = place(17);
    c.halves(&[0xF200 | keep, (floats >> 8 & 7) << 12 | a << 8 | floats & 0xFF]); // addw ra, rk, #
    c.halves(&[0xEC80 | a, 0x0A20]); // vstmia ra, {s0-s31}
    let end = branch(c.here() + 4, write);
    c.halves(&end);
    assert!(c.halves.len() <= EPILOGUE as usize / 2, "epilogues do not overlap");
    c.bytes()
}

/// B T4 from PC value `from`.
fn branch(from: u32, to: u32) -> [u16; 2] {
    let offset = to.wrapping_sub(from);
    let (s, i1, i2) = (offset >> 24 & 1, offset >> 23 & 1, offset >> 22 & 1);
    let (j1, j2) = (!(i1 ^ s) & 1, !(i2 ^ s) & 1);
    let first = 0xF000 | s << 10 | offset >> 12 & 0x3FF;
    [first as u16, (0x9000 | j1 << 13 | j2 << 11 | offset >> 1 & 0x7FF) as u16]
}

struct CodeAt {
    base: u32,
    halves: Vec<u16>,
}

impl CodeAt {
    fn here(&self) -> u32 {
        self.base + 2 * self.halves.len() as u32
    }

    fn halves(&mut self, halves: &[u16]) {
        self.halves.extend(halves);
    }

    fn constant(&mut self, register: u32, value: u32) {
        self.halves.extend(constant(register, value));
    }

    /// SYS_EXIT for `reason`.
    fn leave(&mut self, reason: u32) {
        self.halves(&[0x2018]); // movs r0, #0x18
        self.constant(1, reason);
        self.halves(&[SEMIHOST, 0xE7FE]); // b .
    }

    fn bytes(&self) -> Vec<u8> {
        self.halves.iter().flat_map(|h| h.to_le_bytes()).collect()
    }
}
