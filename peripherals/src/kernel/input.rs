//! What is typed into the machine: one queue of bytes, and who takes from it.
//!
//! 1. Bytes come from outside at a moment that is set beforehand ([`Input::send`], then the engine's alarm), never at once: where the
//!    engine happens to stand when it looks at the host makes no difference.
//! 2. Who takes a byte decides when: a UART when its receiver has room, USB when an endpoint is free. So nothing is lost because
//!    firmware is slow; the sender is as patient as a person.

use super::cx::ConsolePort;
use std::collections::VecDeque;

/// Which port of the firmware's gets what is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputTo {
    /// The first that reads, until the next reset.
    #[default]
    First,
    /// This one.
    Only(ConsolePort),
    /// None.
    Nobody,
}

/// The queue.
#[derive(Clone, Debug, Default)]
pub struct Input {
    to: InputTo,
    /// The port that read first.
    claimed: Option<ConsolePort>,
    /// Under way until the engine's alarm.
    coming: VecDeque<u8>,
    queue: VecDeque<u8>,
    /// The port that has asked in vain.
    waiting: Option<ConsolePort>,
    open: bool,
}

impl Input {
    /// Bytes that wait or are under way, at most; the rest stays with the host.
    pub const ROOM: usize = 16 * 1024;

    /// Chooses the port. More may still come ([`Self::close`]).
    pub fn open(&mut self, to: InputTo) {
        (self.to, self.open) = (to, to != InputTo::Nobody);
    }

    /// Nothing more will be sent.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// How many bytes there is room for.
    pub fn room(&self) -> usize {
        Self::ROOM.saturating_sub(self.coming.len() + self.queue.len())
    }

    /// Bytes are under way; they are there when the SoC says that they have arrived. What there is no room for is dropped.
    pub fn send(&mut self, bytes: &[u8]) {
        let room = if self.to == InputTo::Nobody { 0 } else { self.room() };
        self.coming.extend(bytes.iter().take(room));
    }

    /// What was under way is there. Gives the port that has asked in vain and is to ask again.
    pub(crate) fn arrive(&mut self) -> Option<ConsolePort> {
        self.queue.append(&mut self.coming);
        if self.queue.is_empty() { None } else { self.waiting.take() }
    }

    /// The next byte for `port`. When there is none and one may come, `port` is told.
    pub fn take(&mut self, port: ConsolePort) -> Option<u8> {
        let mine = match self.to {
            InputTo::First => *self.claimed.get_or_insert(port) == port,
            InputTo::Only(only) => only == port,
            InputTo::Nobody => false,
        };
        if !mine {
            return None;
        }
        let byte = self.queue.pop_front();
        self.waiting = byte.is_none().then_some(port);
        byte
    }

    /// `byte` did not reach its port after all: it is the next one again.
    pub fn give_back(&mut self, byte: u8) {
        self.queue.push_front(byte);
    }

    /// `port` reads no more for now: what comes waits.
    pub fn leave(&mut self, port: ConsolePort) {
        self.waiting = self.waiting.filter(|&waiting| waiting != port);
    }

    /// Whether firmware waits for a byte that may still come, or is under way.
    pub fn is_awaited(&self) -> bool {
        self.waiting.is_some() && (self.open || !self.coming.is_empty())
    }

    /// Whether firmware waits for a byte, and none is under way.
    pub fn is_starving(&self) -> bool {
        self.waiting.is_some() && self.coming.is_empty()
    }

    /// Whether nothing is there and nothing will ever come.
    pub fn is_over(&self) -> bool {
        !self.open && self.coming.is_empty() && self.queue.is_empty()
    }

    /// The chip starts anew: another port may be the first that reads.
    pub(crate) fn reset(&mut self) {
        self.queue.append(&mut self.coming);
        (self.claimed, self.waiting) = (None, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConsolePort::{Uart0, Uart1};

    #[test]
    fn the_first_port_that_reads_gets_everything_until_a_reset() {
        let mut input = Input::default();
        input.open(InputTo::First);
        assert_eq!((input.take(Uart1), input.take(Uart0)), (None, None));
        input.send(b"abc");
        assert_eq!(input.take(Uart1), None, "still under way");
        assert_eq!(input.arrive(), Some(Uart1));
        assert_eq!((input.take(Uart0), input.take(Uart1)), (None, Some(b'a')));
        input.reset();
        assert_eq!((input.take(Uart0), input.take(Uart1)), (Some(b'b'), None));
    }

    #[test]
    fn a_chosen_port_gets_it_and_nobody_gets_nothing() {
        let mut input = Input::default();
        input.open(InputTo::Only(Uart1));
        assert_eq!(input.take(Uart0), None);
        input.send(b"a");
        assert_eq!(input.arrive(), None);
        assert_eq!((input.take(Uart0), input.take(Uart1)), (None, Some(b'a')));
        input.open(InputTo::Nobody);
        input.send(b"a");
        assert_eq!((input.take(Uart0), input.take(Uart1), input.is_over()), (None, None, true));
    }

    #[test]
    fn it_is_awaited_while_something_may_come() {
        let mut input = Input::default();
        input.open(InputTo::First);
        assert!(!input.is_awaited());
        assert_eq!(input.take(Uart0), None);
        assert!(input.is_awaited() && input.is_starving());
        input.send(b"a");
        assert!(input.is_awaited() && !input.is_starving());
        input.close();
        assert!(input.is_awaited() && !input.is_over());
        assert_eq!((input.arrive(), input.take(Uart0), input.take(Uart0)), (Some(Uart0), Some(b'a'), None));
        assert!(!input.is_awaited() && input.is_over());
    }

    #[test]
    fn a_port_that_leaves_off_is_not_told() {
        let mut input = Input::default();
        input.open(InputTo::First);
        assert_eq!(input.take(Uart0), None);
        input.leave(Uart0);
        input.send(b"a");
        assert_eq!((input.is_awaited(), input.arrive()), (false, None));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut input = Input::default();
        input.open(InputTo::First);
        input.send(&vec![b'x'; 2 * Input::ROOM]);
        assert_eq!((input.room(), input.coming.len()), (0, Input::ROOM));
    }
}
