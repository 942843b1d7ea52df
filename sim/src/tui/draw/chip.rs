//! The chip's registers, by name, with their fields.

use super::frame::{Canvas, frequency};
use crate::tui::registers::fields;
use crate::tui::view::{ChipView, View};
use peripherals::chips::vs1053::REGISTERS;
use ratatui::style::{Color, Style};

pub(super) fn draw(before: Option<&View>, view: &View, canvas: &mut Canvas) {
    let Some(chip) = &view.chip else {
        canvas.rule("chip ", "");
        return canvas.text(0, 1, "no chip that plays on this board", Style::new());
    };
    canvas.rule(&format!("{} ", chip.name), "as it is now");
    let register = |chip: &ChipView, address: usize| (chip.registers[address], chip.changed >> address & 1 == 1);
    let before = before.filter(|before| before.ui.down == view.ui.down).and_then(|before| before.chip.as_ref());
    // What stays on the screen as it is has no text.
    let mut lines: Vec<Option<(String, Style)>> = Vec::new();
    for (address, name) in REGISTERS.iter().enumerate() {
        let (value, changed) = register(chip, address);
        if before.is_some_and(|before| register(before, address) == (value, changed)) {
            lines.push(None);
            continue;
        }
        let text = format!("{address:X} {name:<12}{value:04X}  {}", fields(address as u8, value));
        lines.push(Some((text, if changed { canvas.palette.tint(Color::Yellow) } else { Style::new() })));
    }
    let dreq = match view.dreq {
        Some(true) => "high",
        Some(false) => "low",
        None => "not wired",
    };
    let state = if chip.booted { "running" } else { "in reset or booting" };
    let [reads, writes] = chip.accesses;
    let codec = view.stream.as_ref().map_or("none", |stream| stream.codec.as_str());
    let (fifo, size, samples) = (view.fifo_bytes, view.fifo_capacity, chip.audio_frames);
    let rest = [
        format!("CLKI {}, DREQ {dreq}, {state}", frequency(f64::from(chip.clki_hz))),
        format!("SCI {reads} reads, {writes} writes; SDI {} bytes", chip.sdi_bytes),
        format!("codec {codec}; FIFO {fifo} of {size}; {samples} samples to be heard"),
    ];
    lines.extend(rest.map(|text| Some((text, Style::new()))));
    let rows = canvas.height().saturating_sub(1);
    let skip = view.ui.down.min(lines.len().saturating_sub(rows));
    for (y, line) in (1..).zip(lines.iter().skip(skip).take(rows)) {
        match line {
            Some((text, style)) => canvas.text(0, y, text, *style),
            None => canvas.keep(y, y + 1),
        }
    }
    if lines.len() + 4 <= rows {
        super::play::draw(view, &mut canvas.rows_from(lines.len() + 2));
    }
}
