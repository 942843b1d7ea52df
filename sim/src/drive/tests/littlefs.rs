//! The reader against littlefs's own sources.

use super::super::littlefs::testing::{self, Flash};
use super::*;
use littlefs2::path::PathBuf;
use proptest::prelude::*;

/// A file system with one good file, and one of this name.
pub(super) fn with_name(name: &str) -> Vec<u8> {
    let stand_in = "N".repeat(name.len());
    let mut flash = testing::new(64);
    testing::with(&mut flash, |fs| {
        fs.write(&path("good"), b"x")?;
        fs.write(&path(&stand_in), b"y")
    });
    testing::rename_raw(&mut flash.bytes, &stand_in, name);
    flash.bytes
}

fn path(text: &str) -> PathBuf {
    PathBuf::try_from(text).unwrap()
}

#[derive(Clone, Debug)]
enum Step {
    Write(u8, usize),
    Append(u8, usize),
    Remove(u8),
    Rename(u8, u8),
    Attribute(u8, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let name = 0u8..12;
    prop_oneof![
        (name.clone(), 0usize..12_000).prop_map(|(name, bytes)| Step::Write(name, bytes)),
        (name.clone(), 0usize..3_000).prop_map(|(name, bytes)| Step::Append(name, bytes)),
        name.clone().prop_map(Step::Remove),
        (name.clone(), name.clone()).prop_map(|(from, to)| Step::Rename(from, to)),
        (name, 0usize..20).prop_map(|(name, bytes)| Step::Attribute(name, bytes)),
    ]
}

/// Half of the files lie in a directory.
fn file_name(name: u8) -> String {
    if name < 6 { format!("file-{name}") } else { format!("dir/a-longer-name-{name}.txt") }
}

fn apply(flash: &mut Flash, model: &mut Tree, index: usize, step: &Step) {
    let node = |model: &Tree, name: u8| model.get(&file_name(name)).cloned();
    testing::with(flash, |fs| {
        match *step {
            Step::Write(name, bytes) => {
                let data = noise(index as u32, bytes);
                fs.write(&path(&file_name(name)), &data)?;
                let mut node = node(model, name).unwrap_or_default();
                node.data = Some(data);
                model.insert(file_name(name), node);
            }
            Step::Append(name, bytes) => {
                let data = noise(index as u32, bytes);
                fs.open_file_with_options_and_then(
                    |options| options.write(true).create(true).append(true),
                    &path(&file_name(name)),
                    |file| file.write(&data).map(drop),
                )?;
                let mut node = node(model, name).unwrap_or_default();
                node.data.get_or_insert_default().extend(data);
                model.insert(file_name(name), node);
            }
            Step::Remove(name) if node(model, name).is_some() => {
                fs.remove(&path(&file_name(name)))?;
                model.remove(&file_name(name));
            }
            Step::Rename(from, to) if from != to && node(model, from).is_some() => {
                fs.rename(&path(&file_name(from)), &path(&file_name(to)))?;
                let node = model.remove(&file_name(from)).unwrap();
                model.insert(file_name(to), node);
            }
            Step::Attribute(name, bytes) if node(model, name).is_some() => {
                let (mut node, value) = (node(model, name).unwrap(), noise(index as u32, bytes));
                fs.set_attribute(&path(&file_name(name)), 1, &value)?;
                node.attributes.insert(1, value);
                model.insert(file_name(name), node);
            }
            Step::Remove(_) | Step::Rename(..) | Step::Attribute(..) => {}
        }
        Ok(())
    });
}

/// Enough to make the logs go over to their other blocks many times, and the directory to more than one pair.
#[test]
fn hundreds_of_files_in_one_directory_come_back() {
    let mut tree = Tree::default();
    tree.directory("d");
    (0..300).for_each(|n| tree.file(format!("d/a-file-with-a-rather-long-name-{n}"), noise(n, n as usize)));
    let image = fill(Kind::LittleFs, &erased(1024), &tree).unwrap();
    assert_eq!(taken(Kind::LittleFs, &image), tree);
}

#[test]
fn attributes_are_kept_when_files_are_laid_into_it() {
    let mut tree = Tree::default();
    let attributes = [(1, vec![1, 2, 3, 4, 5, 6, 7, 8])].into();
    tree.insert("main.py", Node { data: Some(b"pass".to_vec()), attributes });
    let image = fill(Kind::LittleFs, &erased(64), &tree).unwrap();
    let mut more = Tree::default();
    more.file("other.py", *b"pass");
    let image = fill(Kind::LittleFs, &image, &more).unwrap();
    assert_eq!(taken(Kind::LittleFs, &image).get("main.py").unwrap().attributes[&1], [1, 2, 3, 4, 5, 6, 7, 8]);
}

/// A rename to another directory is two commits with a note of the move in the first. Cut between them, the file is in one place.
#[test]
fn a_rename_that_was_cut_off_leaves_one_file() {
    let mut start = testing::new(64);
    testing::with(&mut start, |fs| {
        fs.create_dir(&path("dir"))?;
        fs.write(&path("file"), b"contents")
    });
    let mut cut_inside = 0;
    for writes in 0..40 {
        let mut flash = start.clone();
        flash.writes_left = Some(writes);
        let done = testing::try_with(&mut flash, |fs| fs.rename(&path("file"), &path("dir/moved"))).is_ok();
        let tree = take(Kind::LittleFs, &flash.bytes).unwrap().tree;
        let names: Vec<_> = tree.iter().map(|(path, _)| path).collect();
        match names[..] {
            ["dir", "file"] => assert!(!done, "{writes}"),
            ["dir", "dir/moved"] => {}
            _ => panic!("{writes}: {names:?}"),
        }
        cut_inside += usize::from(!done && names[1] == "dir/moved");
    }
    assert!(cut_inside > 0, "no cut between the two commits was tried");
}

#[test]
fn a_commit_whose_checksum_does_not_fit_has_not_happened() {
    let mut flash = testing::new(64);
    testing::with(&mut flash, |fs| fs.write(&path("first"), b"x"));
    testing::with(&mut flash, |fs| fs.write(&path("second"), b"y"));
    let at = flash.bytes.windows(6).rposition(|bytes| bytes == b"second").unwrap();
    flash.bytes[at] = b'$';
    let tree = taken(Kind::LittleFs, &flash.bytes);
    assert_eq!(tree.iter().map(|(path, _)| path).collect::<Vec<_>>(), ["first"]);
}

#[test]
fn a_list_that_goes_in_a_circle_ends() {
    let mut flash = testing::new(64);
    testing::with(&mut flash, |fs| {
        fs.create_dir(&path("a"))?;
        fs.create_dir(&path("b"))?;
        fs.write(&path("a/file"), b"x")
    });
    for to in [[0, 1], [1, 0], [2, 3], [4, 5], [7, 7], [0, 9999]] {
        for from in 0..3 {
            let mut image = flash.bytes.clone();
            testing::point_tail(&mut image, from, to);
            // Whatever comes of it, it ends, and no more comes of it than there is.
            if let Ok(taken) = take(Kind::LittleFs, &image) {
                assert!(taken.tree.len() <= 6, "{taken:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_littlefs_did_is_read_as_it_would(steps in prop::collection::vec(step(), 1..60)) {
        let mut flash = testing::new(512);
        let mut model = Tree::default();
        model.directory("dir");
        testing::with(&mut flash, |fs| fs.create_dir(&path("dir")));
        for (index, step) in steps.iter().enumerate() {
            apply(&mut flash, &mut model, index, step);
        }
        prop_assert_eq!(taken(Kind::LittleFs, &flash.bytes), model);
    }

    /// At any moment that the power goes off, or the run ends.
    #[test]
    fn a_file_system_that_was_cut_off_has_every_older_file(
        steps in prop::collection::vec(step(), 1..12),
        last in step(),
        writes in 0u32..60,
    ) {
        let mut flash = testing::new(256);
        let mut model = Tree::default();
        testing::with(&mut flash, |fs| fs.create_dir(&path("dir")));
        for (index, step) in steps.iter().enumerate() {
            apply(&mut flash, &mut model, index, step);
        }
        let before = model.clone();
        flash.writes_left = Some(writes);
        let _ = testing::try_with(&mut flash, |fs| match last {
            Step::Write(name, bytes) => fs.write(&path(&file_name(name)), &noise(1, bytes)),
            Step::Remove(name) => fs.remove(&path(&file_name(name))),
            Step::Rename(from, to) => fs.rename(&path(&file_name(from)), &path(&file_name(to))),
            _ => Ok(()),
        });
        let touched: Vec<String> = match last {
            Step::Write(name, _) | Step::Remove(name) => vec![file_name(name)],
            Step::Rename(from, to) => vec![file_name(from), file_name(to)],
            _ => vec![],
        };
        let after = taken(Kind::LittleFs, &flash.bytes);
        for (name, node) in before.iter().filter(|(name, _)| !touched.iter().any(|t| t == name)) {
            prop_assert_eq!(after.get(name), Some(node), "{}", name);
        }
        // The same with littlefs itself, which mends on the way.
        let mut mended = flash.clone();
        mended.writes_left = None;
        testing::with(&mut mended, |fs| fs.write(&path("last"), b"x"));
        let mut with_last = after;
        with_last.file("last", *b"x");
        prop_assert_eq!(taken(Kind::LittleFs, &mended.bytes), with_last);
    }
}
