//! Directories of the host: what goes on a drive, and where a drive goes.

use super::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use tempfile::TempDir;

fn scratch() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let drive = dir.path().join("drive");
    fs::create_dir(&drive).unwrap();
    (dir, drive)
}

#[test]
fn a_directory_is_read_with_everything_in_it() {
    let (_dir, drive) = scratch();
    fs::create_dir_all(drive.join("lib/deep")).unwrap();
    fs::write(drive.join("lib/deep/a.py"), "a").unwrap();
    fs::write(drive.join("main.py"), "b").unwrap();
    fs::write(drive.join(".hidden"), "c").unwrap();
    let tree = walk(&drive).unwrap();
    let paths: Vec<_> = tree.iter().map(|(path, _)| path).collect();
    assert_eq!(paths, [".hidden", "lib", "lib/deep", "lib/deep/a.py", "main.py"]);
    assert_eq!(tree.get("lib/deep/a.py").unwrap().data.as_deref(), Some(&b"a"[..]));
}

#[test]
fn what_is_no_directory_is_refused() {
    let (dir, _) = scratch();
    refused(walk(&dir.path().join("none")), "drive-directory", &["there is no directory `"]);
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    refused(walk(&file), "drive-directory", &["is not a directory"]);
    refused(walk(&file.join("below")), "drive-directory", &["is not a directory"]);
}

#[test]
fn links_are_followed_inside_and_refused_outside() {
    let (dir, drive) = scratch();
    fs::create_dir(drive.join("lib")).unwrap();
    fs::write(drive.join("lib/a.py"), "a").unwrap();
    symlink("lib/a.py", drive.join("b.py")).unwrap();
    symlink("lib", drive.join("modules")).unwrap();
    let tree = walk(&drive).unwrap();
    assert_eq!(tree.get("b.py"), tree.get("lib/a.py"));
    assert_eq!(tree.get("modules/a.py"), tree.get("lib/a.py"));

    fs::write(dir.path().join("secret"), "").unwrap();
    let link = drive.join("x");
    for (to, name, words) in [
        ("../secret", "drive-link", "links to `../secret`, outside"),
        ("/etc/passwd", "drive-link", "links to `/etc/passwd`, outside"),
        ("lib/../../secret", "drive-link", "outside"),
        ("nothing", "drive-link", "`nothing`, which is not there"),
        (".", "drive-link", "a directory that it lies in"),
        ("x", "drive-directory", "cannot read `"),
    ] {
        symlink(to, &link).unwrap();
        refused(walk(&drive), name, &[words]);
        fs::remove_file(&link).unwrap();
    }
}

#[test]
fn a_directory_that_a_link_leads_to_from_two_sides_is_no_loop() {
    let (_dir, drive) = scratch();
    for (here, there) in [("a", "b"), ("b", "a")] {
        fs::create_dir(drive.join(here)).unwrap();
        symlink(format!("../{there}"), drive.join(here).join("other")).unwrap();
    }
    refused(walk(&drive), "drive-link", &["a directory that it lies in"]);
}

#[test]
fn pipes_and_sockets_are_refused_unread() {
    let (_dir, drive) = scratch();
    let socket = drive.join("s");
    let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    refused(walk(&drive), "drive-special-file", &["keep sockets out"]);
    fs::remove_file(&socket).unwrap();
    let made = std::process::Command::new("mkfifo").arg(drive.join("p")).status().unwrap();
    assert!(made.success());
    refused(walk(&drive), "drive-special-file", &["keep pipes out"]);
}

#[test]
fn names_that_are_no_text_are_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let (_dir, drive) = scratch();
    // Some hosts have no such names.
    if fs::write(drive.join(std::ffi::OsStr::from_bytes(b"caf\xE9")), "").is_ok() {
        refused(walk(&drive), "drive-name", &["not UTF-8"]);
    }
}

#[test]
fn more_than_anything_holds_is_refused() {
    let (_dir, drive) = scratch();
    let deep: PathBuf = std::iter::repeat_n("d", 17).collect();
    fs::create_dir_all(drive.join(&deep)).unwrap();
    refused(walk(&drive), "drive-too-big", &["more than 16 directories deep"]);
    fs::remove_dir_all(drive.join("d")).unwrap();
    let big = fs::File::create(drive.join("big")).unwrap();
    big.set_len(65 << 20).unwrap();
    refused(walk(&drive), "drive-too-big", &["more than 64 MB"]);
    fs::remove_file(drive.join("big")).unwrap();
    (0..4097).for_each(|n| fs::write(drive.join(n.to_string()), "").unwrap());
    refused(walk(&drive), "drive-too-big", &["more than 4096 files"]);
}

#[test]
fn a_tree_is_written_and_read_back() {
    let (dir, _) = scratch();
    let out = dir.path().join("out");
    Target::prepare(&out).unwrap().write(&sample()).unwrap();
    assert_eq!(walk(&out).unwrap(), sample());
}

#[test]
fn only_an_empty_directory_is_written_to() {
    use std::io::ErrorKind;
    let (dir, out) = scratch();
    let kind = |path: &Path| Target::prepare(path).unwrap_err().kind();
    assert!(Target::prepare(&out).is_ok(), "an empty one");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0, "the probe is gone");
    fs::write(out.join("mine"), "x").unwrap();
    assert_eq!(kind(&out), ErrorKind::DirectoryNotEmpty);
    assert_eq!(kind(&out.join("mine")), ErrorKind::NotADirectory);
    assert_eq!(kind(&dir.path().join("a/b")), ErrorKind::NotFound);
    assert_eq!(fs::read(out.join("mine")).unwrap(), b"x");
}

#[test]
fn nothing_is_written_outside_of_the_directory() {
    let (dir, _) = scratch();
    for name in ["../evil", "/evil", "a/../../evil", "./x", "a\\b", "a//b", ""] {
        let out = dir.path().join("out");
        let mut tree = Tree::default();
        tree.directory("a");
        tree.file(name, *b"x");
        assert!(Target::prepare(&out).unwrap().write(&tree).is_err(), "{name}");
        assert!(!dir.path().join("evil").exists());
        fs::remove_dir_all(&out).unwrap();
    }
    // A link that somebody puts there while the firmware runs.
    let out = dir.path().join("out");
    let target = Target::prepare(&out).unwrap();
    let outside = dir.path().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, out.join("a")).unwrap();
    let mut tree = Tree::default();
    tree.file("a/b", *b"x");
    assert!(target.write(&tree).is_err());
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

use std::path::Path;
