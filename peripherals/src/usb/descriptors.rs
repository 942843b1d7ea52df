//! What a configuration descriptor says, as far as the host wants to know it. Every byte of it is the firmware's: nothing is believed
//! (USB 2.0, 9.6; USB CDC 1.2, 5.2.3; Bulk-Only Transport 1.0, 4).

use super::PACKET;

/// Bytes of a configuration's descriptors that are asked for, at most; real ones have a few hundred.
pub(super) const MOST: u16 = 4096;

/// A serial port: a CDC function of the abstract control model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SerialPort {
    /// The interface that class requests are for.
    pub(super) interface: u8,
    /// Its interrupt endpoint, if it has one.
    pub(super) notify: Option<u8>,
    pub(super) input: Pipe,
    pub(super) output: Pipe,
}

/// A drive: SCSI commands over the bulk-only transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Drive {
    pub(super) interface: u8,
    pub(super) input: Pipe,
    pub(super) output: Pipe,
}

/// A bulk endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pipe {
    /// Its number, 1 to 15.
    pub(super) endpoint: u8,
    /// Bytes of its packets, at most: 1 to [`PACKET`].
    pub(super) packet: usize,
}

/// The first serial port and the first drive of a configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Functions {
    pub(super) serial: Option<SerialPort>,
    pub(super) drive: Option<Drive>,
}

const INTERFACE: u8 = 4;
const ENDPOINT: u8 = 5;
const CLASS_SPECIFIC: u8 = 0x24;
/// Subtype of a class-specific descriptor.
const UNION: u8 = 6;
const BULK: u8 = 2;
const INTERRUPT: u8 = 3;
/// Class and subclass.
const CDC_ACM: [u8; 2] = [2, 2];
const CDC_DATA: u8 = 0x0A;
/// Class, subclass, protocol.
const STORAGE: [u8; 3] = [8, 6, 0x50];

/// One interface in its first setting.
#[derive(Clone, Copy, Debug, Default)]
struct Interface {
    number: u8,
    class: [u8; 3],
    /// The data interface that a union descriptor names.
    data: Option<u8>,
    notify: Option<u8>,
    input: Option<Pipe>,
    output: Option<Pipe>,
}

impl Interface {
    fn take(&mut self, descriptor: &[u8]) {
        match *descriptor {
            [_, CLASS_SPECIFIC, UNION, _, data, ..] => self.data = self.data.or(Some(data)),
            [_, ENDPOINT, address, attributes, low, high, ..] => {
                let packet = usize::from(u16::from_le_bytes([low, high]) & 0x7FF).min(PACKET);
                let pipe = Pipe { endpoint: address & 0xF, packet };
                if pipe.endpoint == 0 || packet == 0 {
                    return;
                }
                match (attributes & 3, address >= 0x80) {
                    (BULK, true) => self.input = self.input.or(Some(pipe)),
                    (BULK, false) => self.output = self.output.or(Some(pipe)),
                    (INTERRUPT, true) => self.notify = self.notify.or(Some(pipe.endpoint)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// The descriptors in `bytes`, up to the first that makes no sense.
fn split(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let len = usize::from(*rest.first()?);
        if len < 2 || len > rest.len() {
            return None;
        }
        let (first, others) = rest.split_at(len);
        rest = others;
        Some(first)
    })
}

impl Functions {
    /// What the configuration in `bytes` has.
    pub(super) fn find(bytes: &[u8]) -> Self {
        let mut interfaces: Vec<Interface> = Vec::new();
        let mut first_setting = false;
        for descriptor in split(bytes) {
            match *descriptor {
                [_, INTERFACE, number, setting, _, class, subclass, protocol, ..] => {
                    first_setting = setting == 0;
                    if first_setting {
                        let class = [class, subclass, protocol];
                        interfaces.push(Interface { number, class, ..Interface::default() });
                    }
                }
                _ if first_setting => {
                    if let Some(interface) = interfaces.last_mut() {
                        interface.take(descriptor);
                    }
                }
                _ => {}
            }
        }
        let serial = interfaces.iter().enumerate().find_map(|(place, control)| {
            if control.class[..2] != CDC_ACM {
                return None;
            }
            let mut behind = interfaces[place..].iter();
            let data = match control.data {
                Some(number) => interfaces.iter().find(|i| i.number == number)?,
                None => behind.find(|i| i.class[0] == CDC_DATA)?,
            };
            let Interface { number: interface, notify, .. } = *control;
            Some(SerialPort { interface, notify, input: data.input?, output: data.output? })
        });
        let drive = interfaces.iter().find_map(|i| {
            let is_drive = i.class == STORAGE;
            is_drive.then_some(Drive { interface: i.number, input: i.input?, output: i.output? })
        });
        Self { serial, drive }
    }
}
