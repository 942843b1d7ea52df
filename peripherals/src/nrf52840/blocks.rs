//! The blocks on the APB by their peripheral ID, which is (address >> 12) & 0x3F (nRF52840 PS v1.7, Instantiation).

use super::block::Block;
use super::egu::Egu;
use super::gpiote::{self, Gpiote};
use super::lfclk::Lfclk;
use super::ppi::Ppi;
use super::rtc::Rtc;
use super::serial::Serial;
use super::timer::Timer;
use super::uart::Uart;
use crate::kernel::{Cx, World};

macro_rules! blocks {
    ($($id:literal $field:ident: $kind:ty = $new:expr;)*) => {
        /// Every block that is modelled, but for CLOCK, POWER and NVMC, which the engine asks about their state.
        #[derive(Clone, Debug)]
        pub(super) struct Blocks {
            $($field: $kind,)*
            lfclk: Option<Lfclk>,
        }

        impl Blocks {
            pub(super) fn new() -> Self {
                Self { $($field: $new,)* lfclk: None }
            }

            /// The block with peripheral ID `id`.
            #[inline]
            pub(super) fn get(&self, id: u8) -> Option<&dyn Block> {
                match id {
                    $($id => Some(&self.$field),)*
                    _ => None,
                }
            }

            /// The block with peripheral ID `id`.
            #[inline]
            pub(super) fn get_mut(&mut self, id: u8) -> Option<&mut dyn Block> {
                match id {
                    $($id => Some(&mut self.$field),)*
                    _ => None,
                }
            }

            /// Everything back to the values after a reset.
            pub(super) fn reset(&mut self) {
                $(self.$field.reset();)*
                self.lfclk = None;
            }
        }
    };
}

blocks! {
    2 uart0: Uart = Uart::new(0);
    3 serial0: Serial = Serial::new(3);
    4 serial1: Serial = Serial::new(4);
    6 gpiote: Gpiote = Gpiote::new();
    8 timer0: Timer = Timer::new(0);
    9 timer1: Timer = Timer::new(1);
    10 timer2: Timer = Timer::new(2);
    11 rtc0: Rtc = Rtc::new(0);
    17 rtc1: Rtc = Rtc::new(1);
    20 egu0: Egu = Egu::new(0);
    21 egu1: Egu = Egu::new(1);
    22 egu2: Egu = Egu::new(2);
    23 egu3: Egu = Egu::new(3);
    24 egu4: Egu = Egu::new(4);
    25 egu5: Egu = Egu::new(5);
    26 timer3: Timer = Timer::new(3);
    27 timer4: Timer = Timer::new(4);
    35 serial2: Serial = Serial::new(35);
    31 ppi: Ppi = Ppi::new();
    36 rtc2: Rtc = Rtc::new(2);
    40 uarte1: Uart = Uart::new(1);
    47 serial3: Serial = Serial::new(47);
}

impl Blocks {
    /// GPIOTE.
    pub(super) fn gpiote(&mut self) -> &mut Gpiote {
        &mut self.gpiote
    }

    /// Whether an event of GPIOTE may interrupt or trigger a task.
    pub(super) fn is_gpiote_heard(&self, world: &World) -> bool {
        self.gpiote.interrupts() || world.routes.hears(gpiote::ID)
    }

    /// PPI.
    pub(super) fn ppi(&mut self) -> &mut Ppi {
        &mut self.ppi
    }

    /// CLOCK was written, or one of its alarms came: what the RTCs count may have changed.
    pub(super) fn lfclk_is(&mut self, lfclk: Option<Lfclk>, cx: &mut Cx) {
        if self.lfclk != lfclk {
            self.lfclk = lfclk;
            for rtc in [&mut self.rtc0, &mut self.rtc1, &mut self.rtc2] {
                rtc.lfclk_changed(lfclk, cx);
            }
        }
    }
}
