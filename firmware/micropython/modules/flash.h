/* The file system in flash. SPDX-License-Identifier: MIT-0 */
#ifndef MODULES_FLASH_H
#define MODULES_FLASH_H

/* Mounts it on "/", formatting it first where there is none. Returns 0, or a negative errno. */
int flash_mount(void);

#endif
