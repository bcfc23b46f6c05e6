/* Lists, such as that of the frames of calls: reading p->next, which yields q, says two things.
 *
 * - q->previous is p. That is contents of memory, known like any other until something may have
 *   changed it. So a trace that has called a function knows the frame that it returns to.
 * - p and q are addresses of different objects. That is true for ever, as it is about two values.
 *   So what is stored to the callee's frame leaves the caller's known. The nodes of one walk along
 *   the list, while nothing may have changed it, are all different: each gets a region of its own
 *   (trace_regions.c), behind those that the module has. A region stands for one value and what is
 *   computed from it; it is not passed on to an LPHI.
 *
 * There is one walk in a trace: of nodes of two walks it is not known whether they are the same.
 *
 * Requires: the promise of yk_list, whenever the link is read. */
#include "opt.h"

#include "../shared-ir/alias.h"

static bool is_node(IrRef ref) {
    return (ref & IR_KIND_MASK) == IR_INSN;
}

bool opt_list_region(const Optimiser *o, uint8_t region) {
    return o->in->module != NULL && region > o->in->module->region_count;
}

static void add_node(Optimiser *o, IrRef node) {
    OptInfo *info = &o->info[ir_index(node)];
    info->region = (uint8_t)(o->in->module->region_count + ++o->list.count);
    o->list.last = node;
}

static bool is_free(const Optimiser *o, IrRef ref) {
    return is_node(ref) && opt_region(o, ref) == 0;
}

static void walk_on(Optimiser *o, IrRef from, IrRef to) {
    OptList *list = &o->list;
    if (list->closed || from == to || !is_free(o, to))
        return;
    if (list->count == 0 && is_free(o, from))
        add_node(o, from);
    if (list->count != 0 && list->last == from && list->count < ALIAS_LIST_NODES)
        add_node(o, to);
}

void opt_list_load(Optimiser *o, const IrInsn *load, const AliasAccess *at, IrRef value) {
    const AotModule *m = o->in->module;
    if (m == NULL || m->classes[load->c].back == 0 || load->type != IR_PTR || !is_node(at->base) ||
        !is_node(value) || at->offset != m->classes[load->c].offset || o->out->out_of_memory)
        return;
    if (o->list.count == 0)
        o->list.link = load->c;
    if (o->list.link == load->c)
        walk_on(o, at->base, value);
    opt_memory_field(o, value, m->classes[load->c].back, at->base);
}

void opt_list_store(Optimiser *o, uint32_t class) {
    const AotModule *m = o->in->module;
    OptList *list = &o->list;
    if (list->count != 0 && (m == NULL || ir_classes_alias(m, class & ~IR_VOLATILE, list->link)))
        list->closed = true;
}
