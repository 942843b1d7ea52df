//! The song and its meters.
//!
//! Rows have a rank: where there is too little room the least important give way first, down to the stream, the throughput and the FIFO.

use super::frame::{Canvas, frequency};
use crate::tui::view::View;
use ratatui::style::{Color, Style};

/// Columns of a label.
const LABEL: usize = 12;
/// From this width on rows begin with a label.
const LABELS_FROM: usize = 40;
/// Bars grow to this and no further.
const MAX_BAR: usize = 60;

type Draw = fn(&View, &mut Canvas, usize);

/// Rows from top to bottom, each with its rank: the higher, the sooner it gives way.
const ROWS: [(u8, &str, Draw); 8] = [
    (1, "stream", stream),
    (5, "left", |view, canvas, y| meter(view.peak[0], canvas, y)),
    (6, "right", |view, canvas, y| meter(view.peak[1], canvas, y)),
    (3, "FIFO", fifo),
    (8, "to be heard", audio),
    (7, "SPI clock", spi),
    (2, "sent", throughput),
    (4, "diagnostics", diagnostics),
];

pub(super) fn draw(view: &View, canvas: &mut Canvas) {
    let mut rows = ROWS.to_vec();
    while rows.len() > canvas.height() {
        let Some(least) = (0..rows.len()).max_by_key(|&i| rows[i].0) else { break };
        rows.remove(least);
    }
    for (y, (_, label, draw)) in rows.into_iter().enumerate() {
        if has_labels(canvas) {
            canvas.text(0, y, label, canvas.palette.dim());
        }
        draw(view, canvas, y);
    }
}

fn has_labels(canvas: &Canvas) -> bool {
    canvas.width() >= LABELS_FROM
}

fn begin(canvas: &Canvas) -> usize {
    if has_labels(canvas) { LABEL } else { 0 }
}

fn plain(canvas: &mut Canvas, y: usize, text: &str) {
    canvas.text(begin(canvas), y, text, Style::new());
}

/// A bar with `text` behind it.
fn bar(canvas: &mut Canvas, y: usize, share: f64, text: &str, colour: Color) {
    let x = begin(canvas);
    let width = canvas.width().saturating_sub(x + text.len()).min(MAX_BAR);
    canvas.bar(x, y, width, share, canvas.palette.tint(colour));
    canvas.text(x + width, y, text, Style::new());
}

fn stream(view: &View, canvas: &mut Canvas, y: usize) {
    let Some(stream) = &view.stream else { return plain(canvas, y, "no stream yet") };
    let channels = if stream.channels == 1 { "mono" } else { "stereo" };
    let (min, s) = ((stream.decoded_s / 60.0) as u64, stream.decoded_s % 60.0);
    let head = format!("{} {min}:{s:04.1}", stream.codec);
    let rate = f64::from(stream.sample_rate_hz) / 1_000.0;
    let text = format!("{head}  {} kbit/s  {rate} kHz {channels}  {} bytes", stream.bitrate_bps / 1_000, stream.bytes);
    plain(canvas, y, &text);
}

fn meter(peak: u16, canvas: &mut Canvas, y: usize) {
    let level = 20.0 * (f64::from(peak) / 32_768.0).log10();
    let text = if peak == 0 { "   silent".to_owned() } else { format!(" {level:5.1} dB") };
    // 60 dB from end to end.
    let share = if peak == 0 { 0.0 } else { 1.0 + level / 60.0 };
    bar(canvas, y, share, &text, if level > -3.0 { Color::Yellow } else { Color::Green });
}

fn fifo(view: &View, canvas: &mut Canvas, y: usize) {
    let dreq = match view.dreq {
        Some(true) => "DREQ high",
        Some(false) => "DREQ low ",
        None => "no DREQ  ",
    };
    let text = format!(" {:4}/{} {dreq}", view.fifo_bytes, view.fifo_capacity);
    bar(canvas, y, f64::from(view.fifo_bytes) / f64::from(view.fifo_capacity.max(1)), &text, Color::Blue);
}

/// Decoded samples before the DAC. The bar is full at 4096 frames, about what any format decodes to at a time.
fn audio(view: &View, canvas: &mut Canvas, y: usize) {
    let frames = view.chip.as_ref().map_or(0, |chip| chip.audio_frames);
    let rate = view.stream.as_ref().map_or(0, |stream| stream.sample_rate_hz);
    let ms = if rate == 0 { 0.0 } else { f64::from(frames) * 1_000.0 / f64::from(rate) };
    bar(canvas, y, f64::from(frames) / 4_096.0, &format!(" {frames:4} samples {ms:4.0} ms"), Color::Blue);
}

fn spi(view: &View, canvas: &mut Canvas, y: usize) {
    plain(canvas, y, &view.spi_clock_hz.map_or_else(|| "idle".to_owned(), frequency));
}

fn throughput(view: &View, canvas: &mut Canvas, y: usize) {
    let Some(rate) = view.throughput else { return plain(canvas, y, "nothing yet") };
    let (gaps, colour) = match view.underruns {
        0 => ("smooth".to_owned(), Color::Green),
        1 => ("choppy, 1 gap".to_owned(), Color::Red),
        n => (format!("choppy, {n} gaps"), Color::Red),
    };
    let text = format!("  {:.0} bytes/s of {:.0} needed", rate.bytes_per_s, rate.needed_bytes_per_s);
    let x = begin(canvas);
    canvas.parts(x, y, &[(&gaps, canvas.palette.tint(colour)), (&text, Style::new())]);
}

/// `1 denied, 2 warnings`.
pub(super) fn counts(view: &View) -> String {
    let plural = if view.warnings == 1 { "" } else { "s" };
    format!("{} denied, {} warning{plural}", view.denied, view.warnings)
}

fn diagnostics(view: &View, canvas: &mut Canvas, y: usize) {
    let counts = counts(view);
    let style = match (view.denied, view.warnings) {
        (0, 0) => Style::new(),
        (0, _) => canvas.palette.tint(Color::Yellow),
        _ => canvas.palette.tint(Color::Red),
    };
    let latest = view.findings.last().map(|f| format!("  {}: {}", f.head, f.message)).unwrap_or_default();
    let x = begin(canvas);
    canvas.parts(x, y, &[(&counts, style), (&latest, Style::new())]);
}
