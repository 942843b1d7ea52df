//! Ogg pages, taken apart as their bytes arrive (RFC 3533).
//!
//! A packet is handed over with the last byte of its last segment, not with the last byte of its page.
//! 1. The checksum of a page is worked out on the way and a wrong one is told at the page's end; its packets have been
//!    handed over by then (guess: whether the chip checks it is not documented).
//! 2. A packet of more than [`MOST_PACKET`] bytes is given up, so that memory is bounded.

/// Longest packet that is kept.
pub const MOST_PACKET: usize = 64 * 1024;
const HEADER: usize = 27;
const CAPTURE: [u8; 4] = *b"OggS";
/// Where the header keeps its checksum, which counts as zeros.
const CHECKSUM: core::ops::Range<usize> = 22..26;

static CRC: [u32; 256] = crc_table();

const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let mut crc = (n as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc >> 31 == 1 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 };
            bit += 1;
        }
        table[n] = crc;
        n += 1;
    }
    table
}

/// What a page's header says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its first segment goes on with a packet of the page before.
    pub continued: bool,
    /// First page of a logical stream.
    pub first: bool,
    /// Last page of a logical stream.
    pub last: bool,
    /// Position at its end; `None` when no packet ends in it.
    pub granule: Option<u64>,
    /// Which logical stream.
    pub serial: u32,
    sequence: u32,
}

/// What a byte completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A packet of a page.
    Packet(Vec<u8>, Page),
    /// A packet that is lost: too long.
    TooLong(Page),
    /// The end of a page, and whether its checksum was right.
    PageEnd(Page, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Header(usize),
    Lacing,
    Body { left: usize },
}

/// Takes pages apart. It follows one logical stream once [`Demux::choose`] has named it.
#[derive(Clone, Debug)]
pub struct Demux {
    at: At,
    header: [u8; HEADER],
    lacing: Vec<u8>,
    segment: usize,
    page: Page,
    crc: u32,
    packet: Vec<u8>,
    too_long: bool,
    partial: bool,
    skip_packet: bool,
    serial: Option<u32>,
    next_sequence: Option<u32>,
    /// Bytes since the last page that belong to no page.
    pub garbage: usize,
}

impl Default for Demux {
    fn default() -> Self {
        Self {
            at: At::Header(0),
            header: [0; HEADER],
            lacing: Vec::with_capacity(255),
            segment: 0,
            page: Page::default(),
            crc: 0,
            packet: Vec::new(),
            too_long: false,
            partial: false,
            skip_packet: false,
            serial: None,
            next_sequence: None,
            garbage: 0,
        }
    }
}

impl Demux {
    /// Follows the logical stream `serial`; pages of others are skipped from the next one on.
    pub fn choose(&mut self, serial: u32) {
        self.serial = Some(serial);
        self.next_sequence = Some(self.page.sequence.wrapping_add(1));
    }

    /// Bytes of the present packet that are still missing, as far as this page tells; 0 between pages.
    pub fn missing(&self) -> usize {
        let At::Body { left } = self.at else { return 0 };
        let more = self.lacing[self.segment..].windows(2).take_while(|w| w[0] == 255).map(|w| usize::from(w[1]));
        left + more.sum::<usize>()
    }

    /// The next byte. Events go to `events` in order.
    pub fn push(&mut self, byte: u8, events: &mut Vec<Event>) {
        match self.at {
            At::Header(n) => self.header_byte(n, byte, events),
            At::Lacing => {
                self.check(byte);
                self.lacing.push(byte);
                if self.lacing.len() == usize::from(self.header[26]) {
                    self.body(0, events);
                }
            }
            At::Body { left } => {
                self.check(byte);
                if self.follows() && !self.skip_packet {
                    if self.packet.len() < MOST_PACKET {
                        self.packet.push(byte);
                    } else {
                        self.too_long = true;
                    }
                }
                if left > 1 {
                    self.at = At::Body { left: left - 1 };
                } else {
                    let segment = self.segment;
                    self.segment_over(segment, events);
                    self.body(segment + 1, events);
                }
            }
        }
    }

    fn header_byte(&mut self, n: usize, byte: u8, events: &mut Vec<Event>) {
        if n < CAPTURE.len() && byte != CAPTURE[n] {
            self.garbage += n + 1;
            self.at = At::Header(0);
            if byte == CAPTURE[0] {
                self.garbage -= 1;
                self.header_byte(0, byte, events);
            }
            return;
        }
        if n == 0 {
            self.crc = 0;
        }
        self.header[n] = byte;
        self.check(if CHECKSUM.contains(&n) { 0 } else { byte });
        if n == 4 && byte != 0 {
            self.garbage += n + 1;
            self.at = At::Header(0);
        } else if n + 1 < HEADER {
            self.at = At::Header(n + 1);
        } else {
            self.garbage = 0;
            self.page_begins(events);
        }
    }

    fn page_begins(&mut self, events: &mut Vec<Event>) {
        let h = &self.header;
        let word = |at: usize| u32::from_le_bytes([h[at], h[at + 1], h[at + 2], h[at + 3]]);
        let granule = u64::from(word(10)) << 32 | u64::from(word(6));
        self.page = Page {
            continued: h[5] & 1 != 0,
            first: h[5] & 2 != 0,
            last: h[5] & 4 != 0,
            granule: (granule != u64::MAX).then_some(granule),
            serial: word(14),
            sequence: word(18),
        };
        self.lacing.clear();
        if self.follows() {
            let in_order = self.next_sequence.is_none_or(|n| n == self.page.sequence);
            self.next_sequence = self.serial.map(|_| self.page.sequence.wrapping_add(1));
            if !(self.page.continued && in_order) {
                self.drop_packet();
            }
            // The rest of a packet whose start is missing is no packet.
            self.skip_packet = self.page.continued && !self.partial;
        }
        if self.header[26] == 0 { self.page_over(events) } else { self.at = At::Lacing }
    }

    /// Goes to the first byte of segment `segment`, past empty ones.
    fn body(&mut self, mut segment: usize, events: &mut Vec<Event>) {
        loop {
            match self.lacing.get(segment) {
                None => return self.page_over(events),
                Some(0) => self.segment_over(segment, events),
                Some(&left) => {
                    self.segment = segment;
                    self.at = At::Body { left: usize::from(left) };
                    return;
                }
            }
            segment += 1;
        }
    }

    fn segment_over(&mut self, segment: usize, events: &mut Vec<Event>) {
        if !self.follows() {
            return;
        }
        if self.lacing[segment] == 255 {
            self.partial = true;
            return;
        }
        if !core::mem::take(&mut self.skip_packet) {
            let packet = core::mem::take(&mut self.packet);
            events.push(if self.too_long { Event::TooLong(self.page) } else { Event::Packet(packet, self.page) });
        }
        self.drop_packet();
    }

    fn page_over(&mut self, events: &mut Vec<Event>) {
        let [a, b, c, d] = [22, 23, 24, 25].map(|i| self.header[i]);
        self.at = At::Header(0);
        events.push(Event::PageEnd(self.page, self.crc == u32::from_le_bytes([a, b, c, d])));
    }

    fn drop_packet(&mut self) {
        self.packet.clear();
        self.too_long = false;
        self.partial = false;
    }

    /// Whether the page that has just ended belongs to the chosen stream.
    pub fn follows_page(&self) -> bool {
        self.serial == Some(self.page.serial)
    }

    /// Whether the present page is one to look into: until a stream is chosen, first pages are.
    fn follows(&self) -> bool {
        self.serial.map_or(self.page.first, |s| s == self.page.serial)
    }

    fn check(&mut self, byte: u8) {
        self.crc = self.crc << 8 ^ CRC[usize::from((self.crc >> 24) as u8 ^ byte)];
    }
}
