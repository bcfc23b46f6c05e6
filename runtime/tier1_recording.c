/* The recorders' loop: one call of the body's record clone, or marked clone, per bytecode.
 *
 * A loop's recording ends where it began, or with an abort. A function's and a side trace's also at
 * the head of a loop that has a trace (a link), at a function that recurs, or where the
 * interpreter's function returns. The trace of a loop never contains a loop that has a trace of its
 * own: it is the side traces of the inner loop that go around through the outer one, back to the
 * inner loop's head. Nothing is held across the calls: any of them may longjmp; a recording that
 * was left that way is recognised by its stack address when the next is to begin. */
#include "tier1_recording.h"
#include "clock.h"
#include "frame.h"
#include "tier1_internal.h"

#include <string.h>

#define MAX_MERGES 300u /* bytecodes in a trace */
/* One that need not come back ends at the next function behind so many, or so many blocks of the
 * interpreter: calls branch, and each branch would have what follows in a trace of its own. */
#define LONG_MERGES 60u
#define LONG_BLOCKS 250u
/* Levels of a recursion in a trace, of all functions together. That of a loop has to come back. */
#define MAX_RECURSION_IN_LOOP 5u
/* Others end at the function that recurs: if it has a trace, and if not. */
#define MAX_RECURSION_TRACED 2u
#define MAX_RECURSION_TO_LINK 3u
/* Times that it may pass the head of one loop that has no trace: how often short loops that are not
 * worth a trace are unrolled. */
#define MAX_ROUNDS 2u

/* The functions that the recording is in, as far as can be told: one that is entered comes on top,
 * and when bytecode of another one follows, it has returned to that. Only compared: their bytecode
 * may have been freed. */
typedef struct Nesting {
    const YkUnit *units[32];
    uint32_t count;
    uint32_t recursions; /* functions that have been entered while they were in there */
} Nesting;

static void nesting_enter(Nesting *n, const YkUnit *unit) {
    bool recurs = false;
    for (uint32_t i = 0; i < n->count; i++)
        recurs |= n->units[i] == unit;
    n->recursions += recurs;
    if (n->count == sizeof n->units / sizeof *n->units)
        memmove(n->units, n->units + 1, --n->count * sizeof *n->units);
    n->units[n->count++] = unit;
}

static void nesting_return(Nesting *n, const YkUnit *unit) {
    while (n->count != 0 && n->units[n->count - 1] != unit)
        n->count--;
    if (n->count == 0)
        n->units[n->count++] = unit;
}

static bool note_merge(const YkTier1 *t1, const YkFrame *frame, YkUnit *unit, RecordedMerge *m) {
    if (unit == NULL)
        return false;
    uint32_t greens = yk_stencil_table.green_count;
    memset(m, 0, sizeof *m);
    memcpy(m->greens.value, frame->slots + YK_GREEN_SLOT, greens * sizeof(uint64_t));
    memcpy(m->greens.range, unit->ranges, sizeof m->greens.range);
    for (uint32_t i = 0; t1->recording.has_slots && i < YK_GREEN_SLOT; i++)
        m->same |= (uint32_t)(frame->slots[i] == t1->recording.slots[i]) << i;
    m->unit = unit;
    m->block = t1->recording.block_count;
    unit->traced = true;
    return true;
}

/* Whether the recording of a loop has come to code of the same function behind or before it. */
static bool has_left(const YkHeader *loop, const YkUnit *unit, uintptr_t pc) {
    return unit == loop->unit && (pc < loop->greens[0] || pc > loop->last);
}

/* At the start of a function that the recording enters, of a loop or not. Returns whether recording
 * goes on. A trace contains what functions do: only where they recur it ends, and goes on in the
 * function's trace, or in tier 0 until it has one. A loop's has to come back. */
static bool pass_function(YkTier1 *t1, const YkHeader *header, bool in_loop, Nesting *n) {
    uint32_t before = n->recursions;
    nesting_enter(n, header->unit);
    t1->recording.end.may_end = n->recursions == before && !in_loop;
    if (n->recursions == before)
        return in_loop ||
               (t1->recording.merge_count < LONG_MERGES && t1->recording.block_count < LONG_BLOCKS);
    if (in_loop) {
        if (n->recursions > MAX_RECURSION_IN_LOOP)
            t1->recording.abort = YK_ABORT_RECURSION;
        return n->recursions <= MAX_RECURSION_IN_LOOP;
    }
    return n->recursions <= (header->trace != NULL ? MAX_RECURSION_TRACED : MAX_RECURSION_TO_LINK);
}

/* At the head of another loop than the one that is recorded, if any is. Returns whether recording
 * goes on. */
static bool pass_head(YkTier1 *t1, YkHeader *header, bool in_loop) {
    Recording *r = &t1->recording;
    if (header->trace != NULL) {
        if (in_loop)
            r->abort = YK_ABORT_INNER_TRACE;
        return false;
    }
    if (header->pending != 0) {
        t1->awaited = header->pending;
        r->abort = YK_ABORT_COMPILING;
        return false;
    }
    if (header->recording != t1->recording_number)
        header->visits = 0;
    header->recording = t1->recording_number;
    if (++header->visits <= MAX_ROUNDS)
        return true;
    r->abort = YK_ABORT_INNER_LOOP;
    return false;
}

/* Looks at the merge point that the vector is at. Returns whether recording goes on. */
static bool go_on(YkTier1 *t1, const YkFrame *frame, const YkHeader *root, Nesting *nesting) {
    Recording *r = &t1->recording;
    uintptr_t pc = frame->slots[YK_GREEN_SLOT];
    YkUnit *unit = tier0_unit_at(t1->tier0, pc);
    if (!note_merge(t1, frame, unit, &r->end)) {
        r->abort = YK_ABORT_NO_UNIT;
        return false;
    }
    bool in_loop = root != NULL && !root->function;
    if (in_loop && pc == root->greens[0])
        return false;
    YkHeader *header = tier0_header(unit, pc);
    bool enters = header != NULL && header->function;
    if (!enters)
        nesting_return(nesting, unit);
    if (header != NULL &&
        !(enters ? pass_function(t1, header, in_loop, nesting) : pass_head(t1, header, in_loop)))
        return false;
    if (in_loop && nesting->count == 1 && has_left(root, unit, pc)) {
        r->abort = YK_ABORT_LEFT_LOOP;
        return false;
    }
    if (r->merge_count >= MAX_MERGES) {
        r->abort = YK_ABORT_TOO_LONG;
        return false;
    }
    if (!recording_add_merge(r, &r->end))
        r->abort = YK_ABORT_NO_MEMORY;
    return r->abort == YK_ABORT_NONE;
}

/* The recording's first merge, and for a side trace what is left of its bytecode, unless that is
 * executed anew. Returns how that ended. */
static uint32_t begin(YkTier1 *t1, YkFrame *frame, const YkHeader *root, const Exit *exit,
                      enum ExitClones clones) {
    Recording *r = &t1->recording;
    RecordedMerge merge = {0};
    bool known = true;
    if (exit != NULL)
        merge = *exit_merge(exit);
    else
        known = note_merge(t1, frame, root->unit, &merge);
    merge.block = 0;
    r->has_slots = exit == NULL || exit->frame_count == 0;
    memcpy(r->slots, frame->slots, sizeof r->slots);
    if (!known || !recording_add_merge(r, &merge))
        r->abort = YK_ABORT_NO_MEMORY;
    return exit != NULL && !exit->restarts ? exit_resume(frame, exit, clones) : AOT_BODY_MERGE;
}

uint32_t tier1_record(YkTier1 *t1, YkFrame *frame, const YkHeader *root, const Exit *exit) {
    Recording *r = &t1->recording;
    recording_clear(r);
    r->exit = exit;
    uint64_t started = clock_ns();
    t1->counts.recordings++;
    t1->recording_number++;
    t1->recording_now = true;
    t1->recording_at = (uintptr_t)frame;
    t1->awaited = 0;
    recording_begin(r, t1->module);
    bool hardware = hardware_start(&t1->hardware, t1->config);
    bool marked = hardware && !t1->hardware.verifies;
    AotClone body = marked ? replay_clone(t1->module, t1->module->body) : t1->body;
    Nesting nesting = {.count = 1};
    nesting.units[0] = exit != NULL ? exit_merge(exit)->unit : root->unit;
    uint32_t kind = begin(t1, frame, root, exit, marked ? EXIT_MARKED : EXIT_RECORD);
    bool more = r->abort == YK_ABORT_NONE && kind == AOT_BODY_MERGE &&
                (exit == NULL || exit->restarts || go_on(t1, frame, root, &nesting));
    while (more) {
        kind = body(0, frame->slots, frame->slots, frame->area->frames);
        more =
            kind == AOT_BODY_MERGE && r->abort == YK_ABORT_NONE && go_on(t1, frame, root, &nesting);
    }
    t1->recording_now = false;
    if (r->abort == YK_ABORT_NONE && kind == AOT_BODY_BYPASS)
        r->abort = YK_ABORT_BYPASS;
    r->returned = r->abort == YK_ABORT_NONE && kind == AOT_BODY_RETURN;
    if (r->returned && exit == NULL && !root->function)
        r->abort = YK_ABORT_RETURNED;
    if (hardware)
        hardware_finish(&t1->hardware, t1->config, r, t1->module, LONG_BLOCKS);
    recording_end();
    t1->counts.recording_ns += clock_ns() - started;
    return kind;
}
