//! Writing the report, and knowing before a run whether an output can be written at all.

use super::diagnostic::Complaint;
use super::json::Report;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// An output that could not be written: exit status 74.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`: {source}", path.display())]
pub struct OutputError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

impl OutputError {
    /// For `path`; for use with `map_err`.
    pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { path, source }
    }
}

impl From<&OutputError> for Complaint {
    fn from(error: &OutputError) -> Self {
        let help = match error.source.kind() {
            ErrorKind::NotFound => "make the directory first",
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "choose a place you may write to",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                "make room on the disk; what was written before is valid"
            }
            ErrorKind::DirectoryNotEmpty => "name an empty directory, or one that is not there yet",
            ErrorKind::NotADirectory => "name a directory, not a file",
            ErrorKind::IsADirectory => "name a file, not a directory",
            _ => "",
        };
        Self::new("output", error.to_string()).help(help)
    }
}

/// Tries, without changing anything, whether `path` could be written now: the directory exists, and neither it nor the file
/// refuses.
///
/// # Errors
/// What would go wrong. A disk that fills up later cannot be known.
pub fn preflight(path: &Path) -> Result<(), OutputError> {
    let attempt = || match target(path)? {
        Target::Existing(real) => OpenOptions::new().write(true).open(real).map(drop),
        Target::New(real) => Draft::new(&real).map(drop),
    };
    attempt().map_err(OutputError::at(path))
}

/// Writes `report` to `path` as JSON with a final newline. Whoever reads `path` sees all of it or what was there before.
///
/// # Errors
/// What the system says; then `path` is as it was, unless it is a device or a pipe.
pub fn json(path: &Path, report: &Report) -> Result<(), OutputError> {
    let attempt = || {
        let mut text = serde_json::to_vec_pretty(report).map_err(io::Error::other)?;
        text.push(b'\n');
        replace(path, &text)
    };
    attempt().map_err(OutputError::at(path))
}

/// What is at the place to be written.
enum Target {
    /// Something, behind all symbolic links.
    Existing(PathBuf),
    /// Nothing yet.
    New(PathBuf),
}

fn target(path: &Path) -> io::Result<Target> {
    match fs::canonicalize(path) {
        Ok(real) if real.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(real) => Ok(Target::Existing(real)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Target::New(path.to_owned())),
        Err(error) => Err(error),
    }
}

/// Writes `text` to `path`, as [`json`] does a report.
///
/// # Errors
/// As [`json`].
pub fn text(path: &Path, text: &[u8]) -> Result<(), OutputError> {
    replace(path, text).map_err(OutputError::at(path))
}

fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let (real, exists) = match target(path)? {
        Target::Existing(real) => (real, true),
        Target::New(real) => (real, false),
    };
    let directly = exists && !fs::metadata(&real)?.is_file();
    if !directly {
        match Draft::new(&real) {
            Ok(draft) => return draft.finish(text, &real),
            // A file that may be written in a directory that may not.
            Err(error) if exists && error.kind() == ErrorKind::PermissionDenied => {}
            Err(error) => return Err(error),
        }
    }
    let mut file = OpenOptions::new().write(true).truncate(true).open(&real)?;
    file.write_all(text)?;
    file.flush()
}

/// A file beside its place that goes away unless it is finished.
struct Draft {
    file: File,
    path: PathBuf,
}

impl Draft {
    fn new(place: &Path) -> io::Result<Self> {
        let name = place.file_name().ok_or(ErrorKind::InvalidFilename)?;
        for attempt in 0.. {
            let mut hidden = std::ffi::OsString::from(".");
            hidden.push(name);
            hidden.push(format!(".{}-{attempt}.part", std::process::id()));
            let path = place.with_file_name(hidden);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { file, path }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists && attempt < 100 => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    fn finish(mut self, text: &[u8], place: &Path) -> io::Result<()> {
        self.file.write_all(text)?;
        // A file system may report a full disk only now.
        self.file.sync_all()?;
        fs::rename(&self.path, place)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already when it was finished; nothing to be done about it otherwise.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::json::Reason;

    fn report() -> Report {
        Report::not_run(Reason::Input, "no such file".into())
    }

    #[test]
    fn a_report_replaces_what_was_there_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.json");
        preflight(&path).unwrap();
        assert!(!path.exists(), "trying changes nothing");
        fs::write(&path, "before").unwrap();
        preflight(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        json(&path, &report()).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.ends_with("}\n"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), report().to_value());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_directory_is_found_before_the_run() {
        let dir = tempfile::tempdir().unwrap();
        let error = preflight(&dir.path().join("missing/r.json")).unwrap_err();
        assert_eq!(error.source.kind(), ErrorKind::NotFound);
        assert_eq!(Complaint::from(&error).help, "make the directory first");
        assert_eq!(preflight(dir.path()).unwrap_err().source.kind(), ErrorKind::IsADirectory);
        assert!(preflight(Path::new("")).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.json");
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        preflight(&path).unwrap();
        let error = json(&path, &report()).unwrap_err();
        assert_eq!(error.source.kind(), ErrorKind::StorageFull);
        assert!(error.to_string().starts_with("cannot write `"), "{error}");
        assert!(Complaint::from(&error).help.starts_with("make room"));
        assert!(path.is_symlink());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.json"), dir.path().join("link.json"));
        fs::write(&real, "before").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        json(&link, &report()).unwrap();
        assert!(link.is_symlink());
        assert!(fs::read_to_string(&real).unwrap().starts_with('{'));
    }
}
