//! MIDI messages: which of them the chip understands (VS1053b datasheet v1.33, "Supported MIDI Formats"; VS1053.md, 5.5), and the bytes
//! they are made of (MIDI 1.0, "Data Format").
//!
//! 1. Key and channel pressure, and every controller that the datasheet does not list, mean nothing (inferred).
//! 2. A bank takes effect with the next note, without a program change after it (guess: drivers send 0x78 and play).
//! 3. Banks other than 0, 0x78, 0x79 and 0x7F are as bank 0 (guess).
//! 4. The table of SP-MIDI that orders channels by importance is skipped; the chip heeds it (datasheet, "Supported MIDI Formats").

use super::synth::MidiEvent;

/// The channel that plays drums in bank 0 (General MIDI).
const DRUM_CHANNEL: usize = 9;
// Banks (VS1053.md, 5.5).
const BANK_DRUMS: [u8; 2] = [0x78, 0x7F];
const BANK_MELODIC: u8 = 0x79;

/// What each channel plays.
#[derive(Clone, Debug, Default)]
pub struct Instruments {
    bank: [u8; 16],
    program: [u8; 16],
}

impl Instruments {
    /// What a message of a channel means, if it means anything. Of `data`, messages of one byte use the first; the upper bits
    /// of both are 0.
    pub fn event(&mut self, status: u8, data: [u8; 2]) -> Option<MidiEvent> {
        let channel = status & 0xF;
        let [first, second] = data;
        Some(match status & 0xF0 {
            0x90 if second > 0 => MidiEvent::NoteOn { channel, key: first, velocity: second },
            0x80 | 0x90 => MidiEvent::NoteOff { channel, key: first },
            0xB0 => match first {
                0 => {
                    self.bank[usize::from(channel)] = second;
                    self.instrument(channel)
                }
                6 | 7 | 10 | 11 | 12 | 38 | 64 | 66 | 91 | 98..=101 | 121 => {
                    MidiEvent::Controller { channel, number: first, value: second }
                }
                120 => MidiEvent::SoundOff { channel },
                123..=125 => MidiEvent::NotesOff { channel },
                _ => return None,
            },
            0xC0 => {
                self.program[usize::from(channel)] = first;
                self.instrument(channel)
            }
            0xE0 => MidiEvent::PitchBend { channel, value: u16::from(second) << 7 | u16::from(first) },
            _ => return None,
        })
    }

    fn instrument(&self, channel: u8) -> MidiEvent {
        let n = usize::from(channel);
        let drums = match self.bank[n] {
            bank if BANK_DRUMS.contains(&bank) => true,
            BANK_MELODIC => false,
            _ => n == DRUM_CHANNEL,
        };
        MidiEvent::Instrument { channel, program: self.program[n], drums }
    }
}

/// Data bytes that follow a status byte of a channel.
pub fn data_bytes(status: u8) -> usize {
    if status & 0xE0 == 0xC0 { 1 } else { 2 }
}

/// What a SysEx without its first and last byte means: the device control for master volume (MIDI 1.0, "Universal System
/// Exclusive"; VS1053.md, 5.5).
pub fn system_exclusive(data: &[u8]) -> Option<MidiEvent> {
    match *data {
        [0x7F, _, 0x04, 0x01, low, high] => {
            Some(MidiEvent::MasterVolume(u16::from(high & 0x7F) << 7 | u16::from(low & 0x7F)))
        }
        _ => None,
    }
}

/// The longest SysEx that means something, and one byte more.
pub const SYSEX_KEPT: usize = 7;

/// What a byte of real-time MIDI completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing yet, or nothing that means anything.
    Nothing,
    /// A message.
    Event(MidiEvent),
    /// A SysEx begins for a parser that cannot skip it.
    SysEx,
}

/// Bytes of real-time MIDI become messages.
#[derive(Clone, Debug, Default)]
pub struct Parser {
    instruments: Instruments,
    /// Status of a channel; 0 for none.
    status: u8,
    first: Option<u8>,
    /// The data of a SysEx, as far as they matter.
    sysex: Option<Vec<u8>>,
    skips_sysex: bool,
}

impl Parser {
    /// As after a reset. SysEx are understood, or else their data count as those of the message before.
    pub fn new(skips_sysex: bool) -> Self {
        Self { skips_sysex, ..Self::default() }
    }

    /// The next byte.
    pub fn push(&mut self, byte: u8) -> Heard {
        match byte {
            // Real-time messages may come in the middle of any other.
            0xF8.. => Heard::Nothing,
            0xF0 if !self.skips_sysex => Heard::SysEx,
            0xF0 => {
                (self.status, self.first, self.sysex) = (0, None, Some(Vec::new()));
                Heard::Nothing
            }
            0xF7 if !self.skips_sysex => Heard::Nothing,
            0x80.. => {
                let ended = self.sysex.take().filter(|_| byte == 0xF7).and_then(|data| system_exclusive(&data));
                // Messages of the system end the running status.
                (self.status, self.first) = (if byte < 0xF0 { byte } else { 0 }, None);
                ended.map_or(Heard::Nothing, Heard::Event)
            }
            data => self.data(data),
        }
    }

    fn data(&mut self, byte: u8) -> Heard {
        if let Some(sysex) = &mut self.sysex {
            if sysex.len() < SYSEX_KEPT {
                sysex.push(byte);
            }
            return Heard::Nothing;
        }
        let whole = match (self.status, self.first.take()) {
            (0, _) => return Heard::Nothing,
            (status, None) if data_bytes(status) == 1 => [byte, 0],
            (_, None) => {
                self.first = Some(byte);
                return Heard::Nothing;
            }
            (_, Some(first)) => [first, byte],
        };
        self.instruments.event(self.status, whole).map_or(Heard::Nothing, Heard::Event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(skips_sysex: bool, bytes: &[u8]) -> Vec<Heard> {
        let mut parser = Parser::new(skips_sysex);
        bytes.iter().map(|&b| parser.push(b)).filter(|&h| h != Heard::Nothing).collect()
    }

    const fn on(key: u8, velocity: u8) -> Heard {
        Heard::Event(MidiEvent::NoteOn { channel: 0, key, velocity })
    }

    /// MIDI 1.0, "Running Status", "System Real Time Messages".
    #[test]
    fn a_status_runs_on_and_the_clock_may_tick_anywhere() {
        assert_eq!(heard(true, &[0x90, 60, 0xF8, 100, 64, 0xFE, 101]), [on(60, 100), on(64, 101)]);
        let off = Heard::Event(MidiEvent::NoteOff { channel: 0, key: 60 });
        assert_eq!(heard(true, &[0x90, 60, 0, 0x80, 60, 64]), [off, off]);
        assert_eq!(heard(true, &[60, 100, 0x90, 60, 0xF1, 5, 60, 100]), [], "without a status data mean nothing");
        assert_eq!(heard(true, &[0xA0, 60, 1, 0xD0, 5, 0xB0, 1, 64]), [], "what the chip does not understand");
    }

    /// Datasheet: bank 0 has drums on channel 10, 0x78 and 0x7F drums anywhere, 0x79 melodies.
    #[test]
    fn banks_choose_between_drums_and_melodies() {
        let instrument = |channel, program, drums| Heard::Event(MidiEvent::Instrument { channel, program, drums });
        assert_eq!(heard(true, &[0xC0, 5, 0xC9, 6]), [instrument(0, 5, false), instrument(9, 6, true)]);
        assert_eq!(heard(true, &[0xB0, 0, 0x78, 0, 0x7F]), [instrument(0, 0, true); 2]);
        assert_eq!(heard(true, &[0xB9, 0, 0x79, 0, 0]), [instrument(9, 0, false), instrument(9, 0, true)]);
    }

    #[test]
    fn the_wheel_has_fourteen_bits_and_modes_end_all_notes() {
        let bend = |value| Heard::Event(MidiEvent::PitchBend { channel: 2, value });
        assert_eq!(heard(true, &[0xE2, 0, 0x40, 0x7F, 0x7F]), [bend(8192), bend(16_383)]);
        assert_eq!(heard(true, &[0xB2, 124, 0]), [Heard::Event(MidiEvent::NotesOff { channel: 2 })]);
        assert_eq!(heard(true, &[0xB2, 120, 0]), [Heard::Event(MidiEvent::SoundOff { channel: 2 })]);
    }

    /// Datasheet, "Real-Time MIDI": the parser in ROM has no notion of SysEx.
    #[test]
    fn a_sysex_is_understood_or_taken_for_data() {
        let volume = [0xF0, 0x7F, 0x7F, 4, 1, 0x11, 0x22, 0xF7];
        assert_eq!(heard(true, &volume), [Heard::Event(MidiEvent::MasterVolume(0x22 << 7 | 0x11))]);
        assert_eq!(heard(true, &[0xF0, 1, 2, 3, 0x90, 60, 100]), [on(60, 100)], "a status ends it");
        let rom = heard(false, &[&[0x90, 60, 100][..], &volume[..7], &[0xF7]].concat());
        assert_eq!(rom, [on(60, 100), Heard::SysEx, on(0x7F, 0x7F), on(4, 1), on(0x11, 0x22)]);
    }
}
