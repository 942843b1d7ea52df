//! Endpoint 0 between SETUP and the end of the status stage.

/// Bit of bmRequestType: device to host.
const TO_HOST: u8 = 0x80;
/// bmRequestType and bRequest of SET_ADDRESS.
const SET_ADDRESS: [u8; 2] = [0, 5];

/// The request that is being dealt with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Control {
    pub(super) request: [u8; 8],
    /// From SETUP to the end of the status stage.
    active: bool,
    /// EP0STATUS: the status stage is acknowledged.
    status: bool,
    /// EP0RCVOUT: the next packet is taken.
    pub(super) receives: bool,
    /// EP0STALL.
    pub(super) stalled: bool,
}

/// What a token to endpoint 0 meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meets {
    /// No request, or a halt: EP0STALL.
    Nothing,
    Stall,
    /// The data stage.
    Data,
    /// The status stage; whether EP0STATUS has come.
    Status(bool),
}

impl Control {
    /// A new request ends what was before.
    pub(super) fn begin(&mut self, request: [u8; 8]) {
        // The controller answers SET_ADDRESS by itself.
        let status = request[..2] == SET_ADDRESS;
        *self = Self { request, active: true, status, ..Self::default() };
    }

    /// The host reads data: there is some, and it goes its way.
    pub(super) const fn reads(&self) -> bool {
        self.request[0] & TO_HOST != 0 && (self.request[6] != 0 || self.request[7] != 0)
    }

    /// EP0STATUS.
    pub(super) fn allow_status(&mut self) {
        self.status |= self.active;
    }

    /// What a token meets; `input`: an IN token.
    pub(super) fn meets(&self, input: bool) -> Meets {
        match self {
            Self { stalled: true, .. } => Meets::Stall,
            Self { active: false, .. } => Meets::Nothing,
            _ if self.reads() == input => Meets::Data,
            _ => Meets::Status(self.status),
        }
    }

    /// The status stage is over. Gives the address that the device has from here on, if that was the request.
    pub(super) fn end(&mut self) -> Option<u8> {
        *self = Self { request: self.request, ..Self::default() };
        (self.request[..2] == SET_ADDRESS).then_some(self.request[2] & 0x7F)
    }
}
