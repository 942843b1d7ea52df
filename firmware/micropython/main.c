/* A small port of MicroPython to the nRF52840: console on UARTE0, files in flash, boot.py and main.py, then the REPL.
   SPDX-License-Identifier: MIT-0 */
#include "hal/clock.h"
#include "hal/uarte.h"
#include "modules/flash.h"
#include "modules/pins.h"
#include "py/compile.h"
#include "py/cstack.h"
#include "py/gc.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "shared/readline/readline.h"
#include "shared/runtime/gchelper.h"
#include "shared/runtime/pyexec.h"

extern uint8_t _heap_start[], _heap_end[], _stack_top[]; /* nrf52840.ld */

void gc_collect(void)
{
    gc_collect_start();
    gc_helper_collect_regs_and_stack();
    gc_collect_end();
}

void nlr_jump_fail(void *value)
{
    static const char message[] = "uncaught exception outside of Python\r\n";
    (void)value;
    uarte_write(message, sizeof message - 1);
    uarte_flush();
    for (;;) {
    }
}

/* boot.py, then main.py unless boot.py asked for a soft reset; true: go on to the REPL. */
static bool run_scripts(void)
{
    int result = pyexec_file_if_exists("boot.py");
    if (result & PYEXEC_FORCED_EXIT)
        return false;
    if (pyexec_mode_kind == PYEXEC_MODE_FRIENDLY_REPL && result != 0)
        result = pyexec_file_if_exists("main.py");
    return (result & PYEXEC_FORCED_EXIT) == 0;
}

static void run_repl(void)
{
    for (;;) {
        int ended = pyexec_mode_kind == PYEXEC_MODE_RAW_REPL ? pyexec_raw_repl() : pyexec_friendly_repl();
        if (ended != 0)
            return;
    }
}

int main(void)
{
    clock_init();
    uarte_init();
    for (;;) {
        mp_cstack_init_with_top(_stack_top, (size_t)(_stack_top - _heap_end) - 1024);
        gc_init(_heap_start, _heap_end);
        mp_init();
        readline_init0();
        pins_reset();
        int mounted = flash_mount();
        if (mounted != 0)
            mp_printf(&mp_plat_print, "no file system: error %d\n", -mounted);
        mp_obj_list_append(mp_sys_path, mp_obj_new_str_via_qstr("/lib", 4));
        if (run_scripts())
            run_repl();
        mp_printf(&mp_plat_print, "MPY: soft reboot\n");
        gc_sweep_all();
        mp_deinit();
    }
}
