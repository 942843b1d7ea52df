//! The program from the outside: what a user, a script or a CI job may rely on. One module a story.
//!
//! `cargo test --test integration` runs them all; each fixture is played once and its run is shared.

mod bad_boards;
mod bad_images;
mod boards_and_wires;
mod captures;
mod conformance;
mod console;
mod corpus;
mod determinism;
mod device_audio;
mod drive;
mod driver_score;
mod drivers;
mod endings;
mod firmware_files;
mod flash;
mod gdb;
mod help;
mod html_report;
mod image_formats;
mod inspect;
mod ladder;
mod ladder_options;
mod ladder_python;
#[cfg(unix)]
mod live_view;
mod midi;
mod mpremote;
mod outputs;
mod play_a_song;
mod python_prompt;
mod python_song;
mod serial_port;
mod source;
mod streams;
mod support;
mod timers;
mod traces;
mod untrusted_firmware;
#[cfg(unix)]
mod usb;
mod wrong_firmware;
