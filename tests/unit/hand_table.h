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
static uint64_t records[1024];
static uint32_t roots[OPCODE_COUNT];
static const uint64_t rodata[] = {11, UINT64_C(0x2222222222222222)};
static const void *symbols[] = {(const void *)count_call, (const void *)labs};
static const uint64_t constants[] = {4, 8, 0xff, 0x100};

/* The numbers of the values: two greens, what the selector computes, and one program for the holes
 * of all stencils. A constant is loaded in all of them, wherever the argument leads: it is
 * undefined in most. */
enum { V_PC, V_CONSTANTS, V_WORD, V_MASK, V_OPCODE, V_FIRST, V_ARGUMENT = V_FIRST + 2 };
enum { V_NEXT = V_ARGUMENT + 2, V_TARGET = V_NEXT + 2, V_CONSTANT = V_TARGET + 2, V_END };
static const YkHoleOp selector[] = {{YK_HOLE_LOAD, 32, V_PC, 0, 0},
                                    {YK_HOLE_CONST, 32, 2, 0, 0},
                                    {YK_HOLE_AND, 32, V_WORD, V_MASK, 0}};
static const YkHoleOp ops[] = {{YK_HOLE_CONST, 32, 1, 0, 0},
                               {YK_HOLE_LSHR, 32, V_WORD, V_FIRST, 0},
                               {YK_HOLE_SEXT, 64, V_FIRST + 1, 24, 0},
                               {YK_HOLE_CONST, 64, 0, 0, 0},
                               {YK_HOLE_ADD, 64, V_PC, V_ARGUMENT + 1, 0},
                               {YK_HOLE_MUL, 64, V_ARGUMENT, V_ARGUMENT + 1, 0},
                               {YK_HOLE_ADD, 64, V_NEXT, V_NEXT + 1, 0},
                               {YK_HOLE_ADD, 64, V_CONSTANTS, V_NEXT + 1, 0},
                               {YK_HOLE_LOAD, 64, V_TARGET + 1, 0, 1}};
enum { OP_COUNT = sizeof ops / sizeof *ops };
_Static_assert(OP_COUNT == V_END - V_FIRST, "");
static const YkHoleOp odd_ops[] = {/* Is the argument odd? */
                                   {YK_HOLE_CONST, 32, 3, 0, 0},
                                   {YK_HOLE_AND, 32, V_WORD, V_FIRST, 0}};

const YkStencilTable yk_stencil_table = {
    .version = YK_TABLE_VERSION,
    .red_count = 2,
    .green_count = 2,
    .pc_step = 4,
    .opcode_count = OPCODE_COUNT,
    .symbol_count = sizeof symbols / sizeof *symbols,
    .selector_count = V_FIRST - V_WORD,
    .value_count = V_END,
    .selector = selector,
    .roots = roots,
    .records = records,
    .constants = constants,
    .code = code,
    .rodata = (const uint8_t *)rodata,
    .symbols = symbols,
    .function = "by_hand",
};

static uint32_t code_size, record_count;

static unsigned add_bytes(const char *hex) {
    unsigned count = 0;
    for (char *end; *hex != '\0'; hex = end, count++)
        code[code_size++] = (uint8_t)strtoul(hex, &end, 16);
    return count;
}

/* Appends a record: a structure and what stands behind it. */
static uint32_t add_record(const void *head, size_t size, const void *more, size_t more_size,
                           const YkHoleOp *program, size_t op_count) {
    uint32_t at = record_count;
    uint8_t *to = (uint8_t *)&records[at];
    memcpy(to, head, size);
    memcpy(to + size, more, more_size);
    memcpy(to + size + more_size, program, op_count * sizeof *program);
    record_count += (uint32_t)((size + more_size + op_count * sizeof *program + 7) / 8);
    return at;
}

/* The stencil that is being made, and its relocations: each is a group of its own. */
static YkStencil stencil;
static YkReloc targets[4], relocs[16];
static uint32_t stencil_at[STENCIL_COUNT];

static void begin(const char *hot, const char *cold) {
    stencil = (YkStencil){.code = code_size, .op_count = OP_COUNT};
    stencil.hot_size = (uint16_t)add_bytes(hot);
    stencil.cold_size = (uint16_t)add_bytes(cold);
}

static void end(int number) {
    YkReloc all[20];
    memcpy(all, targets, stencil.target_count * sizeof *all);
    memcpy(all + stencil.target_count, relocs, 2 * stencil.group_count * sizeof *all);
    stencil.reloc_count = stencil.target_count + 2 * stencil.group_count;
    stencil_at[number] =
        add_record(&stencil, sizeof stencil, all, stencil.reloc_count * sizeof *all, ops, OP_COUNT);
}

/* The link to a target, which may be new. The next pc is written as that of the instruction and an
 * offset. */
static int target(uint16_t value) {
    YkReloc pc = {.target = {value, 0}};
    if (value == V_NEXT)
        pc = (YkReloc){.target = {V_PC, 4}};
    int i = 0;
    while (i < stencil.target_count && memcmp(&targets[i], &pc, sizeof pc) != 0)
        i++;
    if (i == stencil.target_count)
        targets[stencil.target_count++] = pc;
    return YK_LINK_TARGET + i;
}

static void relocation(uint16_t offset, int form, int kind, int index, int32_t addend) {
    YkReloc *group = &relocs[2 * stencil.group_count++];
    group[0].head.kind = (uint8_t)kind;
    group[0].head.form = (uint8_t)form;
    group[0].head.count = 1;
    group[1].place.offset = offset;
    group[1].place.index = (uint16_t)index;
    memcpy(&code[stencil.code + offset], &addend, form == YK_FORM_ABS8 ? 1 : 4);
    stencil.dynamic_count += kind == YK_KIND_DYNAMIC;
}

static void hole(uint16_t offset, int form, int value) {
    relocation(offset, form, YK_KIND_HOLE, value, 0);
}

/* A `jmp` or `jcc` whose displacement is at `offset`. */
static void jump(uint16_t offset, int link) {
    relocation(offset, YK_FORM_PC32, YK_KIND_LINK, link, -4);
}

/* The hot part's last jump; the first thing to say about a stencil. */
static void tail(uint16_t value) {
    stencil.tail = YK_TAIL_TARGET;
    target(value);
}

static void build_table(void) {
    code_size = record_count = 0;
    begin("49 81 c4 0 0 0 0 e9 0 0 0 0", ""); /* add r12, imm32 */
    tail(V_NEXT);
    hole(3, YK_FORM_ABS32S, V_ARGUMENT);
    end(ADD);

    begin("e9 0 0 0 0", "");
    tail(V_TARGET);
    end(JUMP);

    begin("4d 39 ec 0f 8c 0 0 0 0 e9 0 0 0 0", ""); /* cmp r12, r13; jl */
    tail(V_NEXT);
    jump(5, target(V_TARGET));
    end(LESS);

    begin("4c 89 e7 e9 0 0 0 0", ""); /* mov rdi, r12 */
    jump(4, YK_LINK_RETURN);
    end(RETURN);

    begin("4c 89 ef e9 0 0 0 0", ""); /* mov rdi, r13 */
    stencil.tail = YK_TAIL_DYNAMIC;
    end(DYNAMIC);

    begin("4c 89 ef 4d 85 ed 0f 85 0 0 0 0 e9 0 0 0 0", ""); /* test r13, r13; jnz */
    tail(V_NEXT);
    relocation(8, YK_FORM_PC32, YK_KIND_DYNAMIC, 0, -4);
    end(MAYBE);

    begin("e9 0 0 0 0", "");
    jump(1, YK_LINK_BYPASS);
    end(BYPASS);

    begin("4d 85 ed 0f 84 0 0 0 0 e9 0 0 0 0", "49 81 c4 0 0 0 0 e9 0 0 0 0");
    tail(V_NEXT);
    relocation(5, YK_FORM_PC32, YK_KIND_LINK, YK_LINK_COLD, -4);
    hole(14 + 3, YK_FORM_ABS32S, V_ARGUMENT);
    relocation(14 + 8, YK_FORM_PC32, YK_KIND_LINK, YK_LINK_HOT,
               9 - 4); /* back to the jump's place */
    end(COLD);

    begin("48 83 ec 8 e8 0 0 0 0 48 83 c4 8 e9 0 0 0 0", "");
    tail(V_NEXT);
    jump(5, YK_LINK_SYMBOL + 0);
    end(CALL);

    begin("4c 8b 25 0 0 0 0 e9 0 0 0 0", ""); /* mov r12, [rip + x] */
    tail(V_NEXT);
    jump(3, YK_LINK_SYMBOLS);
    end(SLOT);

    begin("4c 8b 25 0 0 0 0 e9 0 0 0 0", "");
    tail(V_NEXT);
    relocation(3, YK_FORM_PC32, YK_KIND_LINK, YK_LINK_RODATA, 8 - 4);
    end(RODATA);

    begin("49 bc 0 0 0 0 0 0 0 0 e9 0 0 0 0", ""); /* mov r12, imm64 */
    tail(V_NEXT);
    hole(2, YK_FORM_ABS64, V_CONSTANT);
    end(CONSTANT);

    begin("4c 89 e7 48 83 ec 8 e8 0 0 0 0 48 83 c4 8 49 89 c4 e9 0 0 0 0", "");
    tail(V_NEXT);
    jump(8, YK_LINK_SYMBOL + 1);
    end(FAR);

    begin("49 83 c4 0 e9 0 0 0 0", ""); /* add r12, imm8 */
    tail(V_NEXT);
    hole(3, YK_FORM_ABS8, V_ARGUMENT);
    end(BYTE);

    begin("49 81 c4 0 0 0 0 e9 0 0 0 0", "");
    tail(V_NEXT);
    hole(3, YK_FORM_ABS32S, V_ARGUMENT);
    end(EVEN);

    begin("49 81 ec 0 0 0 0 e9 0 0 0 0", ""); /* sub r12, imm32 */
    tail(V_NEXT);
    hole(3, YK_FORM_ABS32S, V_ARGUMENT);
    end(ODD);

    for (uint32_t i = 0; i < PARITY; i++)
        roots[i] = YK_LEAF | stencil_at[i];
    YkDecision parity = {.value = 0x100,
                         .equal = YK_LEAF | stencil_at[ODD],
                         .other = YK_LEAF | stencil_at[EVEN],
                         .op_count = 2};
    roots[PARITY] = add_record(&parity, sizeof parity, "", 0, odd_ops, 2);
    roots[UNKNOWN] = YK_NONE;
}
