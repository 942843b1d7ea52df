use super::*;

const PWMS: [(u32, u8); 4] = [(0x4001_C000, 28), (0x4002_1000, 33), (0x4002_2000, 34), (0x4002_D000, 45)];
const PWM: u32 = PWMS[0].0;
const STOP: u32 = 0x004;
const SEQSTART: u32 = 0x008;
const NEXTSTEP: u32 = 0x010;
const STOPPED: u32 = 0x104;
const SEQSTARTED: u32 = 0x108;
const SEQEND: u32 = 0x110;
const PWMPERIODEND: u32 = 0x118;
const LOOPSDONE: u32 = 0x11C;
const SHORTS: u32 = 0x200;
const ENABLE: u32 = 0x500;
const MODE: u32 = 0x504;
const COUNTERTOP: u32 = 0x508;
const PRESCALER: u32 = 0x50C;
const DECODER: u32 = 0x510;
const LOOP: u32 = 0x514;
const SEQ: u32 = 0x520;
const PSEL: u32 = 0x560;
const PTR: u32 = 0;
const CNT: u32 = 4;
const REFRESH: u32 = 8;
const ENDDELAY: u32 = 12;
/// High first.
const HIGH: u16 = 0x8000;

/// Outputs at P0.10 to P0.13, `values` at the start of RAM as sequence 0, a COUNTERTOP of 20, no REFRESH.
fn bench(values: &[u16]) -> (Bench, [NetId; 4]) {
    let mut nets = Vec::new();
    let mut b = Bench::with(SocConfig::default(), |f| nets = (10..14).map(|pin| wire(f, "X", pin)).collect());
    for (bytes, value) in b.ram.0.chunks_mut(2).zip(values) {
        bytes.copy_from_slice(&value.to_le_bytes());
    }
    for n in 0..4 {
        b.write(PWM + PSEL + 4 * n, 10 + n);
    }
    b.write(PWM + ENABLE, 1);
    b.write(PWM + COUNTERTOP, 20);
    for n in 0..2 {
        b.write(PWM + SEQ + 32 * n + PTR, 0x2000_0000);
        b.write(PWM + SEQ + 32 * n + CNT, values.len() as u32);
        b.write(PWM + SEQ + 32 * n + REFRESH, 0);
    }
    (b, [nets[0], nets[1], nets[2], nets[3]])
}

/// The level of `net` in each of the next `ticks` ticks of 62.5 ns.
fn ticks(b: &mut Bench, net: NetId, ticks: usize) -> String {
    let mut seen = String::new();
    for _ in 0..ticks {
        b.run(Span::ZERO);
        seen.push(if b.fabric.world.nets.level(net).is_high() { '#' } else { '.' });
        b.run(Span::from_ps(62_500));
    }
    seen
}

/// CircuitPython's allocation of channels, and nrfx's "not connected", compare with the word that they wrote.
#[test]
fn an_output_that_was_disconnected_reads_all_ones() {
    let mut b = Bench::new();
    for word in [5, u32::MAX] {
        b.write(PWM + PSEL, word);
        assert_eq!(b.read(PWM + PSEL), word);
    }
}

/// NeoPixels as CircuitPython makes them: 1.25 us a bit, 5 or 12 ticks high.
#[test]
fn a_bit_stream_has_the_pulses_of_its_values() {
    let (mut b, [net, ..]) = bench(&[5 | HIGH, 12 | HIGH, HIGH, 20 | HIGH, 5]);
    b.write(PWM + SHORTS, 1);
    b.write(PWM + SEQSTART, 1);
    b.run(Span::ZERO);
    let stream = ticks(&mut b, net, 100);
    assert_eq!(
        stream,
        format!(
            "{}{}{}{}{}",
            "#".repeat(5) + &".".repeat(15),
            "#".repeat(12) + &".".repeat(8),
            ".".repeat(20),
            "#".repeat(20),
            ".".repeat(5) + &"#".repeat(15)
        )
    );
    b.run(Span::ZERO);
    assert_eq!([STOPPED, SEQSTARTED, SEQEND, PWMPERIODEND, LOOPSDONE].map(|at| b.read(PWM + at)), [1, 1, 1, 1, 0]);
    assert_eq!(ticks(&mut b, net, 40), ".".repeat(40), "GPIO has the pin again");
    assert_eq!((b.fabric.world.sched.next(), b.lints()), (None, vec![""; 0]));
}

#[test]
fn every_instance_has_its_interrupt_and_its_alarm() {
    for (pwm, irq) in PWMS {
        let mut b = Bench::new();
        for (at, value) in [(ENABLE, 1), (COUNTERTOP, 10), (SEQ + PTR, 0x2000_0000), (SEQ + CNT, 1), (0x300, 1 << 4)] {
            b.write(pwm + at, value);
        }
        b.write(pwm + SEQSTART, 1);
        b.run(Span::from_ps(20 * 62_500 - 1));
        assert_eq!(b.fabric.world.irqs, 0, "REFRESH is 1 after a reset: each value lasts two periods");
        b.run(Span::from_ps(1));
        assert_eq!(b.fabric.world.irqs, 1 << irq);
    }
}

#[test]
fn up_and_down_centres_the_pulse() {
    let (mut b, [net, ..]) = bench(&[15, 15 | HIGH]);
    b.write(PWM + MODE, 1);
    b.write(PWM + SEQSTART, 1);
    b.run(Span::ZERO);
    let (low, high) = (".".repeat(15), "#".repeat(15));
    assert_eq!(ticks(&mut b, net, 80), format!("{low}{}{low}{high}{}{high}", "#".repeat(10), ".".repeat(10)));
}

#[test]
fn the_prescaler_stretches_the_ticks() {
    for prescaler in 0..8 {
        let (mut b, [net, ..]) = bench(&[5 | HIGH]);
        b.write(PWM + PRESCALER, prescaler);
        b.write(PWM + SEQSTART, 1);
        b.run(Span::from_ps(((5 * 62_500) << prescaler) - 1));
        assert_eq!(b.fabric.world.nets.level(net), Level::High);
        b.run(Span::from_ps(1));
        assert_eq!(b.fabric.world.nets.level(net), Level::Low);
        b.run(Span::from_ps(((15 * 62_500) << prescaler) - 1));
        assert_eq!(b.read(PWM + PWMPERIODEND), 0);
        b.run(Span::from_ps(1));
        assert_eq!(b.read(PWM + PWMPERIODEND), 1);
    }
}

/// The number of high ticks of each output in one period.
fn duties(b: &mut Bench, nets: [NetId; 4], period: usize) -> [usize; 4] {
    let mut duties = [0; 4];
    for _ in 0..period {
        b.run(Span::ZERO);
        for (duty, net) in duties.iter_mut().zip(nets) {
            *duty += usize::from(b.fabric.world.nets.level(net).is_high());
        }
        b.run(Span::from_ps(62_500));
    }
    duties
}

#[test]
fn the_decoder_hands_values_to_outputs() {
    let values = [1, 2, 3, 14].map(|value| value | HIGH);
    for (decoder, first, second) in [
        (0, ([1, 1, 1, 1], 20), ([2, 2, 2, 2], 20)),
        (1, ([1, 1, 2, 2], 20), ([3, 3, 14, 14], 20)),
        (2, ([1, 2, 3, 14], 20), ([1, 2, 3, 14], 20)),
        // The fourth is COUNTERTOP, and OUT[3] is GPIO's.
        (3, ([1, 2, 3, 0], 14), ([1, 2, 3, 0], 14)),
    ] {
        let (mut b, nets) = bench(&values);
        b.write(PWM + DECODER, decoder);
        b.write(PWM + SEQSTART, 1);
        for (duty, period) in [first, second] {
            assert_eq!(duties(&mut b, nets, period), duty, "LOAD {decoder}");
        }
    }
}

#[test]
fn values_last_refresh_periods_more_and_the_last_is_held() {
    let (mut b, nets) = bench(&[3 | HIGH, 7 | HIGH]);
    b.write(PWM + SEQ + REFRESH, 2);
    b.write(PWM + SEQ + ENDDELAY, 2);
    b.write(PWM + SEQSTART, 1);
    for (period, duty) in [3, 3, 3, 7, 7, 7, 7, 7, 7].into_iter().enumerate() {
        assert_eq!(b.read(PWM + SEQEND), u32::from(period >= 6), "period {period}");
        assert_eq!(duties(&mut b, nets, 20)[0], duty, "period {period}");
    }
    b.write(PWM + STOP, 1);
    assert_eq!((duties(&mut b, nets, 19)[0], b.read(PWM + STOPPED)), (7, 0), "the period ends first");
    b.run(Span::from_ps(62_500));
    assert_eq!(b.read(PWM + STOPPED), 1);
}

#[test]
fn loops_play_both_sequences() {
    for (first, played) in [(0, [3, 7, 3, 7, 3, 7]), (1, [7, 3, 7, 3, 7, 7])] {
        let (mut b, nets) = bench(&[3 | HIGH, 7 | HIGH]);
        b.write(PWM + SEQ + CNT, 1);
        b.write(PWM + SEQ + 32 + CNT, 1);
        b.write(PWM + SEQ + 32 + PTR, 0x2000_0002);
        b.write(PWM + LOOP, 3);
        b.write(PWM + SEQSTART + 4 * first, 1);
        for (n, duty) in played.into_iter().enumerate() {
            assert_eq!(duties(&mut b, nets, 20)[0], duty, "period {n} from sequence {first}");
            b.run(Span::ZERO);
            assert_eq!(b.read(PWM + LOOPSDONE), u32::from(n >= 5 - first as usize), "period {n} from sequence {first}");
        }
    }
}

#[test]
fn loops_done_may_begin_again_or_stop() {
    for (short, runs) in [(1 << 2, true), (1 << 3, true), (1 << 4, false)] {
        let (mut b, nets) = bench(&[5 | HIGH]);
        b.write(PWM + LOOP, 1);
        b.write(PWM + SHORTS, short);
        b.write(PWM + SEQSTART, 1);
        duties(&mut b, nets, 40);
        b.run(Span::ZERO);
        assert_eq!(b.read(PWM + LOOPSDONE), 1);
        assert_eq!((b.read(PWM + STOPPED), b.fabric.world.sched.next().is_some()), (u32::from(!runs), runs));
        b.write(PWM + LOOPSDONE, 0);
        b.run(Span::from_us(10));
        assert_eq!(b.read(PWM + LOOPSDONE), u32::from(runs));
    }
}

#[test]
fn next_step_goes_on_when_told() {
    let (mut b, nets) = bench(&[3 | HIGH, 7 | HIGH]);
    b.write(PWM + DECODER, 1 << 8);
    b.write(PWM + SEQSTART, 1);
    assert_eq!([0; 3].map(|_| duties(&mut b, nets, 20)[0]), [3; 3]);
    b.write(PWM + NEXTSTEP, 1);
    assert_eq!([0; 3].map(|_| duties(&mut b, nets, 20)[0]), [3, 7, 7]);
    assert_eq!(b.read(PWM + SEQEND), 0);
    b.write(PWM + NEXTSTEP, 1);
    duties(&mut b, nets, 20);
    b.run(Span::ZERO);
    assert_eq!(b.read(PWM + SEQEND), 1);
}

#[test]
fn disabling_lets_go_of_the_pins_at_once() {
    let (mut b, [net, ..]) = bench(&[20 | HIGH]);
    b.write(PWM + SEQSTART, 1);
    b.run(Span::from_us(3));
    assert_eq!(b.fabric.world.nets.level(net), Level::High);
    b.write(PWM + ENABLE, 0);
    assert_eq!((b.fabric.world.nets.level(net), b.fabric.world.sched.next()), (Level::Low, None));
    b.write(PWM + SEQSTART, 1);
    b.run(Span::from_us(3));
    assert_eq!(b.fabric.world.nets.level(net), Level::Low, "no task works while it is off");
}

#[test]
fn an_empty_sequence_and_a_pointer_outside_ram_do_no_harm() {
    let (mut b, nets) = bench(&[]);
    b.write(PWM + LOOP, 0xFFFF);
    b.write(PWM + SHORTS, 1 << 2);
    b.write(PWM + SEQSTART, 1);
    duties(&mut b, nets, 40);
    assert_eq!((b.read(PWM + SEQSTARTED), b.lints()), (0, vec![""; 0]));
    b.write(PWM + SEQ + CNT, 4);
    b.write(PWM + SEQ + PTR, 0x100);
    b.write(PWM + SEQSTART, 1);
    duties(&mut b, nets, 40);
    assert_eq!(b.lints(), ["easydma-not-ram"]);
}
