//! What we never do, read off our own sources.

use super::*;
use std::fs;
use std::path::{Path, PathBuf};

/// The sources below `folder` without tests of the core: path and text without comments.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("sources are where they were built") {
            let path = entry.expect("a folder can be listed").path();
            if path.ends_with("core/tests") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("sources are text");
                let code = text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n");
                found.push((path, code.collect()));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

fn naming<'a>(found: &'a [(PathBuf, String)], word: &str) -> Vec<&'a Path> {
    found.iter().filter(|(_, text)| text.contains(word)).map(|(path, _)| path.as_path()).collect()
}

#[test]
fn only_the_core_names_unicorn() {
    let all = sources("");
    for word in ["unicorn_engine", "Unicorn<", "uc_engine"] {
        let outside: Vec<_> =
            naming(&all, word).into_iter().filter(|path| !path.to_string_lossy().contains("engine/core/")).collect();
        assert!(outside.is_empty(), "{word}: {outside:?}");
        assert!(!naming(&all, word).is_empty(), "{word}");
    }
}

/// #16, #17, #18: `count` puts a hook on every instruction and drops translations, timeouts use a thread of the host. `Core::enter` has the only
/// call, with neither.
#[test]
fn runs_have_neither_a_count_nor_a_timeout() {
    let core = sources("engine/core");
    let calls: Vec<_> = core
        .iter()
        .flat_map(|(_, text)| text.lines().filter(|line| line.contains("emu_start(")))
        .map(|line| line.split_whitespace().collect::<String>())
        .collect();
    assert_eq!(calls, ["letresult=self.unicorn.emu_start(u64::from(pc|1),u64::from(until),0,0);"]);
}

/// #20 contexts, #21 memory in contexts, "Interrupt latency" another page size (and the half-hooked wrappers of the crate, which would
/// keep a closure per hook): none of it.
#[test]
fn what_corrupts_or_moves_time_is_never_called() {
    let core = sources("engine/core");
    let never = [
        "context_",
        "Context",
        "set_page_size",
        "emu_stop()",
        "mem_write(",
        "mem_read(",
        "add_mem_hook",
        "add_code_hook",
    ];
    for word in never {
        assert!(naming(&core, word).is_empty(), "{word}: {:?}", naming(&core, word));
    }
    assert_eq!(core_page_size(), Some(memory::PAGE));
}

fn core_page_size() -> Option<u32> {
    core(&[0xBE00]).unicorn.ctl_get_page_size().ok()
}

/// #22, #23, "Trap: an unbounded memory hook": any of them puts each store to RAM on a slow path for ever. The cure is in
/// `hooks::install`: without bounds are only hooks that are no memory hooks, and no bounded one covers memory.
#[test]
fn no_memory_hook_covers_ram_or_flash() {
    const ADD_TO: &str = "    unsafe { uc_hook_add(engine, place, kind.0 as c_int, callback, data, 1, 0) }";
    let hooks = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine/core/hooks.rs"))
        .expect("sources are where they were built");
    let unbounded: Vec<_> = hooks
        .lines()
        .filter(|line| line.contains(", 1, 0)"))
        .map(|line| line.split("HookType::").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or(line))
        .collect();
    assert_eq!(unbounded, ["TLB_FILL", "INTR", "EDGE_GENERATED", ADD_TO]);
    // That one is for blocks alone: the usual hook, and the one in its place that counts.
    assert_eq!(hooks.matches("add_to(").count(), 1 + 2);
    assert_eq!(hooks.matches("engine, HookType::BLOCK, on_").count(), 2);
    // In the closure that all others in `install` go through, in `add_to`, and the one on an instruction.
    assert_eq!(hooks.matches("uc_hook_add(").count(), 3);
    assert_eq!(
        hooks.matches("check(add(").count(),
        3 + 2,
        "those three, the one on peripherals, and one that only looks like it"
    );
    assert!(
        hooks.contains("HookType::MEM_FETCH_UNMAPPED, on_access::<B> as *mut c_void, 0, u64::from(FLASH_SIZE) - 1"),
        "no load, no store"
    );
    assert!(hooks.contains("add(kinds, on_access::<B> as *mut c_void, base, base + size - 1)"));
    assert!(hooks.contains("HookType::CODE.0 as c_int, callback, data, pc, pc)"));
    for (base, size) in PERIPHERALS {
        for page in (base..base + size).step_by(memory::PAGE as usize) {
            assert_eq!(Region::of(page as u32), Region::Peripheral, "{page:#x}");
        }
    }
}

/// #10 and "Trap: writing PC inside any hook" turns off that Unicorn restores the exact PC for other hooks. Hooks only read it, and
/// `Registers::write`, which writes it, is called between runs alone: by `Core::set_registers` and `State::go_back`.
#[test]
fn no_hook_writes_pc() {
    let core = sources("engine/core");
    let of = |name: &str| core.iter().find(|(path, _)| path.ends_with(name)).map(|(_, text)| text.as_str());
    let hooks = of("core/hooks.rs").expect("it is there");
    for (line, text) in hooks.lines().enumerate().filter(|(_, text)| text.contains("RegisterARM::PC")) {
        let reads = text.contains("read_register(engine, RegisterARM::PC") || text.contains("15 => RegisterARM::PC");
        assert!(reads, "line {}: {text}", line + 1);
    }
    let writers: Vec<_> = core
        .iter()
        .flat_map(|(_, text)| text.lines().filter(|line| line.contains("egisters.write(")))
        .map(str::trim)
        .collect();
    // Both by `Core`, outside of runs, the other by `go_back`, which only `Core::rewind` calls.
    let known =
        ["registers.write(engine);", "registers.write(self.unicorn.get_handle());", "rewind.registers.write(engine);"];
    assert!(writers.iter().all(|writer| known.contains(writer)) && writers.len() == 3, "{writers:?}");
    let clock: Vec<_> = core.iter().filter(|(path, _)| path.to_string_lossy().contains("core/clock/")).collect();
    assert!(clock.len() > 1 && clock.iter().all(|(_, text)| !text.contains("RegisterARM::PC")));
}

/// #27: a missing MMIO callback crashed. `hooks::install` gives both, each time.
#[test]
fn both_callbacks_of_a_peripheral_are_given() {
    let core = sources("engine/core");
    let (mut maps, mut given) = (0, 0);
    for (_, text) in &core {
        for call in text.split("uc_mmio_map(").skip(1) {
            maps += 1;
            given += call.split('}').next().unwrap_or_default().matches("Some(").count();
        }
    }
    assert_eq!((maps, given), (2, 2 * 2));
}
