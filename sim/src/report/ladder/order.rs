//! Whether the steps come out in the article's order.

use super::Step;

/// How the order by predicted seconds compares with the article's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// So many steps stand in the same order.
    Same(usize),
    /// The rest does without these, the fewest for which that is so.
    Apart {
        /// Steps out of order, in the article's order.
        steps: Vec<String>,
        /// Steps that were compared.
        of: usize,
    },
}

/// Compares the steps that were played to the end and that the article has; none when there are fewer than two.
pub fn order(steps: &[Step]) -> Option<Order> {
    let seconds = |step: &Step| Some((step.article_s?, step.figures().predicted_s?, step.name.clone()));
    let mut all: Vec<_> = steps.iter().filter_map(seconds).collect();
    if all.len() < 2 {
        return None;
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let kept = longest_falling(&all.iter().map(|step| step.1).collect::<Vec<_>>());
    let of = all.len();
    let apart: Vec<_> =
        all.into_iter().enumerate().filter(|(at, _)| !kept.contains(at)).map(|(_, step)| step.2).collect();
    Some(if apart.is_empty() { Order::Same(of) } else { Order::Apart { steps: apart, of } })
}

/// Places of the longest part of `values` that falls all the way; of several that are as long the first that ends.
fn longest_falling(values: &[f64]) -> Vec<usize> {
    let mut best: Vec<Vec<usize>> = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let before = best.iter().filter(|part| part.last().is_some_and(|&last| values[last] > *value));
        let mut part = before.fold(
            Vec::new(),
            |longest: Vec<usize>, part| {
                if part.len() > longest.len() { part.clone() } else { longest }
            },
        );
        part.push(at);
        best.push(part);
    }
    best.into_iter().fold(Vec::new(), |longest, part| if part.len() > longest.len() { part } else { longest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::ladder::tests::step;

    fn compared(seconds: &[(&str, f64, f64)]) -> Option<Order> {
        order(&seconds.iter().map(|(name, article, here)| step(name, Some(*article), *here)).collect::<Vec<_>>())
    }

    #[test]
    fn the_same_order_at_another_speed_is_the_same_order() {
        let steps = [("a", 128.0, 70.0), ("c", 6.52, 3.4), ("b", 49.5, 51.0), ("d", 7.08, 3.6)];
        assert_eq!(compared(&steps), Some(Order::Same(4)));
    }

    #[test]
    fn the_fewest_steps_are_said_to_be_apart() {
        let steps = [("a", 128.0, 70.0), ("b", 49.5, 51.0), ("c", 45.0, 52.0), ("d", 34.0, 35.0), ("e", 7.0, 53.0)];
        assert_eq!(compared(&steps), Some(Order::Apart { steps: vec!["c".into(), "e".into()], of: 5 }));
        let equal = [("a", 2.0, 1.0), ("b", 1.0, 1.0)];
        assert_eq!(compared(&equal), Some(Order::Apart { steps: vec!["b".into()], of: 2 }), "level is not faster");
    }

    #[test]
    fn there_is_no_order_of_one_or_of_what_the_article_has_not() {
        assert_eq!(compared(&[]), None);
        assert_eq!(compared(&[("a", 1.0, 1.0)]), None);
        assert_eq!(order(&[step("a", None, 1.0), step("b", Some(2.0), 2.0)]), None);
    }
}
