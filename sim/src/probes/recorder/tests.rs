use super::*;
use proptest::prelude::*;

fn recorder(wires: u16, most: usize) -> Recorder {
    let wires: Vec<(NetId, bool)> = (0..wires).map(|n| (NetId(2 * n), n == 1)).collect();
    Recorder::of_size(&wires, most)
}

fn at(ps: u64) -> Instant {
    Instant::from_ps(ps)
}

#[test]
fn edges_come_back_as_they_were() {
    let mut r = recorder(2, 8);
    let pcs = [None, Some(0x1234), Some(0x2000_0102), Some(0x0080_0004), Some(0xF_FFFE), Some(0xE000_0000)];
    for (n, pc) in (0..).zip(pcs) {
        r.edge_of(at(1_000 * n), NetId(2 * (n as u16 % 2)), Level::from(n % 3 == 0), pc);
    }
    r.edge(at(1 << 60), NetId(2), Level::High);
    r.edge(at(1 << 60), NetId(1), Level::High);
    r.edge(at(1 << 60), NetId(77), Level::High);
    let seen: Vec<Kept> = r.between(at(0), at(u64::MAX)).collect();
    assert_eq!((seen.len(), r.edges()), (7, 7), "wires that were not asked for are not kept");
    for (n, pc) in (0..).zip(&pcs[..5]) {
        assert_eq!(seen[n as usize], Kept { at: at(1_000 * n), wire: n as u8 % 2, high: n % 3 == 0, pc: *pc });
    }
    assert_eq!(seen[5].pc, None, "no code is there");
    assert_eq!(r.last(), Some(Kept { at: at(1 << 60), wire: 1, high: true, pc: None }));
    assert_eq!(r.between(at(1_000), at(2_000)).count(), 2);
    assert_eq!(r.levels_at(at(0)) & 2, 2, "the second wire was high from the start");
}

#[test]
fn the_oldest_are_forgotten_and_that_is_told() {
    let mut r = recorder(1, 4);
    for n in 0..10_000 {
        r.edge(at(10 * n), NetId(0), Level::from(n % 2 == 0));
    }
    let seen: Vec<Kept> = r.between(at(0), at(u64::MAX)).collect();
    assert!((3 * PIECE..=4 * PIECE).contains(&seen.len()), "{}", seen.len());
    assert_eq!(seen[0].at, r.oldest());
    assert_eq!((r.edges(), seen.last().map(|edge| edge.at)), (10_000, Some(at(99_990))));
}

#[test]
fn the_edge_before_and_the_edge_behind_are_found() {
    let mut r = recorder(2, 100);
    for n in 1..1_000 {
        r.edge(at(10 * n), NetId(if n == 500 { 2 } else { 0 }), Level::from(n % 2 == 0));
    }
    assert_eq!(r.next(1, at(0)).map(|e| e.at), Some(at(10)));
    assert_eq!(r.next(1, at(10)).map(|e| e.at), Some(at(20)));
    assert_eq!(r.next(2, at(0)).map(|e| e.at), Some(at(5_000)));
    assert_eq!(r.next(2, at(5_000)), None);
    assert_eq!(r.previous(2, at(9_999)).map(|e| e.at), Some(at(5_000)));
    assert_eq!(r.previous(1, at(5_000)).map(|e| e.at), Some(at(4_990)));
    assert_eq!(r.previous(3, at(10)), None);
}

/// The same picture, edge by edge.
fn plain(r: &Recorder, from: Instant, step: Span, columns: usize) -> Vec<Column> {
    (0..columns as u64)
        .map(|n| {
            let begin = at(from.as_ps() + n * step.as_ps());
            let end = at(begin.as_ps() + step.as_ps() - 1);
            let mut column = Column { after: r.levels_at(end), ..Column::default() };
            for edge in r.between(begin, end) {
                column.more |= column.once & 1 << edge.wire;
                column.once |= 1 << edge.wire;
            }
            column
        })
        .collect()
}

proptest! {
    #[test]
    fn a_picture_is_the_same_with_and_without_summaries(
        edges in prop::collection::vec((0u64..5_000, 0u16..3, any::<bool>()), 0..1_500),
        from in 0u64..3_000_000, step in 1u64..100_000, columns in 0usize..60, most in 2usize..20,
    ) {
        let mut r = recorder(3, most);
        let mut now = 0;
        for (ps, wire, high) in edges {
            now += ps;
            r.edge(at(now), NetId(2 * wire), Level::from(high));
        }
        let from = at(from.max(r.oldest().as_ps()));
        let wave = r.wave(from, Span::from_ps(step), columns);
        prop_assert_eq!(wave.columns, plain(&r, from, Span::from_ps(step), columns));
    }
}
