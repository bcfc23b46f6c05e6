/* From a trace to one LLVM function.
 *
 *   entry      slots to values, values of the parent's exit; what is computed once
 *   start      the trace, cut into blocks by its guards
 *   loop       its loop, with a phi per LPHI. A trace that ends in TRACE_LOOP and has no LOOP is a
 *              loop as a whole: its PARAMs are phis, fed by the vector in its end_snapshot
 *   exits      one block per snapshot that a guard uses, cold; filled last
 *
 * The trace's operations have a result for all operands for which they are executed; LLVM's have
 * "poison". Where an operation might make some (a shift by a variable amount, a conversion of a
 * float that is out of range) it is frozen: the optimiser may have moved it above the guard that
 * protects it. Pointers from slots and constants are integers to LLVM: it knows nothing of what
 * they point to. Loads and stores claim no alignment, which costs nothing on this machine. */
#include "lower.h"

#include <string.h>

LLVMValueRef lower_i64(Lower *l, uint64_t bits) {
    return LLVMConstInt(l->types[IR_I64], bits, false);
}

LLVMValueRef lower_pointer(Lower *l, const void *address) {
    return LLVMConstIntToPtr(lower_i64(l, (uintptr_t)address), l->types[IR_PTR]);
}

LLVMValueRef lower_offset(Lower *l, LLVMBuilderRef at, LLVMValueRef base, int64_t offset) {
    if (offset == 0)
        return base;
    LLVMValueRef index = lower_i64(l, (uint64_t)offset);
    return LLVMBuildGEP2(at, l->types[IR_I8], base, &index, 1, "");
}

static LLVMValueRef constant(Lower *l, uint8_t type, uint64_t bits) {
    switch (type) {
    case IR_PTR:
        return LLVMConstIntToPtr(lower_i64(l, bits), l->types[IR_PTR]);
    case IR_F32: /* by its bits: a signalling NaN stays one */
        return LLVMConstBitCast(LLVMConstInt(l->types[IR_I32], bits, false), l->types[IR_F32]);
    case IR_F64:
        return LLVMConstBitCast(lower_i64(l, bits), l->types[IR_F64]);
    default:
        return LLVMConstInt(l->types[type], bits, false);
    }
}

LLVMValueRef lower_ref(Lower *l, IrRef ref) {
    if (trace_is_const(ref)) {
        const TraceConst *c = &l->trace->consts[ir_index(ref)];
        return constant(l, c->type, c->bits);
    }
    return l->values[ir_index(ref)];
}

LLVMValueRef lower_to_slot(Lower *l, LLVMBuilderRef at, LLVMValueRef value, uint8_t type) {
    LLVMTypeRef i64 = l->types[IR_I64];
    switch (type) {
    case IR_I64:
        return value;
    case IR_PTR:
        return LLVMBuildPtrToInt(at, value, i64, "");
    case IR_F64:
        return LLVMBuildBitCast(at, value, i64, "");
    case IR_F32:
        return LLVMBuildZExt(at, LLVMBuildBitCast(at, value, l->types[IR_I32], ""), i64, "");
    default:
        return LLVMBuildZExt(at, value, i64, "");
    }
}

LLVMValueRef lower_from_slot(Lower *l, LLVMBuilderRef at, LLVMValueRef slot, uint8_t type) {
    switch (type) {
    case IR_I64:
        return slot;
    case IR_PTR:
        return LLVMBuildIntToPtr(at, slot, l->types[IR_PTR], "");
    case IR_F64:
        return LLVMBuildBitCast(at, slot, l->types[IR_F64], "");
    case IR_F32:
        slot = LLVMBuildTrunc(at, slot, l->types[IR_I32], "");
        return LLVMBuildBitCast(at, slot, l->types[IR_F32], "");
    default:
        return LLVMBuildTrunc(at, slot, l->types[type], "");
    }
}

LLVMValueRef lower_intrinsic(Lower *l, LLVMBuilderRef at, const char *name, LLVMTypeRef overload,
                             LLVMValueRef *operands, unsigned count) {
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    size_t overloads = overload != NULL;
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(l->module, id, &overload, overloads);
    LLVMTypeRef type = LLVMIntrinsicGetType(l->context, id, &overload, overloads);
    return LLVMBuildCall2(at, type, f, operands, count, "");
}

void lower_attribute(Lower *l, LLVMValueRef call, LLVMAttributeRef attribute) {
    (void)l;
    LLVMAddCallSiteAttribute(call, LLVMAttributeFunctionIndex, attribute);
}

/* ---- instructions ---------------------------------------------------------------------------- */

static LLVMBasicBlockRef new_block(Lower *l) {
    return LLVMAppendBasicBlockInContext(l->context, l->function, "");
}

/* Whether the bytecode of the trace is alive. */
static LLVMValueRef still_valid(Lower *l) {
    LLVMValueRef flag =
        LLVMBuildLoad2(l->at, l->types[IR_I8], lower_pointer(l, l->job->dropped), "");
    LLVMSetVolatile(flag, true);
    return LLVMBuildICmp(l->at, LLVMIntEQ, flag, LLVMConstInt(l->types[IR_I8], 0, false), "");
}

static bool may_free(const IrInsn *insn) {
    return insn->op == IR_CALL && (insn->aux & (IR_MAY_WRITE | IR_MAY_COLLECT)) != 0;
}

/* A guard whose snapshot is at the next merge point is between two bytecodes: on the pc of the
 * next. If bytecode has died, in a call, another may lie there now: the first such guard behind the
 * call looks. */
static LLVMValueRef guard_condition(Lower *l, const IrInsn *insn) {
    LLVMValueRef condition = lower_ref(l, insn->a);
    const TraceSnapshot *s = &l->trace->snapshots[insn->c];
    if (l->job->dropped == NULL || !l->may_be_dropped || s->frame_count != 0 ||
        (s->flags & TRACE_RESTART))
        return condition;
    l->may_be_dropped = false;
    if (insn->b)
        return LLVMBuildAnd(l->at, condition, still_valid(l), "");
    return LLVMBuildOr(l->at, condition, LLVMBuildNot(l->at, still_valid(l), ""), "");
}

static LLVMValueRef byte(Lower *l, unsigned value) {
    return LLVMConstInt(l->types[IR_I8], value, false);
}

static LLVMValueRef flip(Lower *l, LLVMValueRef condition, bool expected) {
    return expected ? condition : LLVMBuildNot(l->at, condition, "");
}

/* For tests: `condition`, but for one execution that is told to fail (BackendJob.force). */
static LLVMValueRef force(Lower *l, uint32_t n, LLVMValueRef condition) {
    const IrInsn *insn = &l->trace->insns[n];
    LLVMTypeRef i8 = l->types[IR_I8];
    LLVMValueRef cell = lower_pointer(l, &l->job->force[n]);
    LLVMValueRef count = LLVMBuildLoad2(l->at, i8, cell, "");
    LLVMValueRef holds = flip(l, condition, insn->b);
    LLVMValueRef last = LLVMBuildICmp(l->at, LLVMIntEQ, count, byte(l, 1), "");
    LLVMValueRef forced = LLVMBuildAnd(l->at, holds, last, "");
    LLVMValueRef counts = LLVMBuildICmp(l->at, LLVMIntUGT, count, byte(l, 1), "");
    LLVMValueRef step = LLVMBuildZExt(l->at, LLVMBuildOr(l->at, counts, forced, ""), i8, "");
    LLVMSetVolatile(count, true);
    LLVMSetVolatile(LLVMBuildStore(l->at, LLVMBuildSub(l->at, count, step, ""), cell), true);
    LLVMSetVolatile(LLVMBuildStore(l->at, LLVMBuildZExt(l->at, forced, i8, ""),
                                   lower_pointer(l, &l->job->exits[insn->c].forced)),
                    true);
    holds = LLVMBuildAnd(l->at, holds, LLVMBuildNot(l->at, forced, ""), "");
    return flip(l, holds, insn->b);
}

static void guard(Lower *l, uint32_t n) {
    const IrInsn *insn = &l->trace->insns[n];
    LLVMBasicBlockRef exit = lower_exit(l, insn->c);
    LLVMBasicBlockRef next = new_block(l);
    LLVMValueRef condition = guard_condition(l, insn);
    if (l->job->force != NULL && l->job->force[n] != 0)
        condition = force(l, n, condition);
    LLVMValueRef branch = insn->b ? LLVMBuildCondBr(l->at, condition, next, exit)
                                  : LLVMBuildCondBr(l->at, condition, exit, next);
    LLVMSetMetadata(branch, l->kind_prof, l->unlikely[insn->b != 0]);
    LLVMPositionBuilderAtEnd(l->at, next);
}

static void begin_loop(Lower *l) {
    for (uint32_t i = 0; i < l->trace->insn_count; i++)
        l->may_be_dropped |= may_free(&l->trace->insns[i]);
    l->preheader = LLVMGetInsertBlock(l->at);
    l->head = new_block(l);
    LLVMBuildBr(l->at, l->head);
    LLVMPositionBuilderAtEnd(l->at, l->head);
}

static LLVMValueRef inherit(Lower *l, const IrInsn *insn) {
    LLVMValueRef area = lower_area(l, l->entry);
    size_t at = offsetof(YkTraceArea, values) + 8 * (size_t)insn->a;
    LLVMValueRef slot = LLVMBuildLoad2(l->entry, l->types[IR_I64],
                                       lower_offset(l, l->entry, area, (int64_t)at), "");
    return lower_from_slot(l, l->entry, slot, insn->type);
}

static LLVMValueRef lower_phi(Lower *l, const IrInsn *insn) {
    LLVMBasicBlockRef here = LLVMGetInsertBlock(l->at);
    if (LLVMGetFirstInstruction(l->head) != NULL)
        LLVMPositionBuilderBefore(l->at, LLVMGetFirstInstruction(l->head));
    LLVMValueRef phi = LLVMBuildPhi(l->at, l->types[insn->type], "");
    LLVMValueRef first = lower_ref(l, insn->a);
    LLVMAddIncoming(phi, &first, &l->preheader, 1);
    LLVMPositionBuilderAtEnd(l->at, here);
    return phi;
}

static bool instruction(Lower *l, uint32_t n) {
    const IrInsn *insn = &l->trace->insns[n];
    switch (insn->op) {
    case IR_MERGE:
        break;
    case IR_PARAM:
        if (l->values[n] == NULL)
            l->values[n] =
                lower_from_slot(l, l->entry, LLVMGetParam(l->function, insn->a), insn->type);
        break;
    case IR_INHERIT:
        l->values[n] = inherit(l, insn);
        break;
    case IR_GUARD:
        guard(l, n);
        break;
    case IR_LOOP:
        begin_loop(l);
        break;
    case IR_LPHI:
        l->values[n] = lower_phi(l, insn);
        break;
    case IR_LOAD:
        l->values[n] = lower_load(l, insn);
        break;
    case IR_STORE:
        lower_store(l, insn);
        break;
    case IR_CALL:
        l->values[n] = lower_call(l, insn);
        l->may_be_dropped |= may_free(insn);
        if (insn->aux & IR_NEVER_RETURNS)
            LLVMPositionBuilderAtEnd(l->at, new_block(l)); /* what follows is not reached */
        break;
    case IR_FRAME:
        l->values[n] = lower_offset(l, l->entry, lower_area(l, l->entry),
                                    (int64_t)(offsetof(YkTraceArea, frames) + insn->a));
        break;
    default:
        l->values[n] = lower_pure(l, insn);
        return l->values[n] != NULL;
    }
    return true;
}

/* ---- the loop ------------------------------------------------------------------------------- */

static bool whole_trace_loops(const Trace *t) {
    if (t->end != TRACE_LOOP)
        return false;
    for (uint32_t i = 0; i < t->insn_count; i++)
        if (t->insns[i].op == IR_LOOP)
            return false;
    return true;
}

static LLVMValueRef end_value(Lower *l, uint32_t slot) {
    const TraceSnapshot *end = &l->trace->snapshots[l->trace->end_snapshot];
    IrRef ref = l->trace->snapshot_values[end->vector + slot];
    if (ref == IR_NONE)
        return LLVMGetUndef(l->types[IR_I64]);
    return lower_to_slot(l, l->at, lower_ref(l, ref), trace_type(l->trace, ref));
}

static void begin_whole_loop(Lower *l) {
    begin_loop(l);
    LLVMValueRef phis[TRACE_VECTOR_SLOTS] = {NULL};
    for (uint32_t i = 0; i < l->trace->insn_count; i++) {
        const IrInsn *insn = &l->trace->insns[i];
        if (insn->op == IR_PARAM && phis[insn->a] == NULL) {
            phis[insn->a] = LLVMBuildPhi(l->at, l->types[IR_I64], "");
            LLVMValueRef first = LLVMGetParam(l->function, insn->a);
            LLVMAddIncoming(phis[insn->a], &first, &l->preheader, 1);
        }
    }
    for (uint32_t i = 0; i < l->trace->insn_count; i++) {
        const IrInsn *insn = &l->trace->insns[i];
        if (insn->op == IR_PARAM)
            l->values[i] = lower_from_slot(l, l->at, phis[insn->a], insn->type);
    }
}

/* The PARAMs' phis come in the order of begin_whole_loop, the LPHIs' in that of the trace. */
static void close_loop(Lower *l, bool whole) {
    LLVMValueRef phi = LLVMGetFirstInstruction(l->head);
    bool seen[TRACE_VECTOR_SLOTS] = {false};
    LLVMValueRef latch_values[TRACE_VECTOR_SLOTS];
    for (uint32_t i = 0; whole && i < TRACE_VECTOR_SLOTS; i++)
        latch_values[i] = end_value(l, i);
    LLVMBasicBlockRef latch = LLVMGetInsertBlock(l->at);
    for (uint32_t i = 0; i < l->trace->insn_count; i++) {
        const IrInsn *insn = &l->trace->insns[i];
        if (insn->op == IR_LPHI && !whole) {
            LLVMValueRef next = lower_ref(l, insn->b);
            LLVMAddIncoming(l->values[i], &next, &latch, 1);
        } else if (insn->op == IR_PARAM && whole && !seen[insn->a]) {
            seen[insn->a] = true;
            LLVMAddIncoming(phi, &latch_values[insn->a], &latch, 1);
            phi = LLVMGetNextInstruction(phi);
        }
    }
    LLVMBuildBr(l->at, l->head);
}

/* ---- the function --------------------------------------------------------------------------- */

static LLVMAttributeRef attribute(Lower *l, const char *name, uint64_t value) {
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    return LLVMCreateEnumAttribute(l->context, kind, value);
}

static LLVMValueRef branch_weights(Lower *l, unsigned on_true, unsigned on_false) {
    static const char name[] = "branch_weights";
    LLVMMetadataRef parts[] = {
        LLVMMDStringInContext2(l->context, name, sizeof name - 1),
        LLVMValueAsMetadata(LLVMConstInt(l->types[IR_I32], on_true, false)),
        LLVMValueAsMetadata(LLVMConstInt(l->types[IR_I32], on_false, false)),
    };
    return LLVMMetadataAsValue(l->context, LLVMMDNodeInContext2(l->context, parts, 3));
}

static void string_attribute(Lower *l, const char *name, const char *value) {
    LLVMAddAttributeAtIndex(l->function, LLVMAttributeFunctionIndex,
                            LLVMCreateStringAttribute(l->context, name, (unsigned)strlen(name),
                                                      value, (unsigned)strlen(value)));
}

static void make_constants(Lower *l) {
    LLVMContextRef c = l->context;
    l->types[IR_VOID] = LLVMVoidTypeInContext(c);
    l->types[IR_I1] = LLVMInt1TypeInContext(c);
    l->types[IR_I8] = LLVMInt8TypeInContext(c);
    l->types[IR_I16] = LLVMInt16TypeInContext(c);
    l->types[IR_I32] = LLVMInt32TypeInContext(c);
    l->types[IR_I64] = LLVMInt64TypeInContext(c);
    l->types[IR_PTR] = LLVMPointerTypeInContext(c, 0);
    l->types[IR_F32] = LLVMFloatTypeInContext(c);
    l->types[IR_F64] = LLVMDoubleTypeInContext(c);
    LLVMTypeRef slots[TRACE_VECTOR_SLOTS];
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++)
        slots[i] = l->types[IR_I64];
    l->native = LLVMFunctionType(l->types[IR_VOID], slots, TRACE_VECTOR_SLOTS, false);
    l->kind_prof = LLVMGetMDKindIDInContext(c, "prof", 4);
    l->kind_scope = LLVMGetMDKindIDInContext(c, "alias.scope", 11);
    l->kind_noalias = LLVMGetMDKindIDInContext(c, "noalias", 7);
    l->nounwind = attribute(l, "nounwind", 0);
    l->willreturn = attribute(l, "willreturn", 0);
    l->noreturn = attribute(l, "noreturn", 0);
    /* MemoryEffects: two bits per location, 1: read, 2: write. */
    l->memory_none = attribute(l, "memory", 0);
    l->memory_read = attribute(l, "memory", 0x15);
    l->unlikely[0] = branch_weights(l, 1, 1u << 20);
    l->unlikely[1] = branch_weights(l, 1u << 20, 1);
}

static void make_function(Lower *l, const char *name, LLVMTargetMachineRef machine) {
    l->module = LLVMModuleCreateWithNameInContext("trace", l->context);
    char *triple = LLVMGetTargetMachineTriple(machine);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(machine);
    LLVMSetTarget(l->module, triple);
    LLVMSetModuleDataLayout(l->module, layout);
    LLVMDisposeTargetData(layout);
    LLVMDisposeMessage(triple);
    l->function = LLVMAddFunction(l->module, name, l->native);
    LLVMSetFunctionCallConv(l->function, PRESERVE_NONE);
    LLVMAddAttributeAtIndex(l->function, LLVMAttributeFunctionIndex, l->nounwind);
    string_attribute(l, "frame-pointer", "all");
    string_attribute(l, "no-builtins", "true");
    LLVMAddAttributeAtIndex(l->function, LLVMAttributeFunctionIndex, attribute(l, "noredzone", 0));
    l->at = LLVMCreateBuilderInContext(l->context);
    l->entry = LLVMCreateBuilderInContext(l->context);
    LLVMPositionBuilderAtEnd(l->entry, new_block(l));
}

static bool body(Lower *l) {
    LLVMBasicBlockRef start = new_block(l);
    LLVMPositionBuilderAtEnd(l->at, start);
    bool whole = whole_trace_loops(l->trace);
    if (whole) {
        if (l->trace->side || l->trace->end_snapshot >= l->trace->snapshot_count)
            return fail(l->error, "the trace is no loop and has no end");
        begin_whole_loop(l);
    }
    for (uint32_t i = 0; i < l->trace->insn_count; i++)
        if (!instruction(l, i))
            return false;
    if (l->trace->end == TRACE_LOOP)
        close_loop(l, whole);
    else if (!lower_end(l))
        return false;
    if (!lower_fill_exits(l))
        return false;
    LLVMBuildBr(l->entry, start);
    return true;
}

LLVMModuleRef lower_trace(LLVMContextRef context, LLVMTargetMachineRef machine,
                          const BackendJob *job, const char *name, bool opaque_floats,
                          char **error) {
    const Trace *t = job->trace;
    Lower l = {
        .job = job, .trace = t, .context = context, .opaque_floats = opaque_floats, .error = error};
    l.values = memory_allocate_zeroed(((size_t)t->insn_count + 1) * sizeof *l.values);
    l.exits = memory_allocate_zeroed(((size_t)t->snapshot_count + 1) * sizeof *l.exits);
    bool fine = false;
    if (l.values == NULL || l.exits == NULL) {
        fail(error, "out of memory");
    } else {
        make_constants(&l);
        make_function(&l, name, machine);
        lower_alias_begin(&l);
        fine = body(&l);
        lower_alias_end(&l);
        LLVMDisposeBuilder(l.at);
        LLVMDisposeBuilder(l.entry);
        if (!fine)
            LLVMDisposeModule(l.module);
    }
    memory_free(l.values);
    memory_free(l.exits);
    return fine ? l.module : NULL;
}
