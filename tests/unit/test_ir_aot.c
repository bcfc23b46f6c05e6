/* The ahead-of-time form: its text, access to it, and for each rule of aot_verify the change of the
 * fixture that breaks it. Each test is a process of its own, so that the fixture may be changed. */
#include "shared-ir/alias.h"
#include "shared-ir/aot.h"

#include "ir_fixture.h"
#include <criterion/criterion.h>
#include <stdlib.h>

static char *print(uint32_t function) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cr_assert(out);
    aot_print(out, &fixture, function);
    fclose(out);
    return text;
}

Test(ir_aot, text_of_a_function) {
    char *text = print(F_BUILTIN);
    cr_assert_str_eq(text, "function builtin(ptr %0, ptr %1) i32 frame 16\n"
                           "@22:\n"
                           "  %2 = frame 0\n"
                           "  store i64 0, %2\n"
                           "  %4 = load ptr %1+32 .TValue.value_\n"
                           "  %5 = call ptr @get_int(%4, i64 1) read\n"
                           "  br @23\n"
                           "@23: resume 1 (%5)\n"
                           "  %7 = load i64 %5 .TValue.value_\n"
                           "  store i64 %7, %2\n"
                           "  br @24\n"
                           "@24: resume 2 (%7)\n"
                           "  %10 = promote i64 %7, -\n"
                           "  call void @observe(%2) read write\n"
                           "  %12 = load i64 %2\n"
                           "  %13 = add i64 %12, %10\n"
                           "  %14 = trunc i64 %13 to i32\n"
                           "  ret %14\n");
    free(text);
    fixture_functions[F_GET_SLOW].flags |= AOT_BODY | AOT_IDEMPOTENT | AOT_UNROLL | AOT_HAS_LOOP;
    text = print(F_GET_SLOW);
    cr_assert_str_eq(text, "function get_slow(ptr %0, i64 %1) ptr body outlined idempotent unroll "
                           "loop\n");
    free(text);
}

Test(ir_aot, text_of_control_flow) {
    char *text = print(F_GET_INT), *body = print(F_BODY), *all = print(UINT32_MAX);
    cr_assert(strstr(text, "  condbr %5, @19, @20\n"));
    cr_assert(strstr(text, "  %13 = phi ptr [@19: %9], [@20: %11]\n  ret %13\n"));
    cr_assert(strstr(body, "  switch i32 %13, default @2, [0: @3], [1: @7], [2: @11], [3: @14], "
                           "[4: @15]\n@2:\n  unreachable\n"));
    cr_assert(strstr(body, "  exit_merge [%0, %1, %2, -, %14, %5]\n"));
    cr_assert(strstr(body, "  exit_bypass [%0, %1, %2, -, %14, %5]\n"));
    cr_assert(strstr(body, "  exit_return -\n"));
    cr_assert_eq(strncmp(all, body, strlen(body)), 0);
    cr_assert(strstr(all, text));
    free(text);
    free(body);
    free(all);
}

/* Nothing can be printed that is not there, but nothing breaks, either. */
Test(ir_aot, broken_modules_can_be_printed) {
    for (uint32_t i = 0; i < FIXTURE_INSNS; i++) {
        fixture_insns[i].a ^= 0x40001000;
        fixture_insns[i].b ^= 0x80100000;
        fixture_insns[i].c ^= 0x00100000;
    }
    fixture_insns[3].op = 250;
    fixture_blocks[4].count = 100000;
    fixture_blocks[5].lives = 100000;
    fixture_functions[F_GET_INT].arg_types = 100000;
    fixture_functions[F_GET_INT].block_count = 100000;
    char *text = print(UINT32_MAX);
    cr_assert(strstr(text, "? op 250"));
    free(text);
}

Test(ir_aot, functions_by_address) {
    for (int round = 0; round < 2; round++) { /* the second module is searched otherwise */
        AotModule copy = fixture;
        const AotModule *m = round == 0 ? &fixture : &copy;
        for (uint32_t i = 0; i < F_COUNT; i++)
            cr_assert_eq(aot_function_at(m, fixture_symbols[fixture_functions[i].symbol]),
                         &fixture_functions[i]);
        cr_assert_null(aot_function_at(m, NULL));
        cr_assert_null(aot_function_at(m, (const char *)fixture_symbols[S_GET_INT] + 1));
        cr_assert_null(aot_function_at(m, &fixture_nil));
    }
}

Test(ir_aot, names) {
    cr_assert_str_eq(aot_name(&fixture, fixture_functions[F_BUILTIN].name), "builtin");
    cr_assert_str_eq(aot_name(&fixture, UINT32_MAX), "");
}

Test(ir_aot, aliasing_of_classes) {
    static const uint32_t apart[][2] = {{C_VALUE, C_TAG},
                                        {C_VALUE, C_ARRAY},
                                        {C_ARRAY, C_TOP},
                                        {C_ARRAY, C_ALIMIT},
                                        {C_TAG, C_TABLE_MARKED}};
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
        for (int j = 0; j < 2; j++) {
            uint32_t a = apart[i][j], b = apart[i][!j];
            cr_assert(!ir_classes_alias(&fixture, a, b), "%u %u", a, b);
            cr_assert(!ir_classes_alias(&fixture, a | IR_VOLATILE, b));
            cr_assert(ir_classes_alias(&fixture, a, a));
            cr_assert(ir_classes_alias(&fixture, a, a | IR_VOLATILE));
            cr_assert(ir_classes_alias(&fixture, a, C_ANY));
            cr_assert(ir_classes_alias(&fixture, C_ANY | IR_VOLATILE, a));
            cr_assert(ir_classes_alias(&fixture, a, C_COUNT), "not a class: anything");
        }
    /* A field and the part of its struct that it is in. */
    cr_assert(ir_classes_alias(&fixture, C_WHOLE, C_VALUE));
    cr_assert(ir_classes_alias(&fixture, C_TAG, C_WHOLE));
    /* Not a field of anything. */
    fixture_classes[C_TOP].record = FIXTURE_STRING(none);
    cr_assert(ir_classes_alias(&fixture, C_TOP, C_TAG));
    cr_assert(ir_classes_alias(&fixture, C_TAG, C_TOP));
    /* Punned fields meet those of the same place and size in other structs. */
    fixture_classes[C_ARRAY].offset = 0;
    cr_assert(!ir_classes_alias(&fixture, C_ARRAY, C_VALUE));
    fixture_classes[C_ARRAY].size |= AOT_CLASS_PUNNED;
    cr_assert(ir_classes_alias(&fixture, C_ARRAY, C_VALUE));
    cr_assert(ir_classes_alias(&fixture, C_VALUE, C_ARRAY));
    cr_assert(!ir_classes_alias(&fixture, C_ARRAY, C_TAG));
    cr_assert(!ir_classes_alias(&fixture, C_ARRAY, C_SAVEDPC));
    cr_assert(!ir_classes_alias(&fixture, C_ARRAY, C_ALIMIT), "same struct, other bytes");
}

/* ---- aot_verify ----------------------------------------------------------------------------- */

static void refuse(const char *message) {
    char *error = NULL;
    cr_assert(!aot_verify(&fixture, &error), "accepted, but: %s", message);
    cr_assert_str_eq(error, message);
    free(error);
}

/* Changes something, expects the message, changes it back. */
#define WITH(place, value, message)                                                                \
    do {                                                                                           \
        __typeof__(place) before_ = (place);                                                       \
        (place) = (value);                                                                         \
        refuse(message);                                                                           \
        (place) = before_;                                                                         \
    } while (0)
/* A value of a function: get_int's are 2 + index. */
#define GET_INT(number) fixture_insns[FIRST_INSN_GET_INT + (number)-2]
#define BUILTIN(number) fixture_insns[FIRST_INSN_BUILTIN + (number)-2]
#define BODY(number) fixture_insns[(number)-12]

Test(ir_aot, accepts_the_fixture) {
    char *error;
    cr_assert(aot_verify(&fixture, &error), "%s", error);
    cr_assert_null(error);
}

Test(ir_aot, tables) {
    WITH(fixture.version, AOT_VERSION + 1, "version 6");
    WITH(fixture.body, F_COUNT, "no body");
    WITH(fixture.string_bytes, sizeof fixture_strings - 2, "the strings do not end");
    WITH(fixture_symbol_names[3], UINT32_MAX, "symbol 3: no such name or function");
    WITH(fixture_symbol_functions[3], F_COUNT, "symbol 3: no such name or function");
    WITH(fixture_classes[2].field, UINT32_MAX, "class 2: no such name");
    WITH(fixture_classes[2].region, R_COUNT, "class 2: no such region");
    WITH(fixture_classes[2].back, C_COUNT, "class 2: no such class that points back");
    WITH(fixture.slot_regions[3], R_COUNT, "slot 3: no such region");
    WITH(fixture.region_count, AOT_MAX_REGIONS + 1, "too many regions");
    WITH(fixture_classes[2].record, UINT32_MAX, "class 2: no such name");
    WITH(fixture_classes[0].record, FIXTURE_STRING(Table), "class 0 is a field");
    WITH(fixture.class_count, 0, "class 0 is a field");
    WITH(fixture_consts[2].bits, 0x100, "constant 2 does not fit its type");
    WITH(fixture_consts[2].type, IR_VOID, "constant 2 does not fit its type");
    WITH(fixture.block_count, FIXTURE_BLOCKS + 1, "blocks or instructions of no function");
    WITH(fixture.insn_count, FIXTURE_INSNS + 1, "blocks or instructions of no function");
}

Test(ir_aot, functions) {
    AotFunction *f = &fixture_functions[F_GET_INT], *body = &fixture_functions[F_BODY];
    WITH(f->name, UINT32_MAX, ": no such name or list of types");
    WITH(f->arg_types, UINT32_MAX, "get_int: no such name or list of types");
    WITH(fixture_strings.pointer_and_int[1], IR_TYPE_COUNT, "get_int: argument 1 has no type");
    WITH(fixture_strings.pointer_and_int[1], IR_VOID, "get_int: argument 1 has no type");
    WITH(f->return_type, IR_TYPE_COUNT, "get_int: no such type");
    WITH(f->flags, AOT_BODY, "get_int: the body's flag is wrong");
    WITH(body->flags, 0, "execute.body: the body's flag is wrong");
    WITH(body->arg_count, 11, "execute.body: the body has twelve arguments");
    WITH(f->symbol, S_COUNT, "get_int: no such symbol");
    WITH(f->record, UINT32_MAX, "get_int: no such symbol");
    WITH(f->resume, UINT32_MAX, "get_int: no such symbol");
    WITH(f->wrapper, UINT32_MAX, "get_int: no such symbol");
    WITH(f->symbol, S_FAIL, "get_int: its symbol is another function's");
    WITH(fixture_functions[F_FAIL].flags, 0, "fail: no blocks, but not outlined");
    WITH(fixture_functions[F_FAIL].insn_count, 1, "fail: no blocks, but not outlined");
    WITH(f->frame_size, 8, "get_int: the frame buffer's size is no multiple of 16");
    WITH(f->max_lives, 1, "get_int: more arguments than max_lives");
    WITH(f->first_block, 19, "get_int: blocks or instructions do not follow those before");
    WITH(f->first_insn, FIRST_INSN_GET_INT + 1,
         "get_int: blocks or instructions do not follow those before");
    WITH(f->block_count, 99, "get_int: blocks or instructions do not follow those before");
    WITH(f->insn_count, 999, "get_int: blocks or instructions do not follow those before");
}

Test(ir_aot, blocks) {
    WITH(fixture_blocks[19].function, F_BODY, "get_int@19: is of another function");
    WITH(fixture_blocks[19].first, FIRST_INSN_GET_INT + 6,
         "get_int@19: its instructions do not follow those before");
    WITH(fixture_blocks[19].count, 0, "get_int@19: its instructions do not follow those before");
    WITH(fixture_blocks[19].count, 3, "get_int@19: does not end");
    WITH(fixture_blocks[19].count, 5, "get_int@19: goes on behind its end");
    WITH(fixture_blocks[21].count, 99, "get_int@21: its instructions do not follow those before");
    WITH(GET_INT(8).op, IR_BR, "get_int@19: wrong type of result");
    WITH(GET_INT(14), ((IrInsn){.op = IR_EXIT_RETURN, .a = 13}),
         "get_int@21: leaves in the way of another kind of function");
    WITH(BODY(51), ((IrInsn){.op = IR_RET, .a = IR_NONE}),
         "execute.body@14: leaves in the way of another kind of function");
    WITH(GET_INT(8), ((IrInsn){.op = IR_PHI, .type = IR_I64, .b = 0}),
         "get_int@19: a phi behind other instructions");
}

Test(ir_aot, instructions) {
    WITH(GET_INT(4).a, 0, "get_int@18: operand a is ptr, not i64");
    WITH(GET_INT(4).a, 99, "get_int@18: operand a is no value");
    WITH(GET_INT(4).a, IR_CONST | 99, "get_int@18: operand a is no value");
    WITH(GET_INT(7).a, IR_SYMBOL | 99, "get_int@19: operand a is no value");
    WITH(BUILTIN(13).b, 11, "builtin@24: operand b is no value");  /* void */
    WITH(BODY(22).a, 23, "execute.body@4: operand a is no value"); /* a store */
    WITH(GET_INT(4), ((IrInsn){.op = IR_PARAM, .type = IR_I64}),
         "get_int@18: an operation of the other form");
    WITH(GET_INT(14).a, 1, "get_int@21: operand a is i64, not ptr");
    WITH(fixture_functions[F_GET_INT].return_type, IR_VOID, "get_int@21: returns a value");
}

Test(ir_aot, lists) {
    WITH(GET_INT(13).a, X_CAPACITY - 1, "get_int@21: outside of the list");
    WITH(GET_INT(13).b, UINT32_MAX, "get_int@21: outside of the list");
    WITH(fixture_extras[X_PHI + 1], 1, "get_int@21: a value is i64, not ptr");
    WITH(fixture_extras[X_PHI], 3, "get_int@21: a block of another function");
    WITH(GET_INT(10).a, 3, "get_int@19: a block of another function");
    WITH(GET_INT(6).c, 17, "get_int@18: a block of another function");
    WITH(BODY(16).b, X_CAPACITY - 3, "execute.body@1: outside of the list");
    WITH(fixture_extras[X_SWITCH], 18, "execute.body@1: a block of another function");
    WITH(fixture_extras[X_SWITCH + 2], 18, "execute.body@1: a block of another function");
    WITH(fixture_extras[X_SWITCH + 1], 13, "execute.body@1: a case is no constant");
    WITH(fixture_extras[X_SWITCH + 1], IR_CONST | K_I64_1,
         "execute.body@1: a case is i64, not i32");
    WITH(BODY(28).b, 11, "execute.body@6: not as many slots as there are");
    WITH(BODY(28).b, 13, "execute.body@6: not as many slots as there are");
    WITH(BODY(28).a, X_CAPACITY, "execute.body@6: outside of the list");
    WITH(BODY(45).b, 11, "execute.body@12: not as many slots as there are");
    WITH(fixture_extras[X_MERGE], 999, "execute.body@6: a slot is no value");
    WITH(BUILTIN(2).a, 17, "builtin@22: outside of the frame buffer");
    WITH(fixture_extras[X_ARGS_SLOW], IR_NONE, "get_int@20: argument 0 is undefined");
}

Test(ir_aot, control_flow) {
    WITH(GET_INT(10).a, 18, "get_int@18: the first block has predecessors");
    WITH(fixture_extras[X_PHI + 2], 19, "get_int@20: phi %13 of @21 lacks it");
    WITH(fixture_blocks[18].first, FIRST_INSN_GET_INT + 1,
         "get_int@18: its instructions do not follow those before");
}

/* Values that are used where they are not computed on each path. */
Test(ir_aot, order_of_values) {
    WITH(GET_INT(4).a, 8, "get_int@18: %8 is used before it is computed");
    WITH(GET_INT(8).a, 8, "get_int@18: %8 is used before it is computed");
    WITH(fixture_extras[X_PHI + 3], 9, "get_int@18: %9 is used before it is computed");
    WITH(GET_INT(14).a, 9, "get_int@18: %9 is used before it is computed");
}

Test(ir_aot, resume_points) {
    WITH(fixture_blocks[19].resume, 0, "get_int@19: resume points are not numbered from 1");
    WITH(fixture_blocks[19].resume, 9, "get_int@19: resume points are not numbered from 1");
    WITH(fixture_blocks[20].resume, 1, "get_int@20: resume points are not numbered from 1");
    WITH(fixture_blocks[19].live_count, 1, "get_int@19: %4 is live, but not in the list");
    WITH(fixture_extras[X_LIVES_19 + 1], 2, "get_int@19: %4 is live, but not in the list");
    WITH(fixture_extras[X_LIVES_19 + 1], 0, "get_int@19: %0 is in the list twice");
    WITH(fixture_extras[X_LIVES_19 + 1], 6, "get_int@19: live value 1 is no value");
    WITH(fixture_extras[X_LIVES_19 + 1], IR_CONST, "get_int@19: live value 1 is no value");
    WITH(fixture_blocks[19].lives, X_CAPACITY, "get_int@19: more live values than max_lives");
    WITH(fixture_blocks[19].live_count, 3, "get_int@19: more live values than max_lives");
    /* What is live across a loop is found, too: the loop is @6 of the body back to @3. */
    fixture_functions[F_BODY].flags |= AOT_HAS_LOOP;
    BODY(28) = (IrInsn){.op = IR_BR, .a = 11};
    refuse("execute.body@4: %12 is live, but not in the list");
}

Test(ir_aot, rules_of_recording) {
    WITH(fixture_blocks[19].resume, AOT_NO_RESUME,
         "get_int@18: condbr leads to a block that is no resume point");
    WITH(fixture_blocks[1].resume, AOT_NO_RESUME,
         "execute.body@1: switch %16 does not begin a resume point");
    WITH(fixture_blocks[16].resume, AOT_NO_RESUME,
         "execute.body@16: call %54 does not begin a resume point");
    WITH(fixture_blocks[17].resume, AOT_NO_RESUME,
         "execute.body@16: call %54 does not end before a resume point");
    WITH(fixture_blocks[24].resume, AOT_NO_RESUME,
         "builtin@24: promote %10 does not begin a resume point");
    WITH(fixture_blocks[8].resume, AOT_NO_RESUME,
         "execute.body@7: call %31 does not end before a resume point");
    WITH(GET_INT(11).a, IR_SYMBOL | S_BUILTIN,
         "get_int@20: call %11 does not end before a resume point");
    /* The rules are for what can be recorded only. */
    fixture_functions[F_GET_INT].flags = AOT_OUTLINED;
    fixture_blocks[8].resume = AOT_NO_RESUME;
    fixture_blocks[19].resume = AOT_NO_RESUME;
    fixture_blocks[9].resume = 4;
    char *error;
    cr_assert(aot_verify(&fixture, &error), "%s", error);
}

/* Behind a call there is no other way into the block, and nothing that depends on the way. */
Test(ir_aot, blocks_behind_calls) {
    static const char *const message = "builtin@22: call %5 does not end before a resume point";
    fixture_extras[X_CAPACITY - 2] = 22;
    fixture_extras[X_CAPACITY - 1] = IR_CONST | K_I64_1;
    WITH(BUILTIN(7), ((IrInsn){.op = IR_PHI, .type = IR_I64, .a = X_CAPACITY - 2, .b = 1}),
         message);
    BUILTIN(7).a = 1;
    fixture_extras[X_LIVES_23] = 1;
    fixture_extras[X_LIVES_24] = 1;
    BUILTIN(10).a = IR_CONST | K_I64_1;
    char *error;
    cr_assert(aot_verify(&fixture, &error), "%s", error);
    BUILTIN(15) = (IrInsn){.op = IR_BR, .a = 23};
    refuse(message);
}
