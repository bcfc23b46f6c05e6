/* Loads, stores and calls.
 *
 * i1 is a byte in memory, of which the lowest bit counts. Volatile accesses stay volatile, or LLVM
 * hoists the flag that interrupts a loop out of it. Callees are plain addresses with the C
 * convention; narrow arguments are widened as clang's and gcc's callees expect. */
#include "lower.h"

static LLVMValueRef address(Lower *l, const IrInsn *insn) {
    return lower_offset(l, l->at, lower_ref(l, insn->a), (int16_t)insn->aux);
}

static void mark(Lower *l, LLVMValueRef access, const IrInsn *insn) {
    LLVMSetAlignment(access, 1);
    if (insn->c & IR_VOLATILE)
        LLVMSetVolatile(access, true);
    else
        lower_alias_mark(l, access, insn);
}

LLVMValueRef lower_load(Lower *l, const IrInsn *insn) {
    bool is_bit = insn->type == IR_I1;
    LLVMTypeRef type = l->types[is_bit ? IR_I8 : insn->type];
    LLVMValueRef load = LLVMBuildLoad2(l->at, type, address(l, insn), "");
    mark(l, load, insn);
    return is_bit ? LLVMBuildTrunc(l->at, load, l->types[IR_I1], "") : load;
}

void lower_store(Lower *l, const IrInsn *insn) {
    LLVMValueRef value = lower_ref(l, insn->b);
    if (insn->type == IR_I1)
        value = LLVMBuildZExt(l->at, value, l->types[IR_I8], "");
    mark(l, LLVMBuildStore(l->at, value, address(l, insn)), insn);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static LLVMValueRef argument(Lower *l, IrRef ref, unsigned effects) {
    uint8_t type = trace_type(l->trace, ref);
    LLVMValueRef value = lower_ref(l, ref);
    if (type == IR_I1 || ((type == IR_I8 || type == IR_I16) && !(effects & IR_SIGNED_ARGUMENTS)))
        return LLVMBuildZExt(l->at, value, l->types[IR_I32], "");
    if (type == IR_I8 || type == IR_I16)
        return LLVMBuildSExt(l->at, value, l->types[IR_I32], "");
    return value;
}

static void mark_effects(Lower *l, LLVMValueRef call, unsigned effects) {
    lower_attribute(l, call, l->nounwind);
    if (effects & IR_NEVER_RETURNS) {
        lower_attribute(l, call, l->noreturn);
        return;
    }
    /* Who does not come back goes on somewhere else, and that place may read anything. */
    if (effects & (IR_MAY_THROW | IR_MAY_COLLECT))
        return;
    lower_attribute(l, call, l->willreturn);
    if (!(effects & (IR_MAY_WRITE | IR_OWN_MEMORY)))
        lower_attribute(l, call, effects & IR_MAY_READ ? l->memory_read : l->memory_none);
}

enum { FEW_ARGUMENTS = 16 };

LLVMValueRef lower_call(Lower *l, const IrInsn *insn) {
    LLVMValueRef few_values[FEW_ARGUMENTS], *values = few_values;
    LLVMTypeRef few_types[FEW_ARGUMENTS], *types = few_types;
    LLVMValueRef *many = NULL;
    if (insn->c > FEW_ARGUMENTS) {
        many = memory_allocate(insn->c * (sizeof *values + sizeof *types));
        if (many == NULL) {
            fail(l->error, "out of memory");
            return NULL;
        }
        values = many;
        types = (LLVMTypeRef *)(many + insn->c);
    }
    for (uint32_t i = 0; i < insn->c; i++) {
        values[i] = argument(l, l->trace->extras[insn->b + i], insn->aux);
        types[i] = LLVMTypeOf(values[i]);
    }
    bool is_bit = insn->type == IR_I1;
    LLVMTypeRef result = l->types[is_bit ? IR_I8 : insn->type];
    LLVMTypeRef type = LLVMFunctionType(result, types, insn->c, (insn->aux & IR_VARIADIC) != 0);
    LLVMValueRef call = LLVMBuildCall2(l->at, type, lower_ref(l, insn->a), values, insn->c, "");
    memory_free(many);
    mark_effects(l, call, insn->aux);
    if (insn->aux & IR_NEVER_RETURNS)
        LLVMBuildUnreachable(l->at);
    /* A callee sets the bits of its result's type only. */
    return is_bit && !(insn->aux & IR_NEVER_RETURNS)
               ? LLVMBuildTrunc(l->at, call, l->types[IR_I1], "")
               : call;
}
