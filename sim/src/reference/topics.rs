//! Words of a report and of the command line that are no diagnostics: verdicts, reasons, exit statuses.

/// A word, what kind of word it is, and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// As it stands in a report.
    pub name: &'static str,
    /// Of what it is one.
    pub kind: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const fn topic(name: &'static str, kind: &'static str, meaning: &'static str) -> Topic {
    Topic { name, kind, meaning }
}

/// All of them. The verdicts of SPI that are wrong are diagnostics of the same name.
pub static TOPICS: &[Topic] = &[
    topic("ok", "spi verdict", "bytes are right, MSB first, in mode 0 or 3, each inside a select"),
    topic("idle", "spi verdict", "no edge on any wire of the bus: nobody has used it"),
    topic("smooth", "throughput verdict", "no underrun: the sound had no gap between two frames of one stream"),
    topic("choppy", "throughput verdict", "the chip ran out of data and played on later: see `explain choppy-sound`"),
    topic("n/a", "throughput verdict", "no stream was decoded, so that there is nothing to judge"),
    topic("semihosting", "reason for the end", "the firmware ended itself by SYS_EXIT or SYS_EXIT_EXTENDED"),
    topic(
        "parked",
        "reason for the end",
        "it branches to itself or sleeps, nothing that is enabled can wake it, and every chip is quiet",
    ),
    topic("for", "reason for the end", "the simulated time of --for is over"),
    topic(
        "wall-limit",
        "reason for the end",
        "the host time of --wall-limit is over; time in which a debugger has halted the machine does not count",
    ),
    topic(
        "interrupt",
        "reason for the end",
        "Ctrl-C, `q` on the live screen, or a debugger's `kill`; files are finished and valid",
    ),
    topic("denied", "reason for the end", "a denied diagnostic came up under --fail-fast"),
    topic("fault", "reason for the end", "the core took a fault that nothing handles"),
    topic("input", "reason for the end", "input that cannot be used; nothing was run"),
    topic("output", "reason for the end", "an output could not be opened; nothing was run"),
    topic("0", "exit status", "none of the others"),
    topic("1", "exit status", "semihosting exit with another code than 0, or an --expect that does not hold"),
    topic("2", "exit status", "usage, or input that cannot be used: no such file, not an ELF, a bad board file"),
    topic("3", "exit status", "a denied diagnostic came up; the run went on to its end"),
    topic("4", "exit status", "--wall-limit was reached"),
    topic("70", "exit status", "a bug of the simulator's"),
    topic("74", "exit status", "an output could not be written, or a port is taken; what was written before is valid"),
    topic("130", "exit status", "Ctrl-C"),
    topic("error", "kind of diagnostic", "the input cannot be used: a file, a board, a command line"),
    topic(
        "gap",
        "kind of diagnostic",
        "firmware touched something that is not modelled: what follows may differ from the chip",
    ),
    topic("bug", "kind of diagnostic", "the simulator is wrong"),
    topic("allow", "level", "recorded, not shown"),
    topic("note", "level", "shown, and recorded as a remark"),
    topic("warn", "level", "shown"),
    topic("deny", "level", "shown, and the run has failed: status 3"),
];
