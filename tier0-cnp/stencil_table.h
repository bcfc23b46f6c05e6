/* The table of stencils that the pass plugin puts into the program and tier 0 reads in place.
 *
 * A *stencil* is the machine code of one opcode's handler, from merge point to merge point, with
 * *holes* where values stand that depend on the bytecode alone. An opcode has several stencils if
 * its handler branches on such values: a tree of decisions, taken when code is made, picks one.
 *
 * A *hole program* computes the values for the holes of one stencil (or for a decision) from the
 * green variables. It is a straight list of YkHoleOp; op number n defines value number n.
 *
 * pass/ writes this format (pass/table_writer.cpp) and includes this file, so that both sides see
 * one definition. Everything is read only and addressed by index; all members are in host order.
 */
#ifndef YK_STENCIL_TABLE_H
#define YK_STENCIL_TABLE_H

#include <stdint.h>

#define YK_TABLE_VERSION 2u
#define YK_MAX_GREENS 4u
/* All native code of tier 0 has one signature: twelve slots, in the argument registers of the
 * preserve_none convention: r12 r13 r14 r15 (they survive calls), rdi rsi rdx rcx r8 r9 r11 rax.
 * Slots 0 to 3 hold reds, slot 4 the pc, then the other greens, then other reds. */
#define YK_VECTOR_SLOTS 12u
#define YK_GREEN_SLOT 4u
#define YK_MAX_REDS 8u
/* Values a hole program may define. */
#define YK_MAX_HOLE_OPS 1024u
#define YK_NONE UINT32_MAX

/* Operations of hole programs. Values are held zero-extended from `bits` to 64 bits.
 * X(name, operands): operands are value numbers a, b, c unless the comment says otherwise. An
 * `offset` is a signed number of 16 bits. Those below the line are what the plugin puts in the
 * place of several others (pass/fuse.cpp): most instructions need nothing else. */
#define YK_HOLE_OPCODES(X)                                                                         \
    X(GREEN, 0) /* green variable number a, plus offset b */                                       \
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
    X(LOAD_GREEN, 0) /* [green variable a + offset b]; c as in LOAD */                             \
    X(ADD_GREEN, 1)  /* a plus green variable b */                                                 \
    X(ADD_CONST, 1)  /* a plus the 32-bit number with the halves b (low) and c (high) */           \
    X(FIELD, 1)      /* bits of a, moved: see YK_FIELD */

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
    YK_KIND_HOLE,    /* index: value number in the stencil's program */
    YK_KIND_SYMBOL,  /* index: into the table's symbols */
    YK_KIND_RODATA,  /* the table's rodata */
    YK_KIND_HOT,     /* the stencil's own hot part */
    YK_KIND_COLD,    /* the stencil's own cold part */
    YK_KIND_TARGET,  /* index: into the stencil's targets */
    YK_KIND_DYNAMIC, /* a jump to the code for the pc in the pc's register */
    YK_KIND_RETURN,  /* a jump: the interpreter's function returns */
    YK_KIND_BYPASS,  /* a jump: go on in the interpreter behind the merge point */
    YK_KIND_SLOT,    /* `symbols` itself, where the symbols' addresses are stored */
};

/* Relocations are what takes most of the time when code is made, and most of the table: hence this
 * form. A stencil has a list of records: first its targets, that is the value numbers of the pcs
 * that it jumps to, each once; then its relocations in groups of one form and kind, a head and
 * `count` places each. The addend is what stands in the code at the place. The index is 0 where
 * the kind says nothing about it. */
typedef union YkReloc {
    uint16_t target;
    struct {
        uint8_t form, kind;
        uint16_t count;
    } head;
    struct {
        uint16_t offset; /* in the stencil: hot part, then cold part */
        uint16_t index;
    } place;
} YkReloc;
#define YK_MAX_TARGETS 64u

/* How a stencil's hot part ends, if in a jump that has no relocation of its own. */
enum YkTail {
    YK_TAIL_NONE,
    YK_TAIL_TARGET, /* to the first target; dropped if that follows */
    YK_TAIL_DYNAMIC /* to the code for the pc in the pc's register */
};

typedef struct YkStencil {
    uint32_t code;   /* offset in the table's code: hot part, then cold part */
    uint32_t relocs; /* first record */
    uint32_t ops;    /* first operation of the hole program */
    uint16_t hot_size;
    uint16_t cold_size;
    uint16_t op_count;
    uint8_t target_count;
    uint8_t group_count;
    uint8_t dynamic_count; /* relocations of YK_KIND_DYNAMIC */
    uint8_t tail;          /* enum YkTail */
} YkStencil;

/* A node of an opcode's tree of decisions: if the program's last value is `value`, go to `equal`,
 * else to `other`. A child with YK_LEAF set is the number of a stencil; YK_NONE: no stencil. */
#define YK_LEAF 0x80000000u
typedef struct YkDecision {
    uint32_t ops;
    uint32_t op_count;
    uint64_t value;
    uint32_t equal;
    uint32_t other;
} YkDecision;

typedef struct YkStencilTable {
    uint32_t version;
    uint32_t red_count;
    uint32_t green_count;
    uint32_t pc_step;      /* every pc is a multiple of this many bytes, a power of two, from
                              the start of its range */
    uint32_t selector_ops; /* program for the opcode's number */
    uint32_t selector_count;
    uint32_t opcode_count;
    uint32_t stencil_count;
    uint32_t extra_count; /* values stored behind the vector when leaving by YK_KIND_BYPASS */
    uint32_t symbol_count;
    const uint32_t *roots; /* [opcode_count]: a decision, or a leaf, or YK_NONE */
    const YkDecision *decisions;
    const YkStencil *stencils;
    const YkReloc *relocs;
    const YkHoleOp *ops;
    const uint64_t *constants;
    const uint8_t *code;
    const uint8_t *rodata;
    const void *const *symbols;
    const char *function; /* name of the function with the dispatch loop */
} YkStencilTable;

/* The program's table; the plugin defines it. */
extern const YkStencilTable yk_stencil_table;

#endif
