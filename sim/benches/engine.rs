//! `cargo bench -p badgebench --bench engine`: what the hot paths cost, by criterion. `--bench table` prints the same things
//! side by side, against bare Unicorn.

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use peripherals::kernel::Span;
use support::board::{Poller, Sender};
use support::decode::Mp3;
use support::kernels::{self, Ours};
use support::song;

/// Loops of 3, 6 and 16 instructions, with and without stores, with the clock on.
fn compute(c: &mut Criterion) {
    let mut group = c.benchmark_group("compute");
    for kernel in kernels::compute() {
        let times = kernel.rounds(1_000_000);
        let mut ours = Ours::new(&kernel);
        group.throughput(Throughput::Elements(u64::from(times) * kernel.instructions as u64));
        group.bench_function(kernel.name, |b| b.iter(|| ours.run(times)));
    }
    group.finish();
}

/// Bytes bit-banged into the VS1053, nets, analyser and digest listening; and polls of DREQ that are not skipped.
fn board(c: &mut Criterion) {
    let mut sender = Sender::new(true);
    c.bench_function("board/a millisecond of edges", |b| b.iter(|| sender.run(Span::from_ms(1))));
    let mut poller = Poller::new();
    c.bench_function("board/1000 polls", |b| b.iter(|| poller.run(1_000)));
}

/// From power-on to the end.
fn whole_song(c: &mut Criterion) {
    let mut group = c.benchmark_group("song");
    group.sample_size(10);
    group.bench_function("cached", |b| b.iter(|| song::play(true)));
    group.finish();
}

/// Ten seconds of MP3 at 320 kbit/s, where there is an encoder to make it.
fn decoding(c: &mut Criterion) {
    let Some(mp3) = Mp3::new() else { return };
    let mut group = c.benchmark_group("decode");
    group.sample_size(20);
    group.bench_function("mp3-320", |b| b.iter(|| mp3.decode()));
    group.finish();
}

criterion_group!(benches, compute, board, whole_song, decoding);
criterion_main!(benches);
