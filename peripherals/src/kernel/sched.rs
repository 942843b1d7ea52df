//! Alarms: "wake me then". Nothing ticks; a model says when something of its own will happen next.
//!
//! Order is (time, actor, alarm): two alarms of the same moment go off in the order of the actors on the board, whatever the
//! order in which they were set.

use super::net::ActorId;
use super::time::Instant;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Which of its own alarms a model means; its meaning is the model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alarm(pub u8);

impl Alarm {
    /// Alarms from this number on are quiet: what happens at them moves wires only. They change no memory and no register but
    /// those that show wires, and interrupt nobody, so that nothing has to stop for them.
    pub const QUIET: u8 = 128;

    /// Whether it is one of those.
    pub const fn is_quiet(self) -> bool {
        self.0 >= Self::QUIET
    }
}

/// An alarm that has come due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// When it was set for.
    pub at: Instant,
    /// Whose it is.
    pub actor: ActorId,
    /// Which of its alarms.
    pub alarm: Alarm,
}

/// The alarms of all models.
#[derive(Clone, Debug, Default)]
pub struct Scheduler {
    heap: BinaryHeap<Reverse<(Due, u32)>>,
    /// Per actor and alarm: the generation that is valid and whether it is set. A stale heap entry is skipped.
    slots: Vec<Vec<Slot>>,
    next: Option<Instant>,
    /// The same for each actor by itself, without the quiet ones.
    next_of: Vec<Option<Instant>>,
}

const MOST_STALE: usize = 64;

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    generation: u32,
    set: Option<Instant>,
}

impl Scheduler {
    /// Sets `alarm` of `actor` to `at`, replacing what it was set to.
    pub fn set(&mut self, actor: ActorId, alarm: Alarm, at: Instant) {
        let slot = self.slot(actor, alarm);
        if slot.set == Some(at) {
            return;
        }
        slot.generation = slot.generation.wrapping_add(1);
        let before = slot.set.replace(at);
        let generation = slot.generation;
        self.heap.push(Reverse((Due { at, actor, alarm }, generation)));
        let soonest = self.next_of(actor);
        self.tidy();
        self.refresh();
        if alarm.is_quiet() {
            return;
        }
        if soonest.is_some_and(|soonest| at <= soonest && before != Some(soonest)) {
            self.next_of[usize::from(actor.0)] = Some(at);
        } else if soonest.is_none() || before == soonest {
            self.refresh_of(actor);
        }
    }

    /// Takes `alarm` of `actor` back.
    pub fn cancel(&mut self, actor: ActorId, alarm: Alarm) {
        let slot = self.slot(actor, alarm);
        if let Some(at) = slot.set.take() {
            slot.generation = slot.generation.wrapping_add(1);
            self.refresh();
            if self.next_of(actor) == Some(at) && !alarm.is_quiet() {
                self.refresh_of(actor);
            }
        }
    }

    /// When `alarm` of `actor` is set for.
    pub fn when(&self, actor: ActorId, alarm: Alarm) -> Option<Instant> {
        self.slots.get(usize::from(actor.0))?.get(usize::from(alarm.0))?.set
    }

    /// The next moment at which something is due.
    #[inline]
    pub fn next(&self) -> Option<Instant> {
        self.next
    }

    /// The next moment at which one of `actor`'s own alarms is due that are not quiet.
    #[inline]
    pub fn next_of(&self, actor: ActorId) -> Option<Instant> {
        self.next_of.get(usize::from(actor.0)).copied().flatten()
    }

    /// Takes the first alarm that is due at or before `now`.
    pub fn pop(&mut self, now: Instant) -> Option<Due> {
        if self.next.is_none_or(|at| at > now) {
            return None;
        }
        let Reverse((due, _)) = self.heap.pop()?;
        let slot = self.slot(due.actor, due.alarm);
        slot.set = None;
        slot.generation = slot.generation.wrapping_add(1);
        self.refresh();
        if !due.alarm.is_quiet() {
            self.refresh_of(due.actor);
        }
        Some(due)
    }

    fn refresh_of(&mut self, actor: ActorId) {
        let actor = usize::from(actor.0);
        if self.next_of.len() <= actor {
            self.next_of.resize(actor + 1, None);
        }
        self.next_of[actor] = self.slots[actor].iter().take(Alarm::QUIET.into()).filter_map(|slot| slot.set).min();
    }

    fn slot(&mut self, actor: ActorId, alarm: Alarm) -> &mut Slot {
        let (actor, alarm) = (usize::from(actor.0), usize::from(alarm.0));
        if self.slots.len() <= actor {
            self.slots.resize_with(actor + 1, Vec::new);
        }
        let alarms = &mut self.slots[actor];
        if alarms.len() <= alarm {
            alarms.resize_with(alarm + 1, Slot::default);
        }
        &mut alarms[alarm]
    }

    /// Firmware may set one alarm anew for ever: stale entries are thrown out before they outnumber the valid ones by far.
    fn tidy(&mut self) {
        if self.heap.len() > MOST_STALE + 2 * self.slots.iter().map(Vec::len).sum::<usize>() {
            let Self { heap, slots, .. } = self;
            heap.retain(|Reverse((due, generation))| {
                let slot = slots[usize::from(due.actor.0)][usize::from(due.alarm.0)];
                slot.generation == *generation && slot.set.is_some()
            });
        }
    }

    /// Drops stale entries from the top, so that `next` is true.
    fn refresh(&mut self) {
        while let Some(Reverse((due, generation))) = self.heap.peek() {
            let slot = self.slots[usize::from(due.actor.0)][usize::from(due.alarm.0)];
            if slot.generation == *generation && slot.set.is_some() {
                self.next = Some(due.at);
                return;
            }
            self.heap.pop();
        }
        self.next = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ps: u64) -> Instant {
        Instant::from_ps(ps)
    }

    #[test]
    fn setting_an_alarm_again_replaces_it() {
        let mut s = Scheduler::default();
        s.set(ActorId(1), Alarm(0), at(50));
        s.set(ActorId(1), Alarm(0), at(80));
        assert_eq!(s.next(), Some(at(80)));
        assert_eq!(s.pop(at(79)), None);
        assert_eq!(s.pop(at(80)).map(|d| d.at), Some(at(80)));
        assert_eq!(s.next(), None);
    }

    #[test]
    fn each_actor_has_a_next_alarm_of_its_own() {
        let mut s = Scheduler::default();
        s.set(ActorId(0), Alarm(0), at(80));
        s.set(ActorId(0), Alarm(3), at(60));
        s.set(ActorId(2), Alarm(0), at(50));
        assert_eq!([0, 1, 2, 9].map(|a| s.next_of(ActorId(a))), [Some(at(60)), None, Some(at(50)), None]);
        s.cancel(ActorId(0), Alarm(3));
        assert!(s.pop(at(50)).is_some());
        assert_eq!([0, 2].map(|a| s.next_of(ActorId(a))), [Some(at(80)), None]);
    }

    #[test]
    fn an_alarm_that_is_set_for_ever_keeps_no_memory() {
        let mut s = Scheduler::default();
        s.set(ActorId(0), Alarm(0), at(5));
        for ps in 0..10_000 {
            s.set(ActorId(1), Alarm(0), at(1_000_000 - ps));
        }
        assert!(s.heap.len() < 100, "{} entries", s.heap.len());
        assert_eq!(s.pop(at(5)).map(|d| d.at), Some(at(5)));
        assert_eq!(s.next(), Some(at(990_001)));
    }

    #[test]
    fn a_cancelled_alarm_never_comes() {
        let mut s = Scheduler::default();
        s.set(ActorId(0), Alarm(2), at(5));
        s.cancel(ActorId(0), Alarm(2));
        assert_eq!(s.pop(at(100)), None);
    }

    proptest! {
        /// Equal moments go off by actor and alarm, not by the order they were set in.
        #[test]
        fn order_does_not_depend_on_setting_order(mut sets in prop::collection::vec((0u16..6, 0u8..4, 0u64..10), 1..40)) {
            sets.sort();
            sets.dedup_by_key(|s| (s.0, s.1));
            let drain = |sets: &[(u16, u8, u64)]| {
                let mut s = Scheduler::default();
                for &(actor, alarm, t) in sets {
                    s.set(ActorId(actor), Alarm(alarm), at(t));
                }
                std::iter::from_fn(|| s.pop(at(10))).collect::<Vec<_>>()
            };
            let forward = drain(&sets);
            sets.reverse();
            prop_assert_eq!(&forward, &drain(&sets));
            prop_assert!(forward.is_sorted());
            prop_assert_eq!(forward.len(), sets.len());
        }

        /// Whatever is set and taken back, in whatever order.
        #[test]
        fn the_next_alarm_of_an_actor_is_its_soonest(acts in prop::collection::vec((0u16..2, 126u8..131, prop::option::of(0u64..10)), 1..60)) {
            let mut s = Scheduler::default();
            for (n, (actor, alarm, when)) in acts.into_iter().enumerate() {
                match when {
                    Some(when) => s.set(ActorId(actor), Alarm(alarm), at(when)),
                    None => s.cancel(ActorId(actor), Alarm(alarm)),
                }
                if n % 7 == 6 {
                    s.pop(at(5));
                }
                for actor in [ActorId(0), ActorId(1)] {
                    let soonest = (0..Alarm::QUIET).filter_map(|alarm| s.when(actor, Alarm(alarm))).min();
                    prop_assert_eq!(s.next_of(actor), soonest);
                }
            }
        }
    }
}
