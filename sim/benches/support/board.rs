//! The `dongle` board with a program that writes the VS1053's volume register for ever, bit by bit.

use super::thumb::{NOP, branch, bytes, constant, ldr, str};
use badgebench::boards::Board;
use badgebench::engine::machine::{Machine, Outcome};
use badgebench::engine::timing::Rules;
use badgebench::image::{Firmware, Image};
use peripherals::kernel::{Instant, Span};

const P0: u32 = 0x5000_0500;
const P1: u32 = 0x5000_0800;
const SCLK: u32 = 1 << 22;
const XCS: u32 = 1 << 29;
const XDCS: u32 = 1 << 31;
const MOSI: u32 = 1;
const XRESET: u32 = 1 << 15;

/// SCI write of 0xAAAA to VOL: a MOSI edge for nearly each bit.
const WORD: u32 = 0x020B_AAAA;

/// Offsets from the base of a port (PS v1.7, "GPIO", registers).
const OUTSET: u16 = 0x08;
const OUTCLR: u16 = 0x0C;
const IN: u16 = 0x10;
const DIRSET: u16 = 0x18;

/// A machine that sends.
pub struct Sender {
    machine: Machine,
}

impl Sender {
    /// Powered on and past the chip's start-up; `skip` polling loops or not.
    pub fn new(skip: bool) -> Self {
        let code = bytes(&program());
        let image = Image::parse("sender.bin", &code, Some(0)).expect("an image");
        let firmware = Firmware::lay(vec![image]).expect("firmware");
        let board = Board::load::<&str>("dongle", &[]).expect("a board");
        let mut machine = Machine::new(&firmware, board, Rules::SILICON, 0).expect("a machine");
        if !skip {
            machine.run_polling_loops();
        }
        let mut sender = Self { machine };
        sender.run(Span::from_ms(5));
        assert!(sender.machine.edges() > 1000, "{} edges", sender.machine.edges());
        sender
    }

    /// Runs for so long; how many edges there were.
    pub fn run(&mut self, span: Span) -> u64 {
        let before = self.machine.edges();
        let end: Instant = self.machine.now() + span;
        assert_eq!(self.machine.run(end), Outcome::Reached, "{:?}", self.machine.world().findings.all());
        self.machine.edges() - before
    }
}

/// A machine that reads IN over and over, as it waits for a chip that is held in reset.
pub struct Poller {
    machine: Machine,
}

/// Cycles of a round of the polling loop: LDR 2, LSLS 1, BPL 2.
pub const POLL_CYCLES: u64 = 5;

impl Poller {
    /// Powered on; every round is run.
    pub fn new() -> Self {
        let mut code = start();
        code.extend(wait_for_dreq());
        let image = Image::parse("poller.bin", &bytes(&code), Some(0)).expect("an image");
        let firmware = Firmware::lay(vec![image]).expect("firmware");
        let board = Board::load::<&str>("dongle", &[]).expect("a board");
        let mut machine = Machine::new(&firmware, board, Rules::SILICON, 0).expect("a machine");
        machine.run_polling_loops();
        assert_eq!(machine.run(Instant::ZERO + Span::from_us(100)), Outcome::Reached);
        Self { machine }
    }

    /// Runs so many rounds.
    pub fn run(&mut self, rounds: u64) {
        let end = self.machine.now() + Span::from_cycles(rounds * POLL_CYCLES);
        assert_eq!(self.machine.run(end), Outcome::Reached);
    }
}

/// Vector table, and pins as outputs; DREQ's input buffer connected. R6 is P0, R7 P1, R1 SCLK.
fn start() -> Vec<u16> {
    let mut code = vec![0x8000, 0x2000, 0x0101, 0];
    code.resize(0x80, 0);
    for (register, value) in [(6, P0), (7, P1), (1, XCS | XDCS)] {
        code.extend(constant(register, value));
    }
    code.push(str(1, 6, OUTSET));
    code.extend(constant(0, SCLK | XCS | XDCS));
    code.push(str(0, 6, DIRSET));
    code.extend(constant(0, MOSI | XRESET));
    code.push(str(0, 7, DIRSET));
    code.push(0x2000); // movs r0, #0
    code.extend([0xF8C6, 0x0208]); // str.w r0, [r6, #PIN_CNF[2]]
    code
}

fn wait_for_dreq() -> [u16; 3] {
    // lsls r3, r3, #29 brings bit 2 to the sign; bpl
    [ldr(3, 6, IN), 0x075B, branch(5, -3)]
}

fn program() -> Vec<u16> {
    let mut code = start();
    for (register, value) in [(0, XRESET), (1, SCLK), (2, MOSI), (4, XCS)] {
        code.extend(constant(register, value));
    }
    code.push(str(0, 7, OUTSET));
    let top = code.len();
    code.extend(wait_for_dreq());
    code.push(str(4, 6, OUTCLR));
    for bit in (0..32).rev() {
        // SCI takes CLKI/4 (VS1053b datasheet, 7.4.4), and CLKI is XTALI after reset: 21 cycles of 64 MHz.
        code.push(str(2, 7, if WORD >> bit & 1 == 1 { OUTSET } else { OUTCLR }));
        code.extend([NOP; 10]);
        code.push(str(1, 6, OUTSET));
        code.extend([NOP; 10]);
        code.push(str(1, 6, OUTCLR));
    }
    code.push(str(4, 6, OUTSET));
    code.extend([NOP; 8]);
    let distance = top as isize - code.len() as isize - 1;
    code.push(branch(14, distance));
    code
}
