//! The verdict in sentences for people: what was seen, what explains it, how to mend it.

use super::SpiAnalyser;
use super::explain::{Explanation, Sense};
use super::judge::Finding;
use super::listener::{Language, Listener};
use super::report::Verdict;

/// The report's `detail`.
pub(super) fn detail(bus: &SpiAnalyser, findings: &[Finding], verdict: Verdict) -> String {
    let concerned = bus.selects().iter().zip(findings).filter(|(_, f)| !verdict.is_wrong() || f.verdict() == verdict);
    let sentences: Vec<_> = concerned.filter_map(|(l, f)| sentence(bus, l, f)).collect();
    match verdict {
        Verdict::Idle => "no edges on any wire".to_owned(),
        Verdict::NoClock if sentences.is_empty() => no_clock(bus, "no select is low"),
        Verdict::Ok if sentences.is_empty() && bus.selects().is_empty() => "no select to judge by".to_owned(),
        Verdict::Ok if sentences.is_empty() => {
            "nothing was sent while a select was low, and what moved otherwise is not meant for the chip".to_owned()
        }
        _ => sentences.join("; "),
    }
}

fn sentence(bus: &SpiAnalyser, listener: &Listener, finding: &Finding) -> Option<String> {
    let name = &listener.name;
    Some(match finding {
        Finding::Nothing => return None,
        Finding::Sense(Sense::Commands(_)) => {
            let frames = listener.frames();
            let odd = match frames.invalid {
                0 => String::new(),
                n => format!(" and {n} that make no sense"),
            };
            format!("{name}: {} commands{odd}", frames.valid)
        }
        Finding::Sense(Sense::Stream(stream)) => {
            let order = if listener.found_as.lsb_first { ", LSB first as SM_SDIORD says" } else { "" };
            format!("{name}: {} in {} bytes{order}", stream.name(), listener.bytes())
        }
        Finding::TooLittle => format!("{name}: {} bytes, nothing in them to judge by", listener.bytes()),
        Finding::Unknown => {
            format!("{name}: no header that is known here in {} bytes; not judged", listener.bytes())
        }
        Finding::Likewise(_) => {
            format!("{name}: {} bytes that make no sense, most likely for the same reason", listener.bytes())
        }
        Finding::NoSense => no_sense(listener),
        Finding::NoClock => no_clock(bus, &format!("{name} falls {} times", listener.falls)),
        Finding::Wrong(explanation) => wrong(listener, explanation),
    })
}

fn no_sense(listener: &Listener) -> String {
    let (name, bytes) = (&listener.name, listener.bytes());
    match (listener.language, listener.frames().first_invalid) {
        (Language::Commands, Some(frame)) => format!(
            "{name}: {bytes} bytes that are no commands in any bit order, at any edge or shift; the first time {name} is \
             low it sees {} clocks and {} where a command has 32 and begins with 02 or 03",
            frame.clocks,
            frame.hex(),
        ),
        _ => {
            format!("{name}: {bytes} bytes without a header that is known here, in any bit order, at any edge or shift")
        }
    }
}

fn no_clock(bus: &SpiAnalyser, selects: &str) -> String {
    let mosi = bus.mosi_edges;
    format!(
        "{selects} and MOSI has {mosi} edges, but SCLK never clocks; make SCLK's pin an output and check its number \
         (if these pins are not meant as SPI, `--board bare` has no chip on them)"
    )
}

fn wrong(listener: &Listener, e: &Explanation) -> String {
    let name = &listener.name;
    let meaning = meaning(e);
    let also = match (e.verdict, e.fault) {
        (Verdict::NoSelect, f) if f.order => "; besides, each byte is the wrong way round",
        (Verdict::NoSelect, f) if f.edge => "; besides, the data is valid at the other edge of SCLK",
        (Verdict::NoSelect, f) if f.lines => "; besides, SCLK and MOSI have changed places",
        (Verdict::WrongBitOrder, f) if f.edge => "; besides, the data is valid at the other edge of SCLK",
        (Verdict::WrongBitOrder | Verdict::WrongMode, f) if f.lines => "; besides, SCLK and MOSI have changed places",
        (Verdict::WrongBitOrder | Verdict::WrongMode, f) if f.selects => "; besides, XCS and XDCS have changed places",
        (Verdict::SwappedLines, f) if f.lines && f.selects => "; besides, XCS and XDCS have changed places",
        (Verdict::Shifted | Verdict::Unrecognised, _) => "",
        (_, f) if f.shift != 0 => "; besides, the bytes do not begin where the select falls",
        _ => "",
    };
    let main = match e.verdict {
        Verdict::WrongBitOrder if is_stream(e) && e.format.lsb_first => format!(
            "{name}: bytes arrive MSB first although SM_SDIORD is 1: read the other way round {meaning}; \
             clear bit 9 of MODE"
        ),
        Verdict::WrongBitOrder => {
            format!(
                "{name}: your bytes arrive LSB first: read the other way round {meaning}; send bit 7 of each byte first"
            )
        }
        Verdict::WrongMode => {
            let (edge, modes) = if e.format.falling && is_stream(e) {
                ("rising", "1 or 2, as SM_DACT is 1")
            } else {
                ("falling", "0 or 3")
            };
            format!(
                "{name}: the data is valid at the {edge} edge of SCLK: sampled at that edge {meaning}; the chip takes SPI mode {modes}"
            )
        }
        Verdict::SwappedLines if e.fault.lines => format!(
            "{name}: SCLK and MOSI have changed places: with MOSI as the clock and SCLK as the data {meaning}; exchange \
             the two pins"
        ),
        Verdict::SwappedLines => {
            let other = if is_stream(e) { "XDCS" } else { "XCS" };
            format!("{name}: XCS and XDCS have changed places: while {name} is low {meaning}, which belongs to {other}")
        }
        Verdict::Shifted => {
            let (n, what) = (e.fault.shift.unsigned_abs(), if e.fault.shift > 0 { "too many" } else { "missing" });
            let s = if n == 1 { "" } else { "s" };
            format!(
                "{name}: {n} clock{s} {what} between the select and the first bit: allowing for that {meaning}; bring SCLK \
                 to its level of rest before {name} falls"
            )
        }
        _ => format!(
            "{name}: high while it should be low: outside any select {meaning}; drive {name} low around it, and make its \
             pin an output"
        ),
    };
    main + also
}

fn is_stream(e: &Explanation) -> bool {
    matches!(e.sense, Sense::Stream(_))
}

fn meaning(e: &Explanation) -> String {
    match (e.sense, e.seen) {
        (Sense::Commands(frame), Some(seen)) if e.verdict != Verdict::NoSelect => {
            format!("{} is {}, {}", seen.hex(), frame.hex(), frame.meaning())
        }
        (Sense::Commands(frame), _) => format!("there is {}, {}", frame.hex(), frame.meaning()),
        (Sense::Stream(stream), _) => format!("there is {}", stream.name()),
    }
}
