//! VLSI VS1053b.

mod codec;

pub use codec::{Codecs, Decoded, FrameDecoder, Undecodable};
