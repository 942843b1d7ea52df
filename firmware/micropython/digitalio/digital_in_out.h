/* digitalio's Python objects. SPDX-License-Identifier: MIT-0 */
#ifndef DIGITALIO_DIGITAL_IN_OUT_H
#define DIGITALIO_DIGITAL_IN_OUT_H

#include "py/obj.h"

extern const mp_obj_type_t digitalio_digitalinout_type;

/* The members of Direction, Pull and DriveMode: objects that are only ever compared with each other. */
typedef struct {
    mp_obj_base_t base;
    qstr_short_t of, name;
} digitalio_choice_t;

extern const digitalio_choice_t digitalio_direction_input_obj, digitalio_direction_output_obj;
extern const digitalio_choice_t digitalio_pull_up_obj, digitalio_pull_down_obj;
extern const digitalio_choice_t digitalio_drive_mode_push_pull_obj, digitalio_drive_mode_open_drain_obj;

#endif
