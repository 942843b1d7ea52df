use super::*;

/// A drive at endpoints 3: each command block wrapper that comes is answered as `answer` says, with data and status.
fn run(mut answer: impl FnMut(u8) -> (Vec<u8>, u8)) -> (Bench, Vec<u8>) {
    let mut b = Bench::new(Device::new(well_behaved(configuration(&[&drive()]))));
    let mut commands = Vec::new();
    for _ in 0..4_000 {
        b.run(Span::from_ms(1));
        for wrapper in std::mem::take(&mut b.device.outputs[3]) {
            let bytes = wrapper.bytes();
            assert_eq!((bytes.len(), &bytes[..4], bytes[13]), (31, &b"USBC"[..], 0));
            let code = bytes[15];
            commands.push(code);
            let (data, status) = answer(code);
            let length = u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize;
            let packets = data.chunks(64).map(<[u8]>::to_vec);
            b.device.inputs[3].extend(packets);
            if data.len() < length && data.len().is_multiple_of(64) {
                b.device.inputs[3].push_back(Vec::new());
            }
            b.device.inputs[3].push_back([&b"USBS"[..], &bytes[4..8], &[0; 4], &[status]].concat());
            b.poke();
        }
    }
    (b, commands)
}

const INQUIRY: u8 = 0x12;
const TEST_UNIT_READY: u8 = 0;
const REQUEST_SENSE: u8 = 3;
const READ_CAPACITY: u8 = 0x25;
const READ: u8 = 0x28;

/// A drive of 512 blocks.
fn good(code: u8) -> (Vec<u8>, u8) {
    match code {
        INQUIRY => (vec![0; 36], 0),
        REQUEST_SENSE => (vec![0; 18], 0),
        READ_CAPACITY => (vec![0, 0, 1, 0xFF, 0, 0, 2, 0], 0),
        READ => (vec![0x55; 4096], 0),
        _ => (Vec::new(), 0),
    }
}

#[test]
fn a_drive_is_asked_what_it_is_and_read_once() {
    let (b, commands) = run(good);
    assert_eq!(commands, [INQUIRY, TEST_UNIT_READY, READ_CAPACITY, READ]);
    assert_eq!((b.findings(), b.host.next()), (vec![], None));
}

#[test]
fn a_drive_without_a_medium_is_asked_a_few_times() {
    let (b, commands) = run(|code| if code == TEST_UNIT_READY { (vec![], 1) } else { good(code) });
    assert_eq!(commands[..4], [INQUIRY, TEST_UNIT_READY, REQUEST_SENSE, TEST_UNIT_READY]);
    assert_eq!(commands.iter().filter(|&&code| code == TEST_UNIT_READY).count(), 6);
    assert_eq!((b.findings(), b.host.next()), (vec![], None));
}

#[test]
fn what_no_drive_says_ends_it() {
    let says = |answer: fn(u8) -> (Vec<u8>, u8)| {
        let (b, _) = run(answer);
        assert_eq!(b.host.next(), None);
        b.findings()
    };
    let huge = |code| if code == READ_CAPACITY { (vec![0xFF; 8], 0) } else { good(code) };
    assert_eq!(says(huge)[0].1, "READ CAPACITY says that blocks have another size than 512 to 4096 bytes");
    let more = |code| if code == INQUIRY { (vec![0; 64], 0) } else { good(code) };
    assert_eq!(says(more)[0].1, "INQUIRY was answered with more than was asked for");
    let more = |code| if code == READ { (vec![0; 8192], 0) } else { good(code) };
    assert_eq!(says(more)[0].1, "READ(10) was not answered with its status");
    let status = |code| if code == INQUIRY { (vec![0; 36], 2) } else { good(code) };
    assert_eq!(says(status)[0], ("usb-storage", "INQUIRY was not answered with its status".into()));
    let short = |code| if code == READ_CAPACITY { (vec![0; 3], 0) } else { good(code) };
    assert_eq!(says(short).len(), 1);
}

#[test]
fn a_stall_is_cleared_and_the_status_asked_for() {
    let mut b = Bench::new(Device::new(well_behaved(configuration(&[&drive()]))));
    b.device.halted[3] = true;
    b.run(Span::from_ms(400));
    assert_eq!(b.device.requests.last(), Some(&[2, 1, 0, 0, 0x83, 0, 0, 0]), "CLEAR_FEATURE (ENDPOINT_HALT)");
    let cleared = b.device.requests.iter().filter(|request| request[1] == 1).count();
    assert_eq!((cleared, b.findings().len()), (2, 1), "and no more than twice");
}

#[test]
fn a_drive_that_says_nothing_is_left_alone_after_a_while() {
    let mut b = Bench::new(Device::new(well_behaved(configuration(&[&drive()]))));
    b.run(Span::from_ms(60_000));
    assert_eq!(b.findings()[0].1, "INQUIRY was not answered within 20 s");
    assert!(b.wakes < 200);
}
