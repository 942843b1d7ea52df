/* The module digitalio: DigitalInOut, Direction, Pull, DriveMode. SPDX-License-Identifier: MIT-0 */
#include "digitalio/digital_in_out.h"
#include "py/runtime.h"

static void choice_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind)
{
    const digitalio_choice_t *self = MP_OBJ_TO_PTR(self_in);
    (void)kind;
    mp_printf(print, "digitalio.%q.%q", self->of, self->name);
}

/* A type with two constants; the constants are of that type. */
#define CHOICE(prefix, NAME, first, FIRST, second, SECOND)                                                                      \
    static const mp_obj_type_t prefix##_type;                                                                                   \
    const digitalio_choice_t prefix##_##first##_obj = {{&prefix##_type}, MP_QSTR_##NAME, MP_QSTR_##FIRST};                      \
    const digitalio_choice_t prefix##_##second##_obj = {{&prefix##_type}, MP_QSTR_##NAME, MP_QSTR_##SECOND};                    \
    static const mp_rom_map_elem_t prefix##_locals_table[] = {                                                                  \
        {MP_ROM_QSTR(MP_QSTR_##FIRST), MP_ROM_PTR(&prefix##_##first##_obj)},                                                    \
        {MP_ROM_QSTR(MP_QSTR_##SECOND), MP_ROM_PTR(&prefix##_##second##_obj)},                                                  \
    };                                                                                                                          \
    static MP_DEFINE_CONST_DICT(prefix##_locals, prefix##_locals_table);                                                        \
    static MP_DEFINE_CONST_OBJ_TYPE(prefix##_type, MP_QSTR_##NAME, MP_TYPE_FLAG_NONE, print, choice_print, locals_dict,         \
                                    &prefix##_locals)

CHOICE(digitalio_direction, Direction, input, INPUT, output, OUTPUT);
CHOICE(digitalio_pull, Pull, up, UP, down, DOWN);
CHOICE(digitalio_drive_mode, DriveMode, push_pull, PUSH_PULL, open_drain, OPEN_DRAIN);

static const mp_rom_map_elem_t digitalio_globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_digitalio)},
    {MP_ROM_QSTR(MP_QSTR_DigitalInOut), MP_ROM_PTR(&digitalio_digitalinout_type)},
    {MP_ROM_QSTR(MP_QSTR_Direction), MP_ROM_PTR(&digitalio_direction_type)},
    {MP_ROM_QSTR(MP_QSTR_Pull), MP_ROM_PTR(&digitalio_pull_type)},
    {MP_ROM_QSTR(MP_QSTR_DriveMode), MP_ROM_PTR(&digitalio_drive_mode_type)},
};
static MP_DEFINE_CONST_DICT(digitalio_globals, digitalio_globals_table);

const mp_obj_module_t digitalio_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&digitalio_globals,
};

MP_REGISTER_MODULE(MP_QSTR_digitalio, digitalio_module);
