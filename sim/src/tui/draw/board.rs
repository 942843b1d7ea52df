//! The board as it lies on the table: the SoC with its LEDs and buttons at the left, chips at the right, the wires between them.

use super::changes::same_board;
use super::frame::Canvas;
use crate::tui::board::{Hue, Lamp, Strand, Way};
use crate::tui::view::View;
use ratatui::style::{Color, Style};

/// Columns of a chip's box.
const CHIP: usize = 12;
/// Columns of a wire with its pin's name.
const WIRE: usize = 16;

pub(super) fn draw(before: Option<&View>, view: &View, canvas: &mut Canvas) {
    let parts = &view.parts;
    let (width, height) = (canvas.width(), canvas.height());
    let chips = chips(&parts.strands);
    if let Some(before) = before.filter(|before| same_board(before, view)) {
        let strands = || chips.iter().flat_map(|chip| (chip.row + 1..).zip(&chip.strands));
        let is_new = |strand: &Strand| !before.parts.strands.contains(strand);
        let changed: Vec<usize> = strands().filter(|(_, strand)| is_new(strand)).map(|(row, _)| row).collect();
        (0..height).filter(|row| !changed.contains(row)).for_each(|row| canvas.keep(row, row + 1));
    }
    canvas.rule(&format!("{} ", view.board), "");
    let right = if chips.is_empty() { 0 } else { WIRE + CHIP };
    let inner = parts.lamps.len() + parts.switches.len() + 3;
    let wires = parts.strands.len() + 2 * chips.len();
    let tall = (inner.max(wires.saturating_sub(2)) + 2).min(height.saturating_sub(1));
    let wide = width.saturating_sub(right).min(44);
    outline(canvas, 0, 1, wide, tall);
    inside(view, canvas, wide, tall);
    for chip in &chips {
        outline(canvas, wide + WIRE, chip.row, CHIP, chip.strands.len() + 2);
        canvas.text_within(wide + WIRE + 1, chip.row, CHIP - 2, chip.name, canvas.palette.bold());
        for (row, strand) in (chip.row + 1..).zip(&chip.strands) {
            wire(canvas, wide, row, strand);
        }
    }
    let mut row = (1 + tall).max(1 + wires);
    if row < height {
        canvas.text(0, row, &parts.description, canvas.palette.dim());
        row += 1;
    }
    pins(view, canvas, row);
}

/// A chip beside the board.
struct Chip<'a> {
    name: &'a str,
    /// The first row of its box.
    row: usize,
    strands: Vec<&'a Strand>,
}

/// Chips in the order of their first wires, one below the other.
fn chips(strands: &[Strand]) -> Vec<Chip<'_>> {
    let mut chips: Vec<Chip> = Vec::new();
    for strand in strands {
        match chips.iter_mut().find(|chip| *chip.name == *strand.chip) {
            Some(chip) => chip.strands.push(strand),
            None => chips.push(Chip { name: &strand.chip, row: 0, strands: vec![strand] }),
        }
    }
    let mut row = 1;
    for chip in &mut chips {
        chip.row = row;
        row += chip.strands.len() + 2;
    }
    chips
}

fn outline(canvas: &mut Canvas, x: usize, y: usize, width: usize, height: usize) {
    if width < 2 || height < 2 {
        return;
    }
    let style = canvas.palette.dim();
    for column in x..x + width {
        canvas.put(column, y, '\u{2500}', style);
        canvas.put(column, y + height - 1, '\u{2500}', style);
    }
    for row in y..y + height {
        canvas.put(x, row, '\u{2502}', style);
        canvas.put(x + width - 1, row, '\u{2502}', style);
    }
    let corners = [(x, y, '\u{250c}'), (x + width - 1, y, '\u{2510}'), (x, y + height - 1, '\u{2514}')];
    for (x, y, c) in corners.into_iter().chain([(x + width - 1, y + height - 1, '\u{2518}')]) {
        canvas.put(x, y, c, style);
    }
}

fn inside(view: &View, canvas: &mut Canvas, wide: usize, tall: usize) {
    let parts = &view.parts;
    let bottom = tall;
    if parts.usb {
        for row in 2..5.min(bottom) {
            canvas.put(0, row, '\u{2551}', canvas.palette.bold());
        }
        canvas.text_within(2, 3, wide.saturating_sub(3), "USB", canvas.palette.bold());
    }
    if wide >= 26 {
        let x = wide / 2 - 2;
        outline(canvas, x, 2, 12, 3.min(bottom.saturating_sub(2)));
        if bottom > 3 {
            canvas.text_within(x + 2, 3, 8, "nRF52840", canvas.palette.bold());
        }
    }
    let mut y = 5;
    for led in &parts.lamps {
        if y >= bottom {
            return;
        }
        lamp(canvas, y, wide, led);
        y += 1;
    }
    for button in &parts.switches {
        if y >= bottom {
            return;
        }
        let key = button.key.map_or(String::new(), |key| format!("[{key}] "));
        let state = if button.pressed { "pressed" } else { "open" };
        let style = if button.pressed { canvas.palette.chosen() } else { Style::new() };
        canvas.text_within(2, y, wide.saturating_sub(3), &format!("{key}{} ", button.name), style);
        let text = format!("{state} {}", button.pin);
        let x = wide.saturating_sub(text.len() + 2);
        canvas.text(x, y, &text, canvas.palette.dim());
        y += 1;
    }
}

fn lamp(canvas: &mut Canvas, y: usize, wide: usize, led: &Lamp) {
    let (dot, state) = match led.permille {
        0 => ('\u{25cb}', "off".to_owned()),
        1..=979 => ('\u{25c9}', format!("{} %", led.permille.div_ceil(10))),
        _ => ('\u{25cf}', "on".to_owned()),
    };
    let colour = match led.hue {
        Hue::Red => Color::Red,
        Hue::Green => Color::Green,
        Hue::Blue => Color::Blue,
        Hue::Yellow => Color::Yellow,
        Hue::White => Color::White,
    };
    let lit = canvas.palette.tint(colour).patch(canvas.palette.bold());
    let style = if led.permille == 0 { canvas.palette.dim() } else { lit };
    canvas.put(2, y, dot, style);
    canvas.text_within(4, y, wide.saturating_sub(5), &led.name, style);
    let text = format!("{state} {}", led.pin);
    canvas.text(wide.saturating_sub(text.len() + 2), y, &text, canvas.palette.dim());
}

/// From the board's edge to the chip's: the pin, who drives it, the level.
fn wire(canvas: &mut Canvas, x: usize, y: usize, strand: &Strand) {
    let style = level_style(canvas, strand);
    canvas.text(x + 1, y, &strand.pin, canvas.palette.dim());
    let from = x + 7;
    for column in from..x + WIRE - 2 {
        canvas.put(column, y, if strand.high { '\u{2501}' } else { '\u{2500}' }, style);
    }
    let middle = from + (WIRE - 9) / 2;
    let arrow = match strand.way {
        Way::Out => '\u{25b6}',
        Way::In => '\u{25c0}',
        Way::Pulled => '~',
        Way::Floating => '?',
    };
    canvas.put(middle, y, arrow, style);
    canvas.put(x + WIRE - 2, y, if strand.high { '1' } else { '0' }, style);
    canvas.text_within(x + WIRE + 1, y, CHIP - 2, &strand.signal, Style::new());
}

fn level_style(canvas: &Canvas, strand: &Strand) -> Style {
    match (strand.moved, strand.high) {
        (true, _) => canvas.palette.tint(Color::Yellow).patch(canvas.palette.bold()),
        (false, true) => canvas.palette.tint(Color::Green),
        (false, false) => canvas.palette.dim(),
    }
}

/// Pins in use that lead to no chip, in columns.
fn pins(view: &View, canvas: &mut Canvas, mut y: usize) {
    let pins = &view.parts.pins;
    if pins.is_empty() || y >= canvas.height() {
        return;
    }
    canvas.text(0, y, "other pins in use", canvas.palette.dim());
    y += 1;
    let each = 26;
    let columns = (canvas.width() / each).max(1);
    for (index, pin) in pins.iter().enumerate() {
        let (x, y) = (index % columns * each, y + index / columns);
        let way = match pin.way {
            Way::Out => "out",
            Way::In => "in",
            Way::Pulled => "pull",
            Way::Floating => "open",
        };
        let level = u8::from(pin.high);
        let text = if pin.signal == pin.pin {
            format!("{} {way} {level}", pin.pin)
        } else {
            format!("{} {way} {level} {}", pin.pin, pin.signal)
        };
        let style = level_style(canvas, pin);
        canvas.text_within(x, y, each - 1, &text, style);
    }
}
