//! Stdout is the firmware's, stderr is ours.

use crate::support::{Bench, played};

#[test]
fn stdout_carries_the_firmwares_text_and_nothing_else() {
    assert_eq!(played("example-c").stdout, "hello from C\n");
    assert_eq!(played("example-rust").stdout, "hello from Rust\n");
    for (name, bytes) in [("cached", 134_400), ("loop", 134_400), ("ogg", 110_751)] {
        let elf = match name {
            "cached" => "player-cached",
            "loop" => "player-loop",
            _ => "player-ogg",
        };
        let lines: Vec<_> = played(elf).stdout.lines().collect();
        let [first, dwt, last] = lines[..] else { panic!("three lines: {lines:?}") };
        assert_eq!(first, format!("player {name}: {bytes} bytes"));
        assert_eq!(last, format!("player {name}: done"));
        assert!(dwt.starts_with("dwt: elapsed_cycles="), "{dwt}");
    }
}

/// A good run says one note, progress, and the four last lines.
#[test]
fn stderr_of_a_good_run_is_short() {
    for elf in ["player-cached", "player-ogg", "example-c"] {
        let lines: Vec<_> = played(elf).stderr.lines().collect();
        let (talk, last) = lines.split_at(lines.len() - 4);
        assert!(talk[0].starts_with("note: this run stops after 10 min of host time"), "{talk:?}");
        assert!(talk[1..].iter().all(|line| line.starts_with("progress: ")), "{talk:?}");
        for (line, label) in last.iter().zip(["played: ", "sent:   ", "SPI:    ", "speed:  "]) {
            assert!(line.starts_with(label), "{line}");
        }
    }
    let said = &played("player-cached").stderr;
    for words in ["MP3, 128 kbit/s, 48 kHz stereo, 8.400 s", "134,400 bytes in 8.", "smooth", "mode 3, msb-first"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(said.lines().last().is_some_and(|line| line.ends_with("x real time")), "{said}");
}

#[test]
fn stderr_in_a_file_has_no_colours() {
    assert!(!played("player-no-dreq").stderr.contains('\u{1b}'));
}

#[test]
fn console_chooses_whose_text_is_shown() {
    for (port, text) in
        [("none", ""), ("uart0", ""), ("semihosting", "hello from Rust\n"), ("auto", "hello from Rust\n")]
    {
        let run = Bench::new().sim(&format!("fixtures/example-rust.elf --console {port}"));
        run.expect_status(0);
        assert_eq!(run.stdout, text, "--console {port}");
    }
}

/// An RTT control block in RAM as SEGGER documents it, with text in up-buffer 0; the code ends the run at once.
#[test]
fn text_of_rtt_goes_to_stdout_also_when_the_run_ends_early() {
    use crate::support::elf::{Elf, Load, RESET, SP, program};
    let mut ram = b"SEGGER RTT\0\0\0\0\0\0".to_vec();
    ram.extend([1, 0, 0x2000_0040, 0x2000_0050, 16, 9, 0, 0].into_iter().flat_map(u32::to_le_bytes));
    ram.resize(0x40, 0);
    ram.extend(b"Terminal\0\0\0\0\0\0\0\0hello RTT");
    let code = program(SP, RESET, &[0x2020, 0x4901, 0xBEAB, 0xE7FE], &[0x10C, 0x2_0026, 0]);
    let elf = Elf::new(vec![Load::new(0, code), Load::new(0x2000_0000, ram)]).bytes();
    for (port, text) in [("auto", "hello RTT"), ("rtt", "hello RTT"), ("itm", ""), ("none", "")] {
        let run = Bench::new().write("rtt.elf", elf.clone()).sim(&format!("rtt.elf --console {port}"));
        assert_eq!(run.stdout, text, "--console {port}: {}", run.stderr);
        run.expect_status(0);
    }
}

/// What CMSIS `ITM_SendChar` does once DEMCR.TRCENA, ITM.TCR and ITM.TER are set, then `b .`.
#[test]
fn text_of_itm_goes_to_stdout() {
    use crate::support::elf::Elf;
    let code = [
        0x4808, // ldr  r0, =DEMCR
        0x4909, // ldr  r1, =TRCENA
        0x6001, // str  r1, [r0]
        0x4809, // ldr  r0, =ITM
        0x4A09, // ldr  r2, =TCR
        0x4B0A, // ldr  r3, =TER
        0x2101, // movs r1, #1
        0x5081, // str  r1, [r0, r2]
        0x50C1, // str  r1, [r0, r3]
        0x6802, // ldr  r2, [r0]        until the port is ready
        0x2A00, // cmp  r2, #0
        0xD0FC, // beq  the load before
        0x2148, // movs r1, #'H'
        0x7001, // strb r1, [r0]
        0x2169, // movs r1, #'i'
        0x7001, // strb r1, [r0]
        0xE7FE, // b    .
    ];
    let literals = [0xE000_EDFC, 1 << 24, 0xE000_0000, 0xE80, 0xE00];
    for (port, text) in [("auto", "Hi"), ("itm", "Hi"), ("rtt", "")] {
        let run = Bench::new()
            .write("itm.elf", Elf::running(&code, &literals))
            .sim(&format!("itm.elf --for 100ms --console {port}"));
        assert_eq!(run.stdout, text, "--console {port}: {}", run.stderr);
        run.expect_status(0);
    }
}

/// Text from a UART: ENABLE, PSEL.TXD and a byte in TXD (nRF52840 PS, UART), then `b .`.
#[test]
fn text_of_a_uart_goes_to_stdout() {
    use crate::support::elf::Elf;
    let code = [
        0x4808, // ldr  r0, [pc, #32]   the UART
        0x2106, // movs r1, #6          P0.06
        0x4A08, // ldr  r2, [pc, #32]   PSEL.TXD
        0x5081, // str  r1, [r0, r2]
        0x2104, // movs r1, #4
        0x4A08, // ldr  r2, [pc, #32]   ENABLE
        0x5081, // str  r1, [r0, r2]
        0x2101, // movs r1, #1
        0x6081, // str  r1, [r0, #8]    TASKS_STARTTX
        0x2148, // movs r1, #'H'
        0x4A06, // ldr  r2, [pc, #24]   TXD
        0x5081, // str  r1, [r0, r2]
        0x4A06, // ldr  r2, [pc, #24]   EVENTS_TXDRDY
        0x5883, // ldr  r3, [r0, r2]
        0x2B00, // cmp  r3, #0
        0xD0FC, // beq  the load before
        0xE7FE, // b    .
    ];
    let run = Bench::new()
        .write("uart.elf", Elf::running(&code, &[0x4000_2000, 0x50C, 0x500, 0x51C, 0x11C]))
        .sim("uart.elf --for 100ms");
    assert_eq!(run.stdout, "H", "{}", run.stderr);
    run.expect_status(0);
}
