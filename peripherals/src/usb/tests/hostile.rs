//! Firmware is untrusted, and so is every byte of its device.

use super::super::descriptors::Functions;
use super::*;
use proptest::prelude::*;

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    let small = prop_oneof![4 => prop::sample::select(vec![0u8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x24, 0x50, 0x81, 255]), 1 => any::<u8>()];
    prop::collection::vec(small, 0..most)
}

fn reply() -> impl Strategy<Value = Reply> {
    let whole = configuration(&[&serial_port(), &drive()]);
    prop_oneof![
        3 => bytes(300).prop_map(Reply::Data),
        3 => prop::sample::select(vec![device_descriptor(8, [1, 2, 3]), device_descriptor(64, [0, 0, 200]), whole]).prop_map(Reply::Data),
        1 => Just(Reply::Stall),
        1 => Just(Reply::Nothing),
    ]
}

proptest! {
    #[test]
    fn any_descriptors_are_survived(bytes in bytes(400)) {
        let found = Functions::find(&bytes);
        for pipe in found.drive.iter().flat_map(|d| [d.input, d.output]) {
            prop_assert!((1..=15).contains(&pipe.endpoint) && (1..=64).contains(&pipe.packet));
        }
    }

    /// Whatever a device answers, time goes on, and the same gives the same.
    #[test]
    fn any_device_is_survived(
        replies in prop::collection::vec(reply(), 1..30),
        packets in prop::collection::vec((1usize..8, bytes(64)), 0..60),
        room in 0usize..5,
        packet0 in 1usize..=64,
    ) {
        let play = || {
            let mut replies = replies.clone().into_iter().cycle();
            let mut good = well_behaved(configuration(&[&serial_port(), &drive()]));
            let mut count = 0;
            let mut device = Device::new(move |request| {
                count += 1;
                let reply = replies.next().unwrap_or(Reply::Stall);
                // Most devices get through the beginning, else nothing comes behind it.
                if count < 20 && count % 7 != 0 { good(request) } else { reply }
            });
            device.room = [room; 8];
            device.packet0 = packet0;
            let mut b = Bench::new(device);
            for (endpoint, packet) in &packets {
                b.device.inputs[*endpoint].push_back(packet.clone());
                b.device.halted[*endpoint] = packet.len() % 11 == 10;
                b.poke();
                b.run(Span::from_ms(37));
            }
            b.run(Span::from_ms(200_000));
            assert!(b.wakes < 5_000, "{} wakes", b.wakes);
            (b.text(), b.findings(), b.device.requests, b.wakes)
        };
        prop_assert_eq!(play(), play());
    }
}
