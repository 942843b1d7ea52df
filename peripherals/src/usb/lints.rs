//! Rules that the host notices.

use crate::kernel::{Kind, Lint, LintLevel};

/// Enumeration has failed for good.
pub static USB_DEVICE: Lint = Lint {
    name: "usb-device",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "the USB host could not make the firmware's device out and has given up on it",
    why: "a host resets the device and asks again a few times, and then says that the device is not recognised",
    help: "look at the request that is named: its descriptor, or how endpoint 0 is served",
};

/// A drive does not answer as it should.
pub static USB_STORAGE: Lint = Lint {
    name: "usb-storage",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "the USB host could not read from the firmware's drive and has given up on it",
    why: "drives answer by the bulk-only transport (USB Mass Storage Class, Bulk-Only Transport, revision 1.0)",
    help: "look at the command that is named",
};
