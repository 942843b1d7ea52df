//! Which channel is which wire: by its name where it has one that boards know, else by what it does.
//!
//! 1. The clock is the channel whose rising edges come in eights between the edges of others: those are selects.
//! 2. XCS is the select under which opcode, register and 16 bits make sense; the data that do are MOSI. XDCS is the select with the
//!    most bytes of the rest.
//! 3. MISO moves under XCS only. While DREQ is low no byte begins. XRESET is low at first and then high.

use super::Change;
use crate::probes::transactions::Line;
use peripherals::kernel::Level;

/// The most channels that are compared: those with the most edges.
const MOST_COMPARED: usize = 16;

/// How a channel was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was said.
    Told,
    /// Its name.
    Name,
    /// What it does.
    Behaviour(String),
}

/// Which channel each wire is at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// By [`Line`]: the channel, and how it is known.
    pub lines: [Option<(u16, Why)>; 7],
}

impl Assignment {
    /// The channel of `line`.
    pub fn channel(&self, line: Line) -> Option<u16> {
        self.lines[line as usize].as_ref().map(|(channel, _)| *channel)
    }

    /// By channel: the line, for `channels` channels.
    pub fn by_channel(&self, channels: usize) -> Vec<Option<Line>> {
        let mut lines = vec![None; channels];
        for line in Line::ALL {
            if let Some(slot) = self.channel(line).and_then(|channel| lines.get_mut(usize::from(channel))) {
                *slot = Some(line);
            }
        }
        lines
    }

    fn has(&self, channel: usize) -> bool {
        self.lines.iter().flatten().any(|(known, _)| usize::from(*known) == channel)
    }

    fn set(&mut self, line: Line, channel: usize, why: Why) {
        if self.lines[line as usize].is_none() && !self.has(channel) {
            self.lines[line as usize] = Some((channel as u16, why));
        }
    }
}

/// The line that people call so; a scope before the name does not count.
pub fn line_named(name: &str) -> Option<Line> {
    let last = name.rsplit(['.', '/']).next().unwrap_or(name).trim().to_ascii_uppercase();
    match last.as_str() {
        "SCLK" | "SCK" | "CLK" => Some(Line::Sclk),
        "MOSI" | "SI" => Some(Line::Mosi),
        "MISO" | "SO" => Some(Line::Miso),
        "XCS" | "CS" => Some(Line::Xcs),
        "XDCS" | "DCS" => Some(Line::Xdcs),
        "DREQ" => Some(Line::Dreq),
        "XRESET" | "XRST" | "RESET" | "RST" => Some(Line::Xreset),
        _ => None,
    }
}

/// Completes `told` from the names of `channels` and from `changes`, the beginning of the recording.
pub fn guess(told: Assignment, channels: &[String], changes: &[Change]) -> Assignment {
    let mut found = told;
    for (channel, name) in channels.iter().enumerate() {
        if let Some(line) = line_named(name) {
            found.set(line, channel, Why::Name);
        }
    }
    if Line::ALL.into_iter().all(|line| found.channel(line).is_some()) {
        return found;
    }
    let mut edges = vec![0u64; channels.len()];
    changes.iter().for_each(|change| edges[usize::from(change.channel)] += 1);
    let mut active: Vec<usize> = (0..channels.len()).filter(|&channel| edges[channel] > 1).collect();
    active.sort_by_key(|&channel| (std::cmp::Reverse(edges[channel]), channel));
    active.truncate(MOST_COMPARED);
    let before = found.clone();
    let known = |line| before.channel(line).map(usize::from);
    let stretches = Stretches::count(changes, channels.len(), &active);
    let Some((clock, selects)) = stretches.clock(&active, known(Line::Sclk)) else { return found };
    let share = selects.iter().map(|&select| stretches.whole[clock][select]).sum::<u64>();
    let of = selects.iter().map(|&select| stretches.all[clock][select]).sum::<u64>();
    found.set(
        Line::Sclk,
        clock,
        Why::Behaviour(format!("{share} of {of} stretches under a select are whole bytes by its edges")),
    );
    let data: Vec<usize> = match known(Line::Mosi) {
        Some(channel) => vec![channel],
        None => active.iter().copied().filter(|channel| *channel != clock && !selects.contains(channel)).collect(),
    };
    let selects: Vec<usize> = selects
        .into_iter()
        .filter(|&select| !found.has(select) || known(Line::Xcs) == Some(select) || known(Line::Xdcs) == Some(select))
        .collect();
    let operations = Operations::count(changes, channels.len(), clock, &selects, &data);
    if let Some((select, channel, valid, all)) = operations.best(known(Line::Xcs)) {
        found.set(Line::Xcs, select, Why::Behaviour(format!("{valid} of {all} stretches under it are SCI operations")));
        found.set(Line::Mosi, channel, Why::Behaviour("with it as data they are".into()));
    } else if let Some(&channel) = data.first() {
        // Nothing makes sense, and the judge is to say why: the data line is what moves most.
        found.set(Line::Mosi, channel, Why::Behaviour("it moves most while a select is low".into()));
    }
    let bytes = |select: usize| stretches.clocks[clock][select] / 8;
    let rest = selects.iter().copied().filter(|&select| !found.has(select)).max_by_key(|&select| bytes(select));
    if let Some(select) = rest {
        found.set(Line::Xdcs, select, Why::Behaviour(format!("{} bytes under it", bytes(select))));
    }
    others(&mut found, changes, channels.len(), &edges);
    found
}

/// MISO, DREQ and XRESET, once the rest is known.
fn others(found: &mut Assignment, changes: &[Change], count: usize, edges: &[u64]) {
    let (xcs, xdcs) = (found.channel(Line::Xcs).map(usize::from), found.channel(Line::Xdcs).map(usize::from));
    let clock = found.channel(Line::Sclk).map(usize::from);
    let mut levels = vec![None; count];
    let mut under_xcs = vec![0u64; count];
    let mut begun_high = vec![0u64; count];
    let (mut begun, mut fresh) = (0u64, false);
    let mut first_command = None;
    let mut low_after = vec![false; count];
    for (index, change) in changes.iter().enumerate() {
        let channel = usize::from(change.channel);
        let high = change.level.is_high();
        let is_low =
            |levels: &[Option<bool>], line: Option<usize>| line.is_some_and(|line| levels[line] == Some(false));
        if levels[channel].is_some() && is_low(&levels, xcs) {
            under_xcs[channel] += 1;
        }
        levels[channel] = Some(high);
        if Some(channel) == xdcs {
            fresh = !high;
        }
        if Some(channel) == xcs && !high && levels.iter().any(Option::is_some) {
            first_command.get_or_insert(index);
        }
        if first_command.is_some() && !high {
            low_after[channel] = true;
        }
        // The first clock of a stretch of data.
        if Some(channel) == clock && high && fresh && is_low(&levels, xdcs) {
            fresh = false;
            begun += 1;
            for (channel, level) in levels.iter().enumerate() {
                begun_high[channel] += u64::from(*level == Some(true));
            }
        }
    }
    let free = |found: &Assignment| (0..count).filter(|&channel| !found.has(channel)).collect::<Vec<_>>();
    let moves = |channel: usize| edges[channel].saturating_sub(1);
    let miso = free(found)
        .into_iter()
        .filter(|&c| moves(c) > 0 && under_xcs[c] * 10 >= moves(c) * 9)
        .max_by_key(|&c| moves(c));
    // What was low at the start, before any command, and never again, is a reset; DREQ falls with every command.
    let reset = free(found)
        .into_iter()
        .find(|&c| Some(c) != miso && moves(c) > 0 && moves(c) < 20 && levels[c] == Some(true) && !low_after[c]);
    if let Some(channel) = miso {
        found.set(
            Line::Miso,
            channel,
            Why::Behaviour(format!("{} of its {} edges are under XCS", under_xcs[channel], moves(channel))),
        );
    }
    if let Some(channel) = reset {
        found.set(Line::Xreset, channel, Why::Behaviour("it was low before the first command, and then high".into()));
    }
    let dreq = free(found)
        .into_iter()
        .filter(|&c| moves(c) > 0 && begun > 0 && begun_high[c] * 10 >= begun * 9)
        .max_by_key(|&c| moves(c));
    if let Some(channel) = dreq {
        found.set(
            Line::Dreq,
            channel,
            Why::Behaviour(format!("it was high at {} of {begun} beginnings of data", begun_high[channel])),
        );
    }
}

/// For each two channels: how often the second was low, how many rising edges of the first there were then.
struct Stretches {
    /// Stretches with an edge, those of whole bytes, and the edges in these.
    all: Vec<Vec<u64>>,
    whole: Vec<Vec<u64>>,
    clocks: Vec<Vec<u64>>,
}

impl Stretches {
    fn count(changes: &[Change], count: usize, active: &[usize]) -> Self {
        let table = || vec![vec![0u64; count]; count];
        let mut found = Self { all: table(), whole: table(), clocks: table() };
        let mut rises = vec![0u64; count];
        let mut at_fall: Vec<Option<Vec<u64>>> = vec![None; count];
        let mut levels: Vec<Option<Level>> = vec![None; count];
        let compared: Vec<bool> = (0..count).map(|channel| active.contains(&channel)).collect();
        for change in changes {
            let channel = usize::from(change.channel);
            let first = levels[channel].replace(change.level).is_none();
            if first || !compared[channel] {
                continue;
            }
            if !change.level.is_high() {
                at_fall[channel] = Some(rises.clone());
                continue;
            }
            rises[channel] += 1;
            let Some(then) = at_fall[channel].take() else { continue };
            for &clock in active {
                let edges = rises[clock] - then[clock];
                if clock != channel && edges > 0 {
                    found.all[clock][channel] += 1;
                    if edges.is_multiple_of(8) {
                        found.whole[clock][channel] += 1;
                        found.clocks[clock][channel] += edges;
                    }
                }
            }
        }
        found
    }

    /// The clock, and its selects.
    fn clock(&self, active: &[usize], known: Option<usize>) -> Option<(usize, Vec<usize>)> {
        let selects = |clock: usize| -> Vec<usize> {
            let good = |&select: &usize| {
                let (whole, all) = (self.whole[clock][select], self.all[clock][select]);
                select != clock && whole > 0 && whole * 10 >= all * 8
            };
            active.iter().copied().filter(good).collect()
        };
        let clocks = |&clock: &usize| selects(clock).iter().map(|&select| self.clocks[clock][select]).sum::<u64>();
        let best = match known {
            Some(clock) => clock,
            None => active.iter().copied().max_by_key(clocks).filter(|clock| clocks(clock) > 0)?,
        };
        Some((best, selects(best)))
    }
}

/// For each select and each data line: what looks like SCI operations.
struct Operations {
    /// Select, data, operations that make sense, stretches of a command's length or more.
    rows: Vec<(usize, usize, u64, u64)>,
}

impl Operations {
    fn count(changes: &[Change], count: usize, clock: usize, selects: &[usize], data: &[usize]) -> Self {
        let mut levels = vec![false; count];
        // By select: clocks, and by data line the first 32 bits at either edge.
        let mut heads = vec![(0u32, 0u32, vec![[0u32; 2]; data.len()]); selects.len()];
        let mut rows: Vec<Vec<(u64, [u64; 2])>> = vec![vec![(0, [0; 2]); data.len()]; selects.len()];
        for change in changes {
            let channel = usize::from(change.channel);
            let high = change.level.is_high();
            levels[channel] = high;
            if channel == clock {
                for (place, _) in selects.iter().enumerate().filter(|(_, select)| !levels[**select]) {
                    let (rises, falls, bits) = &mut heads[place];
                    let (edge, seen) = if high { (0, rises) } else { (1, falls) };
                    if *seen < 32 {
                        bits.iter_mut().zip(data).for_each(|(head, &line)| {
                            head[edge] = head[edge] << 1 | u32::from(levels[line]);
                        });
                    }
                    *seen = seen.saturating_add(1);
                }
            } else if let Some(place) = selects.iter().position(|&select| select == channel) {
                let (rises, falls, bits) = &mut heads[place];
                if high && *rises >= 16 {
                    for (row, head) in rows[place].iter_mut().zip(bits.iter()) {
                        row.0 += 1;
                        let seen = [*rises, *falls];
                        for edge in 0..2 {
                            row.1[edge] += u64::from(makes_sense(head[edge], seen[edge]));
                        }
                    }
                }
                (*rises, *falls) = (0, 0);
                bits.iter_mut().for_each(|head| *head = [0; 2]);
            }
        }
        let flat = |(place, row): (usize, &Vec<(u64, [u64; 2])>)| {
            let of = |(line, (all, valid)): (usize, &(u64, [u64; 2]))| {
                (selects[place], data[line], valid[0].max(valid[1]), *all)
            };
            row.iter().enumerate().map(of).collect::<Vec<_>>()
        };
        Self { rows: rows.iter().enumerate().flat_map(flat).collect() }
    }

    /// The pair that makes most sense, half of its stretches at least.
    fn best(&self, xcs: Option<usize>) -> Option<(usize, usize, u64, u64)> {
        let fits =
            |row: &&(usize, usize, u64, u64)| xcs.is_none_or(|xcs| xcs == row.0) && row.2 > 0 && row.2 * 2 >= row.3;
        self.rows.iter().filter(fits).max_by_key(|row| (row.2 * 100 / row.3.max(1), row.2)).copied()
    }
}

/// Opcode and register of an operation of 32 bits or more, either way round.
fn makes_sense(head: u32, bits: u32) -> bool {
    let valid = |head: u32| matches!(head >> 16, 0x0200..=0x020F | 0x0300..=0x030F);
    let turned = u32::from_be_bytes(head.to_be_bytes().map(u8::reverse_bits));
    bits >= 32 && bits.is_multiple_of(8) && (valid(head) || valid(turned))
}
