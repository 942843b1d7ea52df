//! Small ELF files made by hand, so that every field can be wrong.

/// End of the nRF52840's RAM.
pub const SP: u32 = 0x2004_0000;
/// The reset vector of [`program`]: the code after 64 vectors, with the Thumb bit.
pub const RESET: u32 = 0x101;

/// A segment that is loaded.
#[derive(Clone)]
pub struct Load {
    pub addr: u32,
    pub data: Vec<u8>,
    /// `p_filesz` when it is not the length of the data.
    pub claims: Option<u32>,
    /// `p_memsz` when it is not `p_filesz`.
    pub memory: Option<u32>,
}

impl Load {
    pub fn new(addr: u32, data: Vec<u8>) -> Self {
        Self { addr, data, claims: None, memory: None }
    }
}

/// What goes into the file.
pub struct Elf {
    pub class: u8,
    pub order: u8,
    pub kind: u16,
    pub machine: u16,
    pub loads: Vec<Load>,
}

impl Elf {
    /// An executable for ARM.
    pub fn new(loads: Vec<Load>) -> Self {
        Self { class: 1, order: 1, kind: 2, machine: 40, loads }
    }

    /// A program that runs `code` from 0x100 on; see [`program`].
    pub fn running(code: &[u16], literals: &[u32]) -> Vec<u8> {
        Self::new(vec![Load::new(0, program(SP, RESET, code, literals))]).bytes()
    }

    /// ELF header, program headers, data (System V ABI, "Object Files").
    pub fn bytes(&self) -> Vec<u8> {
        let wide = self.class == 2;
        let (header, entry) = if wide { (64, 56) } else { (52, 32) };
        let mut file = vec![0x7F, b'E', b'L', b'F', self.class, self.order, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut put = |bytes: usize, value: u32| {
            let little = u64::from(value).to_le_bytes();
            let mut field = little[..bytes].to_vec();
            if self.order == 2 {
                field.reverse();
            }
            file.extend(field);
        };
        let address = if wide { 8 } else { 4 };
        let fields = [
            (2, self.kind.into()),
            (2, self.machine.into()),
            (4, 1),
            (address, RESET),
            (address, header),
            (address, 0),
            (4, 0x0500_0200),
            (2, header),
            (2, entry),
            (2, self.loads.len() as u32),
            (2, 0),
            (2, 0),
            (2, 0),
        ];
        fields.into_iter().for_each(|(bytes, value)| put(bytes, value));
        let mut at = header + entry * self.loads.len() as u32;
        for load in &self.loads {
            let length = load.claims.unwrap_or(load.data.len() as u32);
            let memory = load.memory.unwrap_or(length);
            if wide {
                put(4, 1);
                put(4, 5);
                [at, load.addr, load.addr, length, memory, 4].into_iter().for_each(|value| put(8, value));
            } else {
                [1, at, load.addr, load.addr, length, memory, 5, 4].into_iter().for_each(|value| put(4, value));
            }
            at += load.data.len() as u32;
        }
        self.loads.iter().for_each(|load| file.extend(&load.data));
        file
    }
}

/// A vector table of 64 words, of which only the first two are set, then code, then literals at the next multiple of 4.
pub fn program(sp: u32, reset: u32, code: &[u16], literals: &[u32]) -> Vec<u8> {
    let mut bytes: Vec<u8> = [sp, reset].iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.resize(0x100, 0);
    bytes.extend(code.iter().flat_map(|half| half.to_le_bytes()));
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(literals.iter().flat_map(|word| word.to_le_bytes()));
    bytes
}

/// A program that ends itself with SYS_EXIT_EXTENDED and this code (Arm, "Semihosting for AArch32 and AArch64").
pub fn exiting_with(code: u32) -> Vec<u8> {
    // movs r0, #0x20; ldr r1, [pc, #4]; bkpt 0xAB; b .; literal at 0x108: where {ADP_Stopped_ApplicationExit, code} is
    Elf::running(&[0x2020, 0x4901, 0xBEAB, 0xE7FE], &[0x10C, 0x2_0026, code])
}

/// A program that branches to itself.
pub fn parking() -> Vec<u8> {
    Elf::running(&[0xE7FE], &[])
}
