//! What a command looks like: 32 clocks with XCS low, opcode, address, 16 bits of data (VS1053b datasheet, "Serial Protocol for
//! Serial Command Interface").

/// Registers by address.
const REGISTERS: [&str; 16] = [
    "MODE",
    "STATUS",
    "BASS",
    "CLOCKF",
    "DECODE_TIME",
    "AUDATA",
    "WRAM",
    "WRAMADDR",
    "HDAT0",
    "HDAT1",
    "AIADDR",
    "VOL",
    "AICTRL0",
    "AICTRL1",
    "AICTRL2",
    "AICTRL3",
];

/// MODE: SDI is sampled at the falling edge.
pub(super) const SM_DACT: u16 = 1 << 8;
/// MODE: SDI is LSB first.
pub(super) const SM_SDIORD: u16 = 1 << 9;
/// MODE: SDI is selected while XCS is high.
pub(super) const SM_SDISHARE: u16 = 1 << 10;

/// What was clocked between two edges of XCS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    /// The first four bytes, as many as there are.
    pub head: [u8; 4],
    /// Clocks.
    pub clocks: u64,
}

impl Frame {
    /// Whether its length and first two bytes are those of a read or a write. A write may go on with further words, and
    /// a read longer than 32 clocks is only odd.
    pub fn is_valid(self) -> bool {
        let [opcode, address, ..] = self.head;
        let length = match opcode {
            0x02 => self.clocks >= 32 && self.clocks.is_multiple_of(16),
            0x03 => self.clocks >= 32 && self.clocks.is_multiple_of(8),
            _ => false,
        };
        length && address < 16
    }

    /// Drivers are known to clock four 0xFF with XCS low at the start (bearsh/vs1053), or less than a byte when pins are
    /// set up; neither says anything.
    fn is_idle(self) -> bool {
        self.clocks < 8 || self.head == [0; 4] || self.head.iter().take((self.clocks / 8) as usize).all(|&b| b == 0xFF)
    }

    /// For people, such as `a write of VOL`.
    pub fn meaning(self) -> String {
        let what = if self.head[0] == 0x02 { "write of" } else { "read of" };
        format!("a {what} {}", REGISTERS[usize::from(self.head[1] & 15)])
    }

    /// The bytes for people, such as `02 0B 00 00`.
    pub fn hex(self) -> String {
        let bytes = self.head.iter().take((self.clocks / 8).min(4) as usize);
        bytes.map(|b| format!("{b:02X}")).collect::<Vec<_>>().join(" ")
    }
}

/// How many frames made sense.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frames {
    pub valid: u64,
    pub invalid: u64,
    /// The first one that made sense.
    pub first_valid: Option<Frame>,
    /// The first one that did not.
    pub first_invalid: Option<Frame>,
}

impl Frames {
    pub fn add(&mut self, frame: Frame) {
        if frame.is_valid() {
            self.valid += 1;
            self.first_valid.get_or_insert(frame);
        } else if !frame.is_idle() {
            self.invalid += 1;
            self.first_invalid.get_or_insert(frame);
        }
    }

    /// At least half of them. By chance one frame in 2,000 has such an opcode and address.
    pub fn make_sense(&self) -> bool {
        self.valid > 0 && self.valid >= self.invalid
    }

    pub fn count(&self) -> u64 {
        self.valid + self.invalid
    }
}

/// Operations one after another in bytes that no select frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub first: Frame,
    pub length: u32,
}

/// The longest row of at least three, or of two at the very start.
pub(super) fn find_unframed(bytes: impl Iterator<Item = u8>) -> Option<Row> {
    let mut best: Option<Row> = None;
    // One row for each place modulo four.
    let mut rows = [(0u32, 0u32); 4];
    let mut window = 0;
    for (n, byte) in bytes.enumerate() {
        window = window << 8 | u32::from(byte);
        let (length, first) = &mut rows[n % 4];
        if n < 3 || !matches!(window >> 16, 0x0200..=0x020F | 0x0300..=0x030F) {
            *length = 0;
            continue;
        }
        if *length == 0 {
            *first = window;
        }
        *length += 1;
        if (*length >= 3 || n == 7 && *length == 2) && best.is_none_or(|b| b.length < *length) {
            best = Some(Row { first: Frame { head: first.to_be_bytes(), clocks: 32 }, length: *length });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(head: [u8; 4], clocks: u64) -> Frame {
        Frame { head, clocks }
    }

    #[test]
    fn only_whole_operations_are_valid() {
        assert!(frame([0x02, 0x0B, 0, 0], 32).is_valid());
        assert!(frame([0x02, 0x06, 0, 0], 32 + 16 * 5).is_valid());
        assert!(frame([0x03, 0x01, 0xFF, 0xFF], 32).is_valid());
        assert!(!frame([0x02, 0x0B, 0, 0], 31).is_valid());
        assert!(!frame([0x02, 0x10, 0, 0], 32).is_valid());
        assert!(!frame([0x40, 0xD0, 0, 0], 32).is_valid());
    }

    #[test]
    fn idle_bytes_count_neither_way() {
        let mut frames = Frames::default();
        frames.add(frame([0xFF; 4], 32));
        frames.add(frame([0xFF, 0, 0, 0], 8));
        frames.add(frame([0; 4], 32));
        assert_eq!(frames.count(), 0);
        frames.add(frame([0x02, 0, 0x08, 0x04], 32));
        assert!(frames.make_sense());
    }

    #[test]
    fn operations_are_found_without_a_frame() {
        let start = [0x02, 0x00, 0x08, 0x04, 0x02, 0x03, 0x60, 0x00];
        assert!(find_unframed(start.into_iter()).is_some());
        assert!(find_unframed(start.into_iter().skip(1)).is_none());
        let later = [0xFFu8, 1, 2].into_iter().chain(start).chain([0x03, 0x01, 0, 0]);
        let row = find_unframed(later).map(|row| (row.length, row.first.head));
        assert_eq!(row, Some((3, [0x02, 0x00, 0x08, 0x04])));
    }
}
