//! The image in QEMU, which shares its ancestors with Unicorn and is years younger.

use super::image::{FILE, Image};
use std::fs;
use std::io::ErrorKind;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = "qemu-system-arm";
/// More than a hundred times what an image takes.
const PATIENCE: Duration = Duration::from_secs(300);

/// A run of QEMU that is under way.
pub struct Qemu {
    folder: tempfile::TempDir,
    child: std::process::Child,
    began: Instant,
}

impl Qemu {
    /// Starts `image`. MPS2 with application note 386 has a Cortex-M4 with its FPU, code memory at 0 and RAM at 0x2000_0000.
    pub fn start(image: &Image) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("image.bin"), &image.bytes).expect("the image is written");
        let child = Command::new(PROGRAM)
            .args(["-M", "mps2-an386", "-cpu", "cortex-m4", "-nodefaults", "-display", "none", "-monitor", "none"])
            .args(["-semihosting-config", "enable=on,target=native", "-kernel", "image.bin"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let child = child.unwrap_or_else(|error| match error.kind() {
            ErrorKind::NotFound => panic!(
                "{PROGRAM} is missing, with which the core is compared: ./setup.sh --tests installs it \
                 (Debian: apt-get install qemu-system-arm; Fedora: dnf install qemu-system-arm; macOS: brew install qemu)"
            ),
            _ => panic!("{PROGRAM} does not start: {error}"),
        });
        Self { folder, child, began: Instant::now() }
    }

    /// Waits for the end, and returns what the sequences left.
    pub fn finish(mut self) -> Vec<u8> {
        while self.child.try_wait().expect("it can be waited for").is_none() {
            if self.began.elapsed() > PATIENCE {
                let _ = self.child.kill();
                panic!("{PROGRAM} did not end within {} s", PATIENCE.as_secs());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let output = self.child.wait_with_output().expect("it has ended");
        let results = fs::read(self.folder.path().join(FILE)).unwrap_or_default();
        assert!(
            output.status.success(),
            "{PROGRAM} ended with {} after {} bytes of results: {}",
            output.status,
            results.len(),
            String::from_utf8_lossy(&output.stderr)
        );
        results
    }
}
