/* The table of stencils that the pass plugin puts into the program and tier 0 reads in place.
 *
 * A *stencil* is the machine code of one opcode's handler, from merge point to merge point, with
 * *holes* where values stand that depend on the bytecode alone. An opcode has several stencils if
 * its handler branches on such values: a tree of decisions, taken when code is made, picks one.
 *
 * A *hole program* computes the values for the holes of one stencil (or for a decision) from the
 * green variables. It is a straight list of YkHoleOp, each of which defines the next value. Values
 * are numbered through: first the green variables, then what the selector computes (the program
 * for the opcode's number), then the program's own. So every program knows the instruction.
 *
 * pass/ writes this format (pass/table_writer.cpp) and includes this file, so that both sides see
 * one definition. Everything is read only and addressed by index; all members are in host order.
 */
#ifndef YK_STENCIL_TABLE_H
#define YK_STENCIL_TABLE_H

#include <stdint.h>

#define YK_TABLE_VERSION 3u
#define YK_MAX_GREENS 4u
/* All native code of tier 0 has one signature: twelve slots, in the argument registers of the
 * preserve_none convention: r12 r13 r14 r15 (they survive calls), rdi rsi rdx rcx r8 r9 r11 rax.
 * Slots 0 to 3 hold reds, slot 4 the pc, then the other greens, then other reds. */
#define YK_VECTOR_SLOTS 12u
#define YK_GREEN_SLOT 4u
#define YK_MAX_REDS 8u
/* Values a hole program may define, and all that there may be: with the greens and the selector's.
 */
#define YK_MAX_HOLE_OPS 1024u
#define YK_MAX_VALUES (YK_MAX_GREENS + 2 * YK_MAX_HOLE_OPS)
#define YK_NONE UINT32_MAX

/* Operations of hole programs. Values are held zero-extended from `bits` to 64 bits.
 * X(name, operands): operands are value numbers a, b, c unless the comment says otherwise. An
 * `offset` is a signed number of 16 bits. Those below the line are what the plugin puts in the
 * place of several others (pass/fuse.cpp): most instructions need nothing else. */
#define YK_HOLE_OPCODES(X)                                                                         \
    X(GREEN, 0) /* green variable number a */                                                      \
    X(CONST, 0) /* a: index into the table's constants */                                          \
    X(LOAD, 1)  /* [a + offset b], `bits` wide; c: green whose range the address must lie in */    \
    X(ADD, 2)                                                                                      \
    X(SUB, 2)                                                                                      \
    X(MUL, 2)                                                                                      \
    X(AND, 2)                                                                                      \
    X(OR, 2)                                                                                       \
    X(XOR, 2)                                                                                      \
    X(SHL, 2)                                                                                      \
    X(LSHR, 2)                                                                                     \
    X(ASHR, 2)                                                                                     \
    X(ZEXT, 1)                                                                                     \
    X(SEXT, 1) /* b: bits of the operand */                                                        \
    X(TRUNC, 1)                                                                                    \
    X(EQ, 2) /* comparisons: c: bits of the operands */                                            \
    X(NE, 2)                                                                                       \
    X(ULT, 2)                                                                                      \
    X(ULE, 2)                                                                                      \
    X(SLT, 2)                                                                                      \
    X(SLE, 2)                                                                                      \
    X(SELECT, 3) /* a ? b : c; only the chosen arm need be defined */                              \
    /* ---- */                                                                                     \
    X(ADD_CONST, 1) /* a plus the 32-bit number with the halves b (low) and c (high) */            \
    X(FIELD, 1)     /* bits of a, moved: see YK_FIELD */

enum YkHoleOpcode {
#define X(name, operands) YK_HOLE_##name,
    YK_HOLE_OPCODES(X)
#undef X
};

typedef struct YkHoleOp {
    uint8_t opcode;
    uint8_t bits; /* width of the result: 1 to 64 */
    uint16_t a, b, c;
} YkHoleOp;

/* Operand b of FIELD: the `count` bits of a from bit `right` on; c: where they begin in the result,
 * which has room for them. */
#define YK_FIELD(right, count) ((uint16_t)((right) | (count) << 8))
#define YK_FIELD_RIGHT(b) ((b)&0xffu)
#define YK_FIELD_COUNT(b) ((b) >> 8)

/* How a value is stored at a relocation. */
enum YkRelocForm {
    YK_FORM_ABS8,   /* one byte; the value must fit 0..127 */
    YK_FORM_ABS16,  /* two bytes */
    YK_FORM_ABS32,  /* four bytes, zero-extended by the instruction */
    YK_FORM_ABS32S, /* four bytes, sign-extended by the instruction */
    YK_FORM_ABS64,
    YK_FORM_PC32, /* four bytes, relative to the byte at the relocation's offset */
};

/* What a relocation refers to. */
enum YkRelocKind {
    YK_KIND_LINK,    /* index: enum YkLink */
    YK_KIND_HOLE,    /* index: value number */
    YK_KIND_DYNAMIC, /* a jump to the code for the pc in the pc's register */
};

/* Addresses that all stencils can refer to, or, where it says so, one of a stencil's own. */
#define YK_MAX_TARGETS 64u
enum YkLink {
    YK_LINK_HOT,     /* the stencil's own hot part */
    YK_LINK_COLD,    /* the stencil's own cold part */
    YK_LINK_RODATA,  /* the table's rodata */
    YK_LINK_SYMBOLS, /* the table's symbols: where their addresses are stored */
    YK_LINK_RETURN,  /* to jump to: the interpreter's function returns */
    YK_LINK_BYPASS,  /* to jump to: go on in the interpreter behind the merge point */
    YK_LINK_TARGET,  /* the first of the stencil's own targets */
    YK_LINK_SYMBOL = YK_LINK_TARGET + YK_MAX_TARGETS /* the first of the table's symbols */
};

/* Relocations are what takes most of the time when code is made: hence this form. First come the
 * stencil's targets: the pcs that it jumps to, each once, as values and what is to be added. Then
 * its relocations in groups of one kind and form: a head, and `count` places. The addend is what
 * stands in the code at the place. */
typedef union YkReloc {
    struct {
        uint16_t value;
        int16_t offset;
    } target;
    struct {
        uint8_t kind, form;
        uint16_t count;
    } head;
    struct {
        uint16_t offset; /* in the stencil: hot part, then cold part */
        uint16_t index;
    } place;
} YkReloc;

/* How a stencil's hot part ends, if in a jump that has no relocation of its own. */
enum YkTail {
    YK_TAIL_NONE,
    YK_TAIL_TARGET, /* to the first target; dropped if that follows */
    YK_TAIL_DYNAMIC /* to the code for the pc in the pc's register */
};

/* Stencils and decisions are records in one array, in the order in which they are looked at, since
 * most are not in the cache when they are needed. A reference to one is its index in the array. */

/* Behind it stand `reloc_count` YkRelocs, then `op_count` YkHoleOps. */
typedef struct YkStencil {
    uint32_t code; /* offset in the table's code: hot part, then cold part */
    uint16_t hot_size;
    uint16_t cold_size;
    uint16_t op_count;
    uint16_t reloc_count;
    uint8_t target_count;
    uint8_t group_count;
    uint8_t dynamic_count; /* relocations of YK_KIND_DYNAMIC */
    uint8_t tail;          /* enum YkTail */
} YkStencil;

static inline const YkReloc *stencil_relocs(const YkStencil *stencil) {
    return (const YkReloc *)(stencil + 1);
}
/* The pc that a target stands for. */
static inline uint64_t target_pc(const YkReloc *target, const uint64_t *values) {
    return values[target->target.value] + (uint64_t)target->target.offset;
}
static inline const YkHoleOp *stencil_ops(const YkStencil *stencil) {
    return (const YkHoleOp *)(stencil_relocs(stencil) + stencil->reloc_count);
}

/* A node of an opcode's tree of decisions: if the program's last value is `value`, go to `equal`,
 * else to `other`. A reference with YK_LEAF set is to a stencil; YK_NONE: no stencil. Behind it
 * stand `op_count` YkHoleOps. */
#define YK_LEAF 0x80000000u
typedef struct YkDecision {
    uint64_t value;
    uint32_t equal;
    uint32_t other;
    uint64_t op_count;
} YkDecision;

static inline const YkHoleOp *decision_ops(const YkDecision *decision) {
    return (const YkHoleOp *)(decision + 1);
}

typedef struct YkStencilTable {
    uint32_t version;
    uint32_t red_count;
    uint32_t green_count;
    uint32_t pc_step; /* every pc is a multiple of this many bytes, a power of two, from
                         the start of its range */
    uint32_t opcode_count;
    uint32_t extra_count; /* values stored behind the vector when leaving by YK_LINK_BYPASS */
    uint32_t symbol_count;
    uint32_t selector_count; /* operations of the program for the opcode's number, its last value */
    uint32_t value_count;    /* the most values that there are for one instruction */
    const YkHoleOp *selector;
    const uint32_t *roots; /* [opcode_count]: a decision, or a leaf, or YK_NONE */
    const uint64_t *records;
    const uint64_t *constants;
    const uint8_t *code;
    const uint8_t *rodata;
    const void *const *symbols;
    const char *function; /* name of the function with the dispatch loop */
} YkStencilTable;

/* The program's table; the plugin defines it. */
extern const YkStencilTable yk_stencil_table;

#endif
