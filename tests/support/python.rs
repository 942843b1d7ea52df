//! Our own MicroPython, built once for all tests, and mpremote, which drives it.

use super::root;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::SystemTime;

/// What the image is made of, beside MicroPython's sources.
const SOURCES: &str = "firmware/micropython";

/// The path of our MicroPython, built by its `build.sh` unless it is newer than everything in `firmware/micropython`. `None`, with a
/// word on stderr, where its sources cannot be had: they come as Debian's source package or by `MICROPYTHON_DIR`.
pub fn image() -> Option<&'static Path> {
    static IMAGE: OnceLock<Option<PathBuf>> = OnceLock::new();
    IMAGE.get_or_init(built).as_deref()
}

fn built() -> Option<PathBuf> {
    let target = root().join("target");
    let image = target.join("micropython/micropython.elf");
    fs::create_dir_all(&target).expect("a place for what is built");
    // Another process may be at it; the lock goes with the file.
    let lock = File::create(target.join("micropython.lock")).expect("a lock");
    lock.lock().expect("a lock");
    let own_sources = std::env::var_os("MICROPYTHON_DIR").is_some();
    if !own_sources && is_newer(&image, &root().join(SOURCES)) {
        return Some(image);
    }
    if !own_sources && Command::new("apt-get").arg("--version").output().is_err() {
        eprintln!("skipped: no apt-get to fetch MicroPython's sources with, and no MICROPYTHON_DIR");
        return None;
    }
    let build = root().join(SOURCES).join("build.sh");
    let Output { status, stderr, .. } = Command::new(&build).output().expect("build.sh starts");
    let said = String::from_utf8_lossy(&stderr);
    assert!(
        status.success() && image.is_file(),
        "our MicroPython could not be built; `{}` by hand shows more, and ./setup.sh --tests installs what it needs:\n{said}",
        build.display()
    );
    Some(image)
}

/// Whether `file` is there and newer than every file and directory at `dir` and below.
fn is_newer(file: &Path, dir: &Path) -> bool {
    fn latest(path: &Path) -> SystemTime {
        let own = path.metadata().and_then(|is| is.modified()).expect("a time");
        let inner = path.is_dir().then(|| fs::read_dir(path).expect("a directory"));
        inner.into_iter().flatten().map(|entry| latest(&entry.expect("an entry").path())).fold(own, SystemTime::max)
    }
    file.metadata().and_then(|is| is.modified()).is_ok_and(|built| built > latest(dir))
}

/// mpremote at the serial port `port`, with the words that follow `connect PORT`.
pub fn mpremote(port: &str) -> Command {
    let ours = root().join("target/tools/bin/mpremote");
    let mut command = Command::new(if ours.is_file() { ours } else { "mpremote".into() });
    command.args(["connect", port]);
    command
}

/// Runs mpremote and gives its exit status, stdout and stderr.
#[track_caller]
pub fn remote(port: &str, words: &[&str], dir: &Path) -> (i32, String, String) {
    let output = mpremote(port).args(words).current_dir(dir).output();
    let output = output.unwrap_or_else(|error| panic!("mpremote: {error}; ./setup.sh --tests installs it"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("no signal"), text(&output.stdout), text(&output.stderr))
}

/// The same; it has to go well. Gives its stdout.
#[track_caller]
pub fn remote_well(port: &str, words: &[&str], dir: &Path) -> String {
    let (status, stdout, stderr) = remote(port, words, dir);
    assert_eq!(status, 0, "mpremote {words:?}: {stdout}{stderr}");
    stdout
}
