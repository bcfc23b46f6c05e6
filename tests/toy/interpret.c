/* The toy's dispatch loop, with a switch, or with computed goto (-DTOY_COMPUTED_GOTO): what differs
 * stands in four macros. This file has all of the interpreter's control flow; yk needs three macros
 * in it. */
#include "toy.h"

#define IS_INT(a, b) ((a)->type == TOY_INT && (b)->type == TOY_INT)

/* yk: between two instructions the machine's state is vm, fn, locals, sp; pc and k say where in the
 * program it is. What they point into never changes while the function lives. */
#define MERGE_POINT()                                                                              \
    yk_merge_point(vm->mt, &fn->location, yk_green(pc, fn->code, fn->code_size),                   \
                   yk_green(k, fn->constants, fn->constant_count * sizeof(ToyValue)))

/* yk: the machine's stack is reached from these, and from nothing that is not in a list. */
yk_region(stack, "ToyVM.sp ToyFrame.locals locals sp");

#ifdef TOY_COMPUTED_GOTO
#define DISPATCH() /* the first instruction */                                                     \
    MERGE_POINT();                                                                                 \
    goto *labels[*pc++];
#define DISPATCH_END
#define CASE(name) label_##name:
#define NEXT()                                                                                     \
    do {                                                                                           \
        MERGE_POINT();                                                                             \
        goto *labels[*pc++];                                                                       \
    } while (0)
#else
#define DISPATCH()                                                                                 \
    for (;;) {                                                                                     \
        MERGE_POINT();                                                                             \
        switch (*pc++) {
#define DISPATCH_END                                                                               \
    }                                                                                              \
    }
#define CASE(name) case OP_##name:
#define NEXT() continue
#endif

static inline int read_offset(const uint8_t *pc) {
    return (int16_t)(pc[0] | pc[1] << 8);
}

/* yk: backward jumps and entries of functions make code hot. */
#define JUMP()                                                                                     \
    do {                                                                                           \
        int offset = read_offset(pc);                                                              \
        pc += 2 + offset;                                                                          \
        if (offset < 0)                                                                            \
            yk_can_enter_jit(&fn->location);                                                       \
    } while (0)

#define ARITHMETIC(name, operator)                                                                 \
    CASE(name) {                                                                                   \
        sp--;                                                                                      \
        if (IS_INT(sp - 1, sp))                                                                    \
            sp[-1].i = (int64_t)((uint64_t)sp[-1].i operator(uint64_t) sp->i);                     \
        else                                                                                       \
            toy_arithmetic(vm, OP_##name, sp - 1, sp);                                             \
        NEXT();                                                                                    \
    }

void toy_interpret(ToyVM *vm, ToyFunction *fn, ToyValue *locals) {
#ifdef TOY_COMPUTED_GOTO
#define X(name, operand) &&label_##name,
    static const void *const labels[] = {TOY_OPCODES(X)};
#undef X
#endif
    const uint8_t *pc = fn->code;
    const ToyValue *k = fn->constants;
    ToyValue *sp = locals + fn->local_count;
    yk_can_enter_jit(&fn->location);
    DISPATCH()
    CASE(CONST) {
        *sp++ = k[*pc++];
        NEXT();
    }
    CASE(GET) {
        *sp++ = locals[*pc++];
        NEXT();
    }
    CASE(SET) {
        locals[*pc++] = *--sp;
        NEXT();
    }
    CASE(GETGLOBAL) {
        *sp++ = k[*pc++].global->value;
        NEXT();
    }
    CASE(SETGLOBAL) {
        k[*pc++].global->value = *--sp;
        NEXT();
    }
    ARITHMETIC(ADD, +)
    ARITHMETIC(SUB, -)
    ARITHMETIC(MUL, *)
    CASE(ADDCONST) {
        const ToyValue *constant = &k[*pc++];
        if (constant->type == TOY_INT && sp[-1].type == TOY_INT)
            sp[-1].i = (int64_t)((uint64_t)sp[-1].i + (uint64_t)constant->i);
        else if (constant->type == TOY_FLOAT && sp[-1].type == TOY_FLOAT)
            sp[-1].d += constant->d;
        else
            toy_arithmetic(vm, OP_ADD, sp - 1, constant);
        NEXT();
    }
    CASE(JUMP) {
        JUMP();
        NEXT();
    }
    CASE(LESS) {
        sp -= 2;
        if (IS_INT(sp, sp + 1) ? sp[0].i < sp[1].i : toy_less(vm, sp, sp + 1))
            JUMP();
        else
            pc += 2;
        NEXT();
    }
    CASE(EQUAL) {
        sp -= 2;
        if (IS_INT(sp, sp + 1) ? sp[0].i == sp[1].i : toy_equal(sp, sp + 1))
            JUMP();
        else
            pc += 2;
        NEXT();
    }
    CASE(ARRAY) {
        ToyArray *array = toy_array_new(vm, sp - 1);
        sp[-1].type = TOY_ARRAY;
        sp[-1].array = array;
        NEXT();
    }
    CASE(LOAD) {
        sp--;
        sp[-1] = *toy_element(vm, sp - 1, sp);
        NEXT();
    }
    CASE(STORE) {
        sp -= 3;
        *toy_element(vm, sp, sp + 1) = sp[2];
        NEXT();
    }
    CASE(CALL) {
        unsigned count = *pc++;
        ToyValue *slot = sp - count - 1;
        if (slot->type != TOY_FUNCTION)
            toy_error(vm, "cannot call this");
        ToyFunction *callee = slot->function;
        vm->sp = sp;
        if (callee->native != NULL) {
            *slot = callee->native(vm, slot + 1, count);
            sp = slot + 1;
            NEXT();
        }
        vm->frames[vm->depth - 1].pc = pc;
        toy_push_frame(vm, callee, slot + 1, count, false);
        fn = callee;
        locals = slot + 1;
        sp = locals + fn->local_count;
        pc = fn->code;
        k = fn->constants;
        yk_can_enter_jit(&fn->location);
        NEXT();
    }
    CASE(TAILCALL) {
        unsigned count = *pc++;
        /* fn's frame goes first; a native may free fn. Nothing looks at fn or pc after that. */
        if (toy_tail_call(vm, locals, sp - count - 1, count))
            return;
        sp = vm->sp;
        goto resume;
    }
    CASE(RETURN) {
        locals[-1] = sp[-1];
        sp = locals;
        if (vm->frames[--vm->depth].entry)
            return;
    resume:;
        const ToyFrame *frame = &vm->frames[vm->depth - 1];
        fn = frame->function;
        locals = frame->locals;
        pc = frame->pc;
        k = fn->constants;
        yk_can_enter_jit(&fn->location);
        NEXT();
    }
    CASE(PRINT) {
        toy_print(vm, --sp);
        NEXT();
    }
    DISPATCH_END
}
