//! From the options of `sim` to what the run found out: brings the machine and the host together.

use super::options::SimOptions;
use super::sim::{Outcome, Stop};
use crate::boards::Board;
use crate::engine::machine::{Machine, MachineError};
use crate::engine::session::{self, Ended, Limits};
use crate::host::console::say;
use crate::host::interrupt::Interrupt;
use crate::image::{Firmware, Image, StoredFlash};
use crate::report::diagnostic::Location;
use crate::report::write;
use crate::report::{Complaint, Facts, Firmware as FirmwareFact};
use desk::Desk;
use drive::Drives;
use peripherals::kernel::{Instant, SOC};
use std::time::Duration;

mod desk;
mod drive;
mod keys;
mod live;

/// Runs what `options` ask for.
///
/// # Errors
/// [`Stop`] when there can be no run: input that cannot be used, an output that cannot be opened.
pub fn simulate(options: &SimOptions) -> Result<Outcome, Stop> {
    let firmware = Firmware::load(&options.images)?;
    let board = Board::load(&options.board, &options.wires)?;
    for remark in &firmware.remarks {
        say(&format!("note: {remark}"));
    }
    let drives = Drives::open(options, &firmware)?;
    let stored = options.flash.as_deref().map(StoredFlash::load).transpose()?.flatten();
    let machine = Machine::with_flash(&firmware, stored.as_ref(), board, options.rules, options.seed);
    let mut machine = machine.map_err(|error| match error {
        MachineError::Outside(_) => Stop::Input(Complaint::from_text("image", &error.to_string())),
        MachineError::Core(_) => panic!("{error}"),
    })?;
    if let Some(drives) = &drives {
        drives.lay(&mut machine, &firmware)?;
    }
    let interrupt = Interrupt::install().unwrap_or_default();
    let mut desk = Desk::open(options, &firmware, &machine, interrupt)?;
    machine.open_input(desk.reads());
    let started = std::time::Instant::now();
    let limits = Limits { until: options.run_for.map(|span| Instant::ZERO + span), exit_now: options.exit_now };
    let ended = session::run(&mut machine, &firmware, limits, &mut desk);
    let host = started.elapsed();
    let mut failed = desk.close();
    if let Some(path) = &options.flash {
        failed.extend(write::text(path, machine.stored_flash().to_hex().as_bytes()).err());
    }
    if let Some(drives) = &drives {
        failed.extend(drives.take_out(&machine));
    }
    let facts = facts(&firmware, &machine, ended, host);
    Ok(Outcome { facts, locate: Box::new(move |pc| locate(&firmware, pc)), failed })
}

fn locate(firmware: &Firmware, pc: u32) -> Option<Location> {
    firmware.locate(pc).map(|at| Location { symbol: Some(at.function.clone()), source: at.source() })
}

fn facts(firmware: &Firmware, machine: &Machine, ended: Ended, host: Duration) -> Facts {
    let now = machine.now();
    let mut findings = machine.world().findings.clone();
    let mut spi = Vec::new();
    for (index, judge) in machine.judges().enumerate() {
        let report = judge.report();
        report.file(&mut findings, SOC, index as u64);
        spi.push(report);
    }
    Facts {
        firmware: firmware.images.iter().map(image).collect(),
        board: machine.board().name.clone(),
        reason: ended.reason,
        code: ended.code,
        detail: ended.detail,
        end: now,
        instructions: machine.instructions(),
        host,
        spi,
        vs1053: machine.players().map(|(name, chip)| (name.to_owned(), chip.report(now))).collect(),
        findings,
        diagnostics: Vec::new(),
        trace_sha256: Some(machine.trace_sha256()),
    }
}

fn image(image: &Image) -> FirmwareFact {
    FirmwareFact {
        path: image.path.clone(),
        format: image.format.to_string(),
        sha256: image.sha256.clone(),
        entry: image.entry,
    }
}
