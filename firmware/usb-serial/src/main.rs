//! A serial port over USB: it greets who opens it, sends back each byte in capitals, and ends the run at Ctrl-D. The stack is usb-device
//! with nrf-usbd, so that it is not the one that the simulator's author has in mind.
//!
//! It sleeps in WFI while there is nothing to do. Interrupts stay masked (PRIMASK): a pending one ends WFI all the same.
#![no_std]
#![no_main]

use cortex_m::peripheral::NVIC;
use cortex_m::{Peripherals, interrupt};
use cortex_m_rt::entry;
use cortex_m_semihosting::debug::{self, ExitStatus};
use nrf_usbd::{UsbPeripheral, Usbd};
use usb_device::bus::{UsbBus, UsbBusAllocator};
use usb_device::device::{StringDescriptors, UsbDevice, UsbDeviceBuilder, UsbDeviceState, UsbVidPid};
use usbd_serial::SerialPort;

/// The interrupt of USBD, which is its peripheral ID.
#[derive(Clone, Copy)]
struct UsbdInterrupt;

// SAFETY: the nRF52840 has interrupt 39.
unsafe impl interrupt::InterruptNumber for UsbdInterrupt {
    fn number(self) -> u16 {
        39
    }
}

struct Nrf52840;

// SAFETY: USBD is at this address, and nothing else here uses it.
unsafe impl UsbPeripheral for Nrf52840 {
    const REGISTERS: *const () = USBD as *const ();
}

const USBD: usize = 0x4002_7000;
const EVENTS_EPDATA: usize = USBD + 0x160;
const INTENSET: usize = USBD + 0x304;
/// USBRESET, EP0DATADONE, USBEVENT, EP0SETUP, EPDATA.
const INTERRUPTS: u32 = 1 << 0 | 1 << 10 | 1 << 22 | 1 << 23 | 1 << 24;
const TASKS_HFCLKSTART: usize = 0x4000_0000;
const EVENTS_HFCLKSTARTED: usize = 0x4000_0100;
/// CPU cycles in a frame of 1 ms.
const FRAME_CYCLES: u32 = 64_000;
/// Ctrl-D.
const END: u8 = 4;

fn write(register: usize, value: u32) {
    // SAFETY: only registers of CLOCK and USBD are written, none of which touches memory.
    unsafe { (register as *mut u32).write_volatile(value) }
}

fn read(register: usize) -> u32 {
    // SAFETY: as above; reading these registers changes nothing.
    unsafe { (register as *const u32).read_volatile() }
}

/// Sends all of `bytes`, or what can be sent while somebody is there.
fn send<B: UsbBus>(device: &mut UsbDevice<B>, serial: &mut SerialPort<B>, mut bytes: &[u8]) {
    while !bytes.is_empty() && device.state() == UsbDeviceState::Configured {
        if let Ok(count) = serial.write(bytes) {
            bytes = &bytes[count..];
        }
        device.poll(&mut [serial]);
    }
    while serial.flush().is_err() && device.state() == UsbDeviceState::Configured {
        device.poll(&mut [serial]);
    }
}

#[entry]
fn main() -> ! {
    interrupt::disable();
    let _ = Peripherals::take();
    // USB needs the crystal.
    write(TASKS_HFCLKSTART, 1);
    while read(EVENTS_HFCLKSTARTED) == 0 {}

    let bus = UsbBusAllocator::new(Usbd::new(Nrf52840));
    let mut serial = SerialPort::new(&bus);
    // The numbers are those that pid.codes gives away for tests.
    let builder = UsbDeviceBuilder::new(&bus, UsbVidPid(0x1209, 0x0001));
    let strings = StringDescriptors::default().product("badgebench usb-serial");
    let builder = builder.strings(&[strings]).and_then(|b| b.max_packet_size_0(64));
    let Ok(builder) = builder else { end(ExitStatus::Err(())) };
    let mut device = builder.device_class(usbd_serial::USB_CLASS_CDC).build();
    write(INTENSET, INTERRUPTS);
    // SAFETY: interrupts are masked, so that no handler runs.
    unsafe { NVIC::unmask(UsbdInterrupt) };

    let mut greeted = false;
    loop {
        // The driver looks at EPDATASTATUS and leaves this event set.
        write(EVENTS_EPDATA, 0);
        NVIC::unpend(UsbdInterrupt);
        if !device.poll(&mut [&mut serial]) {
            cortex_m::asm::wfi();
        }
        if serial.dtr() && !greeted {
            greeted = true;
            send(&mut device, &mut serial, b"usb-serial: type\r\n");
        }
        let mut bytes = [0; 64];
        let count = serial.read(&mut bytes).unwrap_or(0);
        bytes.make_ascii_uppercase();
        let last = bytes[..count].iter().position(|&byte| byte == END);
        send(&mut device, &mut serial, &bytes[..last.unwrap_or(count)]);
        if last.is_some() {
            send(&mut device, &mut serial, b"\r\nusb-serial: done\r\n");
            // The last packet is still in the endpoint: the host gets two frames to fetch it.
            cortex_m::asm::delay(2 * FRAME_CYCLES);
            end(ExitStatus::Ok(()));
        }
    }
}

fn end(status: ExitStatus) -> ! {
    loop {
        debug::exit(status);
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    end(ExitStatus::Err(()))
}
