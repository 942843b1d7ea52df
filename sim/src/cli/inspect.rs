//! `badgebench inspect`: what is in a firmware image, and what is missing.

mod drive;
mod place;

use crate::image::{EXCEPTIONS, Firmware, Format, Image, Region, Segment, uf2, vector_name};
use anyhow::Result;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io::{self, Write};

/// Says what is in a firmware image: segments, vectors, entry, symbols, what is missing.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// ELF, Intel HEX or UF2 files, or `FILE.bin@0xADDRESS`; several are laid over one another
    #[arg(value_name = "IMAGE", required = true)]
    pub images: Vec<String>,
}

/// Prints to stdout.
///
/// # Errors
/// When an image cannot be used (an [`crate::image::ImageError`]), or stdout cannot be written. An image without a vector table
/// is described all the same.
pub fn run(args: &InspectArgs) -> Result<()> {
    let images = args.images.iter().map(|spec| Image::load(spec)).collect::<Result<Vec<_>, _>>()?;
    let mut text = String::new();
    for image in &images {
        writeln!(text, "{}", describe(image)?)?;
    }
    let single = images.len() == 1;
    match Firmware::lay(images) {
        Ok(firmware) => {
            if !single {
                let path = &firmware.images[firmware.started_by].path;
                writeln!(text, "a run starts in `{path}`, vector table at 0x{:08x}", firmware.start.vtor)?;
            }
            if let Some(drive) = drive::line(&firmware) {
                writeln!(text, "  drive        {drive}")?;
            }
            for remark in &firmware.remarks {
                writeln!(text, "note: {remark}")?;
            }
        }
        Err(error) => writeln!(text, "a run cannot start from this: {error}")?,
    }
    io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// Words of a vector table of the nRF52840: 16 exceptions and 48 interrupts.
const VECTORS: u32 = 64;

fn describe(image: &Image) -> Result<String, fmt::Error> {
    let mut t = String::new();
    writeln!(t, "{}", image.path)?;
    let format = match image.format {
        Format::Elf => "ELF32, ARM, little-endian",
        Format::Hex => "Intel HEX",
        Format::Uf2 => "UF2",
        Format::Bin => "raw binary",
    };
    writeln!(t, "  format       {format}, {} bytes", grouped(image.file_bytes))?;
    writeln!(t, "  sha256       {}", image.sha256)?;
    writeln!(t, "  segments     {}", image.segments.len())?;
    for segment in &image.segments {
        writeln!(t, "    {}", line_of(segment))?;
    }
    if let Some(gaps) = place::gaps(image) {
        writeln!(t, "  gaps         {gaps}")?;
    }
    vectors(&mut t, image)?;
    match image.entry {
        Some(entry) => writeln!(t, "  entry        0x{entry:08x}{}", named(image, entry))?,
        None => writeln!(t, "  entry        not in the file; the vector table decides")?,
    }
    let functions = match image.symbols.functions() {
        0 => "none; addresses will have no names".to_owned(),
        count => format!("{} functions", grouped(count as u64)),
    };
    let lines = if image.symbols.has_lines() { "source lines" } else { "no source lines" };
    writeln!(t, "  symbols      {functions}, {lines}")?;
    writeln!(t, "  semihosting  {}", semihosting(image))?;
    if let Some(python) = place::python(image) {
        writeln!(t, "  python       {python}")?;
    }
    writeln!(t, "  family       {}", family(image))?;
    room(&mut t, image)?;
    for held in place::held(image) {
        writeln!(t, "  holds        {held}")?;
    }
    if let Some(expects) = place::expects(image) {
        writeln!(t, "  expects      {expects}")?;
    }
    write!(t, "  missing      {}", place::missing(image))?;
    Ok(t)
}

fn line_of(segment: &Segment) -> String {
    let bytes = grouped(segment.data.len() as u64);
    let place = format!("0x{:08x} {bytes:>11} bytes  {}", segment.addr, segment.region());
    match Region::of(segment.virt) {
        Some(region) if segment.virt != segment.addr => {
            format!("{place}, used at 0x{:08x} ({region})", segment.virt)
        }
        _ => place,
    }
}

/// The stack, the reset handler, and whatever does not go where most vectors go.
fn vectors(t: &mut String, image: &Image) -> fmt::Result {
    let start = match image.start() {
        Ok(start) => start,
        Err(problem) => {
            return writeln!(t, "  vectors      {}", problem.to_string().lines().next().unwrap_or_default());
        }
    };
    writeln!(t, "  vectors      at 0x{:08x}", start.vtor)?;
    writeln!(t, "    {:<22} 0x{:08x}", EXCEPTIONS[0], start.sp)?;
    writeln!(t, "    {:<22} 0x{:08x}{}", EXCEPTIONS[1], start.pc | 1, named(image, start.pc))?;
    let handlers: Vec<(usize, u32)> = (2..VECTORS)
        .map_while(|number| Some((number as usize, image.word(start.vtor + 4 * number)?)))
        // A table may be shorter: what follows it is code or data, and no handler.
        .take_while(|&(_, handler)| handler == 0 || (handler & 1 == 1 && image.holds(handler & !1)))
        .filter(|&(_, handler)| handler != 0)
        .collect();
    let mut uses: BTreeMap<u32, usize> = BTreeMap::new();
    for (_, handler) in &handlers {
        *uses.entry(*handler).or_default() += 1;
    }
    let common = uses.iter().max_by_key(|(_, uses)| **uses).filter(|(_, uses)| **uses > 1).map(|(&handler, _)| handler);
    for &(number, handler) in handlers.iter().filter(|(_, handler)| Some(*handler) != common) {
        let name = vector_name(number).map_or_else(|| format!("vector {number}"), str::to_owned);
        writeln!(t, "    {name:<22} 0x{handler:08x}{}", named(image, handler))?;
    }
    if let Some(common) = common {
        let count = format!("{} others", uses[&common]);
        writeln!(t, "    {count:<22} 0x{common:08x}{}", named(image, common))?;
    }
    Ok(())
}

/// The function at an address, with a space before it.
fn named(image: &Image, addr: u32) -> String {
    image.symbols.locate(addr).map(|place| format!(" {place}")).unwrap_or_default()
}

/// `BKPT 0xAB` asks the debugger for service (Arm, "Semihosting for AArch32 and AArch64", the T32 trap).
const SEMIHOSTING: u16 = 0xBEAB;

fn semihosting(image: &Image) -> String {
    let is_call = |addr: u32| {
        let half = [image.byte(addr), image.byte(addr + 1)];
        matches!(half, [Some(low), Some(high)] if u16::from_le_bytes([low, high]) == SEMIHOSTING)
    };
    let mut known = false;
    for (first, bytes) in image.symbols.code() {
        known = true;
        // Only in functions: songs and pictures have any two bytes in them.
        if let Some(addr) =
            (first..first.saturating_add(bytes).min(first.saturating_add(1 << 20))).step_by(2).find(|&a| is_call(a))
        {
            return format!("used, first at 0x{addr:08x}{}", named(image, addr));
        }
    }
    if known { "not used" } else { "unknown without symbols" }.to_owned()
}

fn room(t: &mut String, image: &Image) -> fmt::Result {
    let flash = |s: &&Segment| s.region() == Region::Flash;
    let used: u64 = image.segments.iter().filter(flash).map(|s| s.data.len() as u64).sum();
    let size = u64::from(Region::Flash.size());
    writeln!(t, "  flash        {} of {} bytes used", grouped(used), grouped(size))?;
    if image.format == Format::Elf {
        let in_ram = |at: &u32| matches!(Region::of(*at), Some(Region::Ram | Region::CodeRam));
        let reserved: u64 =
            image.reserved.iter().filter(|(at, _)| in_ram(at)).map(|&(_, bytes)| u64::from(bytes)).sum();
        let size = u64::from(Region::Ram.size());
        writeln!(
            t,
            "  RAM          {} of {} bytes reserved, stack and heap not counted",
            grouped(reserved),
            grouped(size)
        )?;
    }
    Ok(())
}

fn family(image: &Image) -> String {
    let Some(uf2) = &image.uf2 else { return "nRF52840: every segment lies in its memory".to_owned() };
    let name = uf2::family_name(uf2.family).unwrap_or("unknown");
    let others = if uf2.others > 0 { format!(", {} left out", grouped(uf2.others as u64)) } else { String::new() };
    format!("0x{:08x}, {name}; {} blocks{others}", uf2.family, grouped(uf2.blocks as u64))
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::testing::{Block, ElfFile, load, program, symbol_sections, text_section};

    fn elf() -> ElfFile {
        let mut data = program(0x2000_8000, 0x101);
        for number in 2..64 {
            data[4 * number..4 * number + 4].copy_from_slice(&0x105u32.to_le_bytes());
        }
        data[24..28].copy_from_slice(&0x111u32.to_le_bytes());
        data[96..100].copy_from_slice(&0x113u32.to_le_bytes());
        data[0x102..0x104].copy_from_slice(&SEMIHOSTING.to_le_bytes());
        let symbols = [
            ("Reset", 0x101, 4, 2, 1),
            ("Default_Handler", 0x105, 2, 2, 1),
            ("on_fault", 0x111, 2, 2, 1),
            ("on_timer", 0x113, 2, 2, 1),
        ];
        let mut elf = ElfFile::with(vec![load(0, data)]);
        elf.sections = vec![text_section(0, vec![0; 512])];
        elf.sections.extend(symbol_sections(2, &symbols));
        elf
    }

    #[test]
    fn an_image_is_described_in_the_order_in_which_people_ask() {
        let text = describe(&elf().parse().unwrap()).unwrap();
        let expected = "\
  segments     1
    0x00000000         512 bytes  flash
  vectors      at 0x00000000
    initial SP             0x20008000
    Reset                  0x00000101 Reset
    UsageFault             0x00000111 on_fault
    TIMER0                 0x00000113 on_timer
    60 others              0x00000105 Default_Handler
  entry        0x00000101 Reset
  symbols      4 functions, no source lines
  semihosting  used, first at 0x00000102 Reset+0x2
  family       nRF52840: every segment lies in its memory
  flash        512 of 1,048,576 bytes used
  RAM          0 of 262,144 bytes reserved, stack and heap not counted
  missing      nothing: it starts at address 0, as the part does";
        assert!(text.ends_with(expected), "{text}");
    }

    #[test]
    fn what_is_expected_below_an_image_is_said() {
        for (addr, words) in
            [(0x2_6000, "S140 version 6"), (0x2_7000, "S140 version 7"), (0x1000, "MBR"), (0xF_4000, "boot loader")]
        {
            let image = ElfFile::with(vec![load(addr, program(0x2000_8000, addr + 0x101))]).parse().unwrap();
            let text = describe(&image).unwrap();
            assert!(text.lines().last().unwrap().contains(words), "{text}");
        }
    }

    #[test]
    fn a_uf2_file_is_described_with_its_family_its_gaps_and_what_it_expects() {
        let mut data = program(0x2000_8000, 0x2_6101);
        data.extend(b"Adafruit CircuitPython 9.2.1 on 2024-11-20; Some Board\n\0");
        data[0x120..0x128].copy_from_slice(&[0x10, 0xDF, 0x70, 0x47, 0x11, 0xDF, 0x70, 0x47]);
        data.resize(0x300, 0);
        let mut file = Block::file(0x2_6000, &data);
        // The last block goes elsewhere.
        file[1024 + 12..1024 + 16].copy_from_slice(&0x3_0000u32.to_le_bytes());
        let text = describe(&Image::parse("app.uf2", &file, None).unwrap()).unwrap();
        for line in [
            "  format       UF2, 1,536 bytes",
            "  gaps         1 in flash, 40,448 bytes; the largest is 0x00026200 to 0x00030000",
            "  python       Adafruit CircuitPython 9.2.1 on 2024-11-20; Some Board",
            "  family       0xada52840, nRF52840; 3 blocks",
            "  expects      a UF2 boot loader",
            "  missing      SoftDevice S140 version 6 (6.0.0 to 6.1.1): it has calls of 2 of its functions; \
             `badgebench sim softdevice.hex app.uf2`",
        ] {
            assert!(text.lines().any(|l| l.starts_with(line)), "{line}: {text}");
        }
    }

    #[test]
    fn a_boot_loader_is_described_by_what_uicr_says_of_it() {
        let mut segments = vec![load(0, program(0x2000_0400, 0x101)), load(0xF_4000, program(0x2000_8000, 0xF_4101))];
        segments.push(load(0x1000_1014, [0xF_4000u32.to_le_bytes(), 0xF_E000u32.to_le_bytes()].concat()));
        let text = describe(&ElfFile::with(segments).parse().unwrap()).unwrap();
        for line in ["Nordic's MBR at 0", "a boot loader at 0x000f4000, as UICR", "the MBR's parameters at 0x000fe000"]
        {
            assert!(text.contains(&format!("  holds        {line}")), "{line}: {text}");
        }
    }

    #[test]
    fn an_image_without_vectors_is_described_all_the_same() {
        let image = Image::parse("settings.bin", &[0xff; 32], Some(0xF_F000)).unwrap();
        let text = describe(&image).unwrap();
        assert!(text.contains("no vector table") && text.contains("raw binary"), "{text}");
    }

    #[test]
    fn numbers_are_grouped_in_threes() {
        assert_eq!([0, 999, 1000, 1_048_576].map(grouped), ["0", "999", "1,000", "1,048,576"]);
    }
}
