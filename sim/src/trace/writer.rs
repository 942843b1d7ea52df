//! A file on a thread of its own: simulated time goes by while a trace is compressed and written.
//!
//! 1. What comes is the same, in the same order and in the same pieces as the run has them, so the file's bytes do not depend on threads.
//! 2. A run that is ahead of the disk waits for it: at most [`MOST_AHEAD`] pieces are in memory.

use super::sink::Sink;
use crate::probes::edges::EdgeSeen;
use crate::probes::transactions::Transaction;
use crate::report::{Location, OutputError};
use peripherals::kernel::Instant;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Pieces that wait for a file, half a megabyte each at most; all files share them.
const MOST_AHEAD: usize = 64;

/// A transaction and where its instruction stands in the source.
pub(super) type Placed = (Transaction, Option<Location>);

/// What a file is told.
#[derive(Clone)]
pub(super) enum Piece {
    Edges(Arc<Vec<EdgeSeen>>),
    Transactions(Arc<Vec<Placed>>),
    /// Everything up to here has been told.
    Reached(Instant),
    /// The file ends here.
    End(Instant),
}

/// A file's other end.
pub(super) struct Writer {
    path: PathBuf,
    pieces: SyncSender<Piece>,
    thread: JoinHandle<Result<(), OutputError>>,
}

impl Writer {
    /// # Errors
    /// [`OutputError`] when the system has no thread left.
    pub fn new(sink: Sink) -> Result<Self, OutputError> {
        let path = sink.path().to_owned();
        let (pieces, incoming) = sync_channel(MOST_AHEAD);
        let thread = std::thread::Builder::new().name("trace".into()).spawn(move || write(sink, &incoming));
        Ok(Self { thread: thread.map_err(OutputError::at(&path))?, path, pieces })
    }

    /// Hands it over; waits while the file is behind. After an error nobody listens any more, and [`Writer::finish`] says so.
    pub fn tell(&self, piece: Piece) {
        let _ = self.pieces.send(piece);
    }

    /// Waits until the file is written.
    ///
    /// # Errors
    /// [`OutputError`] for the first thing that went wrong with it.
    pub fn finish(self) -> Result<(), OutputError> {
        drop(self.pieces);
        self.thread.join().unwrap_or_else(|_| {
            let why = io::Error::other("what writes this file has panicked");
            Err(OutputError::at(&self.path)(why))
        })
    }
}

fn write(mut sink: Sink, pieces: &Receiver<Piece>) -> Result<(), OutputError> {
    for piece in pieces {
        match piece {
            Piece::Edges(edges) => edges.iter().try_for_each(|&edge| sink.edge(edge))?,
            Piece::Transactions(all) => {
                all.iter()
                    .try_for_each(|(transaction, place)| sink.transaction(transaction, &mut |_| place.clone()))?;
            }
            Piece::Reached(now) => sink.reached(now)?,
            Piece::End(end) => return sink.finish(end),
        }
    }
    Ok(())
}
