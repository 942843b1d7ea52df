/* The upper half of digitalio.DigitalInOut: arguments in, exceptions out. Which checks a property makes, and in which order, is
   CircuitPython's; each costs the time that it costs there.
   SPDX-License-Identifier: MIT-0 */
#include "digitalio/digital_in_out.h"

#include "digitalio/common_hal.h"
#include "digitalio/native_property.h"
#include "py/runtime.h"

static void raise_if_deinited(bool deinited)
{
    if (deinited)
        mp_raise_ValueError(MP_ERROR_TEXT("object has been deinitialized and can no longer be used"));
}

static mp_obj_t digitalinout_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    (void)type;
    mp_arg_check_num(n_args, n_kw, 1, 1, false);
    if (!mp_obj_is_type(args[0], &mcu_pin_type))
        mp_raise_TypeError(MP_ERROR_TEXT("expected a Pin of board"));
    const pin_obj_t *pin = MP_OBJ_TO_PTR(args[0]);
    if (!pin_is_free(pin))
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("P%u_%02u in use"), pin->number / 32, pin->number % 32);
    digitalio_digitalinout_obj_t *self = mp_obj_malloc(digitalio_digitalinout_obj_t, &digitalio_digitalinout_type);
    common_hal_digitalio_digitalinout_construct(self, pin);
    return MP_OBJ_FROM_PTR(self);
}

static mp_obj_t digitalinout_deinit(mp_obj_t self_in)
{
    common_hal_digitalio_digitalinout_deinit(MP_OBJ_TO_PTR(self_in));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(digitalinout_deinit_obj, digitalinout_deinit);

static mp_obj_t digitalinout_exit(size_t n_args, const mp_obj_t *args)
{
    (void)n_args;
    return digitalinout_deinit(args[0]);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(digitalinout_exit_obj, 4, 4, digitalinout_exit);

/* switch_to_output(value=False, drive_mode=DriveMode.PUSH_PULL) */
static mp_obj_t digitalinout_switch_to_output(size_t n_args, const mp_obj_t *pos_args, mp_map_t *kw_args)
{
    enum { ARG_value, ARG_drive_mode };
    static const mp_arg_t allowed_args[] = {
        {MP_QSTR_value, MP_ARG_BOOL, {.u_bool = false}},
        {MP_QSTR_drive_mode, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_PTR(&digitalio_drive_mode_push_pull_obj)}},
    };
    digitalio_digitalinout_obj_t *self = MP_OBJ_TO_PTR(pos_args[0]);
    raise_if_deinited(common_hal_digitalio_digitalinout_deinited(self));
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed_args)];
    mp_arg_parse_all(n_args - 1, pos_args + 1, kw_args, MP_ARRAY_SIZE(allowed_args), allowed_args, args);

    digitalio_drive_mode_t drive_mode = DRIVE_MODE_PUSH_PULL;
    if (args[ARG_drive_mode].u_obj == MP_OBJ_FROM_PTR(&digitalio_drive_mode_open_drain_obj))
        drive_mode = DRIVE_MODE_OPEN_DRAIN;
    common_hal_digitalio_digitalinout_switch_to_output(self, args[ARG_value].u_bool, drive_mode);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(digitalinout_switch_to_output_obj, 1, digitalinout_switch_to_output);

static digitalio_pull_t pull_of(mp_obj_t object)
{
    if (object == MP_OBJ_FROM_PTR(&digitalio_pull_up_obj))
        return PULL_UP;
    if (object == MP_OBJ_FROM_PTR(&digitalio_pull_down_obj))
        return PULL_DOWN;
    if (object != mp_const_none)
        mp_raise_ValueError(MP_ERROR_TEXT("unsupported pull value"));
    return PULL_NONE;
}

/* switch_to_input(pull=None) */
static mp_obj_t digitalinout_switch_to_input(size_t n_args, const mp_obj_t *pos_args, mp_map_t *kw_args)
{
    enum { ARG_pull };
    static const mp_arg_t allowed_args[] = {
        {MP_QSTR_pull, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    digitalio_digitalinout_obj_t *self = MP_OBJ_TO_PTR(pos_args[0]);
    raise_if_deinited(common_hal_digitalio_digitalinout_deinited(self));
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed_args)];
    mp_arg_parse_all(n_args - 1, pos_args + 1, kw_args, MP_ARRAY_SIZE(allowed_args), allowed_args, args);
    common_hal_digitalio_digitalinout_switch_to_input(self, pull_of(args[ARG_pull].u_obj));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(digitalinout_switch_to_input_obj, 1, digitalinout_switch_to_input);

/* value */
static mp_obj_t digitalio_digitalinout_obj_get_value(mp_obj_t self_in)
{
    digitalio_digitalinout_obj_t *self = MP_OBJ_TO_PTR(self_in);
    raise_if_deinited(common_hal_digitalio_digitalinout_deinited(self));
    bool value = common_hal_digitalio_digitalinout_get_value(self);
    return mp_obj_new_bool(value);
}
static MP_DEFINE_CONST_FUN_OBJ_1(get_value_obj, digitalio_digitalinout_obj_get_value);

static mp_obj_t digitalio_digitalinout_obj_set_value(mp_obj_t self_in, mp_obj_t value)
{
    digitalio_digitalinout_obj_t *self = MP_OBJ_TO_PTR(self_in);
    raise_if_deinited(common_hal_digitalio_digitalinout_deinited(self));
    if (common_hal_digitalio_digitalinout_get_direction(self) == DIRECTION_INPUT)
        mp_raise_msg(&mp_type_AttributeError, MP_ERROR_TEXT("cannot set value when direction is input"));
    common_hal_digitalio_digitalinout_set_value(self, mp_obj_is_true(value));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(set_value_obj, digitalio_digitalinout_obj_set_value);

/* direction */
static mp_obj_t digitalio_digitalinout_obj_get_direction(mp_obj_t self_in)
{
    digitalio_digitalinout_obj_t *self = MP_OBJ_TO_PTR(self_in);
    raise_if_deinited(common_hal_digitalio_digitalinout_deinited(self));
    if (common_hal_digitalio_digitalinout_get_direction(self) == DIRECTION_INPUT)
        return MP_OBJ_FROM_PTR(&digitalio_direction_input_obj);
    return MP_OBJ_FROM_PTR(&digitalio_direction_output_obj);
}
static MP_DEFINE_CONST_FUN_OBJ_1(get_direction_obj, digitalio_digitalinout_obj_get_direction);

static mp_obj_t digitalio_digitalinout_obj_set_direction(mp_obj_t self_in, mp_obj_t value)
{
    digitalio_digitalinout_obj_t *self = MP_OBJ_TO_PTR(self_in);
    raise_if_deinited(common_hal_digitalio_digitalinout_deinited(self));
    if (value == MP_OBJ_FROM_PTR(&digitalio_direction_input_obj))
        common_hal_digitalio_digitalinout_switch_to_input(self, PULL_NONE);
    else if (value == MP_OBJ_FROM_PTR(&digitalio_direction_output_obj))
        common_hal_digitalio_digitalinout_switch_to_output(self, false, DRIVE_MODE_PUSH_PULL);
    else
        mp_raise_ValueError(MP_ERROR_TEXT("invalid direction"));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(set_direction_obj, digitalio_digitalinout_obj_set_direction);

/* drive_mode */
static void raise_if_input(digitalio_digitalinout_obj_t *self)
{
    raise_if_deinited(common_hal_digitalio_digitalinout_deinited(self));
    if (common_hal_digitalio_digitalinout_get_direction(self) == DIRECTION_INPUT)
        mp_raise_msg(&mp_type_AttributeError, MP_ERROR_TEXT("drive mode not used when direction is input"));
}

static mp_obj_t digitalio_digitalinout_obj_get_drive_mode(mp_obj_t self_in)
{
    digitalio_digitalinout_obj_t *self = MP_OBJ_TO_PTR(self_in);
    raise_if_input(self);
    if (common_hal_digitalio_digitalinout_get_drive_mode(self) == DRIVE_MODE_PUSH_PULL)
        return MP_OBJ_FROM_PTR(&digitalio_drive_mode_push_pull_obj);
    return MP_OBJ_FROM_PTR(&digitalio_drive_mode_open_drain_obj);
}
static MP_DEFINE_CONST_FUN_OBJ_1(get_drive_mode_obj, digitalio_digitalinout_obj_get_drive_mode);

static mp_obj_t digitalio_digitalinout_obj_set_drive_mode(mp_obj_t self_in, mp_obj_t drive_mode)
{
    digitalio_digitalinout_obj_t *self = MP_OBJ_TO_PTR(self_in);
    raise_if_input(self);
    bool open_drain = drive_mode == MP_OBJ_FROM_PTR(&digitalio_drive_mode_open_drain_obj);
    common_hal_digitalio_digitalinout_set_drive_mode(self, open_drain ? DRIVE_MODE_OPEN_DRAIN : DRIVE_MODE_PUSH_PULL);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(set_drive_mode_obj, digitalio_digitalinout_obj_set_drive_mode);

/* pull */
static void raise_if_output(digitalio_digitalinout_obj_t *self)
{
    raise_if_deinited(common_hal_digitalio_digitalinout_deinited(self));
    if (common_hal_digitalio_digitalinout_get_direction(self) == DIRECTION_OUTPUT)
        mp_raise_msg(&mp_type_AttributeError, MP_ERROR_TEXT("pull not used when direction is output"));
}

static mp_obj_t digitalio_digitalinout_obj_get_pull(mp_obj_t self_in)
{
    digitalio_digitalinout_obj_t *self = MP_OBJ_TO_PTR(self_in);
    raise_if_output(self);
    switch (common_hal_digitalio_digitalinout_get_pull(self)) {
        case PULL_UP:
            return MP_OBJ_FROM_PTR(&digitalio_pull_up_obj);
        case PULL_DOWN:
            return MP_OBJ_FROM_PTR(&digitalio_pull_down_obj);
        default:
            return mp_const_none;
    }
}
static MP_DEFINE_CONST_FUN_OBJ_1(get_pull_obj, digitalio_digitalinout_obj_get_pull);

static mp_obj_t digitalio_digitalinout_obj_set_pull(mp_obj_t self_in, mp_obj_t pull)
{
    digitalio_digitalinout_obj_t *self = MP_OBJ_TO_PTR(self_in);
    raise_if_output(self);
    common_hal_digitalio_digitalinout_set_pull(self, pull_of(pull));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(set_pull_obj, digitalio_digitalinout_obj_set_pull);

static const native_property_t value_property = NATIVE_PROPERTY(&get_value_obj, &set_value_obj);
static const native_property_t direction_property = NATIVE_PROPERTY(&get_direction_obj, &set_direction_obj);
static const native_property_t drive_mode_property = NATIVE_PROPERTY(&get_drive_mode_obj, &set_drive_mode_obj);
static const native_property_t pull_property = NATIVE_PROPERTY(&get_pull_obj, &set_pull_obj);

static const mp_rom_map_elem_t digitalinout_locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR_deinit), MP_ROM_PTR(&digitalinout_deinit_obj)},
    {MP_ROM_QSTR(MP_QSTR___enter__), MP_ROM_PTR(&mp_identity_obj)},
    {MP_ROM_QSTR(MP_QSTR___exit__), MP_ROM_PTR(&digitalinout_exit_obj)},
    {MP_ROM_QSTR(MP_QSTR_switch_to_output), MP_ROM_PTR(&digitalinout_switch_to_output_obj)},
    {MP_ROM_QSTR(MP_QSTR_switch_to_input), MP_ROM_PTR(&digitalinout_switch_to_input_obj)},
    {MP_ROM_QSTR(MP_QSTR_direction), MP_ROM_PTR(&direction_property)},
    {MP_ROM_QSTR(MP_QSTR_value), MP_ROM_PTR(&value_property)},
    {MP_ROM_QSTR(MP_QSTR_drive_mode), MP_ROM_PTR(&drive_mode_property)},
    {MP_ROM_QSTR(MP_QSTR_pull), MP_ROM_PTR(&pull_property)},
};
static MP_DEFINE_CONST_DICT(digitalinout_locals, digitalinout_locals_table);

MP_DEFINE_CONST_OBJ_TYPE(digitalio_digitalinout_type, MP_QSTR_DigitalInOut, MP_TYPE_FLAG_NONE, make_new, digitalinout_make_new,
                         attr, native_property_attr, locals_dict, &digitalinout_locals);
