/* The 48 pins as Python objects, as board has them. SPDX-License-Identifier: MIT-0 */
#ifndef MODULES_PINS_H
#define MODULES_PINS_H

#include "py/obj.h"

typedef struct {
    mp_obj_base_t base;
    uint8_t number; /* 0 to 31 is P0, 32 to 47 P1 */
} pin_obj_t;

/* microcontroller.Pin: what board holds. */
extern const mp_obj_type_t mcu_pin_type;
extern const pin_obj_t mcu_pins[48];

/* machine.Pin: what can be read and written. */
extern const mp_obj_type_t machine_pin_type;
extern const pin_obj_t machine_pins[48];

/* Of a pin object of either sort, a number from 0 to 47, or a name such as "P1.15"; anything else raises. */
const pin_obj_t *pin_of(mp_obj_t object);

/* A pin belongs to one object at a time; all are free after a soft reset, and as after power-on. */
bool pin_is_free(const pin_obj_t *pin);
void pin_claim(const pin_obj_t *pin);
void pin_release(const pin_obj_t *pin);
void pins_reset(void);

#endif
