//! NVMC, ACL and UICR (PS v1.7, NVMC, ACL, UICR); what the bytes of flash become is the engine's.

use super::*;

const READY: u32 = 0x4001_E400;
const READYNEXT: u32 = 0x4001_E408;
const CONFIG: u32 = 0x4001_E504;
const ERASEPAGE: u32 = 0x4001_E508;
const ERASEALL: u32 = 0x4001_E50C;
const ERASEUICR: u32 = 0x4001_E514;
const ERASEPAGEPARTIAL: u32 = 0x4001_E518;
const ERASEPAGEPARTIALCFG: u32 = 0x4001_E51C;
const ICACHECNF: u32 = 0x4001_E540;
const ACL0: u32 = 0x4001_E800;
const PSELRESET: u32 = 0x1000_1200;
const NFCPINS: u32 = 0x1000_120C;
const WEN: u32 = 1;
const EEN: u32 = 2;

fn us(us: u64) -> Span {
    Span::from_us(us)
}

impl Bench {
    fn store(&mut self, addr: u32, bytes: u32) -> FlashStore {
        self.soc.flash_store(addr, bytes, &mut self.fabric.world)
    }

    fn ready(&mut self) -> (u32, u32) {
        (self.read(READY), self.read(READYNEXT))
    }

    /// A store to a register that may answer with a fault.
    fn faults(&mut self, addr: u32, width: Width, value: u32) -> bool {
        self.soc.write(addr, width, value, &mut self.fabric.world).is_err()
    }
}

#[test]
fn a_word_takes_41_us_and_one_more_may_wait_behind_it() {
    let mut b = Bench::new();
    b.write(CONFIG, WEN);
    assert_eq!((b.ready(), b.soc.flash_has_work()), ((1, 1), false));
    assert_eq!(b.store(0x8000, 4), FlashStore::Programs);
    assert_eq!((b.ready(), b.soc.flash_has_work(), b.soc.flash_busy()), ((0, 1), true, Some(Instant::ZERO + us(41))));
    assert_eq!((b.soc.take_flash_work(), b.soc.flash_has_work()), (None, false));
    b.run(us(10));
    assert_eq!((b.store(0x8004, 4), b.ready()), (FlashStore::Programs, (0, 0)));
    assert_eq!(b.store(0x8008, 4), FlashStore::Waits(Instant::ZERO + us(41)));
    b.run(us(31));
    assert_eq!(b.ready(), (0, 1));
    b.run(us(41));
    assert_eq!((b.ready(), b.soc.flash_busy(), b.lints()), ((1, 1), None, vec![]));
}

#[test]
fn several_words_of_one_store_take_their_time_each() {
    let mut b = Bench::new();
    b.write(CONFIG, WEN);
    b.run(us(5));
    assert_eq!((b.store(0x8000, 12), b.soc.flash_busy()), (FlashStore::Programs, Some(Instant::ZERO + us(5 + 3 * 41))));
    b.run(us(81));
    assert_eq!(b.ready(), (0, 0));
    b.run(us(1));
    assert_eq!(b.ready(), (0, 1));
    b.run(us(41));
    assert_eq!(b.ready(), (1, 1));
}

#[test]
fn what_is_no_word_or_comes_without_leave_is_a_fault_and_writes_nothing() {
    let mut b = Bench::new();
    assert_eq!((b.store(0x8000, 4), b.lints()), (FlashStore::Faults, vec!["nvmc-write-disabled"]));
    b.write(CONFIG, EEN);
    assert_eq!(b.store(0x8000, 4), FlashStore::Faults);
    b.write(CONFIG, WEN);
    for (addr, bytes) in [(0x8001, 4), (0x8000, 1), (0x8000, 2), (0x8002, 2), (0x8002, 4)] {
        assert_eq!(b.store(addr, bytes), FlashStore::Faults, "{bytes} at {addr:#x}");
    }
    assert_eq!((b.ready(), b.soc.flash_has_work()), ((1, 1), false));
    assert_eq!(b.detail("nvmc-narrow-write"), "first at 0x00008001");
}

#[test]
fn a_page_takes_85_ms_uicr_as_much_and_all_of_flash_169_ms() {
    for (register, value, work, ms) in [
        (ERASEPAGE, 0x8000, Some(0x8000..0x9000), 85),
        (ERASEALL, 1, Some(0..0x10_0000), 169),
        (ERASEUICR, 1, None, 85),
    ] {
        let mut b = Bench::new();
        b.write(CONFIG, EEN);
        b.write(register, value);
        assert!(b.soc.flash_has_work());
        assert_eq!((b.soc.take_flash_work(), b.soc.take_flash_work()), (work, None));
        b.run(us(1000 * ms - 1));
        assert_eq!(b.ready(), (0, 0), "{register:#x}");
        b.run(us(1));
        assert_eq!((b.ready(), b.lints()), ((1, 1), vec![]), "{register:#x}");
    }
}

#[test]
fn zeros_in_eraseall_and_eraseuicr_erase_nothing() {
    let mut b = Bench::new();
    b.write(CONFIG, EEN);
    b.write(ERASEALL, 0);
    b.write(ERASEUICR, 0);
    assert_eq!((b.ready(), b.soc.take_flash_work()), ((1, 1), None));
}

#[test]
fn nothing_is_erased_without_leave_or_beside_another_operation() {
    let mut b = Bench::new();
    b.write(ERASEPAGE, 0x8000);
    b.write(CONFIG, WEN);
    b.write(ERASEALL, 1);
    assert_eq!((b.soc.take_flash_work(), b.detail("nvmc-erase-disabled")), (None, "first by NVMC.ERASEPAGE"));
    b.write(CONFIG, EEN);
    b.write(ERASEPAGE, 0x8000);
    b.soc.take_flash_work();
    b.write(ERASEPAGE, 0x9000);
    assert_eq!((b.soc.take_flash_work(), b.detail("nvmc-busy")), (None, "first by NVMC.ERASEPAGE"));
}

#[test]
fn a_page_is_named_by_its_first_address() {
    let mut b = Bench::new();
    b.write(CONFIG, EEN);
    b.write(ERASEPAGE, 0x8010);
    assert_eq!((b.soc.take_flash_work(), b.detail("nvmc-erase-address")), (Some(0x8000..0x9000), "0x00008010"));
    b.run(us(85_000));
    b.write(ERASEPAGE, 0x10_0000);
    assert_eq!((b.ready(), b.soc.take_flash_work()), ((1, 1), None));
}

#[test]
fn a_page_that_is_erased_in_parts_is_erased_when_they_are_long_enough_in_sum() {
    let mut b = Bench::new();
    b.write(CONFIG, EEN);
    assert_eq!(b.read(ERASEPAGEPARTIALCFG), 10);
    b.write(ERASEPAGEPARTIALCFG, 30);
    for (page, work) in [(0x8000, None), (0x9000, None), (0x8000, None), (0x8000, Some(0x8000..0x9000)), (0x8000, None)]
    {
        b.write(ERASEPAGEPARTIAL, page);
        assert_eq!(b.soc.take_flash_work(), work);
        b.run(us(29_999));
        assert_eq!(b.ready(), (0, 0));
        b.run(us(1));
        assert_eq!(b.ready(), (1, 1));
    }
    // A reset forgets the registers and not what has happened to the flash.
    b.soc.reset(ResetCause::Software, &mut b.fabric.world);
    assert_eq!((b.read(CONFIG), b.read(ERASEPAGEPARTIALCFG)), (0, 10));
    b.write(CONFIG, EEN);
    b.write(ERASEPAGEPARTIALCFG, 60);
    b.write(ERASEPAGEPARTIAL, 0x8000);
    assert_eq!(b.soc.take_flash_work(), Some(0x8000..0x9000));
}

#[test]
fn a_word_that_is_written_more_than_twice_between_erases_is_said() {
    let mut b = Bench::new();
    b.write(CONFIG, WEN);
    for _ in 0..2 {
        b.store(0x8000, 4);
        b.run(us(41));
    }
    b.write(CONFIG, EEN);
    b.write(ERASEPAGE, 0x8000);
    b.run(us(85_000));
    b.write(CONFIG, WEN);
    for _ in 0..2 {
        b.store(0x8000, 4);
        b.run(us(41));
    }
    assert_eq!(b.lints(), [""; 0]);
    assert_eq!(b.store(0x8000, 4), FlashStore::Programs, "it is only a matter of how long it lasts");
    assert_eq!(b.detail("nvmc-worn"), "the word at 0x00008000");
}

#[test]
fn the_cache_is_off_while_writing_or_erasing_is_enabled() {
    let mut b = Bench::new();
    b.write(ICACHECNF, 1);
    assert!(b.soc.nvmc.icache_enabled());
    for config in [WEN, EEN] {
        b.write(CONFIG, config);
        assert!(!b.soc.nvmc.icache_enabled());
    }
    b.write(CONFIG, 0);
    assert!(b.soc.nvmc.icache_enabled());
}

#[test]
fn what_acl_protects_is_neither_written_nor_erased_until_the_next_reset() {
    let mut b = Bench::new();
    b.write(ACL0, 0x8000);
    b.write(ACL0 + 4, 0x2000);
    b.write(CONFIG, WEN);
    assert_eq!(b.store(0x8000, 4), FlashStore::Programs, "PERM allows all");
    b.run(us(41));
    b.write(ACL0 + 8, 2);
    for (addr, bytes, then) in [
        (0x7FFC, 4, FlashStore::Programs),
        (0x7FFC, 8, FlashStore::Faults),
        (0x8000, 4, FlashStore::Faults),
        (0x9FFC, 4, FlashStore::Faults),
        (0xA000, 4, FlashStore::Programs),
    ] {
        assert_eq!(b.store(addr, bytes), then, "{addr:#x}");
        b.run(us(82));
    }
    b.write(CONFIG, EEN);
    assert!(b.faults(ERASEPAGE, Width::Word, 0x9000) && !b.faults(ERASEPAGE, Width::Word, 0xA000));
    assert_eq!(b.soc.take_flash_work(), Some(0xA000..0xB000));
    b.write(ACL0 + 8, 0);
    assert_eq!((b.read(ACL0), b.read(ACL0 + 4), b.read(ACL0 + 8)), (0x8000, 0x2000, 2), "a register takes one write");
    b.soc.reset(ResetCause::Software, &mut b.fabric.world);
    assert_eq!((b.read(ACL0 + 8), b.ready()), (0, (1, 1)));
    b.write(CONFIG, WEN);
    assert_eq!(b.store(0x8000, 4), FlashStore::Programs);
    b.write(ACL0 + 24, 4);
    assert_eq!(b.detail("acl-read"), "ACL[1].PERM (write 0x4)");
}

/// Firmware built for a pin reset writes PSELRESET and then resets; a chip that forgot would do so for ever.
#[test]
fn uicr_is_written_like_flash_and_survives_a_reset() {
    let mut b = Bench::new();
    assert!(b.faults(PSELRESET, Width::Word, 18));
    assert_eq!((b.read(PSELRESET), b.lints()), (u32::MAX, vec!["nvmc-write-disabled"]));
    b.write(CONFIG, WEN);
    b.write(PSELRESET, 18);
    assert_eq!(b.soc.flash_busy(), Some(Instant::ZERO + us(41)));
    b.run(us(41));
    b.write(PSELRESET, 0x11);
    assert_eq!(b.read(PSELRESET), 0x10, "bits only fall");
    assert!(b.faults(PSELRESET + 2, Width::Half, 0));
    b.soc.reset(ResetCause::Software, &mut b.fabric.world);
    assert_eq!(b.read(PSELRESET), 0x10);
    b.write(CONFIG, EEN);
    b.write(ERASEUICR, 1);
    assert_eq!(b.read(PSELRESET), u32::MAX);
}

#[test]
fn the_nfc_pins_are_given_to_gpio_by_the_reset_that_follows() {
    let mut b = Bench::new();
    b.write(CONFIG, WEN);
    b.write(NFCPINS, 0xFFFF_FFFE);
    b.write(0x5000_0518, 1 << 9);
    assert!(b.lints().contains(&"nfc-pins"));
    b.fabric.world.findings = Default::default();
    b.soc.reset(ResetCause::Software, &mut b.fabric.world);
    b.write(0x5000_0518, 1 << 9);
    assert_eq!(b.lints(), [""; 0]);
}

#[test]
fn a_loop_that_polls_ready_can_be_skipped_and_one_that_reads_the_counters_cannot() {
    let b = Bench::new();
    assert!([READY, READYNEXT, CONFIG].iter().all(|&addr| b.soc.is_steady(addr)));
    assert!(!b.soc.is_steady(0x4001_E548) && !b.soc.is_steady(0x4001_E54C));
}
