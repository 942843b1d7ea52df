use super::*;
use proptest::prelude::*;

#[test]
fn what_is_laid_is_what_is_taken_out() {
    for kind in KINDS {
        let image = fill(kind, &erased(256), &sample()).unwrap();
        assert_eq!(image.len(), 256 << 10);
        assert_eq!(taken(kind, &image), sample(), "{kind:?}");
    }
}

#[test]
fn equal_trees_give_equal_bytes() {
    for kind in KINDS {
        let image = || fill(kind, &erased(128), &sample()).unwrap();
        assert_eq!(image(), image(), "{kind:?}");
    }
}

#[test]
fn a_file_system_that_is_there_is_kept_and_its_files_replaced() {
    for kind in KINDS {
        let first = fill(kind, &erased(256), &sample()).unwrap();
        let mut more = Tree::default();
        more.file("main.py", *b"print('new')");
        more.directory("lib");
        more.file("lib/new.py", noise(9, 5000));
        more.file("sounds/song.mp3", *b"short now");
        // A directory that the tree does not name has to be there; this one is in the image.
        let second = fill(kind, &first, &more).unwrap();
        let mut all = sample();
        more.iter().for_each(|(path, node)| all.insert(path, node.clone()));
        assert_eq!(taken(kind, &second), all, "{kind:?}");
    }
}

#[test]
fn a_volume_with_the_label_of_another_is_kept() {
    let kind = KINDS[0];
    let mut image = fill(kind, &erased(256), &Tree::default()).unwrap();
    let label = |image: &[u8]| places(image, b"CIRCUITPY  ").collect::<Vec<_>>();
    let at = label(&image);
    assert_eq!(at.len(), 2, "in the boot sector and in the root directory");
    at.into_iter().for_each(|at| image[at..at + 9].copy_from_slice(b"MY BADGE "));
    let after = fill(kind, &image, &sample()).unwrap();
    assert_eq!((label(&after).len(), places(&after, b"MY BADGE ").count()), (0, 2));
}

fn places<'a>(bytes: &'a [u8], what: &'static [u8]) -> impl Iterator<Item = usize> + 'a {
    super::super::known::places(bytes, what)
}

/// The sizes of CircuitPython's drives: internal of two ages, and QSPI chips.
#[test]
fn a_fat_volume_is_like_fatfs_makes_it() {
    for (kb, sectors_a_cluster, fat_bits) in [(100, 1, 12), (256, 1, 12), (2048, 2, 12), (8192, 4, 12)] {
        let image = fill(KINDS[0], &erased(kb), &Tree::default()).unwrap();
        let half = |at: usize| u16::from_le_bytes([image[at], image[at + 1]]);
        assert_eq!((half(11), half(14), half(17)), (512, 1, 512), "sector, reserved sectors, root entries");
        assert_eq!((image[13], image[16]), (sectors_a_cluster, 1), "sectors in a cluster, number of FATs at {kb} KB");
        assert_eq!(usize::from(half(19)), kb * 2, "sectors at {kb} KB");
        assert_eq!(&image[54..59], format!("FAT{fat_bits}").as_bytes(), "{kb} KB");
    }
}

#[test]
fn littlefs_is_of_the_version_that_every_release_mounts() {
    let image = fill(Kind::LittleFs, &erased(64), &Tree::default()).unwrap();
    // Block 0 or block 1, whichever was written last.
    let magic = [8, 4096 + 8].map(|at| &image[at..at + 8] == b"littlefs");
    assert!(magic.contains(&true), "where MicroPython looks for it (extmod/vfs.c)");
    let block = [4096u32.to_le_bytes(), 16u32.to_le_bytes()].concat();
    let superblocks: Vec<usize> = (0..8192).filter(|&at| image[at..].starts_with(&block)).collect();
    assert!(!superblocks.is_empty(), "block size and count");
    for at in superblocks {
        assert_eq!(image[at - 4..at], [0, 0, 2, 0], "version 2.0");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    for kind in KINDS {
        let mut tree = Tree::default();
        tree.file("song.mp3", vec![1; 200_000]);
        refused(fill(kind, &erased(128), &tree), "drive-too-big", &["200000 bytes", "131072"]);
        let mut tree = Tree::default();
        tree.file("song.mp3", vec![1; 127 * 1024]);
        refused(fill(kind, &erased(128), &tree), "drive-too-big", &["no room left for `song.mp3`", "131072"]);
    }
    let mut many = Tree::default();
    (0..600).for_each(|n| many.file(format!("{n}"), *b"x"));
    refused(fill(KINDS[0], &erased(1024), &many), "drive-too-big", &["no room left"]);
}

#[test]
fn a_place_that_is_too_small_is_refused() {
    for kind in KINDS {
        refused(fill(kind, &erased(8), &Tree::default()), "drive-damaged", &["a new one cannot be made"]);
    }
}

#[test]
fn names_that_a_file_system_cannot_hold_are_refused() {
    let tree = |name: &str| {
        let mut tree = Tree::default();
        tree.file(name, *b"");
        tree
    };
    for kind in &KINDS[..2] {
        for name in ["a:b", "what?", "a*", "tab\t", "dot.", "space ", " space", "😀.py", "a|b", "\"", "back\\slash"] {
            refused(fill(*kind, &erased(128), &tree(name)), "drive-name", &["FAT", "rename it"]);
        }
        for name in ["größe.py", "a+b=c;d,e[f].txt", "UPPER.PY", "a b c.d.e"] {
            assert_eq!(taken(*kind, &fill(*kind, &erased(128), &tree(name)).unwrap()), tree(name), "{name}");
        }
        let mut two = tree("Main.py");
        two.file("main.py", *b"");
        refused(fill(*kind, &erased(128), &two), "drive-name", &["`Main.py` and `main.py`", "capital"]);
    }
    for name in ["größe.py", &"long/".repeat(60)] {
        refused(fill(Kind::LittleFs, &erased(128), &tree(name)), "drive-name", &["littlefs"]);
    }
    let odd = tree("a:b?*\"<>|");
    assert_eq!(taken(Kind::LittleFs, &fill(Kind::LittleFs, &erased(128), &odd).unwrap()), odd);
    let long = tree(&"x".repeat(250));
    for kind in KINDS {
        assert_eq!(taken(kind, &fill(kind, &erased(128), &long).unwrap()), long);
    }
}

#[test]
fn a_file_in_the_place_of_a_directory_is_refused() {
    for kind in KINDS {
        let image = fill(kind, &erased(128), &sample()).unwrap();
        let mut tree = Tree::default();
        tree.file("lib", *b"");
        refused(fill(kind, &image, &tree), "drive-name", &["`lib` is a file on the drive, and a directory"]);
        let mut tree = Tree::default();
        tree.directory("main.py");
        refused(fill(kind, &image, &tree), "drive-name", &["`main.py` is a directory on the drive, and a file"]);
    }
}

#[test]
fn bytes_that_are_no_file_system_are_left_alone() {
    for kind in KINDS {
        for now in [noise(1, 128 << 10), vec![0; 128 << 10]] {
            refused(fill(kind, &now, &sample()), "drive-damaged", &["there is no"]);
            refused(take(kind, &now), "drive-damaged", &["there is no"]);
        }
        refused(take(kind, &erased(128)), "drive-damaged", &["there is no"]);
        refused(take(kind, &[]), "drive-damaged", &["there is no"]);
    }
    let image = fill(KINDS[0], &erased(128), &sample()).unwrap();
    refused(take(KINDS[1], &image), "drive-damaged", &["512 bytes, and the firmware's 4096"]);
    refused(take(KINDS[0], &image[..100 << 10]), "drive-damaged", &["bigger than its place"]);
    let image = fill(Kind::LittleFs, &erased(128), &sample()).unwrap();
    refused(take(Kind::LittleFs, &image[..64 << 10]), "drive-damaged", &["bigger than its place"]);
}

/// The entry of the root directory with this short name.
fn fat_entry(image: &mut [u8], short: &'static [u8]) -> usize {
    places(image, short).next().unwrap()
}

#[test]
fn a_fat_chain_without_end_ends() {
    let kind = KINDS[0];
    let mut tree = Tree::default();
    tree.directory("d");
    tree.file("d/inside", *b"x");
    tree.file("f", noise(1, 2000));
    let mut image = fill(kind, &erased(128), &tree).unwrap();
    // Every entry of the FAT names cluster 2, the directory's own.
    let fat = 512..512 + usize::from(u16::from_le_bytes([image[22], image[23]])) * 512;
    let circle: Vec<u8> = [0x02, 0x20, 0x00].into_iter().cycle().take(fat.len()).collect();
    image[fat.clone()].copy_from_slice(&circle);
    // The directory's one cluster is full, so that it goes on.
    let root = fat.end;
    let data = root + 512 * 32;
    for entry in image[data + 96..data + 512].chunks_mut(32) {
        entry.copy_from_slice(b"\xE5ELETED    \x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    }
    let taken = take(kind, &image).unwrap();
    assert!(!taken.problems.is_empty());
    assert!(taken.tree.bytes() <= 128 << 10);
}

#[test]
fn a_size_that_cannot_be_is_not_believed() {
    let kind = KINDS[0];
    let mut tree = Tree::default();
    tree.file("HUGE", noise(1, 700));
    tree.file("LONG", noise(2, 700));
    let mut image = fill(kind, &erased(128), &tree).unwrap();
    let at = fat_entry(&mut image, b"HUGE       ");
    image[at + 28..at + 32].copy_from_slice(&u32::MAX.to_le_bytes());
    let at = fat_entry(&mut image, b"LONG       ");
    image[at + 28..at + 32].copy_from_slice(&5000u32.to_le_bytes());
    let taken = take(kind, &image).unwrap();
    assert!(taken.problems[0].contains("`HUGE` is left out: it claims 4294967295 bytes"), "{:?}", taken.problems);
    assert!(taken.problems[1].contains("`LONG` ends early"), "{:?}", taken.problems);
}

#[test]
fn names_that_lead_out_are_left_out() {
    let kind = KINDS[0];
    let mut tree = Tree::default();
    tree.file("EVIL", *b"x");
    tree.file("GOOD", *b"y");
    let image = fill(kind, &erased(128), &tree).unwrap();
    for name in [*b"../EVIL    ", *b"..         ", *b"/ETC       ", *b"A\\B        ", *b"A\0B        ", *b".          "]
    {
        let mut image = image.clone();
        // The short name, and no long one that would hide it.
        let at = fat_entry(&mut image, b"EVIL       ");
        image[at..at + 11].copy_from_slice(&name);
        image[at - 32..at].copy_from_slice(b"\xE5ELETED    \x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        let taken = take(kind, &image).unwrap();
        assert_eq!(taken.problems.len(), 1, "{name:?}: {taken:?}");
        assert!(taken.problems[0].contains("is left out: its name"), "{:?}", taken.problems);
        assert_eq!(taken.tree.iter().map(|(path, _)| path).collect::<Vec<_>>(), ["GOOD"]);
    }
    // In littlefs the name lies as it is in the log, under a checksum: made with it.
    for name in ["..", ".", "a\\b", "a\nb", "\u{1b}[2J"] {
        let image = super::littlefs::with_name(name);
        let taken = take(Kind::LittleFs, &image).unwrap();
        assert_eq!(taken.tree.len(), 1, "{name}: {taken:?}");
        assert!(taken.problems[0].contains("is left out: its name"), "{:?}", taken.problems);
    }
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let file = ("[a-z]{1,3}", "[a-zA-Z0-9_.-]{0,20}[a-z]", 0usize..9000);
    prop::collection::vec(file, 0..14).prop_map(|files| {
        let mut tree = Tree::default();
        let mut seen = std::collections::BTreeSet::new();
        for (index, (dir, name, bytes)) in files.into_iter().enumerate() {
            let path = if index % 3 == 0 { format!("f_{name}") } else { format!("d_{dir}/{name}") };
            if !seen.insert(path.to_uppercase()) {
                continue;
            }
            if let Some((dir, _)) = path.split_once('/') {
                tree.directory(dir);
            }
            tree.file(path, noise(index as u32, bytes));
        }
        tree
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_files_come_back(first in any_tree(), second in any_tree()) {
        for kind in KINDS {
            let image = fill(kind, &erased(512), &first).unwrap();
            prop_assert_eq!(&taken(kind, &image), &first);
            let image = fill(kind, &image, &second).unwrap();
            let mut both = first.clone();
            second.iter().for_each(|(path, node)| both.insert(path, node.clone()));
            // FAT takes names for one that differ in case only.
            let folded: std::collections::BTreeSet<_> = both.iter().map(|(path, _)| path.to_uppercase()).collect();
            if folded.len() == both.len() {
                prop_assert_eq!(&taken(kind, &image), &both);
            }
        }
    }

    #[test]
    fn a_damaged_image_is_read_as_far_as_it_goes(
        hits in prop::collection::vec((0u32..40_000, any::<u8>()), 1..40),
        which in 0usize..3,
    ) {
        let kind = KINDS[which];
        let mut image = fill(kind, &erased(128), &sample()).unwrap();
        for (at, byte) in hits {
            image[at as usize] = byte;
        }
        if let Ok(taken) = take(kind, &image) {
            prop_assert!(taken.tree.bytes() <= image.len() as u64);
            for (path, _) in taken.tree.iter() {
                prop_assert!(path.split('/').all(|name| !matches!(name, "" | "." | "..")), "{}", path);
            }
        }
        // Laying files into it may fail, and may not panic or take for ever.
        let _ = fill(kind, &image, &sample());
    }
}
