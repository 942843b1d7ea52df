use super::*;
use proptest::prelude::*;

const PPI: u32 = 0x4001_F000;
const CHENSET: u32 = PPI + 0x504;
const CHENCLR: u32 = PPI + 0x508;
const EGU: u32 = 0x4001_4000;
const TIMER0: u32 = 0x4000_8000;
const TIMER1: u32 = 0x4000_9000;
const TIMER2: u32 = 0x4000_A000;
/// One period of the 16 MHz clock.
const EDGE: Span = Span::from_ps(62_500);

impl Bench {
    /// Channel `n` leads from the event to the task.
    fn channel(&mut self, n: u32, event: u32, task: u32) {
        self.write(PPI + 0x510 + 8 * n, event);
        self.write(PPI + 0x514 + 8 * n, task);
        self.write(CHENSET, 1 << n);
    }

    /// EGU0's events that have happened.
    fn triggered(&mut self) -> Vec<u32> {
        (0..16).filter(|n| self.read(EGU + 0x100 + 4 * n) != 0).collect()
    }
}

/// EGU0's event and task `n`.
fn egu(n: u32) -> (u32, u32) {
    (EGU + 0x100 + 4 * n, EGU + 4 * n)
}

/// PS v1.7, PPI: events that are synchronous to the clock are delayed by one period, others by up to one.
#[test]
fn a_task_follows_at_the_next_edge_of_the_clock() {
    for (cycle, later) in [(0, 4), (1, 3), (2, 2), (3, 1), (4, 4)] {
        let mut b = Bench::new();
        b.channel(0, egu(0).0, egu(1).1);
        b.at(cycle).write(egu(0).1, 1);
        b.run(Span::from_ps(later * 15_625 - 1));
        assert_eq!(b.triggered(), [0], "cycle {cycle}");
        b.run(Span::from_ps(1));
        assert_eq!(b.triggered(), [0, 1], "cycle {cycle}");
        assert_eq!(b.lints(), [""; 0]);
    }
}

#[test]
fn every_channel_has_its_ends_and_its_fork() {
    for n in 0..20 {
        let mut b = Bench::new();
        b.channel(n, egu(0).0, egu(1).1);
        b.write(PPI + 0x910 + 4 * n, egu(2).1);
        assert_eq!((b.read(PPI + 0x510 + 8 * n), b.read(PPI + 0x514 + 8 * n)), (egu(0).0, egu(1).1));
        assert_eq!((b.read(PPI + 0x910 + 4 * n), b.read(PPI + 0x500)), (egu(2).1, 1 << n));
        b.write(egu(0).1, 1);
        b.run(EDGE);
        assert_eq!(b.triggered(), [0, 1, 2], "channel {n}");
        b.write(CHENCLR, 1 << n);
        b.write(egu(1).0, 0);
        b.write(egu(0).1, 1);
        b.run(EDGE * 2);
        assert_eq!(b.triggered(), [0, 2], "channel {n} is off");
    }
}

/// The standard way to time something without the core: no interrupt, no jitter.
#[test]
fn a_compare_captures_another_timer() {
    let mut b = Bench::new();
    b.channel(3, TIMER0 + 0x140, TIMER1 + 0x40 + 4);
    for timer in [TIMER0, TIMER1] {
        b.write(timer + 0x510, 0);
        b.write(timer + 0x508, 3);
        b.write(timer, 1);
    }
    b.write(TIMER0 + 0x540, 100);
    b.run(Span::from_us(100));
    // Both began at the same edge, and the capture comes one edge behind the compare.
    assert_eq!(b.read(TIMER1 + 0x544), 101);
}

#[test]
fn an_event_whose_flag_is_still_set_goes_through() {
    let mut b = Bench::new();
    b.channel(0, TIMER0 + 0x140, TIMER2 + 0x008);
    b.write(TIMER2 + 0x504, 1);
    b.write(TIMER2, 1);
    b.write(TIMER0 + 0x510, 0);
    b.write(TIMER0 + 0x540, 16);
    b.write(TIMER0 + 0x200, 1);
    b.write(TIMER0, 1);
    b.run(Span::from_us(10) + EDGE);
    b.write(TIMER2 + 0x40, 1);
    assert_eq!(b.read(TIMER2 + 0x540), 10, "ten compares counted, with the flag of the first still there");
}

#[test]
fn a_flag_that_software_sets_is_no_event() {
    let mut b = Bench::new();
    b.channel(0, egu(0).0, egu(1).1);
    b.write(egu(0).0, 1);
    b.run(EDGE * 4);
    assert_eq!(b.triggered(), [0]);
}

/// PS v1.7, RTC, "Event control feature": INTEN lets an event happen, EVTEN lets PPI hear it.
#[test]
fn events_of_an_rtc_need_evten() {
    for (register, heard) in [(0x304, false), (0x344, true)] {
        let (mut b, rtc) = (Bench::new(), 0x4001_1000);
        b.write(0x4000_0008, 1);
        b.channel(0, rtc + 0x140, egu(1).1);
        b.write(rtc + 0x540, 3);
        b.write(rtc + register, 1 << 16);
        b.write(rtc, 1);
        b.run(Span::from_ms(2));
        assert_eq!(b.read(rtc + 0x140), 1);
        assert_eq!(b.triggered(), if heard { vec![1] } else { vec![] });
    }
}

#[test]
fn groups_are_switched_by_tasks_and_by_channels() {
    let mut b = Bench::new();
    b.write(PPI + 0x800, 0b110);
    b.write(PPI + 0x804, 0b100);
    b.write(PPI, 1);
    assert_eq!(b.read(PPI + 0x500), 0b110);
    b.write(PPI + 0x00C, 1);
    assert_eq!(b.read(PPI + 0x500), 0b010);
    b.write(PPI + 0x00C, 0);
    b.write(PPI + 0x004, 1);
    assert_eq!(b.read(PPI + 0x500), 0);
    // One shot: the event switches its own group off.
    b.write(PPI + 0x804, 1 << 5);
    b.channel(5, egu(0).0, PPI + 0x00C);
    b.write(PPI + 0x910 + 4 * 5, egu(1).1);
    b.write(egu(0).1, 1);
    b.run(EDGE);
    assert_eq!((b.read(PPI + 0x500), b.triggered()), (0, vec![0, 1]));
}

/// PS v1.7, PPI: "the CHG[m].EN on that channel has priority".
#[test]
fn enabling_a_group_wins_over_disabling_it() {
    for (first, second) in [(PPI, PPI + 4), (PPI + 4, PPI)] {
        let mut b = Bench::new();
        b.write(PPI + 0x800, 1 << 9);
        b.channel(0, egu(0).0, first);
        b.channel(1, egu(0).0, second);
        b.write(egu(0).1, 1);
        b.run(EDGE);
        assert_eq!(b.read(PPI + 0x500), 1 << 9 | 0b11);
    }
}

#[test]
fn a_task_that_two_channels_trigger_at_once_is_triggered_once() {
    let mut b = Bench::new();
    b.write(TIMER2 + 0x504, 1);
    b.write(TIMER2, 1);
    b.channel(0, egu(0).0, TIMER2 + 8);
    b.channel(1, egu(0).0, TIMER2 + 8);
    b.channel(2, egu(1).0, TIMER2 + 8);
    b.write(egu(0).1, 1);
    b.write(egu(1).1, 1);
    b.run(EDGE);
    b.write(TIMER2 + 0x40, 1);
    assert_eq!(b.read(TIMER2 + 0x540), 1);
}

/// PS v1.7, PPI, "Pre-programmed channels".
#[test]
fn fixed_channels_only_need_to_be_enabled() {
    let mut b = Bench::new();
    b.write(CHENSET, 1 << 31);
    b.write(0x4000_0008, 1);
    b.write(0x4000_B540, 2);
    b.write(0x4000_B344, 1 << 16);
    b.write(0x4000_B000, 1);
    b.run(Span::from_ms(5));
    b.write(TIMER0 + 0x40, 1);
    assert!(b.read(TIMER0 + 0x540) > 3_000, "RTC0.COMPARE[0] has started TIMER0");
    b.write(PPI + 0x910 + 4 * 20, egu(7).1);
    b.write(CHENSET, 1 << 20);
    b.write(TIMER0 + 0x540, 60_000);
    b.run(Span::from_ms(66));
    assert_eq!(b.triggered(), [7]);
    assert_eq!(b.detail("not-modelled"), "RADIO.TASKS_TXEN at 0x40001000 (write 1): nothing is sent or received");
}

#[test]
fn a_channel_from_nowhere_or_to_nowhere_is_said() {
    for (event, task) in [(EGU, EGU), (egu(0).0, egu(0).0), (0x2000_0100, egu(0).1), (egu(0).0, 0x5000_0508)] {
        let mut b = Bench::new();
        b.channel(4, event, task);
        b.write(egu(0).1, 1);
        b.run(EDGE * 3);
        assert_eq!((b.lints(), b.triggered()), (vec!["ppi-endpoint"], vec![0]));
    }
    let mut b = Bench::new();
    b.channel(4, egu(0).0, 0);
    assert_eq!(b.lints(), [""; 0], "a channel may have a fork only");
}

#[test]
fn a_reset_forgets_channels_and_what_is_on_its_way() {
    let mut b = Bench::new();
    b.channel(0, egu(0).0, egu(1).1);
    b.write(egu(0).1, 1);
    b.soc.reset(ResetCause::Software, &mut b.fabric.world);
    b.run(EDGE * 4);
    b.write(egu(0).1, 1);
    b.run(EDGE * 4);
    assert_eq!((b.triggered(), b.read(PPI + 0x500)), (vec![0], 0));
}

#[test]
fn channels_that_feed_each_other_take_time_and_are_said() {
    let mut b = Bench::new();
    b.channel(0, egu(0).0, egu(1).1);
    b.channel(1, egu(1).0, egu(0).1);
    b.write(egu(0).1, 1);
    b.run(Span::from_ms(6));
    assert_eq!(b.lints(), [""; 0]);
    b.run(Span::from_ms(1));
    assert_eq!(b.lints(), ["ppi-loop"]);
    b.write(CHENCLR, 1);
    b.run(EDGE * 3);
    assert_eq!(b.fabric.world.sched.next(), None, "it stops when a channel does");
}

/// PPI's interrupt-less way must still bring interrupts of the blocks that it triggers.
#[test]
fn a_task_of_ppi_may_interrupt() {
    let mut b = Bench::new();
    b.channel(0, TIMER0 + 0x140, egu(5).1);
    b.write(EGU + 0x304, 1 << 5);
    b.write(TIMER0 + 0x540, 1);
    b.write(TIMER0, 1);
    b.run(Span::from_us(1));
    assert_eq!(b.fabric.world.irqs, 0);
    b.run(EDGE);
    assert_eq!(b.fabric.world.irqs, 1 << 20);
    assert!(b.soc.ppb.nvic.is_pending(16 + 20));
}

proptest! {
    /// A chain through EGU0, in any order of channels: each step one edge behind the one before it.
    #[test]
    fn a_chain_takes_an_edge_for_each_step(order in Just((0u32..15).collect::<Vec<_>>()).prop_shuffle(), cycle in 0u64..64) {
        let mut b = Bench::new();
        for (n, &step) in order.iter().enumerate() {
            b.channel(n as u32, egu(step).0, egu(step + 1).1);
        }
        b.at(cycle).write(egu(0).1, 1);
        let first = EDGE * (cycle / 4 + 1);
        b.run(Span::from_ps(first.as_ps() - cycle * 15_625));
        for step in 1..16 {
            prop_assert_eq!(b.triggered(), (0..=step).collect::<Vec<_>>());
            b.run(EDGE);
        }
    }
}
