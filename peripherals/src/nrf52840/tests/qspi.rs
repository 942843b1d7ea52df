//! QSPI with a flash chip behind it: tasks, times, custom instructions, and the window.

use super::*;
use crate::chips::norflash::{NorFlash, Package, Part};

const BASE: u32 = 0x4002_9000;
const READY: u32 = 0x100;
const STATUS: u32 = 0x604;
const RAM: u32 = 0x2000_0000;
/// SCK, CSN, IO0 to IO3 of the nRF52840 DK.
const PINS: [u8; 6] = [19, 17, 20, 21, 22, 23];
/// READ4IO and PP4IO.
const QUAD: u32 = 4 | 3 << 3;
/// 32 MHz, SCKDELAY 1.
const FAST: u32 = 1;

struct Wired {
    b: Bench,
    chip: ActorId,
}

/// The chip on the DK's pins, and QSPI with the pins `psel`, on.
fn wired(psel: [u8; 6], ifconfig0: u32, ifconfig1: u32) -> Wired {
    let mut chip = ActorId(0);
    let b = Bench::with(SocConfig::default(), |f| {
        chip = f.add_chip(Box::new(Package));
        f.world.quad.add(chip, Box::new(NorFlash::new(Part::named("mx25r6435f").expect("a part"))));
        for (n, pin) in PINS.into_iter().enumerate() {
            let net = wire(f, "Q", pin);
            f.world.nets.join(net, chip, PinId(n as u8));
        }
    });
    let mut w = Wired { b, chip };
    for (at, pin) in [0x524, 0x528, 0x530, 0x534, 0x538, 0x53C].into_iter().zip(psel) {
        w.set(at, pin.into());
    }
    for (at, value) in [(0x544, ifconfig0), (0x600, ifconfig1), (0x500, 1), (0x000, 1)] {
        w.set(at, value);
    }
    w.b.run(Span::from_us(2));
    assert_eq!((w.get(READY), w.get(STATUS)), (1, 8));
    w.set(READY, 0);
    w
}

impl Wired {
    fn set(&mut self, at: u32, value: u32) {
        self.b.write(BASE + at, value);
    }

    fn get(&mut self, at: u32) -> u32 {
        self.b.read(BASE + at)
    }

    /// How long READY takes to come, to the cycle.
    fn ready(&mut self) -> Span {
        let began = self.b.fabric.world.now;
        while self.get(READY) == 0 {
            let next = self.b.fabric.world.sched.next().expect("READY comes");
            self.b.run(next.since(self.b.fabric.world.now));
        }
        self.set(READY, 0);
        self.b.fabric.world.now.since(began)
    }

    /// A custom instruction of `opcode` and `length` bytes with it, with these bits of CINSTRCONF; the low word that came back.
    fn instruct(&mut self, opcode: u32, length: u32, bits: u32, data: u32) -> u32 {
        self.set(0x638, data);
        self.set(0x634, opcode | length << 8 | bits);
        self.ready();
        self.get(0x638)
    }

    fn enable_quad(&mut self) {
        // WREN, WRSR with QE.
        self.instruct(0x01, 2, 1 << 15, 0x40);
        // WIPWAIT.
        assert_eq!(self.instruct(0x05, 2, 1 << 14, 0), 0x40);
    }

    fn task(&mut self, registers: [(u32, u32); 3], task: u32) -> Span {
        for (at, value) in registers {
            self.set(at, value);
        }
        self.set(task, 1);
        self.ready()
    }

    fn write(&mut self, flash: u32, count: u32) -> Span {
        self.task([(0x510, flash), (0x514, RAM), (0x518, count)], 0x008)
    }

    fn read(&mut self, flash: u32, count: u32) -> Span {
        self.task([(0x504, flash), (0x508, RAM + 0x80), (0x50C, count)], 0x004)
    }

    fn chip(&mut self) -> &mut NorFlash {
        self.b.fabric.world.quad.get_mut(self.chip).expect("the chip")
    }
}

#[test]
fn custom_instructions_ask_the_chip_who_it_is() {
    let mut w = wired(PINS, 0, FAST);
    assert_eq!(w.instruct(0x9F, 4, 0, 0) & 0xFF_FFFF, 0x17_28C2);
    assert_eq!(w.instruct(0x06, 1, 0, 0), 0);
    assert_eq!((w.instruct(0x05, 2, 0, 0), w.get(STATUS) >> 24), (2, 2));
    w.enable_quad();
}

#[test]
fn what_is_written_is_read_again_in_every_mode() {
    for (n, (read, write)) in (0..5).flat_map(|read| [(read, 0), (read, 3)]).enumerate() {
        let mut w = wired(PINS, read | write << 3, FAST);
        w.enable_quad();
        let bytes: Vec<u8> = (0..64).map(|byte| byte * 3 + n as u8).collect();
        w.b.ram.0[..64].copy_from_slice(&bytes);
        // Over the end of a page.
        w.write(0x1_10E0, 64);
        assert_eq!(w.chip().memory().byte(0x1_1100), bytes[32]);
        w.read(0x1_10E0, 64);
        assert_eq!(w.b.ram.0[0x80..0xC0], bytes, "READOC {read}, WRITEOC {write}");
        assert_eq!(w.b.lints(), [] as [&str; 0]);
    }
}

#[test]
fn a_read_takes_its_clocks() {
    for (readoc, clocks) in [(0u32, 8 + 24 + 8 + 64 * 8), (2, 8 + 12 + 4 + 64 * 4), (4, 8 + 6 + 6 + 64 * 2)] {
        for divisor in [0u64, 3] {
            let mut w = wired(PINS, readoc, FAST | (divisor as u32) << 28);
            w.enable_quad();
            let took = w.read(0, 64);
            let clock = 2 * (divisor + 1);
            // One reading of status, the frame, and SCKDELAY behind each.
            assert_eq!(took, Span::from_cycles(clock * (16 + clocks) + 2 * 4), "READOC {readoc}, / {}", divisor + 1);
        }
    }
}

#[test]
fn an_erase_goes_on_behind_ready_and_the_next_frame_waits_for_it() {
    let mut w = wired(PINS, QUAD, FAST);
    w.enable_quad();
    assert!(w.chip().memory_mut().lay(&vec![0; 0x3_0000]));
    let took = w.task([(0x51C, 0x1_0000), (0x520, 1), (0x504, 0x1_FFF8)], 0x00C);
    assert!(took < Span::from_us(10), "{took}");
    assert_eq!(w.instruct(0x05, 2, 0, 0) & 1, 1, "WIP");
    w.b.ram.0[0x80..0x90].fill(1);
    let waited = w.read(0x1_FFF8, 16);
    assert!(waited > Span::from_ms(479) && waited < Span::from_us(480_010), "{waited}");
    assert_eq!(w.b.ram.0[0x80..0x90], [[0xFF; 8], [0; 8]].concat());
    assert_eq!(w.get(STATUS), 0x4000_0008);
}

#[test]
fn the_window_shows_the_chip_s_bytes() {
    let mut w = wired(PINS, QUAD, FAST);
    w.enable_quad();
    assert!(w.chip().memory_mut().lay(&[1, 2, 3, 4, 5, 6, 7, 8]));
    let load = |w: &mut Wired, addr, width| w.b.soc.read(addr, width, &mut w.b.fabric.world);
    assert_eq!(load(&mut w, 0x1200_0000, Width::Word), Ok(0x0403_0201));
    assert_eq!(load(&mut w, 0x1200_0003, Width::Half), Ok(0x0504));
    assert_eq!(load(&mut w, 0x1280_0005, Width::Byte), Ok(6), "8 MB on");
    w.set(0x540, 4);
    assert_eq!(load(&mut w, 0x1200_0000, Width::Word), Ok(0x0807_0605));
    assert!(w.b.soc.write(0x1200_0000, Width::Word, 0, &mut w.b.fabric.world).is_err());
    w.set(0x010, 1);
    assert!(load(&mut w, 0x1200_0000, Width::Word).is_err());
}

/// nrfx_qspi.c, nrfx_qspi_lfm_start and nrfx_qspi_lfm_xfer.
#[test]
fn a_long_frame_keeps_the_chip_selected() {
    let mut w = wired(PINS, 0, FAST);
    const LFEN: u32 = 1 << 16;
    const LFSTOP: u32 = 1 << 17;
    // SFDP from address 0, with its dummy byte.
    w.instruct(0x5A, 5, LFEN, 0);
    assert_eq!(w.instruct(0x5A, 5, LFEN, 0), u32::from_le_bytes(*b"SFDP"));
    assert_eq!(w.instruct(0x5A, 5, LFEN | LFSTOP, 0), 0xFF00_0106);
    assert_eq!(w.instruct(0x9F, 4, 0, 0) & 0xFF, 0xC2);
}

#[test]
fn other_pins_lead_to_no_chip() {
    // IO0 and IO1 swapped.
    let mut w = wired([19, 17, 21, 20, 22, 23], 0, FAST);
    assert_eq!(w.instruct(0x9F, 4, 0, 0x55), 0);
    assert_eq!(w.b.detail("qspi-no-chip"), "SCK P0.19, CSN P0.17, IO0 P0.21, IO1 P0.20, IO2 P0.22, IO3 P0.23");
    // Without IO2 and IO3 it answers on one line, and on four not rightly.
    let mut w = wired([19, 17, 20, 21, 1, 2], 3, FAST);
    w.enable_quad();
    assert!(w.chip().memory_mut().lay(&[0xA5; 64]));
    w.read(0, 4);
    assert_eq!(w.b.ram.0[0x80..0x84], [0x21; 4]);
    w.set(0x544, 0);
    w.read(0, 4);
    assert_eq!(w.b.ram.0[0x80..0x84], [0xA5; 4]);
}

#[test]
fn its_pins_rest_and_are_gpio_s_again_when_it_is_off() {
    let mut w = wired(PINS, 0, FAST);
    let levels = |w: &Wired| [17, 19].map(|pin| w.b.fabric.world.nets.driving(SOC, PinId(pin)));
    assert_eq!(levels(&w), [Drive::High, Drive::Low]);
    w.set(0x500, 0);
    assert_eq!(levels(&w), [Drive::Release; 2]);
    assert_eq!(w.b.lints(), [] as [&str; 0]);
    // Selected by hand the chip says that it is not heard.
    w.b.write(0x5000_0518, 1 << 17);
    w.b.write(0x5000_0508, 1 << 17);
    w.b.write(0x5000_050C, 1 << 17);
    assert_eq!(w.b.lints(), ["flash-chip-wires"]);
}

#[test]
fn deep_power_down_is_told_when_its_time_has_passed() {
    let mut w = wired(PINS, 1 << 7, FAST);
    w.set(0x614, 3 | 2 << 16);
    w.set(0x600, FAST | 1 << 24);
    // 0xB9 takes 8 clocks and SCKDELAY, then 3 times 256 ticks of 16 MHz.
    w.b.run(Span::from_cycles(16 + 4 + 3 * 1024) - Span::from_ps(1));
    assert_eq!(w.get(STATUS) & 4, 0);
    w.b.run(Span::from_ps(1));
    assert_eq!(w.get(STATUS) & 4, 4);
    assert_eq!(w.instruct(0x9F, 4, 0, 0) & 0xFF, 0xFF);
    w.set(0x600, FAST);
    w.b.run(Span::from_us(60));
    assert_eq!((w.get(STATUS) & 4, w.instruct(0x9F, 4, 0, 0) & 0xFF), (0, 0xC2));
}

#[test]
fn buffers_outside_ram_are_said() {
    let mut w = wired(PINS, 0, FAST);
    w.task([(0x504, 0), (0x508, 0x1000), (0x50C, 4)], 0x004);
    assert_eq!(w.b.detail("easydma-not-ram"), "QSPI.READ.DST reaches 0x00001000");
}
