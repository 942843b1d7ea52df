//! What a run found out, from the machine as it stands at the end.

use crate::engine::core::{FLASH_SIZE, Witness};
use crate::engine::machine::Machine;
use crate::engine::session::Ended;
use crate::image::{Call, Firmware, Image, calls, functions_at, own_function_at};
use crate::probes::spi::Culprit;
use crate::report::{Behind, Facts, Firmware as FirmwareFact, Location, WireMaker};
use peripherals::kernel::SOC;
use std::collections::BTreeMap;
use std::time::Duration;

/// The function and source line at `pc`, for a report: the firmware's own line where that of a library was inlined into it.
pub(in crate::cli) fn locate(firmware: &Firmware, pc: u32) -> Option<Location> {
    let at = firmware.locate(pc)?;
    let source = own_function_at(firmware, pc).and_then(|call| call.source).or_else(|| at.source());
    Some(Location { symbol: Some(at.function), source })
}

/// Everything that the report needs of `machine`, whose run has `ended` after `host` time.
pub(in crate::cli) fn facts(firmware: &Firmware, machine: &Machine, ended: Ended, host: Duration) -> Facts {
    let now = machine.now();
    let mut findings = machine.world().findings.clone();
    let mut behind = calls_of_findings(firmware, machine);
    let mut spi = Vec::new();
    for (index, judge) in machine.judges().enumerate() {
        let report = judge.report();
        let before = findings.all().len();
        report.file(&mut findings, SOC, index as u64);
        if findings.all().len() > before {
            behind.insert(before, makers(firmware, machine, &report.culprits));
        }
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
        behind,
        dawdling: machine.dawdling(),
        waits: machine.waits().to_vec(),
        diagnostics: Vec::new(),
        trace_sha256: Some(machine.trace_sha256()),
    }
}

/// The calls that led to each finding that an instruction brought up.
fn calls_of_findings(firmware: &Firmware, machine: &Machine) -> BTreeMap<usize, Behind> {
    let findings = machine.world().findings.all().iter().enumerate();
    let known = findings.filter_map(|(number, finding)| {
        let witness = machine.witnesses().of_finding(number, finding.pc?)?;
        Some((number, Behind { calls: calls_to(firmware, machine, witness), wires: Vec::new() }))
    });
    known.collect()
}

/// The instructions behind a verdict on a bus, with the calls that led there.
fn makers(firmware: &Firmware, machine: &Machine, culprits: &[Culprit]) -> Behind {
    let wires: Vec<_> = culprits
        .iter()
        .map(|Culprit { edges, pc }| {
            let witness = machine.witnesses().of_place(*pc);
            let calls = witness.map(|witness| calls_to(firmware, machine, &witness));
            let calls = calls.unwrap_or_else(|| functions_at(firmware, *pc));
            WireMaker { edges: edges.clone(), pc: *pc, calls }
        })
        .collect();
    Behind { calls: wires.first().map(|wire| wire.calls.clone()).unwrap_or_default(), wires }
}

/// The calls at `witness`. Of RAM only what was kept of the stack is as it was then.
fn calls_to(firmware: &Firmware, machine: &Machine, witness: &Witness) -> Vec<Call> {
    let code = |at| if at < FLASH_SIZE { machine.word(at) } else { None };
    let mut calls = calls(firmware, &witness.unwound_from(), |at| witness.word(at).or_else(|| code(at)));
    // It stands inside the interpreter that runs it.
    let interpreter = calls.iter().position(|call| call.function == "mp_execute_bytecode");
    if let (Some(at), Some(python)) = (interpreter, &witness.python) {
        calls.insert(at, Call::python(python));
    }
    calls
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
