/* UARTE0 at 115200 baud, TXD on P0.06 and RXD on P0.08, as on the DK (there without flow control).

   EasyDMA reads and writes RAM only, and on its own: what is sent is copied into a ring in RAM and goes out in stretches; what is received
   goes byte by byte into a ring, each byte a transfer of its own, because the UARTE tells no count while a transfer is under way. RXD.PTR is
   double-buffered: it is set for the byte after the next one as soon as the next one's transfer has started.
   SPDX-License-Identifier: MIT-0 */
#include "hal/uarte.h"

#include <stdint.h>

#include "hal/gpio.h"
#include "hal/registers.h"

enum { PIN_TXD = 6, PIN_RXD = 8 };
enum { SEND = 1024, RECEIVE = 1024 }; /* powers of two; MicroPython's raw paste sends 256 bytes ahead */

static uint8_t to_send[SEND], received[RECEIVE];
static volatile uint32_t send_in, send_out;       /* bytes queued, bytes that have left; they wrap with uint32_t */
static volatile uint32_t sending;                 /* bytes of the transfer under way */
static volatile uint32_t receive_in, receive_out; /* bytes kept, bytes read */
static uint8_t landing[2];                        /* the transfer under way, and the next */
static volatile uint32_t landed;

/* Starts the next stretch, up to the end of the ring. With the interrupt off, or in it. */
static void send_next(void)
{
    uint32_t from = send_out % SEND;
    uint32_t length = send_in - send_out;
    if (length > SEND - from)
        length = SEND - from;
    sending = length;
    if (length != 0) {
        UARTE_TXD_PTR(UARTE0) = (uint32_t)&to_send[from];
        UARTE_TXD_MAXCNT(UARTE0) = length;
        UARTE_TASKS_STARTTX(UARTE0) = 1;
    }
}

void UARTE0_IRQHandler(void)
{
    /* ENDRX first: by the shortcut RXSTARTED of the next transfer comes with it. */
    if (UARTE_EVENTS_ENDRX(UARTE0)) {
        UARTE_EVENTS_ENDRX(UARTE0) = 0;
        uint8_t byte = landing[landed++ & 1];
        if (!uarte_received(byte) && receive_in - receive_out < RECEIVE) {
            received[receive_in % RECEIVE] = byte;
            receive_in++;
        }
    }
    if (UARTE_EVENTS_RXSTARTED(UARTE0)) {
        UARTE_EVENTS_RXSTARTED(UARTE0) = 0;
        UARTE_RXD_PTR(UARTE0) = (uint32_t)&landing[(landed + 1) & 1];
    }
    if (UARTE_EVENTS_ERROR(UARTE0)) { /* break, framing, overrun: the byte is kept, as terminals do */
        UARTE_EVENTS_ERROR(UARTE0) = 0;
        UARTE_ERRORSRC(UARTE0) = UARTE_ERRORSRC(UARTE0);
    }
    if (UARTE_EVENTS_ENDTX(UARTE0)) {
        UARTE_EVENTS_ENDTX(UARTE0) = 0;
        send_out += sending;
        send_next();
    }
    (void)UARTE_EVENTS_ENDTX(UARTE0); /* the writes are through before the handler returns */
}

void uarte_init(void)
{
    gpio_set(PIN_TXD);
    gpio_configure(PIN_TXD, GPIO_DIR_OUTPUT, GPIO_INPUT_DISCONNECT, GPIO_PULL_NONE, GPIO_DRIVE_S0S1);
    gpio_input(PIN_RXD, GPIO_PULL_UP); /* nothing is received where nothing is connected */
    UARTE_PSEL_TXD(UARTE0) = PIN_TXD;
    UARTE_PSEL_RXD(UARTE0) = PIN_RXD;
    UARTE_PSEL_RTS(UARTE0) = 0xFFFFFFFFu;
    UARTE_PSEL_CTS(UARTE0) = 0xFFFFFFFFu;
    UARTE_CONFIG(UARTE0) = 0; /* 8N1 */
    UARTE_BAUDRATE(UARTE0) = UARTE_BAUDRATE_115200;
    UARTE_ENABLE(UARTE0) = 8;
    UARTE_SHORTS(UARTE0) = UARTE_SHORTS_ENDRX_STARTRX;
    UARTE_INTENSET(UARTE0) = UARTE_INT_ENDRX | UARTE_INT_RXSTARTED | UARTE_INT_ENDTX | UARTE_INT_ERROR;
    nvic_enable(UARTE0_IRQ, 5);
    UARTE_RXD_PTR(UARTE0) = (uint32_t)&landing[0];
    UARTE_RXD_MAXCNT(UARTE0) = 1;
    UARTE_TASKS_STARTRX(UARTE0) = 1;
}

void uarte_write(const char *text, size_t length)
{
    while (length != 0) {
        while (send_in - send_out == SEND)
            wait_for_event();
        to_send[send_in % SEND] = (uint8_t)*text++;
        length--;
        send_in++;
        if (length == 0 || send_in - send_out == SEND) {
            uint32_t state = interrupts_off();
            if (sending == 0)
                send_next();
            interrupts_restore(state);
        }
    }
}

void uarte_flush(void)
{
    while (send_in != send_out)
        wait_for_event();
}

bool uarte_readable(void)
{
    return receive_in != receive_out;
}

int uarte_read(void)
{
    if (receive_in == receive_out)
        return -1;
    int byte = received[receive_out % RECEIVE];
    receive_out++;
    return byte;
}
