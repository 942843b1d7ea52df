//! Where the file system of an image is found.

use super::*;
use crate::image::testing::{ElfFile, load, program, symbol_sections, text_section};
use crate::image::{Firmware, Image};

/// A program with this text in it, and symbols `(name, address)` of the linker script.
fn image(text: &str, vtor: u32, marks: &[(&str, u32)]) -> Firmware {
    image_with(text, vtor, marks, &[])
}

/// That, with these words in a literal pool.
fn image_with(text: &str, vtor: u32, marks: &[(&str, u32)], words: &[u32]) -> Firmware {
    let mut code = program(0x2004_0000, vtor + 0x101);
    code.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    code.extend(text.bytes());
    code.push(0);
    let mut elf = ElfFile::with(vec![load(vtor, code.clone())]);
    elf.entry = vtor + 0x101;
    elf.sections = vec![text_section(vtor, code)];
    let absolute: Vec<_> = marks.iter().map(|&(name, addr)| (name, addr, 0, 0, 0xFFF1)).collect();
    elf.sections.extend(symbol_sections(2, &absolute));
    Firmware::lay(vec![elf.parse().unwrap()]).unwrap()
}

#[track_caller]
fn at(firmware: &Firmware, kind: Kind, range: Range<u32>) {
    let found = find(firmware, None).unwrap();
    assert_eq!(found.place, Place { medium: Medium::Flash(range), kind }, "{}", found.how);
}

const DONGLE: &str = "Adafruit CircuitPython 9.0.0 on 2024-03-19; PCA10059 nRF52840 Dongle with nRF52840";

#[test]
fn the_linker_scripts_symbols_come_first() {
    let fat = Kind::Fat { sector: 512 };
    let marks = [("__fatfs_flash_start_addr", 0xE_7000), ("__fatfs_flash_length", 0x1_9000)];
    let alpha = "Adafruit CircuitPython 4.0.0-alpha.1 on 2018-10-01; PCA10056 nRF52840-DK with NRF52840";
    at(&image(alpha, 0, &marks), fat, 0xE_7000..0x10_0000);
    let marks = [("__fatfs_flash_start_addr", 0xB_0000), ("__fatfs_flash_length", 0x1_0000)];
    at(&image(alpha, 0x2_6000, &marks), fat, 0xB_0000..0xC_0000);
    let marks = [("_fs_start", 0xE_0000), ("_fs_end", 0xF_8000), ("lfs2_mount", 0x200)];
    at(&image("MicroPython v1.22.0 on 2024-01-01; badge with NRF52840", 0, &marks), Kind::LittleFs, 0xE_0000..0xF_8000);
    // Without an end, and not on a page: as flashbdev.c rounds it.
    let marks = [("_fs_start", 0xE_0010), ("_fs_size", 0x1_0000)];
    at(&image("littlefs", 0, &marks), Kind::LittleFs, 0xE_1000..0xF_0000);
}

#[test]
fn what_the_image_says_of_itself_comes_next() {
    at(&image(DONGLE, 0x2_7000, &[]), Kind::Fat { sector: 512 }, 0xB_4000..0xF_4000);
    let micro = "MicroPython v1.27.0 on 2025-12-09; PCA10056 with NRF52840";
    let words = [0xF_0FFF, 0x10_0000];
    at(&image_with(&format!("littlefs\0{micro}"), 0, &[], &words), Kind::LittleFs, 0xF_0000..0x10_0000);
    at(&image_with(&format!("MSDOS5.0\0{micro}"), 0, &[], &words), Kind::Fat { sector: 4096 }, 0xF_0000..0x10_0000);
    let aramcon = DONGLE.replace("PCA10059 nRF52840 Dongle", "ARAMCON Badge 2019");
    let found = find(&image(&aramcon, 0x2_6000, &[]), None).unwrap();
    assert_eq!(found.place.medium, Medium::Qspi);
    assert_eq!(found.how, "CircuitPython 9.0.0 for `ARAMCON Badge 2019` has it there");
}

#[test]
fn what_cannot_be_found_says_what_to_give() {
    let unknown = DONGLE.replace("PCA10059 nRF52840 Dongle", "My Own");
    refused(
        find(&image(&unknown, 0, &[]), None),
        "drive-place",
        &["CircuitPython 9.0.0 for `My Own`", "DIR@0xADDRESS"],
    );
    refused(find(&image("", 0, &[]), None), "drive-place", &["does not say what it is", "DIR@0xADDRESS"]);
    let spi = DONGLE.replace("PCA10059 nRF52840 Dongle", "iLabs Challenger 840");
    refused(find(&image(&spi, 0, &[]), None), "drive-place", &["a flash chip on SPI"]);
    let micro = "MicroPython v1.27.0 on 2025-12-09; PCA10056 with NRF52840";
    refused(find(&image(micro, 0, &[]), None), "drive-place", &["MicroPython 1.27.0 for `PCA10056`"]);
    let words = [0xF_0000, 0x10_0000];
    refused(
        find(&image_with(micro, 0, &[], &words), None),
        "drive-file-system",
        &["MicroPython 1.27.0", "neither littlefs nor FAT"],
    );
    let empty = [("_fs_start", 0x10_0000), ("_fs_end", 0x10_0000)];
    refused(find(&image(micro, 0, &empty), None), "drive-file-system", &["no bytes"]);
    let one = [("_fs_start", 0xF_0000), ("_fs_end", 0x10_0000), ("mp_type_vfs_lfs1", 0x100)];
    refused(find(&image(micro, 0, &one), None), "drive-file-system", &["littlefs version 1"]);
    // Symbols that cannot be true are not believed.
    for wild in [[("_fs_start", 0xF_0000), ("_fs_end", 0xE_0000)], [("_fs_start", 0xF_0000), ("_fs_size", u32::MAX)]] {
        refused(find(&image("", 0, &wild), None), "drive-place", &["does not say what it is"]);
    }
    let given = Spec::parse("d@0x80000+64k:littlefs").unwrap().given;
    assert_eq!(find(&image("", 0, &[]), given.as_ref()).unwrap().place, given.unwrap());
}

#[test]
fn code_in_the_place_is_refused_unless_it_is_a_file_system() {
    let kind = Kind::Fat { sector: 512 };
    let with = |data: &[u8]| {
        let mut images = image(DONGLE, 0x2_7000, &[]).images;
        images.push(Image::parse("drive.bin", data, Some(0xB_4000)).unwrap());
        Firmware::lay(images).unwrap()
    };
    let now = |data: &[u8]| {
        let mut bytes = erased(256);
        bytes[..data.len()].copy_from_slice(data);
        bytes
    };
    let code = program(0x2004_0000, 0xB_4101);
    let firmware = with(&code);
    let found = find(&firmware, None).unwrap();
    refused(
        found.check(&firmware, &now(&code)),
        "drive-place",
        &["`drive.bin` has bytes at 0x000b4000, in 0x000b4000 to 0x000f3fff", "CircuitPython 9.0.0"],
    );
    let volume = fill(kind, &erased(256), &sample()).unwrap();
    let firmware = with(&volume);
    find(&firmware, None).unwrap().check(&firmware, &now(&volume)).unwrap();
    let firmware = image(DONGLE, 0x2_7000, &[]);
    find(&firmware, None).unwrap().check(&firmware, &erased(256)).unwrap();
}
