//! Bits of a header, most significant first.

/// Reads fields one after the other.
#[derive(Clone, Debug)]
pub struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    /// From bit `at` of `bytes` on.
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The next `width` bits, at most 32 of which count; `None` when there are fewer. They are passed all the same.
    pub fn take(&mut self, width: usize) -> Option<u32> {
        let field = self.at..self.at + width;
        self.at = field.end;
        field
            .into_iter()
            .try_fold(0, |value, bit| Some(value << 1 | u32::from(self.bytes.get(bit / 8)? >> (7 - bit % 8) & 1)))
    }

    /// Goes on to the next whole byte. Its number.
    pub fn align(&mut self) -> usize {
        self.at = self.at.next_multiple_of(8);
        self.at / 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_follow_one_another_and_end_with_the_bytes() {
        let mut bits = Bits::new(&[0b0101_1000, 0xA5, 0xFF], 1);
        assert_eq!((bits.take(4), bits.take(0), bits.align()), (Some(0b1011), Some(0), 1));
        assert_eq!((bits.take(12), bits.take(5), bits.take(1)), (Some(0xA5F), None, None));
        assert_eq!(bits.align(), 4, "what is not there is passed");
    }
}
