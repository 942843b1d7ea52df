//! Where Unicorn calls us. Every hook's data is a pointer to the core's [`State`].

use super::clock::{State, Wish};
use super::direct::Located;
use super::memory::{DIRECT, DIRECT_VIEW, FLASH_SIZE, PAGE};
use super::shared::Shared;
use super::{Access, Bus, Stop};
use peripherals::kernel::Width;
use std::ffi::{c_int, c_uint, c_void};
use unicorn_engine::{
    HookType, MemType, RegisterARM, TlbEntry, TranslationBlock, Unicorn, uc_ctl, uc_emu_stop, uc_engine, uc_error,
    uc_hook, uc_hook_add, uc_hook_del, uc_mmio_map, uc_reg_read, uc_reg_write,
};

pub(super) type Engine = *mut uc_engine;

/// Bits of XPSR that hold the IT state (Armv7-M ARM, B1.4.2).
const IT_BITS: u32 = 0x0600_FC00;

/// Installs everything that watches the core.
pub(super) fn install<B: Bus>(
    unicorn: &mut Unicorn<'static, ()>,
    state: &Shared<State<B>>,
    peripherals: &[(u64, u64)],
) -> Result<(), uc_error> {
    let engine = unicorn.get_handle();
    let data: *mut c_void = state.pointer().cast();
    let add = |kind: HookType, callback: *mut c_void, begin: u64, end: u64| {
        let mut handle = 0;
        // SAFETY: `callback` has the signature Unicorn documents for `kind`; `data` outlives the engine, as `Core` owns
        // both and drops the engine first.
        unsafe { uc_hook_add(engine, &mut handle, kind.0 as c_int, callback, data, begin, end) }
    };
    let check = |error: uc_error| if error == uc_error::OK { Ok(()) } else { Err(error) };
    let state_of = state.pointer();
    // SAFETY: nothing else looks at it now.
    let place = unsafe { &mut (*state_of).block_hook };
    check(add_to(place, engine, HookType::BLOCK, on_block::<B> as *mut c_void, data))?;
    check(add(HookType::TLB_FILL, on_tlb_fill::<B> as *mut c_void, 1, 0))?;
    check(add(HookType::INTR, on_interrupt::<B> as *mut c_void, 1, 0))?;
    check(add(HookType::EDGE_GENERATED, on_translation::<B> as *mut c_void, 1, 0))?;
    for &(base, size) in peripherals {
        // SAFETY: as above. Both callbacks are given: Unicorn of old crashed on a missing one.
        check(unsafe { uc_mmio_map(engine, base, size, Some(on_load::<B>), data, Some(on_store), data) })?;
        // Bounded: a memory hook without bounds would put every store to RAM on a slow path.
        let kinds = HookType(HookType::MEM_READ_PROT.0 | HookType::MEM_WRITE_PROT.0);
        check(add(kinds, on_access::<B> as *mut c_void, base, base + size - 1))?;
    }
    // Never called, as all of flash is mapped. Where a memory hook is installed Unicorn does not, for each block that it translates, go
    // through all of its TLB (200 KB) for pages whose stores are to be watched: those to flash always come by `on_tlb_fill`.
    check(add(HookType::MEM_FETCH_UNMAPPED, on_access::<B> as *mut c_void, 0, u64::from(FLASH_SIZE) - 1))?;
    let (view, size) = (u64::from(DIRECT_VIEW), u64::from(DIRECT.end - DIRECT.start));
    // SAFETY: as above.
    check(unsafe { uc_mmio_map(engine, view, size, Some(on_direct_load::<B>), data, Some(on_direct_store::<B>), data) })
}

/// Adds a hook on all addresses.
fn add_to(place: &mut uc_hook, engine: Engine, kind: HookType, callback: *mut c_void, data: *mut c_void) -> uc_error {
    // SAFETY: as in `install`.
    unsafe { uc_hook_add(engine, place, kind.0 as c_int, callback, data, 1, 0) }
}

/// Blocks are counted from now on; every translation has to be dropped.
pub(super) fn count_blocks<B: Bus>(unicorn: &mut Unicorn<'static, ()>, state: &mut Shared<State<B>>) {
    let (engine, data) = (unicorn.get_handle(), state.pointer().cast());
    // SAFETY: the hook was added by `install`, or by this.
    unsafe { uc_hook_del(engine, state.block_hook) };
    let _ = add_to(&mut state.block_hook, engine, HookType::BLOCK, on_counted_block::<B> as *mut c_void, data);
}

/// Makes Unicorn ask again what every address is.
pub(super) fn flush_tlb(engine: Engine) {
    let control =
        unicorn_engine::ControlType(unicorn_engine::ControlType::TLB_FLUSH.0 | unicorn_engine::ControlType::IO_WRITE.0);
    // SAFETY: a call without further arguments.
    unsafe { uc_ctl(engine, control) };
}

/// An instruction whose cost depends on data, and which is or was watched. It lives as long as the engine, as translations may call its
/// hook that has been taken away.
pub(super) struct Site<B> {
    state: *mut State<B>,
    hook: uc_hook,
    /// How often it has run since [`State::take_rare_sites`].
    pub runs: u32,
}

/// Watches the one instruction whose cost depends on data.
pub(super) fn add_dynamic<B: Bus>(unicorn: &mut Unicorn<'static, ()>, state: &mut Shared<State<B>>, pc: u32) {
    let pointer = state.pointer();
    let site = state.sites.entry(pc).or_insert_with(|| Shared::new(Site { state: pointer, hook: 0, runs: 0 }));
    let (data, pc) = (site.pointer().cast(), u64::from(pc));
    // SAFETY: as in `install`. A refusal would only make the cost a static one.
    unsafe {
        let callback = on_dynamic::<B> as *mut c_void;
        uc_hook_add(unicorn.get_handle(), &mut site.hook, HookType::CODE.0 as c_int, callback, data, pc, pc);
    }
}

/// The instruction at `pc` is watched no more. Blocks with it are translated anew, or go on asking for hooks and find none.
pub(super) fn remove_dynamic<B: Bus>(unicorn: &mut Unicorn<'static, ()>, state: &Shared<State<B>>, pc: u32) {
    if let Some(site) = state.sites.get(&pc) {
        // SAFETY: the hook was added by `add_dynamic`.
        unsafe { uc_hook_del(unicorn.get_handle(), site.hook) };
    }
}

extern "C" fn on_block<B: Bus>(engine: Engine, address: u64, size: u32, state: &mut State<B>) {
    // `state` is the box that `install` was given; generated code runs on the thread that owns it, and reaches it here only.
    if !state.enter(address as u32, size) {
        look_closer(engine, address, size, state);
    }
}

/// As [`on_block`], and counts.
extern "C" fn on_counted_block<B: Bus>(engine: Engine, address: u64, size: u32, state: &mut State<B>) {
    // What accesses have waited for is the running block's.
    state.charge();
    if !state.enter(address as u32, size) {
        look_closer(engine, address, size, state);
        if state.wish != Wish::None {
            return;
        }
    }
    state.count_start();
}

/// Apart, so that the usual way through [`on_block`] saves no registers; with its signature, so that it is jumped to.
#[cold]
#[inline(never)]
extern "C" fn look_closer<B: Bus>(engine: Engine, address: u64, size: u32, state: &mut State<B>) {
    if !state.enter_cut_or_absent(address as u32, size) && state.enter_slowly(engine, address as u32, size) {
        // SAFETY: a hook may stop the engine that called it.
        unsafe { uc_emu_stop(engine) };
    }
}

unsafe extern "C" fn on_dynamic<B: Bus>(engine: Engine, address: u64, _: u32, site: *mut Site<B>) {
    // SAFETY: `State` owns it and keeps it; and as in `on_block`.
    let state = unsafe {
        (*site).runs = (*site).runs.saturating_add(1);
        &mut *(*site).state
    };
    state.count_site();
    if let Some(it) = state.execute_dynamic(engine, address as u32, |n| read_register(engine, general(n))) {
        write_it(engine, it);
    }
}

unsafe extern "C" fn on_interrupt<B: Bus>(engine: Engine, number: u32, state: *mut State<B>) {
    // SAFETY: as in `on_block`. PC is not written in here: that would make Unicorn stop restoring it for other hooks.
    unsafe {
        (*state).interrupt = Some(number);
        uc_emu_stop(engine);
    }
}

unsafe extern "C" fn on_translation<B: Bus>(
    _: Engine,
    current: *mut TranslationBlock,
    _: *mut TranslationBlock,
    state: *mut State<B>,
) {
    // SAFETY: as in `on_block`; Unicorn passes a valid block.
    unsafe { (*state).code_changed((*current).pc as u32) };
}

unsafe extern "C" fn on_tlb_fill<B: Bus>(
    engine: Engine,
    page: u64,
    kind: MemType,
    entry: *mut TlbEntry,
    state: *mut State<B>,
) -> bool {
    // SAFETY: as in `on_block`; `entry` is Unicorn's own.
    let state = unsafe { &mut *state };
    let access = match kind {
        MemType::WRITE => Access::Write,
        MemType::FETCH => Access::Fetch,
        _ => Access::Read,
    };
    let pc = read_register(engine, RegisterARM::PC as i32);
    let allowed = state.pages.fill(page as u32, access).and_then(|fill| {
        let rights = state.restrict(page as u32, pc, access, fill.rights)?;
        Some((fill, rights))
    });
    let Some((fill, rights)) = allowed else {
        // When a run ends Unicorn looks at where it was to end, `NOWHERE` in page 0; that is no fetch of the firmware's.
        let ends = access == Access::Fetch && page == 0 && pc >= PAGE;
        if !ends {
            state.refused = Some((page as u32, access));
        }
        return false;
    };
    // A fill restores the state of the instruction it happens in, IT bits included, and nothing takes those back. But where an access was
    // refused the core stands there, and Unicorn only looks at where the run was to end.
    if state.refused.is_none() {
        clear_it(engine, state);
    }
    if fill.flush {
        flush_tlb(engine);
    }
    // SAFETY: it is Unicorn's own, to be filled in.
    unsafe { *entry = TlbEntry { paddr: fill.physical, perms: rights } };
    true
}

fn clear_it<B: Bus>(engine: Engine, state: &State<B>) {
    if state.in_it_block(read_register(engine, RegisterARM::PC as i32)) {
        write_it(engine, 0);
    }
}

/// Sets the IT state: bits 7 to 2 are at 15 to 10 of XPSR, bits 1 and 0 at 26 and 25.
fn write_it(engine: Engine, it: u8) {
    let register = RegisterARM::XPSR as i32;
    let it = u32::from(it);
    let xpsr = read_register(engine, register) & !IT_BITS | (it & 0xFC) << 8 | (it & 3) << 25;
    // SAFETY: the value is a word, as Unicorn expects for this register.
    unsafe { uc_reg_write(engine, register, (&raw const xpsr).cast()) };
}

/// An access to a peripheral, before it happens. PC is exact here and nowhere else, so the work is done here; what
/// [`on_load`] returns is prepared here.
unsafe extern "C" fn on_access<B: Bus>(
    engine: Engine,
    kind: MemType,
    address: u64,
    size: c_int,
    value: i64,
    state: *mut State<B>,
) -> bool {
    // SAFETY: as in `on_block`.
    let state = unsafe { &mut *state };
    let pc = read_register(engine, RegisterARM::PC as i32);
    let (address, access) = (address as u32, if kind == MemType::WRITE_PROT { Access::Write } else { Access::Read });
    if state.wish == Wish::Rewind {
        // This is run in vain.
        state.loaded = 0;
        return true;
    }
    let index = state.running().map_or(0, |known| known.index(pc));
    let (at, conditional) = state.stamp_at(index, pc);
    if conditional {
        clear_it(engine, state);
    }
    if state.is_part(address, size as u32, at, pc) {
        state.loaded = 0;
        return true;
    }
    let value = (access == Access::Write).then_some(value as u32);
    reach(engine, state, address, width(size as u32), value, index, at);
    if DIRECT.contains(&address) {
        state.could_be_direct();
    }
    true
}

/// On the short way: which instruction it is has to be worked out.
fn on_direct<B: Bus>(engine: Engine, state: &mut State<B>, offset: u64, size: u32, value: Option<u32>) {
    if state.wish == Wish::Rewind {
        state.loaded = 0;
        return;
    }
    let address = DIRECT.start.wrapping_add(offset as u32);
    let register = |n: u8| read_register(engine, general(n));
    let flags = || read_register(engine, RegisterARM::CPSR as i32);
    match state.locate(address, value.is_none(), size as u8, register, flags) {
        Located::At { index, address, bytes } => {
            let pc = state.running().map_or(0, |known| known.address(index));
            let (at, _) = state.stamp_at(index.into(), pc);
            reach(engine, state, address, width(bytes.into()), value, index.into(), at);
        }
        Located::Part => {}
        Located::Nowhere => {
            state.wish = Wish::Lost;
            state.look_closer();
        }
    }
}

/// A load, or a store of `value`, by the instruction at halfword `index` of the running block, in cycle `at`.
#[inline]
fn reach<B: Bus>(
    engine: Engine,
    state: &mut State<B>,
    address: u32,
    width: Width,
    value: Option<u32>,
    index: usize,
    at: u64,
) {
    let (pc, start) = (state.last_access.1, at - u64::from(state.last_access.2));
    if let Some(replay) = &mut state.replay
        && let Some(value) = replay.answer(pc)
    {
        state.loaded = value;
        return;
    }
    let access = if value.is_some() { Access::Write } else { Access::Read };
    if state.bus.protection() != 0 && !state.bus.permits(address, access, state.mode_of(pc, access)) {
        state.loaded = 0;
        return state.rewind_to(engine, index, start, Some(Stop::Denied { address, access }));
    }
    let hidden = PPB.contains(&address) && state.is_denied(pc, address);
    let answer = match value {
        _ if hidden => None,
        Some(value) => state.bus.write(address, width, value, at, pc).then_some(0),
        None => state.bus.read(address, width, at, pc),
    };
    let Some(loaded) = answer else {
        state.loaded = 0;
        return state.rewind_to(engine, index, start, Some(Stop::Unanswered { address }));
    };
    if state.bus.noticed() || state.is_new_place() {
        state.bear_witness(engine, pc);
    }
    state.accesses.note(pc, start, loaded);
    if value.is_some() {
        state.polling.touched();
        if PPB.contains(&address) {
            state.fpu_may_have_changed();
            state.traps_may_have_changed();
            state.protection_may_have_changed();
        }
    } else {
        state.loaded = loaded;
        let steady_until = state.bus.steady_until(address);
        if state.polling.read(pc, loaded, steady_until) {
            state.look_closer();
        }
    }
    state.bridge(address, value.is_none(), at);
    state.stop_by(state.bus.next_interruption());
    if state.is_overtaken(index, start) || state.bus.watched() && state.behind(index).is_some() {
        state.rewind_to(engine, index, start, None);
    }
}

/// The core's own registers, which unprivileged code does not reach (Armv7-M ARM, B3.1.1).
const PPB: core::ops::Range<u32> = 0xE000_0000..0xE010_0000;

fn width(bytes: u32) -> Width {
    match bytes {
        1 => Width::Byte,
        2 => Width::Half,
        _ => Width::Word,
    }
}

/// Unicorn's number for general register `n`: R13 to R15 have names of their own.
fn general(n: u8) -> i32 {
    match n {
        13 => RegisterARM::SP as i32,
        14 => RegisterARM::LR as i32,
        15 => RegisterARM::PC as i32,
        _ => RegisterARM::R0 as i32 + i32::from(n),
    }
}

unsafe extern "C" fn on_direct_load<B: Bus>(engine: Engine, offset: u64, size: c_uint, state: *mut c_void) -> u64 {
    // SAFETY: as in `on_block`.
    let state = unsafe { &mut *state.cast::<State<B>>() };
    on_direct(engine, state, offset, size, None);
    u64::from(state.loaded)
}

unsafe extern "C" fn on_direct_store<B: Bus>(
    engine: Engine,
    offset: u64,
    size: c_uint,
    value: u64,
    state: *mut c_void,
) {
    // SAFETY: as in `on_block`.
    on_direct(engine, unsafe { &mut *state.cast::<State<B>>() }, offset, size, Some(value as u32));
}

unsafe extern "C" fn on_load<B: Bus>(_: Engine, _: u64, _: c_uint, state: *mut c_void) -> u64 {
    // SAFETY: as in `on_block`.
    unsafe { u64::from((*state.cast::<State<B>>()).loaded) }
}

/// The work was done in [`on_access`].
unsafe extern "C" fn on_store(_: Engine, _: u64, _: c_uint, _: u64, _: *mut c_void) {}

pub(super) fn read_register(engine: Engine, register: i32) -> u32 {
    let mut value = 0u64;
    // SAFETY: `value` has room for any core register.
    unsafe { uc_reg_read(engine, register, (&raw mut value).cast()) };
    value as u32
}

pub(super) fn write_register(engine: Engine, register: RegisterARM, value: u32) {
    write_register_number(engine, register as i32, value);
}

pub(super) fn write_register_number(engine: Engine, register: i32, value: u32) {
    let value = u64::from(value);
    // SAFETY: the value is as wide as any core register. Unicorn refuses only registers that this architecture lacks.
    unsafe { uc_reg_write(engine, register, (&raw const value).cast()) };
}
