use super::*;

const GET_DEVICE: [u8; 8] = [0x80, 6, 0, 1, 0, 0, 18, 0];

#[test]
fn a_device_is_asked_what_it_is_in_the_order_of_the_manual() {
    let whole = configuration(&[&serial_port(), &drive()]);
    let total = whole.len() as u8;
    let mut b = Bench::new(Device::new(move |request| {
        Reply::Data(match request {
            [0x80, 6, _, 1, ..] => device_descriptor(64, [1, 0, 3]),
            [0x80, 6, _, 2, ..] => whole.clone(),
            [0x80, 6, 0, 3, ..] => vec![4, 3, 0x07, 0x04],
            [0xA1, 0xFE, ..] => vec![0],
            _ => Vec::new(),
        })
    }));
    b.run(Span::from_ms(99));
    assert_eq!((b.device.resets, b.host.frames_from()), (0, None));
    b.run(Span::from_ms(2));
    assert_eq!((b.device.resets, b.host.frames_from()), (1, None), "it is in reset");
    b.run(Span::from_ms(50));
    assert_eq!(b.host.frames_from(), Some(Instant::ZERO + Span::from_ms(150)));
    assert!(b.device.requests.is_empty(), "it has time to recover");
    b.run(Span::from_ms(30));
    assert_eq!(
        b.device.requests,
        [
            [0x80, 6, 0, 1, 0, 0, 64, 0],
            [0, 5, 1, 0, 0, 0, 0, 0],
            GET_DEVICE,
            [0x80, 6, 0, 2, 0, 0, 9, 0],
            [0x80, 6, 0, 2, 0, 0, total, 0],
            [0x80, 6, 0, 3, 0, 0, 255, 0],
            [0x80, 6, 1, 3, 7, 4, 255, 0],
            [0x80, 6, 3, 3, 7, 4, 255, 0],
            [0, 9, 7, 0, 0, 0, 0, 0],
            [0x21, 0x20, 0, 0, 0, 0, 7, 0],
            [0x21, 0x22, 3, 0, 0, 0, 0, 0],
            [0xA1, 0xFE, 0, 0, 2, 0, 1, 0],
        ]
    );
    assert_eq!(b.device.written, [0x00, 0xC2, 0x01, 0x00, 0, 0, 8], "115200 8N1");
    assert_eq!((b.device.resets, b.findings()), (1, vec![]));
}

#[test]
fn small_packets_and_answers_that_end_with_a_full_packet() {
    // 16 bytes of a string, in packets of 8: the end is told by an empty packet.
    let text: Vec<u8> = [&[16, 3][..], &[b'x', 0].repeat(7)].concat();
    let whole = configuration(&[&serial_port()]);
    let mut device = Device::new(move |request| {
        Reply::Data(match request {
            [0x80, 6, _, 1, ..] => device_descriptor(8, [0, 1, 0]),
            [0x80, 6, _, 2, ..] => whole.clone(),
            [0x80, 6, _, 3, ..] => text.clone(),
            _ => Vec::new(),
        })
    });
    device.packet0 = 8;
    let mut b = Bench::new(device);
    b.run(Span::from_ms(300));
    assert_eq!(b.device.requests.last(), Some(&[0x21, 0x22, 3, 0, 0, 0, 0, 0]));
    assert_eq!(b.findings(), []);
}

#[test]
fn a_device_that_refuses_what_it_must_answer_is_tried_four_times_and_then_given_up() {
    let refuses = |request: [u8; 8]| match request {
        GET_DEVICE => Reply::Stall,
        [0x80, 6, _, 1, ..] => Reply::Data(device_descriptor(64, [0; 3])),
        _ => Reply::Data(Vec::new()),
    };
    let mut b = Bench::new(Device::new(refuses));
    b.run(Span::from_ms(10_000));
    assert_eq!(b.device.resets, 4);
    assert_eq!(b.findings(), [("usb-device", "GET_DESCRIPTOR (device) was answered with STALL".into())]);
    assert_eq!(b.host.next(), None, "nothing more comes of it");
}

#[test]
fn silence_and_endless_nak_are_not_waited_for_for_ever() {
    let mut device = Device::new(|_| Reply::Nothing);
    let mut b = Bench::new(device);
    b.run(Span::from_ms(30_000));
    assert!(b.wakes < 100, "waiting costs nothing: {}", b.wakes);
    assert!(b.findings()[0].1.ends_with("was answered with NAK for 5 s"), "{:?}", b.findings());
    device = Device::new(|_| Reply::Stall);
    device.silent = true;
    let mut b = Bench::new(device);
    b.run(Span::from_ms(30_000));
    assert!(b.findings()[0].1.ends_with("was not answered at all"), "{:?}", b.findings());
}

#[test]
fn what_is_optional_may_be_refused() {
    let mut answer = well_behaved(configuration(&[&serial_port()]));
    let mut b = Bench::new(Device::new(move |request| match request {
        [0x21, 0x20, ..] => Reply::Stall,
        [0x80, 6, _, 1, ..] => Reply::Data(device_descriptor(64, [1, 2, 3])),
        [0x80, 6, _, 3, ..] => Reply::Stall,
        other => answer(other),
    }));
    b.run(Span::from_ms(300));
    assert_eq!(b.device.requests.last(), Some(&[0x21, 0x22, 3, 0, 0, 0, 0, 0]));
    assert_eq!(b.findings(), []);
}

#[test]
fn who_pulls_up_again_is_a_new_device() {
    let mut b = Bench::new(Device::new(well_behaved(configuration(&[&serial_port()]))));
    b.run(Span::from_ms(300));
    let asked = b.device.requests.len();
    b.host.detach(&mut Cx::new(&mut b.world, SOC));
    assert_eq!((b.host.next(), b.host.frames_from(), b.host.is_attached()), (None, None, false));
    b.host.attach(b.world.now);
    b.run(Span::from_ms(300));
    assert_eq!((b.device.resets, b.device.requests.len()), (2, 2 * asked));
}
