/* The tables of ops.def, signatures.def and ir.h as arrays. */
#include "ir.h"

const char *const ir_op_names[IR_OP_COUNT] = {
#define X(name, text, result, aux, types, pattern) [IR_##name] = text,
#include "signatures.def"
#undef X
};

const char ir_op_results[IR_OP_COUNT] = {
#define X(name, text, result, aux, types, pattern) [IR_##name] = result,
#include "signatures.def"
#undef X
};

const char ir_op_auxes[IR_OP_COUNT] = {
#define X(name, text, result, aux, types, pattern) [IR_##name] = aux,
#include "signatures.def"
#undef X
};

const char *const ir_op_types[IR_OP_COUNT] = {
#define X(name, text, result, aux, types, pattern) [IR_##name] = types,
#include "signatures.def"
#undef X
};

const char *const ir_op_patterns[IR_OP_COUNT] = {
#define X(name, text, result, aux, types, pattern) [IR_##name] = pattern,
#include "signatures.def"
#undef X
};

const char *const ir_op_operands[IR_OP_COUNT] = {
#define X(name, form, operands, flags) [IR_##name] = operands,
#include "ops.def"
#undef X
};

enum { A = 'A', B = 'B', T = 'T' };
const char ir_op_forms[IR_OP_COUNT] = {
#define X(name, form, operands, flags) [IR_##name] = form,
#include "ops.def"
#undef X
};

/* clang evaluates an index into a string literal at compile time. */
#define FLAG(letter)                                                                               \
    ((letter) == 'P'   ? IR_FLAG_PURE                                                              \
     : (letter) == 'R' ? IR_FLAG_READS                                                             \
     : (letter) == 'W' ? IR_FLAG_WRITES                                                            \
     : (letter) == 'C' ? IR_FLAG_COMMUTES                                                          \
     : (letter) == 'G' ? IR_FLAG_GUARD                                                             \
     : (letter) == 'T' ? IR_FLAG_TERMINATOR                                                        \
     : (letter) == 'D' ? IR_FLAG_PARTIAL                                                           \
                       : 0)
const uint8_t ir_op_flags[IR_OP_COUNT] = {
#define X(name, form, operands, flags)                                                             \
    [IR_##name] = FLAG(flags[0]) | (sizeof flags > 2 ? FLAG((flags "  ")[1]) : 0),
#include "ops.def"
#undef X
};
#define X(name, form, operands, flags)                                                             \
    _Static_assert(sizeof flags <= 3 && sizeof operands == 4, #name);
#include "ops.def"
#undef X

const char *const ir_type_names[IR_TYPE_COUNT] = {
#define X(name, text, bytes) [IR_##name] = text,
    IR_TYPES(X)
#undef X
};

const uint8_t ir_type_bytes[IR_TYPE_COUNT] = {
#define X(name, text, bytes) [IR_##name] = bytes,
    IR_TYPES(X)
#undef X
};

unsigned ir_type_bits(uint8_t type) {
    return type == IR_I1 ? 1 : 8u * ir_type_bytes[type];
}

uint64_t ir_type_mask(uint8_t type) {
    unsigned bits = ir_type_bits(type);
    return bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

const char *const ir_math_names[IR_MATH_COUNT] = {
#define X(name, text, operands) [IR_MATH_##name] = text,
    IR_MATHS(X)
#undef X
};

const uint8_t ir_math_operands[IR_MATH_COUNT] = {
#define X(name, text, operands) [IR_MATH_##name] = operands,
    IR_MATHS(X)
#undef X
};

const char *const ir_fcmp_names[16] = {
    [IR_FCMP_OEQ] = "oeq", [IR_FCMP_OGT] = "ogt", [IR_FCMP_OGE] = "oge", [IR_FCMP_OLT] = "olt",
    [IR_FCMP_OLE] = "ole", [IR_FCMP_ONE] = "one", [IR_FCMP_ORD] = "ord", [IR_FCMP_UNO] = "uno",
    [IR_FCMP_UEQ] = "ueq", [IR_FCMP_UGT] = "ugt", [IR_FCMP_UGE] = "uge", [IR_FCMP_ULT] = "ult",
    [IR_FCMP_ULE] = "ule", [IR_FCMP_UNE] = "une",
};
