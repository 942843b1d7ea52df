//! `cargo bench -p badgebench --bench table` prints how fast the simulator is, as a Markdown table. Each figure is the
//! least of some measurements of processor time; a pair that is compared was measured in turn.

mod support;

use peripherals::kernel::Span;
use support::bare::Bare;
use support::board::{Poller, Sender};
use support::decode::Mp3;
use support::kernels::{self, Kernel, Ours};
use support::{least_of, nanoseconds, peak_memory, song};

const ROUNDS: u32 = 15;

fn main() {
    // `cargo test --benches` wants to know only that it runs.
    let quick = std::env::args().any(|argument| argument == "--test");
    let (rounds, instructions) = if quick { (1, 100_000) } else { (ROUNDS, 60_000_000) };

    // First, as the process's memory only grows.
    println!("| the `cached` song | processor time | real time | edges | ns an edge | instructions |");
    println!("|---|---|---|---|---|---|");
    for (name, skip) in [("polling loops skipped", true), ("every round run", false)] {
        let mut played = None;
        let [least] = least_of(rounds.min(5), &mut [&mut || nanoseconds(|| played = Some(song::play(skip)))])[..]
        else {
            unreachable!("one measurement gives one figure");
        };
        let Some(p) = played else { continue };
        let (per_edge, speed) = (least / p.edges as f64, p.seconds * 1e9 / least);
        let (edges, count, ms) = (p.edges, p.instructions, least / 1e6);
        println!("| {name} | {ms:.0} ms | {speed:.1} times | {edges} | {per_edge:.0} | {count} |");
    }
    if let Some(peak) = peak_memory() {
        println!("\nPeak memory: {peak:.0} MB.");
    }

    println!(
        "\n| a round of a loop | ours, ns | bare Unicorn, ns | share of bare | more a block, ns | an empty hook, ns | M instructions/s |"
    );
    println!("|---|---|---|---|---|---|---|");
    for kernel in kernels::compute() {
        let times = kernel.rounds(instructions);
        let (mut ours, mut bare) = (Ours::new(&kernel), Bare::new(&kernel));
        let mut hooked = Bare::with_empty_hook(&kernel);
        let runs: &mut [&mut dyn FnMut() -> f64] =
            &mut [&mut || nanoseconds(|| ours.run(times)), &mut || nanoseconds(|| bare.run(times)), &mut || {
                nanoseconds(|| hooked.run(times))
            }];
        let least: Vec<f64> = least_of(rounds, runs).into_iter().map(|ns| ns / f64::from(times)).collect();
        let (ours, bare, empty) = (least[0], least[1], least[2] - least[1]);
        let (share, more, rate) = (100.0 * bare / ours, ours - bare, kernel.instructions as f64 * 1e3 / ours);
        println!("| {} | {ours:.2} | {bare:.2} | {share:.0} % | {more:.2} | {empty:.2} | {rate:.0} |", kernel.name);
    }

    println!("\n| an access, its exact cycle included | ns |");
    println!("|---|---|");
    for kernel in kernels::access() {
        let ns = access(&kernel, rounds, instructions);
        println!("| to a peripheral that does nothing: {} | {ns:.1} |", kernel.name);
    }
    let mut sender = Sender::new(true);
    let span = Span::from_ms(if quick { 1 } else { 50 });
    let mut per_edge = || {
        let mut edges = 0;
        nanoseconds(|| edges = sender.run(span)) / edges as f64
    };
    let ns = least_of(rounds, &mut [&mut per_edge])[0];
    println!("| an edge on the board, where nets, analyser, digest and VS1053 listen | {ns:.1} |");
    let mut poller = Poller::new();
    let reads = u64::from(instructions / 100);
    let ns = least_of(rounds, &mut [&mut || nanoseconds(|| poller.run(reads)) / reads as f64])[0];
    println!("| a round of a polling loop on the board, not skipped | {ns:.1} |");
    decoding(rounds);
}

/// What decoding costs a core in real time.
fn decoding(rounds: u32) {
    let Some(mp3) = Mp3::new() else { return println!("\nNo `lame` here, so decoding is not measured.") };
    let mut seconds = 0.0;
    let least = least_of(rounds, &mut [&mut || nanoseconds(|| seconds = mp3.decode())])[0];
    let (ms, share) = (least / 1e6 / seconds, least / 1e7 / seconds);
    println!("\n| decoding, a second of sound | ms | of a core in real time |\n|---|---|---|");
    println!("| MP3, 320 kbit/s, 48 kHz stereo | {ms:.2} | {share:.2} % |");
}

fn access(kernel: &Kernel, rounds: u32, instructions: u32) -> f64 {
    let times = kernel.rounds(instructions);
    let mut ours = Ours::new(kernel);
    let least = least_of(rounds, &mut [&mut || nanoseconds(|| ours.run(times))])[0];
    least / f64::from(times) / kernel.accesses as f64
}
