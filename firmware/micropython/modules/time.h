/* Included by extmod/modtime.c: what CircuitPython's time has beside MicroPython's. SPDX-License-Identifier: MIT-0 */
#include "py/mphal.h"

/* monotonic(): seconds since start. */
static mp_obj_t time_monotonic(void)
{
    return mp_obj_new_float((mp_float_t)clock_us() / MICROPY_FLOAT_CONST(1000000.0));
}
static MP_DEFINE_CONST_FUN_OBJ_0(time_monotonic_obj, time_monotonic);
