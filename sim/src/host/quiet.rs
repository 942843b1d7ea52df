//! Holds back what libraries write to stderr by themselves.
//!
//! ALSA, its PulseAudio and JACK plug-ins print what they think of a configuration while a device is opened, each in its own
//! way and none of it useful to somebody who has no sound card. The file descriptor is the one place they have in common;
//! meanwhile nothing that another thread writes to stderr is seen, so hold it for the length of a call.

#[cfg(unix)]
use rustix::{io::dup, stdio};

/// While this lives, stderr goes nowhere. Where that cannot be had, it stays as it is.
#[derive(Debug)]
pub struct QuietStderr {
    #[cfg(unix)]
    real: Option<std::os::fd::OwnedFd>,
}

impl QuietStderr {
    /// Starts to hold back.
    #[cfg(unix)]
    pub fn hold() -> Self {
        let nowhere = std::fs::OpenOptions::new().write(true).open("/dev/null");
        let real = nowhere.ok().and_then(|nowhere| {
            let real = dup(stdio::stderr()).ok()?;
            stdio::dup2_stderr(nowhere).ok()?;
            Some(real)
        });
        Self { real }
    }

    /// Not on this system.
    #[cfg(not(unix))]
    pub fn hold() -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for QuietStderr {
    fn drop(&mut self) {
        if let Some(real) = self.real.take() {
            // Fails only when stderr was closed in between, and then there is nobody to tell.
            let _ = stdio::dup2_stderr(real);
        }
    }
}
