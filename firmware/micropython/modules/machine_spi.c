/* machine.SPI on SPIM: SPI(id, baudrate=1000000, polarity=0, phase=0, bits=8, firstbit=SPI.MSB, sck=, mosi=, miso=), id 0 to 3.

   The UARTE of the console has ID 2, so that SPIM0 (ID 3) and the others are free. SPIM3 goes up to 32 MHz, the others to 8
   (nRF52840 PS v1.7, SPIM, FREQUENCY). Erratum 198, by which SPIM3 may send wrong bytes while the CPU writes to the same 8 KB of RAM, is not
   worked around: while it sends, only interrupts write.
   SPDX-License-Identifier: MIT-0 */
#include <string.h>

#include "extmod/modmachine.h"
#include "hal/gpio.h"
#include "hal/registers.h"
#include "modules/pins.h"
#include "py/mphal.h"
#include "py/runtime.h"

enum { UNUSED = 0xFF };

typedef struct {
    mp_obj_base_t base;
    uint32_t registers;
    uint8_t sck, mosi, miso, polarity, phase, firstbit;
    uint32_t baudrate;
} spi_obj_t;

static spi_obj_t instances[4] = {
    {.base = {&machine_spi_type}, .registers = 0x40003000, .sck = UNUSED, .mosi = UNUSED, .miso = UNUSED},
    {.base = {&machine_spi_type}, .registers = 0x40004000, .sck = UNUSED, .mosi = UNUSED, .miso = UNUSED},
    {.base = {&machine_spi_type}, .registers = 0x40023000, .sck = UNUSED, .mosi = UNUSED, .miso = UNUSED},
    {.base = {&machine_spi_type}, .registers = 0x4002F000, .sck = UNUSED, .mosi = UNUSED, .miso = UNUSED},
};

/* EasyDMA reads RAM only: what lies in flash goes through here. */
static uint8_t bounce[256];

static const struct {
    uint32_t hz, frequency;
} rates[] = {
    {32000000, 0x14000000}, {16000000, 0x0A000000}, {8000000, 0x80000000}, {4000000, 0x40000000}, {2000000, 0x20000000},
    {1000000, 0x10000000},  {500000, 0x08000000},   {250000, 0x04000000},  {125000, 0x02000000},
};

static void spi_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind)
{
    const spi_obj_t *self = MP_OBJ_TO_PTR(self_in);
    (void)kind;
    mp_printf(print, "SPI(%u, baudrate=%u, polarity=%u, phase=%u)", (unsigned)(self - instances), (unsigned)self->baudrate,
              self->polarity, self->phase);
}

/* The fastest rate that is not above the one asked for. */
static uint32_t frequency_for(spi_obj_t *self, mp_int_t baudrate)
{
    for (size_t i = self == &instances[3] ? 0 : 2; i < MP_ARRAY_SIZE(rates); i++) {
        if ((mp_int_t)rates[i].hz <= baudrate) {
            self->baudrate = rates[i].hz;
            return rates[i].frequency;
        }
    }
    mp_raise_ValueError(MP_ERROR_TEXT("baudrate is 125000 or more"));
}

static uint8_t pin_or(mp_obj_t object, uint8_t otherwise)
{
    return object == mp_const_none ? otherwise : pin_of(object)->number;
}

static void configure(spi_obj_t *self, size_t n_args, const mp_obj_t *pos_args, mp_map_t *kw_args, bool first)
{
    enum { ARG_baudrate, ARG_polarity, ARG_phase, ARG_bits, ARG_firstbit, ARG_sck, ARG_mosi, ARG_miso };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_baudrate, MP_ARG_INT, {.u_int = -1}},
        {MP_QSTR_polarity, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = -1}},
        {MP_QSTR_phase, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = -1}},
        {MP_QSTR_bits, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 8}},
        {MP_QSTR_firstbit, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = -1}},
        {MP_QSTR_sck, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_mosi, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_miso, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args, pos_args, kw_args, MP_ARRAY_SIZE(allowed), allowed, args);

    if (args[ARG_bits].u_int != 8)
        mp_raise_ValueError(MP_ERROR_TEXT("bits is 8"));
    uint32_t s = self->registers;
    if (first) {
        self->baudrate = 1000000;
        self->polarity = self->phase = 0;
        self->firstbit = MICROPY_PY_MACHINE_SPI_MSB;
    }
    uint32_t frequency = frequency_for(self, args[ARG_baudrate].u_int < 0 ? (mp_int_t)self->baudrate : args[ARG_baudrate].u_int);
    if (args[ARG_polarity].u_int >= 0)
        self->polarity = args[ARG_polarity].u_int != 0;
    if (args[ARG_phase].u_int >= 0)
        self->phase = args[ARG_phase].u_int != 0;
    if (args[ARG_firstbit].u_int >= 0)
        self->firstbit = (uint8_t)args[ARG_firstbit].u_int;
    self->sck = pin_or(args[ARG_sck].u_obj, self->sck);
    self->mosi = pin_or(args[ARG_mosi].u_obj, self->mosi);
    self->miso = pin_or(args[ARG_miso].u_obj, self->miso);
    if (self->sck == UNUSED)
        mp_raise_ValueError(MP_ERROR_TEXT("sck is missing"));

    /* The pins are the GPIO's while the SPIM is disabled, with SCK at rest; SCK's input stays connected (PS, SPIM, Pin configuration). */
    SPIM_ENABLE(s) = 0;
    gpio_write(self->sck, self->polarity);
    gpio_configure(self->sck, GPIO_DIR_OUTPUT, GPIO_INPUT_CONNECT, GPIO_PULL_NONE, GPIO_DRIVE_H0H1);
    if (self->mosi != UNUSED) {
        gpio_clear(self->mosi);
        gpio_configure(self->mosi, GPIO_DIR_OUTPUT, GPIO_INPUT_DISCONNECT, GPIO_PULL_NONE, GPIO_DRIVE_H0H1);
    }
    if (self->miso != UNUSED)
        gpio_input(self->miso, GPIO_PULL_NONE);
    SPIM_PSEL_SCK(s) = self->sck;
    SPIM_PSEL_MOSI(s) = self->mosi == UNUSED ? 0xFFFFFFFFu : self->mosi;
    SPIM_PSEL_MISO(s) = self->miso == UNUSED ? 0xFFFFFFFFu : self->miso;
    SPIM_FREQUENCY(s) = frequency;
    SPIM_CONFIG(s) = (self->firstbit == MICROPY_PY_MACHINE_SPI_LSB ? 1u : 0u) | (uint32_t)self->phase << 1 | (uint32_t)self->polarity << 2;
    SPIM_ORC(s) = 0;
    SPIM_ENABLE(s) = 7;
}

mp_obj_t machine_spi_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    (void)type;
    mp_arg_check_num(n_args, n_kw, 1, MP_OBJ_FUN_ARGS_MAX, true);
    mp_int_t id = mp_obj_get_int(args[0]);
    if (id < 0 || id > 3)
        mp_raise_ValueError(MP_ERROR_TEXT("SPI is 0 to 3"));
    mp_map_t kw_args;
    mp_map_init_fixed_table(&kw_args, n_kw, args + n_args);
    configure(&instances[id], n_args - 1, args + 1, &kw_args, true);
    return MP_OBJ_FROM_PTR(&instances[id]);
}

static void spi_init(mp_obj_base_t *self_in, size_t n_args, const mp_obj_t *pos_args, mp_map_t *kw_args)
{
    configure((spi_obj_t *)self_in, n_args, pos_args, kw_args, false);
}

static void spi_deinit(mp_obj_base_t *self_in)
{
    SPIM_ENABLE(((spi_obj_t *)self_in)->registers) = 0;
}

static bool in_ram(const void *at)
{
    return (uint32_t)at >> 28 == 2;
}

/* As long a piece as EasyDMA can do at once; returns its length. The bytes take 250 ns to 64 us each: not worth an interrupt. */
static size_t transfer_piece(const spi_obj_t *self, size_t length, const uint8_t *from, uint8_t *to)
{
    uint32_t s = self->registers;
    size_t most = 0xFFFF;
    if (!in_ram(from)) {
        most = sizeof bounce;
        memcpy(bounce, from, length < most ? length : most);
        from = bounce;
    }
    if (length > most)
        length = most;
    SPIM_TXD_PTR(s) = (uint32_t)from;
    SPIM_TXD_MAXCNT(s) = length;
    SPIM_RXD_PTR(s) = (uint32_t)to;
    SPIM_RXD_MAXCNT(s) = to == NULL ? 0 : length;
    SPIM_EVENTS_END(s) = 0;
    SPIM_TASKS_START(s) = 1;
    while (SPIM_EVENTS_END(s) == 0) {
    }
    return length;
}

static void spi_transfer(mp_obj_base_t *self_in, size_t length, const uint8_t *from, uint8_t *to)
{
    while (length != 0) {
        size_t done = transfer_piece((spi_obj_t *)self_in, length, from, to);
        length -= done;
        from += done;
        if (to != NULL)
            to += done;
    }
}

static const mp_machine_spi_p_t spi_protocol = {.init = spi_init, .deinit = spi_deinit, .transfer = spi_transfer};

MP_DEFINE_CONST_OBJ_TYPE(machine_spi_type, MP_QSTR_SPI, MP_TYPE_FLAG_NONE, make_new, machine_spi_make_new, print, spi_print,
                         protocol, &spi_protocol, locals_dict, &mp_machine_spi_locals_dict);
