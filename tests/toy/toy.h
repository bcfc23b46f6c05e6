/* The toy: a small bytecode interpreter, put on yk. docs/retrofit.md takes it as its example.
 *
 * A stack machine. Bytecode is bytes: an opcode, then its operand: one byte, or two for the offset
 * of a jump. A function has its bytecode, a table of constants, and a location for the JIT.
 * Functions call each other, natives (functions in C) and, through natives, the interpreter itself;
 * errors leave by longjmp. Nothing is collected: arrays live as long as their machine, functions
 * until toy_function_free.
 *
 * The lines that yk needs are marked "yk:". */
#ifndef TOY_H
#define TOY_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "yk.h" /* yk: the only header */

typedef struct ToyVM ToyVM;
typedef struct ToyValue ToyValue;
typedef struct ToyArray ToyArray;
typedef struct ToyFunction ToyFunction;
typedef struct ToyGlobal ToyGlobal;

enum ToyType { TOY_NIL, TOY_INT, TOY_FLOAT, TOY_ARRAY, TOY_FUNCTION, TOY_GLOBAL };

struct ToyValue {
    int64_t type;
    union {
        int64_t i;
        double d;
        ToyArray *array;
        ToyFunction *function;
        ToyGlobal *global; /* in constants only */
    };
};

struct ToyArray {
    int64_t size;
    ToyArray *next;
    ToyValue items[];
};

struct ToyGlobal {
    ToyValue value;
    ToyGlobal *next;
    char name[];
};

/* X(name, operand). An operand is 0: none, L: a local, K: a constant, G: a constant that is a
 * global variable, J: an offset from the end of the instruction, N: a number. */
#define TOY_OPCODES(X)                                                                             \
    X(CONST, 'K')     /* push a constant */                                                        \
    X(GET, 'L')       /* push a local */                                                           \
    X(SET, 'L')       /* pop into a local */                                                       \
    X(GETGLOBAL, 'G') /* push a global */                                                          \
    X(SETGLOBAL, 'G') /* pop into a global */                                                      \
    X(ADD, 0)         /* pop b, a; push a + b */                                                   \
    X(SUB, 0)         /* pop b, a; push a - b */                                                   \
    X(MUL, 0)         /* pop b, a; push a * b */                                                   \
    X(ADDCONST, 'K')  /* add a constant to the top */                                              \
    X(JUMP, 'J')                                                                                   \
    X(LESS, 'J')     /* pop b, a; jump if a < b */                                                 \
    X(EQUAL, 'J')    /* pop b, a; jump if a == b */                                                \
    X(ARRAY, 0)      /* pop size; push an array of zeros */                                        \
    X(LOAD, 0)       /* pop index, array; push the element */                                      \
    X(STORE, 0)      /* pop value, index, array */                                                 \
    X(CALL, 'N')     /* pop N arguments and the function below them; push the result */            \
    X(TAILCALL, 'N') /* return what the call returns; the caller's frame is gone before */         \
    X(RETURN, 0)     /* pop the result */                                                          \
    X(PRINT, 0)      /* pop and print */

enum ToyOpcode {
#define X(name, operand) OP_##name,
    TOY_OPCODES(X)
#undef X
};

/* A function in C. The arguments are on the machine's stack; what it returns is the result. */
typedef ToyValue (*ToyNative)(ToyVM *vm, const ToyValue *arguments, unsigned count);

struct ToyFunction {
    uint8_t *code;
    size_t code_size; /* bytes */
    ToyValue *constants;
    size_t constant_count;
    ToyNative native; /* then there is no bytecode */
    unsigned argument_count;
    unsigned local_count; /* arguments included */
    unsigned stack_size;  /* slots for locals and operands */
    YkLocation location;  /* yk: native code for `code` */
    ToyFunction *next;
    char name[32];
};

typedef struct ToyFrame {
    ToyFunction *function;
    const uint8_t *pc; /* where to go on, while it calls another */
    ToyValue *locals;
    bool entry; /* its return leaves the interpreter */
} ToyFrame;

enum { TOY_STACK = 1 << 16, TOY_FRAMES = 1 << 14, TOY_NESTED = 100 };

struct ToyVM {
    YkMT *mt; /* yk: NULL if there is no JIT */
    ToyFunction *functions;
    ToyGlobal *globals;
    ToyArray *arrays;
    FILE *out;
    jmp_buf *handler; /* of the innermost toy_protect */
    char message[128];
    uint8_t *spare; /* code that was freed last, to be used again */
    size_t spare_size;
    ToyValue *sp; /* while the interpreter calls out */
    unsigned depth, nested;
    ToyFrame frames[TOY_FRAMES];
    ToyValue stack[TOY_STACK];
};

/* vm.c */

/* A machine that prints to `out`. Without memory, NULL. */
ToyVM *toy_open(FILE *out);
void toy_close(ToyVM *vm);

/* Copies the code; the constants become the function's. The function is also made the value of the
 * global variable `name`. */
ToyFunction *toy_function_new(ToyVM *vm, const char *name, const uint8_t *code, size_t size,
                              ToyValue *constants, size_t constant_count);
/* The function must not be called any more. It may be on its way out by a tail call. */
void toy_function_free(ToyVM *vm, ToyFunction *function);
void toy_native(ToyVM *vm, const char *name, ToyNative native);
ToyGlobal *toy_global(ToyVM *vm, const char *name);

static inline ToyValue toy_int(int64_t i) {
    return (ToyValue){TOY_INT, {.i = i}};
}

/* Ends the innermost toy_protect. */
_Noreturn void toy_error(ToyVM *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Calls a function; errors pass through. */
ToyValue toy_call(ToyVM *vm, ToyFunction *function, const ToyValue *arguments, unsigned count);
/* As toy_call, but an error makes it return false, with vm->message. */
bool toy_protect(ToyVM *vm, ToyFunction *function, const ToyValue *arguments, unsigned count,
                 ToyValue *result);

/* What the interpreter does out of line. */
void toy_push_frame(ToyVM *vm, ToyFunction *function, ToyValue *locals, unsigned count, bool entry);
/* Leaves the frame of `locals` and calls what is in `slot` in its place; the frame on top is then
 * the one to go on with, from vm->sp. True: there is none, the interpreter returns. */
bool toy_tail_call(ToyVM *vm, ToyValue *locals, ToyValue *slot, unsigned count);
void toy_arithmetic(ToyVM *vm, int opcode, ToyValue *a, const ToyValue *b);
bool toy_less(ToyVM *vm, const ToyValue *a, const ToyValue *b);
bool toy_equal(const ToyValue *a, const ToyValue *b);
ToyArray *toy_array_new(ToyVM *vm, const ToyValue *size);
ToyValue *toy_element(ToyVM *vm, const ToyValue *array, const ToyValue *index);
void toy_print(ToyVM *vm, const ToyValue *value);

/* interpret.c: runs the function whose frame has been pushed; its result is at locals[-1]. */
void toy_interpret(ToyVM *vm, ToyFunction *function, ToyValue *locals);

/* assemble.c: defines the functions in `text`; false, with vm->message, if there is a mistake. */
bool toy_assemble(ToyVM *vm, const char *name, const char *text);
/* Reads a file and assembles it. */
bool toy_load(ToyVM *vm, const char *path);

#endif
