//! USBD with the host at the other end of its cable, and POWER's view of VBUS.

use super::*;
use crate::kernel::{ConsolePort, Register};
use proptest::prelude::*;

const POWER: u32 = 0x4000_0000;
const USBDETECTED: u32 = POWER + 0x11C;
const USBPWRRDY: u32 = POWER + 0x124;
const USBREGSTATUS: u32 = POWER + 0x438;

const USBD: u32 = 0x4002_7000;
const STARTEPIN: u32 = USBD + 0x004;
const STARTEPOUT: u32 = USBD + 0x028;
const EP0RCVOUT: u32 = USBD + 0x04C;
const EP0STATUS: u32 = USBD + 0x050;
const EP0STALL: u32 = USBD + 0x054;
const USBRESET: u32 = USBD + 0x100;
const STARTED: u32 = USBD + 0x104;
const ENDEPIN: u32 = USBD + 0x108;
const EP0DATADONE: u32 = USBD + 0x128;
const ENDEPOUT: u32 = USBD + 0x130;
const SOF: u32 = USBD + 0x154;
const USBEVENT: u32 = USBD + 0x158;
const EP0SETUP: u32 = USBD + 0x15C;
const EPDATA: u32 = USBD + 0x160;
const SHORTS: u32 = USBD + 0x200;
const INTENSET: u32 = USBD + 0x304;
const INTENCLR: u32 = USBD + 0x308;
const EVENTCAUSE: u32 = USBD + 0x400;
const HALTED_EPIN: u32 = USBD + 0x420;
const EPSTATUS: u32 = USBD + 0x468;
const EPDATASTATUS: u32 = USBD + 0x46C;
const USBADDR: u32 = USBD + 0x470;
const SIZE_EPOUT: u32 = USBD + 0x4A0;
const ENABLE: u32 = USBD + 0x500;
const USBPULLUP: u32 = USBD + 0x504;
const DTOGGLE: u32 = USBD + 0x50C;
const EPINEN: u32 = USBD + 0x510;
const EPOUTEN: u32 = USBD + 0x514;
const EPSTALL: u32 = USBD + 0x518;
const FRAMECNTR: u32 = USBD + 0x520;
/// PTR, MAXCNT and AMOUNT of endpoint n are 20 * n further.
const EPIN_PTR: u32 = USBD + 0x600;
const EPIN_AMOUNT: u32 = USBD + 0x608;
const EPOUT_PTR: u32 = USBD + 0x700;
const EPOUT_AMOUNT: u32 = USBD + 0x708;

const RAM: u32 = 0x2000_0000;
const READY: u32 = 1 << 11;
/// From ENABLE and USBPULLUP to the first request: READY, 100 ms, reset, recovery.
const TO_FIRST_REQUEST: Span = Span::from_ms(162);

fn bench() -> Bench {
    Bench::with(SocConfig { usb: true, ..SocConfig::default() }, |_| {})
}

/// Bus reset and recovery are over, and the first request is there.
fn attached() -> Bench {
    let mut b = bench();
    b.write(ENABLE, 1);
    b.write(USBPULLUP, 1);
    b.run(TO_FIRST_REQUEST);
    b
}

/// Reads and clears an event.
fn take(b: &mut Bench, event: u32) -> bool {
    let happened = b.read(event) != 0;
    b.write(event, 0);
    happened
}

fn request(b: &mut Bench) -> [u8; 8] {
    [0, 1, 2, 3, 4, 5, 6, 7].map(|n| b.read(USBD + 0x480 + 4 * n) as u8)
}

/// Waits for the next SETUP.
fn setup(b: &mut Bench) -> [u8; 8] {
    for _ in 0..500 {
        if take(b, EP0SETUP) {
            return request(b);
        }
        b.run(Span::from_us(20));
    }
    panic!("no SETUP within 10 ms");
}

fn start_in(b: &mut Bench, endpoint: u32, bytes: &[u8]) {
    b.ram.0[..bytes.len()].copy_from_slice(bytes);
    b.write(EPIN_PTR + 20 * endpoint, RAM);
    b.write(EPIN_PTR + 20 * endpoint + 4, bytes.len() as u32);
    b.write(STARTEPIN + 4 * endpoint, 1);
    b.run(Span::from_us(5));
    assert!(take(b, ENDEPIN + 4 * endpoint));
}

fn start_out(b: &mut Bench, endpoint: u32) -> Vec<u8> {
    let size = b.read(SIZE_EPOUT + 4 * endpoint);
    b.write(EPOUT_PTR + 20 * endpoint, RAM + 128);
    b.write(EPOUT_PTR + 20 * endpoint + 4, size);
    b.write(STARTEPOUT + 4 * endpoint, 1);
    b.run(Span::from_us(5));
    assert!(take(b, ENDEPOUT + 4 * endpoint));
    assert_eq!(b.read(EPOUT_AMOUNT + 20 * endpoint), size);
    b.ram.0[128..128 + size as usize].to_vec()
}

/// Answers a read request in packets of 64, then the status stage.
fn answer(b: &mut Bench, data: &[u8]) {
    for piece in data.chunks(64) {
        start_in(b, 0, piece);
        b.run(Span::from_us(200));
        assert!(take(b, EP0DATADONE));
    }
    b.write(EP0STATUS, 1);
    b.run(Span::from_us(50));
}

const DEVICE: [u8; 18] = [18, 1, 0, 2, 0xEF, 2, 1, 64, 0x39, 0x12, 1, 0, 0, 1, 0, 0, 0, 1];

fn configuration() -> Vec<u8> {
    let interfaces: [&[u8]; 6] = [
        &[9, 4, 0, 0, 1, 2, 2, 0, 0],
        &[5, 0x24, 6, 0, 1],
        &[7, 5, 0x81, 3, 8, 0, 16],
        &[9, 4, 1, 0, 2, 10, 0, 0, 0],
        &[7, 5, 0x02, 2, 64, 0, 0],
        &[7, 5, 0x82, 2, 64, 0, 0],
    ];
    let rest = interfaces.concat();
    [&[9, 2, 9 + rest.len() as u8, 0, 2, 1, 0, 0x80, 50][..], &rest].concat()
}

/// A serial port that the host has opened; endpoint 2 takes packets.
fn opened() -> Bench {
    let mut b = attached();
    for _ in 0..20 {
        let request = setup(&mut b);
        match request {
            [0x80, 6, _, 1, ..] => answer(&mut b, &DEVICE[..usize::from(request[6]).min(18)]),
            [0x80, 6, _, 2, ..] => answer(&mut b, &configuration()[..usize::from(request[6])]),
            [0, 5, ..] => {}
            [0, 9, ..] => {
                b.write(EPINEN, 0b111);
                b.write(EPOUTEN, 0b101);
                b.write(SIZE_EPOUT + 8, 0);
                b.write(EP0STATUS, 1);
            }
            [0x21, 0x20, ..] => {
                b.write(EP0RCVOUT, 1);
                b.run(Span::from_us(100));
                assert!(take(&mut b, EP0DATADONE));
                assert_eq!(start_out(&mut b, 0), [0, 0xC2, 1, 0, 0, 0, 8]);
                b.write(EP0STATUS, 1);
            }
            [0x21, 0x22, 3, ..] => {
                b.write(EP0STATUS, 1);
                b.run(Span::from_us(100));
                b.fabric.world.input.open(InputTo::Only(ConsolePort::Usb));
                return b;
            }
            other => panic!("{other:02x?}"),
        }
    }
    panic!("the host asks too much");
}

fn send(b: &mut Bench, bytes: &[u8]) {
    let now = b.fabric.world.now;
    b.soc.send_input(bytes, now, &mut b.fabric.world);
    b.run(Span::from_us(200));
}

#[test]
fn vbus_is_seen_after_each_reset_and_the_regulator_starts_with_usbd() {
    let mut b = bench();
    for cause in [ResetCause::Software, ResetCause::Pin] {
        assert_eq!((b.read(USBREGSTATUS), b.read(USBDETECTED), b.read(USBPWRRDY)), (1, 1, 0));
        assert_eq!(b.fabric.world.sched.next(), None, "nothing happens by itself");
        b.write(POWER + 0x304, 1 << 7 | 1 << 9);
        assert_eq!(b.fabric.world.irqs, 1, "USBDETECTED is pending");
        b.write(USBDETECTED, 0);
        b.write(ENABLE, 1);
        b.run(Span::from_us(499));
        assert_eq!((b.read(USBREGSTATUS), b.fabric.world.irqs), (1, 0));
        b.run(Span::from_us(1));
        assert_eq!((b.read(USBREGSTATUS), b.read(USBPWRRDY), b.fabric.world.irqs), (3, 1, 1));
        b.write(ENABLE, 0);
        assert_eq!(b.read(USBREGSTATUS), 1);
        b.soc.reset(cause, &mut b.fabric.world);
    }
    let mut without = Bench::new();
    without.write(ENABLE, 1);
    without.write(USBPULLUP, 1);
    without.run(Span::from_ms(500));
    assert_eq!([USBREGSTATUS, USBDETECTED, EVENTCAUSE, USBRESET].map(|at| without.read(at)), [0; 4]);
}

#[test]
fn ready_comes_after_enable_and_the_bus_is_reset_when_the_pull_up_is_there() {
    let mut b = bench();
    b.write(INTENSET, 1 << 22);
    b.write(ENABLE, 1);
    assert_eq!((b.read(ENABLE), b.read(EVENTCAUSE)), (1, 0));
    b.run(Span::from_us(600));
    assert_eq!((b.read(EVENTCAUSE), b.read(USBEVENT), b.fabric.world.irqs), (READY, 1, 1 << 39));
    b.write(EVENTCAUSE, READY);
    b.write(USBEVENT, 0);
    assert_eq!((b.read(EVENTCAUSE), b.fabric.world.irqs), (0, 0));
    b.run(Span::from_ms(1_000));
    assert_eq!((b.read(USBRESET), b.fabric.world.sched.next()), (0, None), "without pull-up nobody sees the device");
    b.write(EPINEN, 0x1FF);
    b.write(USBPULLUP, 1);
    b.run(Span::from_ms(101));
    assert!(take(&mut b, USBRESET));
    assert_eq!((b.read(EPINEN), b.read(EPOUTEN), b.read(FRAMECNTR)), (1, 1, 0));
    b.run(Span::from_ms(50 + 5));
    assert_eq!((b.read(FRAMECNTR), b.read(SOF)), (6, 1));
    b.write(USBPULLUP, 0);
    b.write(SOF, 0);
    b.run(Span::from_ms(100));
    assert_eq!((b.read(FRAMECNTR), b.read(SOF), b.fabric.world.sched.next()), (0, 0, None));
}

#[test]
fn a_request_that_reads_goes_stage_by_stage() {
    let mut b = attached();
    assert_eq!(setup(&mut b), [0x80, 6, 0, 1, 0, 0, 64, 0]);
    b.ram.0[..18].copy_from_slice(&DEVICE);
    b.write(EPIN_PTR, RAM);
    b.write(EPIN_PTR + 4, 18);
    b.write(STARTEPIN, 1);
    assert_eq!((b.read(STARTED), b.read(EPSTATUS), b.read(ENDEPIN)), (1, 1, 0));
    b.run(Span::from_us(2));
    assert_eq!((b.read(ENDEPIN), b.read(EPIN_AMOUNT), b.read(EP0DATADONE)), (1, 18, 0));
    b.write(EPSTATUS, 1);
    assert_eq!(b.read(EPSTATUS), 0);
    b.run(Span::from_us(30));
    assert_eq!(b.read(EP0DATADONE), 1, "the host has the packet");
    b.run(Span::from_ms(1_000));
    assert!(!take(&mut b, EP0SETUP), "the status stage waits for EP0STATUS");
    b.write(EP0STATUS, 1);
    // The controller answers SET_ADDRESS by itself.
    assert_eq!(setup(&mut b), [0, 5, 1, 0, 0, 0, 0, 0]);
    b.run(Span::from_ms(3));
    assert_eq!(b.read(USBADDR), 1);
    assert_eq!(setup(&mut b), [0x80, 6, 0, 1, 0, 0, 18, 0]);
}

#[test]
fn shorts_do_what_software_would() {
    const EP0DATADONE_EP0STATUS: u32 = 1 << 2;
    let mut b = attached();
    b.write(SHORTS, EP0DATADONE_EP0STATUS);
    assert_eq!(setup(&mut b)[1], 6);
    start_in(&mut b, 0, &DEVICE);
    assert_eq!(setup(&mut b)[1], 5, "the status stage is over");
    b.write(SHORTS, 0xFFFF_FFFF);
    assert_eq!(b.read(SHORTS), 0x1F);
}

#[test]
fn a_stall_holds_until_the_next_request() {
    let mut b = attached();
    setup(&mut b);
    b.write(EP0STALL, 1);
    // The host starts anew: reset, then the same request.
    b.run(Span::from_ms(80));
    assert!(take(&mut b, USBRESET) && take(&mut b, EP0SETUP));
    answer(&mut b, &DEVICE);
    assert_eq!(setup(&mut b)[1], 5);
    assert_eq!(b.lints(), Vec::<&str>::new());
}

#[test]
fn a_serial_port_is_opened_and_its_text_goes_both_ways() {
    let mut b = opened();
    assert_eq!((b.read(USBADDR), b.lints()), (1, vec![]));
    let idle = b.fabric.world.sched.next();
    assert_eq!(idle, None, "a port that waits has no alarms");

    start_in(&mut b, 2, b"hello");
    assert!(!take(&mut b, EPDATA));
    b.run(Span::from_us(100));
    assert!(take(&mut b, EPDATA));
    assert_eq!((b.read(EPDATASTATUS), b.read(EPSTATUS) & 4), (4, 4));
    b.write(EPDATASTATUS, 4);
    assert_eq!((b.read(EPDATASTATUS), b.console()), (0, "hello".to_owned()));

    send(&mut b, b"typed");
    assert!(take(&mut b, EPDATA));
    assert_eq!((b.read(EPDATASTATUS), b.read(SIZE_EPOUT + 8)), (1 << 18, 5));
    b.write(EPDATASTATUS, 1 << 18);
    // The endpoint holds one packet; the next is taken when the first has been moved.
    send(&mut b, b"more");
    assert_eq!(b.read(EPDATASTATUS), 0);
    assert_eq!(start_out(&mut b, 2), b"typed");
    b.run(Span::from_us(100));
    assert_eq!(b.read(EPDATASTATUS), 1 << 18);
    assert_eq!(start_out(&mut b, 2), b"more");
}

#[test]
fn a_write_to_size_drops_the_packet_and_an_out_transfer_moves_what_maxcnt_says() {
    let mut b = opened();
    send(&mut b, b"lost bytes");
    b.write(SIZE_EPOUT + 8, 0);
    assert_eq!(b.read(SIZE_EPOUT + 8), 0);
    send(&mut b, b"kept");
    assert_eq!(b.read(SIZE_EPOUT + 8), 4);
    b.write(EPOUT_PTR + 40, RAM);
    b.write(EPOUT_PTR + 44, 10);
    b.write(STARTEPOUT + 8, 1);
    b.run(Span::from_us(5));
    assert_eq!(b.read(EPOUT_AMOUNT + 40), 10);
    assert_eq!(&b.ram.0[..10], b"kept bytes");
}

#[test]
fn a_halted_endpoint_says_so_and_toggles_are_kept() {
    let mut b = opened();
    b.write(EPSTALL, 0x182);
    assert_eq!(b.read(HALTED_EPIN + 8), 1);
    start_in(&mut b, 2, b"x");
    b.run(Span::from_ms(5));
    assert_eq!(b.console(), "", "a halted endpoint sends nothing");
    b.write(EPSTALL, 0x082);
    assert_eq!(b.read(HALTED_EPIN + 8), 0);
    b.run(Span::from_ms(1));
    assert_eq!(b.console(), "x");
    b.write(DTOGGLE, 0x082);
    assert_eq!(b.read(DTOGGLE), 0x282, "one packet was DATA0");
    b.write(DTOGGLE, 0x182);
    assert_eq!(b.read(DTOGGLE), 0x182);
}

#[test]
fn easydma_does_one_thing_at_a_time() {
    let mut b = opened();
    b.write(EPIN_PTR + 24, 64);
    b.write(EPIN_PTR + 20, RAM);
    b.write(STARTEPIN + 4, 1);
    b.write(STARTEPIN + 8, 1);
    b.run(Span::from_us(10));
    assert_eq!((b.read(ENDEPIN + 4), b.read(ENDEPIN + 8)), (1, 0));
    assert_eq!(b.detail("usb-dma-busy"), "In(2) during In(1)");
    b.write(EPIN_PTR + 20, 0x0000_1000);
    b.write(STARTEPIN + 4, 1);
    b.run(Span::from_us(10));
    assert_eq!(b.detail("easydma-not-ram"), "USBD.EPIN.PTR reaches 0x00001000");
}

#[test]
fn frames_wake_only_who_wants_to_know() {
    let mut b = opened();
    b.write(SOF, 0);
    assert_eq!(b.read(SOF), 0);
    let now = b.fabric.world.now;
    let until = b.soc.steady_until(SOF, now).expect("it is known");
    assert!(until > now && until.since(now) <= Span::from_ms(1));
    let frame = b.read(FRAMECNTR);
    b.run(until.since(now));
    assert_eq!((b.read(SOF), b.read(FRAMECNTR)), (1, frame + 1));

    b.write(SOF, 0);
    b.write(INTENSET, 1 << 21);
    b.run(Span::from_ms(1));
    assert_eq!(b.fabric.world.irqs, 1 << 39);
    b.write(INTENCLR, 1 << 21);
    b.write(SOF, 0);
    assert_eq!(b.fabric.world.sched.next(), None);

    // PPI leads SOF to TIMER0's COUNT.
    b.write(0x4000_8504, 1);
    b.write(0x4000_8000, 1);
    b.write(0x4001_F510, SOF);
    b.write(0x4001_F514, 0x4000_8008);
    b.write(0x4001_F504, 1);
    b.run(Span::from_ms(10) + Span::from_us(1));
    b.write(0x4000_8040, 1);
    assert_eq!(b.read(0x4000_8540), 10);
    b.write(0x4001_F508, 1);
    assert_eq!(b.fabric.world.sched.next(), None);
}

#[test]
fn isochronous_transfers_are_a_gap_and_stopping_them_is_none() {
    let mut b = opened();
    for at in [0x024, 0x048] {
        b.write(USBD + at, 0);
    }
    assert_eq!(b.lints(), Vec::<&str>::new());
    b.write(USBD + 0x024, 1);
    assert_eq!(b.detail("not-modelled"), "USBD.TASKS_STARTISOIN at 0x40027024 (write 1)");
}

#[test]
fn errata_workarounds_are_taken_in_silence() {
    let mut b = bench();
    for at in [0x4006_EC00, 0x4006_ED14, 0x4006_EC14, USBD + 0x800, USBD + 0x804, USBD + 0xC1C] {
        b.write(at, 0x9375);
        assert_eq!(b.read(at), 0);
    }
    assert_eq!(b.lints(), Vec::<&str>::new());
}

#[test]
fn a_copy_goes_on_as_the_original_and_disabling_ends_everything() {
    let mut b = opened();
    start_in(&mut b, 2, b"once");
    let mut copy = Bench { soc: b.soc.clone(), fabric: b.fabric.clone(), ram: SomeRam(b.ram.0.clone()) };
    for bench in [&mut b, &mut copy] {
        bench.run(Span::from_us(100));
        assert_eq!(bench.console(), "once");
        send(bench, b"in");
        assert_eq!(start_out(bench, 2), b"in");
    }
    send(&mut b, b"again");
    b.write(ENABLE, 0);
    assert_eq!((b.fabric.world.sched.next(), b.read(USBPULLUP), b.read(USBADDR)), (None, 0, 0));
    b.write(ENABLE, 1);
    b.write(USBPULLUP, 1);
    b.run(TO_FIRST_REQUEST);
    assert_eq!(setup(&mut b)[1], 6);
}

/// Registers of USBD that are written, tasks more often than others.
fn registers() -> Vec<u32> {
    let all = super::super::USBD.registers.iter();
    let addresses =
        |r: &Register| (0..r.count).map(move |n| USBD + u32::from(r.offset + n * r.stride)).collect::<Vec<_>>();
    let tasks = [EP0STATUS, EP0RCVOUT, EP0STALL, STARTEPIN, STARTEPOUT].repeat(20);
    all.flat_map(addresses).chain(tasks).collect()
}

proptest! {
    /// Whatever firmware does to USBD while a host talks to it: time goes on, and the same again gives the same again.
    #[test]
    fn any_firmware_is_survived_and_repeats(
        stores in prop::collection::vec(
            (any::<prop::sample::Index>(), prop_oneof![3 => Just(1u32), 1 => 0u32..70, 1 => RAM..RAM + 250, 1 => any::<u32>()], 0u64..3_000),
            1..150,
        ),
        from_the_start in any::<bool>(),
    ) {
        let registers = registers();
        let play = || {
            let mut b = if from_the_start { attached() } else { opened() };
            let mut seen = Vec::new();
            for &(index, value, us) in &stores {
                b.write(registers[index.index(registers.len())], value);
                send(&mut b, b"typed");
                let end = b.fabric.world.now + Span::from_us(us);
                let mut alarms = 0;
                while let Some(due) = b.fabric.world.sched.pop(end) {
                    assert!(due.at >= b.fabric.world.now, "time goes back");
                    alarms += 1;
                    assert!(alarms < 10_000, "time does not go on");
                    b.fabric.world.now = due.at;
                    b.soc.wake(due.alarm, &mut b.ram, &mut b.fabric.world);
                }
                b.fabric.world.now = end;
                seen.push((alarms, b.fabric.world.irqs, b.read(EPDATASTATUS), b.read(FRAMECNTR)));
            }
            (seen, b.console(), b.ram.0)
        };
        prop_assert_eq!(play(), play());
    }
}
