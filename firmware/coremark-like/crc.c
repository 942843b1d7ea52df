/* SPDX-License-Identifier: MIT-0 */
#include "work.h"

static uint16_t crc8(uint8_t value, uint16_t crc)
{
    for (int bit = 0; bit < 8; bit++) {
        int differ = (value ^ crc) & 1;
        value >>= 1;
        crc >>= 1;
        if (differ)
            crc ^= 0xA001;
    }
    return crc;
}

uint16_t crc16(uint16_t value, uint16_t crc)
{
    return crc8(value >> 8, crc8(value & 0xFF, crc));
}

uint16_t crc32(uint32_t value, uint16_t crc)
{
    return crc16(value >> 16, crc16(value & 0xFFFF, crc));
}
