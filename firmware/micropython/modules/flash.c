/* The flash from _fs_start to _fs_end as a block device of 4 KB pages, with LittleFS on it.

   The CPU stands still while the NVMC erases (85 ms a page) or writes (41 us a word), as it runs from the same flash (nRF52840 PS v1.7, NVMC).
   SPDX-License-Identifier: MIT-0 */
#include "modules/flash.h"

#include <stdint.h>
#include <string.h>

#include "extmod/vfs.h"
#include "extmod/vfs_lfs.h"
#include "hal/registers.h"
#include "py/mperrno.h"
#include "py/runtime.h"

enum { PAGE = 4096 };

extern uint8_t _fs_start[], _fs_end[]; /* nrf52840.ld */

static void nvmc_wait(void)
{
    while ((NVMC_READY & 1) == 0) {
    }
}

static void nvmc_erase(uint32_t address)
{
    NVMC_CONFIG = 2; /* EEN */
    NVMC_ERASEPAGE = address;
    nvmc_wait();
    NVMC_CONFIG = 0;
}

/* Words only; what is shorter is filled up with 1s, which write nothing. */
static void nvmc_write(uint32_t address, const uint8_t *from, size_t length)
{
    NVMC_CONFIG = 1; /* WEN */
    while (length != 0) {
        uint32_t offset = address % 4;
        size_t n = 4 - offset < length ? 4 - offset : length;
        uint32_t word = 0xFFFFFFFFu;
        memcpy((uint8_t *)&word + offset, from, n);
        *(volatile uint32_t *)(address - offset) = word;
        nvmc_wait();
        address += n;
        from += n;
        length -= n;
    }
    NVMC_CONFIG = 0;
}

/* The address of a block and an offset in it, when `length` bytes are there. */
static uint32_t place(mp_obj_t block, mp_int_t offset, size_t length)
{
    mp_int_t number = mp_obj_get_int(block);
    size_t size = (size_t)(_fs_end - _fs_start);
    if (number < 0 || (size_t)number >= size / PAGE || offset < 0 || (size_t)offset > size)
        mp_raise_OSError(MP_EINVAL);
    size_t at = (size_t)number * PAGE + (size_t)offset;
    if (at > size || length > size - at)
        mp_raise_OSError(MP_EINVAL);
    return (uint32_t)_fs_start + at;
}

static mp_obj_t flash_readblocks(size_t n_args, const mp_obj_t *args)
{
    mp_buffer_info_t to;
    mp_get_buffer_raise(args[2], &to, MP_BUFFER_WRITE);
    uint32_t address = place(args[1], n_args == 4 ? mp_obj_get_int(args[3]) : 0, to.len);
    memcpy(to.buf, (const void *)address, to.len);
    return MP_OBJ_NEW_SMALL_INT(0);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(flash_readblocks_obj, 3, 4, flash_readblocks);

/* With an offset the place has been erased before; without, whole blocks are erased here. */
static mp_obj_t flash_writeblocks(size_t n_args, const mp_obj_t *args)
{
    mp_buffer_info_t from;
    mp_get_buffer_raise(args[2], &from, MP_BUFFER_READ);
    uint32_t address = place(args[1], n_args == 4 ? mp_obj_get_int(args[3]) : 0, from.len);
    if (n_args == 3)
        for (uint32_t page = address; page < address + from.len; page += PAGE)
            nvmc_erase(page);
    nvmc_write(address, from.buf, from.len);
    return MP_OBJ_NEW_SMALL_INT(0);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(flash_writeblocks_obj, 3, 4, flash_writeblocks);

static mp_obj_t flash_ioctl(mp_obj_t self_in, mp_obj_t op_in, mp_obj_t arg)
{
    (void)self_in;
    switch (mp_obj_get_int(op_in)) {
        case MP_BLOCKDEV_IOCTL_INIT:
        case MP_BLOCKDEV_IOCTL_DEINIT:
        case MP_BLOCKDEV_IOCTL_SYNC:
            return MP_OBJ_NEW_SMALL_INT(0);
        case MP_BLOCKDEV_IOCTL_BLOCK_COUNT:
            return MP_OBJ_NEW_SMALL_INT((_fs_end - _fs_start) / PAGE);
        case MP_BLOCKDEV_IOCTL_BLOCK_SIZE:
            return MP_OBJ_NEW_SMALL_INT(PAGE);
        case MP_BLOCKDEV_IOCTL_BLOCK_ERASE:
            nvmc_erase(place(arg, 0, PAGE));
            return MP_OBJ_NEW_SMALL_INT(0);
        default:
            return mp_const_none;
    }
}
static MP_DEFINE_CONST_FUN_OBJ_3(flash_ioctl_obj, flash_ioctl);

static const mp_rom_map_elem_t flash_locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR_readblocks), MP_ROM_PTR(&flash_readblocks_obj)},
    {MP_ROM_QSTR(MP_QSTR_writeblocks), MP_ROM_PTR(&flash_writeblocks_obj)},
    {MP_ROM_QSTR(MP_QSTR_ioctl), MP_ROM_PTR(&flash_ioctl_obj)},
};
static MP_DEFINE_CONST_DICT(flash_locals, flash_locals_table);

static MP_DEFINE_CONST_OBJ_TYPE(flash_type, MP_QSTR_Flash, MP_TYPE_FLAG_NONE, locals_dict, &flash_locals);
static const mp_obj_base_t flash_obj = {&flash_type};

/* VfsLfs2.mkfs(flash). */
static bool format(void)
{
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0)
        return false;
    mp_obj_t mkfs[3] = {MP_OBJ_NULL, MP_OBJ_NULL, MP_OBJ_FROM_PTR(&flash_obj)};
    mp_load_method(MP_OBJ_FROM_PTR(&mp_type_vfs_lfs2), MP_QSTR_mkfs, mkfs);
    mp_call_function_1(mkfs[0], mkfs[2]);
    nlr_pop();
    return true;
}

int flash_mount(void)
{
    mp_obj_t flash = MP_OBJ_FROM_PTR(&flash_obj);
    mp_obj_t root = MP_OBJ_NEW_QSTR(MP_QSTR__slash_);
    int result = mp_vfs_mount_and_chdir_protected(flash, root);
    if (result == -MP_ENODEV && format())
        result = mp_vfs_mount_and_chdir_protected(flash, root);
    return result;
}
