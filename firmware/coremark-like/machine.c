/* Reads numbers, character by character. SPDX-License-Identifier: MIT-0 */
#include "work.h"

enum state { START, INVALID, SIGN, INTEGER, POINT, EXPONENT, EXPONENT_SIGN, SCIENTIFIC, STATES };

static char text[] = "5012,-874,+122,0x55,35.54400,.1234500,-110.700,+0.64400,5.500e+3,-.123e-2,-87e+832,+0.6e-12,"
                     "T0.3e-1F,-T.T++Tq,1T3.4e4z,34.0e-T^,7,.,e5,99999999,1.5E7,";

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads up to a comma; counts how often each state was left. */
static enum state read_number(const char **at, uint32_t *left)
{
    const char *p = *at;
    enum state state = START;
    for (; *p && state != INVALID; p++) {
        char c = *p;
        if (c == ',') {
            p++;
            break;
        }
        switch (state) {
        case START:
            if (is_digit(c))
                state = INTEGER;
            else if (c == '+' || c == '-')
                state = SIGN;
            else if (c == '.')
                state = POINT;
            else
                state = INVALID;
            left[START]++;
            break;
        case SIGN:
            state = is_digit(c) ? INTEGER : c == '.' ? POINT : INVALID;
            left[SIGN]++;
            break;
        case INTEGER:
            if (c == '.') {
                state = POINT;
                left[INTEGER]++;
            } else if (!is_digit(c)) {
                state = INVALID;
                left[INTEGER]++;
            }
            break;
        case POINT:
            if (c == 'e' || c == 'E') {
                state = EXPONENT;
                left[POINT]++;
            } else if (!is_digit(c)) {
                state = INVALID;
                left[POINT]++;
            }
            break;
        case EXPONENT:
            state = c == '+' || c == '-' ? EXPONENT_SIGN : INVALID;
            left[EXPONENT]++;
            break;
        case EXPONENT_SIGN:
            state = is_digit(c) ? SCIENTIFIC : INVALID;
            left[EXPONENT_SIGN]++;
            break;
        case SCIENTIFIC:
            if (!is_digit(c)) {
                state = INVALID;
                left[INVALID]++;
            }
            break;
        default:
            break;
        }
    }
    if (state == INVALID) {
        while (*p && *p++ != ',') {
        }
    }
    *at = p;
    return state;
}

static void read_all(uint32_t *ended, uint32_t *left)
{
    for (const char *p = text; *p;)
        ended[read_number(&p, left)]++;
}

uint16_t machine_work(int16_t seed, uint16_t crc)
{
    uint32_t ended[STATES] = {0}, left[STATES] = {0};
    int step = (seed & 7) + 5;
    read_all(ended, left);
    for (char *p = text; p < text + sizeof text - 1; p += step)
        if (*p != ',')
            *p ^= (char)(seed & 0x0F);
    read_all(ended, left);
    for (char *p = text; p < text + sizeof text - 1; p += step)
        if (*p != ',')
            *p ^= (char)(seed & 0x0F);
    for (int i = 0; i < STATES; i++)
        crc = crc32(left[i], crc32(ended[i], crc));
    return crc;
}
