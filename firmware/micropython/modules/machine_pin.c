/* machine.Pin: Pin(id, mode=-1, pull=None, value=None), init, value, on, off, and the pin called as a function.
   SPDX-License-Identifier: MIT-0 */
#include "hal/gpio.h"
#include "modules/pins.h"
#include "py/mphal.h"
#include "py/runtime.h"

#include "extmod/virtpin.h"

enum { MODE_IN = 0, MODE_OUT = 1, MODE_OPEN_DRAIN = 2 };

static void machine_pin_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind)
{
    const pin_obj_t *self = MP_OBJ_TO_PTR(self_in);
    (void)kind;
    mp_printf(print, "Pin('P%u.%02u')", self->number / 32, self->number % 32);
}

/* INPUT stays connected, so that value() of an output is the level on the pin. */
static void configure(const pin_obj_t *self, size_t n_args, const mp_obj_t *pos_args, mp_map_t *kw_args)
{
    enum { ARG_mode, ARG_pull, ARG_value };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_mode, MP_ARG_INT, {.u_int = -1}},
        {MP_QSTR_pull, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_value, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args, pos_args, kw_args, MP_ARRAY_SIZE(allowed), allowed, args);

    if (args[ARG_value].u_obj != mp_const_none) /* before the direction: no wrong level in between */
        gpio_write(self->number, mp_obj_is_true(args[ARG_value].u_obj));
    uint32_t pull = args[ARG_pull].u_obj == mp_const_none ? GPIO_PULL_NONE : (uint32_t)mp_obj_get_int(args[ARG_pull].u_obj);
    if (pull != GPIO_PULL_NONE && pull != GPIO_PULL_UP && pull != GPIO_PULL_DOWN)
        mp_raise_ValueError(MP_ERROR_TEXT("pull is None, PULL_UP or PULL_DOWN"));
    switch (args[ARG_mode].u_int) {
        case -1:
            break;
        case MODE_IN:
            gpio_input(self->number, pull);
            break;
        case MODE_OUT:
            gpio_configure(self->number, GPIO_DIR_OUTPUT, GPIO_INPUT_CONNECT, pull, GPIO_DRIVE_S0S1);
            break;
        case MODE_OPEN_DRAIN:
            gpio_configure(self->number, GPIO_DIR_OUTPUT, GPIO_INPUT_CONNECT, pull, GPIO_DRIVE_S0D1);
            break;
        default:
            mp_raise_ValueError(MP_ERROR_TEXT("mode is IN, OUT or OPEN_DRAIN"));
    }
}

static mp_obj_t machine_pin_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    (void)type;
    mp_arg_check_num(n_args, n_kw, 1, MP_OBJ_FUN_ARGS_MAX, true);
    const pin_obj_t *self = pin_of(args[0]);
    if (n_args > 1 || n_kw > 0) {
        mp_map_t kw_args;
        mp_map_init_fixed_table(&kw_args, n_kw, args + n_args);
        configure(self, n_args - 1, args + 1, &kw_args);
    }
    return MP_OBJ_FROM_PTR(self);
}

static mp_obj_t machine_pin_call(mp_obj_t self_in, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    const pin_obj_t *self = MP_OBJ_TO_PTR(self_in);
    mp_arg_check_num(n_args, n_kw, 0, 1, false);
    if (n_args == 0)
        return MP_OBJ_NEW_SMALL_INT(gpio_in(self->number));
    gpio_write(self->number, mp_obj_is_true(args[0]));
    return mp_const_none;
}

static mp_obj_t machine_pin_init(size_t n_args, const mp_obj_t *args, mp_map_t *kw_args)
{
    configure(MP_OBJ_TO_PTR(args[0]), n_args - 1, args + 1, kw_args);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(machine_pin_init_obj, 1, machine_pin_init);

static mp_obj_t machine_pin_value(size_t n_args, const mp_obj_t *args)
{
    return machine_pin_call(args[0], n_args - 1, 0, args + 1);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(machine_pin_value_obj, 1, 2, machine_pin_value);

static mp_obj_t machine_pin_on(mp_obj_t self_in)
{
    gpio_set(((const pin_obj_t *)MP_OBJ_TO_PTR(self_in))->number);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(machine_pin_on_obj, machine_pin_on);

static mp_obj_t machine_pin_off(mp_obj_t self_in)
{
    gpio_clear(((const pin_obj_t *)MP_OBJ_TO_PTR(self_in))->number);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(machine_pin_off_obj, machine_pin_off);

/* For code of MicroPython's that knows pins by this protocol only. */
static mp_uint_t machine_pin_ioctl(mp_obj_t self_in, mp_uint_t request, uintptr_t arg, int *errcode)
{
    const pin_obj_t *self = MP_OBJ_TO_PTR(self_in);
    (void)errcode;
    switch (request) {
        case MP_PIN_READ:
            return gpio_in(self->number);
        case MP_PIN_WRITE:
            gpio_write(self->number, arg);
            return 0;
        default:
            return (mp_uint_t)-1;
    }
}

static const mp_pin_p_t machine_pin_protocol = {.ioctl = machine_pin_ioctl};

static const mp_rom_map_elem_t machine_pin_locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR_init), MP_ROM_PTR(&machine_pin_init_obj)},
    {MP_ROM_QSTR(MP_QSTR_value), MP_ROM_PTR(&machine_pin_value_obj)},
    {MP_ROM_QSTR(MP_QSTR_on), MP_ROM_PTR(&machine_pin_on_obj)},
    {MP_ROM_QSTR(MP_QSTR_off), MP_ROM_PTR(&machine_pin_off_obj)},
    {MP_ROM_QSTR(MP_QSTR_high), MP_ROM_PTR(&machine_pin_on_obj)},
    {MP_ROM_QSTR(MP_QSTR_low), MP_ROM_PTR(&machine_pin_off_obj)},
    {MP_ROM_QSTR(MP_QSTR_IN), MP_ROM_INT(MODE_IN)},
    {MP_ROM_QSTR(MP_QSTR_OUT), MP_ROM_INT(MODE_OUT)},
    {MP_ROM_QSTR(MP_QSTR_OPEN_DRAIN), MP_ROM_INT(MODE_OPEN_DRAIN)},
    {MP_ROM_QSTR(MP_QSTR_PULL_UP), MP_ROM_INT(GPIO_PULL_UP)},
    {MP_ROM_QSTR(MP_QSTR_PULL_DOWN), MP_ROM_INT(GPIO_PULL_DOWN)},
};
static MP_DEFINE_CONST_DICT(machine_pin_locals, machine_pin_locals_table);

MP_DEFINE_CONST_OBJ_TYPE(machine_pin_type, MP_QSTR_Pin, MP_TYPE_FLAG_NONE, make_new, machine_pin_make_new, print,
                         machine_pin_print, call, machine_pin_call, protocol, &machine_pin_protocol, locals_dict,
                         &machine_pin_locals);
