use super::super::descriptors::{Drive, Functions, Pipe, SerialPort};
use super::*;

const fn pipe(endpoint: u8) -> Pipe {
    Pipe { endpoint, packet: 64 }
}

#[test]
fn the_first_serial_port_and_the_first_drive_are_found() {
    let second = [&interface(3, [2, 2, 0])[..], &interface(4, [10, 0, 0]), &endpoint(4, 2, 64), &endpoint(0x84, 2, 64)];
    let found = Functions::find(&configuration(&[&drive(), &serial_port(), &second.concat(), &drive()]));
    let serial = SerialPort { interface: 0, notify: Some(1), input: pipe(2), output: pipe(2) };
    let drive = Drive { interface: 2, input: pipe(3), output: pipe(3) };
    assert_eq!(found, Functions { serial: Some(serial), drive: Some(drive) });
}

#[test]
fn the_union_says_which_interface_has_the_data() {
    let data = |n: u8| [&interface(n, [10, 0, 0])[..], &endpoint(n, 2, 32), &endpoint(0x80 | n, 2, 32)].concat();
    let control = [&interface(0, [2, 2, 1])[..], &[5, 0x24, 6, 0, 5]].concat();
    let found = Functions::find(&configuration(&[&control, &data(4), &data(5)])).serial.expect("it is there");
    assert_eq!(found.input, Pipe { endpoint: 5, packet: 32 });
    let without = Functions::find(&configuration(&[&interface(0, [2, 2, 1]), &data(4), &data(5)]));
    assert_eq!(without.serial.expect("the next one").input.endpoint, 4);
}

#[test]
fn what_is_no_use_is_not_used() {
    for parts in [
        // Another model of CDC, a drive with another transport, no endpoint that sends.
        vec![interface(0, [2, 6, 0]).to_vec(), interface(1, [10, 0, 0]).to_vec(), endpoint(2, 2, 64).to_vec()],
        vec![interface(0, [8, 6, 0x62]).to_vec(), endpoint(2, 2, 64).to_vec(), endpoint(0x82, 2, 64).to_vec()],
        vec![interface(0, [8, 6, 0x50]).to_vec(), endpoint(2, 2, 64).to_vec()],
        // Packets without a byte, endpoint 0.
        vec![interface(0, [8, 6, 0x50]).to_vec(), endpoint(2, 2, 0).to_vec(), endpoint(0x80, 2, 64).to_vec()],
    ] {
        let parts: Vec<_> = parts.iter().map(Vec::as_slice).collect();
        assert_eq!(Functions::find(&configuration(&parts)), Functions::default());
    }
}

#[test]
fn other_settings_of_an_interface_are_skipped_and_packets_are_of_full_speed() {
    let mut other = interface(2, [8, 6, 0x50]);
    other[3] = 1;
    let big = [&interface(2, [8, 6, 0x50])[..], &endpoint(3, 2, 512), &endpoint(0x83, 2, 512)].concat();
    let found = Functions::find(&configuration(&[&big, &other, &endpoint(5, 2, 64), &endpoint(0x85, 2, 64)]));
    assert_eq!(found.drive, Some(Drive { interface: 2, input: pipe(3), output: pipe(3) }));
}
