use super::*;

const PAGE: u32 = 0x4000_F000;
const ENABLE: u32 = PAGE + 0x500;
const MODE: u32 = PAGE + 0x504;
const RAM: u32 = 0x2000_0000;
/// Where the tests have the configuration, what comes in, and what goes out.
const INPUT: usize = 48;
const OUTPUT: usize = 112;

/// The Bluetooth Core Specification's sample data of encryption (v5, Vol 6, Part C, 1): session key, vector, packets.
const KEY: u128 = 0x99ad1b52_26a37e3e_058e3b8e_27c2c666;
const VECTOR: [u8; 8] = [0x24, 0xAB, 0xDC, 0xBA, 0xBE, 0xBA, 0xAF, 0xDE];
/// Counter, direction, header, clear and encrypted payload.
type Sample = (u8, u8, u8, &'static [u8], &'static [u8]);
const SAMPLES: [Sample; 3] = [
    (0, 1, 0x0F, &[0x06], &[0x9F, 0xCD, 0xA7, 0xF4, 0x48]),
    (0, 0, 0x07, &[0x06], &[0xA3, 0x4C, 0x13, 0xA4, 0x15]),
    (
        1,
        1,
        0x0E,
        &[
            0x17, 0x00, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70, 0x71, 0x31,
            0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x30,
        ],
        &[
            0x7A, 0x70, 0xD6, 0x64, 0x15, 0x22, 0x6D, 0xF2, 0x6B, 0x17, 0x83, 0x9A, 0x06, 0x04, 0x05, 0x59, 0x6B, 0xD6,
            0x56, 0x4F, 0x79, 0x6B, 0x5B, 0x9C, 0xE6, 0xFF, 0x32, 0xF7, 0x5A, 0x6D, 0x33,
        ],
    ),
];

fn ccm(mode: u32, counter: u8, direction: u8, header: u8, payload: &[u8]) -> Bench {
    let mut b = Bench::new();
    b.ram.0[..16].copy_from_slice(&KEY.to_be_bytes());
    b.ram.0[16] = counter;
    b.ram.0[24] = direction;
    b.ram.0[25..33].copy_from_slice(&VECTOR);
    b.ram.0[INPUT..INPUT + 3].copy_from_slice(&[header, payload.len() as u8, 0]);
    b.ram.0[INPUT + 3..INPUT + 3 + payload.len()].copy_from_slice(payload);
    for (at, value) in
        [(0x500, 2), (0x504, mode), (0x508, RAM), (0x50C, RAM + INPUT as u32), (0x510, RAM + OUTPUT as u32)]
    {
        b.write(PAGE + at, value);
    }
    b.write(PAGE + 0x200, 1);
    b.write(PAGE, 1);
    b
}

#[test]
fn packets_of_the_standard_are_encrypted_and_decrypted() {
    for (counter, direction, header, clear, encrypted) in SAMPLES {
        for (mode, from, to) in [(0, clear, encrypted), (1, encrypted, clear)] {
            let mut b = ccm(mode, counter, direction, header, from);
            b.run(Span::from_us(50));
            assert_eq!((b.read(PAGE + 0x100), b.read(PAGE + 0x104)), (1, 0), "ENDKSGEN");
            b.run(Span::from_us(8 * (3 + from.len() as u64)));
            assert_eq!(b.read(PAGE + 0x104), 1, "ENDCRYPT");
            assert_eq!(b.ram.0[OUTPUT..OUTPUT + 3], [header, to.len() as u8, 0]);
            assert_eq!(&b.ram.0[OUTPUT + 3..OUTPUT + 3 + to.len()], to);
            assert_eq!((b.read(PAGE + 0x400), b.lints()), (mode, vec![""; 0]), "MICSTATUS");
        }
    }
}

#[test]
fn a_packet_that_was_changed_fails_its_check() {
    let (counter, direction, header, _, encrypted) = SAMPLES[2];
    for at in [0, 20, 30] {
        let mut changed = encrypted.to_vec();
        changed[at] ^= 1;
        let mut b = ccm(1, counter, direction, header, &changed);
        b.run(Span::from_ms(1));
        assert_eq!((b.read(PAGE + 0x104), b.read(PAGE + 0x400)), (1, 0), "byte {at}");
    }
}

#[test]
fn lengths_that_cannot_be_do_no_harm() {
    for mode in [0, 1, 1 << 24, 1 << 24 | 1] {
        for length in [0, 1, 3, 4, 27, 31, 32, 100, 251, 255] {
            let mut b = ccm(mode, 0, 0, 2, &[]);
            b.ram.0[INPUT + 1] = length;
            b.run(Span::from_ms(5));
            assert_eq!(b.read(PAGE + 0x104), 1, "MODE 0x{mode:x}, {length} bytes");
            b.write(PAGE + 8, 1);
        }
    }
}

/// Bluetooth Core Specification v5, Vol 3, Part H, Appendix D.7: ah() of this key and prand 0x708194 is 0x0dfbaa.
#[test]
fn an_address_is_resolved_by_the_key_that_made_it() {
    const IRK: u128 = 0xec0234a3_57c8ad05_341010a6_0a397d9b;
    for (place, us) in [(0, 7), (2, 19)] {
        let mut b = Bench::new();
        b.ram.0[16 * place..16 * place + 16].copy_from_slice(&IRK.to_be_bytes());
        b.ram.0[INPUT + 3..INPUT + 9].copy_from_slice(&[0xAA, 0xFB, 0x0D, 0x94, 0x81, 0x70]);
        for (at, value) in [(0x500, 3), (0x504, 3), (0x508, RAM), (0x510, RAM + INPUT as u32), (0x304, 2), (0, 1)] {
            b.write(PAGE + at, value);
        }
        b.run(Span::from_ps(us * 1_000_000 - 1));
        assert_eq!([0x100, 0x104, 0x108].map(|at| b.read(PAGE + at)), [0, 0, 0]);
        b.run(Span::from_ps(1));
        assert_eq!([0x100, 0x104, 0x108].map(|at| b.read(PAGE + at)), [1, 1, 0]);
        assert_eq!((b.read(PAGE + 0x400), b.fabric.world.irqs), (place as u32, 1 << 15));
        b.ram.0[INPUT + 3] ^= 1;
        b.write(PAGE, 1);
        b.run(Span::from_us(19));
        assert_eq!(b.read(PAGE + 0x108), 1, "another address");
    }
}

#[test]
fn the_page_belongs_to_whom_enable_names() {
    let mut b = Bench::new();
    b.write(PAGE, 1);
    b.run(Span::from_ms(1));
    assert_eq!(b.read(PAGE + 0x100), 0, "nobody");
    b.write(ENABLE, 2);
    b.write(MODE, 0);
    b.write(ENABLE, 3);
    assert_eq!(b.read(MODE), 1, "NIRK");
    assert_eq!(b.soc.register_name(MODE).as_deref(), Some("AAR.NIRK"));
}
