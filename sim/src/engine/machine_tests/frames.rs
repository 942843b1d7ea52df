//! Frames of exceptions where no stack can be.

use super::bench::run_to;
use crate::boards::Board;
use crate::engine::machine::Machine;
use crate::engine::timing::Rules;
use crate::image::{Firmware, Image};
use peripherals::cortex_m::HARD_FAULT;
use peripherals::kernel::{Instant, Span};

/// A machine that set SP to `sp` and ran an undefined instruction; its handlers are `handler`.
fn undefined_with_sp_at(sp: u32, handler: [u8; 2]) -> Machine {
    let words = [0x2000_8000, 0x41].into_iter().chain([0x4D; 14]);
    let mut bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
    // LDR R0, [PC, #4]; MOV SP, R0; UDF #0; B .
    bytes.extend_from_slice(&[0x01, 0x48, 0x85, 0x46, 0x00, 0xDE, 0xFE, 0xE7]);
    bytes.extend_from_slice(&sp.to_le_bytes());
    bytes.extend_from_slice(&handler);
    let firmware =
        Firmware::lay(vec![Image::parse("frames.bin", &bytes, Some(0)).expect("raw bytes")]).expect("a vector table");
    let board = Board::load::<&str>("dongle", &[]).expect("a built-in board");
    let mut machine = Machine::new(&firmware, board, Rules::SILICON, 0).expect("a machine");
    run_to(&mut machine, Instant::ZERO + Span::from_us(100));
    machine
}

/// Stack pointers under which there is no RAM, some so that the frame runs over an end of the address space.
const NOWHERE: [u32; 9] = [0, 4, 0x10, 0x18, 0x20, 0x24, 0x2000_0000, 0x1FFF_FFF8, 0xFFFF_FFFC];

/// Stacking faults do not keep HardFault from being entered (B1.5.6 and B1.5.10, "Derived exceptions").
#[test]
fn a_frame_that_goes_nowhere_does_not_keep_the_handler_from_running() {
    for sp in NOWHERE {
        // B .
        let machine = undefined_with_sp_at(sp, [0xFE, 0xE7]);
        let registers = machine.core.registers();
        assert_eq!((registers.pc, registers.exception()), (0x4C, u32::from(HARD_FAULT)), "SP 0x{sp:08x}");
        assert_eq!(registers.sp(), sp.wrapping_sub(0x20) & !7, "SP 0x{sp:08x}");
    }
}

/// Nor can what is not there be popped: the handler is entered again and again, and time goes on.
#[test]
fn a_frame_that_came_from_nowhere_is_a_fault_again() {
    for sp in NOWHERE {
        // BX LR
        let machine = undefined_with_sp_at(sp, [0x70, 0x47]);
        assert_eq!(machine.core.registers().exception(), u32::from(HARD_FAULT), "SP 0x{sp:08x}");
        assert!(machine.instructions() > 100, "SP 0x{sp:08x}");
    }
}
