use super::*;
use crate::probes::recorder::Recorder;
use crate::tui::board::{BoardView, Hue, Lamp, Strand, Switch, Way};
use crate::tui::history::Sample;
use crate::tui::ui::{Look, Ui};
use crate::tui::view::{ChipView, ConsoleView, FindingView, Stream, Throughput};
use crate::tui::wires::{Mark, Measure, Row, RowKind, Said, WiresView};
use peripherals::kernel::{Instant, Level, LintLevel, NetId, Probe, Span};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const NAMES: [&str; 7] = ["SCLK", "MOSI", "MISO", "XCS", "XDCS", "DREQ", "XRESET"];

fn us(us: u64) -> Instant {
    Instant::ZERO + Span::from_us(us)
}

/// Bytes at 1 MHz: SCLK and MOSI move, DREQ falls at the end.
fn recorder() -> Recorder {
    let nets: Vec<(NetId, bool)> = (0..7).map(|n| (NetId(n), (2..7).contains(&n))).collect();
    let mut recorder = Recorder::new(&nets);
    recorder.edge(us(2), NetId(4), Level::Low);
    for bit in 0..32u64 {
        let at = us(3 + bit);
        recorder.edge(at, NetId(0), Level::Low);
        recorder.edge(at, NetId(1), Level::from(0xA5F0_0F5Au32 >> bit & 1 == 1));
        recorder.edge_of(at + Span::from_ns(500), NetId(0), Level::High, Some(0x1234));
    }
    recorder.edge(us(40), NetId(5), Level::Low);
    recorder
}

fn wires(page: Page, size: (u16, u16), scale: usize) -> (WiresView, Look) {
    let columns = wire_columns(page, size);
    let look = Look { scale, at: Some(us(12)), from: us(0), mark: Some(us(5)), wire: 0, columns };
    let view = WiresView {
        names: NAMES.map(str::to_owned).into(),
        shown: (0..7).collect(),
        wave: recorder().wave(us(0), look.step(), columns),
        oldest: us(1),
        cursor: us(12),
        levels: recorder().levels_at(us(12)),
        edge: Some("SCLK fell 0 ps before, by main.c:12 in send_byte".into()),
        measure: Some(Measure { mark: us(5), span: Span::from_us(7), rises: Some(7) }),
        bytes: (0..4)
            .map(|n| {
                let said = if n == 0 { Said::Command("VOL".into()) } else { Said::Byte(0xA5 ^ n as u8) };
                Mark { from: us(3 + 8 * n), to: us(10 + 8 * n), said }
            })
            .collect(),
    };
    (view, look)
}

fn strand(pin: &str, signal: &str, way: Way, high: bool) -> Strand {
    let chip = "VS1053".into();
    Strand { pin: pin.into(), chip, signal: signal.into(), high, way, moved: signal == "SCLK" }
}

fn board() -> BoardView {
    BoardView {
        description: "nRF52840 Dongle and a VS1053 breakout, wired as in the article".into(),
        usb: true,
        lamps: vec![
            Lamp { name: "LED1".into(), pin: "P0.06".into(), hue: Hue::Green, permille: 1_000 },
            Lamp { name: "LED2_RED".into(), pin: "P0.08".into(), hue: Hue::Red, permille: 370 },
            Lamp { name: "LED2_BLUE".into(), pin: "P0.12".into(), hue: Hue::Blue, permille: 0 },
        ],
        switches: vec![Switch { name: "SW1".into(), pin: "P1.06".into(), key: Some('a'), pressed: true }],
        strands: vec![
            strand("P0.22", "SCLK", Way::Out, true),
            strand("P1.00", "MOSI", Way::Out, false),
            strand("P0.24", "MISO", Way::Floating, false),
            strand("P0.29", "XCS", Way::Pulled, true),
            strand("P0.31", "XDCS", Way::Out, false),
            strand("P0.02", "DREQ", Way::In, true),
            strand("P1.15", "XRESET", Way::Out, true),
        ],
        pins: vec![
            Strand { chip: "".into(), signal: "P0.13".into(), ..strand("P0.13", "", Way::Out, true) },
            Strand { chip: "".into(), ..strand("P0.20", "UART_TX", Way::Out, true) },
        ],
    }
}

pub(super) fn song(page: Page, size: (u16, u16)) -> View {
    let (wires, look) = wires(page, size, 7);
    let mut registers = [0; 16];
    (registers[0], registers[1], registers[3], registers[5], registers[9], registers[11]) =
        (0x4800, 0x0040, 0x9BE8, 0xBB81, 0xFFFB, 0x2020);
    let finding = |head: &str, level, n: u64| FindingView {
        head: head.into(),
        message: "a wire is read and has no driver".into(),
        detail: "P0.03; pc 0x00000412 in main, main.c:33".into(),
        help: "turn on a pull, or drive it".into(),
        count: n,
        first: us(1_000 * n),
        level,
    };
    View {
        ui: Ui { page, size, look, ..Ui::default() },
        firmware: "player-cached.elf".into(),
        board: "dongle".into(),
        now: Instant::ZERO + Span::from_ms(3_250),
        realtime_factor: 1.0,
        speed: "real".into(),
        stream: Some(Stream {
            codec: "MP3".into(),
            bitrate_bps: 128_000,
            sample_rate_hz: 48_000,
            channels: 2,
            decoded_s: 63.21,
            bytes: 51_200,
        }),
        peak: [16_384, 1_000],
        fifo_bytes: 1_536,
        fifo_capacity: 2_048,
        dreq: Some(true),
        spi_clock_hz: Some(2_133_333.0),
        throughput: Some(Throughput { bytes_per_s: 151_200.4, needed_bytes_per_s: 16_000.0 }),
        history: (0..300)
            .map(|n| Sample {
                at: us(50_000 * n),
                sent: (n as u32 * 997) % 40_000,
                needed: 16_000,
                fifo: 7,
                gaps: u32::from(n == 290),
            })
            .collect::<Vec<_>>()
            .into(),
        warnings: 1,
        findings: vec![
            finding("fault[floating-input]", LintLevel::Warn, 1),
            finding("fault[sdi-overrun]", LintLevel::Deny, 7),
        ]
        .into(),
        sound: "device".into(),
        volume: Some(80),
        wires: wires.into(),
        rows: (0..60)
            .map(|n| Row {
                at: us(n),
                kind: if n % 2 == 0 { RowKind::Data } else { RowKind::Write },
                text: if n % 2 == 0 { "SDI 32 bytes FF FB 90 64".into() } else { "SCI write VOL = 2020".into() },
            })
            .collect::<Vec<_>>()
            .into(),
        chip: Some(ChipView {
            name: "VS1053".into(),
            booted: true,
            registers,
            changed: 1 << 11,
            clki_hz: 43_008_000,
            audio_frames: 1_152,
            accesses: [3, 5],
            sdi_bytes: 51_200,
        }),
        parts: board().into(),
        console: ConsoleView {
            lines: (1..=40).map(|n| format!("line {n}")).collect(),
            below: 0,
            caret: Some(7),
            reads: true,
        }
        .into(),
        ..View::default()
    }
}

fn grid(view: &View, width: u16, height: u16) -> String {
    with(view, Palette { colour: false, ascii: false }, width, height)
}

fn with(view: &View, palette: Palette, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a grid");
    terminal.draw(|frame| draw(view, palette, frame.area(), frame.buffer_mut())).expect("a grid");
    terminal.backend().to_string()
}

#[test]
fn every_page_of_the_usual_terminal() {
    for page in Page::ALL {
        insta::assert_snapshot!(format!("usual_{}", page.name()), grid(&song(page, (80, 24)), 80, 24));
    }
}

#[test]
fn larger_terminals_show_several_panels_at_once() {
    for (width, height) in [(120, 40), (200, 60)] {
        for page in [Page::Play, Page::Wires, Page::Chip] {
            let name = format!("{width}x{height}_{}", page.name());
            insta::assert_snapshot!(name, grid(&song(page, (width, height)), width, height));
        }
    }
}

#[test]
fn the_smallest_terminal() {
    insta::assert_snapshot!(grid(&song(Page::Play, (20, 5)), 20, 5));
}

#[test]
fn before_anything_has_happened() {
    let view = View { fifo_capacity: 2_048, sound: "none".into(), ..View::default() };
    insta::assert_snapshot!(grid(&view, 80, 24));
    let view = View { ui: Ui { page: Page::Wires, ..Ui::default() }, ..view };
    insta::assert_snapshot!(grid(&view, 80, 24));
}

#[test]
fn help_and_typing() {
    let mut view = song(Page::Console, (80, 24));
    view.ui.typing = true;
    let last = grid(&view, 80, 24).lines().last().map(str::to_owned).expect("a line");
    assert!(last.contains("keys go to the firmware"), "{last}");
    view.ui.help = true;
    insta::assert_snapshot!(grid(&view, 80, 30));
    for (keys, text) in crate::tui::keys::HELP {
        let shown = grid(&view, 80, 24);
        assert!(shown.contains(keys) && (text.is_empty() || shown.contains(text)), "{keys}: {text}\n{shown}");
    }
}

#[test]
fn the_serial_port_is_in_the_first_line() {
    let view = View { port: Some("/dev/pts/7".into()), ..song(Page::Play, (80, 24)) };
    let first = grid(&view, 80, 24).lines().next().map(str::to_owned).expect("a line");
    assert!(first.starts_with("\"player-cached.elf on dongle, serial port /dev/pts/7  "), "{first}");
}

#[test]
fn without_utf_8_everything_is_ascii() {
    for page in Page::ALL {
        let grid = with(&song(page, (120, 40)), Palette { colour: false, ascii: true }, 120, 40);
        assert!(grid.is_ascii(), "{grid}");
        let signs = grid.replace("? help", "");
        assert!(!signs.contains('?') || page == Page::Play || page == Page::Board, "each sign has its own\n{grid}");
    }
    insta::assert_snapshot!(with(&song(Page::Wires, (80, 24)), Palette { colour: false, ascii: true }, 80, 24));
}

#[test]
fn no_size_and_no_value_makes_it_panic() {
    let odd = View {
        realtime_factor: f64::NAN,
        fifo_bytes: 9_999,
        peak: [u16::MAX; 2],
        now: Instant::from_ps(u64::MAX),
        ..song(Page::Play, (80, 24))
    };
    for view in [song(Page::Play, (80, 24)), View::default(), odd] {
        for page in Page::ALL {
            for help in [false, true] {
                let mut view = View { ui: Ui { page, help, ..view.ui.clone() }, ..view.clone() };
                view.ui.look.wire = 99;
                for size in [(0, 0), (0, 9), (9, 0)] {
                    wire_columns(page, size);
                    list_rows(Panel::Console, page, size);
                }
                for (width, height) in [(1, 1), (1, 50), (200, 1), (3, 3), (39, 10), (40, 9), (101, 31), (500, 200)] {
                    grid(&view, width, height);
                }
            }
        }
    }
}

#[test]
fn colour_is_used_only_when_wanted_and_is_one_of_eight() {
    for page in Page::ALL {
        for colour in [true, false] {
            let area = Rect::new(0, 0, 200, 60);
            let mut buf = Buffer::empty(area);
            draw(&song(page, (200, 60)), Palette { colour, ascii: false }, area, &mut buf);
            let used: Vec<Color> = buf.content().iter().map(|cell| cell.fg).filter(|fg| *fg != Color::Reset).collect();
            assert_eq!(!used.is_empty(), colour);
            let eight =
                [Color::Red, Color::Green, Color::Yellow, Color::Blue, Color::Magenta, Color::Cyan, Color::White];
            assert!(used.iter().all(|colour| eight.contains(colour)));
        }
    }
}
