/* Time: TIMER1 counts microseconds from start to power-off. SPDX-License-Identifier: MIT-0 */
#ifndef HAL_CLOCK_H
#define HAL_CLOCK_H

#include <stdint.h>

void clock_init(void);

/* Microseconds since clock_init; does not wrap. */
uint64_t clock_us(void);

/* Sleeps until the next interrupt or event, or until `ms` milliseconds have gone; UINT32_MAX for no such limit. */
void clock_sleep(uint32_t ms);

#endif
