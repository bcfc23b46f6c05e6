/* The trace form: one list of instructions in SSA form, with guards and snapshots.
 *
 * Instructions refer to earlier ones only, but for the second operand of LPHI, which refers to any.
 * A linear trace ends by its `end`; a loop is closed by the jump to LOOP. Constants are interned.
 *
 * A *snapshot* says how to go on in the interpreter when a guard fails, or when the trace ends:
 * for each function that is inlined at that place, from the body outwards in, a resume point and
 * the values that live there. All state of the interpreter's memory is in memory at that point, but
 * for the snapshot's *pending stores*, which whoever leaves executes first.
 */
#ifndef YK_TRACE_H
#define YK_TRACE_H

#include "aot.h"

#define TRACE_VECTOR_SLOTS 12u /* of the state vector: YK_VECTOR_SLOTS */
#define TRACE_MAX_PENDING 64u  /* stores of one snapshot */

typedef struct TraceConst {
    uint64_t bits; /* zero-extended to 64 bits */
    uint8_t type;
    uint32_t symbol; /* number in the module if it is a symbol's address (printed as @name), else
                        UINT32_MAX */
} TraceConst;

/* One frame of a snapshot. */
typedef struct TraceFrame {
    uint32_t function; /* AotFunction number; the first frame is the body */
    uint32_t block; /* global block number whose resume point it is; for a frame with frames above:
                       the block behind the call */
    uint32_t
        values; /* first of the live values in Trace.snapshot_values; order of AotBlock.lives */
    uint16_t value_count;
    uint16_t result; /* index among the values of the result of the call that the next frame is
                        executing (that value is IR_NONE), or UINT16_MAX: no one needs it */
    uint32_t frame_offset; /* of its frame buffer in the activation's area */
} TraceFrame;

enum TraceSnapshotFlags {
    /* The state vector at its merge, for guards in front of which the bytecode has had no effect,
     * or one that may be repeated (build_restart.c): to leave is to execute the bytecode anew, in
     * tier 0 or in the interpreter. The greens are those of the merge. Other snapshots without
     * frames are at the next merge point, to which their merge's bytecode has led. */
    TRACE_RESTART = 1,
    /* For tests (YkConfig.force_exits): a guard may leave by it though its condition holds. Either
     * the interpreter looks anew at what was guarded, or the frames are followed by those of the
     * side that was taken, the body first again: the guard's *sides*. */
    TRACE_FORCIBLE = 2,
};

typedef struct TraceSnapshot {
    uint32_t frames;        /* first in Trace.frames */
    uint16_t frame_count;   /* 0: at a merge point: the values are the slots of the state vector */
    uint16_t flags;         /* TraceSnapshotFlags */
    uint32_t vector;        /* frame_count == 0: first of 12 values in Trace.snapshot_values */
    uint32_t merge;         /* the merge (index in Trace.merges) that it belongs to */
    uint32_t pending;       /* first in Trace.pending */
    uint32_t pending_count; /* up to TRACE_MAX_PENDING; 0 for that of the trace's end */
} TraceSnapshot;

/* A bytecode that the trace passes, for dumps and for dropping the trace with its code. */
typedef struct TraceMerge {
    uint64_t pc;
    void *unit; /* opaque here: runtime's */
} TraceMerge;

enum TraceEnd {
    TRACE_LOOP, /* back to LOOP; LPHIs take their second operands */
    TRACE_EXIT, /* leaves by `end_snapshot`, which has no frames: a state vector with a constant pc:
                   code of another trace or of tier 0 goes on there */
    TRACE_RETURN, /* the interpreter's function returns; end_snapshot's first green slot has the
                     result, if there is one, no other slot anything */
};

/* Growing arrays; all owned by the trace. */
typedef struct Trace {
    const AotModule *module;
    IrInsn *insns;
    uint32_t insn_count, insn_capacity;
    TraceConst *consts;
    uint32_t const_count, const_capacity;
    uint32_t *const_table; /* hash table of constants: index + 1 */
    uint32_t const_table_size;
    IrRef *extras; /* arguments of calls */
    uint32_t extra_count, extra_capacity;
    TraceSnapshot *snapshots;
    uint32_t snapshot_count, snapshot_capacity;
    TraceFrame *frames;
    uint32_t frame_count, frame_capacity;
    IrRef *snapshot_values;
    uint32_t snapshot_value_count, snapshot_value_capacity;
    IrInsn *pending; /* STOREs of snapshots, each one's in the order in which they are executed */
    uint32_t pending_count, pending_capacity;
    TraceMerge *merges;
    uint32_t merge_count, merge_capacity;
    uint8_t end;           /* a TraceEnd */
    uint32_t end_snapshot; /* TRACE_LOOP before peeling: the vector after one iteration */
    uint32_t frame_bytes;  /* bytes of the activation's area that it uses */
    bool out_of_memory;    /* some append failed: the trace is of no use */
    bool side;             /* entered from an exit in the midst of a bytecode: has INHERITs instead
                              of PARAMs */
} Trace;

Trace *trace_new(const AotModule *module);
void trace_free(Trace *trace); /* NULL is fine */

/* All return a reference or an index; without memory they set out_of_memory and return
 * something valid. */
IrRef trace_const(Trace *t, uint8_t type, uint64_t bits);
IrRef trace_symbol(Trace *t,
                   uint32_t symbol);       /* ptr constant: the address of the module's symbol */
IrRef trace_append(Trace *t, IrInsn insn); /* no folding: the optimiser does that */
uint32_t trace_extras(Trace *t, const IrRef *refs, uint32_t count);
uint32_t trace_snapshot_begin(Trace *t, uint32_t merge);
void trace_snapshot_frame(Trace *t, uint32_t snapshot, TraceFrame frame, const IrRef *values);
void trace_snapshot_vector(Trace *t, uint32_t snapshot, const IrRef *slots /* [12] */);
/* Appends a pending store; only to the last snapshot that got one, or to a later one. */
void trace_snapshot_pending(Trace *t, uint32_t snapshot, IrInsn store);
uint32_t trace_merge(Trace *t, uint64_t pc, void *unit);

/* Frames of the side that a guard leaves to: all, but in a snapshot of both sides. */
uint32_t trace_exit_frames(const Trace *t, uint32_t snapshot);

static inline bool trace_is_const(IrRef ref) {
    return (ref & IR_KIND_MASK) == IR_CONST && ref != IR_NONE;
}
static inline uint64_t trace_bits(const Trace *t, IrRef ref) {
    return t->consts[ir_index(ref)].bits;
}
static inline uint8_t trace_type(const Trace *t, IrRef ref) {
    return trace_is_const(ref) ? t->consts[ir_index(ref)].type : t->insns[ir_index(ref)].type;
}

/* Checks the rules above and the types; false: *error is a text to free(). */
bool trace_verify(const Trace *t, char **error);
/* Text form and back; docs/ir.md. The parser finds functions, classes and symbols of `module` by
 * name; on failure NULL and *error = "line: message", to free(). */
void trace_print(FILE *out, const Trace *t);
Trace *trace_parse(const AotModule *module, const char *text, char **error);

#endif
