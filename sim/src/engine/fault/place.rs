//! What lies at an address, in words.

use crate::image::{Firmware, Region};
use peripherals::nrf52840::map;

/// How far below a stack's limit an address still looks like the work of an overflow, in bytes.
const JUST_BELOW: u32 = 4096;
/// Offsets from a null pointer that are likely: members of a structure.
const NEAR_NULL: u32 = 256;
/// Names that linker scripts give the lowest address of the main stack: cortex-m-rt, CMSIS and nRF5 SDK, Zephyr's and others'.
const STACK_LIMITS: [&str; 5] = ["_stack_end", "__StackLimit", "__stack_limit", "_sstack", "__stack_end__"];

/// What lies at `addr`.
pub fn describe(addr: u32, firmware: &Firmware) -> String {
    let memory = match Region::of(addr) {
        Some(region @ (Region::Flash | Region::CodeRam | Region::Ram)) => region,
        _ => return outside(addr),
    };
    let data = match memory {
        Region::CodeRam => addr - Region::CodeRam.base() + Region::Ram.base(),
        _ => addr,
    };
    let object = firmware.variable(data).map(|v| (v.name, data - v.addr));
    let inside = object.or_else(|| firmware.locate(addr).map(|at| (at.function, at.offset)));
    match inside {
        Some((name, 0)) => format!("{memory}, `{name}`"),
        Some((name, offset)) => format!("{memory}, `{name}`+0x{offset:x}"),
        None if addr < NEAR_NULL => format!("{memory}, the vector table; probably by a null pointer"),
        None => memory.to_string(),
    }
}

fn outside(addr: u32) -> String {
    let ram = Region::Ram.base();
    if (ram - JUST_BELOW..ram).contains(&addr) {
        return format!("no memory, {} bytes below RAM: a stack has probably overflowed", ram - addr);
    }
    if addr == ram + Region::Ram.size() {
        return "no memory, right behind the end of RAM".into();
    }
    // ENABLE of a shared page is not known here; 0 names the page's first block.
    if let Some(register) = map::register_name(addr, 0) {
        return format!("the register {register}");
    }
    if let Some(block) = map::page(addr).next() {
        return format!("no register of {}", block.name);
    }
    match addr {
        0x4000_0000..0x6000_0000 => "no peripheral".into(),
        0xE000_0000..0xE010_0000 => "the private peripheral bus".into(),
        0x1200_0000..0x1A00_0000 => {
            "the window of the external flash (QSPI XIP): open for loads while QSPI is active, and never for code here"
                .into()
        }
        _ => "no memory and no peripheral".into(),
    }
}

/// What is wrong with the stack pointer `sp` that a fault left, if anything; `main` is the main stack.
pub fn stack(sp: u32, main: bool, firmware: &Firmware) -> Option<String> {
    let ram = Region::Ram;
    if let Some(name) = STACK_LIMITS.iter().find(|name| firmware.symbol(name).is_some()).filter(|_| main) {
        let limit = firmware.symbol(name).map_or(0, |s| s.addr);
        if Region::of(limit) == Some(ram) && sp < limit && limit - sp <= ram.size() {
            return Some(format!("SP is {} bytes below `{name}`: the stack has overflowed", limit - sp));
        }
    }
    let top = ram.base() + ram.size();
    match Region::of(sp) {
        Some(Region::Ram | Region::CodeRam) => None,
        _ if sp == top => None,
        _ if sp < ram.base() && ram.base() - sp <= JUST_BELOW => {
            Some(format!("SP is {} bytes below RAM: the stack has overflowed", ram.base() - sp))
        }
        _ => Some(format!("SP 0x{sp:08x} is not in RAM")),
    }
}
