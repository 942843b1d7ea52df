//! Work for all cores: jobs of very different length, the longest first.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does `work` for each place of `order`, `workers` at a time, and gives the results by place: none for those that were not begun because
/// `stop` said so by then. A panic in `work` goes on to the caller once the other jobs are done.
pub(super) fn run<R: Send>(
    order: &[usize],
    workers: NonZeroUsize,
    stop: &(impl Fn() -> bool + Sync),
    work: &(impl Fn(usize) -> R + Sync),
) -> Vec<Option<R>> {
    let places = order.iter().map(|place| place + 1).max().unwrap_or(0);
    let results: Vec<Mutex<Option<R>>> = (0..places).map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..workers.get().min(order.len()) {
            scope.spawn(|| {
                while !stop()
                    && let Some(&place) = order.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let result = work(place);
                    *results[place].lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(result);
                }
            });
        }
    });
    results.into_iter().map(|result| result.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())).collect()
}

/// Places of `lengths` from the longest to the shortest; those of unknown length last, equals as they stand.
pub(super) fn longest_first(lengths: &[Option<f64>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by(|&a, &b| lengths[b].unwrap_or(-1.0).total_cmp(&lengths[a].unwrap_or(-1.0)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::AtomicBool;

    const ONE: NonZeroUsize = NonZeroUsize::MIN;
    const TWO: NonZeroUsize = ONE.saturating_add(1);

    #[test]
    fn the_longest_come_first_and_the_unknown_last() {
        let lengths = [Some(5.0), None, Some(128.0), Some(5.0), None, Some(7.0)];
        assert_eq!(longest_first(&lengths), [2, 5, 0, 3, 1, 4]);
    }

    #[test]
    fn results_are_by_place_whatever_the_order() {
        let begun = Mutex::new(Vec::new());
        let work = |place| {
            begun.lock().unwrap().push(place);
            place * 10
        };
        assert_eq!(run(&[2, 0, 1], ONE, &|| false, &work), [Some(0), Some(10), Some(20)]);
        assert_eq!(*begun.lock().unwrap(), [2, 0, 1]);
        assert_eq!(run::<usize>(&[], TWO, &|| false, &work), []);
    }

    #[test]
    fn two_workers_work_at_the_same_time() {
        // Either waits for the other.
        let both = Barrier::new(2);
        let work = |place| {
            both.wait();
            place
        };
        assert_eq!(run(&[0, 1, 2, 3], TWO, &|| false, &work), [Some(0), Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn what_is_stopped_begins_nothing_more_and_keeps_what_is_done() {
        let stopped = AtomicBool::new(false);
        let work = |place| {
            stopped.store(place == 1, Ordering::Relaxed);
            place
        };
        let results = run(&[0, 1, 2, 3], ONE, &|| stopped.load(Ordering::Relaxed), &work);
        assert_eq!(results, [Some(0), Some(1), None, None]);
    }
}
