/* The pins, their names, and who has them. SPDX-License-Identifier: MIT-0 */
#include "modules/pins.h"

#include "hal/gpio.h"
#include "py/runtime.h"

static void pin_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind)
{
    const pin_obj_t *self = MP_OBJ_TO_PTR(self_in);
    (void)kind;
    mp_printf(print, "board.P%u_%02u", self->number / 32, self->number % 32);
}

MP_DEFINE_CONST_OBJ_TYPE(mcu_pin_type, MP_QSTR_Pin, MP_TYPE_FLAG_NONE, print, pin_print);

#define PIN(n) {{&PIN_TYPE}, (n)}
#define EIGHT(n) PIN(n), PIN((n) + 1), PIN((n) + 2), PIN((n) + 3), PIN((n) + 4), PIN((n) + 5), PIN((n) + 6), PIN((n) + 7)
#define ALL EIGHT(0), EIGHT(8), EIGHT(16), EIGHT(24), EIGHT(32), EIGHT(40)
#define PIN_TYPE mcu_pin_type
const pin_obj_t mcu_pins[48] = {ALL};
#undef PIN_TYPE
#define PIN_TYPE machine_pin_type
const pin_obj_t machine_pins[48] = {ALL};

/* "P0.22" or "P0_22". */
static int number_of_name(const char *name, size_t length)
{
    if (length != 5 || name[0] != 'P' || (name[2] != '.' && name[2] != '_'))
        return -1;
    unsigned port = (unsigned)name[1] - '0', tens = (unsigned)name[3] - '0', ones = (unsigned)name[4] - '0';
    unsigned pin = 10 * tens + ones;
    if (port > 1 || tens > 3 || ones > 9 || pin > (port == 0 ? 31 : 15))
        return -1;
    return (int)(32 * port + pin);
}

const pin_obj_t *pin_of(mp_obj_t object)
{
    if (mp_obj_is_type(object, &mcu_pin_type) || mp_obj_is_type(object, &machine_pin_type))
        return &machine_pins[((const pin_obj_t *)MP_OBJ_TO_PTR(object))->number];
    mp_int_t number = -1;
    if (mp_obj_is_str(object)) {
        size_t length;
        const char *name = mp_obj_str_get_data(object, &length);
        number = number_of_name(name, length);
    } else if (mp_obj_is_int(object)) {
        number = mp_obj_get_int(object);
    }
    if (number < 0 || number >= (mp_int_t)GPIO_PINS)
        mp_raise_ValueError(MP_ERROR_TEXT("no such pin: give 0 to 47, 'P0.00' to 'P1.15', or one of board's"));
    return &machine_pins[number];
}

static uint32_t claimed[2];

bool pin_is_free(const pin_obj_t *pin)
{
    return (claimed[pin->number / 32] >> pin->number % 32 & 1) == 0;
}

void pin_claim(const pin_obj_t *pin)
{
    claimed[pin->number / 32] |= 1u << pin->number % 32;
}

void pin_release(const pin_obj_t *pin)
{
    claimed[pin->number / 32] &= ~(1u << pin->number % 32);
}

void pins_reset(void)
{
    for (uint32_t number = 0; number < GPIO_PINS; number++)
        if (number != 6 && number != 8) /* the console's */
            gpio_disconnect(number);
    claimed[0] = claimed[1] = 0;
}
