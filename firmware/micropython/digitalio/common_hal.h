/* What digitalio.DigitalInOut asks of the chip. SPDX-License-Identifier: MIT-0 */
#ifndef DIGITALIO_COMMON_HAL_H
#define DIGITALIO_COMMON_HAL_H

#include <stdbool.h>

#include "modules/pins.h"

typedef struct {
    mp_obj_base_t base;
    const pin_obj_t *pin; /* NULL: deinited */
} digitalio_digitalinout_obj_t;

typedef enum { DIRECTION_INPUT, DIRECTION_OUTPUT } digitalio_direction_t;
typedef enum { PULL_NONE, PULL_UP, PULL_DOWN } digitalio_pull_t;
typedef enum { DRIVE_MODE_PUSH_PULL, DRIVE_MODE_OPEN_DRAIN } digitalio_drive_mode_t;

void common_hal_digitalio_digitalinout_construct(digitalio_digitalinout_obj_t *self, const pin_obj_t *pin);
bool common_hal_digitalio_digitalinout_deinited(digitalio_digitalinout_obj_t *self);
void common_hal_digitalio_digitalinout_deinit(digitalio_digitalinout_obj_t *self);
void common_hal_digitalio_digitalinout_switch_to_input(digitalio_digitalinout_obj_t *self, digitalio_pull_t pull);
void common_hal_digitalio_digitalinout_switch_to_output(digitalio_digitalinout_obj_t *self, bool value,
                                                        digitalio_drive_mode_t drive_mode);
digitalio_direction_t common_hal_digitalio_digitalinout_get_direction(digitalio_digitalinout_obj_t *self);
void common_hal_digitalio_digitalinout_set_value(digitalio_digitalinout_obj_t *self, bool value);
bool common_hal_digitalio_digitalinout_get_value(digitalio_digitalinout_obj_t *self);
void common_hal_digitalio_digitalinout_set_drive_mode(digitalio_digitalinout_obj_t *self, digitalio_drive_mode_t drive_mode);
digitalio_drive_mode_t common_hal_digitalio_digitalinout_get_drive_mode(digitalio_digitalinout_obj_t *self);
void common_hal_digitalio_digitalinout_set_pull(digitalio_digitalinout_obj_t *self, digitalio_pull_t pull);
digitalio_pull_t common_hal_digitalio_digitalinout_get_pull(digitalio_digitalinout_obj_t *self);

#endif
