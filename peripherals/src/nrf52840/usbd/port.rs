//! The device as the host sees it.

use super::control::Meets;
use super::easydma::Task;
use super::{EP0DATADONE, EP0SETUP, EPDATA, OUT_BITS, USBRESET, Usbd};
use crate::kernel::Cx;
use crate::usb::{Answer, Packet, Port, Token};

/// Bits of SHORTS, at EP0DATADONE.
const EP0DATADONE_STARTEPIN0: u32 = 1 << 0;
const EP0DATADONE_STARTEPOUT0: u32 = 1 << 1;
const EP0DATADONE_EP0STATUS: u32 = 1 << 2;

impl Port for Usbd {
    fn address(&self) -> u8 {
        self.usbaddr
    }

    fn answer(&self, token: Token) -> Answer {
        if !(self.ready && self.pullup) {
            return Answer::Silence;
        }
        let enabled = |enables: u32, endpoint: u8| endpoint < 8 && enables >> endpoint & 1 != 0;
        match token {
            Token::Setup if enabled(self.epouten, 0) => Answer::Ready(0),
            Token::In(n) if enabled(self.epinen, n) => self.answer_in(n),
            Token::Out(n) if enabled(self.epouten, n) => self.answer_out(n),
            _ => Answer::Silence,
        }
    }

    fn reset(&mut self, cx: &mut Cx) {
        self.usbaddr = 0;
        (self.epinen, self.epouten) = (1, 1);
        self.control = Default::default();
        self.held = 0;
        self.forget_packets();
        self.events.raise(USBRESET, cx);
    }

    fn setup(&mut self, request: [u8; 8], cx: &mut Cx) {
        self.control.begin(request);
        self.held = 0;
        self.inputs[0].packet = None;
        // Data begins with DATA1 (USB 2.0, 8.5.3).
        (self.inputs[0].toggle, self.outputs[0].toggle) = (true, true);
        self.events.raise(EP0SETUP, cx);
    }

    fn receive(&mut self, endpoint: u8, packet: &Packet, cx: &mut Cx) {
        let Some(output) = self.outputs.get_mut(usize::from(endpoint)) else { return };
        if endpoint == 0 && !matches!(self.control.meets(false), Meets::Data) {
            self.status_is_over();
            return;
        }
        output.fill(packet);
        if endpoint == 0 {
            self.control.receives = false;
            self.ep0_data_done(cx);
        } else {
            self.data(endpoint + OUT_BITS, cx);
        }
    }

    fn send(&mut self, endpoint: u8, cx: &mut Cx) -> Packet {
        let nothing = Packet::new(&[]);
        let Some(input) = self.inputs.get_mut(usize::from(endpoint)) else { return nothing };
        if endpoint == 0 && !matches!(self.control.meets(true), Meets::Data) {
            self.status_is_over();
            return nothing;
        }
        let packet = input.packet.take().unwrap_or(nothing);
        input.toggle = !input.toggle;
        if endpoint == 0 {
            self.ep0_data_done(cx);
        } else {
            self.data(endpoint, cx);
        }
        packet
    }
}

impl Usbd {
    fn answer_in(&self, endpoint: u8) -> Answer {
        let input = &self.inputs[usize::from(endpoint)];
        let packet = input.packet.map_or(Answer::Nak, |packet| Answer::Ready(packet.bytes().len()));
        if endpoint > 0 {
            return if input.halted { Answer::Stall } else { packet };
        }
        match self.control.meets(true) {
            Meets::Data => packet,
            other => status(other),
        }
    }

    fn answer_out(&self, endpoint: u8) -> Answer {
        let output = &self.outputs[usize::from(endpoint)];
        let takes = |takes: bool| if takes { Answer::Ready(0) } else { Answer::Nak };
        if endpoint > 0 {
            return if output.halted { Answer::Stall } else { takes(output.open) };
        }
        match self.control.meets(false) {
            Meets::Data => takes(self.control.receives),
            other => status(other),
        }
    }

    /// The host has acknowledged, or been acknowledged, in the status stage: no event tells.
    fn status_is_over(&mut self) {
        if let Some(address) = self.control.end() {
            self.usbaddr = address;
        }
    }

    fn ep0_data_done(&mut self, cx: &mut Cx) {
        self.events.raise(EP0DATADONE, cx);
        for (short, task) in [
            (EP0DATADONE_STARTEPIN0, Task::In(0)),
            (EP0DATADONE_STARTEPOUT0, Task::Out(0)),
            (EP0DATADONE_EP0STATUS, Task::Status),
        ] {
            if self.shorts & short != 0 {
                self.start_later(task, cx);
            }
        }
    }

    /// A packet has been acknowledged at the endpoint with bit `bit` of EPDATASTATUS.
    fn data(&mut self, bit: u8, cx: &mut Cx) {
        self.epdatastatus |= 1 << bit;
        self.events.raise(EPDATA, cx);
    }
}

fn status(meets: Meets) -> Answer {
    match meets {
        Meets::Stall => Answer::Stall,
        Meets::Status(true) => Answer::Ready(0),
        Meets::Nothing | Meets::Status(false) | Meets::Data => Answer::Nak,
    }
}
