use super::*;

const ECB: u32 = 0x4000_E000;
const ENDECB: u32 = ECB + 0x100;
const ERRORECB: u32 = ECB + 0x104;
const PTR: u32 = ECB + 0x504;

/// FIPS 197, Appendix B and Appendix C.1.
const KNOWN: [[u128; 3]; 2] = [
    [
        0x2b7e1516_28aed2a6_abf71588_09cf4f3c,
        0x3243f6a8_885a308d_313198a2_e0370734,
        0x3925841d_02dc09fb_dc118597_196a0b32,
    ],
    [
        0x00010203_04050607_08090a0b_0c0d0e0f,
        0x00112233_44556677_8899aabb_ccddeeff,
        0x69c4e0d8_6a7b0430_d8cdb780_70b4c55a,
    ],
];

#[test]
fn it_encrypts_the_standards_own_examples() {
    for [key, clear, cipher] in KNOWN {
        let mut b = Bench::new();
        b.ram.0[32..48].copy_from_slice(&key.to_be_bytes());
        b.ram.0[48..64].copy_from_slice(&clear.to_be_bytes());
        b.write(PTR, 0x2000_0020);
        b.write(ECB + 0x304, 3);
        b.write(ECB, 1);
        b.run(Span::from_ps(7_199_999));
        assert_eq!((b.read(ENDECB), b.ram.0[64..80].to_vec()), (0, vec![0; 16]));
        b.run(Span::from_ps(1));
        assert_eq!((b.read(ENDECB), b.fabric.world.irqs), (1, 1 << 14));
        assert_eq!(b.ram.0[64..80], cipher.to_be_bytes());
        assert_eq!(b.ram.0[80..], [0; 176]);
    }
}

#[test]
fn stopping_an_encryption_is_an_error() {
    let mut b = Bench::new();
    b.write(PTR, 0x2000_0000);
    b.write(ECB + 4, 1);
    assert_eq!(b.read(ERRORECB), 0, "there was none");
    b.write(ECB, 1);
    b.run(Span::from_us(3));
    b.write(ECB + 4, 1);
    assert_eq!(b.read(ERRORECB), 1);
    b.run(Span::from_ms(1));
    assert_eq!((b.read(ENDECB), b.ram.0.clone()), (0, vec![0; 256]));
}

#[test]
fn a_pointer_outside_ram_is_said() {
    for pointer in [0, 0x2000_00F0, 0xFFFF_FFF0] {
        let mut b = Bench::new();
        b.write(PTR, pointer);
        b.write(ECB, 1);
        b.run(Span::from_us(8));
        assert_eq!((b.read(ENDECB), b.lints()), (1, vec!["easydma-not-ram"]), "0x{pointer:x}");
    }
}
