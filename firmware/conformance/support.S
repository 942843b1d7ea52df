/* Small functions whose instructions and addresses the tests have to know. SPDX-License-Identifier: MIT-0 */
    .syntax unified
    .thumb
    .cpu cortex-m4
    .fpu fpv4-sp-d16

    .macro function name
    .section .text.\name, "ax"
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    .endm

/* Functions whose first instruction faults when R0 says so. */
    function load_word
    ldr r0, [r0]
    bx lr
    function load_wide
    ldr.w r0, [r0, #0]
    bx lr
    function load_half
    ldrh r0, [r0]
    bx lr
    function load_byte
    ldrb r0, [r0]
    bx lr
    function load_double
    ldrd r0, r1, [r0]
    bx lr
    function load_multiple
    ldm r0, {r0, r1}
    bx lr
    function load_as_user
    ldrt r0, [r0]
    bx lr
    function store_word
    str r0, [r0]
    nop
    nop
    nop
    bx lr
    function undefined_narrow
    udf #0
    bx lr
    function undefined_wide
    udf.w #0
    bx lr
    function other_coprocessor
    mrc p1, 0, r0, c0, c0, 0
    bx lr
    function breakpoint
    bkpt #1
    bx lr
    function fp_add
    vadd.f32 s0, s0, s0
    bx lr
    function branch_to
    push {r4, lr}
    blx r0
    pop {r4, pc}

/* void frame_probe(uint32_t registers[7]): SVC with R0 to R3, R12, LR and APSR from there; puts them back there. */
    function frame_probe
    push {r4-r6, lr}
    mov r6, r0
    ldr r0, [r6, #24]
    msr apsr_nzcvqg, r0
    ldm r6, {r0-r5}
    mov r12, r4
    mov lr, r5
    .global frame_probe_svc
frame_probe_svc:
    svc #0x5A
    .global frame_probe_next
frame_probe_next:
    stm r6!, {r0-r3}
    mrs r0, apsr
    stm r6!, {r12}
    str lr, [r6], #4
    str r0, [r6]
    pop {r4-r6, pc}

/* uint32_t aligned_svc(uint32_t by): moves SP down by `by`, SVC, and says by how much SP then differs. */
    function aligned_svc
    mov r2, sp
    sub sp, r0
    mov r3, sp
    svc #0
    mov r0, sp
    subs r0, r3
    mov sp, r2
    bx lr

/* uint32_t it_load(uint32_t address): the load in the middle of an IT block fails, and is tried again. */
    function it_load
    movs r1, #1
    cmp r1, #1
    ittee eq
    addeq r1, #1
    ldreq r0, [r0]
    addne r1, #0x20
    movne r0, #0
    add r0, r1
    bx lr

/* uint32_t it_svc(void): SVC in an IT block, once as its condition holds and once not. */
    function it_svc
    movs r0, #0
    cmp r0, #0
    itet eq
    svceq #1
    addne r0, #0x40
    addeq r0, #1
    cmp r0, #0
    itt eq
    svceq #2
    addeq r0, #0x80
    bx lr

/* uint32_t unmask_and_count(uint32_t *there): CPSIE, and ISB to be sure; then a count. */
    function unmask_and_count
    movs r1, #0
    cpsie i
    .global unmask_next
unmask_next:
    isb
    .global unmask_synced
unmask_synced:
    adds r1, #1
    str r1, [r0]
    bx lr
    function unmask_by_msr_and_count
    movs r1, #0
    msr primask, r1
    .global unmask_msr_next
unmask_msr_next:
    isb
    .global unmask_msr_synced
unmask_msr_synced:
    adds r1, #1
    str r1, [r0]
    bx lr

/* uint32_t pend_and_count(uint32_t *ispr, uint32_t bit, uint32_t *there): store, DSB, ISB, count. */
    function pend_and_count
    movs r3, #0
    str r1, [r0]
    .global pend_next
pend_next:
    dsb
    isb
    .global pend_synced
pend_synced:
    adds r3, #1
    str r3, [r2]
    bx lr

/* void use_psp(void), void use_msp(void): the frame of the caller goes along. */
    function use_psp
    ldr r0, =process_stack + 1024
    msr psp, r0
    movs r0, #2
    msr control, r0
    isb
    bx lr
    .ltorg
    function use_msp
    movs r0, #0
    msr control, r0
    isb
    bx lr

/* Calls R0 with R1 without privilege. SVCall's handler gives it back. */
    function call_unprivileged
    push {r4, lr}
    mov r4, r0
    mov r0, r1
    movs r1, #1
    msr control, r1
    isb
    blx r4
    svc #0xFF
    pop {r4, pc}

/* void fp_set(const float s[32], uint32_t fpscr), void fp_get(float s[33]). */
    function fp_set
    vldm r0, {s0-s31}
    vmsr fpscr, r1
    bx lr
    function fp_get
    vstm r0!, {s0-s31}
    vmrs r1, fpscr
    str r1, [r0]
    bx lr
/* Scribbles over what a function may scribble over. */
    function fp_scribble
    vmov s0, r0
    vmov s15, r0
    vmov.f32 s1, #1.0
    vmov.f32 s7, s1
    vadd.f32 s2, s1, s1
    bx lr
    function fp_read_fpscr
    vmrs r0, fpscr
    bx lr

/* uint32_t return_with(uint32_t exc_return): a handler's return by BX R0. */
    function return_with
    bx r0
    function return_by_lr
    bx lr

/* uint32_t on_bad_stack(uint32_t sp): SVC with PSP at `sp`; R0 of whatever frame is taken back. */
    function on_bad_stack
    push {r4-r11, lr}
    msr psp, r0
    movs r1, #2
    msr control, r1
    isb
    movs r0, #0
    svc #0
    .global bad_stack_resume
    .thumb_func
bad_stack_resume:
    movs r1, #0
    msr control, r1
    isb
    pop {r4-r11, pc}

/* uint32_t time_unmask(uint32_t *cyccnt): cycles that CPSIE takes with what is pending. */
    .section .text.time_unmask, "ax"
    .balign 16
    function time_unmask
    ldr r1, [r0]
    cpsie i
    nop
    nop
    ldr r2, [r0]
    subs r0, r2, r1
    bx lr
    .section .text.only_return, "ax"
    .balign 16
    function only_return
    bx lr

    function store_half
    strh r0, [r0]
    bx lr
/* uint32_t divide(uint32_t by, uint32_t what) */
    function divide
    udiv r0, r1, r0
    bx lr
    function divide_signed
    sdiv r0, r1, r0
    bx lr
