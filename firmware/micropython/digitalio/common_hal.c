/* The lower half of digitalio: pins of the nRF52840. A file of its own, as in CircuitPython, so that the compiler cannot join it to the upper
   half. SPDX-License-Identifier: MIT-0 */
#include "digitalio/common_hal.h"

#include "hal/gpio.h"

void common_hal_digitalio_digitalinout_construct(digitalio_digitalinout_obj_t *self, const pin_obj_t *pin)
{
    pin_claim(pin);
    self->pin = pin;
    gpio_input(pin->number, GPIO_PULL_NONE);
}

bool common_hal_digitalio_digitalinout_deinited(digitalio_digitalinout_obj_t *self)
{
    return self->pin == NULL;
}

void common_hal_digitalio_digitalinout_deinit(digitalio_digitalinout_obj_t *self)
{
    if (common_hal_digitalio_digitalinout_deinited(self))
        return;
    gpio_disconnect(self->pin->number);
    pin_release(self->pin);
    self->pin = NULL;
}

void common_hal_digitalio_digitalinout_switch_to_input(digitalio_digitalinout_obj_t *self, digitalio_pull_t pull)
{
    common_hal_digitalio_digitalinout_set_pull(self, pull);
}

/* Direction first, then the value: so CircuitPython has it. */
void common_hal_digitalio_digitalinout_switch_to_output(digitalio_digitalinout_obj_t *self, bool value,
                                                        digitalio_drive_mode_t drive_mode)
{
    common_hal_digitalio_digitalinout_set_drive_mode(self, drive_mode);
    common_hal_digitalio_digitalinout_set_value(self, value);
}

digitalio_direction_t common_hal_digitalio_digitalinout_get_direction(digitalio_digitalinout_obj_t *self)
{
    return gpio_direction(self->pin->number) == GPIO_DIR_INPUT ? DIRECTION_INPUT : DIRECTION_OUTPUT;
}

void common_hal_digitalio_digitalinout_set_value(digitalio_digitalinout_obj_t *self, bool value)
{
    gpio_write(self->pin->number, value);
}

bool common_hal_digitalio_digitalinout_get_value(digitalio_digitalinout_obj_t *self)
{
    return gpio_direction(self->pin->number) == GPIO_DIR_INPUT ? gpio_in(self->pin->number) : gpio_out(self->pin->number);
}

void common_hal_digitalio_digitalinout_set_drive_mode(digitalio_digitalinout_obj_t *self, digitalio_drive_mode_t drive_mode)
{
    gpio_configure(self->pin->number, GPIO_DIR_OUTPUT, GPIO_INPUT_DISCONNECT, GPIO_PULL_NONE,
                   drive_mode == DRIVE_MODE_OPEN_DRAIN ? GPIO_DRIVE_H0D1 : GPIO_DRIVE_H0H1);
}

digitalio_drive_mode_t common_hal_digitalio_digitalinout_get_drive_mode(digitalio_digitalinout_obj_t *self)
{
    uint32_t drive = gpio_drive(self->pin->number);
    return drive == GPIO_DRIVE_S0D1 || drive == GPIO_DRIVE_H0D1 ? DRIVE_MODE_OPEN_DRAIN : DRIVE_MODE_PUSH_PULL;
}

void common_hal_digitalio_digitalinout_set_pull(digitalio_digitalinout_obj_t *self, digitalio_pull_t pull)
{
    static const uint8_t pulls[] = {[PULL_NONE] = GPIO_PULL_NONE, [PULL_UP] = GPIO_PULL_UP, [PULL_DOWN] = GPIO_PULL_DOWN};
    gpio_input(self->pin->number, pulls[pull]);
}

digitalio_pull_t common_hal_digitalio_digitalinout_get_pull(digitalio_digitalinout_obj_t *self)
{
    switch (gpio_pull(self->pin->number)) {
        case GPIO_PULL_UP:
            return PULL_UP;
        case GPIO_PULL_DOWN:
            return PULL_DOWN;
        default:
            return PULL_NONE;
    }
}
