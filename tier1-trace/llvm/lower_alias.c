/* What LLVM is told about which accesses concern the same memory: "noalias" scopes. The scope of an
 * access class stands on its accesses, with the list of the scopes of all classes that it is apart
 * from. Being apart is not transitive, so LLVM's type-based metadata, a tree, could not say it. */
#include "../../shared-ir/alias.h"
#include "lower.h"

#include <stdio.h>

static uint32_t class_of(const IrInsn *insn) {
    return insn->c & IR_VOLATILE ? IR_CLASS_ANY : insn->c;
}

static unsigned find(const LowerAlias *alias, uint32_t class) {
    unsigned i = 0;
    while (i < alias->count && alias->classes[i] != class)
        i++;
    return i;
}

void lower_alias_begin(Lower *l) {
    const Trace *t = l->trace;
    LowerAlias *alias = &l->alias;
    for (uint32_t i = 0; i < t->insn_count && alias->count < LOWER_MAX_SCOPES; i++) {
        const IrInsn *insn = &t->insns[i];
        if ((insn->op == IR_LOAD || insn->op == IR_STORE) && class_of(insn) != IR_CLASS_ANY &&
            find(alias, class_of(insn)) == alias->count)
            alias->classes[alias->count++] = class_of(insn);
    }
    LLVMMetadataRef scopes[LOWER_MAX_SCOPES], apart[LOWER_MAX_SCOPES];
    LLVMMetadataRef name = LLVMMDStringInContext2(l->context, "classes", 7);
    LLVMMetadataRef domain = LLVMMDNodeInContext2(l->context, &name, 1);
    for (unsigned i = 0; i < alias->count; i++) {
        char number[16];
        int length = snprintf(number, sizeof number, "%u", alias->classes[i]);
        LLVMMetadataRef parts[] = {LLVMMDStringInContext2(l->context, number, (size_t)length),
                                   domain};
        scopes[i] = LLVMMDNodeInContext2(l->context, parts, 2);
    }
    for (unsigned i = 0; i < alias->count; i++) {
        unsigned count = 0;
        for (unsigned j = 0; j < alias->count; j++)
            if (!ir_classes_alias(t->module, alias->classes[i], alias->classes[j]))
                apart[count++] = scopes[j];
        alias->scope[i] =
            LLVMMetadataAsValue(l->context, LLVMMDNodeInContext2(l->context, &scopes[i], 1));
        alias->noalias[i] =
            LLVMMetadataAsValue(l->context, LLVMMDNodeInContext2(l->context, apart, count));
    }
}

void lower_alias_mark(Lower *l, LLVMValueRef access, const IrInsn *insn) {
    unsigned i = find(&l->alias, class_of(insn));
    if (i == l->alias.count)
        return;
    LLVMSetMetadata(access, l->kind_scope, l->alias.scope[i]);
    LLVMSetMetadata(access, l->kind_noalias, l->alias.noalias[i]);
}
