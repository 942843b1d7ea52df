//! Which alarm of the SoC belongs to whom. Alarms of one moment go off in the order of this table.

use crate::kernel::Alarm;

/// Peripheral IDs, and how many alarms each has.
const OWNERS: &[(u8, u8)] = &[
    // CLOCK and POWER: see below.
    (0, 5),
    // What is typed arrives.
    (INPUT_ID, 1),
    // Transmitter, edges of TXD, a frame on RXD, EasyDMA of the receiver, its end.
    (2, 5),
    (40, 5),
    (SYSTICK_ID, 1),
    // NVMC: its operation has ended.
    (30, 1),
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
    // The end of a measurement, a byte, an encryption.
    (12, 1),
    (13, 1),
    (14, 1),
    (15, 1),
    // A conversion, the next sample, a calibration.
    (7, 3),
    // A sample; READY.
    (18, 1),
    (19, 1),
    // An edge, or the end of a period.
    (28, 1),
    (33, 1),
    (34, 1),
    (45, 1),
    // TIMEOUT, then the reset.
    (16, 1),
    // SPI: the end of a byte; SPIM: of a buffer.
    (3, 1),
    (4, 1),
    (35, 1),
    (47, 1),
    // The end of an EasyDMA transfer, READY, the host, a frame.
    (39, 4),
    // QSPI: the end of a frame.
    (41, 1),
    // The edge of PCLK16M at which tasks are triggered, last: what happens at this edge still counts for them.
    (PPI_ID, 1),
];

/// The same for quiet alarms ([`Alarm::QUIET`]).
const QUIET_OWNERS: &[(u8, u8)] = &[
    // The end of a byte, and the next edge of SCK.
    (3, 2),
    (4, 2),
    (35, 2),
    (47, 2),
];

/// Quiet alarms are counted from here in [`super::block::Block::wake`].
pub(super) const QUIET: u8 = 0x80;

/// No peripheral ID: SysTick is the core's.
pub(super) const SYSTICK_ID: u8 = 0xFF;
/// PPI's peripheral ID.
pub(super) const PPI_ID: u8 = 31;

/// No peripheral ID: input comes from outside.
pub(super) const INPUT_ID: u8 = 0xFE;

pub(super) const INPUT: Alarm = of(INPUT_ID, 0);
pub(super) const HFCLK: Alarm = of(0, 0);
pub(super) const LFCLK: Alarm = of(0, 1);
pub(super) const CALIBRATION: Alarm = of(0, 2);
pub(super) const CALIBRATION_TIMER: Alarm = of(0, 3);
pub(super) const USB_REGULATOR: Alarm = of(0, 4);
pub(super) const SYSTICK: Alarm = of(SYSTICK_ID, 0);
pub(super) const PPI: Alarm = of(PPI_ID, 0);

/// Alarm number `nth` of the block with peripheral ID `id`, which must have so many in the table.
pub(super) const fn of(id: u8, nth: u8) -> Alarm {
    let owners: &[(u8, u8)] = if nth < QUIET { OWNERS } else { QUIET_OWNERS };
    let (mut n, mut first) = (0, if nth < QUIET { 0 } else { Alarm::QUIET });
    while owners[n].0 != id {
        first += owners[n].1;
        n += 1;
    }
    assert!(nth % QUIET < owners[n].1, "the block has not so many alarms");
    Alarm(first + nth % QUIET)
}

/// Whose alarm it is: the peripheral ID, and which of its alarms.
pub(super) fn owner(alarm: Alarm) -> Option<(u8, u8)> {
    let (owners, of_all, mut first): (&[(u8, u8)], _, _) =
        if alarm.is_quiet() { (QUIET_OWNERS, QUIET, Alarm::QUIET) } else { (OWNERS, 0, 0) };
    owners.iter().find_map(|&(id, count)| {
        let nth = alarm.0.checked_sub(first)?;
        first += count;
        (nth < count).then_some((id, of_all + nth))
    })
}

/// All of them, for a reset.
pub(super) fn all() -> impl Iterator<Item = Alarm> {
    let count = |owners: &[(u8, u8)]| owners.iter().map(|&(_, count)| count).sum::<u8>();
    (0..count(OWNERS)).chain(Alarm::QUIET..Alarm::QUIET + count(QUIET_OWNERS)).map(Alarm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_alarm_has_one_owner() {
        let loud = OWNERS.iter().flat_map(|&(id, count)| (0..count).map(move |nth| (id, nth)));
        let quiet = QUIET_OWNERS.iter().flat_map(|&(id, count)| (0..count).map(move |nth| (id, QUIET + nth)));
        let owners: Vec<_> = loud.chain(quiet).collect();
        assert!(owners.iter().all(|&(id, nth)| of(id, nth).is_quiet() == (nth >= QUIET)));
        assert_eq!(all().map(owner).collect::<Option<Vec<_>>>(), Some(owners.clone()));
        assert!(owners.iter().map(|&(id, nth)| of(id, nth)).eq(all()));
    }
}
