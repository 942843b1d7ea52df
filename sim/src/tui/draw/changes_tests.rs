//! A screen that keeps what has not changed looks as one that is drawn anew.

use super::tests::song;
use super::*;
use crate::tui::history::Sample;
use crate::tui::screen::Screen;
use crate::tui::view::FindingView;
use crate::tui::wires::{Mark, Row, RowKind, Said};
use peripherals::kernel::{Instant, LintLevel, Span};
use ratatui::backend::TestBackend;
use std::sync::Arc;

const PALETTE: Palette = Palette { colour: true, ascii: false };

/// Takes two columns.
const WIDE: &str = "\u{4e2d}";

/// Changes one thing, `n` saying which and to what.
fn change(view: &mut View, n: u64) {
    let value = n / 64;
    let wires = Arc::make_mut(&mut view.wires);
    let board = Arc::make_mut(&mut view.parts);
    let chip = view.chip.as_mut().expect("the song has one");
    match n % 34 {
        0 => view.now += Span::from_us(value),
        1 => wires.cursor += Span::from_ns(value),
        2 => wires.wave.from += wires.wave.step,
        3 => wires.wave.columns.rotate_left(value as usize % 3),
        4 => wires.levels ^= value,
        5 => wires.edge = Some(format!("SCLK rose {value} us before")),
        6 => view.ui.look.wire = value as usize % 9,
        7 => view.ui.look.mark = (!value.is_multiple_of(3)).then_some(wires.wave.from + Span::from_ns(value * 100)),
        8 => view.ui.look.at = value.is_multiple_of(2).then_some(wires.cursor),
        9 => wires.bytes.push(Mark { from: wires.wave.from, to: view.now, said: Said::Byte(value as u8) }),
        10 => chip.registers[value as usize % 16] ^= 0x1101,
        11 => chip.changed ^= 1 << (value % 16),
        12 => chip.sdi_bytes += value,
        13 => chip.booted = !chip.booted,
        14 => view.peak[0] = value as u16,
        15 => view.fifo_bytes = value as u32 % 2_048,
        16 => Arc::make_mut(&mut view.history).push(Sample { sent: value as u32, needed: 16_000, ..Sample::default() }),
        17 => {
            Arc::make_mut(&mut view.rows).push(Row { at: view.now, kind: RowKind::Odd, text: format!("row {value}") })
        }
        18 => drop(Arc::make_mut(&mut view.rows).drain(..value as usize % 2)),
        19 => Arc::make_mut(&mut view.console).lines.push(format!("more {WIDE}\u{e9} {value}")),
        20 => Arc::make_mut(&mut view.console).caret = Some(value as usize % 20),
        21 => view.ui.typing = !view.ui.typing,
        22 => view.ui.down = value as usize % 4,
        23 => view.denied = value % 3,
        24 => Arc::make_mut(&mut view.findings).push(FindingView {
            head: "fault[sdi-overrun]".into(),
            message: format!("message {value}"),
            detail: String::new(),
            help: "none".into(),
            count: 1,
            first: view.now,
            level: LintLevel::Deny,
        }),
        25 => Arc::make_mut(&mut view.findings)[0].count += 1,
        26 => board.lamps[0].permille = value as u16 % 1_000,
        27 => board.strands[0].moved = !board.strands[0].moved,
        28 => board.switches[0].pressed = !board.switches[0].pressed,
        29 => view.ui.help = value.is_multiple_of(4),
        30 if value.is_multiple_of(5) => view.ui.page = Page::ALL[value as usize % 6],
        31 => wires.oldest = Instant::from_ps(wires.wave.from.as_ps() + value % 3 * wires.wave.step.as_ps()),
        33 if value.is_multiple_of(2) => view.volume = Some(value as u8 % 100),
        33 => view.run = if value.is_multiple_of(3) { Run::Paused } else { Run::Running },
        32 => view.stream = view.stream.take().filter(|_| !value.is_multiple_of(4)),
        _ => {}
    }
}

/// The share of cells, in percent, that was kept.
fn step(screen: &mut Screen<TestBackend>, view: &View, what: &str) -> usize {
    screen.show(Arc::new(view.clone())).expect("a grid");
    let area = screen.backend().buffer().area;
    let mut whole = Buffer::empty(area);
    draw(view, PALETTE, area, &mut whole);
    let seen = screen.backend().buffer();
    for (at, (seen, wanted)) in seen.content().iter().zip(whole.content()).enumerate() {
        let (x, y) = (at % usize::from(area.width), at / usize::from(area.width));
        // The second half of a wide character is nobody's: terminals draw over it, the backend for tests leaves what was there.
        if x > 0 && whole.content()[at - 1].symbol() == WIDE {
            continue;
        }
        let look = |cell: &ratatui::buffer::Cell| (cell.symbol().to_owned(), cell.fg, cell.bg, cell.modifier);
        assert_eq!(look(seen), look(wanted), "column {x}, row {y} after {what}");
    }
    let drawn: usize = screen.drawn().iter().map(|place| place.area() as usize).sum();
    100 - 100 * drawn / whole.content().len()
}

#[test]
fn what_is_kept_looks_as_if_it_were_drawn() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let mut view = song(Page::Play, size);
        let mut screen = Screen::new(TestBackend::new(size.0, size.1), PALETTE);
        let mut n = 1u64;
        for round in 0..1_500 {
            // Knuth's MMIX generator.
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            for times in 0..=n >> 62 {
                change(&mut view, (n >> 33).rotate_left(7 * times as u32) & 0xFF_FFFF);
            }
            if round % 97 == 0 {
                screen.backend_mut().resize(size.0 - round as u16 % 2, size.1);
            }
            step(&mut screen, &view, &format!("round {round} at {size:?}"));
        }
    }
}

#[test]
fn a_picture_in_which_only_time_passes_is_kept_for_the_most_part() {
    let mut view = song(Page::Play, (200, 60));
    let mut screen = Screen::new(TestBackend::new(200, 60), PALETTE);
    assert_eq!(step(&mut screen, &view, "the first"), 0);
    view.now += Span::from_ms(33);
    view.wires = Arc::new(crate::tui::wires::WiresView { cursor: view.wires.cursor, ..(*view.wires).clone() });
    let kept = step(&mut screen, &view, "the second");
    assert!(kept > 75, "{kept} %");
}
