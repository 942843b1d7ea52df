//! What is measured, and how: processor time of this thread, so that what else the machine does matters less.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

pub mod bare;
pub mod board;
pub mod decode;
pub mod kernels;
pub mod song;
pub mod thumb;

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Processor time that this thread has used.
pub fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Nanoseconds of processor time that `run` takes.
pub fn nanoseconds(run: impl FnOnce()) -> f64 {
    let before = processor_time();
    run();
    (processor_time() - before).as_secs_f64() * 1e9
}

/// The least of `rounds` measurements of each of `pair`, taken in turn: what disturbs one disturbs the other as well.
pub fn least_of(rounds: u32, pair: &mut [&mut dyn FnMut() -> f64]) -> Vec<f64> {
    let mut least = vec![f64::INFINITY; pair.len()];
    for _ in 0..rounds {
        for (least, run) in least.iter_mut().zip(pair.iter_mut()) {
            *least = least.min(run());
        }
    }
    least
}

/// The most memory that this process ever had, in MB; Linux tells.
pub fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()? / 1024.0)
}
