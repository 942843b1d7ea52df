//! The song, in flash. `fixtures/make-songs.py` composes it.

/// 350 frames of MP3, 48 kHz stereo, 128 kbit/s.
pub static MP3: [u8; 134_400] = *include_bytes!("../../../fixtures/song.mp3");

/// The same music as Ogg Vorbis.
pub static OGG: &[u8] = include_bytes!("../../../fixtures/song.ogg");

/// Bytes of one MP3 frame.
pub const MP3_FRAME: usize = 384;
