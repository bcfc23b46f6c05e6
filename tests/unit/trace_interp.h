/* An interpreter of traces, for tests: executes a trace before or after optimisation on a small
 * memory and tells what can be seen of it from outside. Include it once in a test.
 *
 * Memory is real: objects of 64 bytes, and an area of frame buffers. Calls go to INTERP functions
 * (below), which the trace knows as constants. A trace that ends in TRACE_LOOP without a LOOP is
 * entered anew with the vector of its end; so is one that ends in TRACE_EXIT, if the run began with
 * a loop.
 *
 * Why ir_run.h has another one: that runs traces on an interpreter's real structures and through
 * real exits, once; this one compares two versions of a trace, so it counts, logs and limits what
 * they do, refuses what is undefined, and knows neither Exit nor clones. */
#ifndef YK_TRACE_INTERP_H
#define YK_TRACE_INTERP_H

#include "shared-ir/evaluate.h"
#include "shared-ir/trace.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { INTERP_OBJECTS = 4, INTERP_OBJECT_BYTES = 64, INTERP_FRAME_BYTES = 256, INTERP_VALUES = 64 };
/* Objects that a run can allocate, so far apart that no other's address is computed by chance. */
enum { INTERP_FRESH = 1 << 12, INTERP_FRESH_BYTES = 1 << 14 };

typedef union InterpObject {
    uint8_t bytes[INTERP_OBJECT_BYTES];
    uint64_t words[INTERP_OBJECT_BYTES / 8];
    union InterpObject *links[INTERP_OBJECT_BYTES / 8]; /* the last one is a pointer to an object */
} InterpObject;

/* At a fixed address, so that a seed always makes the same trace. */
typedef struct InterpMemory {
    InterpObject objects[INTERP_OBJECTS];
    union {
        uint8_t bytes[INTERP_FRAME_BYTES];
        InterpObject objects[INTERP_FRAME_BYTES / INTERP_OBJECT_BYTES];
    } frames;
    uint8_t gap[INTERP_FRESH_BYTES];
    struct {
        InterpObject object;
        uint8_t gap[INTERP_FRESH_BYTES - INTERP_OBJECT_BYTES];
    } fresh[INTERP_FRESH];
} InterpMemory;
static InterpMemory *interp_memory;
#define interp_objects interp_memory->objects
#define interp_frames interp_memory->frames
static uint32_t interp_fresh_count; /* have been allocated in this run */

__attribute__((constructor)) static void interp_map(void) {
    interp_memory =
        mmap((void *)(uintptr_t)0x200000000000, sizeof *interp_memory, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (interp_memory == MAP_FAILED)
        abort();
}

typedef enum InterpEnd {
    INTERP_EXIT,      /* a guard failed: id is the merge of its snapshot */
    INTERP_THROWN,    /* a call did not return */
    INTERP_FINISHED,  /* a linear trace ended */
    INTERP_LIMIT,     /* too many instructions */
    INTERP_UNDEFINED, /* an operation had no result */
} InterpEnd;

typedef struct InterpResult {
    InterpEnd end;
    uint32_t id;
    uint32_t value_count;
    uint64_t values[INTERP_VALUES]; /* of the snapshot */
    uint64_t log;                   /* hash of everything that calls and volatile accesses saw */
    uint32_t events;
    uint32_t executed;   /* instructions */
    uint32_t iterations; /* that have been completed */
    bool at_merge;       /* the exit begins a bytecode */
    bool signalling;     /* a signalling NaN was computed: quietness is not promised */
    InterpObject objects[INTERP_OBJECTS];
    uint8_t frames[INTERP_FRAME_BYTES]; /* of frames that are not in the snapshot: 0 */
} InterpResult;

static InterpResult *interp_result; /* of the run in progress */

static void interp_event(uint64_t what) {
    interp_result->log = (interp_result->log ^ what) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    interp_result->events++;
}

/* ---- functions that traces call ------------------------------------------------------------- */

static uint64_t interp_mix(uint64_t a, uint64_t b) {
    return ((a ^ b >> 7) * UINT64_C(0x2545f4914f6cdd1d)) >> 3;
}

static uint64_t interp_pure(InterpObject *p, uint64_t a) {
    return interp_mix((uintptr_t)p, a) & 0xffff;
}

/* Everything that can be reached from the objects and from `p`, and is not this trace's secret. */
static uint64_t interp_look(const InterpObject *p) {
    uint64_t hash = 0;
    for (unsigned i = 0; i <= INTERP_OBJECTS; i++) {
        const InterpObject *at = i == INTERP_OBJECTS ? p : &interp_objects[i];
        for (unsigned depth = 0; depth < 3 && at != NULL; depth++) {
            for (unsigned j = 0; j < INTERP_OBJECT_BYTES / 8; j++)
                hash = interp_mix(hash + j, at->words[j]);
            at = at->links[7];
        }
    }
    return hash;
}

/* May be called again: no event. */
static uint64_t interp_read(InterpObject *p, uint64_t a) {
    return interp_mix(interp_look(p), a);
}

static uint64_t interp_write(InterpObject *p, uint64_t a) {
    uint64_t hash = interp_read(p, a);
    interp_event(hash);
    p->words[hash % 4] += 3;
    if (p->links[7] != NULL)
        p->links[7]->words[hash / 4 % 4] ^= 5;
    interp_objects[hash % INTERP_OBJECTS].words[1] = a;
    return hash;
}

static bool interp_thrown;
static uint64_t interp_throw(InterpObject *p, uint64_t a) {
    uint64_t hash = interp_read(p, a);
    interp_event(hash);
    interp_thrown = hash % 16 == 0;
    return hash;
}

/* Allocates an object that points to itself or, if it may have to be a node of a list, nowhere. */
static bool interp_fresh_alone;
static uint64_t interp_fresh(InterpObject *p, uint64_t a) {
    (void)p, (void)a;
    interp_event(7);
    if (interp_fresh_count == INTERP_FRESH)
        abort();
    InterpObject *made = &interp_memory->fresh[interp_fresh_count++].object;
    memset(made, 0, sizeof *made);
    made->links[7] = interp_fresh_alone ? NULL : made;
    return (uintptr_t)made;
}

typedef uint64_t InterpFunction(InterpObject *, uint64_t);

/* ---- execution ------------------------------------------------------------------------------ */

typedef struct Interp {
    const Trace *t;
    uint64_t *values; /* by instruction */
    uint64_t vector[TRACE_VECTOR_SLOTS];
    const uint64_t *inherited;
    /* Stops at this merge of this iteration, as if it were an exit with this snapshot. */
    uint32_t stop_merge, stop_iteration, stop_snapshot;
    /* At the last merge. To execute a bytecode anew is to forget its volatile loads. */
    uint64_t log;
    uint32_t events;
    /* What volatile loads of this iteration have seen: loads that see the same again may be merged
     * with them. */
    struct {
        const uint8_t *address;
        uint32_t size;
        uint8_t bytes[8];
    } seen[64];
    uint32_t seen_count, seen_iteration;
} Interp;

static uint64_t interp_value(const Interp *in, IrRef ref) {
    if (ref == IR_NONE) /* in snapshots */
        return 0;
    return trace_is_const(ref) ? trace_bits(in->t, ref) : in->values[ir_index(ref)];
}

static uint64_t interp_operand(const Interp *in, const IrInsn *insn, unsigned operand, IrRef ref) {
    return ir_op_operands[insn->op][operand] == 'v' ? interp_value(in, ref) : 0;
}

static uint8_t *interp_address(const Interp *in, const IrInsn *insn) {
    return (uint8_t *)(uintptr_t)interp_value(in, insn->a) + (int16_t)insn->aux;
}

static void interp_store(const Interp *in, const IrInsn *store) {
    uint64_t value = interp_value(in, store->b);
    memcpy(interp_address(in, store), &value, ir_type_bytes[store->type]);
}

static bool interp_signals(uint8_t type, uint64_t bits) {
    if (type == IR_F64)
        return (bits & UINT64_C(0x7ff8000000000000)) == UINT64_C(0x7ff0000000000000) &&
               (bits & UINT64_C(0x000fffffffffffff)) != 0;
    return type == IR_F32 && (bits & 0x7fc00000u) == 0x7f800000u && (bits & 0x003fffffu) != 0;
}

static void interp_volatile_load(Interp *in, const uint8_t *address, uint32_t size,
                                 uint64_t value) {
    if (in->seen_iteration != interp_result->iterations)
        in->seen_count = 0;
    in->seen_iteration = interp_result->iterations;
    for (uint32_t i = 0; i < in->seen_count; i++)
        if (address >= in->seen[i].address &&
            address + size <= in->seen[i].address + in->seen[i].size &&
            memcmp(in->seen[i].bytes + (address - in->seen[i].address), address, size) == 0)
            return;
    interp_event(value);
    if (in->seen_count == sizeof in->seen / sizeof *in->seen)
        abort();
    in->seen[in->seen_count].address = address;
    in->seen[in->seen_count].size = size;
    memcpy(in->seen[in->seen_count++].bytes, address, size);
}

/* Executes an instruction other than GUARD, LOOP, LPHI and MERGE. False: undefined, or thrown. */
static bool interp_step(Interp *in, uint32_t index) {
    const IrInsn *insn = &in->t->insns[index];
    uint64_t value = 0;
    switch (insn->op) {
    case IR_PARAM:
        value = in->vector[insn->a];
        break;
    case IR_INHERIT:
        value = in->inherited[insn->a];
        break;
    case IR_FRAME:
        value = (uintptr_t)&interp_frames.bytes[insn->a];
        break;
    case IR_LOAD:
        memcpy(&value, interp_address(in, insn), ir_type_bytes[insn->type]);
        if (insn->type == IR_I1)
            value &= 1;
        if (insn->c & IR_VOLATILE)
            interp_volatile_load(in, interp_address(in, insn), ir_type_bytes[insn->type], value);
        break;
    case IR_STORE:
        value = interp_value(in, insn->b);
        interp_store(in, insn);
        if (insn->c & IR_VOLATILE)
            interp_event(value ^ 0x5555);
        break;
    case IR_CALL: {
        InterpFunction *function = (InterpFunction *)(uintptr_t)interp_value(in, insn->a);
        value = function((InterpObject *)(uintptr_t)interp_value(in, in->t->extras[insn->b]),
                         interp_value(in, in->t->extras[insn->b + 1]));
        value &= insn->type == IR_VOID ? 0 : ir_type_mask(insn->type);
        if (interp_thrown) {
            interp_result->end = INTERP_THROWN;
            return false;
        }
        break;
    }
    default:
        if (!ir_evaluate(insn, interp_operand(in, insn, 0, insn->a),
                         interp_operand(in, insn, 1, insn->b), interp_operand(in, insn, 2, insn->c),
                         &value)) {
            interp_result->end = INTERP_UNDEFINED;
            return false;
        }
    }
    in->values[index] = value;
    if (insn->op != IR_STORE && interp_signals(insn->type, value))
        interp_result->signalling = true;
    return true;
}

/* Leaves: the pending stores happen. */
static void interp_snapshot(const Interp *in, uint32_t number, InterpResult *result) {
    const TraceSnapshot *s = &in->t->snapshots[number];
    for (uint32_t i = 0; i < s->pending_count; i++)
        interp_store(in, &in->t->pending[s->pending + i]);
    result->id = s->merge;
    result->at_merge = s->frame_count == 0;
    if (s->flags & TRACE_RESTART) {
        result->log = in->log;
        result->events = in->events;
    }
    result->value_count = 0;
    for (uint32_t i = 0; i < s->frame_count; i++) {
        const TraceFrame *frame = &in->t->frames[s->frames + i];
        uint32_t size = in->t->module->functions[frame->function].frame_size;
        memcpy(result->frames + frame->frame_offset, interp_frames.bytes + frame->frame_offset,
               size);
        for (uint32_t j = 0; j < frame->value_count; j++)
            result->values[result->value_count++] =
                interp_value(in, in->t->snapshot_values[frame->values + j]);
    }
    for (uint32_t j = 0; s->frame_count == 0 && j < TRACE_VECTOR_SLOTS; j++)
        result->values[result->value_count++] =
            interp_value(in, in->t->snapshot_values[s->vector + j]);
}

/* One entry of the trace: to its end, with the new vector in in->vector (true), or out of it. */
static bool interp_enter(Interp *in, InterpResult *result, uint32_t limit) {
    const Trace *t = in->t;
    uint32_t loop = UINT32_MAX;
    for (uint32_t i = 0; i < t->insn_count; i++) {
        const IrInsn *insn = &t->insns[i];
        if (result->executed++ > limit) {
            result->end = INTERP_LIMIT;
            return false;
        }
        switch (insn->op) {
        case IR_LOOP:
            loop = i;
            result->iterations++;
            break;
        case IR_LPHI: /* from the preamble; the back edge sets them below */
            in->values[i] = interp_value(in, insn->a);
            break;
        case IR_MERGE:
            in->log = result->log;
            in->events = result->events;
            if (insn->a == in->stop_merge && result->iterations == in->stop_iteration) {
                result->end = INTERP_EXIT;
                interp_snapshot(in, in->stop_snapshot, result);
                return false;
            }
            break;
        case IR_GUARD:
            if (interp_value(in, insn->a) != insn->b) {
                result->end = INTERP_EXIT;
                interp_snapshot(in, insn->c, result);
                return false;
            }
            break;
        default:
            if (!interp_step(in, i))
                return false;
        }
        if (i + 1 == t->insn_count && loop != UINT32_MAX) {
            uint64_t next[1024];
            uint32_t count = 0;
            for (uint32_t j = loop + 1; j < t->insn_count && t->insns[j].op == IR_LPHI; j++)
                next[count++] = interp_value(in, t->insns[j].b);
            for (uint32_t j = 0; j < count; j++)
                in->values[loop + 1 + j] = next[j];
            result->iterations++;
            i = loop + count;
        }
    }
    const TraceSnapshot *s = &t->snapshots[t->end_snapshot];
    uint64_t vector[TRACE_VECTOR_SLOTS];
    for (uint32_t j = 0; j < TRACE_VECTOR_SLOTS; j++)
        vector[j] = interp_value(in, t->snapshot_values[s->vector + j]);
    memcpy(in->vector, vector, sizeof vector);
    result->iterations++;
    return true;
}

/* Runs a trace; `loops`: as the original trace does. Memory is that of interp_objects and
 * interp_frames. `stop`: as the run with this result, which has left at a merge. */
__attribute__((unused)) static void interp_run(const Trace *t, bool loops, const uint64_t *vector,
                                               uint32_t limit, const InterpResult *stop,
                                               InterpResult *result) {
    Interp in = {.t = t,
                 .values = calloc(t->insn_count + 1, sizeof(uint64_t)),
                 .inherited = vector,
                 .stop_merge = UINT32_MAX};
    for (uint32_t i = 0; stop != NULL && i < t->snapshot_count; i++)
        if ((t->snapshots[i].flags & TRACE_RESTART) && t->snapshots[i].merge == stop->id) {
            in.stop_merge = stop->id;
            in.stop_iteration = stop->iterations;
            in.stop_snapshot = i;
        }
    memset(result, 0, sizeof *result);
    memcpy(in.vector, vector, sizeof in.vector);
    interp_result = result;
    interp_thrown = false;
    interp_fresh_count = 0;
    while (interp_enter(&in, result, limit))
        if (!loops) {
            result->end = INTERP_FINISHED;
            interp_snapshot(&in, t->end_snapshot, result);
            break;
        }
    memcpy(result->objects, interp_objects, sizeof interp_objects);
    for (uint32_t i = 0; i < interp_fresh_count; i++)
        for (unsigned j = 0; j < INTERP_OBJECT_BYTES / 8; j++)
            result->log = interp_mix(result->log + i, interp_memory->fresh[i].object.words[j]);
    free(in.values);
}

#endif
