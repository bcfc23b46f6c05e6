/* The software recorder's loop: one call of the body's recording clone per bytecode.
 *
 * A recording ends where it began (a loop), at a place that has a trace already (a link), or with
 * an abort. Nothing is held across the calls: any of them may longjmp; a recording that was left
 * that way is recognised by its stack address when the next is to begin. */
#include "tier1_recording.h"
#include "frame.h"

#include <string.h>

#define MAX_MERGES 1000u /* bytecodes in a trace */
/* Times that a trace may enter one function; more are taken for a recursion, which tier 0 runs
 * better. */
#define MAX_VISITS 6u

static bool enters_too_often(const YkTier1 *t1, YkUnit *unit) {
    if (unit->recording != t1->recording_number)
        unit->visits = 0;
    unit->recording = t1->recording_number;
    return ++unit->visits > MAX_VISITS;
}

static bool note_merge(const YkTier1 *t1, const YkFrame *frame, YkUnit *unit, RecordedMerge *m) {
    if (unit == NULL)
        return false;
    uint32_t greens = yk_stencil_table.green_count;
    memset(m, 0, sizeof *m);
    memcpy(m->greens.value, frame->slots + YK_GREEN_SLOT, greens * sizeof(uint64_t));
    memcpy(m->greens.range, unit->ranges, sizeof m->greens.range);
    m->unit = unit;
    m->block = t1->recording.block_count;
    unit->traced = true;
    return true;
}

/* Looks at the merge point that the vector is at. Returns whether recording goes on. */
static bool go_on(YkTier1 *t1, const YkFrame *frame, const Exit *exit) {
    Recording *r = &t1->recording;
    uintptr_t pc = frame->slots[YK_GREEN_SLOT];
    YkUnit *unit = tier0_unit_at(t1->tier0, pc);
    if (!note_merge(t1, frame, unit, &r->end)) {
        r->abort = YK_ABORT_NO_UNIT;
        return false;
    }
    if (exit == NULL && pc == r->merges[0].greens.value[0])
        return false;
    YkHeader *header = tier0_header(unit, pc);
    if (header != NULL) {
        if (header->trace != NULL)
            return false;
        if (header->pending) {
            r->abort = YK_ABORT_COMPILING;
            return false;
        }
        if (header->recording == t1->recording_number) {
            r->abort = YK_ABORT_INNER_LOOP;
            return false;
        }
        header->recording = t1->recording_number;
    }
    if (pc == unit->start && enters_too_often(t1, unit)) {
        r->abort = YK_ABORT_RECURSION;
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

uint32_t tier1_record(YkTier1 *t1, YkFrame *frame, YkUnit *unit, const Exit *exit) {
    Recording *r = &t1->recording;
    recording_clear(r);
    r->exit = exit;
    t1->counts.recordings++;
    t1->recording_number++;
    t1->recording_now = true;
    t1->recording_at = (uintptr_t)frame;
    recording_begin(r, t1->module);
    uint32_t kind = AOT_BODY_MERGE;
    bool more = true;
    if (exit != NULL) {
        RecordedMerge begin = exit->trace->merges[exit->trace->ir->snapshots[exit->snapshot].merge];
        begin.block = 0;
        if (!recording_add_merge(r, &begin))
            r->abort = YK_ABORT_NO_MEMORY;
        kind = exit_resume(frame, exit, true);
        more = kind == AOT_BODY_MERGE && r->abort == YK_ABORT_NONE && go_on(t1, frame, exit);
    } else {
        RecordedMerge begin;
        if (!note_merge(t1, frame, unit, &begin) || !recording_add_merge(r, &begin)) {
            r->abort = YK_ABORT_NO_MEMORY;
            more = false;
        }
    }
    while (more) {
        kind = t1->body(0, frame->slots, frame->slots, frame->area->frames);
        more = kind == AOT_BODY_MERGE && r->abort == YK_ABORT_NONE && go_on(t1, frame, exit);
    }
    recording_end();
    t1->recording_now = false;
    if (r->abort == YK_ABORT_NONE && kind != AOT_BODY_MERGE)
        r->abort = kind == AOT_BODY_RETURN ? YK_ABORT_RETURNED : YK_ABORT_BYPASS;
    return kind;
}
