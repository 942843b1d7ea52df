//! The wires, as on a scope: one row a wire, or two where there is room.

use super::changes::changed_wires;
use super::frame::{Canvas, frequency, length, moment};
use super::layout::WIRE_LABEL;
use crate::tui::view::View;
use crate::tui::wires::{Cell, Mark, Said};
use ratatui::style::{Color, Style};

pub(super) fn draw(before: Option<&View>, view: &View, canvas: &mut Canvas) {
    let wires = &view.wires;
    let look = &view.ui.look;
    let step = wires.wave.step;
    let page = length(peripherals::kernel::Span::from_ps(step.as_ps().saturating_mul(wires.wave.columns.len() as u64)));
    canvas.rule("wires ", &format!("{} a column, {page} in all, cursor at {}", length(step), moment(wires.cursor)));
    // Below the wires: their bytes, and what is at the cursor.
    let below = match canvas.height() {
        0..=4 => 0,
        5..=6 => 1,
        _ => 2,
    };
    let room = canvas.height().saturating_sub(1 + below);
    let tall = wires.shown.len() * 2 <= room;
    let each = if tall { 2 } else { 1 };
    let fit = room / each;
    // The chosen wire stays in sight.
    let skip = (look.wire + 1).saturating_sub(fit).min(wires.shown.len().saturating_sub(fit));
    let mut y = 1 + each * fit.min(wires.shown.len());
    let changed = before.map_or(u64::MAX, |before| changed_wires(before, view));
    for (row, (index, &bit)) in wires.shown.iter().enumerate().skip(skip).take(fit).enumerate() {
        let row = 1 + row * each;
        if changed >> (bit & 63) & 1 == 1 {
            wire(view, canvas, row, index, bit, tall);
        } else {
            canvas.keep(row, row + each);
        }
    }
    if changed != u64::MAX {
        canvas.keep(y + below, canvas.height());
    }
    if below > 1 {
        bytes(view, canvas, y);
        y += 1;
    }
    if below > 0 {
        cursor_line(view, canvas, y);
    }
    markers(view, canvas, y);
}

fn wire(view: &View, canvas: &mut Canvas, y: usize, index: usize, bit: u8, tall: bool) {
    let (wires, palette) = (&view.wires, canvas.palette);
    let chosen = index == view.ui.look.wire;
    let name = wires.names.get(usize::from(bit)).map_or("", String::as_str);
    let row = if tall { y + 1 } else { y };
    let style = if chosen { palette.bold() } else { Style::new() };
    canvas.text_within(0, row, usize::from(WIRE_LABEL) - 3, name, style);
    if chosen {
        canvas.put(usize::from(WIRE_LABEL) - 3, row, '\u{25c0}', style);
    }
    let high = wires.levels >> (bit & 63) & 1 == 1;
    canvas.put(usize::from(WIRE_LABEL) - 2, row, if high { '1' } else { '0' }, palette.dim());
    let colour = palette.tint(colour(name));
    for column in 0..wires.wave.columns.len() {
        let x = usize::from(WIRE_LABEL) + column;
        let cell = wires.cell(bit, column, view.now);
        if tall {
            let (top, bottom) = match cell {
                Cell::Low => (' ', '\u{2500}'),
                Cell::High => ('\u{2500}', ' '),
                Cell::Rise => ('\u{250c}', '\u{2518}'),
                Cell::Fall => ('\u{2510}', '\u{2514}'),
                Cell::Busy => ('\u{2592}', '\u{2592}'),
                Cell::Unknown => (' ', ' '),
            };
            canvas.put(x, y, top, colour);
            canvas.put(x, y + 1, bottom, colour);
        } else {
            let c = match cell {
                Cell::Low => '\u{2581}',
                Cell::High => '\u{2594}',
                Cell::Rise | Cell::Fall => '\u{2502}',
                Cell::Busy => '\u{2592}',
                Cell::Unknown => ' ',
            };
            canvas.put(x, y, c, colour);
        }
    }
}

fn colour(name: &str) -> Color {
    match name.rsplit('.').next().unwrap_or(name) {
        "SCLK" => Color::Yellow,
        "MOSI" | "MISO" => Color::Cyan,
        "XCS" => Color::Magenta,
        "XDCS" => Color::Blue,
        "DREQ" => Color::Green,
        "XRESET" => Color::Red,
        _ => Color::Reset,
    }
}

/// Bytes where they were sent: in figures where they are wide enough, else a line that says that there are some.
fn bytes(view: &View, canvas: &mut Canvas, y: usize) {
    let wires = &view.wires;
    canvas.text(0, y, "bytes", canvas.palette.dim());
    let last = wires.wave.columns.len().saturating_sub(1);
    let step = wires.wave.step.as_ps().max(1);
    let column = |at: peripherals::kernel::Instant| (at.since(wires.wave.from).as_ps() / step) as usize;
    for Mark { from, to, said } in &wires.bytes {
        if *to < wires.wave.from {
            continue;
        }
        let (a, b) = (column(*from), column(*to).min(last));
        if a > last {
            break;
        }
        let (text, colour) = match said {
            Said::Byte(byte) => (format!("{byte:02X}"), Color::Blue),
            Said::Command(words) => (words.clone(), Color::Magenta),
        };
        let style = canvas.palette.tint(colour);
        let (x, room) = (usize::from(WIRE_LABEL) + a, b - a + 1);
        if room >= text.len() + 2 {
            canvas.put(x, y, '[', style);
            for column in x + 1..x + room - 1 {
                canvas.put(column, y, '\u{2500}', style);
            }
            canvas.put(x + room - 1, y, ']', style);
            canvas.text(x + (room - text.len()) / 2, y, &text, style);
        } else if room >= text.len().min(4) {
            canvas.text_within(x, y, room, &text, style);
        } else {
            for column in x..x + room {
                canvas.put(column, y, '\u{2592}', style);
            }
        }
    }
}

fn cursor_line(view: &View, canvas: &mut Canvas, y: usize) {
    let wires = &view.wires;
    let mut x = 0;
    if let Some(m) = wires.measure {
        let rises = match m.rises {
            Some(rises) => format!(", {rises} rising"),
            None => String::new(),
        };
        let seconds = m.span.as_secs_f64();
        let hz = if seconds > 0.0 { format!(" = {}", frequency(1.0 / seconds)) } else { String::new() };
        let text = format!("mark to cursor {}{hz}{rises}  ", length(m.span));
        x = canvas.parts(0, y, &[(&text, canvas.palette.tint(Color::Yellow))]);
    }
    let edge = wires.edge.as_deref().unwrap_or("no edge yet");
    canvas.text(x, y, edge, canvas.palette.dim());
}

/// The columns of mark and cursor.
fn markers(view: &View, canvas: &mut Canvas, bottom: usize) {
    let style = canvas.palette.chosen();
    let marks = [view.ui.look.mark, Some(view.wires.cursor)];
    for column in marks.into_iter().flatten().filter_map(|at| view.wires.column_of(at)) {
        for y in 1..bottom {
            canvas.restyle(usize::from(WIRE_LABEL) + column, y, style);
        }
    }
}
