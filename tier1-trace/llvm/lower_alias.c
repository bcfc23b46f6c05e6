/* What LLVM is told about which accesses concern the same memory: "noalias" scopes. A *kind* of
 * access is its access class and the region of its address. The scope of a kind stands on its
 * accesses, with the list of the scopes of all kinds that it is apart from. Being apart is not
 * transitive, so LLVM's type-based metadata, a tree, could not say it. */
#include "../../runtime/memory.h"
#include "../../shared-ir/alias.h"
#include "lower.h"

#include <stdio.h>

static LowerKind kind_of(const Lower *l, const IrInsn *insn) {
    if (insn->c & IR_VOLATILE)
        return (LowerKind){IR_CLASS_ANY, 0};
    bool known = l->alias.regions != NULL && (insn->a & IR_KIND_MASK) == IR_INSN;
    return (LowerKind){insn->c, known ? l->alias.regions[ir_index(insn->a)] : 0};
}

static bool says_nothing(LowerKind kind) {
    return kind.class == IR_CLASS_ANY && kind.region == 0;
}

static unsigned find(const LowerAlias *alias, LowerKind kind) {
    unsigned i = 0;
    while (i < alias->count &&
           (alias->kinds[i].class != kind.class || alias->kinds[i].region != kind.region))
        i++;
    return i;
}

static bool may_overlap(const Lower *l, LowerKind a, LowerKind b) {
    return ir_classes_alias(l->trace->module, a.class, b.class) &&
           ir_regions_alias(a.region, b.region);
}

static void find_kinds(Lower *l) {
    const Trace *t = l->trace;
    LowerAlias *alias = &l->alias;
    for (uint32_t i = 0; i < t->insn_count && alias->count < LOWER_MAX_SCOPES; i++) {
        const IrInsn *insn = &t->insns[i];
        if (insn->op != IR_LOAD && insn->op != IR_STORE)
            continue;
        LowerKind kind = kind_of(l, insn);
        if (!says_nothing(kind) && find(alias, kind) == alias->count)
            alias->kinds[alias->count++] = kind;
    }
}

void lower_alias_begin(Lower *l) {
    LowerAlias *alias = &l->alias;
    alias->regions = trace_regions(l->trace); /* without memory: none is known */
    find_kinds(l);
    LLVMMetadataRef scopes[LOWER_MAX_SCOPES], apart[LOWER_MAX_SCOPES];
    LLVMMetadataRef name = LLVMMDStringInContext2(l->context, "kinds", 5);
    LLVMMetadataRef domain = LLVMMDNodeInContext2(l->context, &name, 1);
    for (unsigned i = 0; i < alias->count; i++) {
        char number[24];
        int length =
            snprintf(number, sizeof number, "%u.%u", alias->kinds[i].class, alias->kinds[i].region);
        LLVMMetadataRef parts[] = {LLVMMDStringInContext2(l->context, number, (size_t)length),
                                   domain};
        scopes[i] = LLVMMDNodeInContext2(l->context, parts, 2);
    }
    for (unsigned i = 0; i < alias->count; i++) {
        unsigned count = 0;
        for (unsigned j = 0; j < alias->count; j++)
            if (!may_overlap(l, alias->kinds[i], alias->kinds[j]))
                apart[count++] = scopes[j];
        alias->scope[i] =
            LLVMMetadataAsValue(l->context, LLVMMDNodeInContext2(l->context, &scopes[i], 1));
        alias->noalias[i] =
            LLVMMetadataAsValue(l->context, LLVMMDNodeInContext2(l->context, apart, count));
    }
}

void lower_alias_end(Lower *l) {
    memory_free(l->alias.regions);
}

void lower_alias_mark(Lower *l, LLVMValueRef access, const IrInsn *insn) {
    unsigned i = find(&l->alias, kind_of(l, insn));
    if (i == l->alias.count)
        return;
    LLVMSetMetadata(access, l->kind_scope, l->alias.scope[i]);
    LLVMSetMetadata(access, l->kind_noalias, l->alias.noalias[i]);
}
