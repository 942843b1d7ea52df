use super::*;
use peripherals::kernel::{Instant, Level, NetId, Nets, Probe, Span};

/// A driver in mode 0 on one chip's wires; each edge takes a microsecond.
struct Bench {
    decoder: Decoder,
    now: Instant,
    pc: Option<u32>,
    miso: u16,
}

impl Bench {
    fn new() -> Self {
        let idle = |line| Some(Level::from(matches!(line, Line::Xcs | Line::Xdcs | Line::Xreset | Line::Dreq)));
        Self { decoder: Decoder::new(0, Start::Fresh, idle), now: Instant::ZERO, pc: Some(0x100), miso: 0 }
    }

    fn set(&mut self, line: Line, high: bool) {
        self.now += Span::from_us(1);
        self.decoder.edge(self.now, line, Level::from(high), self.pc);
    }

    fn bits(&mut self, value: u32, count: u32) {
        for i in (0..count).rev() {
            self.set(Line::Mosi, value >> i & 1 != 0);
            self.set(Line::Miso, i < 16 && self.miso >> i & 1 != 0);
            self.set(Line::Sclk, true);
            self.set(Line::Sclk, false);
        }
    }

    fn sci(&mut self, word: u32, bits: u32) {
        self.set(Line::Xcs, false);
        self.bits(word, bits);
        self.set(Line::Xcs, true);
    }

    fn sdi(&mut self, bytes: &[u8]) {
        self.set(Line::Xdcs, false);
        bytes.iter().for_each(|&byte| self.bits(byte.into(), 8));
        self.set(Line::Xdcs, true);
    }

    fn take(&mut self) -> Vec<Transaction> {
        let mut all = Vec::new();
        self.decoder.drain(&mut |t| all.push(t));
        all
    }

    fn words(&mut self) -> Vec<String> {
        self.take().iter().map(|t| t.kind.to_string()).collect()
    }
}

#[test]
fn registers_are_written_and_read_by_name() {
    let mut b = Bench::new();
    b.sci(0x020B_2020, 32);
    b.miso = 0x0040;
    b.sci(0x0301_FFFF, 32);
    assert_eq!(b.words(), ["VOL = 0x2020", "STATUS is 0x0040"]);
}

#[test]
fn a_transaction_has_its_bits_times_and_the_instruction_of_its_select() {
    let mut b = Bench::new();
    b.set(Line::Xcs, false);
    b.pc = Some(0x200);
    b.bits(0x020B_0000, 32);
    b.set(Line::Xcs, true);
    b.sdi(&[1]);
    let [write, data] = b.take().try_into().unwrap();
    // MOSI, MISO: no edge. SCLK rises at 4 us.
    assert_eq!((write.pc, data.pc), (Some(0x100), Some(0x200)));
    assert_eq!(write.start, Instant::ZERO + Span::from_us(4));
    assert_eq!(write.end.since(write.start), Span::from_us(4 * 31));
    assert_eq!((data.start, data.end), (data.kind.bytes()[0].first, data.kind.bytes()[0].last));
    assert_eq!(data.end.since(data.start), Span::from_us(28));
}

#[test]
fn a_multiple_write_is_a_word_each_and_a_read_that_goes_on_is_one() {
    let mut b = Bench::new();
    b.set(Line::Xcs, false);
    b.bits(0x0206_1111, 32);
    b.bits(0x2222, 16);
    b.bits(0x3, 4);
    b.set(Line::Xcs, true);
    b.set(Line::Xcs, false);
    b.bits(0x0300_FFFF, 32);
    b.bits(0xFFFF, 16);
    b.set(Line::Xcs, true);
    let words = b.words();
    assert_eq!(words[..3], ["WRAM = 0x1111", "WRAM = 0x2222", "SCI broken off: 30, 4 bits"]);
    assert_eq!(words[3..], ["MODE is 0x0000"]);
}

#[test]
fn what_is_cut_short_or_has_no_opcode_is_said_with_its_bits() {
    let mut b = Bench::new();
    b.sci(0x02, 8);
    b.sci(0x40D0_0000, 32);
    b.sci(0, 0);
    assert_eq!(b.words(), ["SCI broken off: 02, 8 bits", "SCI broken off: 40 d0 00 00, 32 bits"]);
}

#[test]
fn runs_of_data_end_with_their_select_and_after_32_bytes() {
    let mut b = Bench::new();
    b.sdi(&[0xA5; 40]);
    b.sdi(&[0x5A]);
    b.bits(0x77, 8);
    b.set(Line::Xdcs, false);
    let lengths: Vec<_> = b.take().iter().map(|t| (t.kind.word(), t.kind.bytes().len())).collect();
    assert_eq!(lengths, [("sdi", 32), ("sdi", 8), ("sdi", 1), ("stray", 1)]);
    b.bits(0x1234, 15);
    assert!(b.take().is_empty());
    b.decoder.flush();
    assert_eq!(b.words(), ["SDI 24"]);
}

#[test]
fn mode_says_how_data_are_taken_and_reset_forgets_it() {
    let mut b = Bench::new();
    b.sci(0x0200_0A00, 32);
    b.sdi(&[0x01]);
    b.set(Line::Xreset, false);
    b.set(Line::Xreset, true);
    b.sdi(&[0x01]);
    // Shared: XCS high selects, from the end of the write on.
    b.sci(0x0200_0C00, 32);
    b.bits(0x42, 8);
    b.sci(0x0200_0800, 32);
    // VS1001 mode: SCLK is no clock of SDI.
    b.sci(0x0200_0000, 32);
    b.sdi(&[0x99]);
    let words = b.words();
    assert_eq!(
        words,
        [
            "MODE = 0x0a00",
            "SDI 80",
            "XRESET low",
            "XRESET high",
            "SDI 01",
            "MODE = 0x0c00",
            "SDI 42",
            "MODE = 0x0800",
            "MODE = 0x0000",
            "no select 99"
        ]
    );
}

#[test]
fn a_late_start_waits_for_a_select_to_fall() {
    let selected = |line| Some(Level::from(matches!(line, Line::Xdcs | Line::Xreset)));
    let mut b = Bench { decoder: Decoder::new(0, Start::Late, selected), ..Bench::new() };
    b.bits(0x3, 5);
    b.set(Line::Xcs, true);
    b.sci(0x020B_0000, 32);
    assert_eq!(b.words(), ["VOL = 0x0000"]);
    // At power-on the same is the beginning.
    let mut b = Bench { decoder: Decoder::new(0, Start::Fresh, selected), ..Bench::new() };
    b.bits(0x020B_0000, 32);
    assert_eq!(b.words(), ["VOL = 0x0000"]);
}

#[test]
fn what_nobody_takes_is_bounded_and_counted() {
    let mut b = Bench::new();
    for _ in 0..MOST_WAITING {
        b.set(Line::Dreq, false);
        b.set(Line::Dreq, true);
    }
    assert_eq!((b.take().len(), b.decoder.lost()), (MOST_WAITING, MOST_WAITING as u64));
}

#[test]
fn chips_on_one_bus_do_not_take_each_others_bytes_for_strays() {
    let mut nets = Nets::default();
    let ids: Vec<NetId> = ["SCLK", "MOSI", "a.XDCS", "b.XDCS"].iter().map(|name| nets.add(*name)).collect();
    nets.pull(ids[2], peripherals::kernel::Drive::PullUp);
    nets.pull(ids[3], peripherals::kernel::Drive::PullUp);
    let chip = |name: &str, xdcs| {
        ChipLines::new(name, |line| match line {
            "SCLK" => Some(ids[0]),
            "MOSI" => Some(ids[1]),
            "XDCS" => Some(xdcs),
            _ => None,
        })
    };
    let mut probe = Transactions::new(&[chip("a", ids[2]), chip("b", ids[3])], Start::Fresh, &nets);
    assert_eq!(probe.nets(), ids);
    let byte = |probe: &mut Transactions| {
        for i in 0..16 {
            probe.edge(Instant::from_cycles(i), ids[0], Level::from(i % 2 == 0));
        }
    };
    probe.edge(Instant::ZERO, ids[3], Level::Low);
    byte(&mut probe);
    probe.edge(Instant::ZERO, ids[3], Level::High);
    byte(&mut probe);
    probe.flush();
    let mut seen = Vec::new();
    probe.drain(&mut |t| seen.push((t.chip, t.kind.to_string())));
    assert_eq!(seen, [(0, "no select 00".to_owned()), (1, "SDI 00".to_owned())]);
}
