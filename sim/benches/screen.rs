//! `cargo bench -p badgebench --bench screen`: what the live screen costs, by criterion: drawing a picture at three sizes, finding the wires of
//! one among four million edges, and keeping an edge.

use badgebench::probes::recorder::Recorder;
use badgebench::tui::ui::{Look, Page, step_of};
use badgebench::tui::wires::WiresView;
use badgebench::tui::{ConsoleView, Palette, Screen, Ui, View, wire_columns};
use criterion::{Criterion, criterion_group, criterion_main};
use peripherals::kernel::{Instant, Level, NetId, Probe, Span};
use ratatui::backend::TestBackend;
use std::hint::black_box;
use std::sync::Arc;

/// Bytes at 2 MHz for ten seconds, three edges a bit, all seven wires kept.
fn recorder() -> (Recorder, Instant) {
    let nets: Vec<(NetId, bool)> = (0..7).map(|n| (NetId(n), false)).collect();
    let mut recorder = Recorder::new(&nets);
    let mut now = Instant::ZERO;
    for n in 0..4_500_000u32 {
        now += Span::from_ns(if n % 768 == 0 { 1_700_000 } else { 170 });
        let net = if n % 3 == 2 { 1 } else { 0 };
        recorder.edge_of(now, NetId(net), Level::from(n % 2 == 0), Some(0x1000 + n % 64));
    }
    (recorder, now)
}

fn view(recorder: &Recorder, now: Instant, size: (u16, u16), scale: usize) -> View {
    let columns = wire_columns(Page::Play, size);
    let look = Look { scale, columns, ..Look::default() };
    View {
        ui: Ui { size, look, ..Ui::default() },
        now,
        wires: WiresView {
            names: ["SCLK", "MOSI", "MISO", "XCS", "XDCS", "DREQ", "XRESET"].map(str::to_owned).into(),
            shown: (0..7).collect(),
            wave: recorder.wave(look.begin(now), look.step(), columns),
            cursor: now,
            ..WiresView::default()
        }
        .into(),
        console: ConsoleView {
            lines: (0..60).map(|n| format!("line {n} of the console")).collect(),
            ..Default::default()
        }
        .into(),
        ..View::default()
    }
}

fn pictures(c: &mut Criterion) {
    let (recorder, now) = recorder();
    let mut group = c.benchmark_group("screen");
    for size in [(80, 24), (120, 40), (200, 60)] {
        // The second differs from the first, as in a run: what has changed is written.
        let views = [view(&recorder, now, size, 7), view(&recorder, now, size, 15)].map(Arc::new);
        let mut screen = Screen::new(TestBackend::new(size.0, size.1), Palette { colour: true, ascii: false });
        let mut turn = 0;
        group.bench_function(format!("a picture of {}x{}", size.0, size.1), |b| {
            b.iter(|| {
                turn += 1;
                screen.show(Arc::clone(&views[turn % 2])).expect("a grid");
            });
        });
    }
    for (name, scale) in [("200 ns", 7), ("100 us", 15), ("50 ms", 23)] {
        let step = step_of(scale);
        let look = Look { scale, columns: 190, ..Look::default() };
        group.bench_function(format!("190 columns of {name}"), |b| {
            b.iter(|| black_box(recorder.wave(look.begin(now), step, 190)));
        });
    }
    group.finish();
}

fn edges(c: &mut Criterion) {
    let (mut recorder, mut now) = recorder();
    let mut n = 0u32;
    c.bench_function("screen/keep 1000 edges", |b| {
        b.iter(|| {
            for _ in 0..1_000 {
                now += Span::from_ns(170);
                n += 1;
                recorder.edge_of(now, NetId((n % 2) as u16), Level::from(n % 4 < 2), Some(0x1000 + n % 64));
            }
        });
    });
}

criterion_group!(benches, pictures, edges);
criterion_main!(benches);
