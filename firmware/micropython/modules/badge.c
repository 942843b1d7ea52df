/* badge: how a program ends a run. SPDX-License-Identifier: MIT-0 */
#include "hal/semihosting.h"
#include "hal/uarte.h"
#include "py/runtime.h"

/* exit(code=0): the end, for a simulator or a debugger. The console's text leaves first. */
static mp_obj_t badge_exit(size_t n_args, const mp_obj_t *args)
{
    int code = n_args == 0 ? 0 : (int)mp_obj_get_int(args[0]);
    uarte_flush();
    semihosting_exit(code);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(badge_exit_obj, 0, 1, badge_exit);

static const mp_rom_map_elem_t badge_globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_badge)},
    {MP_ROM_QSTR(MP_QSTR_exit), MP_ROM_PTR(&badge_exit_obj)},
};
static MP_DEFINE_CONST_DICT(badge_globals, badge_globals_table);

const mp_obj_module_t badge_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&badge_globals,
};

MP_REGISTER_MODULE(MP_QSTR_badge, badge_module);
