//! The nRF52840 as the core sees it over the bus: routes accesses to blocks, and words what was wrong with them.
//!
//! 1. An access by less than a word, or not at a multiple of 4, reaches only the addressed bytes of the aligned word and is the
//!    fault `peripheral-access-width`; what silicon does is not documented. Registers of the core that the architecture lets be
//!    accessed so are exempt.
//! 2. Reads of a block that is not modelled give values after reset and writes are dropped. A write that leaves such a register
//!    as reset has left it is not worth a word.
//! 3. Timing of the bus (wait states, write buffer) is the engine's.
//! 4. A task that PPI triggers is a store of 1 to its register, at the very edge of the clock.

use super::alarms;
use super::analog::Analog;
use super::block::{FOREVER, Io};
use super::blocks::Blocks;
use super::dma::Ram;
use super::gpio::Gpio;
use super::gpiote;
use super::information::{Ficr, Uicr};
use super::lint;
use super::map;
use super::nvmc::{FlashStore, Nvmc};
use super::power::{ClockPower, ResetCause};
use super::qspi;
use super::quirks::{self, Quirk};
use super::usbd;
use crate::cortex_m::{Ppb, Scb};
use crate::kernel::{
    Access, Alarm, ConsolePort, Cx, Edge, HearsPins, Instant, Lint, PinId, Refusal, SOC, Span, Width, World,
};

/// What differs from one board to the next.
#[derive(Clone, Debug)]
pub struct SocConfig {
    /// The start time of the 32.768 kHz crystal at P0.00 and P0.01; `None` when the board has none.
    pub lfxo: Option<Span>,
    /// Supplied through VDDH rather than VDD (MAINREGSTATUS).
    pub high_voltage: bool,
    /// Words of UICR that are not erased: byte offset from 0x1000_1000, and value.
    pub uicr: Vec<(u16, u32)>,
    /// A USB cable leads to a host, which gives VBUS.
    pub usb: bool,
    /// What device ID, device address and keys are made from.
    pub seed: u64,
    /// What becomes of SysTick and CYCCNT while the core sleeps.
    pub sleep_clocks: SleepClocks,
    /// How warm the die is, in quarters of a degree Celsius.
    pub temperature: i32,
    /// Voltages that SAADC and the comparators see.
    pub analog: Analog,
}

/// What SysTick and DWT.CYCCNT do while the core sleeps in WFI or WFE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SleepClocks {
    /// They stand still: the core clock is off. So it is on a chip without a debugger (inferred, see SysTick's notes).
    #[default]
    Gated,
    /// They count on, as they do where something keeps the core clock on.
    Running,
}

impl Default for SocConfig {
    /// A crystal, supply at VDD, no USB cable, UICR erased, 25 degrees, 3.0 V.
    fn default() -> Self {
        Self {
            lfxo: Some(super::LFXO_START),
            high_voltage: false,
            usb: false,
            uicr: Vec::new(),
            seed: 0,
            sleep_clocks: SleepClocks::Gated,
            temperature: 25 * 4,
            analog: Analog::default(),
        }
    }
}

/// Nothing answers at this address: the core takes a bus fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusFault {
    /// Where.
    pub addr: u32,
}

#[derive(Clone, Copy)]
enum Verb {
    Read,
    Write(u32),
}

/// The chip without its memories and without the core's instructions.
#[derive(Clone, Debug)]
pub struct Soc {
    gpio: Gpio,
    /// The core's private peripheral bus.
    pub ppb: Ppb,
    /// Flash controller.
    pub nvmc: Nvmc,
    clock_power: ClockPower,
    blocks: Blocks,
    ficr: Ficr,
    uicr: Uicr,
    kept: [u32; quirks::KEPT],
    /// ENABLE of the pages that several unmodelled blocks share, by peripheral ID: it tells whose registers are meant.
    enables: [u8; 48],
    sleep_clocks: SleepClocks,
    /// What the chip is to be reset for.
    reset_request: Option<ResetCause>,
}

impl Soc {
    /// A chip before power-on: call [`Soc::reset`] when the board is wired.
    pub fn new(config: SocConfig) -> Self {
        Self {
            gpio: Gpio::new(),
            ppb: Ppb::default(),
            nvmc: Nvmc::default(),
            clock_power: ClockPower::new(config.lfxo, config.high_voltage, config.usb),
            blocks: Blocks::new(&config),
            ficr: Ficr::new(config.seed),
            uicr: Uicr::new(&config.uicr),
            kept: [0; quirks::KEPT],
            enables: [0; 48],
            sleep_clocks: config.sleep_clocks,
            reset_request: None,
        }
    }

    /// Everything back to the values after a reset; UICR stays, and with any cause but power-on what the manual says survives.
    /// Pins are released: let the wires settle afterwards.
    pub fn reset(&mut self, cause: ResetCause, world: &mut World) {
        if cause == ResetCause::SystemOff {
            self.gpio.outlive_reset();
        } else {
            self.gpio.reset(&world.nets, self.uicr.nfc_pins());
        }
        self.reset_request = None;
        self.ppb = Ppb::default();
        self.nvmc.reset();
        self.clock_power.reset(cause);
        self.blocks.reset(cause.keeps_watchdog());
        self.kept = [0; quirks::KEPT];
        self.enables = [0; 48];
        world.irqs = 0;
        world.routes = Default::default();
        world.input.reset();
        let mut cx = Cx::new(world, SOC);
        alarms::all().for_each(|alarm| cx.cancel(alarm));
        self.gpio.release(&mut cx);
        if cause.keeps_watchdog() {
            self.blocks.watchdog().outlive_reset(&mut cx);
        }
    }

    /// Reads `width` at `addr`. Pin changes are queued in `world`: let them settle before the next access.
    ///
    /// # Errors
    /// [`BusFault`] when nothing answers there.
    #[inline]
    pub fn read(&mut self, addr: u32, width: Width, world: &mut World) -> Result<u32, BusFault> {
        if width == Width::Word {
            let cx = &mut Cx::new(world, SOC);
            match addr {
                0x5000_0510 => return Ok(self.gpio.ports[0].input(cx)),
                0x5000_0810 => return Ok(self.gpio.ports[1].input(cx)),
                // Firmware that waits by the cycle counter reads nothing else.
                0xE000_1004 => return Ok(self.ppb.cycle_count(cx.now().cycles())),
                _ => {}
            }
        }
        self.read_any(addr, width, world)
    }

    /// Writes `value` at `addr`. Pin changes are queued in `world`: let them settle before the next access.
    ///
    /// # Errors
    /// [`BusFault`] when nothing answers there.
    #[inline]
    pub fn write(&mut self, addr: u32, width: Width, value: u32, world: &mut World) -> Result<(), BusFault> {
        if width == Width::Word {
            let cx = &mut Cx::new(world, SOC);
            let [p0, p1] = &mut self.gpio.ports;
            match addr {
                0x5000_0508 => p0.set(value, cx),
                0x5000_050C => p0.clear(value, cx),
                0x5000_0808 => p1.set(value, cx),
                0x5000_080C => p1.clear(value, cx),
                _ => return self.write_any(addr, width, value, world),
            }
            if self.gpio.has_news() {
                self.relay(cx);
                self.notice(world);
            }
            return Ok(());
        }
        self.write_any(addr, width, value, world)
    }

    /// One of the SoC's alarms has come; `ram` is what EasyDMA reaches.
    pub fn wake(&mut self, alarm: Alarm, ram: &mut dyn Ram, world: &mut World) {
        let lines = world.irqs;
        let cx = &mut Cx::new(world, SOC);
        match alarms::owner(alarm) {
            Some((alarms::SYSTICK_ID, _)) => self.ppb.wake_systick(alarm, lines, cx),
            Some((alarms::INPUT_ID, _)) => self.input_arrives(cx),
            Some((0, _)) => {
                self.clock_power.wake(alarm, cx);
                self.blocks.lfclk_is(self.clock_power.lfclk(), cx);
            }
            Some((NVMC_ID, _)) => self.nvmc.wake(cx),
            Some((alarms::PPI_ID, _)) => {
                for task in self.blocks.ppi().due(cx) {
                    self.trigger(task, world);
                }
            }
            Some((id, nth)) => {
                if let Some(block) = self.blocks.get_mut(id) {
                    block.wake(nth, ram, &mut Io { cx, gpio: &mut self.gpio });
                }
            }
            None => {}
        }
        if self.blocks.watchdog().has_bitten() {
            self.reset_request = Some(ResetCause::Watchdog);
        }
        self.relay(&mut Cx::new(world, SOC));
        self.notice(world);
    }

    /// Triggers the task at `addr`, as PPI does.
    fn trigger(&mut self, addr: u32, world: &mut World) {
        if let Err(refusal) = self.write_word(addr, 1, world) {
            self.refuse(addr, refusal, Verb::Write(1), world);
        }
    }

    /// Hands on what has happened inside: changes of pins and DETECT to those who listen, events to PPI.
    #[inline]
    fn relay(&mut self, cx: &mut Cx) {
        if self.gpio.has_news() {
            self.hear(cx);
        }
        while let Some((id, bit)) = cx.take_event() {
            self.blocks.ppi().event(id, bit, cx);
        }
    }

    #[cold]
    fn hear(&mut self, cx: &mut Cx) {
        // A block's answer may change a pin that it hears itself; on wires the fabric puts an end to that.
        for _ in 0..MOST_CHANGES {
            let Some((pin, edge)) = self.gpio.take_change() else { break };
            self.pass_on(pin, edge, cx);
        }
        if self.gpio.take_detect() {
            if self.is_off() {
                self.reset_request = Some(ResetCause::SystemOff);
            } else {
                self.blocks.gpiote().port(cx);
            }
        }
    }

    /// Bytes are typed into the machine and arrive at `at`; see [`crate::kernel::Input`] for how many there is room for.
    pub fn send_input(&mut self, bytes: &[u8], at: Instant, world: &mut World) {
        world.input.send(bytes);
        Cx::new(world, SOC).wake_at(alarms::INPUT, at);
    }

    fn input_arrives(&mut self, cx: &mut Cx) {
        let id = match cx.input().arrive() {
            Some(ConsolePort::Uart0) => 2,
            Some(ConsolePort::Uart1) => 40,
            Some(ConsolePort::Usb) => usbd::ID,
            // The debugger's ports are the engine's.
            Some(ConsolePort::Semihosting | ConsolePort::Itm | ConsolePort::Rtt) | None => return,
        };
        if let Some(block) = self.blocks.get_mut(id).filter(|_| !self.clock_power.is_off()) {
            block.input(&mut Io { cx, gpio: &mut self.gpio });
        }
    }

    /// Whether a load from `addr` changes nothing and gives the same until the next alarm, edge or store.
    pub fn is_steady(&self, addr: u32) -> bool {
        self.steady_until(addr, Instant::ZERO) == Some(FOREVER)
    }

    /// Until when loads from `addr` change nothing and give the same, unless an alarm, an edge or a store comes first; `None`
    /// when that is not known even for a moment.
    #[inline]
    pub fn steady_until(&self, addr: u32, now: Instant) -> Option<Instant> {
        match addr & !0xFFF {
            map::GPIO | 0x4000_0000 => Some(FOREVER),
            NVMC_PAGE => self.nvmc.steady_until((addr & 0xFFF) as u16),
            0x4000_1000..0x4003_0000 => self.blocks.get(peripheral_id(addr))?.steady_until((addr & 0xFFF) as u16, now),
            _ => None,
        }
    }

    /// Whether a change of a pin that no store of the firmware's makes may do more than change what loads see: raise an interrupt, or move
    /// data. Wires that nobody else can drive do not count.
    #[inline]
    pub fn hears_pins(&self, world: &World) -> bool {
        let pins = self.gpio.unruly();
        pins != 0 && (self.gpio.is_heard_but_by(gpiote::ID, pins) || self.blocks.is_gpiote_heard(world))
    }

    /// Whether a load from `addr` shows levels of wires or what has become of them, so that what chips do by themselves can change it
    /// even while [`Soc::hears_pins`] is false.
    #[inline]
    pub const fn sees_wires(&self, addr: u32) -> bool {
        matches!(addr & !0xFFF, map::GPIO | gpiote::PAGE)
    }

    /// GPIO, for its DETECT signal.
    pub fn gpio(&self) -> &Gpio {
        &self.gpio
    }

    #[cfg(test)]
    pub(super) fn gpio_mut(&mut self) -> &mut Gpio {
        &mut self.gpio
    }

    /// System control block: CPACR, VTOR, fault status.
    pub fn scb(&self) -> &Scb {
        &self.ppb.scb
    }

    /// The core waits in WFI or WFE from now on: what lives on the core clock may stand still.
    pub fn fall_asleep(&mut self, world: &mut World) {
        let gated = self.sleep_clocks == SleepClocks::Gated;
        let cx = &mut Cx::new(world, SOC);
        self.ppb.fall_asleep(gated, alarms::SYSTICK, cx);
        self.clock_power.sleeps(true, cx);
        self.blocks.watchdog().fall_asleep(cx);
        self.relay(cx);
        self.notice(world);
    }

    /// The core goes on now.
    pub fn wake_up(&mut self, world: &mut World) {
        let cx = &mut Cx::new(world, SOC);
        self.ppb.wake_up(alarms::SYSTICK, cx);
        self.clock_power.sleeps(false, cx);
        self.blocks.watchdog().wake_up(cx);
        self.relay(cx);
        self.notice(world);
    }

    /// Whether the core wakes up without waiting for clock and regulator (PS v1.7, POWER, "Sub power modes").
    pub fn wakes_fast(&self) -> bool {
        self.clock_power.wakes_fast()
    }

    /// Whether the chip is to be reset: by AIRCR.SYSRESETREQ, by the watchdog, or as System OFF ends.
    #[inline]
    pub fn reset_requested(&self) -> bool {
        self.ppb.scb.reset_requested() || self.reset_request.is_some()
    }

    /// As [`Soc::reset_requested`], once for each request, with its reason.
    #[inline]
    pub fn take_reset_request(&mut self) -> Option<ResetCause> {
        let software = self.ppb.scb.take_reset_request().then_some(ResetCause::Software);
        self.reset_request.take().or(software)
    }

    /// Whether the chip is in System OFF, in which the core does nothing until a reset.
    #[inline]
    pub fn is_off(&self) -> bool {
        self.clock_power.is_off()
    }

    /// Whether a reset may still come by itself: from the watchdog, or in System OFF from a pin.
    pub fn reset_possible(&self) -> bool {
        if self.is_off() { self.gpio.senses() } else { self.blocks.watchdog_will_bite() }
    }

    /// SYSTEMOFF was written: clocks stop, and blocks with them. Pins stay.
    #[cold]
    fn switch_off(&mut self, world: &mut World) {
        let mut cx = Cx::new(world, SOC);
        alarms::all().for_each(|alarm| cx.cancel(alarm));
        cx.route([0; 64]);
        for port in [0, 1] {
            if self.gpio.detect(port) {
                self.reset_request = Some(ResetCause::SystemOff);
            }
        }
    }

    /// Firmware stores `bytes` bytes to flash at `addr`: what becomes of it. When it programs words, the bytes are the caller's.
    pub fn flash_store(&mut self, addr: u32, bytes: u32, world: &mut World) -> FlashStore {
        self.nvmc.store(addr, bytes, &mut Cx::new(world, SOC))
    }

    /// When the operation on flash that runs will have ended: until then nobody reads flash or runs code in it.
    #[inline]
    pub fn flash_busy(&self) -> Option<Instant> {
        self.nvmc.busy()
    }

    /// Whether an operation on flash has started of which the engine does not know.
    #[inline]
    pub fn flash_has_work(&self) -> bool {
        self.nvmc.started()
    }

    /// The addresses of flash that are to be erased now, once for each request; the engine knows of the operation from here on.
    pub fn take_flash_work(&mut self) -> Option<core::ops::Range<u32>> {
        self.nvmc.take_work()
    }

    /// All words of UICR, from 0x1000_1000.
    pub fn uicr(&self) -> &[u32; 1024] {
        self.uicr.words()
    }

    /// The manual's name of the register at `addr`, such as `CLOCK.LFCLKSTAT` or `SCB.CPACR`.
    pub fn register_name(&self, addr: u32) -> Option<String> {
        let addr = addr & !3;
        if let Some((registers, at)) = Ppb::find(addr) {
            return registers.name(at).map(|name| format!("{}.{name}", registers.block));
        }
        map::register_name(addr, self.enable(addr))
    }

    /// The block that the register at `addr` belongs to, by what ENABLE of its page says.
    pub fn block_at(&self, addr: u32) -> Option<&'static map::Instance> {
        let addr = addr & !3;
        if addr & !(map::PAGE - 1) == map::GPIO {
            return map::page(addr).next();
        }
        map::find(addr, self.enable(addr)).map(|(instance, _)| instance)
    }

    /// When the block with peripheral ID `id` next does something by itself; `None` when nothing is under way in it.
    pub fn next_of_block(id: u8, world: &World) -> Option<Instant> {
        let its = alarms::all().filter(|&alarm| alarms::owner(alarm).is_some_and(|(owner, _)| owner == id));
        its.filter_map(|alarm| world.sched.when(SOC, alarm)).min()
    }

    /// ENABLE of the page of `addr`.
    fn enable(&self, addr: u32) -> u32 {
        let id = peripheral_id(addr);
        let kept = || self.enables.get(usize::from(id)).map_or(0, |&e| u32::from(e));
        self.blocks.get(id).map_or_else(kept, |block| block.enable())
    }

    fn notice(&mut self, world: &mut World) {
        self.ppb.nvic.sample(world.irqs);
    }

    fn read_any(&mut self, addr: u32, width: Width, world: &mut World) -> Result<u32, BusFault> {
        if qspi::WINDOW.contains(&addr) {
            return self.blocks.qspi().load(addr, width, &mut Cx::new(world, SOC)).ok_or(BusFault { addr });
        }
        let word = addr & !3;
        let (shift, mask) = lanes(addr, width);
        if !exists(word) {
            return Err(BusFault { addr });
        }
        self.check_width(addr, width, Verb::Read, world);
        let value = self.read_word(word, world).unwrap_or_else(|refusal| self.refuse(word, refusal, Verb::Read, world));
        self.relay(&mut Cx::new(world, SOC));
        Ok(value >> shift & mask)
    }

    fn write_any(&mut self, addr: u32, width: Width, value: u32, world: &mut World) -> Result<(), BusFault> {
        let word = addr & !3;
        if !exists(word) {
            return Err(BusFault { addr });
        }
        if addr & !(map::PAGE - 1) == map::UICR {
            return self.write_uicr(addr, width, value, world);
        }
        self.check_width(addr, width, Verb::Write(value), world);
        if let 0xE000_0000..0xE000_0080 = addr {
            if let Err(refusal) = self.ppb.stimulus(addr, width, value, &mut Cx::new(world, SOC)) {
                self.refuse(word, refusal, Verb::Write(value), world);
            }
            return Ok(());
        }
        let (shift, mask) = lanes(addr, width);
        let mut whole = (value & mask) << shift;
        if mask << shift != u32::MAX && !acts_on_ones(word) {
            let kept = self.read_word(word, world).unwrap_or(0);
            whole |= kept & !(mask << shift);
        }
        if let Err(refusal) = self.write_word(word, whole, world) {
            self.refuse(word, refusal, Verb::Write(value), world);
        }
        self.relay(&mut Cx::new(world, SOC));
        self.notice(world);
        if word == SYSTEMOFF && self.is_off() {
            self.switch_off(world);
        }
        if self.nvmc.take_fault() { Err(BusFault { addr }) } else { Ok(()) }
    }

    /// UICR is written as flash is; a word waits behind those that are being written.
    fn write_uicr(&mut self, addr: u32, width: Width, value: u32, world: &mut World) -> Result<(), BusFault> {
        match self.flash_store(addr, width.bytes(), world) {
            FlashStore::Faults => return Err(BusFault { addr }),
            FlashStore::Programs | FlashStore::Waits(_) => self.uicr.write((addr & 0xFFF) as u16, value),
        }
        Ok(())
    }

    fn read_word(&mut self, addr: u32, world: &mut World) -> Result<u32, Refusal> {
        let (at, lines) = ((addr & 0xFFF) as u16, world.irqs);
        let cx = &mut Cx::new(world, SOC);
        match addr & !0xFFF {
            map::GPIO => self.gpio.read(at, cx),
            0xE000_0000..0xE010_0000 => self.ppb.read(addr, lines, cx),
            map::FICR => Ok(self.ficr.read(at)),
            map::UICR => Ok(self.uicr.read(at)),
            _ => match quirks::find(addr) {
                Some(Quirk::Nothing) => Ok(0),
                Some(Quirk::Kept(place)) => Ok(self.kept[usize::from(place)]),
                Some(Quirk::Constant(value)) => Ok(value),
                None => self.read_block(addr, at, cx),
            },
        }
    }

    fn read_block(&mut self, addr: u32, at: u16, cx: &mut Cx) -> Result<u32, Refusal> {
        if let Some(block) = apb(addr).and_then(|id| self.blocks.get_mut(id)) {
            return block.read(at, &mut Io { cx, gpio: &mut self.gpio });
        }
        match addr & !0xFFF {
            0x4000_0000 => self.clock_power.read(at),
            NVMC_PAGE => self.nvmc.read(at),
            _ if at == 0x500 && self.enable(addr) != 0 => Ok(self.enable(addr)),
            _ => match map::find(addr, self.enable(addr)) {
                Some((instance, at)) => {
                    Err(Refusal::NotModelled(instance.registers.find(at).map_or(0, |(register, _)| register.reset)))
                }
                None => Err(Refusal::Unmapped),
            },
        }
    }

    fn write_word(&mut self, addr: u32, value: u32, world: &mut World) -> Result<(), Refusal> {
        let (at, lines) = ((addr & 0xFFF) as u16, world.irqs);
        let cx = &mut Cx::new(world, SOC);
        match addr & !0xFFF {
            map::GPIO => self.gpio.write(at, value, cx),
            0xE000_0000..0xE010_0000 => self.ppb.write(addr, value, lines, alarms::SYSTICK, cx),
            map::FICR => Err(Refusal::ReadOnly),
            _ => match quirks::find(addr) {
                Some(Quirk::Nothing | Quirk::Constant(_)) => Ok(()),
                Some(Quirk::Kept(place)) => {
                    self.kept[usize::from(place)] = value;
                    Ok(())
                }
                None => self.write_block(addr, at, value, cx),
            },
        }
    }

    fn write_block(&mut self, addr: u32, at: u16, value: u32, cx: &mut Cx) -> Result<(), Refusal> {
        if let Some(block) = apb(addr).and_then(|id| self.blocks.get_mut(id)) {
            let written = block.write(at, value, &mut Io { cx, gpio: &mut self.gpio });
            match addr & !0xFFF {
                usbd::PAGE if at == 0x500 => self.clock_power.usbd_is(self.blocks.usbd().is_enabled(), cx),
                PPI_PAGE => self.blocks.usbd().listened(cx),
                _ => {}
            }
            return written;
        }
        match addr & !0xFFF {
            0x4000_0000 => {
                let written = self.clock_power.write(at, value, cx);
                self.blocks.lfclk_is(self.clock_power.lfclk(), cx);
                written
            }
            NVMC_PAGE => {
                let written = self.nvmc.write(at, value, cx);
                if self.nvmc.take_uicr_erase() {
                    self.uicr.erase();
                }
                written
            }
            _ => {
                let Some((instance, at)) = map::find(addr, self.enable(addr)) else { return Err(Refusal::Unmapped) };
                let Some((register, _)) = instance.registers.find(at) else { return Err(Refusal::Unmapped) };
                if at == 0x500
                    && let Some(enable) = self.enables.get_mut(usize::from(peripheral_id(addr)))
                {
                    *enable = value as u8;
                }
                let harmless = match register.access {
                    Access::R => return Err(Refusal::ReadOnly),
                    Access::W => value == 0,
                    Access::RW => value == register.reset || register.name.ends_with("CLR"),
                };
                if harmless { Ok(()) } else { Err(Refusal::NotModelled(0)) }
            }
        }
    }

    /// Tells the blocks that listen to `pin` of its change.
    #[cold]
    fn pass_on(&mut self, pin: u8, edge: Edge, cx: &mut Cx) {
        if self.is_off() {
            return;
        }
        let mut least = 0;
        while let Some(id) = self.gpio.listener(pin, least) {
            if let Some(block) = self.blocks.get_mut(id) {
                block.edge(pin, edge.level(), &mut Io { cx, gpio: &mut self.gpio });
            }
            least = id + 1;
        }
    }

    /// Says what was wrong; gives what a read sees.
    #[cold]
    fn refuse(&mut self, addr: u32, refusal: Refusal, verb: Verb, world: &mut World) -> u32 {
        let (lint, value): (&'static Lint, u32) = match refusal {
            Refusal::NotModelled(value) => (&lint::NOT_MODELLED, value),
            Refusal::ReadOnly => (&lint::READ_ONLY, 0),
            Refusal::Width => (&lint::ACCESS_WIDTH, 0),
            Refusal::Unmapped => (&lint::NO_SUCH_REGISTER, 0),
        };
        let name = self.describe(addr);
        let without = match refusal {
            Refusal::NotModelled(_) => map::find(addr, self.enable(addr)).map_or("", |(instance, _)| instance.without),
            _ => "",
        };
        Cx::new(world, SOC).report(lint, u64::from(addr), || {
            let done = match verb {
                Verb::Read => "read".to_owned(),
                Verb::Write(value) if value < 10 => format!("write {value}"),
                Verb::Write(value) => format!("write 0x{value:x}"),
            };
            let colon = if without.is_empty() { "" } else { ": " };
            format!("{name} at 0x{addr:08x} ({done}){colon}{without}")
        });
        value
    }

    fn describe(&self, addr: u32) -> String {
        self.register_name(addr).unwrap_or_else(|| match map::page(addr).next() {
            Some(instance) => format!("offset 0x{:03x} of {}", addr & 0xFFF, instance.name),
            None => "a word".to_owned(),
        })
    }

    fn check_width(&mut self, addr: u32, width: Width, verb: Verb, world: &mut World) {
        let flash_like = matches!(addr, map::FICR..0x1000_2000);
        // Compilers make a load of one byte of what SDKs read there, part and revision, with 0xFF over it.
        let table = map::VENDOR_ROM.contains(&addr);
        let allowed = match verb {
            // Pages of flash are read like memory.
            Verb::Read if flash_like || table => true,
            _ => Ppb::takes(addr, width) && addr.is_multiple_of(width.bytes()),
        };
        if !allowed {
            self.refuse(addr & !3, Refusal::Width, verb, world);
        }
    }
}

impl HearsPins for Soc {
    #[inline]
    fn edge(&mut self, pin: PinId, edge: Edge, cx: &mut Cx) {
        self.gpio.edge(pin, edge);
        if self.gpio.is_watched(pin.0) {
            self.pass_on(pin.0, edge, cx);
            self.relay(cx);
            self.ppb.nvic.sample(cx.lines());
        }
    }
}

/// POWER.SYSTEMOFF.
const SYSTEMOFF: u32 = 0x4000_0500;
/// NVMC and ACL.
const NVMC_ID: u8 = 30;
const NVMC_PAGE: u32 = 0x4001_E000;
const PPI_PAGE: u32 = 0x4001_F000;

/// Changes of pins without a wire that are handed on at once.
const MOST_CHANGES: u32 = 1_000;

/// The peripheral ID that belongs to a page on the APB.
const fn peripheral_id(addr: u32) -> u8 {
    (addr >> 12 & 0x3F) as u8
}

/// The peripheral ID of an address on the APB.
fn apb(addr: u32) -> Option<u8> {
    (0x4000_0000..0x4003_0000).contains(&addr).then_some(peripheral_id(addr))
}

/// Whether anything answers at `addr`.
fn exists(addr: u32) -> bool {
    match addr {
        0xE000_0000..0xE010_0000 => Ppb::find(addr).is_some(),
        0xF000_0000..0xF000_1000 => true,
        _ => map::mapped(addr),
    }
}

/// How far the addressed bytes are shifted within their word, and the mask of an access, which never reaches the next word.
fn lanes(addr: u32, width: Width) -> (u32, u32) {
    let shift = addr % 4 * 8;
    let mask = match width {
        Width::Byte => 0xFF,
        Width::Half => 0xFFFF,
        Width::Word => u32::MAX,
    };
    (shift, mask)
}

/// Registers in which only ones act, so that the bytes beside a narrow write must be zeros: tasks, SET and CLR registers, and
/// those that are cleared by writing ones.
fn acts_on_ones(addr: u32) -> bool {
    match addr {
        0xE000_E100..0xE000_E400 | 0xE000_ED04 | 0xE000_ED28..0xE000_ED34 => true,
        0xE000_0000..0xE010_0000 => false,
        map::GPIO..0x5000_1000 => matches!((addr - map::GPIO) % 0x300, 0x208 | 0x20C | 0x218..0x224),
        0x4000_0000..0x4003_0000 => match addr & 0xFFF {
            // EVTENSET and EVTENCLR of the RTCs.
            0x344..0x34C => true,
            0x000..0x100 | 0x304..0x30C | 0x400..0x404 | 0x480 => true,
            // EPSTATUS and EPDATASTATUS of USBD.
            0x468 | 0x46C => addr & !0xFFF == usbd::PAGE,
            at => addr < 0x4000_1000 && (0x900..0x990).contains(&at) && at % 16 != 0,
        },
        _ => false,
    }
}
