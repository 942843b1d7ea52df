//! `--drive` and `--drive-out`: files go into the firmware's flash and come out again.

use crate::support::{Bench, Run};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// A firmware without a file system and 64 KB at the end of flash for one.
const IMAGE: &str = "fixtures/example-c.elf --for 1ms";

fn files(bench: &Bench) {
    fs::create_dir_all(bench.path("files/lib/empty")).unwrap();
    fs::write(bench.path("files/main.py"), "print('hello')\n").unwrap();
    fs::write(bench.path("files/lib/data.bin"), (0..10_000u32).map(|n| ((n * n) >> 3) as u8).collect::<Vec<_>>())
        .unwrap();
}

/// Every file below `dir`; directories have none.
fn listed(dir: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    fn walk(root: &Path, dir: &Path, all: &mut BTreeMap<String, Option<Vec<u8>>>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                all.insert(name, None);
                walk(root, &path, all);
            } else {
                all.insert(name, Some(fs::read(&path).unwrap()));
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(dir, dir, &mut all);
    all
}

fn run(bench: &Bench, options: &str) -> Run {
    bench.sim(&format!("{IMAGE} {options}"))
}

#[test]
fn files_go_in_and_come_out() {
    for kind in ["littlefs", "fat", "fat4096"] {
        let bench = Bench::new();
        files(&bench);
        run(&bench, &format!("--drive files@0xf0000+64k:{kind} --drive-out out")).expect_status(0).expect_said(&[
            "note: 2 files, 10015 bytes for the firmware: ",
            "64 KB at 0x000f0000 (the command line says so)",
            "note: 2 files, 10015 bytes taken out to `out`",
        ]);
        assert_eq!(listed(&bench.path("out")), listed(&bench.path("files")), "{kind}");
        assert_eq!(listed(&bench.path("out")).len(), 4);
    }
}

#[test]
fn files_go_into_a_board_s_flash_chip() {
    for (board, bytes) in [("dk", 8 << 20), ("aramcon", 2 << 20)] {
        let bench = Bench::new();
        files(&bench);
        // More than the chip's own flash has room for.
        fs::write(bench.path("files/song"), vec![0x5A; bytes / 2]).unwrap();
        run(&bench, &format!("--board {board} --drive files@qspi:fat --drive-out out"))
            .expect_status(0)
            .expect_said(&["FAT in the QSPI flash (the command line says so)", "taken out to `out`"]);
        assert_eq!(listed(&bench.path("out")), listed(&bench.path("files")), "{board}");
    }
}

#[test]
fn a_drive_changes_nothing_else_of_a_run() {
    let bench = Bench::new();
    files(&bench);
    let digest = |run: Run| run.report["trace_sha256"].clone();
    let without = digest(bench.sim("fixtures/example-c.elf"));
    let with = digest(bench.sim("fixtures/example-c.elf --drive files@0xf0000+64k:littlefs --drive-out out"));
    assert_eq!(without, with);
}

#[test]
fn files_are_taken_out_after_ctrl_c() {
    let bench = Bench::new();
    files(&bench);
    let mut command =
        bench.command("sim fixtures/player-cached.elf --speed 0.01 --drive files@0xf0000+64k:fat --drive-out out");
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !bench.path("out").is_dir() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let run = bench.collect(child.wait_with_output().unwrap());
    run.expect_status(130).expect_said(&["taken out to `out`"]);
    assert_eq!(listed(&bench.path("out")), listed(&bench.path("files")));
}

#[test]
fn what_cannot_go_on_a_drive_ends_with_status_2() {
    let bench = Bench::new();
    files(&bench);
    fs::write(bench.path("outside"), "").unwrap();
    bench.write("file", "");
    for (made, name, words) in
        [("big", "drive-too-big", "70000 bytes"), ("link", "drive-link", "outside of the drive's")]
    {
        fs::create_dir(bench.path(made)).unwrap();
        match made {
            "big" => fs::write(bench.path("big/song"), vec![0; 70_000]).unwrap(),
            _ => std::os::unix::fs::symlink("../outside", bench.path("link/x")).unwrap(),
        }
        let run = run(&bench, &format!("--drive {made}@0xf0000+64k:littlefs"));
        run.expect_status(2).expect_said(&[&format!("error[{name}]: "), words, "  why:  ", "  help: "]);
        assert_eq!(run.diagnostics(), [name]);
    }
    for (options, name, words) in [
        ("--drive none@0xf0000+64k:fat", "drive-directory", "there is no directory `none`"),
        ("--drive file@0xf0000+64k:fat", "drive-directory", "`file` is not a directory"),
        ("--drive files", "drive-place", "the image does not say what it is"),
        ("--drive-out out", "drive-place", "the image does not say what it is"),
        ("--drive files@0xf0000+64k:ext4", "drive-place", "`0xf0000+64k:ext4` is no place"),
        ("--drive files@0+64k:fat", "drive-place", "would lie over its code: `fixtures/example-c.elf`"),
        ("--drive files@qspi:fat", "drive-qspi", "the board `dongle` has none"),
    ] {
        let run = run(&bench, options);
        run.expect_status(2).expect_said(&[&format!("error[{name}]: "), words]);
        assert_eq!(run.diagnostics(), [name], "{options}");
    }
    assert!(!bench.path("out").exists(), "nothing is made for a run that is none");
}

#[test]
fn a_place_for_what_comes_out_that_is_none_ends_with_status_74() {
    let bench = Bench::new();
    files(&bench);
    bench.write("file", "");
    for (out, words) in [
        ("files", "name an empty directory"),
        ("file", "name a directory, not a file"),
        ("none/out", "make the directory first"),
    ] {
        let before = listed(&bench.path("files"));
        run(&bench, &format!("--drive-out {out}@0xf0000+64k:fat"))
            .expect_status(74)
            .expect_said(&["error[output]: cannot write `", words]);
        assert_eq!(listed(&bench.path("files")), before);
    }
}

#[test]
fn flash_without_a_file_system_gives_status_74_at_the_end() {
    let bench = Bench::new();
    run(&bench, "--drive-out out@0xf0000+64k:littlefs")
        .expect_status(74)
        .expect_said(&["cannot write `out`: there is no littlefs file system"]);
}
