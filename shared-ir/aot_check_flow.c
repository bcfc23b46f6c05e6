/* What aot_verify checks along the control flow of a function.
 *
 * Liveness is computed anew here, backwards until nothing changes: a value is live at the head of a
 * block, behind its phis, if a path from there uses it before it is computed. So values that are
 * live at the function's start, but for arguments, are used before they are computed; and the list
 * of a resume point must contain what is live there. Addresses of locals (FRAME) need no list: a
 * clone computes them anew. */
#include "aot_check.h"

#include "../runtime/memory.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct Flow {
    AotChecker *c;
    const AotModule *m;
    const AotFunction *f;
    uint32_t words;  /* of a set of values */
    uint64_t *live;  /* sets by block of the function */
    uint64_t *set;   /* the one that is being computed */
    uint32_t *edges; /* by block: edges that lead there */
} Flow;

static bool has(const uint64_t *set, uint32_t value) {
    return (set[value / 64] >> (value % 64)) & 1;
}

static const IrInsn *insn_of(const Flow *flow, uint32_t value) {
    return value < flow->f->arg_count
               ? NULL
               : &flow->m->insns[flow->f->first_insn + value - flow->f->arg_count];
}

static void use(Flow *flow, IrRef ref) {
    if ((ref & IR_KIND_MASK) != IR_INSN)
        return;
    const IrInsn *insn = insn_of(flow, ref);
    if (insn == NULL || insn->op != IR_FRAME)
        flow->set[ref / 64] |= UINT64_C(1) << (ref % 64);
}

static void use_list(Flow *flow, uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        use(flow, flow->m->extras[first + i]);
}

static void use_operands(Flow *flow, const IrInsn *insn) {
    const char *letters = ir_op_operands[insn->op];
    if (letters[0] == 'v')
        use(flow, insn->a);
    if (letters[1] == 'v')
        use(flow, insn->b);
    if (letters[2] == 'v')
        use(flow, insn->c);
    if (insn->op == IR_CALL)
        use_list(flow, insn->b, insn->c);
    else if (insn->op == IR_EXIT_MERGE || insn->op == IR_EXIT_BYPASS)
        use_list(flow, insn->a, insn->b);
}

/* First instruction of a block that is no phi. */
static uint32_t behind_phis(const Flow *flow, uint32_t block) {
    uint32_t i = flow->m->blocks[block].first;
    while (flow->m->insns[i].op == IR_PHI)
        i++;
    return i;
}

static uint32_t number_of(const Flow *flow, uint32_t insn) {
    return insn - flow->f->first_insn + flow->f->arg_count;
}

/* Adds what is live on an edge. */
static bool add_edge(void *context, uint32_t from, uint32_t to) {
    Flow *flow = context;
    const uint64_t *live = flow->live + (size_t)(to - flow->f->first_block) * flow->words;
    uint32_t first = flow->m->blocks[to].first, end = behind_phis(flow, to);
    for (uint32_t i = 0; i < flow->words; i++) {
        uint64_t word = live[i];
        for (uint32_t phi = first; phi < end && word != 0; phi++)
            if (number_of(flow, phi) / 64 == i)
                word &= ~(UINT64_C(1) << (number_of(flow, phi) % 64));
        flow->set[i] |= word;
    }
    for (uint32_t i = first; i < end; i++) {
        const IrInsn *phi = &flow->m->insns[i];
        for (uint32_t j = 0; j < phi->b; j++)
            if (flow->m->extras[phi->a + 2 * j] == from)
                use(flow, flow->m->extras[phi->a + 2 * j + 1]);
    }
    return true;
}

static bool update(Flow *flow, uint32_t block) {
    const AotBlock *b = &flow->m->blocks[block];
    uint32_t start = behind_phis(flow, block);
    memset(flow->set, 0, flow->words * sizeof *flow->set);
    aot_check_edges(flow->m, block, add_edge, flow);
    for (uint32_t i = b->first + b->count; i-- > start;) {
        uint32_t number = number_of(flow, i);
        flow->set[number / 64] &= ~(UINT64_C(1) << (number % 64));
        use_operands(flow, &flow->m->insns[i]);
    }
    uint64_t *live = flow->live + (size_t)(block - flow->f->first_block) * flow->words;
    if (memcmp(live, flow->set, flow->words * sizeof *live) == 0)
        return false;
    memcpy(live, flow->set, flow->words * sizeof *live);
    return true;
}

static void compute_liveness(Flow *flow) {
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = flow->f->block_count; i-- > 0;)
            changed |= update(flow, flow->f->first_block + i);
    }
}

/* ---- predecessors --------------------------------------------------------------------------- */

static bool count_edge(void *context, uint32_t from, uint32_t to) {
    Flow *flow = context;
    (void)from;
    flow->edges[to - flow->f->first_block]++;
    return true;
}

/* Each phi of the block an edge leads to has a value for it. */
static bool check_edge(void *context, uint32_t from, uint32_t to) {
    Flow *flow = context;
    uint32_t end = behind_phis(flow, to);
    for (uint32_t i = flow->m->blocks[to].first; i < end; i++) {
        const IrInsn *phi = &flow->m->insns[i];
        uint32_t j = 0;
        while (j < phi->b && flow->m->extras[phi->a + 2 * j] != from)
            j++;
        if (j == phi->b)
            return check_fail(&flow->c->checker, "phi %%%" PRIu32 " of @%" PRIu32 " lacks it",
                              number_of(flow, i), to);
    }
    return true;
}

/* ---- resume points -------------------------------------------------------------------------- */

static bool check_resume(Flow *flow, uint32_t block, uint8_t *seen) {
    const AotBlock *b = &flow->m->blocks[block];
    const uint64_t *live = flow->live + (size_t)(block - flow->f->first_block) * flow->words;
    IrChecker *checker = &flow->c->checker;
    if (b->resume == 0 || b->resume > flow->f->block_count || seen[b->resume])
        return check_fail(checker, "resume points are not numbered from 1");
    seen[b->resume] = 1;
    if (!check_range(b->lives, b->live_count, flow->m->extra_count) ||
        b->live_count > flow->f->max_lives)
        return check_fail(checker, "more live values than max_lives");
    memset(flow->set, 0, flow->words * sizeof *flow->set);
    for (uint32_t i = 0; i < b->live_count; i++) {
        IrRef ref = flow->m->extras[b->lives + i];
        if ((ref & IR_KIND_MASK) != IR_INSN || aot_check_type(flow->c, ref) == IR_VOID)
            return check_fail(checker, "live value %" PRIu32 " is no value", i);
        if (has(flow->set, ref))
            return check_fail(checker, "%%%" PRIu32 " is in the list twice", ref);
        flow->set[ref / 64] |= UINT64_C(1) << (ref % 64);
    }
    for (uint32_t i = 0; i < flow->words; i++)
        if (live[i] & ~flow->set[i])
            return check_fail(checker, "%%%u is live, but not in the list",
                              i * 64 + (unsigned)__builtin_ctzll(live[i] & ~flow->set[i]));
    return true;
}

static bool is_resume(const Flow *flow, uint32_t block) {
    return flow->m->blocks[block].resume != AOT_NO_RESUME;
}

/* Whether a call may be inlined. */
static bool is_inlinable(const AotModule *m, const IrInsn *call) {
    if ((call->a & IR_KIND_MASK) == IR_INSN)
        return true;
    if ((call->a & IR_KIND_MASK) != IR_SYMBOL)
        return false;
    uint32_t function = m->symbol_functions[ir_index(call->a)];
    return function != UINT32_MAX && !(m->functions[function].flags & (AOT_OUTLINED | AOT_BODY));
}

/* The rules of aot.h for code that may be recorded. */
static bool check_rules(Flow *flow, uint32_t block) {
    const AotBlock *b = &flow->m->blocks[block];
    const IrInsn *insns = flow->m->insns;
    IrChecker *checker = &flow->c->checker;
    uint32_t first = behind_phis(flow, block), last = b->first + b->count - 1;
    for (uint32_t i = first; i <= last; i++) {
        const IrInsn *insn = &insns[i];
        bool on_value = (insn->a & IR_KIND_MASK) == IR_INSN;
        if ((insn->op == IR_SWITCH || insn->op == IR_PROMOTE || insn->op == IR_INTO ||
             insn->op == IR_CALL) &&
            on_value && (i != first || !is_resume(flow, block)))
            return check_fail(checker, "%s %%%" PRIu32 " does not begin a resume point",
                              ir_op_names[insn->op], number_of(flow, i));
        if (insn->op != IR_CALL || !is_inlinable(flow->m, insn) || insns[last].op == IR_UNREACHABLE)
            continue;
        uint32_t behind = insns[last].a;
        if (i + 1 != last || insns[last].op != IR_BR || !is_resume(flow, behind) ||
            flow->edges[behind - flow->f->first_block] != 1 ||
            behind_phis(flow, behind) != flow->m->blocks[behind].first)
            return check_fail(checker, "call %%%" PRIu32 " does not end before a resume point",
                              number_of(flow, i));
    }
    if (insns[last].op == IR_CONDBR &&
        (!is_resume(flow, insns[last].b) || !is_resume(flow, insns[last].c)))
        return check_fail(checker, "condbr leads to a block that is no resume point");
    return true;
}

static bool check_block(Flow *flow, uint32_t block, uint8_t *seen) {
    flow->c->at = block;
    if (is_resume(flow, block) && !check_resume(flow, block, seen))
        return false;
    return (flow->f->flags & AOT_OUTLINED) != 0 || check_rules(flow, block);
}

static bool check(Flow *flow, uint8_t *seen) {
    const AotFunction *f = flow->f;
    for (uint32_t i = 0; i < f->block_count; i++)
        aot_check_edges(flow->m, f->first_block + i, count_edge, flow);
    flow->c->at = f->first_block;
    if (flow->edges[0] != 0)
        return check_fail(&flow->c->checker, "the first block has predecessors");
    if (behind_phis(flow, f->first_block) != f->first_insn)
        return check_fail(&flow->c->checker, "the first block has phis");
    for (uint32_t i = 0; i < f->block_count; i++) {
        flow->c->at = f->first_block + i;
        if (!aot_check_edges(flow->m, flow->c->at, check_edge, flow))
            return false;
    }
    flow->c->at = f->first_block;
    compute_liveness(flow);
    for (uint32_t i = f->arg_count; i < f->arg_count + f->insn_count; i++)
        if (has(flow->live, i))
            return check_fail(&flow->c->checker, "%%%" PRIu32 " is used before it is computed", i);
    for (uint32_t i = 0; i < f->block_count; i++)
        if (!check_block(flow, f->first_block + i, seen))
            return false;
    flow->c->at = UINT32_MAX;
    return true;
}

bool aot_check_flow(AotChecker *c) {
    const AotFunction *f = c->function;
    Flow flow = {.c = c, .m = c->checker.module, .f = f};
    flow.words = (f->arg_count + f->insn_count + 63) / 64;
    flow.live = memory_allocate_zeroed((size_t)f->block_count * flow.words * sizeof *flow.live);
    flow.set = memory_allocate(flow.words * sizeof *flow.set);
    flow.edges = memory_allocate_zeroed(f->block_count * sizeof *flow.edges);
    uint8_t *seen = memory_allocate_zeroed(f->block_count + 1);
    bool fine = flow.live != NULL && flow.set != NULL && flow.edges != NULL && seen != NULL
                    ? check(&flow, seen)
                    : check_fail(&c->checker, "out of memory");
    memory_free(flow.live);
    memory_free(flow.set);
    memory_free(flow.edges);
    memory_free(seen);
    return fine;
}
