//! From the options of `sim` to what the run found out: brings the machine and the host together.

use super::options::SimOptions;
use super::sim::{Outcome, Stop};
use super::values::is_page;
use crate::boards::Board;
use crate::engine::machine::{Machine, MachineError};
use crate::engine::session::{self, Limits};
use crate::gdb;
use crate::host::console::say;
use crate::host::interrupt::Interrupt;
use crate::image::{Firmware, StoredFlash};
use crate::report::{Complaint, OutputError, write};
use desk::Desk;
use drive::Drives;
use facts::{facts, locate};
use peripherals::kernel::Instant;
use source::Source;
use std::rc::Rc;
use trace::Tracing;
use watch::Watch;

mod desk;
pub(super) mod drive;
pub(super) mod facts;
mod keys;
mod live;
mod source;
mod speeds;
mod trace;
mod watch;

/// Runs what `options` ask for.
///
/// # Errors
/// [`Stop`] when there can be no run: input that cannot be used, an output that cannot be opened.
pub fn simulate(options: &SimOptions) -> Result<Outcome, Stop> {
    let firmware = Rc::new(Firmware::load(&options.images)?);
    let board = Board::load(&options.board, &options.wires)?;
    for remark in &firmware.remarks {
        say(&format!("note: {remark}"));
    }
    let drives = Drives::open(options, &firmware)?;
    let stored = options.flash.as_deref().map(StoredFlash::load).transpose()?.flatten();
    let machine = Machine::with_flash(&firmware, stored.as_ref(), board, options.rules, options.seed);
    let mut machine = machine.map_err(not_made)?;
    if let Some(drives) = &drives
        && let Some(note) = drives.lay(&mut machine, &firmware)?
    {
        say(&format!("note: {note}"));
    }
    let debugger = options.gdb.as_deref().map(listen).transpose()?;
    let interrupt = Interrupt::install().unwrap_or_default();
    let tracing = Tracing::start(&options.trace, &firmware, &mut machine).map_err(Stop::Input)?;
    let mut desk = Desk::open(options, &firmware, &mut machine, tracing, interrupt)?;
    machine.open_input(desk.reads());
    let source = Source::open(&options.source, &firmware, &mut machine)?;
    let started = std::time::Instant::now();
    let limits = Limits { until: options.run_for.map(|span| Instant::ZERO + span), exit_now: options.exit_now };
    let run = |front: &mut dyn gdb::Front, machine: &mut Machine| match &debugger {
        Some(listener) => gdb::run(machine, &firmware, limits, front, listener),
        None => session::run(machine, &firmware, limits, front),
    };
    let (ended, watched) = if options.reports.iter().any(|place| is_page(place)) {
        let mut watch = Watch::attach(&mut machine, &mut desk, &options.levels);
        let ended = run(&mut watch, &mut machine);
        (ended, Some(Box::new(watch.end(&machine, &firmware))))
    } else {
        (run(&mut desk, &mut machine), None)
    };
    let host = started.elapsed();
    desk.linger(&machine);
    let mut failed = desk.close();
    failed.extend(source.close(&mut machine, &firmware));
    if let Some(path) = &options.flash {
        failed.extend(write::text(path, machine.stored_flash().to_hex().as_bytes()).err());
    }
    if let Some(drives) = &drives {
        failed.extend(drives.take_out(&machine));
    }
    let facts = facts(&firmware, &machine, ended, host);
    Ok(Outcome { facts, locate: Box::new(move |pc| locate(&firmware, pc)), failed, watched })
}

/// Listens for a debugger, and says where.
fn listen(address: &str) -> Result<gdb::Listener, Stop> {
    let listener = gdb::Listener::open(address)
        .map_err(|error| Stop::Output(OutputError { path: format!("--gdb {address}").into(), source: error }))?;
    let at = listener.address;
    say(&format!("note: waiting for GDB at {at} (target remote {at}); the machine is halted until it says `continue`"));
    Ok(listener)
}

/// Why a machine could not be made of what was given. That Unicorn cannot be set up is a bug.
pub(super) fn not_made(error: MachineError) -> Stop {
    match error {
        MachineError::Outside(_) => Stop::Input(Complaint::from_text("image", &error.to_string())),
        MachineError::Core(_) => panic!("{error}"),
    }
}
