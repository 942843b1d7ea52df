//! The blocks on the APB by their peripheral ID, which is (address >> 12) & 0x3F (nRF52840 PS v1.7, Instantiation).

use super::block::Block;
use super::comparator::Comparator;
use super::ecb::Ecb;
use super::egu::Egu;
use super::gpiote::{self, Gpiote};
use super::lfclk::Lfclk;
use super::link::Link;
use super::ppi::Ppi;
use super::pwm::Pwm;
use super::qdec::Qdec;
use super::qspi::Qspi;
use super::rng::Rng;
use super::rtc::Rtc;
use super::saadc::Saadc;
use super::serial::Serial;
use super::soc::SocConfig;
use super::temp::Temp;
use super::timer::Timer;
use super::uart::Uart;
use super::usbd::Usbd;
use super::watchdog::Watchdog;
use crate::kernel::{Cx, World};

macro_rules! blocks {
    ($config:ident; $($id:literal $field:ident: $kind:ty = $new:expr;)*) => {
        /// Every block that is modelled, but for CLOCK, POWER and NVMC, which the engine asks about their state.
        #[derive(Clone, Debug)]
        pub(super) struct Blocks {
            $($field: $kind,)*
            lfclk: Option<Lfclk>,
        }

        impl Blocks {
            pub(super) fn new($config: &SocConfig) -> Self {
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

            /// Everything back to the values after a reset, but for the watchdog if that is to be kept.
            pub(super) fn reset(&mut self, keep_watchdog: bool) {
                let watchdog = self.watchdog.clone();
                $(self.$field.reset();)*
                if keep_watchdog {
                    self.watchdog = watchdog;
                }
                self.lfclk = None;
            }
        }
    };
}

blocks! {
    config;
    2 uart0: Uart = Uart::new(0);
    3 serial0: Serial = Serial::new(3);
    4 serial1: Serial = Serial::new(4);
    6 gpiote: Gpiote = Gpiote::new();
    7 saadc: Saadc = Saadc::new(config.analog);
    8 timer0: Timer = Timer::new(0);
    9 timer1: Timer = Timer::new(1);
    10 timer2: Timer = Timer::new(2);
    11 rtc0: Rtc = Rtc::new(0);
    17 rtc1: Rtc = Rtc::new(1);
    12 temp: Temp = Temp::new(config.temperature);
    13 rng: Rng = Rng::new(config.seed);
    14 ecb: Ecb = Ecb::new();
    15 link: Link = Link::new();
    16 watchdog: Watchdog = Watchdog::new();
    18 qdec: Qdec = Qdec::new();
    19 comparator: Comparator = Comparator::new(config.analog);
    20 egu0: Egu = Egu::new(0);
    21 egu1: Egu = Egu::new(1);
    22 egu2: Egu = Egu::new(2);
    23 egu3: Egu = Egu::new(3);
    24 egu4: Egu = Egu::new(4);
    25 egu5: Egu = Egu::new(5);
    26 timer3: Timer = Timer::new(3);
    27 timer4: Timer = Timer::new(4);
    28 pwm0: Pwm = Pwm::new(0);
    31 ppi: Ppi = Ppi::new();
    33 pwm1: Pwm = Pwm::new(1);
    34 pwm2: Pwm = Pwm::new(2);
    35 serial2: Serial = Serial::new(35);
    36 rtc2: Rtc = Rtc::new(2);
    39 usbd: Usbd = Usbd::new(config.usb);
    40 uarte1: Uart = Uart::new(1);
    41 qspi: Qspi = Qspi::new();
    45 pwm3: Pwm = Pwm::new(3);
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

    /// WDT.
    pub(super) fn watchdog(&mut self) -> &mut Watchdog {
        &mut self.watchdog
    }

    /// Whether WDT will reset the chip unless it is served.
    pub(super) fn watchdog_will_bite(&self) -> bool {
        self.watchdog.will_bite()
    }

    /// USBD.
    pub(super) fn usbd(&mut self) -> &mut Usbd {
        &mut self.usbd
    }

    /// QSPI.
    pub(super) fn qspi(&mut self) -> &mut Qspi {
        &mut self.qspi
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
