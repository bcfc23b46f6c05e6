/* What the optimiser's files share. Only opt_*.c, fold.c and optimise.c include it.
 *
 * The forward passes are one walk over the trace `in` that emits the trace `out`: each instruction
 * is folded (fold.c), numbered (opt_values.c), looked up in what is known of memory (opt_memory.c),
 * and appended if nothing of this made it superfluous. A guard adds to what is known from there on
 * (opt_facts.c). A loop is walked twice (opt_peel.c). Then one walk backwards (opt_dead.c).
 *
 * Words:
 *   resolve   the value that stands for a reference of `out` now: a guard may have shown that it
 *             equals a constant or an earlier value
 *   fact      what is known of the bits of a value
 *   location  bytes of memory: base reference, offset, size */
#ifndef YK_OPT_H
#define YK_OPT_H

#include "opt_alias.h"
#include "optimise.h"

#include <stddef.h>

/* As an unsigned number of the value's type; nothing is known of floating-point numbers. */
typedef struct OptFact {
    uint64_t zeros, ones; /* bits that are known to be 0, to be 1; above the type's width: 0 */
    uint64_t low, high;   /* low <= value <= high */
} OptFact;

/* About one instruction of `out`. */
typedef struct OptInfo {
    IrRef equal;    /* itself, or an earlier value or constant that is known to equal it */
    uint32_t chain; /* next instruction with the same hash + 1 */
    OptFact fact;
    uint8_t region; /* that a pointer points into (shared-ir/trace_regions.c) */
} OptInfo;

/* opt_list.c: the list (yk_list) that the trace walks along: the values of its links are addresses
 * of different objects, each of which has a region of its own behind those of the module. */
typedef struct OptList {
    uint8_t count; /* nodes that are known */
    bool closed;   /* the list may have changed: no further ones are */
    IrRef last;    /* in `out` */
    uint32_t link; /* class of the field that points on */
} OptList;

typedef struct Optimiser {
    const Trace *in;
    Trace *out; /* out_of_memory: also for the tables here; then all that is returned is valid, and
                   useless */
    unsigned passes; /* OPT_... bits */
    IrRef *map;      /* [in->insn_count]: the reference in `out` */
    OptInfo *info;   /* by instruction of `out` */
    uint32_t info_capacity;
    uint32_t *buckets;     /* of value numbering: instruction + 1 */
    uint32_t bucket_count; /* a power of two */
    struct OptMemory *memory;
    OptList list;
    bool contradiction; /* a guard that always fails has been passed: nothing behind it is executed
                         */
} Optimiser;

/* opt_values.c */
bool opt_open(Optimiser *o, const Trace *in, unsigned passes); /* all but in and passes is made */
void opt_close(Optimiser *o);                                  /* but `out` */
IrRef opt_resolve(const Optimiser *o, IrRef ref);
/* Folds, numbers and appends an instruction other than LOAD, STORE, CALL and GUARD, whose operands
 * are references of `out`; returns its value. */
IrRef opt_emit(Optimiser *o, IrInsn insn);
/* Appends an instruction as it is. */
IrRef opt_append(Optimiser *o, IrInsn insn);
/* The instruction's value if it has been computed already, else IR_NONE. Operands are resolved. */
IrRef opt_find(const Optimiser *o, const IrInsn *insn);
/* The region that a value points into; 0: unknown. */
uint8_t opt_region(const Optimiser *o, IrRef ref);
/* As opt_append, and opt_find will find it. */
IrRef opt_append_numbered(Optimiser *o, IrInsn insn);
/* A call; `args` of `out`, in insn.c how many. */
IrRef opt_call(Optimiser *o, IrInsn insn, const IrRef *args);
/* Applies `resolve` to those of a, b, c that are values. */
IrInsn opt_resolve_operands(const Optimiser *o, IrInsn insn);
static inline IrRef opt_number(Optimiser *o, uint8_t type, uint64_t bits) {
    return trace_const(o->out, type, bits);
}

/* fold.c: the value of the instruction if it is simpler than the instruction, else IR_NONE; may
 * change *insn to an equal one. Operands are resolved. */
IrRef fold(Optimiser *o, IrInsn *insn);
/* The address without what fits into *aux. */
IrRef fold_address(Optimiser *o, IrRef address, uint16_t *aux);

/* opt_facts.c */
OptFact opt_fact(const Optimiser *o, IrRef ref);
OptFact opt_fact_of_type(uint8_t type); /* nothing known */
/* What follows from the facts of the operands. */
OptFact opt_derive(const Optimiser *o, const IrInsn *insn);
/* A constant if the fact leaves one value only. */
bool opt_fact_constant(const OptFact *fact, uint64_t *bits);
/* True if each value that `narrow` allows is allowed by `wide`. */
bool opt_fact_implies(const OptFact *narrow, const OptFact *wide);
/* What both know. */
OptFact opt_fact_join(const OptFact *a, const OptFact *b);
/* -1: unknown, or 0 or 1: what earlier guards say of a comparison with resolved operands. */
int opt_implied(const Optimiser *o, const IrInsn *comparison);
/* From here on the i1 value is `truth`. */
void opt_learn(Optimiser *o, IrRef condition, bool truth);
/* Sets the fact of an instruction. */
void opt_set_fact(Optimiser *o, IrRef ref, OptFact fact);

/* opt_memory.c */
struct OptMemory *opt_memory_new(const Trace *in);
void opt_memory_free(struct OptMemory *m);
struct OptMemory *opt_memory_copy(const struct OptMemory *m);
/* Makes `m` equal to `from`, a copy of an earlier state. */
bool opt_memory_restore(struct OptMemory *m, const struct OptMemory *from);
IrRef opt_load(Optimiser *o, IrInsn insn);
void opt_store(Optimiser *o, IrInsn insn);
/* A call with effects is about to be appended. */
void opt_memory_call(Optimiser *o, unsigned effects);
/* A pointer into a frame buffer becomes known to code or memory that is not followed. */
void opt_memory_escape(Optimiser *o, IrRef pointer);
uint32_t opt_memory_escaped(const struct OptMemory *m);
void opt_memory_set_escaped(struct OptMemory *m, uint32_t from);

/* A guard has shown that a pointer, of the instruction `base`, equals another value: what is known
 * of memory there is known by that base from now on. */
void opt_memory_rebase(Optimiser *o, IrRef base);
/* An INTO is about to be appended. */
void opt_memory_bound(Optimiser *o, const IrInsn *into);

/* A location whose contents are known, for the head of a loop. */
typedef struct OptLocation {
    AliasAccess access;
    uint8_t type;
    IrRef value; /* resolved */
} OptLocation;
/* All; returns how many, `list` has room for that many (NULL: only counts). */
uint32_t opt_memory_known(Optimiser *o, OptLocation *list);
/* Forgets all contents. */
void opt_memory_forget(struct OptMemory *m);
/* Contents that are assumed; returns a handle for the two below. */
uint32_t opt_memory_assume(Optimiser *o, const OptLocation *location);
/* Whether anything was concluded from the assumption. */
bool opt_memory_used(const struct OptMemory *m, uint32_t handle);
/* The value that a location has now, of the given type, or IR_NONE. */
IrRef opt_memory_value(Optimiser *o, const AliasAccess *access, uint8_t type);

/* The field of a class of the module, in the object at `base`, holds `value`. */
void opt_memory_field(Optimiser *o, IrRef base, uint32_t class, IrRef value);

/* opt_list.c */
/* `value` has been read from a field. */
void opt_list_load(Optimiser *o, const IrInsn *load, const AliasAccess *at, IrRef value);
/* A class of the module is about to be stored to; IR_CLASS_ANY: a call that may write. */
void opt_list_store(Optimiser *o, uint32_t class);
/* Whether it is the region of one node of a list: true for one value only. */
bool opt_list_region(const Optimiser *o, uint8_t region);

/* opt_forward.c */
/* Emits the whole of `in` but PARAMs whose map is set. */
void opt_walk(Optimiser *o);
/* A copy of a snapshot of `in`, with values of `out`; for one guard, or the end. */
uint32_t opt_snapshot(Optimiser *o, uint32_t snapshot);
IrRef opt_use(const Optimiser *o, IrRef in_ref);

/* opt_peel.c: `out` is the walk over a loop; appends the second copy. False: the trace cannot be a
 * loop, `out` is as before. */
bool opt_peel(Optimiser *o);

/* opt_guards.c: in place. */
void opt_guards(Trace *t);

/* The passes below work in place; false: no memory. */

/* opt_compact.c */
/* The builder and opt_snapshot append what belongs to one snapshot in one piece, in the order of
 * snapshots, and so do trace_parse and the builder for guards. A trace for which that is not so
 * (false) cannot be compacted in place. */
bool opt_in_order(const Trace *t);
/* Removes the stores that are `removed` (by instruction; NULL: none), and what nobody needs. */
bool opt_compact(Trace *t, const bool *removed);

/* opt_dead.c */
bool opt_dead(Trace *t, unsigned passes);

/* opt_sink.c */
bool opt_sink(Trace *t);

/* opt_share.c: in place. */
void opt_share(Trace *t);

#endif
