//! What a host asks a new device, one request after the other (USB 2.0, 9.1.2 and 9.4; CDC PSTN 1.2, 6.3).

use super::super::descriptors::{self, Functions};
use super::control::{Outcome, Transfer};
use crate::kernel::Instant;

/// The address that the device gets.
pub(super) const ADDRESS: u8 = 1;
/// Kinds of descriptors, in the high byte of wValue.
const DEVICE: u16 = 0x100;
const CONFIGURATION: u16 = 0x200;
const STRING: u16 = 0x300;
const GET_DESCRIPTOR: u8 = 6;
const ENGLISH: u16 = 0x409;
/// 115200 baud, 1 stop bit, no parity, 8 bits.
const LINE_CODING: [u8; 7] = [0x00, 0xC2, 0x01, 0x00, 0, 0, 8];
const DTR_AND_RTS: u16 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The first bytes of the device descriptor, for the size of endpoint 0.
    Head,
    Address,
    Device,
    ConfigurationHead,
    Configuration,
    Languages,
    /// Manufacturer, product, serial number.
    Text(usize),
    Configure,
    LineCoding,
    ControlLines,
    MaxLun,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Head => "GET_DESCRIPTOR (device, the first bytes)",
            Self::Address => "SET_ADDRESS",
            Self::Device => "GET_DESCRIPTOR (device)",
            Self::ConfigurationHead => "GET_DESCRIPTOR (configuration, the first bytes)",
            Self::Configuration => "GET_DESCRIPTOR (configuration)",
            Self::Languages => "GET_DESCRIPTOR (languages)",
            Self::Text(_) => "GET_DESCRIPTOR (string)",
            Self::Configure => "SET_CONFIGURATION",
            Self::LineCoding => "SET_LINE_CODING",
            Self::ControlLines => "SET_CONTROL_LINE_STATE",
            Self::MaxLun => "GET_MAX_LUN",
        }
    }

    /// A device may refuse it and be used all the same.
    const fn is_optional(self) -> bool {
        matches!(self, Self::Languages | Self::Text(_) | Self::LineCoding | Self::ControlLines | Self::MaxLun)
    }
}

/// What comes after a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another one.
    Ask,
    /// Another one, when the device has had time for its new address.
    Settle,
    /// The device can be used.
    Ready,
    /// It cannot, for this reason.
    Fail(String),
}

/// How far the host has come, and what it knows of the device.
#[derive(Clone, Debug)]
pub(super) struct Enumeration {
    step: Step,
    /// Bytes of endpoint 0's packets, at most.
    pub(super) packet: usize,
    texts: [u8; 3],
    language: u16,
    total: u16,
    value: u8,
    pub(super) functions: Functions,
}

impl Default for Enumeration {
    fn default() -> Self {
        Self {
            step: Step::Head,
            packet: 64,
            texts: [0; 3],
            language: ENGLISH,
            total: 9,
            value: 1,
            functions: Functions::default(),
        }
    }
}

impl Enumeration {
    /// The next request.
    pub(super) fn request(&self, now: Instant) -> Transfer {
        let packet = self.packet;
        let descriptor = |value, index, length| Transfer::read(0x80, GET_DESCRIPTOR, value, index, length, packet, now);
        let write = |kind, code, value, index: u8, data: &[u8]| {
            Transfer::write(kind, code, value, index.into(), data, packet, now)
        };
        let serial = self.functions.serial.map_or(0, |serial| serial.interface);
        match self.step {
            Step::Head => descriptor(DEVICE, 0, 64),
            Step::Address => write(0, 5, ADDRESS.into(), 0, &[]),
            Step::Device => descriptor(DEVICE, 0, 18),
            Step::ConfigurationHead => descriptor(CONFIGURATION, 0, 9),
            Step::Configuration => descriptor(CONFIGURATION, 0, self.total),
            Step::Languages => descriptor(STRING, 0, 255),
            Step::Text(n) => descriptor(STRING | u16::from(self.texts[n]), self.language, 255),
            Step::Configure => write(0, 9, self.value.into(), 0, &[]),
            Step::LineCoding => write(0x21, 0x20, 0, serial, &LINE_CODING),
            Step::ControlLines => write(0x21, 0x22, DTR_AND_RTS, serial, &[]),
            Step::MaxLun => {
                let interface = self.functions.drive.map_or(0, |drive| drive.interface);
                Transfer::read(0xA1, 0xFE, 0, interface.into(), 1, packet, now)
            }
        }
    }

    /// The request has ended so, with this data.
    pub(super) fn answered(&mut self, outcome: Outcome, data: &[u8]) -> Next {
        let step = self.step;
        if outcome != Outcome::Done && !step.is_optional() {
            return Next::Fail(format!("{} {}", step.name(), outcome.words()));
        }
        if outcome == Outcome::Done
            && let Err(why) = self.read(data)
        {
            return Next::Fail(format!("{}: {why}", step.name()));
        }
        match self.following(step) {
            Some(next) => self.step = next,
            None => return Next::Ready,
        }
        if step == Step::Address { Next::Settle } else { Next::Ask }
    }

    /// Takes what the answer to this step's request says.
    fn read(&mut self, data: &[u8]) -> Result<(), String> {
        let kind = |wanted: u8, least: usize| {
            if data.len() < least || data[1] != wanted {
                return Err(format!("the answer is no such descriptor ({} bytes)", data.len()));
            }
            Ok(())
        };
        match self.step {
            Step::Head => {
                kind(1, 8)?;
                if !matches!(data[7], 8 | 16 | 32 | 64) {
                    return Err(format!("bMaxPacketSize0 is {}, not 8, 16, 32 or 64", data[7]));
                }
                self.packet = data[7].into();
            }
            Step::Device => {
                kind(1, 18)?;
                if data[17] == 0 {
                    return Err("bNumConfigurations is 0".into());
                }
                self.texts.copy_from_slice(&data[14..17]);
            }
            Step::ConfigurationHead => {
                kind(2, 9)?;
                self.total = u16::from_le_bytes([data[2], data[3]]).clamp(9, descriptors::MOST);
                self.value = data[5];
            }
            Step::Configuration => {
                kind(2, 9)?;
                self.functions = Functions::find(data);
            }
            Step::Languages => {
                if let [_, 3, low, high, ..] = *data {
                    self.language = u16::from_le_bytes([low, high]);
                }
            }
            // What they say nobody shows.
            _ => {}
        }
        Ok(())
    }

    fn following(&self, step: Step) -> Option<Step> {
        let text = |from: usize| (from..3).find(|&n| self.texts[n] != 0).map_or(Step::Configure, Step::Text);
        let drive = || self.functions.drive.map(|_| Step::MaxLun);
        match step {
            Step::Head => Some(Step::Address),
            Step::Address => Some(Step::Device),
            Step::Device => Some(Step::ConfigurationHead),
            Step::ConfigurationHead => Some(Step::Configuration),
            Step::Configuration if self.texts == [0; 3] => Some(Step::Configure),
            Step::Configuration => Some(Step::Languages),
            Step::Languages => Some(text(0)),
            Step::Text(n) => Some(text(n + 1)),
            Step::Configure => self.functions.serial.map(|_| Step::LineCoding).or_else(drive),
            Step::LineCoding => Some(Step::ControlLines),
            Step::ControlLines => drive(),
            Step::MaxLun => None,
        }
    }
}
