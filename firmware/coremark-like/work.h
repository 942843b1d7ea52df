/* Work as CoreMark's is: lists, matrices, a state machine, a CRC over what each found. SPDX-License-Identifier: MIT-0 */
#ifndef WORK_H
#define WORK_H

#include <stdint.h>

/* CRC-16 with polynomial 0x8005, least significant bit first, bit by bit. */
uint16_t crc16(uint16_t value, uint16_t crc);
uint16_t crc32(uint32_t value, uint16_t crc);

void list_build(void);
/* Finds, reverses, sorts by one key and by the other. */
uint16_t list_work(int16_t seed, uint16_t crc);

void matrix_build(uint32_t seed);
/* A constant added, a product with a vector, two with a matrix. */
uint16_t matrix_work(int16_t seed, uint16_t crc);

/* Tells integers, fractions and exponents apart in a line of text. */
uint16_t machine_work(int16_t seed, uint16_t crc);

#endif
