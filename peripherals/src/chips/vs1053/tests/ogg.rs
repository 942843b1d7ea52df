//! Ogg Vorbis from pages.

use super::super::ogg::{Demux, Event};
use super::super::*;
use super::bench::Bench;
use sha2::{Digest, Sha256};

/// A page that holds `packets`; the last one may go on in the next page.
pub struct Page {
    pub flags: u8,
    pub granule: u64,
    pub serial: u32,
    pub sequence: u32,
    pub packets: Vec<Vec<u8>>,
    pub unfinished: bool,
}

/// Checksum of a page by the bit, from RFC 3533, section 6.
fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0u32, |crc, &b| {
        (0..8).fold(crc ^ u32::from(b) << 24, |c, _| if c >> 31 == 1 { c << 1 ^ 0x04C1_1DB7 } else { c << 1 })
    })
}

impl Page {
    pub fn bytes(&self) -> Vec<u8> {
        let mut lacing = Vec::new();
        for (n, packet) in self.packets.iter().enumerate() {
            lacing.extend(std::iter::repeat_n(255, packet.len() / 255));
            if !(self.unfinished && n + 1 == self.packets.len()) {
                lacing.push((packet.len() % 255) as u8);
            }
        }
        let mut page = b"OggS\0".to_vec();
        page.push(self.flags);
        page.extend(self.granule.to_le_bytes());
        page.extend(self.serial.to_le_bytes());
        page.extend(self.sequence.to_le_bytes());
        page.extend([0; 4]);
        page.push(lacing.len() as u8);
        page.extend(lacing);
        self.packets.iter().for_each(|p| page.extend(p));
        let sum = crc(&page);
        page[22..26].copy_from_slice(&sum.to_le_bytes());
        page
    }
}

fn ident() -> Vec<u8> {
    let mut h = b"\x01vorbis\0\0\0\0\x02".to_vec();
    h.extend(44_100u32.to_le_bytes());
    h.extend([0; 4]);
    h.extend(96_000u32.to_le_bytes());
    h.extend([0, 0, 0, 0, 0xB8, 1]);
    h
}

fn page(flags: u8, granule: u64, sequence: u32, packets: Vec<Vec<u8>>) -> Page {
    Page { flags, granule, serial: 0x1234_5678, sequence, packets, unfinished: false }
}

/// Packets of 512 samples with the value n, but for the first; `trim` samples are cut from the end.
pub fn file(packets: usize, trim: u64) -> Vec<u8> {
    let audio = |n: usize| [&[u8::from(n > 0), n as u8][..], &vec![0xAA; 100 + n]].concat();
    let headers = vec![b"\x03vorbis.....".to_vec(), [b"\x05vorbis".as_slice(), &[9; 600]].concat()];
    let mut bytes = [page(2, 0, 0, vec![ident()]).bytes(), page(0, 0, 1, headers).bytes()].concat();
    let all: Vec<usize> = (0..packets).collect();
    let last = packets.div_ceil(10) - 1;
    for (n, some) in all.chunks(10).enumerate() {
        let samples = 512 * some[some.len() - 1] as u64;
        let (flags, granule) = if n == last { (4, samples - trim) } else { (0, samples) };
        bytes.extend(page(flags, granule, 2 + n as u32, some.iter().map(|&n| audio(n)).collect()).bytes());
    }
    bytes
}

fn sound(packets: usize, trim: usize) -> Vec<i16> {
    let mut all: Vec<i16> = (1..packets as i16).flat_map(|n| [n; 512]).collect();
    all.truncate(all.len() - trim);
    all
}

/// RFC 3533, section 6, and Vorbis I, appendix A.2: the last page's granule position trims the end.
#[test]
fn a_vorbis_file_plays_to_its_last_granule() {
    let (song, mut b) = (file(45, 100), Bench::ready());
    b.play(&song[..song.len() - 10]);
    assert_eq!(b.get(reg::HDAT1), 0x4F67);
    assert_eq!(b.get(reg::AUDATA), 0xAC45);
    let [low, high] = b.wram_read(0x1E27);
    assert!(high == 0 && low > 0, "{high:x} {low:x}");
    b.play(&song[song.len() - 10..]);
    b.finish();
    b.play_out();
    assert_eq!((b.get(reg::HDAT0), b.get(reg::HDAT1)), (0, 0));
    assert!(b.channel(false) == sound(45, 100));
    let r = b.report();
    let [s] = &r.streams[..] else { panic!("{:?}", r.streams) };
    assert_eq!((s.codec, s.bytes, s.frames), (Codec::Vorbis, song.len() as u64, 44 * 512 - 100));
    assert_eq!(s.sha256, <[u8; 32]>::from(Sha256::digest(&song)));
    assert_eq!((s.sample_rate_hz, s.channels, s.bad_pages, r.underruns.count), (44_100, 2, 0, 0));
    b.expect_no_findings();
}

/// AUDATA (VS1053.md, 2.6): what is written there lasts until the decoder has another packet.
#[test]
fn vorbis_overrides_audata() {
    let (song, mut b) = (file(20, 0), Bench::ready());
    let half = song.len() / 2;
    b.play(&song[..half]);
    b.put(reg::AUDATA, 0x5622);
    assert_eq!((b.get(reg::AUDATA), b.chip().view().sample_rate_hz), (0x5622, 22_050));
    b.play(&song[half..]);
    b.finish();
    b.play_out();
    assert_eq!((b.get(reg::AUDATA), b.chip().view().sample_rate_hz), (0xAC45, 44_100));
    assert!(b.channel(false) == sound(20, 0));
}

/// A packet is handed over with its last byte, in the middle of its page.
#[test]
fn a_packet_does_not_wait_for_its_page() {
    let song = file(10, 0);
    let mut b = Bench::ready();
    b.play(&song[..song.len() - 200]);
    b.wait(Span::from_ms(200));
    assert!(b.channel(false).len() >= 7 * 512, "{}", b.channel(false).len());
}

/// Another logical stream between the pages is passed over.
#[test]
fn pages_of_other_streams_are_skipped() {
    let song = file(30, 0);
    let other = Page { serial: 99, ..page(2, 0, 0, vec![vec![0x80; 700]]) }.bytes();
    let cut = song.windows(4).skip(1).enumerate().filter(|(_, w)| w == b"OggS").nth(2).unwrap().0 + 1;
    let mut b = Bench::ready();
    b.play(&[&song[..cut], &other, &song[cut..]].concat());
    b.finish();
    b.play_out();
    assert!(b.channel(false) == sound(30, 0));
}

#[test]
fn a_damaged_page_is_played_and_counted() {
    let mut song = file(30, 0);
    let at = song.len() - 50;
    song[at] ^= 1;
    let mut b = Bench::ready();
    b.play(&song);
    b.finish();
    b.play_out();
    let s = &b.report().streams[0];
    assert_eq!((s.frames, s.bad_pages), (29 * 512, 1));
}

#[test]
fn opus_is_a_gap_with_its_name() {
    let mut b = Bench::ready();
    b.play(&page(2, 0, 0, vec![b"OpusHead\x01\x02\0\0\0\0\0\0\0\0\0".to_vec()]).bytes());
    b.play(&[0; 64]);
    assert_eq!(b.findings(), ["vs1053-codec"]);
}

fn packets(demux: &mut Demux, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut events = Vec::new();
    bytes.iter().for_each(|&b| demux.push(b, &mut events));
    events.into_iter().filter_map(|e| if let Event::Packet(p, _) = e { Some(p) } else { None }).collect()
}

/// RFC 3533, section 5: a packet of 255 bytes ends with an empty segment, and a long one goes over pages.
#[test]
fn packets_of_every_length_come_out_whole() {
    let mut d = Demux::default();
    let first = page(2, 0, 0, vec![vec![1; 3]]);
    assert_eq!(packets(&mut d, &first.bytes()), [vec![1; 3]]);
    d.choose(first.serial);
    let lengths = [0, 1, 254, 255, 256, 510, 0, 700];
    let sent: Vec<Vec<u8>> = lengths.iter().map(|&n| vec![n as u8; n]).collect();
    assert_eq!(packets(&mut d, &page(0, 0, 1, sent.clone()).bytes()), sent);
    let start = Page { unfinished: true, ..page(0, 0, 2, vec![vec![7; 510]]) };
    assert!(packets(&mut d, &start.bytes()).is_empty());
    assert_eq!(packets(&mut d, &page(1, 0, 3, vec![vec![7; 10], vec![8; 5]]).bytes()), [vec![7; 520], vec![8; 5]]);
}

/// The end of a packet whose start was lost with a page is no packet.
#[test]
fn a_packet_with_a_lost_page_is_dropped() {
    let mut d = Demux::default();
    packets(&mut d, &page(2, 0, 0, vec![vec![1; 3]]).bytes());
    d.choose(0x1234_5678);
    packets(&mut d, &Page { unfinished: true, ..page(0, 0, 1, vec![vec![7; 510]]) }.bytes());
    assert_eq!(packets(&mut d, &page(1, 0, 3, vec![vec![7; 10], vec![8; 5]]).bytes()), [vec![8; 5]]);
}
