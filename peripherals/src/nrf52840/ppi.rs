//! PPI: events of blocks trigger tasks of others without the core (nRF52840 Product Specification v1.7, PPI).
//!
//! 1. A task is triggered at the first edge of PCLK16M behind its event: 62.5 ns later when the event comes at an edge itself, as
//!    those of the timers do, and else less (the manual's "up to one clock period"). Shortcuts inside a block have no such delay.
//! 2. An event that happens while its flag is still set goes through all the same; a flag that software sets does not (inferred).
//! 3. Which channels are enabled counts when the event happens, not when the task is triggered (guess).
//! 4. Tasks of one edge: one that several channels trigger is triggered once; a group's EN wins over DIS (the manual); of OUT,
//!    CLR and SET of a GPIOTE channel the first wins (remembered). Else they go in the order of their events and channels.
//! 5. EEP that is no EVENTS register, or TEP that is no TASKS register, does nothing, with the fault `ppi-endpoint`.
//! 6. Channels that feed each other run at 16 MHz, as on the chip, with the note `ppi-loop`.

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::lint::{PPI_ENDPOINT, PPI_LOOP};
use super::map;
use crate::kernel::{Cx, Instant, Refusal, registers};

registers! { pub PPI, "nRF52840 PS v1.7, PPI, Registers";
    0x000 TASKS_CHG_EN[6 step 8] W;
    0x004 TASKS_CHG_DIS[6 step 8] W;
    0x500 CHEN RW;
    0x504 CHENSET RW;
    0x508 CHENCLR RW;
    0x510 CH_EEP[20 step 8] RW;
    0x514 CH_TEP[20 step 8] RW;
    0x800 CHG[6] RW;
    0x910 FORK_TEP[32] RW;
}

/// Channels whose EEP and TEP software decides.
const PROGRAMMABLE: usize = 20;
const CHANNELS: usize = 32;

const TIMER0_COMPARE0: u32 = 0x4000_8140;
const RTC0_COMPARE0: u32 = 0x4000_B140;
const RADIO_TXEN: u32 = 0x4000_1000;
const RADIO_RXEN: u32 = 0x4000_1004;
const RADIO_ADDRESS: u32 = 0x4000_1104;
/// EEP and TEP of channels 20 to 31 (PS v1.7, PPI, "Pre-programmed channels").
const FIXED: [(u32, u32); CHANNELS - PROGRAMMABLE] = [
    (TIMER0_COMPARE0, RADIO_TXEN),
    (TIMER0_COMPARE0, RADIO_RXEN),
    // TIMER0.COMPARE[1] to RADIO.DISABLE.
    (TIMER0_COMPARE0 + 4, 0x4000_1010),
    // RADIO.BCMATCH to AAR.START, READY to CCM.KSGEN, ADDRESS to CCM.CRYPT.
    (0x4000_1128, 0x4000_F000),
    (0x4000_1100, 0x4000_F000),
    (RADIO_ADDRESS, 0x4000_F004),
    // RADIO.ADDRESS to TIMER0.CAPTURE[1], END to CAPTURE[2].
    (RADIO_ADDRESS, 0x4000_8044),
    (0x4000_110C, 0x4000_8048),
    (RTC0_COMPARE0, RADIO_TXEN),
    (RTC0_COMPARE0, RADIO_RXEN),
    // TIMER0.CLEAR and TIMER0.START.
    (RTC0_COMPARE0, 0x4000_800C),
    (RTC0_COMPARE0, 0x4000_8000),
];

const PCLK16M_PS: u64 = 62_500;
/// Edges in a row with a task each, after which it is no coincidence.
const LOOP: u32 = 100_000;

/// The block.
#[derive(Clone, Debug)]
pub(super) struct Ppi {
    chen: u32,
    eep: [u32; PROGRAMMABLE],
    tep: [u32; PROGRAMMABLE],
    chg: [u32; 6],
    fork: [u32; CHANNELS],
    /// Tasks by the edge of PCLK16M that triggers them: one edge, or two when one has come and is not dealt with.
    waiting: Vec<(u64, u32)>,
    /// The last edge that triggered something, and how many did without a pause.
    last: (u64, u32),
}

impl Block for Ppi {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        let (_, index) = PPI.find(at).ok_or(Refusal::Unmapped)?;
        let index = usize::from(index);
        Ok(match at {
            0x500..0x50C => self.chen,
            0x510..0x5B0 if at & 4 == 0 => self.eep[index],
            0x510..0x5B0 => self.tep[index],
            0x800..0x818 => self.chg[index],
            0x910..0x990 => self.fork[index],
            // Tasks read 0.
            _ => 0,
        })
    }

    fn write(&mut self, at: u16, value: u32, Io { cx, .. }: &mut Io) -> Result<(), Refusal> {
        let (_, index) = PPI.find(at).ok_or(Refusal::Unmapped)?;
        let (index, before) = (usize::from(index), self.chen);
        match at {
            0x000..0x030 if value & 1 == 0 => return Ok(()),
            0x000..0x030 if at & 4 == 0 => self.chen |= self.chg[index],
            0x000..0x030 => self.chen &= !self.chg[index],
            0x500 => self.chen = value,
            0x504 => self.chen |= value,
            0x508 => self.chen &= !value,
            0x510..0x5B0 if at & 4 == 0 => self.eep[index] = value,
            0x510..0x5B0 => self.tep[index] = value,
            0x800..0x818 => self.chg[index] = value,
            _ => self.fork[index] = value,
        }
        self.check(self.chen & !before, cx);
        cx.route(self.routes());
        Ok(())
    }

    fn reset(&mut self) {
        *self = Self::new();
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Ppi {
    pub(super) const fn new() -> Self {
        Self {
            chen: 0,
            eep: [0; PROGRAMMABLE],
            tep: [0; PROGRAMMABLE],
            chg: [0; 6],
            fork: [0; CHANNELS],
            waiting: Vec::new(),
            last: (0, 0),
        }
    }

    /// EEP and TEP of a channel.
    fn ends(&self, channel: usize) -> (u32, u32) {
        match channel.checked_sub(PROGRAMMABLE) {
            Some(fixed) => FIXED[fixed],
            None => (self.eep[channel], self.tep[channel]),
        }
    }

    /// Channels that are enabled.
    fn enabled(&self) -> impl Iterator<Item = usize> + use<> {
        let chen = self.chen;
        (0..CHANNELS).filter(move |n| chen >> n & 1 != 0)
    }

    /// The events that enabled channels listen to.
    fn routes(&self) -> [u32; 64] {
        let mut wanted = [0; 64];
        for (id, bit) in self.enabled().filter_map(|channel| event(self.ends(channel).0)) {
            wanted[usize::from(id)] |= 1 << bit;
        }
        wanted
    }

    /// Note 5, for channels that have just been enabled. Zero stands for an end that is not used.
    fn check(&self, channels: u32, cx: &mut Cx) {
        for channel in (0..CHANNELS).filter(|n| channels >> n & 1 != 0) {
            let (eep, tep) = self.ends(channel);
            let no_event = eep != 0 && !named(eep, "EVENTS_");
            let no_task = [tep, self.fork[channel]].into_iter().find(|&to| to != 0 && !named(to, "TASKS_"));
            if no_event || no_task.is_some() {
                let to = no_task.unwrap_or(tep);
                cx.report(&PPI_ENDPOINT, channel as u64, || {
                    format!("channel {channel}, from 0x{eep:08x} to 0x{to:08x}")
                });
            }
        }
    }

    /// Event `bit` of block `id` happens: its tasks follow at the next edge.
    pub(super) fn event(&mut self, id: u8, bit: u8, cx: &mut Cx) {
        let edge = cx.now().as_ps() / PCLK16M_PS + 1;
        for channel in self.enabled() {
            let (eep, tep) = self.ends(channel);
            if event(eep) != Some((id, bit)) {
                continue;
            }
            for task in [tep, self.fork[channel]] {
                if is_task(task) && !self.waiting.contains(&(edge, task)) {
                    self.waiting.push((edge, task));
                }
            }
        }
        self.plan(cx);
    }

    fn plan(&self, cx: &mut Cx) {
        match self.waiting.iter().map(|&(edge, _)| edge).min() {
            Some(edge) => cx.wake_at(alarms::PPI, Instant::from_ps(edge.saturating_mul(PCLK16M_PS))),
            None => cx.cancel(alarms::PPI),
        }
    }

    /// The alarm: addresses of the tasks to be triggered at this edge, in order.
    pub(super) fn due(&mut self, cx: &mut Cx) -> Vec<u32> {
        let now = cx.now().as_ps() / PCLK16M_PS;
        let (due, later) = self.waiting.iter().partition::<Vec<_>, _>(|&&(edge, _)| edge <= now);
        self.waiting = later;
        self.plan(cx);
        let streak = if self.last.0 + 1 == now { self.last.1.saturating_add(1) } else { 0 };
        self.last = (now, streak);
        let due: Vec<u32> = due.into_iter().map(|(_, task)| task).collect();
        if let (LOOP, Some(task)) = (streak, due.first()) {
            cx.report(&PPI_LOOP, 0, || format!("{LOOP} edges in a row, at last the task at 0x{task:08x}"));
        }
        let mut tasks: Vec<u32> = due.iter().copied().filter(|&task| !is_beaten(task, &due)).collect();
        tasks.sort_by_key(|&task| !is_group_disable(task));
        tasks
    }
}

/// Peripheral ID and bit of the EVENTS register at `addr`.
fn event(addr: u32) -> Option<(u8, u8)> {
    let apb = (0x4000_0000..0x4003_0000).contains(&addr) && addr.is_multiple_of(4);
    (apb && (0x100..0x180).contains(&(addr & 0xFFF))).then_some(((addr >> 12 & 0x3F) as u8, (addr >> 2 & 0x1F) as u8))
}

/// Whether there may be a TASKS register at `addr`.
fn is_task(addr: u32) -> bool {
    (0x4000_0000..0x4003_0000).contains(&addr) && addr.is_multiple_of(4) && addr & 0xFFF < 0x100 && map::mapped(addr)
}

/// Whether a register at `addr` has a name that begins so, in any of the blocks that share the page.
fn named(addr: u32, prefix: &str) -> bool {
    let at = (addr & 0xFFF) as u16;
    addr.is_multiple_of(4)
        && map::page(addr).any(|i| i.registers.find(at).is_some_and(|(register, _)| register.name.starts_with(prefix)))
}

/// CHG\[n\].DIS.
fn is_group_disable(task: u32) -> bool {
    (0x4001_F000..0x4001_F030).contains(&task) && task & 4 != 0
}

/// Note 4: whether another of `tasks` acts on the same channel of GPIOTE and comes before it in OUT, CLR, SET.
fn is_beaten(task: u32, tasks: &[u32]) -> bool {
    const OUT: u32 = 0x4000_6000;
    const SET: u32 = OUT + 0x30;
    const CLR: u32 = OUT + 0x60;
    match task {
        SET..0x4000_6050 => tasks.contains(&(task - 0x30)) || tasks.contains(&(task + 0x30)),
        CLR..0x4000_6080 => tasks.contains(&(task - 0x60)),
        _ => false,
    }
}
