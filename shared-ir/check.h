/* What both verifiers check of one instruction: operation, types, immediate operands. For
 * aot_verify.c and trace_verify.c only. */
#ifndef YK_IR_CHECK_H
#define YK_IR_CHECK_H

#include "aot.h"

typedef struct IrChecker {
    const AotModule *module;
    const void *context; /* of type_of */
    /* The type of a value; IR_VOID: there is no such value; IR_TYPE_COUNT: undefined, fits all. */
    uint8_t (*type_of)(const void *context, IrRef ref);
    char form;           /* 'A' or 'T': operations of the other form are refused */
    uint8_t return_type; /* of the function */
    const uint32_t *extras;
    uint32_t extra_count;
    char text[160]; /* what is wrong */
} IrChecker;

/* Writes the text and returns false. */
__attribute__((format(printf, 2, 3))) bool check_fail(IrChecker *checker, const char *format, ...);
bool check_insn(IrChecker *checker, const IrInsn *insn);
/* That a value of that type (IR_TYPE_COUNT: any) is there; `what` is its name in the text. */
bool check_value(IrChecker *checker, IrRef ref, uint8_t type, const char *what);
/* That `count` numbers from `first` on are in a list of `size`. */
static inline bool check_range(uint32_t first, uint64_t count, uint32_t size) {
    return first <= size && count <= size - first;
}

#endif
