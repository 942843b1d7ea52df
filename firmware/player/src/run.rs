//! The order of things: start the chip, play, end, report.

use crate::console::{exit, print};
use crate::cycles;
use crate::dreq::WaitReady;
use crate::gpio;
use crate::send_byte::SendByte;
use crate::slow_spi::SlowSpi;
use crate::vs1053::{CLOCKF_3_5X, Register, Vs1053};
use crate::wires::{self, Mosi, Sclk, Xdcs};
use embedded_hal::digital::OutputPin;

/// NVMC.ICACHECNF: bit 0 enables the instruction cache (nRF52840 PS v1.7, NVMC).
const NVMC_ICACHECNF: usize = 0x4001_E540;

/// What to play, under which name, and what to make of a check that fails.
pub struct Plan {
    /// The variant, for the console.
    pub name: &'static str,
    /// The stream.
    pub song: &'static [u8],
    /// Whether a failed check ends the program with an error. The builds that are wrong on purpose say what
    /// failed and go on to the end, so that whoever watches the wires has something to judge.
    pub strict: bool,
}

/// Exit codes.
#[derive(Clone, Copy, Debug)]
enum Failure {
    /// DREQ did not rise after reset: no chip, no power, or a wrong wire.
    NoDreq = 2,
    /// STATUS shows no VS1053: SCI is not understood.
    NotAVs1053 = 3,
    /// CLOCKF or VOL does not read back.
    ReadBack = 4,
    /// DREQ stayed low in the middle of the song.
    Stuck = 5,
    /// HDAT0 and HDAT1 are not 0 after the end.
    NoEnd = 6,
}

impl Plan {
    fn check(&self, good: bool, failure: Failure) {
        if good {
            return;
        }
        print(format_args!("player: {failure:?}\n"));
        if self.strict {
            exit(failure as u32);
        }
    }
}

/// A player that has everything right but, perhaps, the speed: SCI in mode 3, XDCS, DREQ by `ready`, bytes by `sdi`.
pub fn play<S: SendByte, W: WaitReady>(plan: &Plan, sdi: S, ready: W) -> ! {
    let sci = SlowSpi::new(Sclk {}, Mosi {});
    play_on(plan, Vs1053 { sci, sdi, xdcs: Xdcs {}, ready })
}

/// Plays on a chip that is wired in any way.
pub fn play_on<C, D, S, X, W>(plan: &Plan, mut chip: Vs1053<C, D, S, X, W>) -> !
where
    C: OutputPin,
    D: OutputPin,
    S: SendByte,
    X: OutputPin,
    W: WaitReady,
{
    gpio::write(NVMC_ICACHECNF, 1);
    if let Some(mut core) = cortex_m::Peripherals::take() {
        cycles::start(&mut core.DCB, &mut core.DWT);
    }
    wires::set_up();
    print(format_args!("player {}: {} bytes\n", plan.name, plan.song.len()));

    plan.check(chip.reset(), Failure::NoDreq);
    plan.check(chip.read(Register::Status) >> 4 & 0xF == 4, Failure::NotAVs1053);
    chip.write(Register::Clockf, CLOCKF_3_5X);
    chip.write(Register::Vol, 0x0000);
    let kept = chip.read(Register::Clockf) == CLOCKF_3_5X && chip.read(Register::Vol) == 0;
    plan.check(kept, Failure::ReadBack);

    let sent = chip.stream(plan.song);
    plan.check(sent.given_up == 0, Failure::Stuck);
    let send = sent.elapsed - sent.stalled;
    print(format_args!(
        "dwt: elapsed_cycles={} stall_cycles={} send_cycles={send} bytes={}\n",
        sent.elapsed,
        sent.stalled,
        plan.song.len()
    ));

    plan.check(chip.finish(), Failure::NoEnd);
    print(format_args!("player {}: done\n", plan.name));
    exit(0)
}
