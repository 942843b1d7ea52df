/* Small matrices of 16-bit numbers. SPDX-License-Identifier: MIT-0 */
#include "work.h"

#define N 10

static int16_t a[N * N], b[N * N];
static int32_t c[N * N];

void matrix_build(uint32_t seed)
{
    for (int i = 0; i < N * N; i++) {
        seed = (seed * 31 + (uint32_t)i) % 65536;
        a[i] = (int16_t)((seed & 0xFF) + i);
        b[i] = (int16_t)(seed >> 4 & 0x7F);
    }
}

static void add_constant(int16_t value)
{
    for (int i = 0; i < N * N; i++)
        a[i] = (int16_t)(a[i] + value);
}

static void by_vector(void)
{
    for (int i = 0; i < N; i++) {
        int32_t sum = 0;
        for (int j = 0; j < N; j++)
            sum += (int32_t)a[i * N + j] * b[j];
        c[i] = sum;
    }
}

static void by_matrix(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int32_t sum = 0;
            for (int k = 0; k < N; k++)
                sum += (int32_t)a[i * N + k] * b[k * N + j];
            c[i * N + j] = sum;
        }
}

/* Products of two bit fields of the products. */
static void by_matrix_fields(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int32_t sum = 0;
            for (int k = 0; k < N; k++) {
                int32_t product = (int32_t)a[i * N + k] * b[k * N + j];
                sum += (product >> 2 & 0xF) * (product >> 5 & 0x7F);
            }
            c[i * N + j] = sum;
        }
}

/* Counts climbs, and each passing of `limit` as ten. */
static int16_t look_over(int32_t limit)
{
    int32_t sum = 0, before = 0;
    int16_t score = 0;
    for (int i = 0; i < N * N; i++) {
        sum += c[i];
        if (sum > limit)
            score = (int16_t)(score + 10), sum = 0;
        else
            score = (int16_t)(score + (c[i] > before));
        before = c[i];
    }
    return score;
}

uint16_t matrix_work(int16_t seed, uint16_t crc)
{
    int32_t limit = (int32_t)0xF000 | seed;
    add_constant(seed);
    for (int i = 0; i < N * N; i++)
        c[i] = (int32_t)a[i] * seed;
    crc = crc16((uint16_t)look_over(limit), crc);
    by_vector();
    crc = crc16((uint16_t)look_over(limit), crc);
    by_matrix();
    crc = crc16((uint16_t)look_over(limit), crc);
    by_matrix_fields();
    crc = crc16((uint16_t)look_over(limit), crc);
    add_constant((int16_t)-seed);
    return crc;
}
