//! What the user looks at, and how keys change it: plain data, and no more than that.

use super::keys::Action;
use super::view::Command;
use peripherals::kernel::{Instant, Span};

/// A page of the screen; on a large one the first shows much of what the others do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The song, the meters, and what else there is room for.
    #[default]
    Play,
    /// The wires and what is said on them.
    Wires,
    /// The chip's registers.
    Chip,
    /// The board with its LEDs and buttons.
    Board,
    /// The firmware's text.
    Console,
    /// Diagnostics.
    Findings,
}

impl Page {
    /// All of them, in the order of their keys.
    pub const ALL: [Self; 6] = [Self::Play, Self::Wires, Self::Chip, Self::Board, Self::Console, Self::Findings];

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Play => "Play",
            Self::Wires => "Wires",
            Self::Chip => "Chip",
            Self::Board => "Board",
            Self::Console => "Console",
            Self::Findings => "Diagnostics",
        }
    }

    fn turned(self, by: usize) -> Self {
        Self::ALL[(self as usize + by) % Self::ALL.len()]
    }
}

/// Time that a column of wires can be: 1, 2, 5 and so on from 1 ns to 1 s.
pub const SCALES: usize = 28;
/// The scale at the start: 200 ns, in which a byte of bit-banged SPI is some columns wide.
const FIRST_SCALE: usize = 7;

/// The time of a column at `scale`.
pub fn step_of(scale: usize) -> Span {
    let scale = scale.min(SCALES - 1);
    Span::from_ns([1, 2, 5][scale % 3] * 10u64.pow(scale as u32 / 3))
}

/// Where in time, and how closely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// How much time a column is: see [`step_of`].
    pub scale: usize,
    /// The moment that is looked at; `None`: the present, whenever that is.
    pub at: Option<Instant>,
    /// The first column's beginning, while a moment is looked at.
    pub from: Instant,
    /// Where measuring begins.
    pub mark: Option<Instant>,
    /// The wire whose edges are gone to, by its place on the screen.
    pub wire: usize,
    /// Columns of wires on the screen.
    pub columns: usize,
}

impl Default for Look {
    fn default() -> Self {
        Self { scale: FIRST_SCALE, at: None, from: Instant::ZERO, mark: None, wire: 0, columns: 60 }
    }
}

impl Look {
    /// The time of a column.
    pub fn step(&self) -> Span {
        step_of(self.scale)
    }

    /// When the first column begins, `now` being the present. Borders of columns lie on whole steps, so that a picture that
    /// moves does not flicker.
    pub fn begin(&self, now: Instant) -> Instant {
        if self.at.is_some() {
            return self.from;
        }
        let step = self.step().as_ps();
        let end = now.as_ps() / step + 1;
        Instant::from_ps(end.saturating_sub(self.columns as u64).saturating_mul(step))
    }

    /// Looks at `at`, and lets the window follow when it is out of sight.
    pub fn go_to(&mut self, at: Instant, now: Instant) {
        if self.at.is_none() {
            self.from = self.begin(now);
        }
        self.at = Some(at);
        self.keep_in_sight();
    }

    fn keep_in_sight(&mut self) {
        let (Some(at), step) = (self.at, self.step().as_ps()) else { return };
        let width = step.saturating_mul(self.columns as u64);
        let margin = step.saturating_mul(self.columns as u64 / 8);
        let (at, from) = (at.as_ps(), self.from.as_ps());
        if at < from {
            self.from = aligned(at.saturating_sub(margin), step);
        } else if at >= from.saturating_add(width) {
            self.from = aligned(at.saturating_sub(width.saturating_sub(margin + step)), step);
        }
    }

    fn zoom(&mut self, scale: usize, now: Instant) {
        let before = self.step().as_ps();
        let begin = self.begin(now).as_ps();
        self.scale = scale.min(SCALES - 1);
        if let Some(at) = self.at {
            // The moment stays in its column.
            let column = at.as_ps().saturating_sub(begin) / before;
            let step = self.step().as_ps();
            self.from = aligned(at.as_ps().saturating_sub(column.saturating_mul(step)), step);
            self.keep_in_sight();
        }
    }

    fn shift(&mut self, columns: i64, now: Instant, oldest: Instant) {
        let step = i128::from(self.step().as_ps()) * i128::from(columns);
        let at = self.at.unwrap_or(now);
        let ps = (i128::from(at.as_ps()) + step).clamp(i128::from(oldest.as_ps()), i128::from(now.as_ps()));
        self.go_to(Instant::from_ps(ps as u64), now);
    }
}

fn aligned(ps: u64, step: u64) -> Instant {
    Instant::from_ps(ps / step * step)
}

/// What the user looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ui {
    /// The page.
    pub page: Page,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Help covers it.
    pub help: bool,
    /// Keys go to the firmware.
    pub typing: bool,
    /// Where in time.
    pub look: Look,
    /// Lines that the console is scrolled up.
    pub console_up: usize,
    /// Lines that the other lists are scrolled down.
    pub down: usize,
}

/// What [`Ui::apply`] has to know of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The present.
    pub now: Instant,
    /// Since when everything is kept.
    pub oldest: Instant,
    /// Wires on the screen.
    pub wires: usize,
    /// Lines of console that are kept.
    pub lines: usize,
    /// The firmware has a port that can be typed to.
    pub can_type: bool,
}

/// Columns that the cursor jumps with Shift or Ctrl.
const JUMP: i64 = 10;

impl Ui {
    /// Does `action`; what the run has to do about it comes back.
    pub fn apply(&mut self, action: Action, facts: Facts) -> Option<Command> {
        let (now, oldest) = (facts.now, facts.oldest);
        match action {
            Action::Run(command) => return Some(command),
            Action::Help => self.help = !self.help,
            Action::Back if self.help => self.help = false,
            Action::Back if self.typing => self.typing = false,
            Action::Back => (self.look.at, self.console_up, self.down) = (None, 0, 0),
            Action::Page(page) => (self.page, self.down) = (page, 0),
            Action::Turn { forward } => {
                let by = if forward { 1 } else { Page::ALL.len() - 1 };
                (self.page, self.down) = (self.page.turned(by), 0);
            }
            Action::Type if facts.can_type => (self.typing, self.console_up) = (true, 0),
            Action::Type => {}
            Action::Left { far } => self.look.shift(if far { -JUMP } else { -1 }, now, oldest),
            Action::Right { far } => self.look.shift(if far { JUMP } else { 1 }, now, oldest),
            Action::Up => self.vertical(-1, facts),
            Action::Down => self.vertical(1, facts),
            Action::ScreenUp => self.scroll(-self.screenful(), facts),
            Action::ScreenDown => self.scroll(self.screenful(), facts),
            Action::ZoomIn => self.look.zoom(self.look.scale.saturating_sub(1), now),
            Action::ZoomOut => self.look.zoom(self.look.scale + 1, now),
            Action::Oldest => self.look.go_to(oldest, now),
            Action::Present => (self.look.at, self.console_up, self.down) = (None, 0, 0),
            Action::Mark => {
                let here = self.look.at.unwrap_or(now);
                self.look.mark = if self.look.mark == Some(here) { None } else { Some(here) };
            }
            Action::Wire { forward } => {
                let count = facts.wires.max(1);
                let by = if forward { 1 } else { count - 1 };
                self.look.wire = (self.look.wire.min(count - 1) + by) % count;
            }
        }
        None
    }

    fn vertical(&mut self, by: i64, facts: Facts) {
        match self.page {
            Page::Play | Page::Wires if by < 0 => self.look.zoom(self.look.scale.saturating_sub(1), facts.now),
            Page::Play | Page::Wires => self.look.zoom(self.look.scale + 1, facts.now),
            Page::Chip | Page::Board | Page::Console | Page::Findings => self.scroll(by, facts),
        }
    }

    fn screenful(&self) -> i64 {
        i64::from((self.size.1 / 2).max(1))
    }

    fn scroll(&mut self, by: i64, facts: Facts) {
        let moved = |from: usize, by: i64, most: usize| {
            usize::try_from((from as i64).saturating_add(by).max(0)).unwrap_or(0).min(most)
        };
        match self.page {
            Page::Chip | Page::Board | Page::Findings => self.down = moved(self.down, by, 10_000),
            Page::Play | Page::Wires | Page::Console => self.console_up = moved(self.console_up, -by, facts.lines),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ns: u64) -> Instant {
        Instant::ZERO + Span::from_ns(ns)
    }

    fn facts() -> Facts {
        Facts { now: at(1_000_000), oldest: at(1_000), wires: 3, lines: 50, can_type: true }
    }

    #[test]
    fn scales_go_from_a_nanosecond_to_a_second() {
        assert_eq!([0, 1, 2, 3].map(step_of), [1, 2, 5, 10].map(Span::from_ns));
        assert_eq!((step_of(SCALES - 1), step_of(999)), (Span::from_ms(1_000), Span::from_ms(1_000)));
        assert_eq!(step_of(FIRST_SCALE), Span::from_ns(200));
    }

    #[test]
    fn moving_leaves_the_present_and_stays_within_what_is_kept() {
        let mut ui = Ui::default();
        let present = ui.look.begin(facts().now);
        assert!(present + step_of(FIRST_SCALE) <= facts().now);
        ui.apply(Action::Left { far: false }, facts());
        assert_eq!((ui.look.at, ui.look.from), (Some(at(999_800)), present), "the window stands still");
        ui.apply(Action::Right { far: true }, facts());
        assert_eq!(ui.look.at, Some(facts().now), "not into the future");
        ui.apply(Action::Oldest, facts());
        assert_eq!(ui.look.at, Some(at(1_000)));
        assert!(ui.look.from <= at(1_000), "in sight");
        ui.apply(Action::Left { far: true }, facts());
        assert_eq!(ui.look.at, Some(at(1_000)));
        ui.apply(Action::Present, facts());
        assert_eq!(ui.look.at, None);
    }

    #[test]
    fn the_cursor_is_always_in_sight_and_a_zoom_keeps_its_column() {
        let mut ui = Ui::default();
        let column = |ui: &Ui| (ui.look.at.unwrap().as_ps() - ui.look.from.as_ps()) / ui.look.step().as_ps();
        for n in 0..3_000 {
            let action = match n % 7 {
                0 | 5 => Action::Left { far: n % 2 == 0 },
                1 => Action::ZoomIn,
                2 if n % 3 == 0 => Action::ZoomOut,
                3 if n % 5 == 0 => Action::Right { far: true },
                _ => Action::Left { far: false },
            };
            let before = ui.look.at.map(|_| column(&ui));
            let zoom = matches!(action, Action::ZoomIn | Action::ZoomOut);
            ui.apply(action, facts());
            if ui.look.at.is_some() {
                assert!(column(&ui) < ui.look.columns as u64, "{n} {:?}", ui.look);
                if let (true, Some(before)) = (zoom, before) {
                    assert!(column(&ui).abs_diff(before) <= 1, "{n} {before} {:?}", ui.look);
                }
            }
        }
    }

    #[test]
    fn escape_goes_back_one_thing_at_a_time() {
        let mut ui = Ui::default();
        ui.apply(Action::Type, facts());
        ui.apply(Action::Help, facts());
        ui.apply(Action::Left { far: false }, facts());
        ui.apply(Action::Back, facts());
        assert!(!ui.help && ui.typing && ui.look.at.is_some());
        ui.apply(Action::Back, facts());
        assert!(!ui.typing && ui.look.at.is_some());
        ui.apply(Action::Back, facts());
        assert_eq!(ui.look.at, None);
        ui.apply(Action::Type, Facts { can_type: false, ..facts() });
        assert!(!ui.typing, "nobody would read it");
    }

    #[test]
    fn lists_scroll_within_their_bounds() {
        let mut ui = Ui { page: Page::Console, size: (80, 24), ..Ui::default() };
        for _ in 0..10 {
            ui.apply(Action::ScreenUp, facts());
        }
        assert_eq!(ui.console_up, 50);
        for _ in 0..10 {
            ui.apply(Action::ScreenDown, facts());
        }
        ui.apply(Action::Up, facts());
        assert_eq!(ui.console_up, 1);
        ui.apply(Action::Turn { forward: true }, facts());
        ui.apply(Action::Down, facts());
        assert_eq!((ui.page, ui.down), (Page::Findings, 1));
        ui.apply(Action::Turn { forward: true }, facts());
        assert_eq!((ui.page, ui.down), (Page::Play, 0));
    }

    #[test]
    fn the_mark_is_set_and_taken_away_and_wires_are_gone_through() {
        let mut ui = Ui::default();
        ui.apply(Action::Mark, facts());
        assert_eq!(ui.look.mark, Some(facts().now));
        ui.apply(Action::Mark, facts());
        assert_eq!(ui.look.mark, None);
        let wires: Vec<usize> = (0..4)
            .map(|_| {
                ui.apply(Action::Wire { forward: true }, facts());
                ui.look.wire
            })
            .collect();
        assert_eq!(wires, [1, 2, 0, 1]);
        ui.apply(Action::Wire { forward: false }, Facts { wires: 0, ..facts() });
        assert_eq!(ui.look.wire, 0);
    }
}
