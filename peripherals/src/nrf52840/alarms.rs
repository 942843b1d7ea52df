//! Which alarm of the SoC belongs to whom. Alarms of one moment go off in this order.

use crate::kernel::Alarm;

pub(super) const HFCLK: Alarm = Alarm(0);
pub(super) const LFCLK: Alarm = Alarm(1);
pub(super) const CALIBRATION: Alarm = Alarm(2);
pub(super) const CALIBRATION_TIMER: Alarm = Alarm(3);
/// Transmitter and receiver of UART0 / UARTE0, then of UARTE1.
pub(super) const UART: [[Alarm; 2]; 2] = [[Alarm(4), Alarm(5)], [Alarm(6), Alarm(7)]];
pub(super) const SYSTICK: Alarm = Alarm(8);
/// The next COMPARE of TIMER0 to TIMER4.
pub(super) const TIMER: [Alarm; 5] = [Alarm(9), Alarm(10), Alarm(11), Alarm(12), Alarm(13)];
/// The next edge of LFCLK at which RTC0 to RTC2 do something.
pub(super) const RTC: [Alarm; 3] = [Alarm(14), Alarm(15), Alarm(16)];
/// All of them, for a reset.
pub(super) const ALL: core::ops::Range<u8> = 0..17;
