//! A client's end of the line.

use gdbstub::conn::Connection;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long the host's side is left alone while nothing comes.
const TICK: Duration = Duration::from_millis(20);
/// A client that does not read for so long is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came, and what is to go in one piece.
pub(super) struct Client {
    stream: TcpStream,
    received: Vec<u8>,
    /// How much of that was taken.
    taken: usize,
    unsent: Vec<u8>,
}

impl Client {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TICK))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, received: Vec::new(), taken: 0, unsent: Vec::new() })
    }

    /// The next byte; `None` when there is none for a moment, or with `wait` false for now.
    ///
    /// # Errors
    /// When the client has gone.
    pub(super) fn next(&mut self, wait: bool) -> io::Result<Option<u8>> {
        if self.taken == self.received.len() {
            // Of a packet that makes it run the stub says only that it has heard it, and leaves that unsent.
            if !self.unsent.is_empty() {
                Connection::flush(self)?;
            }
            self.received.resize(4096, 0);
            self.taken = 0;
            if !wait {
                self.stream.set_nonblocking(true)?;
            }
            let result = self.stream.read(&mut self.received);
            if !wait {
                self.stream.set_nonblocking(false)?;
            }
            let count = match result {
                Ok(0) => Err(ErrorKind::ConnectionReset.into()),
                Ok(count) => Ok(count),
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) =>
                {
                    Ok(0)
                }
                Err(error) => Err(error),
            };
            self.received.truncate(*count.as_ref().unwrap_or(&0));
            count?;
        }
        let byte = self.received.get(self.taken).copied();
        self.taken += usize::from(byte.is_some());
        Ok(byte)
    }
}

impl Connection for Client {
    type Error = io::Error;

    fn write(&mut self, byte: u8) -> io::Result<()> {
        self.unsent.push(byte);
        Ok(())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.unsent.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let sent = Write::write_all(&mut self.stream, &self.unsent);
        self.unsent.clear();
        sent
    }
}
