use super::*;
use crate::kernel::InputTo;

fn ready() -> Bench {
    let mut b = Bench::new(Device::new(well_behaved(configuration(&[&serial_port()]))));
    b.run(Span::from_ms(300));
    assert_eq!(b.findings(), []);
    b.world.input.open(InputTo::Only(ConsolePort::Usb));
    b
}

/// Types `bytes`, which are there at once.
fn send(b: &mut Bench, bytes: &[u8]) {
    b.world.input.send(bytes);
    if b.world.input.arrive() == Some(ConsolePort::Usb) {
        b.poke();
    }
}

#[test]
fn what_the_device_sends_is_text() {
    let mut b = ready();
    b.device.inputs[2].extend([b"hello ".to_vec(), Vec::new(), b"USB".to_vec()]);
    b.poke();
    b.run(Span::from_ms(1));
    assert_eq!(b.text(), b"hello USB");
}

#[test]
fn what_is_typed_goes_out_in_packets_as_the_device_takes_them() {
    let mut b = ready();
    b.device.room[2] = 0;
    b.poke();
    send(&mut b, &[b'x'; 150]);
    assert!(!b.world.input.is_awaited(), "a device that takes nothing has not read");
    b.run(Span::from_ms(5));
    assert!(b.device.outputs[2].is_empty());
    b.device.room[2] = 2;
    b.poke();
    b.run(Span::from_ms(5));
    assert_eq!(b.device.outputs[2].iter().map(|p| p.bytes().len()).collect::<Vec<_>>(), [64, 64]);
    b.device.room[2] = 9;
    b.poke();
    b.run(Span::from_ms(5));
    assert_eq!(b.device.outputs[2].iter().map(|p| p.bytes().len()).collect::<Vec<_>>(), [64, 64, 22]);
    assert!(b.world.input.is_awaited() && b.world.input.is_starving());
    send(&mut b, b"more");
    b.run(Span::from_ms(1));
    assert_eq!(b.device.outputs[2].last().map(Packet::bytes), Some(&b"more"[..]));
}

#[test]
fn a_frame_has_room_for_19_packets_and_both_ways_share_it() {
    let mut b = ready();
    b.device.inputs[2].extend((0..500).map(|_| vec![b'i'; 64]));
    b.poke();
    b.run(Span::from_ms(10));
    let alone = b.text().len();
    assert!((189..=191).contains(&(alone / 64)), "{alone} bytes in 10 ms");
    b.world.input.send(&vec![b'o'; 12_000]);
    b.world.input.arrive();
    b.poke();
    b.run(Span::from_ms(10));
    let (came, went) = (b.text().len() / 64, b.device.outputs[2].len());
    assert!((94..=97).contains(&came) && (94..=97).contains(&went), "{came} in, {went} out");
}

#[test]
fn a_port_that_waits_costs_nothing() {
    let mut b = ready();
    let before = b.wakes;
    b.run(Span::from_ms(100_000));
    assert_eq!((b.wakes, b.host.next()), (before, None));
}

#[test]
fn a_packet_that_has_not_gone_out_is_typed_again() {
    let mut b = ready();
    send(&mut b, b"abc");
    b.host.detach(&mut Cx::new(&mut b.world, SOC));
    assert_eq!(b.world.input.take(ConsolePort::Usb), Some(b'a'));
}

#[test]
fn notifications_are_taken_and_a_halted_endpoint_is_left_alone() {
    let mut b = ready();
    b.device.inputs[1].push_back(vec![0xA1, 0x20, 0, 0, 0, 0, 2, 0]);
    b.device.halted[2] = true;
    b.device.inputs[2].push_back(b"x".to_vec());
    b.poke();
    b.run(Span::from_ms(10));
    assert!(b.device.inputs[1].is_empty() && b.text().is_empty());
    b.device.halted[2] = false;
    b.poke();
    b.run(Span::from_ms(1));
    assert_eq!(b.text(), b"x");
}
