/* A linked list: entries found, turned round, sorted by merging. SPDX-License-Identifier: MIT-0 */
#include "work.h"
#include <stddef.h>

#define ENTRIES 40

struct datum {
    int16_t value, place;
};

struct entry {
    struct entry *next;
    struct datum *datum;
};

static struct datum data[ENTRIES];
static struct entry entries[ENTRIES];
static struct entry *list;

typedef int compare(const struct datum *, const struct datum *);

static int by_value(const struct datum *a, const struct datum *b)
{
    return a->value - b->value;
}

static int by_place(const struct datum *a, const struct datum *b)
{
    return a->place - b->place;
}

void list_build(void)
{
    uint32_t random = 12345;
    for (int i = 0; i < ENTRIES; i++) {
        random = random * 1103515245 + 12345;
        data[i].value = (int16_t)(random >> 18 & 0xFFF);
        data[i].place = (int16_t)i;
        entries[i].datum = &data[i];
        entries[i].next = i + 1 < ENTRIES ? &entries[i + 1] : NULL;
    }
    list = entries;
}

static struct entry *find_place(struct entry *at, int16_t place)
{
    while (at && at->datum->place != place)
        at = at->next;
    return at;
}

static struct entry *find_low_byte(struct entry *at, int16_t byte)
{
    while (at && (at->datum->value & 0xFF) != byte)
        at = at->next;
    return at;
}

static struct entry *reverse(struct entry *at)
{
    struct entry *done = NULL;
    while (at) {
        struct entry *next = at->next;
        at->next = done;
        done = at;
        at = next;
    }
    return done;
}

/* Merges runs of 1, 2, 4 and so on, until one run is the list. */
static struct entry *sort(struct entry *at, compare *order)
{
    for (int run = 1;; run *= 2) {
        struct entry *p = at, *tail = NULL;
        int merges = 0;
        at = NULL;
        while (p) {
            struct entry *q = p;
            int in_p = 0, in_q = run;
            merges++;
            for (int i = 0; i < run && q; i++, in_p++)
                q = q->next;
            while (in_p > 0 || (in_q > 0 && q)) {
                struct entry *taken;
                if (in_p == 0) {
                    taken = q, q = q->next, in_q--;
                } else if (in_q == 0 || !q || order(p->datum, q->datum) <= 0) {
                    taken = p, p = p->next, in_p--;
                } else {
                    taken = q, q = q->next, in_q--;
                }
                if (tail)
                    tail->next = taken;
                else
                    at = taken;
                tail = taken;
            }
            p = q;
        }
        tail->next = NULL;
        if (merges <= 1)
            return at;
    }
}

uint16_t list_work(int16_t seed, uint16_t crc)
{
    uint16_t found = 0, missed = 0, sum = 0;
    for (int16_t i = 0; i < 8; i++) {
        struct entry *by_index = find_place(list, (int16_t)((seed + 5 * i) % (ENTRIES + 4)));
        struct entry *by_byte = find_low_byte(list, (int16_t)((seed + 31 * i) & 0xFF));
        list = reverse(list);
        if (by_index) {
            found++;
            if (by_index->datum->value & 1)
                sum += by_index->datum->value >> 9 & 1;
        } else {
            missed++;
        }
        if (by_byte)
            found++, sum += by_byte->datum->value & 7;
    }
    crc = crc16(found * 4 - missed + sum, crc);
    list = sort(list, by_value);
    for (struct entry *at = list; at; at = at->next)
        crc = crc16((uint16_t)at->datum->value, crc);
    list = sort(list, by_place);
    for (struct entry *at = list; at; at = at->next)
        crc = crc16((uint16_t)at->datum->place, crc);
    return crc;
}
