//! EasyDMA between RAM and the endpoints, and what waits for it.

use super::super::alarms;
use super::super::dma::{self, Ram};
use super::super::lint::USB_DMA_BUSY;
use super::{DMA, ENDEPIN, ENDEPOUT, ID, OUT_BITS, STARTED, Usbd};
use crate::kernel::{Cx, Span};
use crate::usb::{PACKET, Packet};

const START: Span = Span::from_us(1);
const WORD: Span = Span::from_ns(125);
/// Bits of SHORTS.
const ENDEPOUT0_EP0STATUS: u32 = 1 << 3;
const ENDEPOUT0_EP0RCVOUT: u32 = 1 << 4;

/// What EasyDMA, or waiting for it, is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// STARTEPIN.
    In(u8),
    /// STARTEPOUT.
    Out(u8),
    /// EP0RCVOUT.
    Receive,
    /// EP0STATUS.
    Status,
}

/// Those that can wait, in this order.
const WAITING: [Task; 4] = [Task::Status, Task::Receive, Task::In(0), Task::Out(0)];

/// A transfer.
#[derive(Clone, Copy, Debug)]
pub(super) struct EasyDmaRun {
    task: Task,
    ptr: u32,
    count: u32,
    /// The endpoint was reset meanwhile.
    pub(super) stale: bool,
}

impl Usbd {
    /// A task that is to be done at once.
    pub(super) fn start(&mut self, task: Task, cx: &mut Cx) {
        if let Some(run) = &self.dma {
            let running = run.task;
            return cx.report(&USB_DMA_BUSY, 0, || format!("{task:?} during {running:?}"));
        }
        let (Task::In(n) | Task::Out(n)) = task else { return self.without_easydma(task) };
        let n = usize::from(n);
        let input = matches!(task, Task::In(_));
        let registers = if input { self.inputs[n].dma } else { self.outputs[n].dma };
        let run = EasyDmaRun { task, ptr: registers.ptr, count: registers.maxcnt.min(PACKET as u32), stale: false };
        self.epstatus |= 1 << (n as u8 + if input { 0 } else { OUT_BITS });
        self.events.raise(STARTED, cx);
        let span = START + WORD * u64::from(run.count.div_ceil(4));
        cx.wake_at(alarms::of(ID, DMA), cx.now() + span);
        self.dma = Some(run);
    }

    /// A task that waits for EasyDMA if need be.
    pub(super) fn start_later(&mut self, task: Task, cx: &mut Cx) {
        if self.dma.is_none() {
            return self.start(task, cx);
        }
        if let Some(place) = WAITING.iter().position(|&waiting| waiting == task) {
            self.held |= 1 << place;
        }
    }

    fn without_easydma(&mut self, task: Task) {
        match task {
            Task::Status => self.control.allow_status(),
            Task::Receive => self.control.receives = true,
            Task::In(_) | Task::Out(_) => {}
        }
    }

    /// The transfer that runs is over.
    pub(super) fn easydma_ends(&mut self, ram: &mut dyn Ram, cx: &mut Cx) {
        let Some(EasyDmaRun { task, ptr, count, stale }) = self.dma.take() else { return };
        let length = count as usize;
        match task {
            Task::In(n) => {
                let mut bytes = [0; PACKET];
                if length > 0 {
                    dma::load(ram, ptr, &mut bytes[..length], "USBD.EPIN.PTR", ID, cx);
                }
                let input = &mut self.inputs[usize::from(n)];
                input.dma.amount = count;
                if !stale && (n > 0 || self.control.reads()) {
                    input.packet = Some(Packet::new(&bytes[..length]));
                }
                self.events.raise(ENDEPIN + n, cx);
            }
            Task::Out(n) => {
                let output = &mut self.outputs[usize::from(n)];
                if length > 0 {
                    dma::store(ram, ptr, &output.buffer[..length], "USBD.EPOUT.PTR", ID, cx);
                }
                output.dma.amount = count;
                output.open |= n > 0 && !stale;
                self.events.raise(ENDEPOUT + n, cx);
                if n == 0 && self.shorts & ENDEPOUT0_EP0STATUS != 0 {
                    self.start_later(Task::Status, cx);
                }
                if n == 0 && self.shorts & ENDEPOUT0_EP0RCVOUT != 0 {
                    self.start_later(Task::Receive, cx);
                }
            }
            Task::Receive | Task::Status => {}
        }
        for (place, task) in WAITING.into_iter().enumerate() {
            if self.held >> place & 1 != 0 && self.dma.is_none() {
                self.held &= !(1 << place);
                self.start(task, cx);
            }
        }
    }
}
