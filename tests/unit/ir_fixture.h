/* A small interpreter in the ahead-of-time form, written by hand: for tests of everything that
 * works on the IRs without a real program. Include it once in a test and use `fixture`.
 *
 * The interpreter's values are 16 bytes: TValue.value_ at 0, TValue.tt_ at 8 (0 nil, 3 integer).
 * An instruction is 32 bits: the opcode in the low 7, above it a number. The state vector: 0 L, 1
 * ci, 2 base, 4 pc, 5 k. aot_print(stdout, &fixture, UINT32_MAX) shows it all; in short:
 *
 *   execute.body  the body
 *     0 INCREMENT   base[0] is an integer: += 1; else increment_slow(L, base)
 *     1 GET         base[2] = *get_int(base[0], base[1]), fail(L) if that is nil
 *     2 BACK        jumps back; bypass if the volatile L->hookmask is set
 *     3 RETURN
 *     4 CALL        base[1] = the integer that the function base[0] returns for (L, base)
 *   get_int(t, key)     &t->array[key - 1], or get_slow(t, key) if key is not in 1..t->alimit
 *   builtin(L, args)    *get_int(args[2], 1), promoted and, through a local variable, doubled
 *   get_slow, increment_slow, fail, observe    outlined; real functions below, so that what is
 *                                              compiled can call them
 *
 * Constants F_... are numbers of functions, C_... of classes, S_... of symbols. To make a trace,
 * write its text and parse it (docs/ir.md): trace_parse(&fixture, "trace\n  %0 = param ptr 0\n...",
 * &error); the values of a frame in a snapshot are those behind "resume" of its block. `fixture`
 * and its arrays may be changed, each test is a process of its own. The clones of the functions
 * are only names here; ir_run.h interprets both forms. */
#ifndef YK_IR_FIXTURE_H
#define YK_IR_FIXTURE_H

#include "shared-ir/aot.h"

#include <string.h>

/* The memory that the functions work on. */
typedef struct FixtureValue {
    union {
        int64_t i;
        void *p;
    } value;
    uint8_t tag;
} FixtureValue;
enum { TAG_NIL = 0, TAG_INTEGER = 3, TAG_TABLE = 5, TAG_FUNCTION = 6 };
typedef struct FixtureTable {
    uint64_t header;
    uint32_t reserved;
    uint32_t limit; /* offset 12 */
    FixtureValue *array;
} FixtureTable;
typedef struct FixtureState {
    uint64_t header[2];
    FixtureValue *top; /* offset 16 */
    uint64_t more[5];
    volatile int32_t hookmask; /* offset 64 */
} FixtureState;
typedef struct FixtureCall {
    uint64_t header[4];
    const uint32_t *savedpc; /* offset 32 */
} FixtureCall;
_Static_assert(sizeof(FixtureValue) == 16 && __builtin_offsetof(FixtureTable, array) == 16 &&
                   __builtin_offsetof(FixtureState, hookmask) == 64,
               "as the IR below has it");

static FixtureValue fixture_nil; /* what get_slow finds */
static unsigned fixture_observed, fixture_failed;

__attribute__((unused)) static FixtureValue *fixture_get_slow(FixtureTable *table, int64_t key) {
    (void)table, (void)key;
    return &fixture_nil;
}
__attribute__((unused)) static void fixture_increment_slow(FixtureState *L, FixtureValue *base) {
    (void)L;
    base->value.i = 1;
    base->tag = TAG_INTEGER;
}
__attribute__((unused)) static void fixture_fail(FixtureState *L) {
    (void)L;
    fixture_failed++;
}
__attribute__((unused)) static void fixture_observe(int64_t *local) {
    fixture_observed++;
    *local += 1;
}
/* The C functions that F_GET_INT and F_BUILTIN are the form of. */
__attribute__((unused)) static FixtureValue *fixture_get_int(FixtureTable *table, int64_t key) {
    if ((uint64_t)key - 1 < table->limit)
        return &table->array[key - 1];
    return fixture_get_slow(table, key);
}
__attribute__((unused)) static int32_t fixture_builtin(FixtureState *L, FixtureValue *args) {
    (void)L;
    int64_t local = fixture_get_int(args[2].value.p, 1)->value.i, promoted = local;
    fixture_observe(&local);
    return (int32_t)(local + promoted);
}

/* ---- tables --------------------------------------------------------------------------------- */

enum { F_BODY, F_GET_INT, F_BUILTIN, F_GET_SLOW, F_INCREMENT_SLOW, F_FAIL, F_OBSERVE, F_COUNT };
/* The symbol of a function has the function's number. */
enum {
    S_BODY,
    S_GET_INT,
    S_BUILTIN,
    S_GET_SLOW,
    S_INCREMENT_SLOW,
    S_FAIL,
    S_OBSERVE,
    S_NIL,
    S_RECORD,
    S_RESUME,
    S_WRAPPER,
    S_COUNT
};

/* Names; FIXTURE_STRING(name) is its offset. */
#define FIXTURE_STRINGS(X)                                                                         \
    X(none, "")                                                                                    \
    X(body, "execute.body")                                                                        \
    X(get_int, "get_int")                                                                          \
    X(builtin, "builtin")                                                                          \
    X(get_slow, "get_slow")                                                                        \
    X(increment_slow, "increment_slow")                                                            \
    X(fail, "fail")                                                                                \
    X(observe, "observe")                                                                          \
    X(nil, "nil_value")                                                                            \
    X(record, "any.yk.record")                                                                     \
    X(resume, "any.yk.resume")                                                                     \
    X(wrapper, "any.yk.recording")                                                                 \
    X(TValue, "TValue")                                                                            \
    X(value_, "value_")                                                                            \
    X(tt_, "tt_")                                                                                  \
    X(Table, "Table")                                                                              \
    X(array, "array")                                                                              \
    X(alimit, "alimit")                                                                            \
    X(marked, "marked")                                                                            \
    X(lua_State, "lua_State")                                                                      \
    X(top, "top")                                                                                  \
    X(hookmask, "hookmask")                                                                        \
    X(CallInfo, "CallInfo")                                                                        \
    X(savedpc, "savedpc")                                                                          \
    X(whole, "0..1")                                                                               \
    X(two_pointers, "\6\6")                                                                        \
    X(pointer_and_int, "\6\5")                                                                     \
    X(one_pointer, "\6")                                                                           \
    X(body_arguments, "\6\6\6\5\6\6\5\5\5\5\5\5")
typedef struct FixtureStrings {
#define X(name, text) char name[sizeof text];
    FIXTURE_STRINGS(X)
#undef X
} FixtureStrings;
_Static_assert(IR_PTR == 6 && IR_I64 == 5, "the bytes above");
static FixtureStrings fixture_strings = {
#define X(name, text) text,
    FIXTURE_STRINGS(X)
#undef X
};
#define FIXTURE_STRING(name) ((uint32_t) __builtin_offsetof(FixtureStrings, name))

enum {
    C_ANY,
    C_VALUE,
    C_TAG,
    C_ARRAY,
    C_ALIMIT,
    C_TABLE_MARKED,
    C_TOP,
    C_HOOKMASK,
    C_SAVEDPC,
    C_WHOLE,
    C_COUNT
};
enum { R_UNKNOWN, R_STACK, R_ARRAY, R_COUNT };
static AotClass fixture_classes[C_COUNT] = {
#define CLASS_INTO(region, record, field, offset, size)                                            \
    { FIXTURE_STRING(record), FIXTURE_STRING(field), offset, size, region }
#define CLASS(...) CLASS_INTO(R_UNKNOWN, __VA_ARGS__)
    [C_ANY] = CLASS(none, none, 0, 0),
    [C_VALUE] = CLASS(TValue, value_, 0, 8),
    [C_TAG] = CLASS(TValue, tt_, 8, 1),
    [C_ARRAY] = CLASS_INTO(R_ARRAY, Table, array, 16, 8),
    [C_ALIMIT] = CLASS(Table, alimit, 12, 4),
    [C_TABLE_MARKED] = CLASS(Table, marked, 9, 1),
    [C_TOP] = CLASS_INTO(R_STACK, lua_State, top, 16, 8),
    [C_HOOKMASK] = CLASS(lua_State, hookmask, 64, 4),
    [C_SAVEDPC] = CLASS(CallInfo, savedpc, 32, 8),
    [C_WHOLE] = CLASS(TValue, whole, 0, 16),
#undef CLASS
#undef CLASS_INTO
};

enum {
    K_I32_127,
    K_I64_4,
    K_I8_INTEGER,
    K_I64_1,
    K_I8_0,
    K_I32_0,
    K_I32_7,
    K_I64_0,
    K_I32_1,
    K_I32_2,
    K_I32_3,
    K_I32_4,
    K_COUNT
};
static AotConst fixture_consts[K_COUNT] = {
    [K_I32_127] = {127, IR_I32, 0}, [K_I64_4] = {4, IR_I64, 0}, [K_I8_INTEGER] = {3, IR_I8, 0},
    [K_I64_1] = {1, IR_I64, 0},     [K_I8_0] = {0, IR_I8, 0},   [K_I32_0] = {0, IR_I32, 0},
    [K_I32_7] = {7, IR_I32, 0},     [K_I64_0] = {0, IR_I64, 0}, [K_I32_1] = {1, IR_I32, 0},
    [K_I32_2] = {2, IR_I32, 0},     [K_I32_3] = {3, IR_I32, 0}, [K_I32_4] = {4, IR_I32, 0},
};
#define K(name) (IR_CONST | K_##name)
#define S(name) (IR_SYMBOL | S_##name)

/* Extra operands. X(name, number of them, ...): X_name is the offset of the first. */
#define NO IR_NONE
#define FIXTURE_EXTRAS(X)                                                                          \
    X(SWITCH, 11, 2, K(I32_0), 3, K(I32_1), 7, K(I32_2), 11, K(I32_3), 14, K(I32_4), 15)           \
    X(ARGS_INCREMENT, 2, 0, 2)                                                                     \
    X(MERGE, 12, 0, 1, 2, NO, 14, 5, NO, NO, NO, NO, NO, NO)                                       \
    X(ARGS_GET, 2, 29, 30)                                                                         \
    X(ARGS_FAIL, 1, 0)                                                                             \
    X(BYPASS, 12, 0, 1, 2, NO, 14, 5, NO, NO, NO, NO, NO, NO)                                      \
    X(MERGE_BACK, 12, 0, 1, 2, NO, 49, 5, NO, NO, NO, NO, NO, NO)                                  \
    X(ARGS_CALL, 2, 0, 2)                                                                          \
    X(ARGS_SLOW, 2, 0, 1)                                                                          \
    X(PHI, 4, 19, 9, 20, 11)                                                                       \
    X(ARGS_BUILTIN_GET, 2, 4, K(I64_1))                                                            \
    X(ARGS_OBSERVE, 1, 2)                                                                          \
    X(LIVES_1, 7, 0, 1, 2, 5, 12, 13, 14)                                                          \
    X(LIVES_4, 5, 0, 1, 2, 5, 14) /* of @5, too */                                                 \
    X(LIVES_8, 6, 0, 1, 2, 5, 14, 31)                                                              \
    X(LIVES_9, 1, 0)                                                                               \
    X(LIVES_10, 7, 0, 1, 2, 5, 14, 31, 33)                                                         \
    X(LIVES_12, 5, 0, 1, 2, 5, 14)                                                                 \
    X(LIVES_13, 6, 0, 1, 2, 5, 12, 14)                                                             \
    X(LIVES_16, 6, 0, 1, 2, 5, 14, 52)                                                             \
    X(LIVES_17, 6, 0, 1, 2, 5, 14, 54)                                                             \
    X(LIVES_19, 2, 0, 4)                                                                           \
    X(LIVES_20, 2, 0, 1)                                                                           \
    X(LIVES_23, 1, 5)                                                                              \
    X(LIVES_24, 1, 7)
enum {
#define X(name, count, ...) X_##name, X_LAST_##name = X_##name + (count)-1,
    FIXTURE_EXTRAS(X)
#undef X
        X_END,
    X_CAPACITY = X_END + 20 /* for the changes of tests */
};
static uint32_t fixture_extras[X_CAPACITY] = {
#define X(name, count, ...) __VA_ARGS__,
    FIXTURE_EXTRAS(X)
#undef X
};
#define X(name, count, ...)                                                                        \
    _Static_assert(sizeof((uint32_t[]){__VA_ARGS__}) == (count) * sizeof(uint32_t), #name);
FIXTURE_EXTRAS(X)
#undef X
#undef NO

#define I(op, type, aux, a, b, c)                                                                  \
    { IR_##op, IR_##type, (uint16_t)(aux), a, b, c }
#define LOAD(type, address, offset, class) I(LOAD, type, offset, address, 0, class)
#define STORE(type, value, address, offset, class) I(STORE, type, offset, address, value, class)
#define BR(block) I(BR, VOID, 0, block, 0, 0)
static IrInsn fixture_insns[] = {
    /* execute.body: values from 12. @0 */
    /* 12 */ LOAD(I32, 4, 0, C_ANY),
    /* 13 */ I(AND, I32, 0, 12, K(I32_127), 0),
    /* 14 */ I(PTRADD, PTR, 0, 4, K(I64_4), 0),
    /* 15 */ BR(1),
    /* @1 */
    /* 16 */ I(SWITCH, VOID, IR_I32, 13, X_SWITCH, 5),
    /* @2 */
    /* 17 */ I(UNREACHABLE, VOID, 0, 0, 0, 0),
    /* @3: INCREMENT */
    /* 18 */ LOAD(I8, 2, 8, C_TAG),
    /* 19 */ I(EQ, I1, IR_I8, 18, K(I8_INTEGER), 0),
    /* 20 */ I(CONDBR, VOID, 0, 19, 4, 5),
    /* @4 */
    /* 21 */ LOAD(I64, 2, 0, C_VALUE),
    /* 22 */ I(ADD, I64, 0, 21, K(I64_1), 0),
    /* 23 */ STORE(I64, 22, 2, 0, C_VALUE),
    /* 24 */ BR(6),
    /* @5 */
    /* 25 */ STORE(PTR, 14, 1, 32, C_SAVEDPC),
    /* 26 */ I(CALL, VOID, IR_MAY_ANYTHING, S(INCREMENT_SLOW), X_ARGS_INCREMENT, 2),
    /* 27 */ BR(6),
    /* @6 */
    /* 28 */ I(EXIT_MERGE, VOID, 0, X_MERGE, 12, 0),
    /* @7: GET */
    /* 29 */ LOAD(PTR, 2, 0, C_VALUE),
    /* 30 */ LOAD(I64, 2, 16, C_VALUE),
    /* 31 */ I(CALL, PTR, IR_MAY_READ, S(GET_INT), X_ARGS_GET, 2),
    /* 32 */ BR(8),
    /* @8 */
    /* 33 */ LOAD(I8, 31, 8, C_TAG),
    /* 34 */ I(EQ, I1, IR_I8, 33, K(I8_0), 0),
    /* 35 */ I(CONDBR, VOID, 0, 34, 9, 10),
    /* @9 */
    /* 36 */ I(CALL, VOID, IR_MAY_ANYTHING | IR_NEVER_RETURNS, S(FAIL), X_ARGS_FAIL, 1),
    /* 37 */ I(UNREACHABLE, VOID, 0, 0, 0, 0),
    /* @10 */
    /* 38 */ LOAD(I64, 31, 0, C_VALUE),
    /* 39 */ STORE(I64, 38, 2, 32, C_VALUE),
    /* 40 */ STORE(I8, 33, 2, 40, C_TAG),
    /* 41 */ BR(6),
    /* @11: BACK */
    /* 42 */ LOAD(I32, 0, 64, C_HOOKMASK | IR_VOLATILE),
    /* 43 */ I(NE, I1, IR_I32, 42, K(I32_0), 0),
    /* 44 */ I(CONDBR, VOID, 0, 43, 12, 13),
    /* @12 */
    /* 45 */ I(EXIT_BYPASS, VOID, 0, X_BYPASS, 12, 0),
    /* @13 */
    /* 46 */ I(LSHR, I32, 0, 12, K(I32_7), 0),
    /* 47 */ I(ZEXT, I64, IR_I32, 46, 0, 0),
    /* 48 */ I(SUB, I64, 0, K(I64_0), 47, 0),
    /* 49 */ I(PTRADD, PTR, 0, 14, 48, 0),
    /* 50 */ I(EXIT_MERGE, VOID, 0, X_MERGE_BACK, 12, 0),
    /* @14: RETURN */
    /* 51 */ I(EXIT_RETURN, VOID, 0, IR_NONE, 0, 0),
    /* @15: CALL */
    /* 52 */ LOAD(PTR, 2, 0, C_VALUE),
    /* 53 */ BR(16),
    /* @16 */
    /* 54 */ I(CALL, I32, IR_MAY_ANYTHING, 52, X_ARGS_CALL, 2),
    /* 55 */ BR(17),
    /* @17 */
    /* 56 */ I(ZEXT, I64, IR_I32, 54, 0, 0),
    /* 57 */ STORE(I64, 56, 2, 16, C_VALUE),
    /* 58 */ STORE(I8, K(I8_INTEGER), 2, 24, C_TAG),
    /* 59 */ BR(6),

    /* get_int: values from 2. @18 */
    /* 2 */ LOAD(I32, 0, 12, C_ALIMIT),
    /* 3 */ I(ZEXT, I64, IR_I32, 2, 0, 0),
    /* 4 */ I(SUB, I64, 0, 1, K(I64_1), 0),
    /* 5 */ I(ULT, I1, IR_I64, 4, 3, 0),
    /* 6 */ I(CONDBR, VOID, 0, 5, 19, 20),
    /* @19 */
    /* 7 */ LOAD(PTR, 0, 16, C_ARRAY),
    /* 8 */ I(SHL, I64, 0, 4, K(I64_4), 0),
    /* 9 */ I(PTRADD, PTR, 0, 7, 8, 0),
    /* 10 */ BR(21),
    /* @20 */
    /* 11 */ I(CALL, PTR, IR_MAY_READ, S(GET_SLOW), X_ARGS_SLOW, 2),
    /* 12 */ BR(21),
    /* @21 */
    /* 13 */ I(PHI, PTR, 0, X_PHI, 2, 0),
    /* 14 */ I(RET, VOID, 0, 13, 0, 0),

    /* builtin: values from 2. @22 */
    /* 2 */ I(FRAME, PTR, 0, 0, 0, 0),
    /* 3 */ STORE(I64, K(I64_0), 2, 0, C_ANY),
    /* 4 */ LOAD(PTR, 1, 32, C_VALUE),
    /* 5 */ I(CALL, PTR, IR_MAY_READ, S(GET_INT), X_ARGS_BUILTIN_GET, 2),
    /* 6 */ BR(23),
    /* @23 */
    /* 7 */ LOAD(I64, 5, 0, C_VALUE),
    /* 8 */ STORE(I64, 7, 2, 0, C_ANY),
    /* 9 */ BR(24),
    /* @24 */
    /* 10 */ I(PROMOTE, I64, 0, 7, IR_NONE, 0),
    /* 11 */ I(CALL, VOID, IR_MAY_READ | IR_MAY_WRITE, S(OBSERVE), X_ARGS_OBSERVE, 1),
    /* 12 */ LOAD(I64, 2, 0, C_ANY),
    /* 13 */ I(ADD, I64, 0, 12, 10, 0),
    /* 14 */ I(TRUNC, I32, IR_I64, 13, 0, 0),
    /* 15 */ I(RET, VOID, 0, 14, 0, 0),
};
#undef I
#undef LOAD
#undef STORE
#undef BR
enum {
    FIXTURE_INSNS = sizeof fixture_insns / sizeof *fixture_insns,
    FIRST_INSN_GET_INT = 48,
    FIRST_INSN_BUILTIN = FIRST_INSN_GET_INT + 13
};
_Static_assert(FIXTURE_INSNS == FIRST_INSN_BUILTIN + 14, "count them");

#define PLAIN(function, first, count)                                                              \
    { function, first, count, AOT_NO_RESUME, 0, 0 }
#define BLOCK(function, first, count, resume, lives, live_count)                                   \
    { function, first, count, resume, lives, live_count }
static AotBlock fixture_blocks[] = {
    /* 0 */ PLAIN(F_BODY, 0, 4),
    /* 1 */ BLOCK(F_BODY, 4, 1, 1, X_LIVES_1, 7),
    /* 2 */ PLAIN(F_BODY, 5, 1),
    /* 3 */ PLAIN(F_BODY, 6, 3),
    /* 4 */ BLOCK(F_BODY, 9, 4, 2, X_LIVES_4, 5),
    /* 5 */ BLOCK(F_BODY, 13, 3, 3, X_LIVES_4, 5),
    /* 6 */ PLAIN(F_BODY, 16, 1),
    /* 7 */ PLAIN(F_BODY, 17, 4),
    /* 8 */ BLOCK(F_BODY, 21, 3, 4, X_LIVES_8, 6),
    /* 9 */ BLOCK(F_BODY, 24, 2, 5, X_LIVES_9, 1),
    /* 10 */ BLOCK(F_BODY, 26, 4, 6, X_LIVES_10, 7),
    /* 11 */ PLAIN(F_BODY, 30, 3),
    /* 12 */ BLOCK(F_BODY, 33, 1, 7, X_LIVES_12, 5),
    /* 13 */ BLOCK(F_BODY, 34, 5, 8, X_LIVES_13, 6),
    /* 14 */ PLAIN(F_BODY, 39, 1),
    /* 15 */ PLAIN(F_BODY, 40, 2),
    /* 16 */ BLOCK(F_BODY, 42, 2, 9, X_LIVES_16, 6),
    /* 17 */ BLOCK(F_BODY, 44, 4, 10, X_LIVES_17, 6),
    /* 18 */ PLAIN(F_GET_INT, FIRST_INSN_GET_INT, 5),
    /* 19 */ BLOCK(F_GET_INT, FIRST_INSN_GET_INT + 5, 4, 1, X_LIVES_19, 2),
    /* 20 */ BLOCK(F_GET_INT, FIRST_INSN_GET_INT + 9, 2, 2, X_LIVES_20, 2),
    /* 21 */ PLAIN(F_GET_INT, FIRST_INSN_GET_INT + 11, 2),
    /* 22 */ PLAIN(F_BUILTIN, FIRST_INSN_BUILTIN, 5),
    /* 23 */ BLOCK(F_BUILTIN, FIRST_INSN_BUILTIN + 5, 3, 1, X_LIVES_23, 1),
    /* 24 */ BLOCK(F_BUILTIN, FIRST_INSN_BUILTIN + 8, 6, 2, X_LIVES_24, 1),
};
#undef PLAIN
#undef BLOCK
enum { FIXTURE_BLOCKS = sizeof fixture_blocks / sizeof *fixture_blocks };

#define OUTLINED(string, number, args, arg_count_, type)                                           \
    {                                                                                              \
        .name = FIXTURE_STRING(string), .flags = AOT_OUTLINED, .arg_count = arg_count_,            \
        .arg_types = FIXTURE_STRING(args), .return_type = type, .first_block = FIXTURE_BLOCKS,     \
        .first_insn = FIXTURE_INSNS, .symbol = number, .record = UINT32_MAX, .resume = UINT32_MAX, \
        .wrapper = UINT32_MAX                                                                      \
    }
static AotFunction fixture_functions[F_COUNT] = {
    [F_BODY] = {.name = FIXTURE_STRING(body),
                .flags = AOT_BODY,
                .arg_count = 12,
                .arg_types = FIXTURE_STRING(body_arguments),
                .return_type = IR_VOID,
                .first_block = 0,
                .block_count = 18,
                .first_insn = 0,
                .insn_count = FIRST_INSN_GET_INT,
                .symbol = S_BODY,
                .record = S_RECORD,
                .resume = S_RESUME,
                .wrapper = UINT32_MAX,
                .max_lives = 12},
    [F_GET_INT] = {.name = FIXTURE_STRING(get_int),
                   .arg_count = 2,
                   .arg_types = FIXTURE_STRING(pointer_and_int),
                   .return_type = IR_PTR,
                   .first_block = 18,
                   .block_count = 4,
                   .first_insn = FIRST_INSN_GET_INT,
                   .insn_count = 13,
                   .symbol = S_GET_INT,
                   .record = S_RECORD,
                   .resume = S_RESUME,
                   .wrapper = S_WRAPPER,
                   .max_lives = 2},
    [F_BUILTIN] = {.name = FIXTURE_STRING(builtin),
                   .arg_count = 2,
                   .arg_types = FIXTURE_STRING(two_pointers),
                   .return_type = IR_I32,
                   .first_block = 22,
                   .block_count = 3,
                   .first_insn = FIRST_INSN_BUILTIN,
                   .insn_count = 14,
                   .frame_size = 16,
                   .symbol = S_BUILTIN,
                   .record = S_RECORD,
                   .resume = S_RESUME,
                   .wrapper = S_WRAPPER,
                   .max_lives = 2},
    [F_GET_SLOW] = OUTLINED(get_slow, S_GET_SLOW, pointer_and_int, 2, IR_PTR),
    [F_INCREMENT_SLOW] = OUTLINED(increment_slow, S_INCREMENT_SLOW, two_pointers, 2, IR_VOID),
    [F_FAIL] = OUTLINED(fail, S_FAIL, one_pointer, 1, IR_VOID),
    [F_OBSERVE] = OUTLINED(observe, S_OBSERVE, one_pointer, 1, IR_VOID),
};
#undef OUTLINED

/* Addresses that are nobody's: of what only has a name here. */
static char fixture_nowhere[4];
static const void *fixture_symbols[S_COUNT] = {
    [S_BODY] = &fixture_nowhere[0],
    [S_GET_INT] = (const void *)fixture_get_int,
    [S_BUILTIN] = (const void *)fixture_builtin,
    [S_GET_SLOW] = (const void *)fixture_get_slow,
    [S_INCREMENT_SLOW] = (const void *)fixture_increment_slow,
    [S_FAIL] = (const void *)fixture_fail,
    [S_OBSERVE] = (const void *)fixture_observe,
    [S_NIL] = &fixture_nil,
    [S_RECORD] = &fixture_nowhere[1],
    [S_RESUME] = &fixture_nowhere[2],
    [S_WRAPPER] = &fixture_nowhere[3],
};
static uint32_t fixture_symbol_names[S_COUNT] = {
    FIXTURE_STRING(body),           FIXTURE_STRING(get_int),
    FIXTURE_STRING(builtin),        FIXTURE_STRING(get_slow),
    FIXTURE_STRING(increment_slow), FIXTURE_STRING(fail),
    FIXTURE_STRING(observe),        FIXTURE_STRING(nil),
    FIXTURE_STRING(record),         FIXTURE_STRING(resume),
    FIXTURE_STRING(wrapper),
};
static uint32_t fixture_symbol_functions[S_COUNT] = {
    F_BODY,    F_GET_INT,  F_BUILTIN,  F_GET_SLOW, F_INCREMENT_SLOW, F_FAIL,
    F_OBSERVE, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX,
};

static AotModule fixture __attribute__((unused)) = {
    .version = AOT_VERSION,
    .function_count = F_COUNT,
    .block_count = FIXTURE_BLOCKS,
    .insn_count = FIXTURE_INSNS,
    .extra_count = X_CAPACITY,
    .const_count = K_COUNT,
    .symbol_count = S_COUNT,
    .class_count = C_COUNT,
    .string_bytes = sizeof(FixtureStrings),
    .body = F_BODY,
    .green_count = 2,
    .region_count = R_COUNT - 1,
    .functions = fixture_functions,
    .blocks = fixture_blocks,
    .insns = fixture_insns,
    .extras = fixture_extras,
    .consts = fixture_consts,
    .classes = fixture_classes,
    .strings = (const char *)&fixture_strings,
    .symbols = fixture_symbols,
    .symbol_names = fixture_symbol_names,
    .symbol_functions = fixture_symbol_functions,
    .slot_regions = {[2] = R_STACK},
};
#undef K
#undef S

/* Whether builtin has an effect before it calls get_int: then the guards behind it leave in the
 * midst of the bytecode. */
__attribute__((unused)) static void builtin_has_effect(bool effect) {
    uint32_t *class = &fixture_insns[FIRST_INSN_BUILTIN + 1].c; /* a store's */
    *class = effect ? *class | IR_VOLATILE : *class & ~IR_VOLATILE;
}

#endif
