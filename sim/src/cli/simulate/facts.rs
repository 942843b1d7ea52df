//! What a run found out, from the machine as it stands at the end.

use crate::engine::machine::Machine;
use crate::engine::session::Ended;
use crate::image::{Firmware, Image};
use crate::report::{Facts, Firmware as FirmwareFact, Location};
use peripherals::kernel::SOC;
use std::time::Duration;

/// The function and source line at `pc`, for a report.
pub(in crate::cli) fn locate(firmware: &Firmware, pc: u32) -> Option<Location> {
    firmware.locate(pc).map(|at| Location { symbol: Some(at.function.clone()), source: at.source() })
}

/// Everything that the report needs of `machine`, whose run has `ended` after `host` time.
pub(in crate::cli) fn facts(firmware: &Firmware, machine: &Machine, ended: Ended, host: Duration) -> Facts {
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

/// What the report says of an image.
pub(in crate::cli) fn image(image: &Image) -> FirmwareFact {
    FirmwareFact {
        path: image.path.clone(),
        format: image.format.to_string(),
        sha256: image.sha256.clone(),
        entry: image.entry,
    }
}
