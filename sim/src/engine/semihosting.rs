//! Semihosting: what firmware asks of a debugger by BKPT 0xAB (Arm IHI 0058 / DUI 0471, "Semihosting operations").
//!
//! 1. Only what ends a run, prints, or reads a key is offered. SYS_READC holds the core until something is typed; interrupts wait
//!    meanwhile, and when nothing more can come it answers -1. Operations on the host's files are refused: firmware is untrusted.

use super::core::Memory;

/// What the firmware asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Text for the console.
    Text(Vec<u8>),
    /// A byte of what is typed, to be waited for.
    ReadByte,
    /// The end of the run.
    Exit {
        /// 0 when all was well.
        code: i64,
    },
    /// An operation that is not offered; it answers -1.
    Unknown(u32),
}

const SYS_WRITEC: u32 = 0x03;
const SYS_WRITE0: u32 = 0x04;
const SYS_READC: u32 = 0x07;
const SYS_EXIT: u32 = 0x18;
const SYS_EXIT_EXTENDED: u32 = 0x20;
/// ADP_Stopped_ApplicationExit.
const APPLICATION_EXIT: u32 = 0x2_0026;
/// A string without an end is cut here.
const LONGEST_TEXT: u32 = 64 * 1024;

/// What `operation` (R0) with `parameter` (R1) asks for.
pub fn request(operation: u32, parameter: u32, memory: &Memory) -> Request {
    match operation {
        SYS_WRITEC => Request::Text(memory.read(parameter, 1).unwrap_or_default()),
        SYS_WRITE0 => Request::Text(string(parameter, memory)),
        SYS_READC => Request::ReadByte,
        // On a 32-bit core SYS_EXIT has the reason itself in R1.
        SYS_EXIT => Request::Exit { code: code_of(parameter, 1) },
        SYS_EXIT_EXTENDED => {
            let reason = memory.word(parameter).unwrap_or(0);
            let subcode = memory.word(parameter.wrapping_add(4)).unwrap_or(1);
            Request::Exit { code: if reason == APPLICATION_EXIT { i64::from(subcode as i32) } else { 1 } }
        }
        other => Request::Unknown(other),
    }
}

fn code_of(reason: u32, otherwise: i64) -> i64 {
    if reason == APPLICATION_EXIT { 0 } else { otherwise }
}

fn string(start: u32, memory: &Memory) -> Vec<u8> {
    let mut text = Vec::new();
    let mut at = start;
    while text.len() < LONGEST_TEXT as usize {
        // Short pieces, so that a string close to the end of memory is found too.
        let Some(piece) = memory.read(at, 64).or_else(|| memory.read(at, 1)) else { break };
        match piece.iter().position(|&byte| byte == 0) {
            Some(end) => {
                text.extend_from_slice(&piece[..end]);
                break;
            }
            None => text.extend_from_slice(&piece),
        }
        at = at.wrapping_add(piece.len() as u32);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_ends_at_its_zero_or_at_the_end_of_memory() {
        let m = Memory::new();
        m.write(0x2000_0000, b"hello\0world");
        assert_eq!(request(SYS_WRITE0, 0x2000_0000, &m), Request::Text(b"hello".to_vec()));
        m.write(0x2003_FFFD, b"end");
        assert_eq!(request(SYS_WRITE0, 0x2003_FFFD, &m), Request::Text(b"end".to_vec()));
        assert_eq!(request(SYS_WRITE0, 0x3000_0000, &m), Request::Text(Vec::new()));
    }

    #[test]
    fn an_exit_carries_its_code() {
        let m = Memory::new();
        assert_eq!(request(SYS_EXIT, APPLICATION_EXIT, &m), Request::Exit { code: 0 });
        assert_eq!(request(SYS_EXIT, 0x2_0023, &m), Request::Exit { code: 1 });
        m.write(0x2000_0000, &[0x26, 0, 2, 0, 7, 0, 0, 0]);
        assert_eq!(request(SYS_EXIT_EXTENDED, 0x2000_0000, &m), Request::Exit { code: 7 });
    }

    #[test]
    fn nothing_else_is_offered() {
        assert_eq!(request(0x01, 0, &Memory::new()), Request::Unknown(1));
    }
}
