//! The bench: the program in a directory of its own, and everything that came out of it.

pub mod chip;
pub mod compare;
pub mod decoders;
pub mod elf;
pub mod font;
pub mod pins;
pub mod python;
pub mod serial;
pub mod sound;
pub mod wav;

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, OnceLock};
use tempfile::TempDir;
use wav::Wav;

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("sim/ lies in the checkout").to_owned()
}

/// The bytes of a file in `fixtures/`.
pub fn fixture(name: &str) -> Vec<u8> {
    let path = root().join("fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// SHA-256 in lowercase hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A directory of its own, in which `fixtures` is the checkout's.
pub struct Bench {
    dir: TempDir,
}

/// What came out of the program.
#[derive(Debug)]
pub struct Run {
    /// The exit status of the process; a signal fails the test.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    /// What `--report r.json` wrote; null when there is no such file.
    pub report: Value,
    /// What `--audio out.wav` wrote, if there is such a file and it is one.
    pub wav: Option<Wav>,
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a scratch directory");
        std::os::unix::fs::symlink(root().join("fixtures"), dir.path().join("fixtures")).expect("a link");
        Self { dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), bytes).expect("a scratch file");
        self
    }

    /// The program with these words, not started yet; what an earlier run has written is gone.
    pub fn command(&self, line: &str) -> Command {
        for name in ["r.json", "out.wav"] {
            // There may be none.
            let _ = std::fs::remove_file(self.path(name));
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_badgebench"));
        command.args(line.split_whitespace()).current_dir(self.dir.path()).stdin(Stdio::null());
        command.env_remove("CARGO");
        command
    }

    /// Runs the program with these words.
    pub fn run(&self, line: &str) -> Run {
        self.collect(self.command(line).output().expect("the program starts"))
    }

    /// Runs `sim` with these words and a report.
    pub fn sim(&self, line: &str) -> Run {
        self.run(&format!("sim {line} --report r.json"))
    }

    /// `output` and the files that lie here now.
    pub fn collect(&self, output: Output) -> Run {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let report = std::fs::read(self.path("r.json")).unwrap_or_else(|_| b"null".to_vec());
        let run = Run {
            status: output.status.code().unwrap_or_else(|| panic!("{}", output.status)),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            report: serde_json::from_slice(&report).expect("a report is whole or not there"),
            wav: Wav::read(&self.path("out.wav")),
        };
        assert_ne!(run.status, 70, "a bug of ours: {}", run.stderr);
        if let Some(status) = run.report["exit"]["status"].as_i64() {
            assert_eq!(status, i64::from(run.status), "the report and the process agree: {}", run.stderr);
        }
        run
    }
}

impl Run {
    /// Fails unless the exit status is this one.
    #[track_caller]
    pub fn expect_status(&self, status: i32) -> &Self {
        assert_eq!(self.status, status, "stderr:\n{}", self.stderr);
        self
    }

    /// Fails unless stderr has all of these in it.
    #[track_caller]
    pub fn expect_said(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is missing in stderr:\n{}", self.stderr);
        }
        self
    }

    /// The names of the diagnostics in the report.
    pub fn diagnostics(&self) -> Vec<&str> {
        let list = self.report["diagnostics"].as_array().expect("a report");
        list.iter().map(|d| d["name"].as_str().expect("a name")).collect()
    }

    /// A number in the report.
    #[track_caller]
    pub fn number(&self, pointer: &str) -> f64 {
        let value = self.report.pointer(pointer).and_then(Value::as_f64);
        value.unwrap_or_else(|| panic!("no number at {pointer}: {:#}", self.report))
    }

    /// What the firmware counted with DWT: a value of its `dwt:` line.
    #[track_caller]
    pub fn counted(&self, key: &str) -> f64 {
        let line = self.stdout.lines().find_map(|line| line.strip_prefix("dwt: ")).expect("a dwt: line");
        let word = line.split(' ').find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        word.expect(key).parse().expect("a number")
    }
}

/// `player-NAME.elf` or `example-NAME.elf`, played to its end with a report and a WAV file, once for all tests.
pub fn played(elf: &'static str) -> &'static Run {
    static RUNS: Mutex<BTreeMap<&str, &'static OnceLock<Run>>> = Mutex::new(BTreeMap::new());
    let run = *RUNS.lock().expect("no test panics here").entry(elf).or_insert_with(|| Box::leak(Box::default()));
    run.get_or_init(|| Bench::new().sim(&format!("fixtures/{elf}.elf --audio out.wav")))
}
