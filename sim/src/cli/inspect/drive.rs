//! Where `--drive` would lay files for an image.

use super::place;
use crate::drive::{DriveError, Found, Medium, find, take};
use crate::image::Firmware;

/// Which file system, where, how big, by what it was found, and whether there is one already; for Python whose place is not known,
/// why. `None` for firmware that says nothing of files.
pub(super) fn line(firmware: &Firmware) -> Option<String> {
    match find(firmware, None) {
        Ok(found) => Some(format!("{} ({}){}", found.place, found.how, there(firmware, &found))),
        Err(_) if firmware.images.iter().all(|image| place::python(image).is_none()) => None,
        Err(DriveError::Unplaced { why }) => {
            Some(format!("unknown: {why}; --drive DIR@0xADDRESS+SIZE:fat or :littlefs says where it is"))
        }
        Err(DriveError::Without { why, .. }) => Some(format!("none: {why}")),
        Err(error) => error.to_string().lines().next().map(str::to_owned),
    }
}

/// What the images themselves have there.
fn there(firmware: &Firmware, found: &Found) -> String {
    let Medium::Flash(range) = &found.place.medium else { return String::new() };
    let mut flash = vec![0xFF; range.len()];
    for segment in firmware.segments().filter(|s| s.addr < range.end && s.end() > range.start) {
        let (from, to) = (segment.addr.max(range.start), segment.end().min(range.end));
        let here = (from - range.start) as usize..(to - range.start) as usize;
        let data = (from - segment.addr) as usize..(to - segment.addr) as usize;
        flash[here].copy_from_slice(&segment.data[data]);
    }
    if flash.iter().all(|&byte| byte == 0xFF) {
        return String::new();
    }
    match take(found.place.kind, &flash) {
        Ok(taken) => {
            let files = taken.tree.iter().filter(|(_, node)| node.data.is_some()).count();
            format!(", with {files} file{} in the image", if files == 1 { "" } else { "s" })
        }
        Err(_) => ", but the image has other bytes there".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drive::{Kind, Tree, fill};
    use crate::image::testing::{ElfFile, load, program, symbol_sections, text_section};

    /// A program that says `text` of itself, symbols of its linker script, and bytes elsewhere.
    fn image(text: &str, marks: &[(&str, u32)], more: Option<(u32, Vec<u8>)>) -> Firmware {
        let mut code = program(0x2004_0000, 0x101);
        code.extend(text.bytes());
        code.push(0);
        let mut elf = ElfFile::with(vec![load(0, code.clone())]);
        elf.loads.extend(more.map(|(at, bytes)| load(at, bytes)));
        elf.sections = vec![text_section(0, code)];
        let absolute: Vec<_> = marks.iter().map(|&(name, addr)| (name, addr, 0, 0, 0xFFF1)).collect();
        elf.sections.extend(symbol_sections(2, &absolute));
        Firmware::lay(vec![elf.parse().unwrap()]).unwrap()
    }

    const MICRO: &str = "MicroPython v1.25.0 on 2025-04-15; my board with nRF52840";
    const MARKS: [(&str, u32); 3] = [("_fs_start", 0xF_0000), ("_fs_end", 0x10_0000), ("lfs2_mount", 0x101)];

    #[test]
    fn it_says_where_and_how_it_was_found() {
        let expected = "littlefs, 64 KB at 0x000f0000 (the symbols `_fs_start` and `_fs_end` say so)";
        assert_eq!(line(&image(MICRO, &MARKS, None)).unwrap(), expected);
        assert_eq!(line(&image("", &[], None)), None, "firmware that has nothing to do with files");
    }

    #[test]
    fn it_says_what_the_image_has_there() {
        let mut tree = Tree::default();
        tree.file("main.py", b"print()".to_vec());
        let bytes = fill(Kind::LittleFs, &vec![0xFF; 0x1_0000], &tree).unwrap();
        let with = line(&image(MICRO, &MARKS, Some((0xF_0000, bytes)))).unwrap();
        assert!(with.ends_with("say so), with 1 file in the image"), "{with}");
        let over = line(&image(MICRO, &MARKS, Some((0xF_8000, vec![0; 16])))).unwrap();
        assert!(over.ends_with("say so), but the image has other bytes there"), "{over}");
    }

    #[test]
    fn it_says_why_pythons_drive_is_not_known() {
        let unknown = line(&image(MICRO, &[], None)).unwrap();
        assert!(unknown.starts_with("unknown: it is not known where "), "{unknown}");
        assert!(unknown.contains("--drive DIR@0xADDRESS"), "{unknown}");
        let none = line(&image(MICRO, &MARKS[..2], None)).unwrap();
        assert_eq!(none, "none: neither littlefs nor FAT is built in");
    }
}
