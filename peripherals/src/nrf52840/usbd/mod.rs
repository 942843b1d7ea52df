//! USBD: the USB device at full speed (nRF52840 Product Specification v1.7, USBD), with the host that is at its other end on boards that
//! have a cable ([`crate::usb::Host`]).
//!
//! 1. EVENTCAUSE.READY comes 600 us after ENABLE (guess: the manual has no figure), if there is voltage at VBUS, and else never
//!    (inferred: the transceiver is supplied from there). Until then and while ENABLE is 0, tasks are ignored and the host sees nothing.
//! 2. EasyDMA takes 1 us and 125 ns for each word (guess). One transfer at a time: a START task during another one is lost, and
//!    is the fault `usb-dma-busy`. EP0STATUS, EP0RCVOUT and what a short starts wait for its end instead (TinyUSB, errata 199).
//! 3. EPSTATUS is set when PTR and MAXCNT are taken over, with STARTED; AMOUNT is valid at ENDEPIN and ENDEPOUT. An OUT transfer moves
//!    MAXCNT bytes even when fewer have come: what is behind them is left from before (Zephyr's driver knows it from the chip).
//! 4. A packet is there for the host from ENDEPIN on. A bulk endpoint takes packets from the first write to SIZE.EPOUT on, and
//!    again from each ENDEPOUT on; a write to SIZE.EPOUT drops a packet that is there.
//! 5. SET_ADDRESS is answered by the controller, EP0SETUP comes all the same. A new SETUP ends the request before it, with its stall.
//! 6. After a reset of the bus, endpoints but for 0 are off and hold nothing; DTOGGLE starts at DATA0. An EasyDMA transfer that
//!    runs comes to its END and arms nothing (guess).
//! 7. Toggles are kept for DTOGGLE; packets are never lost, so nothing depends on them.
//! 8. SOF and FRAMECNTR follow the frames of the host by time alone; the core is woken for SOF only if its interrupt is enabled or PPI
//!    hears it.
//! 9. The bus is never suspended: SUSPEND, RESUME and USBWUALLOWED never come, LOWPOWER, DPDMVALUE and the DPDM tasks change nothing.
//! 10. Isochronous endpoints are not modelled: their START tasks are a gap, and the host leaves them alone.

mod control;
mod easydma;
mod endpoints;
mod port;
mod registers;

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use crate::kernel::{Cx, Instant, Refusal, Span};
use crate::usb::Host;
use control::Control;
use easydma::{EasyDmaRun, Task};
use endpoints::{ENDPOINTS, EasyDma, In, Out};
pub use registers::USBD;

pub(super) const ID: u8 = 39;
pub(super) const PAGE: u32 = 0x4002_7000;
/// Its alarms.
const DMA: u8 = 0;
const READY: u8 = 1;
const HOST: u8 = 2;
const FRAME: u8 = 3;

const USBRESET: u8 = 0;
const STARTED: u8 = 1;
/// Of endpoint 0; the others follow.
const ENDEPIN: u8 = 2;
const EP0DATADONE: u8 = 10;
const ENDEPOUT: u8 = 12;
/// The start of a frame.
pub(super) const SOF: u8 = 21;
const USBEVENT: u8 = 22;
const EP0SETUP: u8 = 23;
const EPDATA: u8 = 24;
const EVENTS: u32 = 0x01FF_FFFF;
const SOF_REGISTER: u16 = 0x154;

/// Bits of EVENTCAUSE.
const CAUSE_READY: u32 = 1 << 11;
const SHORTS: u32 = 0x1F;
const STARTUP: Span = Span::from_us(600);
const FRAME_SPAN: Span = Span::from_ms(1);
/// Bits of EPINEN and EPOUTEN: endpoint 0 is on after a reset.
const ENABLES: u32 = 0x1FF;
/// EPSTATUS and EPDATASTATUS have OUT endpoints from this bit on.
const OUT_BITS: u8 = 16;

/// The block.
#[derive(Clone, Debug)]
pub(super) struct Usbd {
    events: Events,
    /// There is a cable with a host.
    cable: bool,
    shorts: u32,
    eventcause: u32,
    epstatus: u32,
    epdatastatus: u32,
    usbaddr: u8,
    enable: bool,
    /// It has started.
    ready: bool,
    pullup: bool,
    dpdmvalue: u32,
    /// DTOGGLE as it was written.
    dtoggle: u32,
    epinen: u32,
    epouten: u32,
    isosplit: u32,
    lowpower: u32,
    isoinconfig: u32,
    control: Control,
    inputs: [In; ENDPOINTS],
    outputs: [Out; ENDPOINTS],
    /// ISOIN, ISOOUT.
    iso: [EasyDma; 2],
    dma: Option<EasyDmaRun>,
    /// Tasks that wait for EasyDMA, as bits in the order of [`Task`].
    held: u8,
    /// Taken out while it runs.
    host: Option<Box<Host>>,
    /// Up to when frames have been looked at for EVENTS_SOF.
    frames_seen: Instant,
}

impl Block for Usbd {
    fn read(&mut self, at: u16, io: &mut Io) -> Result<u32, Refusal> {
        if at == SOF_REGISTER {
            self.look_for_frames(io.cx);
        }
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        let (_, index) = USBD.find(at).ok_or(Refusal::Unmapped)?;
        let index = usize::from(index);
        Ok(match at {
            0x200 => self.shorts,
            0x400 => self.eventcause,
            0x420..0x440 => self.inputs[index].halted.into(),
            0x444..0x464 => self.outputs[index].halted.into(),
            0x468 => self.epstatus,
            0x46C => self.epdatastatus,
            0x470 => self.usbaddr.into(),
            0x480..0x4A0 => self.control.request[usize::from((at - 0x480) / 4)].into(),
            0x4A0..0x4C0 => self.outputs[index].size,
            // SIZE.ISOOUT: nothing has come.
            0x4C0 => 1 << 16,
            0x500 => self.enable.into(),
            0x504 => self.pullup.into(),
            0x508 => self.dpdmvalue,
            0x50C => self.read_dtoggle(),
            0x510 => self.epinen,
            0x514 => self.epouten,
            0x51C => self.isosplit,
            0x520 => self.frame(io.cx.now()).map_or(0, |frame| (frame & 0x7FF) as u32),
            0x52C => self.lowpower,
            0x530 => self.isoinconfig,
            0x600..0x7B0 => {
                let EasyDma { ptr, maxcnt, amount } = *self.easydma(at);
                [ptr, maxcnt, amount][usize::from((at - 0x600) % 0x100 % 20 / 4)]
            }
            // Tasks read 0, and so does EPSTALL.
            _ => 0,
        })
    }

    fn write(&mut self, at: u16, value: u32, io: &mut Io) -> Result<(), Refusal> {
        if let 0x100..0x310 = at {
            self.look_for_frames(io.cx);
            if self.events.write(at, value, io.cx) {
                self.expect_frame(io.cx);
                return Ok(());
            }
        }
        let (register, index) = USBD.find(at).ok_or(Refusal::Unmapped)?;
        if register.access == crate::kernel::Access::R {
            return Err(Refusal::ReadOnly);
        }
        let index = usize::from(index);
        match at {
            0x000..0x060 if value & 1 == 0 => return Ok(()),
            0x024 | 0x048 => return Err(Refusal::NotModelled(0)),
            0x000..0x060 => self.task(at, index, io.cx),
            0x200 => self.shorts = value & SHORTS,
            0x400 => self.eventcause &= !value,
            0x468 => self.epstatus &= !value,
            0x46C => self.epdatastatus &= !value,
            0x4A0..0x4C0 => self.accept(index),
            0x500 => self.set_enable(value & 1 != 0, io.cx),
            0x504 => {
                self.pullup = value & 1 != 0;
                self.plug(io.cx);
            }
            0x508 => self.dpdmvalue = value & 0x1F,
            0x50C => self.write_dtoggle(value),
            0x510 => self.epinen = value & ENABLES,
            0x514 => self.epouten = value & ENABLES,
            0x518 => self.halt(value),
            0x51C => self.isosplit = value & 0xFFFF,
            0x52C => self.lowpower = value & 1,
            0x530 => self.isoinconfig = value & 1,
            _ => {
                let most = if matches!(at, 0x6A0.. 0x6B0 | 0x7A0..) { 0x3FF } else { 0x7F };
                let dma = self.easydma(at);
                if ((at - 0x600) % 0x100).is_multiple_of(20) { dma.ptr = value } else { dma.maxcnt = value & most }
            }
        }
        self.attend(io.cx);
        Ok(())
    }

    fn wake(&mut self, alarm: u8, ram: &mut dyn Ram, io: &mut Io) {
        match alarm {
            DMA => self.easydma_ends(ram, io.cx),
            READY => {
                self.ready = true;
                self.eventcause |= CAUSE_READY;
                self.events.raise(USBEVENT, io.cx);
                self.plug(io.cx);
            }
            FRAME => {
                self.frames_seen = io.cx.now();
                self.events.raise(SOF, io.cx);
                self.expect_frame(io.cx);
            }
            _ => {}
        }
        self.attend(io.cx);
    }

    fn input(&mut self, io: &mut Io) {
        self.attend(io.cx);
    }

    fn reset(&mut self) {
        *self = Self::new(self.cable);
    }

    /// Frames go by without an alarm.
    fn steady_until(&self, at: u16, now: Instant) -> Option<Instant> {
        match at {
            SOF_REGISTER | 0x520 => Some(self.frame_after(now).unwrap_or(FOREVER)),
            _ => Some(FOREVER),
        }
    }
}

impl Usbd {
    pub(super) fn new(cable: bool) -> Self {
        Self {
            events: Events::new(ID, EVENTS, true),
            cable,
            shorts: 0,
            eventcause: 0,
            epstatus: 0,
            epdatastatus: 0,
            usbaddr: 0,
            enable: false,
            ready: false,
            pullup: false,
            dpdmvalue: 0,
            dtoggle: 0,
            epinen: 1,
            epouten: 1,
            isosplit: 0,
            lowpower: 0,
            isoinconfig: 0,
            control: Control::default(),
            inputs: Default::default(),
            outputs: Default::default(),
            iso: Default::default(),
            dma: None,
            held: 0,
            host: cable.then(Box::default),
            frames_seen: Instant::ZERO,
        }
    }

    /// ENABLE.
    pub(super) fn is_enabled(&self) -> bool {
        self.enable
    }

    fn easydma(&mut self, at: u16) -> &mut EasyDma {
        let endpoint = usize::from((at - 0x600) % 0x100 / 20);
        match (at < 0x700, endpoint < ENDPOINTS) {
            (true, true) => &mut self.inputs[endpoint].dma,
            (false, true) => &mut self.outputs[endpoint].dma,
            (input, false) => &mut self.iso[usize::from(!input)],
        }
    }

    /// Nothing survives being disabled but what software has set up for EasyDMA and interrupts (guess).
    fn set_enable(&mut self, enable: bool, cx: &mut Cx) {
        if self.enable == enable {
            return;
        }
        if enable {
            self.enable = true;
            if self.cable {
                cx.wake_at(alarms::of(ID, READY), cx.now() + STARTUP);
            }
            return;
        }
        if let Some(host) = &mut self.host {
            host.detach(cx);
        }
        for alarm in [DMA, READY, HOST, FRAME] {
            cx.cancel(alarms::of(ID, alarm));
        }
        let Self { events, inputs, outputs, iso, host, frames_seen, .. } = std::mem::replace(self, Self::new(false));
        *self = Self { events, inputs, outputs, iso, cable: host.is_some(), host, frames_seen, ..Self::new(false) };
        self.forget_packets();
    }

    /// Endpoints hold nothing and are not halted.
    fn forget_packets(&mut self) {
        self.inputs.iter_mut().for_each(In::reset);
        self.outputs.iter_mut().for_each(Out::reset);
        if let Some(run) = &mut self.dma {
            run.stale = true;
        }
    }

    /// The host sees the pull-up, or no longer.
    fn plug(&mut self, cx: &mut Cx) {
        let Some(host) = &mut self.host else { return };
        match (self.ready && self.pullup, host.is_attached()) {
            (true, false) => host.attach(cx.now()),
            (false, true) => {
                host.detach(cx);
                self.expect_frame(cx);
            }
            _ => {}
        }
    }

    /// Lets the host do what it has to do, as answers may have changed.
    fn attend(&mut self, cx: &mut Cx) {
        let Some(mut host) = self.host.take() else { return };
        if host.is_attached() {
            let frames = host.frames_from();
            host.run(self, cx);
            if host.frames_from() != frames {
                self.frames_seen = cx.now();
                self.host = Some(host);
                self.expect_frame(cx);
                return self.set_alarm(cx);
            }
        }
        self.host = Some(host);
        self.set_alarm(cx);
    }

    fn set_alarm(&mut self, cx: &mut Cx) {
        match self.host.as_ref().and_then(|host| host.next()) {
            Some(at) => cx.wake_at(alarms::of(ID, HOST), at),
            None => cx.cancel(alarms::of(ID, HOST)),
        }
    }

    fn task(&mut self, at: u16, index: usize, cx: &mut Cx) {
        if !self.ready {
            return;
        }
        match at {
            0x004..0x024 => self.start(Task::In(index as u8), cx),
            0x028..0x048 => self.start(Task::Out(index as u8), cx),
            0x04C => self.start_later(Task::Receive, cx),
            0x050 => self.start_later(Task::Status, cx),
            0x054 => self.control.stalled = true,
            // DPDMDRIVE and DPDMNODRIVE.
            _ => {}
        }
    }

    /// SIZE.EPOUT is written.
    fn accept(&mut self, index: usize) {
        // Endpoint 0 takes packets by EP0RCVOUT.
        if let Some(output) = self.outputs.get_mut(index) {
            output.size = 0;
            output.open = index > 0;
        }
    }

    /// EPSTALL.
    fn halt(&mut self, value: u32) {
        let (endpoint, halted) = (value as usize & 7, value >> 8 & 1 != 0);
        match (endpoint, value >> 7 & 1 != 0) {
            (0, _) => self.control.stalled = halted,
            (_, true) => self.inputs[endpoint].halted = halted,
            (_, false) => self.outputs[endpoint].halted = halted,
        }
    }

    fn toggle(&mut self) -> &mut bool {
        let endpoint = self.dtoggle as usize & 7;
        if self.dtoggle >> 7 & 1 != 0 { &mut self.inputs[endpoint].toggle } else { &mut self.outputs[endpoint].toggle }
    }

    fn write_dtoggle(&mut self, value: u32) {
        self.dtoggle = value & 0x87;
        match value >> 8 & 3 {
            1 => *self.toggle() = false,
            2 => *self.toggle() = true,
            _ => {}
        }
    }

    fn read_dtoggle(&mut self) -> u32 {
        self.dtoggle | if *self.toggle() { 2 << 8 } else { 1 << 8 }
    }

    /// How many frames have begun.
    fn frame(&self, now: Instant) -> Option<u64> {
        let from = self.host.as_ref()?.frames_from()?;
        Some(now.since(from).as_ps() / FRAME_SPAN.as_ps())
    }

    fn frame_after(&self, now: Instant) -> Option<Instant> {
        let from = self.host.as_ref()?.frames_from()?;
        Some(from + FRAME_SPAN * (self.frame(now)? + 1))
    }

    /// Sets EVENTS_SOF if a frame has begun since the last look.
    fn look_for_frames(&mut self, cx: &mut Cx) {
        let now = cx.now();
        if self.frame(now) > self.frame(self.frames_seen.min(now)) {
            self.events.flag(SOF, cx);
        }
        self.frames_seen = now;
    }

    /// Sets the alarm of frames, while somebody is to be told.
    fn expect_frame(&mut self, cx: &mut Cx) {
        let wanted = self.events.enabled() >> SOF & 1 != 0 || cx.hears(ID, SOF);
        match self.frame_after(cx.now()).filter(|_| wanted) {
            Some(at) => cx.wake_at(alarms::of(ID, FRAME), at),
            None => cx.cancel(alarms::of(ID, FRAME)),
        }
    }

    /// PPI listens to other events than before.
    pub(super) fn listened(&mut self, cx: &mut Cx) {
        if self.enable {
            self.expect_frame(cx);
        }
    }
}
