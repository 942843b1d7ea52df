/* What the MicroPython core asks of a board. SPDX-License-Identifier: MIT-0 */
#ifndef MPHALPORT_H
#define MPHALPORT_H

#include "hal/clock.h"
#include "hal/gpio.h"
#include "hal/registers.h"
#include "modules/pins.h"
#include "py/mpconfig.h"
#include "shared/runtime/interrupt_char.h"

#define MICROPY_BEGIN_ATOMIC_SECTION() interrupts_off()
#define MICROPY_END_ATOMIC_SECTION(state) interrupts_restore(state)

/* Whoever waits sleeps in WFE. */
#define MICROPY_INTERNAL_WFE(timeout_ms) clock_sleep((uint32_t)(timeout_ms))

void mp_hal_set_interrupt_char(int c);
mp_uint_t mp_hal_ticks_cpu(void);
#define mp_hal_ticks_cpu mp_hal_ticks_cpu

/* The pins of machine.SoftSPI. */
#define MP_HAL_PIN_FMT "P%u"
#define mp_hal_pin_obj_t const pin_obj_t *
#define mp_hal_get_pin_obj(o) pin_of(o)
#define mp_hal_pin_name(p) ((unsigned)(p)->number)
#define mp_hal_pin_read(p) ((int)gpio_in((p)->number))
#define mp_hal_pin_write(p, v) gpio_write((p)->number, (v))
#define mp_hal_pin_input(p) gpio_input((p)->number, GPIO_PULL_NONE)
#define mp_hal_pin_output(p) gpio_configure((p)->number, GPIO_DIR_OUTPUT, GPIO_INPUT_CONNECT, GPIO_PULL_NONE, GPIO_DRIVE_S0S1)
#define mp_hal_delay_us_fast(us) mp_hal_delay_us(us)

#endif
