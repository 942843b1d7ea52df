//! Any bytes as a recording of a logic analyser: refused or read, never a panic; what is read goes forward in time, and channels can
//! be guessed.
#![no_main]

use badgebench::capture::{Assignment, Capture, Filter, Head, guess};
use libfuzzer_sys::fuzz_target;
use peripherals::kernel::Instant;

fuzz_target!(|data: &[u8]| {
    let path = std::env::temp_dir().join(format!("badgebench-fuzz-{}", std::process::id()));
    std::fs::write(&path, data).expect("a scratch file");
    let Ok(mut capture) = Capture::open(&path) else { return };
    let Ok(head) = Head::read(&mut capture) else { return };
    let mut last = Instant::ZERO;
    for change in &head.changes {
        assert!(change.at >= last && usize::from(change.channel) < capture.channels.len());
        last = change.at;
    }
    assert!(capture.end() >= last);
    let found = guess(Assignment::default(), &capture.channels, &head.changes);
    let lines = found.by_channel(capture.channels.len());
    let mut filter = Filter::new(&lines, &head.levels, head.shortest_pulse(), head.sample.is_some());
    head.changes.iter().for_each(|&change| filter.push(change));
    filter.end();
    let mut last = Instant::ZERO;
    while let Some(change) = filter.pop() {
        assert!(change.at >= last);
        last = change.at;
    }
});
