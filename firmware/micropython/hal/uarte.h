/* The console on UARTE0. SPDX-License-Identifier: MIT-0 */
#ifndef HAL_UARTE_H
#define HAL_UARTE_H

#include <stdbool.h>
#include <stddef.h>

void uarte_init(void);
/* Queues the bytes; waits only while the queue is full. */
void uarte_write(const char *text, size_t length);
/* Waits until all of it has left the wire. */
void uarte_flush(void);
/* The next byte received, or -1. */
int uarte_read(void);
bool uarte_readable(void);

/* Called in the interrupt for each byte; true: it is taken, and goes no further. */
bool uarte_received(int byte);

#endif
