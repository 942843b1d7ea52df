//! What the machine says of its registers, for reports and backtraces.

use super::bench::Setup;

/// Unicorn shows unprivileged code, and whoever asks while it runs, zeros for both stack pointers. The cure is `core::Registers::read`,
/// which `Machine::registers` uses.
#[test]
fn both_stacks_are_known_while_unprivileged_code_runs() {
    let mut machine = Setup::player("player-direct.elf").machine();
    let mut registers = machine.core.registers();
    (registers.msp, registers.psp) = (0x2000_8000, 0x2000_4000);
    for (control, sp) in [(0, 0x2000_8000), (1, 0x2000_8000), (2, 0x2000_4000), (3, 0x2000_4000)] {
        registers.control = control;
        machine.core.set_registers(&registers);
        let seen = machine.registers();
        assert_eq!((seen.msp, seen.psp, seen.sp()), (0x2000_8000, 0x2000_4000, sp), "CONTROL {control}");
    }
}
