//! What an image's place in flash and its contents say about what it is and what belongs to it on a board.
//!
//! Where things lie: Nordic's MBR at 0 to 0xFFF, a SoftDevice from 0x1000 on, boot loaders near the end, whose address UICR.NRFFW[0]
//! names to the MBR (nRF5 SDK, "Memory layout"; Adafruit's boot loader has its own at 0xF4000).

use super::grouped;
use crate::image::{Format, Image, Region, Segment, SoftDevice, guess, system_calls};

/// UICR.NRFFW[0] and [1].
const NRFFW: [u32; 2] = [0x1000_1014, 0x1000_1018];
/// The MBR ends here.
const MBR_END: u32 = 0x1000;
/// Where its stack starts, in every version so far.
const MBR_STACK: u32 = 0x2000_0400;
/// Boot loaders lie from here on.
const BOOT_LOADERS: u32 = 0xE_0000;

/// Where nothing lies between the first and the last byte of flash.
pub(super) fn gaps(image: &Image) -> Option<String> {
    let flash: Vec<&Segment> = image.segments.iter().filter(|s| s.region() == Region::Flash).collect();
    let gaps = flash.windows(2).map(|pair| (pair[0].end(), pair[1].addr)).filter(|(from, to)| from < to);
    let (count, bytes, largest) =
        gaps.fold((0, 0u64, (0, 0)), |(count, bytes, largest): (u32, u64, (u32, u32)), gap| {
            let larger = gap.1 - gap.0 > largest.1 - largest.0;
            (count + 1, bytes + u64::from(gap.1 - gap.0), if larger { gap } else { largest })
        });
    let (from, to) = largest;
    (count > 0)
        .then(|| format!("{count} in flash, {} bytes; the largest is 0x{from:08x} to 0x{to:08x}", grouped(bytes)))
}

/// How Python interpreters introduce themselves.
pub(super) fn python(image: &Image) -> Option<String> {
    ["Adafruit CircuitPython ", "CircuitPython ", "MicroPython v"].iter().find_map(|name| {
        image.segments.iter().find_map(|segment| {
            let at = memchr(&segment.data, name.as_bytes())?;
            let text = segment.data[at..].iter().take(120).take_while(|byte| (0x20..0x7F).contains(*byte));
            let text: String = text.map(|&byte| char::from(byte)).collect();
            Some(text.trim_end().to_owned())
        })
    })
}

fn memchr(data: &[u8], wanted: &[u8]) -> Option<usize> {
    data.windows(wanted.len()).position(|window| window == wanted)
}

/// What the image holds beside an application.
pub(super) fn held(image: &Image) -> Vec<String> {
    let mut held = Vec::new();
    let at_zero = image.start().is_ok_and(|start| start.vtor == 0 && start.pc < MBR_END);
    let softdevice = SoftDevice::find(|addr| image.word(addr));
    let boot_loader = image.word(NRFFW[0]).filter(|&at| at != u32::MAX);
    let own_stack = image.start().is_ok_and(|start| start.sp == MBR_STACK);
    let ends_there = own_stack && image.segments.first().is_some_and(|s| s.addr == 0 && s.end() <= MBR_END);
    if at_zero && (softdevice.is_some() || boot_loader.is_some() || ends_there) {
        held.push("Nordic's MBR at 0".to_owned());
    }
    if let Some(softdevice) = softdevice {
        held.push(format!("{softdevice}; an application follows it at 0x{:08x}", softdevice.end));
    }
    if let Some(at) = boot_loader {
        let here = if image.holds(at) { "" } else { ", which is not in this image" };
        held.push(format!("a boot loader at 0x{at:08x}, as UICR.NRFFW[0] tells the MBR{here}"));
    }
    if let Some(at) = image.word(NRFFW[1]).filter(|&at| at != u32::MAX) {
        held.push(format!("the MBR's parameters at 0x{at:08x}, as UICR.NRFFW[1] says"));
    }
    held
}

/// What puts it into flash and starts it on a board.
pub(super) fn expects(image: &Image) -> Option<&'static str> {
    if image.format != Format::Uf2 {
        return None;
    }
    Some(
        "a UF2 boot loader (Adafruit's, for one), which is a USB drive that such files are copied to; a run goes without",
    )
}

/// What it needs that it does not hold.
pub(super) fn missing(image: &Image) -> String {
    let Ok(start) = image.start() else { return "a vector table".to_owned() };
    let calls = system_calls(image);
    let needs = match (&calls[..], start.vtor) {
        ([], _) | (_, 0) => None,
        ([0x18], _) => Some(("Nordic's MBR at 0", "mbr")),
        (_, vtor) => Some((guess(vtor), "softdevice")),
    };
    if let Some((what, file)) = needs.filter(|_| SoftDevice::find(|addr| image.word(addr)).is_none()) {
        let functions = if calls.len() == 1 { "function" } else { "functions" };
        return format!(
            "{what}: it has calls of {} of its {functions}; `badgebench sim {file}.hex {}`",
            calls.len(),
            image.path
        );
    }
    match start.vtor {
        0 => "nothing: it starts at address 0, as the part does",
        MBR_END => "nothing that it calls; on a board Nordic's MBR is at 0, which a run goes without",
        0x1_9000..=0x1_C000 => {
            "nothing that it calls; on a board a SoftDevice is below it (S112, S113, or S140 of old)"
        }
        0x2_3000 | 0x2_5000 | 0x2_6000 => {
            "nothing that it calls; on a board SoftDevice S140 version 6 or older is below it"
        }
        0x2_7000 => "nothing that it calls; on a board SoftDevice S140 version 7 is below it",
        0xC000..=0xC800 | 0x1_0000..=0x1_0800 => "a boot loader such as MCUboot below it, which a run goes without",
        BOOT_LOADERS..=0xF_FFFF => "an application: this looks like a boot loader",
        0x1000_0000.. => "nothing in flash: it runs from RAM, as a debugger would load it",
        _ => "nothing that it calls; on a board something lies below it in flash",
    }
    .to_owned()
}
