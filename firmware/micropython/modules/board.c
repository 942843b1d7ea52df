/* board: the pins by their names, and the parts of the nRF52840 Dongle. SPDX-License-Identifier: MIT-0 */
#include "modules/pins.h"
#include "py/runtime.h"

#define PIN(name, number) {MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_PTR(&mcu_pins[number])}

static const mp_rom_map_elem_t board_globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_board)},
    PIN(P0_00, 0), PIN(P0_01, 1), PIN(P0_02, 2), PIN(P0_03, 3), PIN(P0_04, 4), PIN(P0_05, 5), PIN(P0_06, 6), PIN(P0_07, 7),
    PIN(P0_08, 8), PIN(P0_09, 9), PIN(P0_10, 10), PIN(P0_11, 11), PIN(P0_12, 12), PIN(P0_13, 13), PIN(P0_14, 14), PIN(P0_15, 15),
    PIN(P0_16, 16), PIN(P0_17, 17), PIN(P0_18, 18), PIN(P0_19, 19), PIN(P0_20, 20), PIN(P0_21, 21), PIN(P0_22, 22), PIN(P0_23, 23),
    PIN(P0_24, 24), PIN(P0_25, 25), PIN(P0_26, 26), PIN(P0_27, 27), PIN(P0_28, 28), PIN(P0_29, 29), PIN(P0_30, 30), PIN(P0_31, 31),
    PIN(P1_00, 32), PIN(P1_01, 33), PIN(P1_02, 34), PIN(P1_03, 35), PIN(P1_04, 36), PIN(P1_05, 37), PIN(P1_06, 38), PIN(P1_07, 39),
    PIN(P1_08, 40), PIN(P1_09, 41), PIN(P1_10, 42), PIN(P1_11, 43), PIN(P1_12, 44), PIN(P1_13, 45), PIN(P1_14, 46), PIN(P1_15, 47),
    PIN(LED1, 6), PIN(LED2_R, 8), PIN(LED2_G, 41), PIN(LED2_B, 12), PIN(SW1, 38),
};
static MP_DEFINE_CONST_DICT(board_globals, board_globals_table);

const mp_obj_module_t board_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&board_globals,
};

MP_REGISTER_MODULE(MP_QSTR_board, board_module);
