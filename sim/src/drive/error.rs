//! What can be wrong with `--drive` and `--drive-out`: what, why, and how to mend it.

use super::Kind;
use super::tree::{MOST_DEPTH, MOST_ENTRIES};
use std::io;
use thiserror::Error;

/// Why a drive cannot be laid or taken out. The text has a first line that says what and where, then `why:` and `help:` lines.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DriveError {
    /// There is no such directory.
    #[error("there is no directory `{path}`\n  help: --drive takes the directory whose files the firmware is to see")]
    NotFound {
        /// As given.
        path: String,
    },
    /// A file, for one.
    #[error("`{path}` is not a directory\n  help: put the files into a directory and name that")]
    NotADirectory {
        /// As given.
        path: String,
    },
    /// The operating system refuses.
    #[error("cannot read `{path}`: {source}")]
    Unreadable {
        /// Where.
        path: String,
        /// What it said.
        source: io::Error,
    },
    /// A symbolic link that leads out of the directory, or nowhere.
    #[error(
        "`{path}` links to `{to}`, outside of the drive's directory\n  \
         why:  only what lies in the directory is copied, so that nothing gets to the firmware by mistake\n  \
         help: copy the file, or point --drive at a directory that holds both"
    )]
    LinkOut {
        /// The link.
        path: String,
        /// What it says.
        to: String,
    },
    /// A symbolic link to nothing.
    #[error("`{path}` links to `{to}`, which is not there\n  help: remove the link, or make what it names")]
    LinkBroken {
        /// The link.
        path: String,
        /// What it says.
        to: String,
    },
    /// A directory that holds itself.
    #[error(
        "`{path}` links to a directory that it lies in\n  why:  the copy would have no end\n  help: remove the link"
    )]
    LinkLoop {
        /// The link.
        path: String,
    },
    /// A device, a pipe, a socket.
    #[error("`{path}` is neither a file nor a directory\n  help: keep {what} out of the drive's directory")]
    Special {
        /// Where.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// More than anything holds.
    #[error(
        "`{path}` has more than {MOST_ENTRIES} files and directories\n  help: name a smaller directory; is it the right one?"
    )]
    TooMany {
        /// The directory as given.
        path: String,
    },
    /// More bytes than anything holds.
    #[error("the files in `{path}` are more than {most} MB\n  help: name a smaller directory; is it the right one?")]
    TooMuch {
        /// The directory as given.
        path: String,
        /// So many are read.
        most: u64,
    },
    /// Directories in directories without end.
    #[error("`{path}` lies more than {MOST_DEPTH} directories deep\n  help: make the drive's directory flatter")]
    TooDeep {
        /// Where.
        path: String,
    },
    /// The files alone are bigger than the medium.
    #[error(
        "the files of the drive do not fit: {bytes} bytes, and the firmware's file system has {room} in all\n  \
         why:  {kind}; names and directories take room as well\n  help: leave out what the firmware does not need"
    )]
    TooBig {
        /// All files.
        bytes: u64,
        /// The medium.
        room: u64,
        /// Which file system.
        kind: Kind,
    },
    /// The library says that it is full.
    #[error(
        "the files of the drive do not fit: there was no room left for `{path}`\n  \
         why:  {bytes} bytes go on a {kind} file system of {room}; names and directories take room as well\n  \
         help: leave out what the firmware does not need"
    )]
    NoRoom {
        /// The file that did not fit.
        path: String,
        /// All files.
        bytes: u64,
        /// The medium.
        room: u64,
        /// Which file system.
        kind: Kind,
    },
    /// A name that the file system cannot hold.
    #[error("`{path}` cannot be on a {kind} file system\n  why:  {why}\n  help: rename it")]
    BadName {
        /// Where.
        path: String,
        /// What is wrong with it.
        why: &'static str,
        /// Which file system.
        kind: Kind,
    },
    /// A name that is no text.
    #[error("`{path}` has a name that is not UTF-8\n  help: rename it")]
    NotText {
        /// Where, as far as it can be shown.
        path: String,
    },
    /// Two names that are one.
    #[error(
        "`{first}` and `{second}` cannot both be on a FAT file system\n  \
         why:  FAT does not tell capital letters from small ones\n  help: rename one of them"
    )]
    SameName {
        /// One.
        first: String,
        /// The other.
        second: String,
    },
    /// A directory here, a file there.
    #[error("`{path}` is a {here} on the drive, and a {there} on the firmware's file system\n  help: rename it")]
    Conflict {
        /// Where.
        path: String,
        /// On the drive.
        here: &'static str,
        /// In the image.
        there: &'static str,
    },
    /// Nobody knows where the file system is.
    #[error(
        "the firmware's file system cannot be found: {why}\n  \
         why:  its place is in no symbol, and no known release of MicroPython or CircuitPython matches the image\n  \
         help: say where it is: --drive DIR@0xADDRESS+SIZE:fat or :littlefs, such as --drive files@0xb4000+256k:fat"
    )]
    Unplaced {
        /// What is missing.
        why: String,
    },
    /// The firmware was built without one.
    #[error("{firmware} has no file system\n  why:  {why}\n  help: build it with one")]
    Without {
        /// What it calls itself.
        firmware: String,
        /// How that is known.
        why: &'static str,
    },
    /// What the command line says is impossible.
    #[error(
        "`{text}` is no place for a file system\n  why:  {why}\n  help: DIR@0xADDRESS+SIZE:fat or :littlefs, such as files@0xb4000+256k:fat"
    )]
    Spec {
        /// The part after `@`.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Code lies there.
    #[error(
        "the firmware's file system would lie over its code: `{image}` has bytes at 0x{at:08x}, in 0x{start:08x} to 0x{end:08x}\n  \
         why:  {how}, and there is no {kind} file system in those bytes that files could be laid into\n  \
         help: say where it is: --drive DIR@0xADDRESS+SIZE:fat or :littlefs"
    )]
    Occupied {
        /// Whose bytes.
        image: String,
        /// First of them.
        at: u32,
        /// First address of the file system.
        start: u32,
        /// Last address.
        end: u32,
        /// How the place was found.
        how: String,
        /// Which file system was looked for.
        kind: Kind,
    },
    /// Bytes that are no file system.
    #[error(
        "there is no {kind} file system where the firmware keeps its files: {why}\n  \
         help: erase the place, or let the firmware make a file system first"
    )]
    NoFileSystem {
        /// Which one was looked for.
        kind: Kind,
        /// What was found.
        why: String,
    },
    /// A file system that files cannot be laid into.
    #[error("the firmware's {kind} file system is damaged: {why}\n  help: erase it; --drive then makes a new one")]
    Damaged {
        /// Which one.
        kind: Kind,
        /// What is wrong.
        why: String,
    },
    /// An older format.
    #[error(
        "the firmware keeps its files on littlefs version 1\n  why:  only version 2 can be read and made\n  \
         help: build the firmware with MICROPY_VFS_LFS2=1"
    )]
    LittleFs1,
    /// The board has no such chip.
    #[error(
        "the firmware keeps its files in a flash chip on QSPI, and the board `{board}` has none\n  \
         help: choose a board that has one, such as --board dk or --board aramcon, or write a board file with such a chip"
    )]
    NoQspi {
        /// The board.
        board: String,
    },
}

impl DriveError {
    /// A stable name for scripts, in kebab case.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotFound { .. } | Self::NotADirectory { .. } | Self::Unreadable { .. } => "drive-directory",
            Self::LinkOut { .. } | Self::LinkBroken { .. } | Self::LinkLoop { .. } => "drive-link",
            Self::Special { .. } => "drive-special-file",
            Self::TooMany { .. }
            | Self::TooMuch { .. }
            | Self::TooDeep { .. }
            | Self::TooBig { .. }
            | Self::NoRoom { .. } => "drive-too-big",
            Self::BadName { .. } | Self::NotText { .. } | Self::SameName { .. } | Self::Conflict { .. } => "drive-name",
            Self::Unplaced { .. } | Self::Spec { .. } | Self::Occupied { .. } => "drive-place",
            Self::Without { .. } | Self::LittleFs1 => "drive-file-system",
            Self::NoFileSystem { .. } | Self::Damaged { .. } => "drive-damaged",
            Self::NoQspi { .. } => "drive-qspi",
        }
    }
}
