/* GPIO by pin number, 0 to 31 for P0 and 32 to 47 for P1 (nRF52840 PS v1.7, GPIO). The functions, and what each of them does to the
   registers, are those that a Nordic HAL has, because the call path of CircuitPython ends in them.
   SPDX-License-Identifier: MIT-0 */
#ifndef HAL_GPIO_H
#define HAL_GPIO_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    volatile uint32_t before_out[0x504 / 4];
    volatile uint32_t OUT;
    volatile uint32_t OUTSET;
    volatile uint32_t OUTCLR;
    volatile uint32_t IN;
    volatile uint32_t DIR;
    volatile uint32_t DIRSET;
    volatile uint32_t DIRCLR;
    volatile uint32_t before_cnf[(0x700 - 0x520) / 4];
    volatile uint32_t PIN_CNF[32];
} gpio_port_t;

#define GPIO_P0 ((gpio_port_t *)0x50000000)
#define GPIO_P1 ((gpio_port_t *)0x50000300)
#define GPIO_PINS 48u

/* PIN_CNF: DIR bit 0, INPUT bit 1 (1 disconnects), PULL bits 2 and 3, DRIVE bits 8 to 10, SENSE bits 16 and 17. */
enum { GPIO_DIR_INPUT, GPIO_DIR_OUTPUT };
enum { GPIO_INPUT_CONNECT, GPIO_INPUT_DISCONNECT };
enum { GPIO_PULL_NONE = 0, GPIO_PULL_DOWN = 1, GPIO_PULL_UP = 3 };
enum { GPIO_DRIVE_S0S1 = 0, GPIO_DRIVE_H0H1 = 3, GPIO_DRIVE_S0D1 = 6, GPIO_DRIVE_H0D1 = 7 };

/* The port of a pin, and in *pin its number in that port. */
static inline gpio_port_t *gpio_port_of(uint32_t *pin)
{
    if (*pin < 32)
        return GPIO_P0;
    *pin &= 31;
    return GPIO_P1;
}

static inline void gpio_configure(uint32_t pin, uint32_t dir, uint32_t input, uint32_t pull, uint32_t drive)
{
    gpio_port_t *port = gpio_port_of(&pin);
    port->PIN_CNF[pin] = dir | input << 1 | pull << 2 | drive << 8;
}

static inline void gpio_input(uint32_t pin, uint32_t pull)
{
    gpio_configure(pin, GPIO_DIR_INPUT, GPIO_INPUT_CONNECT, pull, GPIO_DRIVE_S0S1);
}

/* As after reset. */
static inline void gpio_disconnect(uint32_t pin)
{
    gpio_configure(pin, GPIO_DIR_INPUT, GPIO_INPUT_DISCONNECT, GPIO_PULL_NONE, GPIO_DRIVE_S0S1);
}

static inline void gpio_set(uint32_t pin)
{
    gpio_port_t *port = gpio_port_of(&pin);
    port->OUTSET = 1u << pin;
}

static inline void gpio_clear(uint32_t pin)
{
    gpio_port_t *port = gpio_port_of(&pin);
    port->OUTCLR = 1u << pin;
}

static inline void gpio_write(uint32_t pin, uint32_t value)
{
    if (value == 0)
        gpio_clear(pin);
    else
        gpio_set(pin);
}

static inline uint32_t gpio_in(uint32_t pin)
{
    gpio_port_t *port = gpio_port_of(&pin);
    return port->IN >> pin & 1;
}

static inline uint32_t gpio_out(uint32_t pin)
{
    gpio_port_t *port = gpio_port_of(&pin);
    return port->OUT >> pin & 1;
}

static inline uint32_t gpio_direction(uint32_t pin)
{
    gpio_port_t *port = gpio_port_of(&pin);
    return port->PIN_CNF[pin] & 1;
}

static inline uint32_t gpio_pull(uint32_t pin)
{
    gpio_port_t *port = gpio_port_of(&pin);
    return port->PIN_CNF[pin] >> 2 & 3;
}

static inline uint32_t gpio_drive(uint32_t pin)
{
    gpio_port_t *port = gpio_port_of(&pin);
    return port->PIN_CNF[pin] >> 8 & 7;
}

#endif
