//! A view as cells.
//!
//! Rows have a rank: on a screen that is too low the least important give way first, down to the file, the
//! stream, the throughput and the FIFO of a 20x5 window. Text that is too wide is cut.

use super::view::{Run, View};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

/// Whether colours are used; what they say is in the words as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Colours.
    pub colour: bool,
}

impl Palette {
    /// As the environment wants it: no colour when `NO_COLOR` is set to anything (no-color.org).
    pub fn from_env() -> Self {
        Self { colour: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) }
    }

    fn tint(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }
}

/// Columns of a label.
const LABEL: usize = 12;
/// From this width on rows begin with a label.
const LABELS_FROM: u16 = 40;
/// From this height on the last row tells the keys.
const KEYS_FROM: usize = 5;
/// Bars grow to this and no further.
const MAX_BAR: usize = 60;

/// Draws `view` over the whole of `area`.
pub fn draw(view: &View, palette: Palette, area: Rect, buf: &mut Buffer) {
    let painter = Painter { view, palette, width: usize::from(area.width), labels: area.width >= LABELS_FROM };
    let mut rows = painter.rows();
    let height = usize::from(area.height);
    let keys = (height >= KEYS_FROM).then(|| painter.keys());
    // A screen of ten rows or more keeps a third for the console.
    let console = if height >= 10 { height / 3 } else { 0 };
    let room = height - console - usize::from(keys.is_some());
    while rows.len() > room {
        let Some(least) = (0..rows.len()).max_by_key(|&i| rows[i].0) else { break };
        rows.remove(least);
    }
    let console = height - rows.len() - usize::from(keys.is_some());
    let mut lines: Vec<Line> = rows.into_iter().map(|(_, line)| line).collect();
    lines.extend(painter.console(console));
    lines.extend(keys);
    for (line, row) in lines.into_iter().zip(area.rows()) {
        line.render(row, buf);
    }
}

struct Painter<'a> {
    view: &'a View,
    palette: Palette,
    width: usize,
    labels: bool,
}

impl Painter<'_> {
    /// Rows from top to bottom, each with its rank: the higher, the sooner it gives way.
    fn rows(&self) -> Vec<(u8, Line<'static>)> {
        vec![
            (0, self.title()),
            (1, self.stream()),
            (5, self.meter("left", self.view.peak[0])),
            (6, self.meter("right", self.view.peak[1])),
            (3, self.fifo()),
            (7, self.spi()),
            (2, self.throughput()),
            (4, self.diagnostics()),
        ]
    }

    fn labelled(&self, label: &str, parts: Vec<Span<'static>>) -> Line<'static> {
        let label =
            self.labels.then(|| Span::styled(format!("{label:LABEL$}"), Style::new().add_modifier(Modifier::DIM)));
        Line::from_iter(label.into_iter().chain(parts))
    }

    fn title(&self) -> Line<'static> {
        let view = self.view;
        let state = match view.run {
            Run::Running => "",
            Run::Paused => "paused ",
            Run::PlayingOut => "playing out ",
        };
        let right = format!("{state}{:.1} s {:.1}x", view.simulated_s, view.realtime_factor);
        let port = view.port.as_ref().map(|port| format!(", serial port {port}")).unwrap_or_default();
        let left = format!("{} on {}{port}", view.firmware, view.board);
        let room = self.width.saturating_sub(right.chars().count() + 1);
        let left: String = left.chars().take(room).collect();
        Line::styled(format!("{left:room$} {right}"), self.palette.tint(Color::Cyan).add_modifier(Modifier::BOLD))
    }

    fn stream(&self) -> Line<'static> {
        let text = match &self.view.stream {
            None => "no stream yet".to_owned(),
            Some(stream) => {
                let channels = if stream.channels == 1 { "mono" } else { "stereo" };
                let (min, s) = ((stream.decoded_s / 60.0) as u64, stream.decoded_s % 60.0);
                let head = format!("{} {min}:{s:04.1}", stream.codec);
                let rate = f64::from(stream.sample_rate_hz) / 1_000.0;
                format!("{head}  {} kbit/s  {rate} kHz {channels}  {} bytes", stream.bitrate_bps / 1_000, stream.bytes)
            }
        };
        self.labelled("stream", vec![text.into()])
    }

    fn meter(&self, label: &str, peak: u16) -> Line<'static> {
        let level = 20.0 * (f64::from(peak) / 32_768.0).log10();
        let text = if peak == 0 { "   silent".to_owned() } else { format!(" {level:5.1} dB") };
        // 60 dB from end to end.
        let share = if peak == 0 { 0.0 } else { 1.0 + level / 60.0 };
        let colour = if level > -3.0 { Color::Yellow } else { Color::Green };
        self.labelled(label, vec![self.bar(share, text.len(), colour), text.into()])
    }

    fn fifo(&self) -> Line<'static> {
        let view = self.view;
        let dreq = match view.dreq {
            Some(true) => "DREQ high",
            Some(false) => "DREQ low ",
            None => "no DREQ  ",
        };
        let text = format!(" {:4}/{} {dreq}", view.fifo_bytes, view.fifo_capacity);
        let share = f64::from(view.fifo_bytes) / f64::from(view.fifo_capacity.max(1));
        self.labelled("FIFO", vec![self.bar(share, text.len(), Color::Blue), text.into()])
    }

    fn spi(&self) -> Line<'static> {
        let clock = match self.view.spi_clock_hz {
            None => "idle".to_owned(),
            Some(hz) if hz >= 1e6 => format!("{:.2} MHz", hz / 1e6),
            Some(hz) => format!("{:.1} kHz", hz / 1e3),
        };
        self.labelled("SPI clock", vec![clock.into()])
    }

    fn throughput(&self) -> Line<'static> {
        let view = self.view;
        let Some(rate) = view.throughput else { return self.labelled("sent", vec!["nothing yet".into()]) };
        let gaps = match view.underruns {
            0 => Span::styled("smooth", self.palette.tint(Color::Green)),
            1 => Span::styled("choppy, 1 gap", self.palette.tint(Color::Red)),
            n => Span::styled(format!("choppy, {n} gaps"), self.palette.tint(Color::Red)),
        };
        let text = format!("  {:.0} bytes/s of {:.0} needed", rate.bytes_per_s, rate.needed_bytes_per_s);
        self.labelled("sent", vec![gaps, text.into()])
    }

    fn diagnostics(&self) -> Line<'static> {
        let view = self.view;
        let counts =
            format!("{} denied, {} warning{}", view.denied, view.warnings, if view.warnings == 1 { "" } else { "s" });
        let style = match (view.denied, view.warnings) {
            (0, 0) => Style::new(),
            (0, _) => self.palette.tint(Color::Yellow),
            _ => self.palette.tint(Color::Red),
        };
        let latest = view.latest.as_ref().map(|latest| Span::raw(format!("  {latest}")));
        self.labelled("diagnostics", [Span::styled(counts, style)].into_iter().chain(latest).collect())
    }

    fn keys(&self) -> Line<'static> {
        let volume = self.view.volume.map(|percent| format!("  +/- volume {percent} %")).unwrap_or_default();
        let text = format!("q quit  space pause{volume}  sound: {}", self.view.sound);
        Line::styled(text, Style::new().add_modifier(Modifier::DIM))
    }

    fn console(&self, rows: usize) -> Vec<Line<'static>> {
        let Some(room) = rows.checked_sub(1) else { return vec![] };
        let rule = format!("{:\u{2500}<width$}", "console ", width = self.width);
        let skip = self.view.console.len().saturating_sub(room);
        let shown = self.view.console.iter().skip(skip).map(|line| Line::raw(line.clone()));
        let blank = room.saturating_sub(self.view.console.len());
        let rule = Line::styled(rule, Style::new().add_modifier(Modifier::DIM));
        std::iter::once(rule).chain(shown).chain(std::iter::repeat_n(Line::default(), blank)).collect()
    }

    /// A bar that leaves room for `text` columns behind it.
    fn bar(&self, share: f64, text: usize, colour: Color) -> Span<'static> {
        let label = if self.labels { LABEL } else { 0 };
        let width = self.width.saturating_sub(label + text).min(MAX_BAR);
        let full = ((share.clamp(0.0, 1.0) * width as f64).round() as usize).min(width);
        let bar = format!("{}{}", "\u{2588}".repeat(full), "\u{2591}".repeat(width - full));
        Span::styled(bar, self.palette.tint(colour))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::view::{Stream, Throughput};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn song() -> View {
        View {
            firmware: "player-cached.elf".into(),
            board: "dongle".into(),
            simulated_s: 3.25,
            realtime_factor: 1.0,
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
            warnings: 1,
            latest: Some("floating-input: P0.03 is read and has no driver".into()),
            sound: "device".into(),
            volume: Some(80),
            console: (1..=40).map(|n| format!("line {n}")).collect(),
            ..View::default()
        }
    }

    fn grid(view: &View, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a grid");
        let palette = Palette { colour: false };
        terminal.draw(|frame| draw(view, palette, frame.area(), frame.buffer_mut())).expect("a grid");
        terminal.backend().to_string()
    }

    #[test]
    fn the_usual_terminal() {
        insta::assert_snapshot!(grid(&song(), 80, 24));
    }

    #[test]
    fn a_large_terminal() {
        insta::assert_snapshot!(grid(&song(), 200, 50));
    }

    #[test]
    fn the_smallest_terminal() {
        insta::assert_snapshot!(grid(&song(), 20, 5));
    }

    #[test]
    fn before_anything_has_happened() {
        insta::assert_snapshot!(grid(&View { fifo_capacity: 2_048, sound: "none".into(), ..View::default() }, 80, 12));
    }

    #[test]
    fn the_serial_port_is_in_the_first_line() {
        let view = View { port: Some("/dev/pts/7".into()), ..song() };
        let first = grid(&view, 80, 24).lines().next().map(str::to_owned).expect("a line");
        assert!(first.starts_with("\"player-cached.elf on dongle, serial port /dev/pts/7  "), "{first}");
    }

    #[test]
    fn no_size_and_no_value_makes_it_panic() {
        let odd =
            View { realtime_factor: f64::NAN, fifo_bytes: 9_999, peak: [u16::MAX; 2], simulated_s: f64::MAX, ..song() };
        for view in [song(), View::default(), odd] {
            for (width, height) in [(1, 1), (1, 50), (200, 1), (3, 3), (39, 10), (40, 9), (500, 200)] {
                grid(&view, width, height);
            }
        }
    }

    #[test]
    fn colour_is_used_only_when_wanted() {
        for colour in [true, false] {
            let area = Rect::new(0, 0, 80, 24);
            let mut buf = Buffer::empty(area);
            draw(&song(), Palette { colour }, area, &mut buf);
            assert_eq!(buf.content().iter().any(|cell| cell.fg != Color::Reset), colour);
        }
    }
}
