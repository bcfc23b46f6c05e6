/* What the two IRs share: types, references, operations, effects. See docs/ir.md. */
#ifndef YK_IR_H
#define YK_IR_H

#include <stdbool.h>
#include <stdint.h>

enum IrOp {
#define X(name, form, operands, flags) IR_##name,
#include "ops.def"
#undef X
    IR_OP_COUNT
};

/* X(name, text, bytes) */
#define IR_TYPES(X)                                                                                \
    X(VOID, "void", 0)                                                                             \
    X(I1, "i1", 1)                                                                                 \
    X(I8, "i8", 1)                                                                                 \
    X(I16, "i16", 2)                                                                               \
    X(I32, "i32", 4)                                                                               \
    X(I64, "i64", 8)                                                                               \
    X(PTR, "ptr", 8)                                                                               \
    X(F32, "f32", 4)                                                                               \
    X(F64, "f64", 8)

enum IrType {
#define X(name, text, bytes) IR_##name,
    IR_TYPES(X)
#undef X
        IR_TYPE_COUNT
};

/* X(name, text, operands): C's functions of the same name, and LLVM's intrinsics. */
#define IR_MATHS(X)                                                                                \
    X(FABS, "fabs", 1)                                                                             \
    X(SQRT, "sqrt", 1)                                                                             \
    X(FLOOR, "floor", 1)                                                                           \
    X(CEIL, "ceil", 1)                                                                             \
    X(FTRUNC, "trunc", 1)                                                                          \
    X(RINT, "rint", 1)                                                                             \
    X(COPYSIGN, "copysign", 2)                                                                     \
    X(CTPOP, "ctpop", 1)                                                                           \
    X(BSWAP, "bswap", 1)                                                                           \
    X(SMAX, "smax", 2)                                                                             \
    X(SMIN, "smin", 2)                                                                             \
    X(UMAX, "umax", 2)                                                                             \
    X(UMIN, "umin", 2)

enum IrMath {
#define X(name, text, operands) IR_MATH_##name,
    IR_MATHS(X)
#undef X
        IR_MATH_COUNT
};

/* LLVM's numbers of the predicates of fcmp: bit 0 equal, bit 1 greater, bit 2 less, bit 3
 * unordered; the comparison is true if one of the bits that are set holds. */
enum IrFcmp {
    IR_FCMP_OEQ = 1,
    IR_FCMP_OGT,
    IR_FCMP_OGE,
    IR_FCMP_OLT,
    IR_FCMP_OLE,
    IR_FCMP_ONE,
    IR_FCMP_ORD,
    IR_FCMP_UNO,
    IR_FCMP_UEQ,
    IR_FCMP_UGT,
    IR_FCMP_UGE,
    IR_FCMP_ULT,
    IR_FCMP_ULE,
    IR_FCMP_UNE
};

/* A reference to a value: the top two bits say of which kind. */
typedef uint32_t IrRef;
#define IR_KIND_MASK 0xc0000000u
#define IR_INSN 0x00000000u   /* instruction or, ahead of time, argument: number in the function */
#define IR_CONST 0x40000000u  /* index into the constants */
#define IR_SYMBOL 0x80000000u /* ahead of time: index into the symbols; traces have constants */
/* No value; also an undefined one: ahead of time as any operand but an argument of a call, in
 * traces only in snapshots. */
#define IR_NONE 0xffffffffu
static inline uint32_t ir_index(IrRef ref) {
    return ref & ~IR_KIND_MASK;
}

typedef struct IrInsn {
    uint8_t op;   /* an IrOp */
    uint8_t type; /* an IrType */
    uint16_t aux; /* see ops.def */
    uint32_t a, b, c;
} IrInsn;

/* Access classes. Accesses of different classes never touch the same bytes, except class 0,
 * which may touch anything, and classes whose fields overlap (IrClass). */
#define IR_VOLATILE 0x80000000u
#define IR_CLASS_ANY 0u

/* Effects of calls, in `aux`. None: a pure function of its arguments. */
enum IrEffects {
    IR_MAY_READ = 1,
    IR_MAY_WRITE = 2,
    IR_MAY_THROW = 4,       /* may not come back: longjmp, exit */
    IR_MAY_COLLECT = 8,     /* may run arbitrary code of the program, such as a collector */
    IR_MAY_MOVE_STACK = 16, /* reserved for hints of the interpreter's author */
    IR_NEVER_RETURNS = 32,
    IR_OWN_MEMORY = 256, /* reads and writes memory that nothing else looks at: an allocator's */
    /* Two more facts about the call, which are not effects. */
    IR_VARIADIC = 64, /* the callee has "..." */
    IR_SIGNED_ARGUMENTS =
        128, /* i8 and i16 arguments are passed sign-extended to 32 bits, not
                zero-extended (i1 always is); where a call mixes, it has no form */
    IR_MAY_ANYTHING =
        IR_MAY_READ | IR_MAY_WRITE | IR_MAY_THROW | IR_MAY_COLLECT | IR_MAY_MOVE_STACK,
};

/* Names, operand letters and flags of the operations: generated from ops.def (shared-ir/ir.c). */
extern const char *const ir_op_names[IR_OP_COUNT];    /* lower case */
extern const char *const ir_op_operands[IR_OP_COUNT]; /* "vv-" */
extern const char ir_op_forms[IR_OP_COUNT];           /* 'A', 'B', 'T' */
extern const uint8_t ir_op_flags[IR_OP_COUNT];        /* IR_FLAG_... */
enum IrOpFlags {
    IR_FLAG_PURE = 1,
    IR_FLAG_READS = 2,
    IR_FLAG_WRITES = 4,
    IR_FLAG_COMMUTES = 8,
    IR_FLAG_GUARD = 16,
    IR_FLAG_TERMINATOR = 32,
    IR_FLAG_PARTIAL = 64
};
extern const char *const ir_type_names[IR_TYPE_COUNT];
extern const uint8_t ir_type_bytes[IR_TYPE_COUNT];
unsigned ir_type_bits(uint8_t type); /* i1: 1 */
extern const char *const ir_math_names[IR_MATH_COUNT];
extern const uint8_t ir_math_operands[IR_MATH_COUNT];
extern const char *const ir_fcmp_names[16]; /* NULL: not a predicate */
/* From signatures.def, where the letters are explained. */
extern const char ir_op_results[IR_OP_COUNT];
extern const char ir_op_auxes[IR_OP_COUNT];
extern const char *const ir_op_types[IR_OP_COUNT];
extern const char *const ir_op_patterns[IR_OP_COUNT];

static inline bool ir_is_int(uint8_t type) {
    return type >= IR_I1 && type <= IR_I64;
}
static inline bool ir_is_float(uint8_t type) {
    return type == IR_F32 || type == IR_F64;
}
/* Whether others may refer to it. The type of a STORE is that of what it stores. */
static inline bool ir_has_result(const IrInsn *insn) {
    return insn->type != IR_VOID && insn->op != IR_STORE;
}
/* All bits that a value of the type has. */
uint64_t ir_type_mask(uint8_t type);
/* A call before which all of the interpreter's memory has to be as the interpreter would have it.
 */
static inline bool ir_is_barrier(const IrInsn *insn) {
    return insn->op == IR_CALL && (insn->aux & (IR_MAY_ANYTHING | IR_NEVER_RETURNS)) != 0;
}
/* May be removed, shared and moved: also a call without effects. */
static inline bool ir_is_pure(const IrInsn *insn) {
    return (ir_op_flags[insn->op] & IR_FLAG_PURE) != 0 ||
           (insn->op == IR_CALL && !ir_is_barrier(insn) && (insn->aux & IR_OWN_MEMORY) == 0);
}

#endif
