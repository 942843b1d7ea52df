//! Files as other programs read them: every edge, at its picosecond.

use super::*;
use crate::probes::edges::EdgeSeen;
use crate::probes::transactions::{Byte, Kind, Transaction};
use peripherals::kernel::{Findings, Instant, Level, NetId, Nets, Span};
use std::path::Path;

fn scopes() -> (Scopes, Nets) {
    let mut nets = Nets::default();
    let entry = |nets: &mut Nets, name: &str| Entry { name: name.into(), net: nets.add(name) };
    let chip = ["SCLK", "MOSI", "XDCS"].map(|name| entry(&mut nets, name)).to_vec();
    let soc = ["P0.03", "P0.04"].map(|name| entry(&mut nets, name)).to_vec();
    let scopes = vec![
        Scope { name: "vs1053".into(), entries: chip, optional: false },
        Scope { name: "soc".into(), entries: soc, optional: true },
    ];
    (Scopes { scopes, nets: 5, chips: vec!["vs1053".into()] }, nets)
}

fn levels(nets: &Nets) -> Vec<Level> {
    nets.ids().map(|net| nets.level(net)).collect()
}

/// `count` edges, most of them on cycles of the core.
fn edges(count: u64) -> Vec<EdgeSeen> {
    let mut levels = [false; 4];
    let mut at = 0;
    let edge = |n: u64| {
        let net = [0, 0, 1, 0, 3][n as usize % 5];
        at += if n.is_multiple_of(7) {
            1
        } else if n.is_multiple_of(11) {
            0
        } else {
            15_625 * (1 + n % 3)
        };
        levels[net] = !levels[net];
        EdgeSeen { at: Instant::from_ps(at), net: NetId(net as u16), level: Level::from(levels[net]) }
    };
    (0..count).map(edge).collect()
}

fn write(dir: &Path, request: Request, edges: &[EdgeSeen], transactions: &[Transaction]) -> Instant {
    let (scopes, nets) = scopes();
    let paths = request.paths.iter().map(|path| dir.join(path)).collect();
    let mut tracer = Tracer::new(Request { paths, ..request }, scopes, levels(&nets), Instant::ZERO);
    let findings = Findings::default();
    // In pieces, as a run has them.
    let mut rest = transactions;
    for piece in edges.chunks(1_000) {
        piece.iter().for_each(|&edge| tracer.edge(edge));
        let now = piece[piece.len() - 1].at;
        let ended = rest.iter().take_while(|t| t.end <= now).count();
        rest[..ended].iter().for_each(|t| tracer.transaction(t.clone(), &|_| None));
        rest = &rest[ended..];
        tracer.reached(now, &findings, &|_| None);
    }
    let end = edges.last().map_or(Instant::ZERO, |edge| edge.at) + Span::from_us(1);
    let (failed, began) = tracer.finish(end);
    assert!(failed.is_empty() && began, "{failed:?}");
    end
}

/// The changes of the wire `name` in a file, by a reader of others.
fn read(path: &Path, name: &str) -> Vec<(u64, String)> {
    let mut wave = wellen::simple::read(path).unwrap();
    let hierarchy = wave.hierarchy();
    let var = hierarchy.iter_vars().find(|var| var.full_name(hierarchy) == name).unwrap_or_else(|| panic!("{name}"));
    let signal = var.signal_ref();
    wave.load_signals(&[signal]);
    let times = wave.time_table().to_vec();
    let signal = wave.get_signal(signal).unwrap();
    let mut changes: Vec<(u64, String)> = Vec::new();
    for (at, value) in signal.iter_changes() {
        settle(&mut changes, times[at as usize], value.to_string());
    }
    changes
}

/// Of several changes within one picosecond the last counts.
fn settle(changes: &mut Vec<(u64, String)>, at: u64, value: String) {
    if changes.last().is_some_and(|(last, _)| *last == at) {
        changes.pop();
    }
    if changes.last().is_none_or(|(_, last)| *last != value) {
        changes.push((at, value));
    }
}

fn expected(edges: &[EdgeSeen], net: u16, begin: u64) -> Vec<(u64, String)> {
    let mut changes: Vec<(u64, String)> = Vec::new();
    let mut level = "0".to_owned();
    for edge in edges.iter().filter(|edge| edge.net == NetId(net)) {
        let (at, value) = (edge.at.as_ps(), u8::from(edge.level.is_high()).to_string());
        if at < begin {
            level = value;
            continue;
        }
        if changes.is_empty() && at > begin {
            changes.push((begin, level.clone()));
        }
        settle(&mut changes, at, value);
    }
    changes
}

#[test]
fn another_reader_finds_every_edge_in_vcd_and_fst() {
    let dir = tempfile::tempdir().unwrap();
    let edges = edges(60_000);
    let paths = vec!["t.vcd".into(), "t.fst".into()];
    write(dir.path(), Request { paths, ..Request::default() }, &edges, &[]);
    for file in ["t.vcd", "t.fst"] {
        for (name, net) in [("vs1053.SCLK", 0), ("vs1053.MOSI", 1), ("soc.P0.03", 3)] {
            let seen = read(&dir.path().join(file), name);
            assert!(seen == expected(&edges, net, 0), "{file}: {name}: {} changes", seen.len());
        }
    }
}

#[test]
fn a_trace_that_begins_later_has_the_levels_of_that_moment() {
    let dir = tempfile::tempdir().unwrap();
    let edges = edges(10_000);
    let begin = edges[5_000].at.as_ps() + 1;
    let request = Request {
        paths: vec!["t.vcd".into(), "t.fst".into()],
        from: Some(Span::from_ps(begin)),
        length: Some(Span::from_us(10)),
        ..Request::default()
    };
    write(dir.path(), request, &edges, &[]);
    let until = begin + Span::from_us(10).as_ps();
    let inside: Vec<_> = edges.iter().copied().filter(|edge| edge.at.as_ps() <= until).collect();
    for file in ["t.vcd", "t.fst"] {
        let seen: Vec<_> = read(&dir.path().join(file), "vs1053.SCLK");
        let seen: Vec<_> = seen.into_iter().filter(|(_, value)| value != "x").collect();
        assert_eq!(seen, expected(&inside, 0, begin), "{file}");
    }
}

fn data(from: u64, values: &[u8]) -> Transaction {
    let byte = |(n, &value): (usize, &u8)| {
        let first = Instant::from_ps(from + 100 * n as u64);
        Byte { value, first, last: first + Span::from_ps(70) }
    };
    let bytes: Vec<Byte> = values.iter().enumerate().map(byte).collect();
    let (start, end) = (bytes[0].first, bytes[bytes.len() - 1].last);
    Transaction { chip: 0, start, end, pc: Some(0x100), kind: Kind::Data(bytes) }
}

fn volume(at: u64) -> Transaction {
    let start = Instant::from_ps(at);
    let kind = Kind::Write { register: 0xB, value: 0x2030 };
    Transaction { chip: 0, start, end: start + Span::from_ps(50), pc: None, kind }
}

#[test]
fn annotations_are_beside_the_vcd_and_in_the_fst() {
    let dir = tempfile::tempdir().unwrap();
    // Under way while the other one comes and goes.
    let all = [volume(2_000), data(1_000, &[0xFF, 0xFB]), data(5_000, &[0x90; 20])];
    let paths = vec!["t.vcd".into(), "t.fst".into(), "t.jsonl".into()];
    write(dir.path(), Request { paths, ..Request::default() }, &edges(3_000), &all);
    for file in ["t.decoded.vcd", "t.fst"] {
        let path = dir.path().join(file);
        let bytes = read(&path, "vs1053.SDI_BYTE");
        let bytes: Vec<_> = bytes.iter().filter(|(_, value)| !value.contains('x')).collect();
        assert_eq!(bytes[..2], [&(1_070, "11111111".into()), &(1_170, "11111011".into())], "{file}");
        let vol = read(&path, "vs1053.VOL");
        assert_eq!(vol.last(), Some(&(2_050, "0010000000110000".into())), "{file}");
    }
    let words = read(&dir.path().join("t.decoded.vcd"), "vs1053.SCI");
    assert_eq!(words, [(2_000, "VOL_=_0x2030".into()), (2_050, "-".into())]);
    let lines = std::fs::read_to_string(dir.path().join("t.jsonl")).unwrap();
    let lines: Vec<jsonl::Line> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0].reg.as_deref(), Some("VOL"));
    assert_eq!((lines[1].bytes.as_deref(), &lines[1].byte_ps), (Some("fffb"), &vec![(0, 70), (100, 170)]));
}

#[test]
fn a_trigger_keeps_what_came_just_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let edges = edges(400_000);
    let at = edges[300_000].at.as_ps();
    let request = Request {
        paths: vec!["t.vcd".into(), "t.jsonl".into()],
        when: vec!["bytes:fffb".parse().unwrap()],
        length: Some(Span::from_us(100)),
        ..Request::default()
    };
    let all = [volume(1_000), data(at, &[1, 0xFF, 0xFB, 3])];
    write(dir.path(), request, &edges, &all);
    let seen = read(&dir.path().join("t.vcd"), "vs1053.SCLK");
    let found = at + 270;
    assert_eq!(seen[0].0, found - Span::from_ms(2).as_ps());
    let last = seen[seen.len() - 1].0;
    assert!(last > found && last <= found + Span::from_us(100).as_ps(), "{last}");
    let lines = std::fs::read_to_string(dir.path().join("t.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 1, "{lines}");
}

#[test]
fn a_trigger_that_never_comes_leaves_valid_files() {
    let dir = tempfile::tempdir().unwrap();
    let (scopes, nets) = scopes();
    let paths = ["t.vcd", "t.fst", "t.jsonl"].map(|name| dir.path().join(name)).to_vec();
    let when = vec!["bytes:fffb".parse().unwrap()];
    let mut tracer = Tracer::new(Request { paths, when, ..Request::default() }, scopes, levels(&nets), Instant::ZERO);
    edges(101).into_iter().for_each(|edge| tracer.edge(edge));
    tracer.reached(Instant::from_ps(1 << 40), &Findings::default(), &|_| None);
    let (failed, began) = tracer.finish(Instant::from_ps(1 << 41));
    assert!(failed.is_empty() && !began);
    let level = u8::from(edges(101).iter().rfind(|edge| edge.net == NetId(0)).unwrap().level.is_high());
    for file in ["t.vcd", "t.fst"] {
        let seen = read(&dir.path().join(file), "vs1053.SCLK");
        assert_eq!(seen.last(), Some(&(1 << 41, level.to_string())), "{file}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails_one_file_and_not_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let full = dir.path().join("full.vcd");
    std::os::unix::fs::symlink("/dev/full", &full).unwrap();
    let (scopes, nets) = scopes();
    let paths = vec![full.clone(), dir.path().join("t.vcd")];
    let mut tracer = Tracer::new(Request { paths, ..Request::default() }, scopes, levels(&nets), Instant::ZERO);
    edges(20_000).into_iter().for_each(|edge| tracer.edge(edge));
    let (failed, _) = tracer.finish(Instant::from_ps(1 << 42));
    assert_eq!(failed.iter().map(|error| &error.path).collect::<Vec<_>>(), [&full]);
    assert!(read(&dir.path().join("t.vcd"), "vs1053.SCLK").len() > 10_000);
}
