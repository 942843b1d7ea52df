/* Included by extmod/modmachine.c: what of machine depends on the chip. SPDX-License-Identifier: MIT-0 */
#include "hal/registers.h"
#include "hal/uarte.h"
#include "modules/pins.h"
#include "py/mphal.h"

static void mp_machine_idle(void)
{
    mp_event_wait_indefinite();
}

NORETURN static void mp_machine_reset(void)
{
    uarte_flush();
    SCB_AIRCR = 0x05FA0004; /* VECTKEY, SYSRESETREQ */
    for (;;) {
    }
}

/* RESETREAS as it is. */
static mp_int_t mp_machine_reset_cause(void)
{
    return (mp_int_t)POWER_RESETREAS;
}

static mp_obj_t mp_machine_unique_id(void)
{
    uint32_t id[2] = {FICR_DEVICEID(0), FICR_DEVICEID(1)};
    return mp_obj_new_bytes((const byte *)id, sizeof id);
}

static mp_obj_t mp_machine_get_freq(void)
{
    return MP_OBJ_NEW_SMALL_INT(64000000);
}

static void mp_machine_set_freq(size_t n_args, const mp_obj_t *args)
{
    (void)n_args;
    (void)args;
    mp_raise_NotImplementedError(NULL);
}

static void mp_machine_lightsleep(size_t n_args, const mp_obj_t *args)
{
    if (n_args == 0)
        mp_event_wait_indefinite();
    else
        mp_hal_delay_ms((mp_uint_t)mp_obj_get_int(args[0]));
}

NORETURN static void mp_machine_deepsleep(size_t n_args, const mp_obj_t *args)
{
    mp_machine_lightsleep(n_args, args);
    mp_machine_reset();
}
