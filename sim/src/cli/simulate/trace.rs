//! `--trace`: a listener on the machine's wires, and the files that it fills.

use super::facts::locate;
use crate::engine::machine::Machine;
use crate::host::console::say;
use crate::image::{Firmware, SymbolKind, parse_address};
use crate::probes::edges::EdgeLog;
use crate::probes::transactions::Transactions;
use crate::report::{Complaint, OutputError};
use crate::trace::{Request, Scopes, Tracer, Trigger};
use peripherals::kernel::{Instant, ProbeId};
use std::rc::Rc;

/// A trace of a run.
pub(super) struct Tracing {
    tracer: Tracer,
    firmware: Rc<Firmware>,
    edges: ProbeId,
    transactions: ProbeId,
    waits: bool,
    now: Instant,
}

impl Tracing {
    /// Puts listeners on `machine`, which is to be at power-on.
    ///
    /// # Errors
    /// [`Complaint`] when there is no such place in the firmware as the trace is to wait for.
    pub(super) fn start(
        request: &Request,
        firmware: &Rc<Firmware>,
        machine: &mut Machine,
    ) -> Result<Option<Self>, Complaint> {
        if request.paths.is_empty() {
            return Ok(None);
        }
        let places = request.when.iter().filter_map(|trigger| match trigger {
            Trigger::Address(place) => Some(address(place, firmware)),
            _ => None,
        });
        let marks = places.collect::<Result<Vec<u32>, _>>()?;
        let chips: Vec<String> = machine.players().map(|(name, _)| name.to_owned()).collect();
        let scopes = Scopes::of_board(machine.wiring(), &chips, &machine.world().nets);
        let nets = &machine.world().nets;
        let levels = nets.ids().map(|net| nets.level(net)).collect();
        let tracer = Tracer::new(request.clone(), scopes, levels, machine.now());
        for address in marks {
            machine.mark(address, Instant::ZERO + request.from.unwrap_or_default());
        }
        let (edges, transactions) = (machine.watch_edges(), machine.watch_transactions());
        let (waits, now) = (!request.when.is_empty(), machine.now());
        Ok(Some(Self { tracer, firmware: Rc::clone(firmware), edges, transactions, waits, now }))
    }

    /// Takes what has happened since the last time.
    pub(super) fn take(&mut self, machine: &mut Machine) {
        self.now = machine.now();
        let tracer = &mut self.tracer;
        let firmware = &self.firmware;
        let place = |pc| locate(firmware, pc);
        if let Some(log) = machine.probe_mut::<EdgeLog>(self.edges) {
            log.drain(&mut |edge| tracer.edge(edge));
        }
        if let Some(decoder) = machine.probe_mut::<Transactions>(self.transactions) {
            decoder.drain(&mut |transaction| tracer.transaction(transaction, &place));
        }
        for at in machine.take_marks_met() {
            tracer.executed(at);
        }
        tracer.reached(self.now, &machine.world().findings, &place);
    }

    /// Ends the files; gives what could not be written.
    pub(super) fn finish(self) -> Vec<OutputError> {
        let (failed, began) = self.tracer.finish(self.now);
        if !began {
            let what =
                if self.waits { "what --trace-when names did not happen" } else { "the run ended before --trace-from" };
            say(&format!("warning: {what}; the traces hold only the levels at the end"));
        }
        failed
    }
}

/// The address of the instruction that `place` names.
fn address(place: &str, firmware: &Firmware) -> Result<u32, Complaint> {
    let function = || firmware.symbol(place).filter(|symbol| symbol.kind == SymbolKind::Function);
    // Bit 0 of an address may say that there is Thumb code.
    let address = parse_address(place).or_else(|| function().map(|symbol| symbol.addr));
    address.map(|address| address & !1).ok_or_else(|| {
        let message = format!("--trace-when: there is no function `{place}` in this firmware");
        Complaint::new("usage", message)
            .help("name one as the linker does, or give its address: 0x and hexadecimal digits")
    })
}
