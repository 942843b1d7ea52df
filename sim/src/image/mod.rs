//! Firmware images: reading, checking, symbols and source lines.
