//! The page: a flame graph and the functions that took most, in one file that needs no network.

use crate::engine::profile::Folded;
use crate::report::render::grouped;
use maud::{DOCTYPE, PreEscaped, html};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Functions in the table.
const MOST_FUNCTIONS: usize = 40;
/// Cycles of the core clock in a second.
const CYCLES_A_SECOND: f64 = 64_000_000.0;

/// What the page says about the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The firmware's files.
    pub firmware: String,
    /// The board.
    pub board: String,
}

/// A frame with what it called: name, cycles, callees. As short as that, as there may be many thousands.
#[derive(Debug, Default, Serialize)]
struct Node(u32, u64, Vec<Node>);

/// A node while it grows.
#[derive(Default)]
struct Tree {
    cycles: u64,
    callees: BTreeMap<Rc<str>, Tree>,
}

impl Tree {
    fn add(&mut self, stack: &[Rc<str>], cycles: u64) {
        let mut node = self;
        node.cycles += cycles;
        for name in stack {
            node = node.callees.entry(Rc::clone(name)).or_default();
            node.cycles += cycles;
        }
    }

    fn node(&self, name: u32, names: &mut BTreeMap<Rc<str>, u32>) -> Node {
        let callees = self.callees.iter().map(|(callee, tree)| {
            let next = names.len() as u32;
            let number = *names.entry(Rc::clone(callee)).or_insert(next);
            tree.node(number, names)
        });
        let callees = callees.collect();
        Node(name, self.cycles, callees)
    }
}

/// The page for `folded`.
pub fn page(folded: &Folded, about: &About) -> String {
    let mut tree = Tree::default();
    for (stack, &cycles) in &folded.stacks {
        tree.add(stack, cycles);
    }
    let mut names = BTreeMap::from([(Rc::from("all"), 0u32)]);
    let root = tree.node(0, &mut names);
    let mut list: Vec<&str> = vec![""; names.len()];
    for (name, &number) in &names {
        list[number as usize] = name;
    }
    let total = folded.cycles();
    let part = |cycles: u64| if total == 0 { 0.0 } else { 100.0 * cycles as f64 / total as f64 };
    let of_root = |begins: &str| -> u64 {
        tree.callees.iter().filter(|(name, _)| name.starts_with(begins)).map(|(_, tree)| tree.cycles).sum()
    };
    let kinds = [
        ("interrupts", of_root("[interrupt]")),
        ("loops that only poll", of_root("[polling]")),
        ("asleep, or waiting otherwise", of_root("[waiting]")),
        ("entering and leaving exceptions", of_root("[exceptions]")),
    ];
    let rest = total - kinds.iter().map(|(_, cycles)| cycles).sum::<u64>();
    // Inside a script only `<` could end it.
    let data = serde_json::to_string(&(list, root)).unwrap_or_default().replace('<', "\\u003c");
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Profile of " (about.firmware) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                h1 { "Where the cycles went" }
                p { (about.firmware) " on the board " (about.board) ": " (grouped(total)) " cycles of 64 MHz, "
                    (format!("{:.3}", total as f64 / CYCLES_A_SECOND)) " s of simulated time." }
                table {
                    tr { th { "what" } th.n { "cycles" } th.n { "%" } }
                    tr { td { "the program" } td.n { (grouped(rest)) } td.n { (format!("{:.1}", part(rest))) } }
                    @for (name, cycles) in kinds {
                        tr { td { (name) } td.n { (grouped(cycles)) } td.n { (format!("{:.1}", part(cycles))) } }
                    }
                }
                h2 { "By call stack" }
                p.bar {
                    input #search type="search" placeholder="find a function" aria-label="find a function";
                    button #reset type="button" { "whole run" }
                    span #matched {}
                }
                p #shown role="status" {}
                div #graph role="tree" aria-label="flame graph" tabindex="0" {}
                p.note { "The widest is what took most. Below a function stands what it called, or what was inlined in it. Click one to see \
                          it alone; Escape goes back. Cycles of a function are exact; how they are shared out among its callers is by \
                          looks at the stack, about every 8,192 cycles." }
                h2 { "By function, without what it calls" }
                table {
                    tr { th { "function" } th.n { "cycles" } th.n { "%" } }
                    @for (name, cycles) in of_functions(folded) {
                        tr { td { code { (name) } } td.n { (grouped(cycles)) } td.n { (format!("{:.1}", part(cycles))) } }
                    }
                }
                script type="application/json" id="data" { (PreEscaped(data)) }
                script { (PreEscaped(include_str!("page.js"))) }
            }
        }
    };
    markup.into_string()
}

/// The functions that took most themselves. What is waited for stands under its root.
fn of_functions(folded: &Folded) -> Vec<(String, u64)> {
    let mut functions: BTreeMap<String, u64> = BTreeMap::new();
    for (stack, cycles) in &folded.stacks {
        let root = stack.first().filter(|root| root.starts_with('['));
        let waits = root.filter(|root| !root.starts_with("[interrupt]"));
        let Some(name) = waits.or(stack.last()) else { continue };
        *functions.entry(name.to_string()).or_default() += cycles;
    }
    let by_cycles: BTreeSet<_> =
        functions.into_iter().map(|(name, cycles)| (std::cmp::Reverse(cycles), name)).collect();
    by_cycles.into_iter().take(MOST_FUNCTIONS).map(|(cycles, name)| (name, cycles.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded() -> Folded {
        let stack = |text: &str| text.split(';').map(Rc::from).collect();
        let stacks = [
            (stack("main;a<b>"), 60),
            (stack("main"), 20),
            (stack("[interrupt] RTC0;RTC0_IRQHandler"), 15),
            (stack("[waiting] WFI;main"), 5),
        ];
        Folded { stacks: stacks.into() }
    }

    #[test]
    fn the_page_holds_every_cycle_and_escapes_names() {
        let page = page(&folded(), &About { firmware: "a.elf".into(), board: "dongle".into() });
        assert!(page.contains("100 cycles of 64 MHz"), "{page}");
        assert!(page.contains("<code>a&lt;b&gt;</code></td><td class=\"n\">60"), "{page}");
        assert!(!page.contains("a<b>") && page.contains(r"a\u003cb>"), "{page}");
        assert!(!page.contains("http://") && !page.contains("https://"), "nothing is fetched");
    }

    #[test]
    fn callees_lie_below_their_callers() {
        let mut tree = Tree::default();
        folded().stacks.iter().for_each(|(stack, &cycles)| tree.add(stack, cycles));
        let main = &tree.callees["main"];
        assert_eq!((tree.cycles, main.cycles, main.callees["a<b>"].cycles), (100, 80, 60));
    }

    #[test]
    fn waiting_is_no_functions_work() {
        assert_eq!(of_functions(&folded())[..2], [("a<b>".into(), 60), ("main".into(), 20)]);
        assert!(of_functions(&folded()).contains(&("[waiting] WFI".into(), 5)));
    }
}
