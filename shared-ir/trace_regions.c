/* Regions: which of several disjoint kinds of memory a pointer points into.
 *
 * The author of the interpreter has declared (yk_region) that what is reached from the pointers in
 * some fields and in some slots of the state vector is memory of a kind of its own: the stack of
 * the language, say, or the nodes of its tables. By C's rules arithmetic does not lead from one
 * object to another, so a pointer keeps the region of the pointer that it was computed from.
 *
 * Accesses in two regions do not touch the same bytes. It does not matter that a region's memory is
 * freed and comes back as memory of another one: only calls do that, and a call that may do it
 * makes everything that is known of memory forgotten.
 *
 * What is *not* said: that equal pointers have the same region. The end of one object may be the
 * start of the next, and a pointer to the first may be compared with one to the second. So no value
 * takes over the region of one that it is merely equal to. */
#include "../runtime/memory.h"
#include "alias.h"

static uint8_t of_class(const AotModule *m, uint32_t class) {
    class &= ~IR_VOLATILE;
    return m != NULL && class < m->class_count ? (uint8_t)m->classes[class].region : 0;
}

uint8_t trace_region(const Trace *t, const IrInsn *insn, uint8_t a, uint8_t b, uint8_t c) {
    if (insn->type != IR_PTR)
        return 0;
    switch (insn->op) {
    case IR_LOAD:
        return of_class(t->module, insn->c);
    case IR_PARAM:
        return t->module != NULL && insn->a < AOT_SLOTS ? t->module->slot_regions[insn->a] : 0;
    case IR_INTO:
        return (uint8_t)insn->c;
    case IR_INHERIT:
        return (uint8_t)insn->b;
    case IR_PTRADD:
        return a;
    case IR_SELECT:
        return b == c ? b : 0;
    case IR_LPHI:
        return a == b ? a : 0;
    default:
        return 0;
    }
}

static uint8_t of(const uint8_t *regions, IrRef ref) {
    return (ref & IR_KIND_MASK) == IR_INSN ? regions[ir_index(ref)] : 0;
}

static uint8_t derive(const Trace *t, const uint8_t *regions, uint32_t i) {
    const IrInsn *insn = &t->insns[i];
    const char *letters = ir_op_operands[insn->op];
    return trace_region(t, insn, letters[0] == 'v' ? of(regions, insn->a) : 0,
                        letters[1] == 'v' ? of(regions, insn->b) : 0,
                        letters[2] == 'v' ? of(regions, insn->c) : 0);
}

uint8_t *trace_regions(const Trace *t) {
    uint8_t *regions = memory_allocate(t->insn_count + 1);
    if (regions == NULL)
        return NULL;
    /* First as if what comes round a loop had the region of what goes into it. Then whatever that
     * does not bear out loses its region, until nothing changes: regions are only lost. */
    for (uint32_t i = 0; i < t->insn_count; i++)
        regions[i] = t->insns[i].op == IR_LPHI ? of(regions, t->insns[i].a) : derive(t, regions, i);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < t->insn_count; i++) {
            uint8_t region = regions[i] != 0 ? derive(t, regions, i) : 0;
            changed |= region != regions[i];
            regions[i] = region;
        }
    }
    return regions;
}
