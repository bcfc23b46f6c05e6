/* A table of stencils written by hand, for test_compile.c: a few bytes of machine code per opcode.
 * Instructions are words of 32 bits: opcode in the low byte, above it a signed argument. Red slots
 * 0 and 1 (r12, r13) are the registers A and B of the little machine. build_table() fills it. */
#include "tier0-cnp/stencil_table.h"

#include <stdlib.h>
#include <string.h>

/* X(name): a stencil. All but the last two are also opcodes, in this order. */
#define STENCILS(X)                                                                                \
    X(ADD)     /* A += argument */                                                                 \
    X(JUMP)    /* by `argument` words */                                                           \
    X(LESS)    /* jumps if A < B */                                                                \
    X(RETURN)  /* A */                                                                             \
    X(DYNAMIC) /* goes to the pc in B */                                                           \
    X(MAYBE)   /* goes to the pc in B unless B is 0 */                                             \
    X(BYPASS)                                                                                      \
    X(COLD)     /* if B is 0: A += argument, out of line */                                        \
    X(CALL)     /* calls count_call */                                                             \
    X(SLOT)     /* A = address of count_call */                                                    \
    X(RODATA)   /* A = the second constant */                                                      \
    X(CONSTANT) /* A = the bytecode's constant at 4 * argument bytes */                            \
    X(FAR)      /* A = labs(A), which is out of reach */                                           \
    X(BYTE)     /* A += argument, which must fit seven bits */                                     \
    X(EVEN)     /* opcode 14 with an even argument: A += argument */                               \
    X(ODD)      /* opcode 14 with an odd argument: A -= argument */

enum {
#define X(name) name,
    STENCILS(X)
#undef X
        STENCIL_COUNT,
    PARITY = EVEN,        /* an opcode with a decision */
    UNKNOWN = PARITY + 1, /* has no stencil */
    OPCODE_COUNT
};

/* ---- the table ------------------------------------------------------------------------------ */

static unsigned calls;
static void count_call(void) {
    calls++;
}

static uint8_t code[1024];
static YkStencil stencils[STENCIL_COUNT];
static YkReloc relocs[64];
static uint32_t roots[OPCODE_COUNT];
static const uint64_t rodata[] = {11, UINT64_C(0x2222222222222222)};
static const void *symbols[] = {(const void *)count_call, (const void *)labs};
static const uint64_t constants[] = {4, 8, 0xff, 0x100};

/* One program for the holes of all stencils; the first operations are the selector. A constant is
 * loaded in all of them, wherever the argument leads: it is undefined in most. */
enum { V_OPCODE = 3, V_ARGUMENT = 6, V_NEXT = 8, V_TARGET = 10, V_CONSTANT = 13, V_COUNT };
static const YkHoleOp ops[] = {{YK_HOLE_GREEN, 64, 0, 0, 0},
                               {YK_HOLE_LOAD, 32, 0, 0, 0},
                               {YK_HOLE_CONST, 32, 2, 0, 0},
                               {YK_HOLE_AND, 32, 1, 2, 0},
                               {YK_HOLE_CONST, 32, 1, 0, 0},
                               {YK_HOLE_LSHR, 32, 1, 4, 0},
                               {YK_HOLE_SEXT, 64, 5, 24, 0},
                               {YK_HOLE_CONST, 64, 0, 0, 0},
                               {YK_HOLE_ADD, 64, 0, 7, 0},
                               {YK_HOLE_MUL, 64, 6, 7, 0},
                               {YK_HOLE_ADD, 64, 8, 9, 0},
                               {YK_HOLE_GREEN, 64, 1, 0, 0},
                               {YK_HOLE_ADD, 64, 11, 9, 0},
                               {YK_HOLE_LOAD, 64, 12, 0, 1},
                               /* Is the argument odd? */
                               {YK_HOLE_GREEN, 64, 0, 0, 0},
                               {YK_HOLE_LOAD, 32, 0, 0, 0},
                               {YK_HOLE_CONST, 32, 3, 0, 0},
                               {YK_HOLE_AND, 32, 1, 2, 0}};
static const YkDecision decisions[] = {{V_COUNT, 4, 0x100, YK_LEAF | ODD, YK_LEAF | EVEN}};

const YkStencilTable yk_stencil_table = {
    .version = YK_TABLE_VERSION,
    .red_count = 2,
    .green_count = 2,
    .pc_step = 4,
    .selector_ops = 0,
    .selector_count = V_OPCODE + 1,
    .opcode_count = OPCODE_COUNT,
    .stencil_count = STENCIL_COUNT,
    .symbol_count = sizeof symbols / sizeof *symbols,
    .roots = roots,
    .decisions = decisions,
    .stencils = stencils,
    .relocs = relocs,
    .ops = ops,
    .constants = constants,
    .code = code,
    .rodata = (const uint8_t *)rodata,
    .symbols = symbols,
    .function = "by_hand",
};

static uint32_t code_size, reloc_count;

static unsigned add_bytes(const char *hex) {
    unsigned count = 0;
    for (char *end; *hex != '\0'; hex = end, count++)
        code[code_size++] = (uint8_t)strtoul(hex, &end, 16);
    return count;
}

static void begin(int number, const char *hot, const char *cold) {
    YkStencil *s = &stencils[number];
    *s = (YkStencil){
        .code = code_size, .relocs = reloc_count, .ops = 0, .op_count = V_COUNT, .tail = YK_NONE};
    s->hot_size = (uint16_t)add_bytes(hot);
    s->cold_size = (uint16_t)add_bytes(cold);
}

/* Adds a relocation to the stencil begun last; returns its index in the stencil. */
static uint32_t relocation(uint32_t offset, int form, int kind, int index, int32_t addend) {
    YkStencil *s = &stencils[0];
    for (int i = 1; i < STENCIL_COUNT && stencils[i].op_count != 0; i++)
        s = &stencils[i];
    relocs[reloc_count++] =
        (YkReloc){offset, (uint8_t)form, (uint8_t)kind, (uint16_t)index, addend};
    return s->reloc_count++;
}

/* A `jmp` or `jcc` whose displacement is at `offset`. */
static uint32_t jump(uint32_t offset, int kind, int index) {
    return relocation(offset, YK_FORM_PC32, kind, index, -4);
}

static void tail(int number, uint32_t reloc) {
    stencils[number].tail = reloc;
}

static void build_table(void) {
    memset(stencils, 0, sizeof stencils);
    code_size = reloc_count = 0;
    begin(ADD, "49 81 c4 0 0 0 0 e9 0 0 0 0", ""); /* add r12, imm32 */
    relocation(3, YK_FORM_ABS32S, YK_KIND_HOLE, V_ARGUMENT, 0);
    tail(ADD, jump(8, YK_KIND_TARGET, V_NEXT));

    begin(JUMP, "e9 0 0 0 0", "");
    tail(JUMP, jump(1, YK_KIND_TARGET, V_TARGET));

    begin(LESS, "4d 39 ec 0f 8c 0 0 0 0 e9 0 0 0 0", ""); /* cmp r12, r13; jl */
    jump(5, YK_KIND_TARGET, V_TARGET);
    tail(LESS, jump(10, YK_KIND_TARGET, V_NEXT));

    begin(RETURN, "4c 89 e7 e9 0 0 0 0", ""); /* mov rdi, r12 */
    jump(4, YK_KIND_RETURN, 0);

    begin(DYNAMIC, "4c 89 ef e9 0 0 0 0", ""); /* mov rdi, r13 */
    tail(DYNAMIC, jump(4, YK_KIND_DYNAMIC, 0));

    begin(MAYBE, "4c 89 ef 4d 85 ed 0f 85 0 0 0 0 e9 0 0 0 0", ""); /* test r13, r13; jnz */
    jump(8, YK_KIND_DYNAMIC, 0);
    tail(MAYBE, jump(13, YK_KIND_TARGET, V_NEXT));

    begin(BYPASS, "e9 0 0 0 0", "");
    jump(1, YK_KIND_BYPASS, 0);

    begin(COLD, "4d 85 ed 0f 84 0 0 0 0 e9 0 0 0 0", "49 81 c4 0 0 0 0 e9 0 0 0 0");
    relocation(5, YK_FORM_PC32, YK_KIND_COLD, 0, -4);
    tail(COLD, jump(10, YK_KIND_TARGET, V_NEXT));
    relocation(14 + 3, YK_FORM_ABS32S, YK_KIND_HOLE, V_ARGUMENT, 0);
    relocation(14 + 8, YK_FORM_PC32, YK_KIND_HOT, 0, 9 - 4); /* back to the jump's place */

    begin(CALL, "48 83 ec 8 e8 0 0 0 0 48 83 c4 8 e9 0 0 0 0", "");
    jump(5, YK_KIND_SYMBOL, 0);
    tail(CALL, jump(14, YK_KIND_TARGET, V_NEXT));

    begin(SLOT, "4c 8b 25 0 0 0 0 e9 0 0 0 0", ""); /* mov r12, [rip + x] */
    jump(3, YK_KIND_SLOT, 0);
    tail(SLOT, jump(8, YK_KIND_TARGET, V_NEXT));

    begin(RODATA, "4c 8b 25 0 0 0 0 e9 0 0 0 0", "");
    relocation(3, YK_FORM_PC32, YK_KIND_RODATA, 0, 8 - 4);
    tail(RODATA, jump(8, YK_KIND_TARGET, V_NEXT));

    begin(CONSTANT, "49 bc 0 0 0 0 0 0 0 0 e9 0 0 0 0", ""); /* mov r12, imm64 */
    relocation(2, YK_FORM_ABS64, YK_KIND_HOLE, V_CONSTANT, 0);
    tail(CONSTANT, jump(11, YK_KIND_TARGET, V_NEXT));

    begin(FAR, "4c 89 e7 48 83 ec 8 e8 0 0 0 0 48 83 c4 8 49 89 c4 e9 0 0 0 0", "");
    jump(8, YK_KIND_SYMBOL, 1);
    tail(FAR, jump(20, YK_KIND_TARGET, V_NEXT));

    begin(BYTE, "49 83 c4 0 e9 0 0 0 0", ""); /* add r12, imm8 */
    relocation(3, YK_FORM_ABS8, YK_KIND_HOLE, V_ARGUMENT, 0);
    tail(BYTE, jump(5, YK_KIND_TARGET, V_NEXT));

    begin(EVEN, "49 81 c4 0 0 0 0 e9 0 0 0 0", "");
    relocation(3, YK_FORM_ABS32S, YK_KIND_HOLE, V_ARGUMENT, 0);
    tail(EVEN, jump(8, YK_KIND_TARGET, V_NEXT));

    begin(ODD, "49 81 ec 0 0 0 0 e9 0 0 0 0", ""); /* sub r12, imm32 */
    relocation(3, YK_FORM_ABS32S, YK_KIND_HOLE, V_ARGUMENT, 0);
    tail(ODD, jump(8, YK_KIND_TARGET, V_NEXT));

    for (uint32_t i = 0; i < PARITY; i++)
        roots[i] = YK_LEAF | i;
    roots[PARITY] = 0;
    roots[UNKNOWN] = YK_NONE;
}
