//! Whether a register is modelled: found out by using it, on a chip of its own that nobody else sees.

use super::blocks::{Block, Place};
use peripherals::kernel::{Access, Fabric, Register, Width};
use peripherals::nrf52840::{NOT_MODELLED, ResetCause, Soc, SocConfig};

/// How far a register goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// It is modelled.
    Modelled,
    /// Some of what can be written to it is not.
    Partly,
    /// Using it is a gap.
    Gap,
}

impl Extent {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Modelled => "yes",
            Self::Partly => "partly",
            Self::Gap => "no",
        }
    }
}

/// A chip to try registers on.
pub struct Trial {
    soc: Soc,
    fabric: Fabric,
}

impl Default for Trial {
    fn default() -> Self {
        let mut soc = Soc::new(SocConfig::default());
        let mut fabric = Fabric::default();
        soc.reset(ResetCause::PowerOn, &mut fabric.world);
        fabric.settle(&mut soc);
        Self { soc, fabric }
    }
}

impl Trial {
    /// How far `register` of `block` goes. What is written are 1 and all ones.
    pub fn extent(&self, block: &Block, register: &Register) -> Extent {
        if !block.without.is_empty() {
            return Extent::Gap;
        }
        if block.place == Place::Sci {
            return Extent::Modelled;
        }
        let address = block.address(register, 0);
        let reads = register.access == Access::W || self.is_quiet(block, |trial| trial.read(address));
        let writes = [1, u32::MAX]
            .map(|value| register.access == Access::R || self.is_quiet(block, |trial| trial.write(address, value)));
        match (reads, writes) {
            (true, [true, true]) => Extent::Modelled,
            (false, _) => Extent::Gap,
            (true, [false, false]) if register.access == Access::W => Extent::Gap,
            _ => Extent::Partly,
        }
    }

    /// Whether using a register like that is no gap.
    fn is_quiet(&self, block: &Block, mut touch: impl FnMut(&mut Self)) -> bool {
        let mut trial = Self { soc: self.soc.clone(), fabric: self.fabric.clone() };
        if let Place::Soc { base, enable, .. } = block.place
            && enable != 0
        {
            trial.write(base + 0x500, enable);
        }
        let gaps = |trial: &Self| {
            let list = trial.fabric.world.findings.all();
            list.iter()
                .filter(|finding| core::ptr::eq(finding.lint, &NOT_MODELLED))
                .map(|finding| finding.count)
                .sum::<u64>()
        };
        let before = gaps(&trial);
        touch(&mut trial);
        gaps(&trial) == before
    }

    fn read(&mut self, address: u32) {
        // That nothing answers is no gap.
        let _ = self.soc.read(address, Width::Word, &mut self.fabric.world);
        self.fabric.settle(&mut self.soc);
    }

    fn write(&mut self, address: u32, value: u32) {
        let _ = self.soc.write(address, Width::Word, value, &mut self.fabric.world);
        self.fabric.settle(&mut self.soc);
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks;
    use super::*;

    fn extent(block: &str, register: &str) -> Extent {
        let block = blocks::find(block).expect("a block");
        Trial::default().extent(&block, block.register(register).expect("a register").0)
    }

    #[test]
    fn what_a_model_says_decides() {
        assert_eq!(extent("TIMER0", "CC"), Extent::Modelled);
        assert_eq!(extent("GPIO", "OUTSET"), Extent::Modelled);
        assert_eq!(extent("SPIM0", "TASKS_START"), Extent::Modelled);
        assert_eq!(extent("SCB", "CCR"), Extent::Partly, "BFHFNMIGN");
        assert_eq!(extent("RADIO", "FREQUENCY"), Extent::Gap);
        assert_eq!(extent("ETM", "ETMCR"), Extent::Gap);
    }
}
