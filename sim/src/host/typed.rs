//! What somebody types, on its way from a thread that reads it to the machine.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

/// Pieces that wait between the thread and the machine; the thread then stops reading.
const MOST_PIECES: usize = 16;
/// Bytes of a piece.
pub(super) const PIECE: usize = 4096;

/// The machine's end.
#[derive(Debug)]
pub struct Typed {
    pieces: Receiver<Vec<u8>>,
    here: VecDeque<u8>,
    over: bool,
}

/// The thread's end; when it is dropped, nothing follows.
pub(super) type Sender = SyncSender<Vec<u8>>;

impl Typed {
    pub(super) fn new() -> (Sender, Self) {
        let (sender, pieces) = sync_channel(MOST_PIECES);
        (sender, Self { pieces, here: VecDeque::new(), over: false })
    }

    /// Takes what is there, at most `room` bytes.
    pub fn take(&mut self, room: usize) -> Vec<u8> {
        while self.here.len() < room && !self.over {
            match self.pieces.try_recv() {
                Ok(piece) => self.here.extend(piece),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => self.over = true,
            }
        }
        self.here.drain(..room.min(self.here.len())).collect()
    }

    /// Waits until there is something to take, the end included, but not longer than `at_most`.
    pub fn wait(&mut self, at_most: Duration) {
        if !self.here.is_empty() || self.over {
            return;
        }
        match self.pieces.recv_timeout(at_most) {
            Ok(piece) => self.here.extend(piece),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.over = true,
        }
    }

    /// Whether there is something to take.
    pub fn is_here(&self) -> bool {
        !self.here.is_empty()
    }

    /// Whether all has been taken, and nothing will follow.
    pub fn is_over(&self) -> bool {
        self.over && self.here.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_in_order_and_their_end_is_told() {
        let (sender, mut typed) = Typed::new();
        assert_eq!(typed.take(9), b"");
        assert!(!typed.is_over());
        sender.send(b"abc".to_vec()).unwrap();
        sender.send(b"de".to_vec()).unwrap();
        drop(sender);
        assert_eq!(typed.take(2), b"ab");
        assert_eq!((typed.take(9), typed.is_over()), (b"cde".to_vec(), true));
    }

    #[test]
    fn waiting_ends_with_a_byte_or_with_the_end() {
        let (sender, mut typed) = Typed::new();
        typed.wait(Duration::from_millis(1));
        assert!(!typed.is_here());
        sender.send(b"a".to_vec()).unwrap();
        typed.wait(Duration::from_secs(60));
        assert!(typed.is_here());
        assert_eq!(typed.take(1), b"a");
        drop(sender);
        typed.wait(Duration::from_secs(60));
        assert!(typed.is_over());
    }
}
