//! The CPU model and its registers.

use super::*;

/// "CPU set-up": with `THUMB | MCLASS` Unicorn makes this a Cortex-M33 and still answers that all is well; #2: PC cannot be
/// read then. The cure is `Mode::THUMB` alone in `Core::new`.
#[test]
fn the_core_is_a_cortex_m4_and_no_m33() {
    // lda r0,[r1], which Armv8-M added
    let mut c = core(&[0xE8D1, 0x0FAF, 0xBE00]);
    c.write_register(RegisterARM::R1, RAM_BASE);
    assert_eq!((c.run(u64::MAX), c.pc()), (Stop::Undefined, CODE));
    assert_eq!(c.unicorn.pc_read().ok().map(|pc| pc & !1), Some(CODE.into()));
}

/// "CPU set-up": a write of XPSR does not make a true M4 take its new mode in, so that EXC_RETURN is no exception return but a
/// branch. The cure is CPSR, written back to itself at the end of `Registers::write`.
#[test]
fn exc_return_is_seen_right_after_ipsr_was_set() {
    let mut c = core(&[0x4770]); // bx lr
    for exception in [11, 0, 16, 3] {
        let mut registers = c.registers();
        (registers.pc, registers.lr) = (CODE, 0xFFFF_FFF9);
        registers.xpsr = registers.xpsr & !IPSR | exception;
        c.set_registers(&registers);
        let stop = c.run(u64::MAX);
        if exception == 0 {
            // In thread mode it is an address like any other (Armv7-M ARM, B1.5.8).
            assert!(matches!(stop, Stop::Refused { access: Access::Fetch, .. }), "{stop:?}");
        } else {
            assert_eq!((stop, c.exc_return()), (Stop::ExceptionReturn, 0xFFFF_FFF9), "in exception {exception}");
        }
    }
}

/// "CPU set-up": the plain XPSR does not write GE. The cure is `XPSR_NZCVQG` in `Registers::write`.
#[test]
fn ge_is_written_with_the_other_flags() {
    let mut c = core(&[0xFAA0, 0xF281, 0xBE00]); // sel r2,r0,r1
    for ge in 0..16 {
        let mut registers = c.registers();
        registers.xpsr = registers.xpsr & !0x000F_0000 | ge << 16;
        (registers.pc, registers.r[0], registers.r[1]) = (CODE, 0xFFFF_FFFF, 0);
        c.set_registers(&registers);
        assert_eq!(c.registers().xpsr >> 16 & 15, ge);
        assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
        let selected = (0..4).filter(|n| ge >> n & 1 == 1).map(|n| 0xFF << (8 * n)).sum::<u32>();
        assert_eq!(c.register(RegisterARM::R2), selected);
    }
}

/// #12: MSP and PSP, and the masks with them, are views that unprivileged code does not have, and Unicorn takes its mode for the
/// host's. The cure is the way by handler mode in `Registers::read` and `Registers::write`.
#[test]
fn every_register_is_read_and_written_in_every_mode() {
    let mode = |exception: u32, control: u32| {
        let r = std::array::from_fn(|n| 0x1000 + n as u32 + control + exception);
        let (msp, psp) = (RAM_BASE + 0x8000 + 64 * control, RAM_BASE + 0x4000 + 64 * control + 4 * exception);
        let (xpsr, lr) = (0xA90F_0000 | exception, 0xFFFF_FFF1);
        Registers { r, msp, psp, lr, pc: CODE, xpsr, control, primask: 1, basepri: 0x40, faultmask: 1 }
    };
    let modes = [mode(0, 0), mode(0, 2), mode(0, 1), mode(0, 3), mode(11, 0), mode(11, 1), mode(0, 7), mode(11, 5)];
    let mut c = core(&[0x4668, 0xBE00]); // mov r0,sp
    for (from, to) in modes.iter().flat_map(|from| modes.iter().map(move |to| (from, to))) {
        c.set_registers(from);
        c.set_registers(to);
        // Twice: reading goes by way of another mode and has to come back.
        assert_eq!((&c.registers(), &c.registers()), (to, to), "from {from:?}");
        assert_eq!(c.mask_registers(), [1, 0x40, 1]);
        assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
        assert_eq!(c.register(RegisterARM::R0), to.sp(), "from {from:?} to {to:?}");
    }
}

/// #13: Unicorn's FPU is on whatever CPACR says. The cure is `State::wish_for_fpu`, which stops in front of its instructions.
#[test]
fn an_fpu_that_is_off_stops_the_core_in_front_of_its_instruction() {
    // movs r0,#1; vadd.f32 s0,s0,s1; bkpt
    let mut c = told(CODE, &[0x2001, 0xEE30, 0x0A20, 0xBE00], Told { fpu: Some(Fpu::Off), ..Told::default() });
    let before = FpRegisters { s: [0x3F80_0000; 32], ..FpRegisters::default() };
    c.set_fp_registers(&before);
    for _ in 0..2 {
        assert_eq!((c.run(u64::MAX), c.pc()), (Stop::Fpu, CODE + 2));
        assert_eq!(c.fp_registers().s, before.s);
    }
    c.bus_mut().fpu = Some(Fpu::Ready);
    assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
    assert_eq!(c.fp_registers().s[0], 0x4000_0000);
}

/// #26: without bit 0 Unicorn starts in Arm state, or does nothing. The cure is `Core::set_pc` and `Core::enter`, which set it.
#[test]
fn pc_may_be_given_with_or_without_bit_0_and_again_and_again() {
    let mut c = core(&[0x3001, 0xBE00]); // adds r0,#1
    for round in 1..=50 {
        c.set_pc(CODE | (round & 1));
        assert_eq!((c.run(u64::MAX), c.pc()), (Stop::Breakpoint { number: 0 }, CODE + 2));
        assert_eq!(c.register(RegisterARM::R0), round);
    }
    for pc in [CODE, CODE | 1] {
        c.reset(STACK, pc);
        assert_eq!((c.run(u64::MAX), c.pc()), (Stop::Breakpoint { number: 0 }, CODE + 2));
    }
}
