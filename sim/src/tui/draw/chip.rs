//! The chip's registers, by name, with their fields.

use super::frame::{Canvas, frequency};
use crate::tui::registers::fields;
use crate::tui::view::View;
use peripherals::chips::vs1053::REGISTERS;
use ratatui::style::{Color, Style};

pub(super) fn draw(view: &View, canvas: &mut Canvas) {
    let Some(chip) = &view.chip else {
        canvas.rule("chip ", "");
        return canvas.text(0, 1, "no chip that plays on this board", Style::new());
    };
    canvas.rule(&format!("{} ", chip.name), "as it is now");
    let mut lines: Vec<(String, Style)> = Vec::new();
    for (address, name) in REGISTERS.iter().enumerate() {
        let value = chip.registers[address];
        let text = format!("{address:X} {name:<12}{value:04X}  {}", fields(address as u8, value));
        let changed = chip.changed >> address & 1 == 1;
        lines.push((text, if changed { canvas.palette.tint(Color::Yellow) } else { Style::new() }));
    }
    let dreq = match view.dreq {
        Some(true) => "high",
        Some(false) => "low",
        None => "not wired",
    };
    let state = if chip.booted { "running" } else { "in reset or booting" };
    lines.push((format!("CLKI {}, DREQ {dreq}, {state}", frequency(f64::from(chip.clki_hz))), Style::new()));
    let [reads, writes] = chip.accesses;
    lines.push((format!("SCI {reads} reads, {writes} writes; SDI {} bytes", chip.sdi_bytes), Style::new()));
    let codec = view.stream.as_ref().map_or("none", |stream| stream.codec.as_str());
    lines.push((
        format!(
            "codec {codec}; FIFO {} of {}; {} samples to be heard",
            view.fifo_bytes, view.fifo_capacity, chip.audio_frames
        ),
        Style::new(),
    ));
    let rows = canvas.height().saturating_sub(1);
    let skip = view.ui.down.min(lines.len().saturating_sub(rows));
    for (y, (text, style)) in (1..).zip(lines.iter().skip(skip).take(rows)) {
        canvas.text(0, y, text, *style);
    }
    if lines.len() + 4 <= rows {
        super::play::draw(view, &mut canvas.rows_from(lines.len() + 2));
    }
}
