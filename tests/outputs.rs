//! Outputs that cannot be written: status 74, and what was written before is valid.

use crate::support::{Bench, Run};
use std::process::Command;

fn not_run(run: &Run, words: &[&str]) {
    run.expect_status(74).expect_said(&["error[output]: cannot write `"]).expect_said(words);
    assert_eq!(run.report["exit"]["reason"], "output");
    assert!(run.stdout.is_empty(), "nothing was run");
}

#[test]
fn a_wav_file_in_a_directory_that_is_not_there() {
    let run = Bench::new().sim("fixtures/player-cached.elf --audio missing/out.wav");
    not_run(&run, &["missing/out.wav", "help: make the directory first"]);
}

#[test]
fn a_wav_file_that_is_a_directory() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("dir.wav")).expect("a directory");
    not_run(&bench.sim("fixtures/player-cached.elf --audio dir.wav"), &["dir.wav", "help: name a file"]);
}

#[test]
fn a_report_in_a_directory_that_is_not_there() {
    let run = Bench::new().run("sim fixtures/player-cached.elf --report r.json --report missing/s.json");
    not_run(&run, &["missing/s.json", "help: make the directory first"]);
}

/// Root may write anywhere; for everybody else a directory without permission is one more case.
#[test]
fn a_wav_file_where_one_may_not_write() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let dir = bench.path("locked");
    std::fs::create_dir(&dir).expect("a directory");
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o555)).expect("permissions");
    if std::fs::write(dir.join("probe"), "").is_ok() {
        eprintln!("skipped: this user may write anywhere");
        return;
    }
    let run = bench.sim("fixtures/player-cached.elf --audio locked/out.wav");
    not_run(&run, &["locked/out.wav", "help: choose a place you may write to"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_from_the_beginning() {
    let bench = Bench::new();
    std::os::unix::fs::symlink("/dev/full", bench.path("full.wav")).expect("a link");
    let run = bench.sim("fixtures/player-cached.elf --audio full.wav");
    not_run(&run, &["full.wav", "help: make room on the disk"]);
}

/// Of 100 blocks of 512 bytes (POSIX, `ulimit -f`), the limit of file size; a disk fills up in the same way.
#[test]
fn a_wav_file_that_cannot_grow_any_more_is_valid_as_far_as_it_goes() {
    let bench = Bench::new();
    let program = bench.command("sim fixtures/player-cached.elf --for 1s --audio out.wav --report r.json");
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\""]).arg(program.get_program());
    let output = shell.args(program.get_args()).current_dir(bench.path(".")).output().expect("a shell");
    cut_short(&bench.collect(output));
}

/// A file system of 256 KB, in a mount namespace of its own where the system lets us have one.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_leaves_a_valid_wav_file_and_the_run_goes_on() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("disk")).expect("a directory");
    let mount = "mount -t tmpfs -o size=256k none disk";
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).current_dir(bench.path("."));
        command
    };
    if !unshare(mount).output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no mount namespace to be had here");
        return;
    }
    let script = format!("{mount} && \"$0\" \"$@\"; status=$?; cp disk/out.wav . && exit $status");
    let program = bench.command("sim fixtures/player-cached.elf --for 2s --audio disk/out.wav --report r.json");
    let mut command = unshare(&script);
    command.arg(program.get_program()).args(program.get_args());
    let run = bench.collect(command.output().expect("unshare"));
    run.expect_said(&["disk/out.wav", "No space left on device", "help: make room on the disk"]);
    cut_short(&run);
}

fn cut_short(run: &Run) {
    run.expect_status(74).expect_said(&["error[output]: cannot write `", "exit status 74", "played: MP3"]);
    assert_eq!(run.stderr.matches("error[output]").count(), 1, "said once: {}", run.stderr);
    assert_eq!(run.report["exit"]["reason"], "for", "the run went on to its end");
    let frames = run.wav.as_ref().expect("a WAV file").frames();
    assert!((10_000..80_000).contains(&frames), "{frames} frames");
}

#[cfg(target_os = "linux")]
#[test]
fn a_console_on_a_full_disk_fails_the_run() {
    let bench = Bench::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let output = bench.command("sim fixtures/example-rust.elf --report r.json").stdout(full).output();
    bench.collect(output.expect("the program starts")).expect_status(74).expect_said(&["cannot write `stdout`"]);
}

/// `| head`: whoever has read enough ends nothing.
#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let bench = Bench::new();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = bench.command("sim fixtures/example-rust.elf --report r.json").stdout(writer).output();
    bench.collect(output.expect("the program starts")).expect_status(0);
}

#[test]
fn two_reports_are_the_same() {
    let bench = Bench::new();
    let run = bench.run("sim fixtures/example-c.elf --report r.json --report s.json");
    run.expect_status(0);
    let read = |name| std::fs::read(bench.path(name)).expect("a report");
    assert_eq!(read("r.json"), read("s.json"));
}
