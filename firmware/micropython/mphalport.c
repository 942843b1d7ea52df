/* Console, time and the end of waiting, for the MicroPython core. SPDX-License-Identifier: MIT-0 */
#include "py/mphal.h"

#include <string.h>

#include "hal/uarte.h"
#include "py/runtime.h"
#include "py/stream.h"

/* The interrupt character (Ctrl-C) does not wait until somebody reads. */
bool uarte_received(int byte)
{
    if (byte != mp_interrupt_char)
        return false;
    mp_sched_keyboard_interrupt();
    return true;
}

uintptr_t mp_hal_stdio_poll(uintptr_t poll_flags)
{
    uintptr_t ready = 0;
    if ((poll_flags & MP_STREAM_POLL_RD) && uarte_readable())
        ready |= MP_STREAM_POLL_RD;
    if (poll_flags & MP_STREAM_POLL_WR)
        ready |= MP_STREAM_POLL_WR;
    return ready;
}

int mp_hal_stdin_rx_chr(void)
{
    for (;;) {
        int byte = uarte_read();
        if (byte >= 0)
            return byte;
        mp_event_wait_indefinite();
    }
}

mp_uint_t mp_hal_stdout_tx_strn(const char *str, size_t len)
{
    uarte_write(str, len);
    return len;
}

mp_uint_t mp_hal_ticks_ms(void)
{
    return (mp_uint_t)(clock_us() / 1000);
}

mp_uint_t mp_hal_ticks_us(void)
{
    return (mp_uint_t)clock_us();
}

mp_uint_t mp_hal_ticks_cpu(void)
{
    return DWT_CYCCNT;
}

/* There is no calendar: the time since start. */
uint64_t mp_hal_time_ns(void)
{
    return clock_us() * 1000;
}

void mp_hal_delay_ms(mp_uint_t ms)
{
    uint64_t end = clock_us() + (uint64_t)ms * 1000;
    for (;;) {
        mp_event_handle_nowait();
        uint64_t now = clock_us();
        if (now >= end)
            return;
        uint64_t left = end - now;
        if (left >= 1000)
            clock_sleep((uint32_t)(left / 1000 < 1000000 ? left / 1000 : 1000000));
    }
}

void mp_hal_delay_us(mp_uint_t us)
{
    uint64_t end = clock_us() + us;
    while (clock_us() < end) {
    }
}
