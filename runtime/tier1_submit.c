/* From a recording to a job for the workers; what follows from a recording that was aborted. */
#include "../tier1-trace/build.h"
#include "log.h"
#include "memory.h"
#include "tier1_internal.h"
#include "tier1_sides.h"

#include <stdlib.h>
#include <string.h>

/* After a recording that left its loop the next begins with the loop's first iteration. If so many
 * in a row did so, the loop has too few iterations. */
#define MAX_LEAVINGS 4u

static int compare_pointers(const void *a, const void *b) {
    uintptr_t x = (uintptr_t) * (void *const *)a, y = (uintptr_t) * (void *const *)b;
    return (x > y) - (x < y);
}

/* At its end a trace goes on in code of a unit that it depends on. */
static void link_end(const YkTier1 *t1, CompiledTrace *t) {
    const Recording *r = &t1->recording;
    YkUnit *unit = r->end.unit;
    uintptr_t pc = r->end.greens.value[0];
    t->link.cell = &link_to_return;
    if (r->returned)
        return;
    YkHeader *header = tier0_header(unit, pc);
    t->link.code = tier0_find(unit, pc);
    t->link.cell = header != NULL         ? &header->link
                   : t->link.code != NULL ? &t->link.code
                                          : &link_to_lookup;
}

static bool note_units(CompiledTrace *t, const Recording *r) {
    t->merges = memory_allocate(r->merge_count * sizeof *t->merges);
    if (t->merges == NULL)
        return false;
    memcpy(t->merges, r->merges, r->merge_count * sizeof *t->merges);
    t->merge_count = r->merge_count;
    uint32_t count = t->ir->merge_count;
    t->units = memory_allocate((count + 1) * sizeof *t->units);
    if (t->units == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        t->units[i] = t->ir->merges[i].unit;
    if (!r->returned)
        t->units[count++] = r->end.unit;
    qsort(t->units, count, sizeof *t->units, compare_pointers);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || t->units[i] != t->units[i - 1]) {
            t->units[t->unit_count++] = t->units[i];
            ((YkUnit *)t->units[i])->traced = true;
        }
    return true;
}

/* The merge's unit may be gone if the recording was aborted for that. */
static void name_merge(const YkTier1 *t1, const RecordedMerge *m, char *name, size_t size) {
    snprintf(name, size, "?");
    const YkUnit *unit = m->unit;
    if (t1->namer != NULL && t1->recording.abort != YK_ABORT_FREED)
        t1->namer(unit->location, (const void *)m->greens.value[0], name, size);
}

static void abort_loop(YkTier1 *t1, YkHeader *header, enum YkAbort why) {
    header->penalty += abort_severities[why];
    header_reset(t1, header);
    if (why == YK_ABORT_COMPILING) {
        header->awaits = t1->awaited;
        header->countdown = WAIT_COUNTDOWN;
    } else if (why == YK_ABORT_LEFT_LOOP && ++header->leavings < MAX_LEAVINGS) {
        header->countdown = 0;
    } else if (why == YK_ABORT_LEFT_LOOP) {
        header->leavings = 0;
        header->penalty += abort_severities[YK_ABORT_INNER_LOOP];
        header_reset(t1, header);
    }
}

static void abort_side(YkTier1 *t1, Exit *exit, enum YkAbort why) {
    exit_punish(t1, exit, why);
    if (why == YK_ABORT_COMPILING) {
        exit->awaits = t1->awaited;
        exit_arm(exit, WAIT_COUNTDOWN);
    }
}

static void abort_recording(YkTier1 *t1, YkHeader *header, Exit *exit, enum YkAbort why) {
    t1->counts.aborts++;
    const Recording *r = &t1->recording;
    if (t1->config->log != YK_LOG_OFF) {
        char name[160] = "?", where[160] = "?";
        if (r->merge_count > 0) {
            name_merge(t1, &r->merges[0], name, sizeof name);
            name_merge(t1, &r->merges[r->merge_count - 1], where, sizeof where);
        }
        log_line(t1->config, "tier1: aborted %s%s at %s: %s", name, exit != NULL ? " (side)" : "",
                 where, abort_texts[why]);
    }
    if (header != NULL)
        abort_loop(t1, header, why);
    else if (exit != NULL)
        abort_side(t1, exit, why);
}

void tier1_submit(YkTier1 *t1, YkHeader *header, Exit *exit) {
    enum YkAbort why = t1->recording.abort;
    Trace *ir = NULL;
    if (why == YK_ABORT_NONE) {
        ir = build_trace(t1->module, &t1->recording, exit != NULL ? exit->trace->ir : NULL, &why);
        if (ir != NULL && ir->out_of_memory) {
            trace_free(ir);
            ir = NULL;
            why = YK_ABORT_NO_MEMORY;
        }
    }
    if (t1->trace_config == NULL)
        t1->trace_config = trace_config_new(t1->config);
    CompiledTrace *t =
        ir != NULL && t1->trace_config != NULL ? memory_allocate_zeroed(sizeof *t) : NULL;
    if (t == NULL) {
        trace_free(ir);
        abort_recording(t1, header, exit, ir != NULL ? YK_ABORT_NO_MEMORY : why);
        return;
    }
    t->tier1 = t1;
    t->ir = ir;
    t->header = header;
    t->parent_exit = exit;
    t->side = exit != NULL;
    t->root = exit != NULL ? exit->trace->root : t;
    if (t->root != NULL)
        t->root->sides += exit != NULL;
    t->number = t1->next_number++;
    t->config = trace_config_share(t1->trace_config);
    name_merge(t1, &t1->recording.merges[0], t->name, sizeof t->name);
    if (!note_units(t, &t1->recording) || (exit != NULL && !sides_add(t1, t))) {
        compiled_free(t);
        abort_recording(t1, header, exit, YK_ABORT_NO_MEMORY);
        return;
    }
    link_end(t1, t);
    if (header != NULL) {
        header->pending = 1 + t->number;
        header->countdown = POLL_COUNTDOWN;
        t1->counts.traces++;
    } else {
        exit->awaits = 1 + t->number;
        exit_arm(exit, POLL_COUNTDOWN);
        t1->counts.side_traces++;
    }
    t1->trace_count++;
    t->next_pending = t1->pending;
    t1->pending = t;
    t1->pending_count++;
    if (!worker_submit(t, &t1->inbox)) {
        t1->disabled = true;
        t1->pending = t->next_pending;
        t1->pending_count--;
        if (t1->config->log != YK_LOG_OFF)
            log_line(t1->config, "tier1: no traces: %s", t->error);
        if (header != NULL) {
            header_reset(t1, header);
            header->countdown = INT32_MAX;
        }
        if (t->form != NULL)
            sides_remove(t1, t);
        compiled_free(t);
        return;
    }
    traces_collect(t1);
}
