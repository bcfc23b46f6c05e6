/* Forced exits; see force.h. */
#include "force.h"
#include "memory.h"

enum { OFTEN = 8, SELDOM = 120 }; /* executions until a guard fails */

static uint32_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static uint8_t choose(uint64_t *state) {
    uint32_t kind = next_random(state), when = next_random(state);
    if (kind % 2 == 0) /* many are executed once only */
        return 1;
    return (uint8_t)(1 + when % (kind % 16 == 1 ? SELDOM : OFTEN));
}

uint8_t *force_arm(const Trace *t, uint32_t seed, uint32_t trace_number) {
    uint8_t *cells = memory_allocate_zeroed(2 * (size_t)t->insn_count + 1);
    uint64_t state = (uint64_t)seed << 32 | trace_number;
    for (uint32_t i = 0; cells != NULL && i < t->insn_count; i++) {
        const IrInsn *insn = &t->insns[i];
        if (insn->op == IR_GUARD && (t->snapshots[insn->c].flags & TRACE_FORCIBLE))
            cells[i] = cells[t->insn_count + i] = seed == 1 ? 1 : choose(&state);
    }
    return cells;
}

void force_taken_over(CompiledTrace *t, const Exit *exit, ForceCounts *counts) {
    if (t->force == NULL || exit->taken_count == 0)
        return;
    for (uint32_t i = 0; i < t->ir->insn_count; i++)
        if (t->ir->insns[i].op == IR_GUARD && t->ir->insns[i].c == exit->snapshot) {
            counts->taken_over += t->force[i] != 0;
            t->force[i] = 0;
        }
}

void force_count(const CompiledTrace *t, ForceCounts *counts) {
    uint32_t count = t->ir->insn_count;
    for (uint32_t i = 0; t->force != NULL && i < count; i++) {
        if (t->ir->insns[i].op != IR_GUARD)
            continue;
        counts->guards++;
        if (t->force[count + i] == 0)
            counts->unforcible++;
        else if (t->force[i] == t->force[count + i])
            counts->unpassed++;
        else
            counts->waiting += t->force[i] != 0;
    }
}
