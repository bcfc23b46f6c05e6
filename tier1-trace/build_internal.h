/* Shared by the builder's files: build.c follows the recording, build_calls.c inlines,
 * build_snapshot.c and build_restart.c say how guards resume, build_into.c where pointers point,
 * build_emit.c appends instructions. */
#ifndef YK_BUILD_INTERNAL_H
#define YK_BUILD_INTERNAL_H

#include "build.h"

/* An inlined function; the first is the body, the last is being executed. */
typedef struct BuildFrame {
    const AotFunction *f;
    /* Being executed; with frames above: the block behind the call, already entered but for
     * `result`, the value number that the call defines there (IR_NONE: none). */
    uint32_t block;
    uint32_t result;
    IrRef *values;   /* by value number; IR_NONE: undefined */
    uint32_t buffer; /* offset of its frame buffer in the activation's area */
} BuildFrame;

typedef struct Builder {
    const AotModule *m;
    const Recording *r;
    const Trace *parent;
    Trace *t;
    BuildFrame frames[YK_TRACE_MAX_FRAMES];
    uint32_t depth;                /* frames in use */
    uint32_t insn;                 /* in execution: index into m->insns */
    uint32_t merge;                /* in execution: index into r->merges and t->merges */
    IrRef vector[YK_VECTOR_SLOTS]; /* at the last merge point */
    uint32_t block_pos, value_pos; /* next of r->blocks, r->values */
    uint32_t block_end;            /* r->blocks of this bytecode end here */
    IrRef *scratch;                /* phis, arguments, live values */
    uint32_t scratch_count, scratch_capacity;
    /* build_restart.c: of the bytecode in execution. */
    uint32_t restart; /* the snapshot that executes it anew; UINT32_MAX: none, or not any more */
    uint32_t restart_from, restart_to; /* instructions of the trace that it has executed and that
                                          have been looked at */
    bool restart_reads_all, restart_reads_volatile; /* among them is such a call, such a load */
    /* build_into.c. */
    IrRef entry[YK_VECTOR_SLOTS]; /* the vector that the trace begins with; IR_NONE: not known */
    uint64_t reach;               /* the parameter there has been accessed up to this offset */
    uint32_t reach_to;            /* instructions that have been looked at */
    /* build_emit.c: where constants of the program lie; the end is 0 until that is asked. */
    uint64_t constants_start, constants_end;
    uint8_t abort; /* a YkAbort; once set, everything returns false */
} Builder;

static inline BuildFrame *build_top(Builder *b) {
    return &b->frames[b->depth - 1];
}
/* The value number that an instruction of a frame's function defines. */
static inline uint32_t build_number(const BuildFrame *frame, uint32_t insn) {
    return insn - frame->f->first_insn + frame->f->arg_count;
}
bool build_fail(Builder *b, enum YkAbort why); /* false */
/* Takes the next recorded block, which must be `block`, and the next recorded value. */
bool build_take_block(Builder *b, uint32_t block);
bool build_take_value(Builder *b, uint64_t *value);
/* Index of the first instruction of a block that is no phi. */
uint32_t build_first(const Builder *b, uint32_t block);
/* Appends to the scratch list. */
bool build_scratch(Builder *b, IrRef value);

/* build_emit.c */
/* The trace's value of an operand in the function on top; undefined: 0, of the given type. */
IrRef build_operand(Builder *b, IrRef ref, uint8_t type);
uint8_t build_operand_type(const IrInsn *insn, unsigned operand); /* 0: a, 1: b, 2: c */
/* Appends an instruction of the trace, or returns what is known to be equal. */
IrRef build_emit(Builder *b, IrInsn insn);
/* Appends a guard, unless the condition is a constant; false if that says otherwise. */
bool build_guard(Builder *b, IrRef condition, bool expected, uint32_t snapshot);

/* build_snapshot.c */
/* The value of a phi on the edge from `pred`; frame on top. */
bool build_phi(Builder *b, const IrInsn *phi, uint32_t pred, IrRef *value);
/* In front of the block in execution, which must be a resume point; or, like the next, where the
 * bytecode is executed anew. */
bool build_snapshot_here(Builder *b, uint32_t *snapshot);
/* At the successor `block` of the block in execution, which `taken` really follows. */
bool build_snapshot_edge(Builder *b, uint32_t block, uint32_t taken, uint32_t *snapshot);
/* For tests: the interpreter looks anew at what is guarded, or the snapshot has both sides. */
void build_forcible(Builder *b, uint32_t snapshot);
/* At a merge point, with b->vector. */
uint32_t build_snapshot_vector(Builder *b);

/* build_restart.c */
/* A bytecode begins, with b->vector. */
void build_restart_begin(Builder *b);
/* Whether it may be executed anew instead of going on here; then b->restart is the snapshot. */
bool build_restart_here(Builder *b);

/* build_into.c */
bool build_into(Builder *b, const IrInsn *insn);

/* build_calls.c */
/* The frame of a function, on top; values undefined. */
bool build_push(Builder *b, const AotFunction *f, uint32_t buffer);
void build_pop(Builder *b);
bool build_call(Builder *b, const IrInsn *call);
bool build_return(Builder *b, const IrInsn *ret);
/* A value of the parent's: a constant is one here, too, undefined stays so; for all else appends
 * the instruction, with the value's type. */
IrRef build_parents_value(Builder *b, IrRef ref, IrInsn otherwise);
/* The frames of the parent's snapshot that a side trace begins with. */
bool build_inherit(Builder *b, const TraceSnapshot *snapshot);

#endif
