//! Which alarm of the SoC belongs to whom. Alarms of one moment go off in the order of this table.

use crate::kernel::Alarm;

/// Peripheral IDs, and how many alarms each has.
const OWNERS: [(u8, u8); 12] = [
    // CLOCK: see below.
    (0, 4),
    // Transmitter and receiver.
    (2, 2),
    (40, 2),
    (SYSTICK_ID, 1),
    // The next COMPARE.
    (8, 1),
    (9, 1),
    (10, 1),
    (26, 1),
    (27, 1),
    // The next edge of LFCLK at which something happens.
    (11, 1),
    (17, 1),
    (36, 1),
];

/// No peripheral ID: SysTick is the core's.
pub(super) const SYSTICK_ID: u8 = 0xFF;

pub(super) const HFCLK: Alarm = of(0, 0);
pub(super) const LFCLK: Alarm = of(0, 1);
pub(super) const CALIBRATION: Alarm = of(0, 2);
pub(super) const CALIBRATION_TIMER: Alarm = of(0, 3);
pub(super) const SYSTICK: Alarm = of(SYSTICK_ID, 0);

/// Alarm number `nth` of the block with peripheral ID `id`, which must have so many in the table.
pub(super) const fn of(id: u8, nth: u8) -> Alarm {
    let (mut n, mut first) = (0, 0);
    while OWNERS[n].0 != id {
        first += OWNERS[n].1;
        n += 1;
    }
    assert!(nth < OWNERS[n].1, "the block has not so many alarms");
    Alarm(first + nth)
}

/// Whose alarm it is: the peripheral ID, and which of its alarms.
pub(super) fn owner(alarm: Alarm) -> Option<(u8, u8)> {
    let mut first = 0;
    OWNERS.iter().find_map(|&(id, count)| {
        let nth = alarm.0.checked_sub(first)?;
        first += count;
        (nth < count).then_some((id, nth))
    })
}

/// All of them, for a reset.
pub(super) fn all() -> impl Iterator<Item = Alarm> {
    (0..OWNERS.iter().map(|&(_, count)| count).sum()).map(Alarm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_alarm_has_one_owner() {
        for (id, count) in OWNERS {
            for nth in 0..count {
                assert_eq!(owner(of(id, nth)), Some((id, nth)));
            }
        }
        assert_eq!(owner(Alarm(all().count() as u8)), None);
    }
}
