//! Blocks with registers: those of the SoC, those of the core, and the VS1053.

use super::fields::{self, Field};
use peripherals::cortex_m::Ppb;
use peripherals::kernel::{Access, Register, RegisterMap};
use peripherals::nrf52840::map;

/// A block at its place.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// The manual's name, such as `TIMER0`.
    pub name: &'static str,
    /// Where its registers are.
    pub place: Place,
    /// Its registers.
    pub registers: &'static RegisterMap,
    /// What its absence means for a run; empty when it is modelled.
    pub without: &'static str,
}

/// How the registers of a block are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At addresses from this one on.
    Soc {
        /// Of the register at offset 0.
        base: u32,
        /// Its interrupt.
        irq: Option<u8>,
        /// What its ENABLE holds when the page is its own; 0 when there is no such.
        enable: u32,
    },
    /// On the core's private peripheral bus.
    Core {
        /// Of the register at offset 0.
        base: u32,
    },
    /// By commands over SPI; the offset is SCI's address.
    Sci,
}

/// SCI's registers as a table (VS1053b datasheet v1.33, 9.6 "SCI Registers"; values after the boot).
static SCI: RegisterMap = RegisterMap {
    block: "VS1053",
    source: "VS1053b datasheet v1.33, SCI Registers",
    registers: &[
        sci(0x0, "MODE", Access::RW, 0x4800),
        sci(0x1, "STATUS", Access::RW, 0x0040),
        sci(0x2, "BASS", Access::RW, 0),
        sci(0x3, "CLOCKF", Access::RW, 0),
        sci(0x4, "DECODE_TIME", Access::RW, 0),
        sci(0x5, "AUDATA", Access::RW, 0x1F40),
        sci(0x6, "WRAM", Access::RW, 0),
        sci(0x7, "WRAMADDR", Access::W, 0),
        sci(0x8, "HDAT0", Access::R, 0),
        sci(0x9, "HDAT1", Access::R, 0),
        sci(0xA, "AIADDR", Access::RW, 0),
        sci(0xB, "VOL", Access::RW, 0),
        sci(0xC, "AICTRL0", Access::RW, 0),
        sci(0xD, "AICTRL1", Access::RW, 0),
        sci(0xE, "AICTRL2", Access::RW, 0),
        sci(0xF, "AICTRL3", Access::RW, 0),
    ],
};

const fn sci(offset: u16, name: &'static str, access: Access, reset: u32) -> Register {
    Register { offset, name, access, reset, count: 1, stride: 1 }
}

impl Block {
    /// The address of a register, or its number on SCI.
    pub fn address(&self, register: &Register, index: u16) -> u32 {
        let at = u32::from(register.offset) + u32::from(index) * u32::from(register.stride);
        match self.place {
            Place::Soc { base, .. } | Place::Core { base } => base.wrapping_add(at),
            Place::Sci => at,
        }
    }

    /// The register called `name`, such as `CC`, `CC[2]`; of an array without an index the whole of it.
    pub fn register(&self, name: &str) -> Option<(&'static Register, Option<u16>)> {
        let (stem, index) = match name.split_once('[') {
            Some((stem, rest)) => (stem, Some(rest.strip_suffix(']')?.parse::<u16>().ok()?)),
            None => (name, None),
        };
        let register = self.registers.registers.iter().find(|r| r.name.eq_ignore_ascii_case(stem))?;
        index.is_none_or(|index| index < register.count).then_some((register, index))
    }

    /// The fields of one of its registers, where they are known.
    pub fn fields(&self, register: &Register) -> &'static [Field] {
        if self.place == Place::Sci { fields::of_sci(register.name) } else { &[] }
    }

    /// Where its registers are, for people.
    pub fn whereabouts(&self) -> String {
        match self.place {
            Place::Soc { base, irq: Some(irq), .. } => format!("0x{base:08x}, interrupt {irq}"),
            Place::Soc { base, irq: None, .. } | Place::Core { base } => format!("0x{base:08x}"),
            Place::Sci => "by SCI".to_owned(),
        }
    }
}

/// Every block, by address; the VS1053 last.
pub fn all() -> Vec<Block> {
    let soc = map::instances().map(|i| Block {
        name: i.name,
        place: Place::Soc { base: i.base, irq: i.irq, enable: i.enable },
        registers: i.registers,
        without: i.without,
    });
    let core = Ppb::units().map(|(base, registers)| Block {
        name: registers.block,
        place: Place::Core { base },
        registers,
        without: "",
    });
    let mut all: Vec<Block> = soc.chain(core).collect();
    all.sort_by_key(|block| match block.place {
        Place::Soc { base, .. } | Place::Core { base } => base,
        Place::Sci => u32::MAX,
    });
    all.push(Block { name: "VS1053", place: Place::Sci, registers: &SCI, without: "" });
    all
}

/// Names of GPIO's ports are names of GPIO too.
pub fn find(name: &str) -> Option<Block> {
    let name = match name.to_ascii_uppercase().as_str() {
        "P0" | "P1" => "GPIO".to_owned(),
        "SCI" => "VS1053".to_owned(),
        _ => name.to_owned(),
    };
    all().into_iter().find(|block| block.name.eq_ignore_ascii_case(&name))
}

/// Registers with this address: several where blocks share a page.
pub fn at(address: u32) -> Vec<(Block, &'static Register, u16)> {
    let mut found = Vec::new();
    for block in all() {
        let (Place::Soc { base, .. } | Place::Core { base }) = block.place else { continue };
        let offset = address.checked_sub(base).and_then(|at| u16::try_from(at).ok()).filter(|&at| at < 0x1000);
        if let Some((register, index)) = offset.and_then(|at| block.registers.find(at)) {
            found.push((block, register, index));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use peripherals::chips::vs1053;

    #[test]
    fn blocks_and_registers_are_found_by_name_and_by_address() {
        let timer = find("timer0").unwrap();
        let (cc, index) = timer.register("cc[2]").unwrap();
        assert_eq!((cc.name, index, timer.address(cc, 2)), ("CC", Some(2), 0x4000_8548));
        assert!(timer.register("CC[4]").is_none() && timer.register("CC[").is_none() && timer.register("X").is_none());
        assert!(
            at(0x4000_8548)
                .iter()
                .any(|(block, register, index)| { (block.name, register.name, *index) == ("TIMER0", "CC", 2) })
        );
        assert_eq!(at(0xE000_ED08).first().map(|(block, r, _)| (block.name, r.name)), Some(("SCB", "VTOR")));
        assert!(at(0x2000_0000).is_empty());
        let sci = find("VS1053").unwrap();
        let (clockf, _) = sci.register("CLOCKF").unwrap();
        assert_eq!((sci.address(clockf, 0), sci.fields(clockf).len()), (3, 3));
    }

    #[test]
    fn sci_has_the_registers_that_the_chip_reports() {
        let names: Vec<_> = SCI.registers.iter().map(|register| register.name).collect();
        assert_eq!(names, vs1053::REGISTERS);
    }
}
