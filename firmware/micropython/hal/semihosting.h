/* The end of a run, told to a debugger or a simulator. SPDX-License-Identifier: MIT-0 */
#ifndef HAL_SEMIHOSTING_H
#define HAL_SEMIHOSTING_H

/* Without either, the breakpoint is a HardFault. */
_Noreturn void semihosting_exit(int code);

#endif
