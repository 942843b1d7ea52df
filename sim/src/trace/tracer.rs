//! A trace as a whole: when it begins and ends, and which files it goes to.

use super::scopes::Scopes;
use super::sink::Sink;
use super::trigger::{Lookout, Trigger};
use super::writer::{Piece, Placed, Writer};
use crate::probes::edges::EdgeSeen;
use crate::probes::transactions::Transaction;
use crate::report::{Location, OutputError};
use peripherals::kernel::{Findings, Instant, Level, NetId, Span};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

/// So much of what came before a trigger is in the trace.
const BEFORE: Span = Span::from_ms(2);
/// At most so many edges of it, between two calls.
const MOST_BEFORE: usize = 1 << 18;
/// Edges that the files get at a time.
const EDGES: usize = 1 << 14;
/// Transactions, which are up to some 900 bytes each.
const TRANSACTIONS: usize = 1 << 9;
/// Instructions whose place is remembered.
const MOST_PLACES: usize = 1 << 14;

/// What is wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The files.
    pub paths: Vec<PathBuf>,
    /// When it begins, or begins to wait for its triggers.
    pub from: Option<Span>,
    /// How long it is, from where it begins or from its trigger.
    pub length: Option<Span>,
    /// It begins with the first of these, and a little before; without any, at once.
    pub when: Vec<Trigger>,
}

enum State {
    /// It has not begun.
    Before,
    Running {
        until: Option<Instant>,
    },
    Over,
}

/// Takes what happens on the wires and writes it.
pub struct Tracer {
    paths: Vec<PathBuf>,
    scopes: Scopes,
    from: Instant,
    length: Option<Span>,
    lookout: Option<Lookout>,
    state: State,
    /// Levels before the first of `edges`.
    levels: Vec<Level>,
    /// What may still turn out to be wanted.
    edges: VecDeque<EdgeSeen>,
    transactions: VecDeque<Transaction>,
    writers: Vec<Writer>,
    /// What the files have not been told yet.
    untold: (Vec<EdgeSeen>, Vec<Placed>),
    failed: Vec<OutputError>,
    places: FxHashMap<u32, Option<Location>>,
}

impl Tracer {
    /// A trace of the wires in `scopes`, whose levels at `now` are `levels`, by wire.
    pub fn new(request: Request, scopes: Scopes, levels: Vec<Level>, now: Instant) -> Self {
        let from = (Instant::ZERO + request.from.unwrap_or_default()).max(now);
        Self {
            paths: request.paths,
            levels,
            scopes,
            from,
            length: request.length,
            lookout: (!request.when.is_empty()).then(|| Lookout::new(request.when, from)),
            state: State::Before,
            edges: VecDeque::new(),
            transactions: VecDeque::new(),
            writers: Vec::new(),
            untold: Default::default(),
            failed: Vec::new(),
            places: FxHashMap::default(),
        }
    }

    /// Whether nothing more will be written.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// A wire has changed.
    #[inline]
    pub fn edge(&mut self, edge: EdgeSeen) {
        match self.state {
            State::Running { until } => {
                if until.is_some_and(|until| edge.at > until) {
                    self.end(until.unwrap_or(edge.at));
                } else {
                    self.write_edge(edge);
                }
            }
            State::Before if self.lookout.is_none() && edge.at >= self.from => {
                self.begin(self.from, self.from);
                self.edge(edge);
            }
            State::Before if self.lookout.is_none() => self.passed(edge),
            State::Before => self.edges.push_back(edge),
            State::Over => {}
        }
    }

    /// A transaction is complete. Those of a stretch of time come after its edges.
    pub fn transaction(&mut self, transaction: Transaction, locate: &dyn Fn(u32) -> Option<Location>) {
        match self.state {
            State::Running { until } => {
                if until.is_none_or(|until| transaction.end <= until) {
                    self.write_transaction(transaction, locate);
                }
            }
            State::Before => {
                if let Some(lookout) = &mut self.lookout {
                    lookout.transaction(&transaction);
                    self.transactions.push_back(transaction);
                }
            }
            State::Over => {}
        }
    }

    /// An instruction that the trace waits for was about to be executed at `at`.
    pub fn executed(&mut self, at: Instant) {
        if let (State::Before, Some(lookout)) = (&self.state, &mut self.lookout) {
            lookout.hit(at);
        }
    }

    /// Everything up to `now` has been handed over.
    pub fn reached(&mut self, now: Instant, findings: &Findings, locate: &dyn Fn(u32) -> Option<Location>) {
        if let State::Running { until } = self.state {
            // Where nothing happens there is nothing to write.
            if !self.untold.0.is_empty() || !self.untold.1.is_empty() {
                self.tell(Some(Piece::Reached(now)));
            }
            if let Some(until) = until.filter(|until| now > *until) {
                self.end(until);
            }
            return;
        }
        if !matches!(self.state, State::Before) {
            return;
        }
        let Some(lookout) = &mut self.lookout else {
            if now >= self.from {
                self.begin(self.from, self.from);
            }
            return;
        };
        lookout.findings(findings);
        match lookout.found() {
            Some(found) => self.triggered(found, locate),
            None => self.forget_before(Instant::from_ps(now.as_ps().saturating_sub(BEFORE.as_ps()))),
        }
    }

    /// Ends the trace at `end`; gives what could not be written, and whether it ever began. Where it did not, its files say how
    /// the wires are at the end.
    pub fn finish(mut self, end: Instant) -> (Vec<OutputError>, bool) {
        let began = !matches!(self.state, State::Before);
        if !began {
            self.forget_before(end + Span::from_ps(1));
            self.begin(end, end);
        }
        let until = if let State::Running { until } = self.state { until } else { None };
        self.end(until.map_or(end, |until| until.min(end)));
        (self.failed, began)
    }

    fn triggered(&mut self, found: Instant, locate: &dyn Fn(u32) -> Option<Location>) {
        let begin = Instant::from_ps(found.as_ps().saturating_sub(BEFORE.as_ps()));
        // What came before and was dropped for want of room is not there.
        self.forget_before(begin);
        self.begin(begin, found);
        for edge in std::mem::take(&mut self.edges) {
            self.edge(edge);
        }
        for transaction in std::mem::take(&mut self.transactions) {
            self.transaction(transaction, locate);
        }
    }

    /// Edges before `begin`, and those of which there are too many, are no longer wanted.
    fn forget_before(&mut self, begin: Instant) {
        while let Some(&edge) = self.edges.front() {
            if edge.at >= begin && self.edges.len() <= MOST_BEFORE {
                break;
            }
            self.edges.pop_front();
            self.passed(edge);
        }
        while self.transactions.front().is_some_and(|t| t.start < begin) || self.transactions.len() > MOST_BEFORE {
            self.transactions.pop_front();
        }
    }

    fn passed(&mut self, edge: EdgeSeen) {
        if let Some(level) = self.levels.get_mut(usize::from(edge.net.0)) {
            *level = edge.level;
        }
    }

    /// Makes the files. `counted` is where its length counts from.
    fn begin(&mut self, at: Instant, counted: Instant) {
        let level = |net: NetId| self.levels.get(usize::from(net.0)).copied().unwrap_or_default();
        for path in &self.paths {
            match Sink::create(path, &self.scopes, at, &level) {
                Ok(sinks) => {
                    for sink in sinks {
                        match Writer::new(sink) {
                            Ok(writer) => self.writers.push(writer),
                            Err(error) => self.failed.push(error),
                        }
                    }
                }
                Err(error) => self.failed.push(error),
            }
        }
        self.state = State::Running { until: self.length.map(|length| counted + length) };
    }

    fn end(&mut self, at: Instant) {
        self.tell(Some(Piece::End(at)));
        for writer in self.writers.drain(..) {
            self.failed.extend(writer.finish().err());
        }
        self.state = State::Over;
    }

    #[inline]
    fn write_edge(&mut self, edge: EdgeSeen) {
        self.untold.0.push(edge);
        if self.untold.0.len() >= EDGES {
            self.tell(None);
        }
    }

    fn write_transaction(&mut self, transaction: Transaction, locate: &dyn Fn(u32) -> Option<Location>) {
        let places = &mut self.places;
        let place = transaction.pc.and_then(|pc| {
            if places.len() >= MOST_PLACES {
                places.clear();
            }
            places.entry(pc).or_insert_with(|| locate(pc)).clone()
        });
        self.untold.1.push((transaction, place));
        if self.untold.1.len() >= TRANSACTIONS {
            self.tell(None);
        }
    }

    /// Tells the files what they have not been told, and `then`.
    fn tell(&mut self, then: Option<Piece>) {
        let (edges, transactions) = std::mem::take(&mut self.untold);
        let edges = (!edges.is_empty()).then(|| Piece::Edges(Arc::new(edges)));
        let transactions = (!transactions.is_empty()).then(|| Piece::Transactions(Arc::new(transactions)));
        for piece in edges.into_iter().chain(transactions).chain(then) {
            self.writers.iter().for_each(|writer| writer.tell(piece.clone()));
        }
    }
}
