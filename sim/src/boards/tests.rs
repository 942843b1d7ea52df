//! The built-in boards against the contract's pins, and one test for each way in which a board is refused.

use super::*;
use peripherals::chips::{norflash, vs1053};
use peripherals::kernel::{ActorId, Level, PinId, Resolved, SOC};
use proptest::prelude::*;

const NONE: [&str; 0] = [];

fn board(name: &str) -> Board {
    Board::load(name, &NONE).unwrap()
}

fn pin(text: &str) -> SocPin {
    SocPin::parse(text).unwrap()
}

/// The SoC pin of each pin of the first chip that has one.
fn pins(board: &Board) -> Vec<(&'static str, String)> {
    let (_, chip, _) = board.chips().next().unwrap();
    let placed = |(name, target): &(&'static str, Target)| match target {
        Target::Pin(pin) => Some((*name, pin.to_string())),
        _ => None,
    };
    chip.pins.iter().filter_map(placed).collect()
}

fn refused(result: Result<Board, BoardError>, words: &[&str]) {
    let text = result.expect_err("it should be refused").to_string();
    for word in words {
        assert!(text.contains(word), "`{word}` is missing in: {text}");
    }
    assert!(!text.ends_with('.'), "{text}");
}

fn parsed(text: &str) -> Result<Board, BoardError> {
    Board::parse("my.toml", text, &NONE)
}

const CHIP: &str = "[[chip]]\ntype = \"vs1053\"\n[chip.pins]\nSCLK = \"P0.03\"\nMOSI = \"P0.04\"\nMISO = \"P0.05\"\n\
                    XCS = \"P0.06\"\nXDCS = \"P0.07\"\nDREQ = \"P0.08\"\nXRESET = \"P0.09\"\n";

fn chip_with(more: &str) -> String {
    format!("{CHIP}{more}")
}

/// contract, "The built-in boards".
#[test]
fn the_dongle_is_wired_as_in_the_article() {
    let b = board("dongle");
    let expected = [
        ("SCLK", "P0.22"),
        ("MOSI", "P1.00"),
        ("MISO", "P0.24"),
        ("XCS", "P0.29"),
        ("XDCS", "P0.31"),
        ("DREQ", "P0.02"),
        ("XRESET", "P1.15"),
    ];
    assert_eq!(pins(&b), expected.map(|(name, pin)| (name, pin.to_owned())));
    assert_eq!((b.name.as_str(), b.soc.lfxo, b.soc.supply), ("dongle", true, Supply::Vddh));
    assert_eq!(b.soc.reset_pin, Some(pin("P0.18")));
    assert_eq!((b.soc.uicr[&0x200], b.soc.uicr[&0x204]), (18, 18));
    let (_, chip, kind) = b.chips().next().unwrap();
    assert_eq!(
        (chip.name.as_str(), kind),
        ("VS1053", &ChipKind::Vs1053(vs1053::Config { xtali_hz: 12_288_000, ..vs1053::Config::default() }))
    );
    let lamps: Vec<(&str, PartKind, Target)> =
        b.parts[1..].iter().map(|p| (p.name.as_str(), p.kind.clone(), p.pins[0].1)).collect();
    let led = || PartKind::Led { active_low: true };
    assert_eq!(
        lamps,
        [
            ("LED1", led(), Target::Pin(pin("P0.06"))),
            ("LED2_RED", led(), Target::Pin(pin("P0.08"))),
            ("LED2_GREEN", led(), Target::Pin(pin("P1.09"))),
            ("LED2_BLUE", led(), Target::Pin(pin("P0.12"))),
            ("SW1", PartKind::Button { active_low: true }, Target::Pin(pin("P1.06"))),
        ]
    );
}

/// contract, "The built-in boards".
#[test]
fn the_dk_has_the_breakout_on_its_arduino_header() {
    let b = board("dk");
    let expected = [
        ("SCLK", "P1.15"),
        ("MOSI", "P1.13"),
        ("MISO", "P1.14"),
        ("XCS", "P1.12"),
        ("XDCS", "P1.11"),
        ("DREQ", "P1.10"),
        ("XRESET", "P1.08"),
    ];
    assert_eq!(pins(&b), expected.map(|(name, pin)| (name, pin.to_owned())));
    let at = |kind: fn(&PartKind) -> bool| -> Vec<Target> {
        b.parts.iter().filter(|p| kind(&p.kind)).map(|p| p.pins[0].1).collect()
    };
    let targets = |names: [&str; 4]| names.map(|n| Target::Pin(pin(n))).to_vec();
    assert_eq!(at(|k| matches!(k, PartKind::Led { .. })), targets(["P0.13", "P0.14", "P0.15", "P0.16"]));
    assert_eq!(at(|k| matches!(k, PartKind::Button { .. })), targets(["P0.11", "P0.12", "P0.24", "P0.25"]));
    for (label, at) in [
        ("UART0_TX", "P0.06"),
        ("UART0_RX", "P0.08"),
        ("UART0_RTS", "P0.05"),
        ("UART0_CTS", "P0.07"),
        ("QSPI_CSN", "P0.17"),
        ("QSPI_SCK", "P0.19"),
        ("QSPI_IO0", "P0.20"),
        ("QSPI_IO3", "P0.23"),
    ] {
        assert_eq!(b.wire_at(pin(at)).name, label);
    }
    assert_eq!(b.wire_at(pin("P0.07")).pulls, [Drive::Low]);
}

/// contract, "The built-in boards".
#[test]
fn the_aramcon_badge_uses_the_crystal_pins() {
    let b = board("aramcon");
    let expected = [
        ("SCLK", "P0.01"),
        ("MOSI", "P1.10"),
        ("MISO", "P1.09"),
        ("XCS", "P1.13"),
        ("XDCS", "P0.24"),
        ("DREQ", "P0.13"),
        ("XRESET", "P0.00"),
    ];
    assert_eq!(pins(&b), expected.map(|(name, pin)| (name, pin.to_owned())));
    assert!(!b.soc.lfxo);
}

/// nRF52840 DK user guide, "External memory", and CircuitPython's ports/nrf/boards/aramcon_badge_2019.
#[test]
fn boards_have_their_flash_chips() {
    for (name, part, pins) in [
        ("dk", "mx25r6435f", ["P0.19", "P0.17", "P0.20", "P0.21", "P0.22", "P0.23"]),
        ("aramcon", "gd25q16c", ["P1.00", "P1.02", "P0.22", "P0.20", "P1.04", "P1.06"]),
    ] {
        let b = board(name);
        let (index, _, kind) = b.chips().nth(1).unwrap();
        assert_eq!(kind, &ChipKind::NorFlash(norflash::Part::named(part).unwrap()));
        let (nets, wiring) = wired(&b);
        for (signal, at) in ["SCK", "CSN", "IO0", "IO1", "IO2", "IO3"].iter().zip(pins) {
            let net = wiring.parts[index].net(&format!("QSPI_{signal}"));
            assert!(net.is_some() && net == nets.net_of(SOC, pin(at).id()), "{name} {signal}");
        }
    }
    refused(
        parsed("[[chip]]\ntype = \"gd25q16c\"\nxtali_hz = 3\n[chip.pins]\nQSPI_SCK = \"P0.01\"\n"),
        &["my.toml:3:1", "`xtali_hz`"],
    );
}

#[test]
fn bare_is_the_soc_alone() {
    let b = board("bare");
    assert!(b.parts.is_empty());
    assert_eq!(b.wires.len(), usize::from(SOC_PINS));
    assert!(b.wires.iter().all(|w| w.pulls.is_empty()));
}

fn wired(b: &Board) -> (Nets, Wiring) {
    let mut nets = Nets::default();
    let actors: Vec<ActorId> = (1..=b.parts.len() as u16).map(ActorId).collect();
    let wiring = b.wire(&mut nets, &actors, |part, name| match part.kind {
        PartKind::Chip(ChipKind::Vs1053(_)) => vs1053::pin_named(name),
        PartKind::Chip(ChipKind::NorFlash(_)) => norflash::pin_named(name),
        _ => Some(PinId(0)),
    });
    (nets, wiring)
}

use peripherals::kernel::Nets;

#[test]
fn every_soc_pin_and_every_chip_pin_has_its_wire() {
    let b = board("dongle");
    let (nets, wiring) = wired(&b);
    let vs1053 = &wiring.parts[0];
    for (signal, at) in [("SCLK", "P0.22"), ("MOSI", "P1.00"), ("MISO", "P0.24"), ("DREQ", "P0.02")] {
        let net = nets.net_of(SOC, pin(at).id());
        assert_eq!(net, vs1053.net(signal));
        assert_eq!(net, nets.net_of(ActorId(1), vs1053::pin_named(signal).unwrap()));
        assert_eq!(nets.name(net.unwrap()), signal);
    }
    for p in SocPin::all() {
        assert_eq!(nets.net_of(SOC, p.id()), Some(wiring.soc[usize::from(p.number())]));
    }
    assert_eq!(nets.name(wiring.soc[7]), "P0.07");
    assert_eq!(nets.name(wiring.soc[6]), "LED1");
}

/// contract, "The built-in boards": XCS, XDCS and XRESET are pulled up, MISO has no pull; GPIO0 = GPIO1 = 0.
#[test]
fn a_breakout_has_its_resistors() {
    let (nets, wiring) = wired(&board("dongle"));
    let level = |signal| {
        let net = wiring.parts[0].net(signal).unwrap();
        (nets.level(net), nets.resolved(net))
    };
    for signal in ["XCS", "XDCS", "XRESET"] {
        assert_eq!(level(signal), (Level::High, Resolved::Pulled), "{signal}");
    }
    for signal in ["GPIO0", "GPIO1"] {
        assert_eq!(level(signal), (Level::Low, Resolved::Pulled), "{signal}");
    }
    for signal in ["MISO", "SCLK", "MOSI", "DREQ"] {
        assert_eq!(level(signal), (Level::Low, Resolved::Floating), "{signal}");
    }
}

#[test]
fn resistors_can_be_left_out_or_chosen() {
    let pulls = |more: &str| {
        let b = parsed(&CHIP.replace("[chip.pins]", &format!("pulls = {more}\n[chip.pins]"))).unwrap();
        ["P0.06", "P0.07", "P0.09"].map(|p| b.wire_at(pin(p)).pulls.clone())
    };
    assert_eq!(pulls("false"), [vec![], vec![], vec![]]);
    assert_eq!(pulls("true"), [vec![Drive::PullUp], vec![Drive::PullUp], vec![Drive::PullUp]]);
    assert_eq!(pulls("{ XCS = \"none\", XRESET = \"down\" }"), [vec![], vec![Drive::PullUp], vec![Drive::PullDown]]);
    let b = parsed("[[pull]]\npin = \"P0.12\"\nto = \"up\"").unwrap();
    assert_eq!(b.wire_at(pin("P0.12")).pulls, [Drive::PullUp]);
    refused(parsed("[[pull]]\npin = \"P0.12\"\nto = \"sideways\""), &["my.toml:3:6", "sideways", "\"up\" or \"down\""]);
    refused(parsed(&CHIP.replace("[chip.pins]", "pulls = 3\n[chip.pins]")), &["my.toml:3:9", "`pulls`"]);
}

#[test]
fn pins_can_be_tied_or_left_open() {
    let b = parsed(&chip_with("GPIO0 = \"vcc\"\nGPIO1 = \"nc\"\n").replace("\"P0.09\"", "\"nc\"")).unwrap();
    let extra: Vec<(&str, &[Drive])> =
        b.wires[48..].iter().map(|w| (w.name.as_str(), w.pulls.as_slice())).filter(|(_, p)| !p.is_empty()).collect();
    // An open XRESET still has the breakout's resistor, and a serial line that nobody uses rests high.
    assert_eq!(extra, [("XRESET", &[Drive::PullUp][..]), ("GPIO0", &[Drive::High]), ("RX", &[Drive::PullUp])]);
}

#[test]
fn pins_have_the_names_of_the_datasheet_too() {
    let renamed = CHIP.replace("MOSI", "SI").replace("MISO", "so").replace("XRESET", "RST");
    assert_eq!(parsed(&renamed).unwrap().parts, parsed(CHIP).unwrap().parts);
    refused(parsed(&chip_with("SI = \"P0.10\"\n")), &["`MOSI` is placed twice"]);
}

#[test]
fn an_unknown_chip_is_refused_with_a_suggestion() {
    refused(
        parsed("[[chip]]\ntype = \"vs1035\"\n"),
        &["my.toml:2:8", "unknown chip type `vs1035`", "did you mean `vs1053`"],
    );
    refused(parsed("[[chip]]\ntype = \"vs1063\"\n"), &["my.toml:2:8", "`vs1063` is known and not modelled yet"]);
}

#[test]
fn an_unknown_key_is_refused_with_a_suggestion() {
    refused(parsed("[soc]\nlxfo = true\n"), &["my.toml:2:1", "unknown key `lxfo`", "did you mean `lfxo`"]);
    refused(parsed("[[chips]]\ntype = \"vs1053\"\n"), &["my.toml:1:3", "`chips`", "did you mean `chip`"]);
    refused(parsed("[soc.uicr]\nREGOUT = 5\n"), &["my.toml:2:1", "`REGOUT`", "did you mean `REGOUT0`"]);
}

#[test]
fn an_unknown_pin_is_refused() {
    for (bad, why) in
        [("P1.16", "port 1 has"), ("P0.32", "port 0 has"), ("P2.00", "ports P0 and P1"), ("22", "joined to")]
    {
        refused(parsed(&CHIP.replace("P0.04", bad)), &["my.toml:5:8", &format!("`{bad}` is not a pin"), why]);
    }
    refused(parsed(&chip_with("SCKL = \"P0.10\"\n")), &["my.toml:11:1", "no pin `SCKL`", "did you mean `SCLK`"]);
}

#[test]
fn a_pin_used_twice_is_refused() {
    refused(parsed(&CHIP.replace("P0.04", "P0.03")), &["my.toml:5:8", "P0.03 is used twice", "SCLK", "MOSI"]);
    let led = "[[led]]\nname = \"L\"\npin = \"P0.03\"\n";
    refused(parsed(&chip_with(led)), &["my.toml:13:7", "P0.03 is used twice", "SCLK of chip `U1`", "LED `L`"]);
}

#[test]
fn pins_that_the_soc_needs_are_refused() {
    let soc = "[soc]\nlfxo = true\nreset_pin = \"P0.18\"\n";
    refused(
        parsed(&format!("{soc}{}", CHIP.replace("P0.04", "P0.01"))),
        &["P0.01 cannot be used", "crystal", "`lfxo`"],
    );
    refused(parsed(&format!("{soc}{}", CHIP.replace("P0.04", "P0.18"))), &["P0.18 cannot be used", "`reset_pin`"]);
}

#[test]
fn a_pin_that_must_be_placed_is_missed() {
    let text = CHIP.replace("DREQ = \"P0.08\"\n", "");
    refused(parsed(&text), &["my.toml:1:1", "does not say where DREQ goes"]);
}

#[test]
fn values_out_of_range_are_refused() {
    let with = |key: &str| CHIP.replace("[chip.pins]", &format!("{key}\n[chip.pins]"));
    refused(parsed(&with("xtali_hz = 122880000")), &["my.toml:3:12", "122880000", "1000000 to 26000000"]);
    refused(parsed(&with("xtali_hz = \"fast\"")), &["my.toml:3:12", "whole number"]);
    refused(parsed(&with("overrun = \"lose\"")), &["my.toml:3:11", "\"drop\" or \"overwrite\""]);
    refused(parsed(&with("overrun = true")), &["my.toml:3:11", "\"drop\" or \"overwrite\""]);
    refused(parsed(&with("xtali_hz = 12.288")), &["my.toml:3:12", "whole number"]);
    refused(parsed(&with("xtal_hz = 12288000")), &["my.toml:3:1", "unknown key `xtal_hz`", "did you mean `xtali_hz`"]);
    refused(parsed("[soc]\nsupply = \"usb\"\n"), &["my.toml:2:10", "`usb`", "\"vdd\" or \"vddh\""]);
    refused(parsed("[soc]\ntemperature = 200\n"), &["my.toml:2:15", "`200`", "from -40 to 105"]);
    refused(parsed("[soc]\nvdd = 5\n"), &["my.toml:2:7", "`5`", "from 1.7 to 3.6"]);
    refused(parsed("[soc.analog]\nAIN8 = 1\n"), &["my.toml:2:1", "`AIN8`", "AIN6, AIN7"]);
    refused(parsed("[soc.analog]\nAIN1 = -0.1\n"), &["my.toml:2:8", "`-0.1`", "from 0 to 5"]);
    let analog = parsed("[soc]\nvdd = 3.3\nanalog = { AIN3 = 1.25 }\n").expect("a board").soc.analog;
    assert_eq!((analog.vdd, analog.vddh, analog.inputs[3], analog.inputs[2]), (3_300, 3_300, Some(1_250), None));
    assert_eq!(parsed("[soc]\ntemperature = -7.25\n").expect("a board").soc.temperature, -29);
    refused(parsed("[soc]\nsleep_clocks = \"on\"\n"), &["my.toml:2:16", "`on`", "\"gated\" or \"running\""]);
    refused(parsed("[soc]\nlfxo = \"yes\"\n"), &["my.toml:2:8", "boolean"]);
    refused(parsed("[soc.uicr]\nREGOUT0 = 4294967296\n"), &["my.toml:2:11", "32 bits"]);
    refused(parsed("[[led]]\nname = \"a b\"\npin = \"P0.03\"\n"), &["my.toml:2:8", "letters, digits"]);
    refused(
        parsed("[[led]]\nname = \"L\"\npin = \"P0.03\"\nactive = \"up\"\n"),
        &["my.toml:4:10", "\"low\" or \"high\""],
    );
}

#[test]
fn names_are_unique() {
    let text = "[[led]]\nname = \"L\"\npin = \"P0.03\"\n[[button]]\nname = \"l\"\npin = \"P0.04\"\n";
    refused(parsed(text), &["my.toml:5:8", "the name `l` is taken"]);
}

#[test]
fn what_is_not_toml_is_refused_with_its_place() {
    refused(parsed("[soc\n"), &["my.toml:1:", "help:"]);
    refused(parsed("[[chip]]\nname = \"U1\"\n"), &["my.toml:1:1", "type"]);
}

#[test]
fn a_board_that_is_not_there_names_those_that_are() {
    refused(Board::load("dongel", &NONE), &["dongel", "did you mean `dongle`", "aramcon"]);
    refused(Board::load("/", &NONE), &["not a regular file"]);
}

#[test]
fn uicr_words_go_by_the_manuals_names() {
    let b = parsed("[soc]\nnfc_pins = true\n[soc.uicr]\n\"CUSTOMER[1]\" = 7\n\"0x304\" = 0xFFFFFFFD\n").unwrap();
    assert_eq!(b.soc.uicr, [(0x084, 7), (0x304, 0xFFFF_FFFD)].into());
    assert_eq!(parsed("").unwrap().soc.uicr, [(0x20C, 0xFFFF_FFFE)].into());
}

#[test]
fn wires_can_be_moved_and_swapped() {
    let b = Board::load("dongle", &["SCLK=P1.00", "mosi = P0.22"]).unwrap();
    assert_eq!(b.wire_at(pin("P1.00")).name, "SCLK");
    assert_eq!(b.wire_at(pin("P0.22")).name, "MOSI");
    let b = Board::load("dongle", &["VS1053.XDCS=P0.13", "LED1=P0.14"]).unwrap();
    assert_eq!((b.wire_at(pin("P0.13")).name.as_str(), b.wire_at(pin("P0.14")).name.as_str()), ("XDCS", "LED1"));
    assert_eq!(b.wire_at(pin("P0.13")).pulls, [Drive::PullUp]);
    assert_eq!(b.wire_at(pin("P0.31")).name, "P0.31");
}

#[test]
fn a_wire_option_that_cannot_be_is_refused() {
    let load = |wires: &[&str]| Board::load("dongle", wires);
    refused(load(&["SCLK=P1.00"]), &["--wire SCLK=P1.00", "P1.00 is used twice", "move both"]);
    refused(load(&["SCKL=P0.13"]), &["--wire SCKL=P0.13", "no pin `SCKL`", "did you mean `SCLK`"]);
    refused(load(&["SCLK=P1.16"]), &["--wire SCLK=P1.16", "port 1 has P1.00 to P1.15"]);
    refused(load(&["SCLK=P0.18"]), &["--wire SCLK=P0.18", "reset pin"]);
    refused(load(&["SCLK"]), &["--wire SCLK", "SIGNAL=PIN"]);
    refused(load(&["SCLK=P0.13", "SCK=P0.14"]), &["--wire SCK=P0.14", "placed twice"]);
    refused(load(&["U9.SCLK=P0.13"]), &["no pin `U9.SCLK`"]);
}

fn two_chips() -> String {
    let second = CHIP.replace("P0.06", "P0.16").replace("P0.07", "P0.17").replace("P0.08", "P0.28");
    format!("{CHIP}{second}")
}

#[test]
fn chips_share_a_bus_and_keep_their_selects() {
    let b = parsed(&two_chips()).unwrap();
    assert_eq!((b.wire_at(pin("P0.03")).name.as_str(), b.wire_at(pin("P0.03")).members.len()), ("SCLK", 2));
    assert_eq!(b.wire_at(pin("P0.06")).name, "U1.XCS");
    assert_eq!(b.wire_at(pin("P0.16")).name, "U2.XCS");
    let (nets, wiring) = wired(&b);
    assert_eq!(wiring.parts[0].net("SCLK"), wiring.parts[1].net("SCLK"));
    assert_ne!(wiring.parts[0].net("XCS"), wiring.parts[1].net("XCS"));
    assert_eq!(nets.listeners(wiring.parts[0].net("SCLK").unwrap()).len(), 3);
    refused(parsed(&two_chips().replace("P0.28", "P0.08")), &["P0.08 is used twice", "DREQ of chip `U1`"]);
    refused(Board::parse("my.toml", &two_chips(), &["XCS=P0.20"]), &["several chips", "U1.XCS, U2.XCS"]);
    assert!(Board::parse("my.toml", &two_chips(), &["U2.XCS=P0.20"]).is_ok());
}

#[test]
fn a_built_in_board_shown_and_loaded_again_is_the_same() {
    for name in built_in_names() {
        assert_eq!(Board::parse("copy.toml", built_in(name).unwrap(), &NONE).unwrap(), board(name));
    }
}

proptest! {
    #[test]
    fn any_text_gives_a_board_or_an_error(text in "\\PC{0,200}") {
        let _ = parsed(&text).map_err(|e| e.to_string());
    }

    #[test]
    fn a_mutated_board_gives_a_board_or_an_error(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 1..6),
        wire in "[A-Z0-9.]{0,8}=?[pP0-9.]{0,6}",
    ) {
        let mut chars: Vec<char> = built_in("dongle").unwrap().chars().collect();
        for (at, c) in changes {
            let at = at.index(chars.len());
            chars[at] = c;
        }
        let text: String = chars.into_iter().collect();
        if let Err(e) = Board::parse("x", &text, &[wire]) {
            prop_assert!(!e.to_string().is_empty() && !e.name().is_empty());
        }
    }
}

/// A VS1003 is the same part with another version, whichever way the board file says it.
#[test]
fn a_vs1003_is_a_chip_of_its_own() {
    let config = |text: &str| match parsed(text).unwrap().chips().next().unwrap().2 {
        ChipKind::Vs1053(config) => config.clone(),
        other => panic!("{other:?}"),
    };
    let by_type = config(&CHIP.replace("\"vs1053\"", "\"VS1003b\""));
    assert!(by_type.is_vs1003() && by_type == config(&CHIP.replace("\"vs1053\"", "\"vs1053\"\nversion = 3")));
    assert!(!config(CHIP).is_vs1003());
}

fn wav(sample: i16) -> Vec<u8> {
    let mut w = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1F\0\0\0\0\0\0\x02\0\x10\0data\x02\0\0\0".to_vec();
    w.extend(sample.to_le_bytes());
    w
}

/// The inputs' sounds come from files beside the board file, and from nowhere else.
#[test]
fn line_in_names_wav_files_beside_the_board_file() {
    let dir = std::env::temp_dir().join(format!("badgebench-line-in-{}", std::process::id()));
    std::fs::create_dir_all(dir.join("sub/inner")).expect("a scratch directory");
    for (path, bytes) in [("sub/a.wav", wav(77)), ("outside.wav", wav(1)), ("sub/bad.wav", b"RIFF".to_vec())] {
        std::fs::write(dir.join(path), bytes).expect("a file");
    }
    let path = dir.join("sub/board.toml").display().to_string();
    let load = |more: &str| Board::parse(&path, &chip_with(&format!("[chip.line_in]\n{more}\n")), &NONE);
    let board = load("file = \"a.wav\"").expect("a good board");
    let Some((_, _, ChipKind::Vs1053(config))) = board.chips().next() else { panic!("a chip") };
    assert_eq!(config.line_in.at(peripherals::kernel::Instant::ZERO, 8_000), [77, 77]);
    assert_eq!(config.mic_in, vs1053::Input::default());
    for (more, words) in [
        ("file = \"../outside.wav\"", "stay in its directory"),
        ("file = \"a.wav\"\nmic = \"inner/../../outside.wav\"", "line_in.mic"),
        ("file = \"/etc/passwd\"", "stay in its directory"),
        ("file = \"none.wav\"", "none.wav: "),
        ("file = \"inner\"", "not a regular file"),
        ("file = \"bad.wav\"", "it is no WAV file"),
        ("file = 3", "the path of a WAV file"),
        ("left = \"a.wav\"", "line_in.left"),
    ] {
        refused(load(more), &[words]);
    }
    let no_table = CHIP.replace("[chip.pins]", "line_in = \"a.wav\"\n[chip.pins]");
    refused(Board::parse(&path, &no_table, &NONE), &["it is a table"]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(dir.join("outside.wav"), dir.join("sub/link.wav")).expect("a link");
        refused(load("file = \"link.wav\""), &["stay in its directory"]);
    }
    std::fs::remove_dir_all(dir).expect("tidy");
}
