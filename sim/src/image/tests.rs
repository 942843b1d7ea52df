//! One test for each way in which a firmware file is refused, and for what is taken from a good one.

use super::testing::{Block, ElfFile, Load, RESET, SP, load, program, symbol_sections, text_section};
use super::*;
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;

/// A directory that goes away with its value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("badgebench-image-{}-{name}", std::process::id()));
        fs::create_dir_all(&dir).expect("the directory for temporary files can be written");
        Self(dir)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        fs::write(&path, bytes).expect("the directory for temporary files can be written");
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The message, which must name what, and how to mend it.
fn refused(result: Result<impl std::fmt::Debug, ImageError>, words: &[&str]) -> String {
    let text = result.expect_err("it should be refused").to_string();
    for word in words.iter().chain(&["help:"]) {
        assert!(text.contains(word), "`{word}` is missing in: {text}");
    }
    assert!(text.starts_with(|c: char| !c.is_uppercase()) && !text.ends_with('.'), "{text}");
    text
}

fn parsed(bytes: &[u8]) -> Result<Image, ImageError> {
    Image::parse("test.elf", bytes, None)
}

fn laid(image: Image) -> Result<Firmware, ImageError> {
    Firmware::lay(vec![image])
}

#[test]
fn a_program_is_loaded_and_starts_from_its_vectors() {
    let firmware = laid(ElfFile::default().parse().unwrap()).unwrap();
    assert_eq!(firmware.start, Start { vtor: 0, sp: SP, pc: 0x100 });
    assert_eq!(firmware.segments().map(|s| (s.addr, s.data.len())).collect::<Vec<_>>(), [(0, 512)]);
    assert!(firmware.remarks.is_empty());
    let image = &firmware.images[0];
    assert_eq!((image.format, image.entry), (Format::Elf, Some(RESET)));
}

/// FIPS 180-4: SHA-256 of "abc".
#[test]
fn the_digest_is_that_of_the_file() {
    let image = Image::parse("a.bin", b"abc", Some(0)).unwrap();
    assert_eq!(image.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn segments_go_to_their_physical_addresses() {
    let data = Load { vaddr: 0x2000_0000, paddr: 0x400, memsz: 4, data: vec![1, 2, 3, 4] };
    let bss = Load { vaddr: 0x2000_0004, paddr: 0x2000_0004, memsz: 0x100, data: vec![] };
    let image = ElfFile::with(vec![load(0, program(SP, RESET)), data, bss]).parse().unwrap();
    let places: Vec<_> = image.segments.iter().map(|s| (s.addr, s.virt, s.data.len())).collect();
    assert_eq!(places, [(0, 0, 512), (0x400, 0x2000_0000, 4)]);
    assert_eq!(image.reserved, [(0, 512), (0x2000_0000, 4), (0x2000_0004, 0x100)]);
    assert_eq!(image.word(0x400), Some(0x0403_0201));
    assert_eq!(image.word(0x402), None);
}

#[test]
fn a_file_without_physical_addresses_goes_to_its_virtual_ones() {
    let one = Load { paddr: 0, ..load(0x1000, program(SP, 0x1101)) };
    let two = Load { paddr: 0, ..load(0x2000, vec![1; 8]) };
    let image = ElfFile::with(vec![one, two]).parse().unwrap();
    assert_eq!(image.segments.iter().map(|s| s.addr).collect::<Vec<_>>(), [0x1000, 0x2000]);
}

/// GNU ld with 64 KB pages and a program at 0x26000.
#[test]
fn the_headers_of_an_elf_are_not_taken_for_program() {
    let mut elf = ElfFile::with(vec![load(0x2_6000, program(SP, 0x2_6101))]);
    elf.sections = vec![text_section(0x2_6000, Vec::new())];
    let mut bytes = elf.bytes();
    // The segment begins with the file, 84 bytes before its contents; so does its address.
    let (paddr, size) = (0x2_6000u32 - 84, 512u32 + 84);
    for (at, word) in [(56, 0), (60, paddr), (64, paddr), (68, size), (72, size)] {
        bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }
    // The section is where the vectors are.
    let table = u32::from_le_bytes(bytes[32..36].try_into().unwrap()) as usize;
    bytes[table + 40 + 16..table + 40 + 20].copy_from_slice(&84u32.to_le_bytes());
    bytes[table + 40 + 20..table + 40 + 24].copy_from_slice(&512u32.to_le_bytes());
    let image = parsed(&bytes).unwrap();
    assert_eq!((image.segments[0].addr, image.segments[0].data.len()), (0x2_6000, 512));
    assert_eq!(laid(image).unwrap().start.vtor, 0x2_6000);
}

#[test]
fn a_missing_file_names_a_fixture_or_its_neighbours() {
    refused(Image::load("no/such.elf"), &["no firmware file `no/such.elf`", "fixtures/player-cached.elf"]);
    let dir = Scratch::new("near");
    dir.file("player-cached.elf", b"x");
    let wanted = dir.0.join("player-cahced.elf").to_string_lossy().into_owned();
    refused(Image::load(&wanted), &["did you mean", "player-cached.elf`"]);
}

#[test]
fn a_directory_is_refused_and_its_images_named() {
    let dir = Scratch::new("dir");
    dir.file("a.elf", b"x");
    refused(Image::load(&dir.0.to_string_lossy()), &["is a directory", "a.elf"]);
}

#[test]
fn empty_and_text_and_unknown_files_are_told_apart() {
    refused(parsed(b""), &["is empty"]);
    refused(parsed(b"int main(void) { return 0; }\n"), &["is a text file"]);
    refused(parsed(&[0xff, 0, 1, 2, 3]), &["neither ELF nor Intel HEX", "@0x0"]);
    refused(parsed(b"PK\x03\x04rest"), &["zip archive"]);
}

#[cfg(unix)]
#[test]
fn a_device_is_refused_unread() {
    refused(Image::load("/dev/zero"), &["not a regular file"]);
}

#[test]
fn a_file_beyond_the_limit_is_refused_unread() {
    let dir = Scratch::new("big");
    let path = dir.file("big.elf", b"");
    fs::File::options().write(true).open(&path).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
    refused(Image::load(&path), &["too big", "67108865 bytes"]);
}

#[test]
fn a_truncated_elf_is_called_that_wherever_it_was_cut() {
    let elf = ElfFile { sections: vec![text_section(0, vec![0; 32])], ..ElfFile::default() };
    let bytes = elf.bytes();
    for length in [4, 5, 16, 40, 51, 60, 83, 200, 590, bytes.len() - 1] {
        refused(parsed(&bytes[..length]), &["truncated ELF", &format!("the file has {length}")]);
    }
}

#[test]
fn elves_for_other_machines_are_refused_by_name() {
    let x64 = ElfFile { class: 2, machine: 62, ..ElfFile::default() };
    refused(x64.parse(), &["64-bit", "x86-64", "thumbv7em-none-eabihf"]);
    let big = ElfFile { order: 2, ..ElfFile::default() };
    refused(big.parse(), &["big-endian", "ARM", "little-endian"]);
    let x86 = ElfFile { machine: 3, ..ElfFile::default() };
    refused(x86.parse(), &["wrong machine", "x86 (32-bit)"]);
    let riscv = ElfFile { machine: 243, ..ElfFile::default() };
    refused(riscv.parse(), &["wrong machine", "RISC-V"]);
}

/// The test program itself is a 64-bit or at any rate no Cortex-M program.
#[cfg(target_os = "linux")]
#[test]
fn a_program_of_the_host_is_refused() {
    let mut start = vec![0; 4096];
    std::io::Read::read_exact(&mut fs::File::open("/proc/self/exe").unwrap(), &mut start).unwrap();
    refused(parsed(&start), &["ELF", "build for the nRF52840"]);
}

#[test]
fn what_has_no_fixed_addresses_is_refused() {
    refused(ElfFile { kind: 1, ..ElfFile::default() }.parse(), &["relocatable object", "linked"]);
    refused(ElfFile { kind: 3, ..ElfFile::default() }.parse(), &["shared object", "without -pie"]);
    let mut hosted = ElfFile::default().bytes();
    hosted[52] = 3;
    refused(parsed(&hosted), &["operating system", "dynamic loader"]);
    refused(ElfFile { kind: 4, ..ElfFile::default() }.parse(), &["its type 4"]);
}

#[test]
fn a_program_without_vectors_is_refused() {
    let image = ElfFile::with(vec![load(0, vec![0; 512])]).parse().unwrap();
    refused(laid(image), &["no vector table", "0x00000000"]);
    let short = ElfFile::with(vec![load(0, vec![0; 6])]).parse().unwrap();
    refused(laid(short), &["no vector table", "at least two words"]);
}

#[test]
fn a_stack_outside_ram_is_refused() {
    for sp in [0x2004_0004, 0x1fff_fffc, 0x0000_8000, 0x0084_0004] {
        let image = ElfFile::with(vec![load(0, program(sp, RESET))]).parse().unwrap();
        refused(laid(image), &["stack pointer", &format!("0x{sp:08x}"), "outside RAM"]);
    }
}

#[test]
fn a_stack_may_begin_at_the_end_of_ram_and_of_its_alias() {
    for sp in [0x2004_0000, 0x2000_0000, 0x2000_1000, 0x0084_0000] {
        let image = ElfFile::with(vec![load(0, program(sp, RESET))]).parse().unwrap();
        assert_eq!(laid(image).unwrap().start.sp, sp);
    }
}

#[test]
fn a_reset_vector_without_the_thumb_bit_is_refused() {
    let image = ElfFile::with(vec![load(0, program(SP, 0x100))]).parse().unwrap();
    refused(laid(image), &["0x00000100", "Thumb bit"]);
}

#[test]
fn an_entry_without_the_thumb_bit_is_only_remarked_on_when_the_vectors_are_right() {
    let firmware = laid(ElfFile { entry: 0x100, ..ElfFile::default() }.parse().unwrap()).unwrap();
    assert_eq!(firmware.remarks, [Remark::EvenEntry { path: "test.elf".into(), entry: 0x100 }]);
}

#[test]
fn a_reset_vector_outside_the_image_is_refused() {
    let image = ElfFile::with(vec![load(0, program(SP, 0x9001))]).parse().unwrap();
    refused(laid(image), &["0x00009001", "outside the image"]);
}

#[test]
fn segments_outside_memory_are_refused() {
    for (addr, hint) in
        [(0x0010_0000, "linker script"), (0x000f_ff00, "linker script"), (0x0800_0000, "STM32"), (0x1200_0000, "QSPI")]
    {
        let elf = ElfFile::with(vec![load(0, program(SP, RESET)), load(addr, vec![0; 0x200])]);
        refused(elf.parse(), &["outside the nRF52840's memory", &format!("0x{addr:08x}"), hint]);
    }
}

#[test]
fn the_last_byte_of_each_memory_can_be_filled() {
    for region in Region::ALL {
        let last = load(region.base() + region.size() - 4, vec![1; 4]);
        let image = ElfFile::with(vec![last]).parse().unwrap();
        assert_eq!(image.segments[0].region(), region);
    }
}

#[test]
fn segments_that_overlap_are_refused_through_the_alias_as_well() {
    let elf = ElfFile::with(vec![load(0, program(SP, RESET)), load(0x1fc, vec![0; 8])]);
    refused(elf.parse(), &["overlap", "0x000001fc", "0x00000200"]);
    let elf = ElfFile::with(vec![load(0x0080_0000, vec![0; 8]), load(0x2000_0004, vec![0; 8])]);
    refused(elf.parse(), &["overlap", "0x00800000", "0x20000004"]);
}

/// Neither is believed: nothing of that size is allocated, as nothing is before the check.
#[test]
fn an_elf_that_claims_2_gb_is_refused() {
    let mut in_file = ElfFile::default().bytes();
    in_file[52 + 16..52 + 20].copy_from_slice(&0x8000_0000u32.to_le_bytes());
    refused(parsed(&in_file), &["truncated ELF", "a segment", "2147483732"]);
    let in_memory = ElfFile::with(vec![Load { memsz: 0x8000_0000, ..load(0, program(SP, RESET)) }]);
    refused(in_memory.parse(), &["2147483648 bytes", "outside the nRF52840's memory"]);
    let mut section = ElfFile { sections: vec![text_section(0, vec![0; 4])], ..ElfFile::default() }.bytes();
    let table = u32::from_le_bytes(section[32..36].try_into().unwrap()) as usize;
    section[table + 40 + 20..table + 40 + 24].copy_from_slice(&0x8000_0000u32.to_le_bytes());
    refused(parsed(&section), &["truncated ELF", "a section"]);
}

#[test]
fn an_elf_in_thousands_of_pieces_is_refused_before_they_are_copied() {
    let elf = ElfFile::with((0..1000).map(|i| load(i * 16, vec![0; 4])).collect());
    refused(elf.parse(), &["1000 pieces"]);
}

#[test]
fn segments_in_ram_are_allowed_with_a_note() {
    let elf = ElfFile::with(vec![load(0x2000_0000, program(SP, 0x2000_0101))]);
    let firmware = laid(elf.parse().unwrap()).unwrap();
    assert_eq!(firmware.start, Start { vtor: 0x2000_0000, sp: SP, pc: 0x2000_0100 });
    assert!(firmware.remarks[0].to_string().contains("512 bytes into RAM at 0x20000000"));
}

#[test]
fn a_raw_binary_goes_to_the_address_it_is_given() {
    let dir = Scratch::new("bin");
    let path = dir.file("app.bin", &program(SP, 0x2_6101));
    refused(Image::load(&path), &["does not say where", "@0x0"]);
    refused(Image::load(&format!("{path}@banana")), &["`banana`", "not an address"]);
    let firmware = Firmware::load(&[format!("{path}@0x2_6000")]).unwrap();
    assert_eq!((firmware.images[0].format, firmware.start.vtor), (Format::Bin, 0x2_6000));
    let elf = dir.file("app.elf", &ElfFile::default().bytes());
    refused(Image::load(&format!("{elf}@0x1000")), &["has its own addresses"]);
}

/// The checksums are by hand: the two's complement of the sum of all bytes.
#[test]
fn intel_hex_is_read_in_any_order_and_joined() {
    let text = b":020000041000EA\r\n:04100400AABBCCDDDA\r\n:0410000011223344 42\r\n".map(|b| b);
    assert!(parsed(&text).is_err(), "a blank inside a record");
    let text = b":020000041000EA\n:04100400AABBCCDDDA\n:041000001122334442\n:0400000500000101F5\n:00000001FF\n";
    let image = parsed(text).unwrap();
    assert_eq!((image.format, image.entry), (Format::Hex, Some(0x101)));
    let expected =
        Segment { addr: 0x1000_1000, virt: 0x1000_1000, data: vec![0x11, 0x22, 0x33, 0x44, 0xAA, 0xBB, 0xCC, 0xDD] };
    assert_eq!(image.segments, [expected]);
}

#[test]
fn intel_hex_names_the_line_that_is_wrong() {
    refused(parsed(b":041000001122334443\n:00000001FF\n"), &["test.elf:1:", "checksum"]);
    refused(parsed(b":041000001122334442\n:0410000011223344\n"), &["test.elf:2:", "data bytes"]);
    refused(parsed(b":041000001122334442\nhello\n"), &["test.elf:2:", "colon"]);
    refused(parsed(b":041000001122334442\n"), &["end-of-file record"]);
    refused(parsed(b":041000001122334442\n:041002001122334440\n:00000001FF\n"), &["test.elf:2:", "earlier line"]);
    refused(parsed(b":0000000AF6\n"), &["record type 0A"]);
    refused(parsed(b":00000001FF\n"), &["nothing to load"]);
    refused(parsed(b":02000004FFFFFC\n:041000001122334442\n"), &["outside the nRF52840's memory"]);
}

#[test]
fn the_later_of_two_images_wins_and_the_overlap_is_said() {
    let base = ElfFile::default().parse().unwrap();
    let patch = Image::parse("patch.bin", &[1, 2, 3, 4], Some(0x1fe)).unwrap();
    let firmware = Firmware::lay(vec![base, patch]).unwrap();
    assert_eq!(firmware.start.vtor, 0);
    let text = firmware.remarks[0].to_string();
    assert!(text.contains("`patch.bin` replaces 2 bytes of `test.elf` from 0x000001fe"), "{text}");
    assert_eq!(firmware.segments().last().unwrap().data, [1, 2, 3, 4]);
}

#[test]
fn a_run_starts_at_the_lowest_image_with_vectors() {
    let app = ElfFile::with(vec![load(0x2_6000, program(SP, 0x2_6101))]).parse().unwrap();
    let below = Image::parse("mbr.bin", &program(0x2000_0400, 0x101), Some(0)).unwrap();
    let settings = Image::parse("settings.bin", &[0xff; 64], Some(0xf_f000)).unwrap();
    let firmware = Firmware::lay(vec![settings, app, below]).unwrap();
    assert_eq!((firmware.start.vtor, firmware.started_by), (0, 2));
    assert!(matches!(Firmware::lay(vec![]), Err(ImageError::NoImage)));
}

#[test]
fn addresses_have_names_and_names_have_addresses() {
    let mut elf = ElfFile::default();
    let symbols = [
        ("Reset", 0x101, 4, 2, 1),
        ("$t", 0x100, 0, 0, 1),
        ("Default_Handler", 0x105, 2, 2, 1),
        ("TIMER0_IRQHandler", 0x105, 2, 2, 1),
        ("asm_label", 0x110, 0, 0, 1),
        ("_ZN3Spi4sendEh", 0x121, 8, 2, 1),
        ("counter", 0x2000_0000, 4, 1, 1),
        ("imported", 0x130, 4, 2, 0),
    ];
    elf.sections = vec![text_section(0, vec![0; 512])];
    elf.sections.extend(symbol_sections(2, &symbols));
    let symbols = elf.parse().unwrap().symbols;
    let at = |pc| symbols.locate(pc).map(|l| (l.function, l.offset));
    assert_eq!(at(0x102), Some(("Reset".into(), 2)));
    assert_eq!(at(0x101), Some(("Reset".into(), 0)));
    assert_eq!(at(0x108), None);
    assert_eq!(at(0x11e), Some(("asm_label".into(), 14)));
    assert_eq!(at(0x124), Some(("Spi::send(unsigned char)".into(), 4)));
    assert_eq!(at(0x130), None);
    let mut names = symbols.names_at(0x104);
    names.sort();
    assert_eq!(names, ["Default_Handler", "TIMER0_IRQHandler"]);
    assert_eq!(symbols.named("counter").map(|s| (s.addr, s.kind)), Some((0x2000_0000, SymbolKind::Object)));
    assert_eq!(symbols.named("Spi::send(unsigned char)").map(|s| s.addr), Some(0x120));
}

/// What comes with the program: real linker output, with line tables.
#[test]
fn the_fixtures_start_at_0_and_know_their_source() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures");
    let mut seen = 0;
    for entry in fs::read_dir(dir).unwrap().flatten().filter(|e| e.path().extension().is_some_and(|e| e == "elf")) {
        let path = entry.path().to_string_lossy().into_owned();
        let firmware = Firmware::load(&[&path]).unwrap();
        assert_eq!((firmware.start.vtor, &firmware.remarks), (0, &vec![]), "{path}");
        if path.contains("/conformance-") {
            // It has no `main`.
            continue;
        }
        let main = firmware.symbol("main").unwrap();
        let place = firmware.locate(main.addr | 1).unwrap();
        assert_eq!((place.function.as_str(), place.offset), ("main", 0), "{path}");
        assert!(place.line.is_some() && place.file.as_ref().unwrap().contains("/firmware/"), "{place:?}");
        seen += 1;
    }
    assert!(seen >= 11, "{seen}");
}

/// `bx lr` behind an SVC, which is what Nordic's headers make of a call.
fn with_calls(numbers: &[u8], reset: u32) -> Vec<u8> {
    let mut data = program(SP, reset);
    for (at, &number) in (0x120..).step_by(4).zip(numbers) {
        data[at..at + 4].copy_from_slice(&[number, 0xDF, 0x70, 0x47]);
    }
    data
}

/// MBR and SoftDevice S140 7.2.0, as far as an application can tell.
fn softdevice() -> Image {
    let mut data = program(0x2000_0400, 0x101);
    data.resize(0x4000, 0);
    for (at, word) in [(4, 0x51B1_E5DBu32), (8, 0x2_7000), (0x10, 140), (0x14, 7_002_000)] {
        data[0x3000 + at..0x3004 + at].copy_from_slice(&word.to_le_bytes());
    }
    Image::parse("softdevice.bin", &data, Some(0)).unwrap()
}

fn said(images: Vec<Image>) -> String {
    Firmware::lay(images).unwrap().remarks.iter().map(|remark| format!("{remark}\n")).collect()
}

#[test]
fn an_application_alone_is_said_to_start_above_nothing_and_what_it_calls_is_named() {
    let app = |at: u32, calls: &[u8]| Image::parse("app.bin", &with_calls(calls, at + 0x101), Some(at)).unwrap();
    let quiet = said(vec![app(0x2_6000, &[0, 3])]);
    assert!(quiet.contains("its own vector table, 0x00026000") && quiet.lines().count() == 1, "{quiet}");
    let calls = said(vec![app(0x2_7000, &[0x10, 0x60, 0x60, 0x18])]);
    for words in ["calls of 3 functions of SoftDevice S140 version 7", "badgebench sim softdevice.hex app.bin"] {
        assert!(calls.contains(words), "{words}: {calls}");
    }
    let mbr = said(vec![app(0x1000, &[0x18])]);
    assert!(mbr.contains("calls of 1 function of Nordic's MBR") && mbr.contains("sim mbr.hex app.bin"), "{mbr}");
    assert_eq!(said(vec![app(0, &[0x10])]), "", "what starts at 0 has its own handler for SVC");
}

#[test]
fn a_softdevice_below_an_application_is_known_and_so_is_one_of_another_version() {
    let app = |at: u32| Image::parse("app.bin", &with_calls(&[0x10], at + 0x101), Some(at)).unwrap();
    assert_eq!(said(vec![softdevice(), app(0x2_7000)]), "");
    let other = said(vec![app(0x2_6000), softdevice()]);
    assert!(other.contains("S140 7.2.0") && other.contains("0x00027000") && other.contains("0x00026000"), "{other}");
    let firmware = Firmware::lay(vec![softdevice(), app(0x2_7000)]).unwrap();
    assert_eq!(
        (firmware.start.vtor, firmware.softdevice().map(|s| s.to_string())),
        (0, Some("SoftDevice S140 7.2.0".into()))
    );
}

#[test]
fn an_application_is_marked_as_valid_for_the_boot_loader_beside_it() {
    let boot = || {
        vec![
            Image::parse("mbr.bin", &program(0x2000_0400, 0x101), Some(0)).unwrap(),
            Image::parse("boot.bin", &program(SP, 0xF_4101), Some(0xF_4000)).unwrap(),
            Image::parse("uicr.bin", &[0, 0x40, 0xF, 0, 0, 0xE0, 0xF, 0], Some(0x1000_1014)).unwrap(),
        ]
    };
    let app = || Image::parse("app.bin", &program(SP, 0x2_6101), Some(0x2_6000)).unwrap();
    let marks = |images| {
        let firmware = Firmware::lay(images).unwrap();
        let at = firmware.segments().filter(|s| s.addr == 0xF_F000).map(|s| s.data.clone()).collect::<Vec<_>>();
        (at, firmware.remarks.iter().any(|remark| matches!(remark, Remark::MarkedValid { settings: 0xF_F000, .. })))
    };
    assert_eq!(marks(boot().into_iter().chain([app()]).collect()), (vec![vec![1, 0, 0, 0]], true));
    assert_eq!(marks(boot()), (vec![], false), "there is no application");
    let own = Image::parse("settings.bin", &[0xAA; 8], Some(0xF_F000)).unwrap();
    assert_eq!(marks(boot().into_iter().chain([app(), own]).collect()), (vec![vec![0xAA; 8]], false));
    let alone = boot().into_iter().skip(1).chain([app()]).collect();
    assert_eq!(marks(alone), (vec![], false), "without an MBR nobody starts the boot loader");
}

fn survives(bytes: &[u8], address: Option<u32>) {
    match Image::parse("x.bin", bytes, address) {
        Ok(image) => {
            let total: usize = image.segments.iter().map(|s| s.data.len()).sum();
            let all: u32 = Region::ALL.iter().map(|r| r.size()).sum();
            assert!(total <= all as usize);
            for pc in [0, 0x100, 0x104, 0x2000_0000, u32::MAX] {
                let _ = image.symbols.locate(pc).map(|l| l.to_string());
                let _ = image.symbols.names_at(pc);
            }
            let _ = Firmware::lay(vec![image]).map_err(|e| e.to_string());
        }
        Err(error) => assert!(!error.to_string().is_empty() && !error.name().is_empty()),
    }
}

proptest! {
    #[test]
    fn any_bytes_give_an_image_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..600), raw in any::<Option<u32>>()) {
        survives(&bytes, raw);
        let mut elf = b"\x7fELF\x01\x01".to_vec();
        elf.extend(&bytes);
        survives(&elf, None);
        let hex = [&b":"[..], &bytes].concat();
        survives(&hex, None);
        survives(&[&b"UF2\n"[..], &bytes].concat(), None);
    }

    #[test]
    fn mutated_uf2_blocks_give_an_image_or_an_error(
        blocks in prop::collection::vec((0u32..0x110_0000, 0usize..480), 1..8),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let total = blocks.len() as u32;
        let blocks = blocks.iter().zip(0..).map(|(&(addr, size), n)| Block { addr, size, number: n, total, ..Block::default() });
        let mut bytes: Vec<u8> = blocks.flat_map(|block| block.bytes()).collect();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        survives(&bytes, None);
    }

    #[test]
    fn any_hex_records_give_an_image_or_an_error(
        records in prop::collection::vec((any::<u16>(), 0u8..7, prop::collection::vec(any::<u8>(), 0..6)), 0..20),
    ) {
        let mut text = String::new();
        for (offset, kind, data) in records {
            let mut bytes = vec![data.len() as u8, (offset >> 8) as u8, offset as u8, kind];
            bytes.extend(data);
            let sum = bytes.iter().fold(0u8, |sum, b| sum.wrapping_sub(*b));
            bytes.push(sum);
            text += ":";
            text.extend(bytes.iter().map(|b| format!("{b:02X}")));
            text += "\n";
        }
        survives((text + ":00000001FF\n").as_bytes(), None);
    }

    #[test]
    fn a_mutated_elf_gives_an_image_or_an_error(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        headers_only in any::<bool>(),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let mut elf = ElfFile::default();
        elf.loads.push(Load { vaddr: 0x2000_0000, paddr: 0x400, memsz: 4, data: vec![1, 2, 3, 4] });
        elf.sections = vec![text_section(0, vec![0; 64])];
        elf.sections.extend(symbol_sections(2, &[("Reset", 0x101, 4, 2, 1), ("_ZN3Spi4sendEh", 0x105, 0, 2, 1)]));
        let mut bytes = elf.bytes();
        for (at, value) in changes {
            let at = if headers_only { at.index(116) } else { at.index(bytes.len()) };
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        survives(&bytes, None);
    }
}
