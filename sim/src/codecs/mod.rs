//! MP3 and Vorbis decoders behind the VS1053's codec port.
