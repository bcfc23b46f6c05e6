/* Entering and leaving native code, x86-64 System V.
 *
 * Native code uses the preserve_none convention: the twelve slots of the state vector are in
 *
 *     r12 r13 r14 r15 rdi rsi rdx rcx r8 r9 r11 rax
 *
 * and rbx and r10 are scratch. rbp is never changed by native code, or set up as a frame pointer
 * in the usual way: so one rule, "the caller's frame is at rbp", unwinds from every instruction of
 * native code. Two frames are built, so that rbp of native code is that of a frame whose return
 * address is in yk_native_enter:
 *
 *     outer    rbp of the caller; the callee-saved registers; YkFrame * at -48(%rbp)
 *     inner    rbp of native code: return address at 8(%rbp), YkFrame * at 16(%rbp)
 *              stencils are entered with the stack as after a call; the exits return
 *
 * The inner frame's return address is that of no call: it is there for unwinders, to which it says
 * that the registers are where the outer frame has them.
 *
 * Offsets: YkFrame { slots 0.., result 160, cache 168, cell 176, header 184 };
 * Exit { code 0, next 8, countdown 16 }. */
    .set FRAME_RESULT, 160
    .set FRAME_CACHE, 168
    .set FRAME_CELL, 176
    .set FRAME_HEADER, 184
    .set EXIT_NEXT, 8
    .set EXIT_COUNTDOWN, 16
    .set CACHE_MASK, 1023

    .text

    .macro FUNCTION name
    .globl \name
    .hidden \name
    .type \name, @function
    .p2align 4
\name:
    .endm

    .macro LOAD_SLOTS from
    movq 0(\from), %r12
    movq 8(\from), %r13
    movq 16(\from), %r14
    movq 24(\from), %r15
    movq 32(\from), %rdi
    movq 40(\from), %rsi
    movq 48(\from), %rdx
    movq 56(\from), %rcx
    movq 64(\from), %r8
    movq 72(\from), %r9
    movq 80(\from), %r11
    movq 88(\from), %rax
    .endm

/* int yk_native_enter(YkFrame *frame, const void *code) */
    FUNCTION yk_native_enter
    .cfi_startproc
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushq %rbx
    .cfi_offset %rbx, -24
    pushq %r12
    .cfi_offset %r12, -32
    pushq %r13
    .cfi_offset %r13, -40
    pushq %r14
    .cfi_offset %r14, -48
    pushq %r15
    .cfi_offset %r15, -56
    pushq %rdi
    leaq 1f(%rip), %rax
    pushq %rax
    pushq %rbp
    movq %rsp, %rbp
    .cfi_def_cfa %rbp, 80
    movq %rdi, %r10
    movq %rsi, %rbx
    LOAD_SLOTS %r10
    call *%rbx
    popq %rbp
    .cfi_def_cfa %rbp, 16
    addq $16, %rsp
1:
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    .cfi_def_cfa %rsp, 8
    ret
    .cfi_endproc
    .size yk_native_enter, .-yk_native_enter

/* What follows is jumped to by native code, with the stack as yk_native_enter left it. */
    .macro STORE_SLOTS
    movq 16(%rbp), %rbx
    movq %r12, 0(%rbx)
    movq %r13, 8(%rbx)
    movq %r14, 16(%rbx)
    movq %r15, 24(%rbx)
    movq %rdi, 32(%rbx)
    movq %rsi, 40(%rbx)
    movq %rdx, 48(%rbx)
    movq %rcx, 56(%rbx)
    movq %r8, 64(%rbx)
    movq %r9, 72(%rbx)
    movq %r11, 80(%rbx)
    movq %rax, 88(%rbx)
    .endm

    .macro NATIVE name
    FUNCTION \name
    .cfi_startproc
    .cfi_def_cfa %rbp, 16
    .cfi_offset %rbp, -16
    .endm

    .macro NATIVE_END name
    .cfi_endproc
    .size \name, .-\name
    .endm

    NATIVE yk_native_leave
    STORE_SLOTS
    xorl %eax, %eax /* YK_NATIVE_LEAVE */
    ret
    NATIVE_END yk_native_leave

    NATIVE yk_native_return
    movq 16(%rbp), %rbx
    movq %rdi, FRAME_RESULT(%rbx)
    movl $1, %eax /* YK_NATIVE_RETURN */
    ret
    NATIVE_END yk_native_return

    NATIVE yk_native_bypass
    STORE_SLOTS
    movl $2, %eax /* YK_NATIVE_BYPASS */
    ret
    NATIVE_END yk_native_bypass

/* The head of a loop has run out; r10: its YkHeader. */
    NATIVE yk_native_hot
    movq 16(%rbp), %rbx
    movq %r10, FRAME_HEADER(%rbx)
    STORE_SLOTS
    movl $5, %eax /* YK_NATIVE_HOT */
    ret
    NATIVE_END yk_native_hot

/* An exit of a trace at a merge point; r10: its Exit; the vector is in the registers. */
    NATIVE yk_native_exit
    decl EXIT_COUNTDOWN(%r10)
    js yk_native_exit_slow
    jmpq *EXIT_NEXT(%r10)
    NATIVE_END yk_native_exit

    NATIVE yk_native_exit_slow
    STORE_SLOTS
    jmp yk_native_deopt
    NATIVE_END yk_native_exit_slow

/* An exit of a trace; r10: its Exit; its values are in the activation's YkTraceArea, or the vector
 * in the YkFrame. yk_exit_taken leaves the vector in the frame and says where to go on. */
    NATIVE yk_native_deopt
    movq 16(%rbp), %rdi
    movq %r10, %rsi
    subq $8, %rsp
    call yk_exit_taken
    addq $8, %rsp
    movq %rax, %r10
    movq 16(%rbp), %rbx
    LOAD_SLOTS %rbx
    jmpq *%r10
    NATIVE_END yk_native_deopt

/* Dynamic jumps: pc in rdi; r10: the jump's cell. */
    NATIVE yk_native_lookup
    xorl %r10d, %r10d
    jmp yk_native_lookup_cell
    NATIVE_END yk_native_lookup

    NATIVE yk_native_lookup_cell
    movq 16(%rbp), %rbx
    movq %r10, FRAME_CELL(%rbx)
    movq %rdi, %r10
    shrq $7, %r10
    xorq %rdi, %r10
    shrq $2, %r10
    andl $CACHE_MASK, %r10d
    shll $4, %r10d
    addq FRAME_CACHE(%rbx), %r10
    cmpq %rdi, (%r10)
    jne 1f
    jmpq *8(%r10)
1:
    STORE_SLOTS
    movl $3, %eax /* YK_NATIVE_MISS */
    ret
    NATIVE_END yk_native_lookup_cell

    .section .note.GNU-stack,"",@progbits
