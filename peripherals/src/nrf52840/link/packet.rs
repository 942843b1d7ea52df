//! AES-CCM of packets and resolving of addresses, as Bluetooth low energy has them (Bluetooth Core Specification v5, Vol 6, Part E and Vol 3,
//! Part H, 2.2.2). Computation only.

use super::super::ecb::encrypt;

/// Bytes of the message integrity check.
pub(super) const MIC: usize = 4;
/// Bits of a packet's header that are authenticated.
const HEADER: u8 = 0xE3;

/// Key and nonce of one packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cipher {
    key: [u8; 16],
    nonce: [u8; 13],
}

impl Cipher {
    /// `key`, then the counter with the lowest byte first, whose 40th bit is the direction, and the initialisation vector.
    pub(super) fn new(key: [u8; 16], counter: [u8; 5], vector: [u8; 8]) -> Self {
        let mut nonce = [0; 13];
        nonce[..5].copy_from_slice(&counter);
        nonce[5..].copy_from_slice(&vector);
        Self { key, nonce }
    }

    /// A block of flags, nonce and a number.
    fn block(&self, flags: u8, number: u16) -> [u8; 16] {
        let mut block = [0; 16];
        block[0] = flags;
        block[1..14].copy_from_slice(&self.nonce);
        block[14..].copy_from_slice(&number.to_be_bytes());
        block
    }

    /// Encrypts or decrypts `payload`.
    pub(super) fn crypt(&self, payload: &mut [u8]) {
        for (chunk, number) in payload.chunks_mut(16).zip(1..) {
            let stream = encrypt(self.key, self.block(1, number));
            chunk.iter_mut().zip(stream).for_each(|(byte, key)| *byte ^= key);
        }
    }

    /// The check of `payload`, which is not encrypted, as it goes over the air.
    pub(super) fn mic(&self, header: u8, payload: &[u8]) -> [u8; MIC] {
        let mut sum = encrypt(self.key, self.block(0x49, payload.len() as u16));
        let mut add = |block: &[u8]| {
            sum.iter_mut().zip(block).for_each(|(sum, byte)| *sum ^= byte);
            sum = encrypt(self.key, sum);
        };
        add(&[0, 1, header & HEADER]);
        payload.chunks(16).for_each(&mut add);
        let stream = encrypt(self.key, self.block(1, 0));
        [0, 1, 2, 3].map(|n| sum[n] ^ stream[n])
    }
}

/// Whether `address`, lowest byte first, is a private address that was made with `irk`.
pub(super) fn resolves(irk: [u8; 16], address: [u8; 6]) -> bool {
    let [h0, h1, h2, r0, r1, r2] = address;
    let mut block = [0; 16];
    block[13..].copy_from_slice(&[r2, r1, r0]);
    encrypt(irk, block)[13..] == [h2, h1, h0]
}
