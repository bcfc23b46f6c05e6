/* Ways out of a trace: exits, and the end of a trace that is not a loop.
 *
 * An exit stores its snapshot's values in the activation and jumps to where the exit's cell leads:
 * to code that resumes the interpreter, or, later, to a side trace. The cell is read anew each
 * time, because another thread's code may have changed it. */
#include "lower.h"

#include <stdlib.h>

/* The saved rbp of our frame is the caller's, which says where the YkFrame is, which has the area. */
LLVMValueRef lower_area(Lower *l, LLVMBuilderRef at) {
    if (at == l->entry && l->area != NULL)
        return l->area;
    LLVMTypeRef ptr = l->types[IR_PTR];
    LLVMValueRef depth = LLVMConstInt(l->types[IR_I32], 1, false);
    LLVMValueRef rbp = lower_intrinsic(l, at, "llvm.frameaddress", ptr, &depth, 1);
    LLVMValueRef frame =
        LLVMBuildLoad2(at, ptr, lower_offset(l, at, rbp, YK_TARGET_FRAME_OFFSET), "");
    LLVMValueRef area =
        LLVMBuildLoad2(at, ptr, lower_offset(l, at, frame, offsetof(YkFrame, area)), "");
    if (at == l->entry)
        l->area = area;
    return area;
}

LLVMBasicBlockRef lower_exit(Lower *l, uint32_t snapshot) {
    if (l->exits[snapshot] == NULL)
        l->exits[snapshot] = LLVMAppendBasicBlockInContext(l->context, l->function, "exit");
    return l->exits[snapshot];
}

static void tail_call(Lower *l, LLVMValueRef target, LLVMValueRef *slots) {
    LLVMValueRef call = LLVMBuildCall2(l->at, l->native, target, slots, TRACE_VECTOR_SLOTS, "");
    LLVMSetInstructionCallConv(call, PRESERVE_NONE);
    LLVMSetTailCallKind(call, LLVMTailCallKindMustTail);
    LLVMBuildRetVoid(l->at);
}

static void store_value(Lower *l, LLVMValueRef area, uint32_t index, IrRef ref) {
    if (ref == IR_NONE)
        return;
    uint8_t type = trace_type(l->trace, ref);
    LLVMValueRef value = lower_ref(l, ref);
    if (type != IR_F64 && type != IR_PTR)
        value = lower_to_slot(l, l->at, value, type);
    size_t at = offsetof(YkTraceArea, values) + 8 * (size_t)index;
    LLVMBuildStore(l->at, value, lower_offset(l, l->at, area, (int64_t)at));
}

static bool fill(Lower *l, uint32_t number) {
    const Trace *t = l->trace;
    const TraceSnapshot *s = &t->snapshots[number];
    const Exit *exit = &l->job->exits[number];
    LLVMPositionBuilderAtEnd(l->at, l->exits[number]);
    LLVMValueRef area = lower_area(l, l->at);
    uint32_t count = 0;
    for (uint32_t i = 0; s->frame_count == 0 && i < TRACE_VECTOR_SLOTS; i++)
        store_value(l, area, count++, t->snapshot_values[s->vector + i]);
    for (uint32_t i = 0; i < s->frame_count; i++) {
        const TraceFrame *f = &t->frames[s->frames + i];
        if (count + f->value_count > YK_EXIT_VALUES)
            return fail(l->error, "exit %u has more than %u values", number, YK_EXIT_VALUES);
        for (uint32_t j = 0; j < f->value_count; j++)
            store_value(l, area, count++, t->snapshot_values[f->values + j]);
    }
    LLVMValueRef slots[TRACE_VECTOR_SLOTS];
    slots[0] = lower_i64(l, (uintptr_t)exit);
    for (unsigned i = 1; i < TRACE_VECTOR_SLOTS; i++)
        slots[i] = LLVMGetPoison(l->types[IR_I64]);
    LLVMValueRef code = LLVMBuildLoad2(l->at, l->types[IR_PTR], lower_pointer(l, &exit->code), "");
    LLVMSetVolatile(code, true);
    tail_call(l, code, slots);
    return true;
}

bool lower_fill_exits(Lower *l) {
    for (uint32_t i = 0; i < l->trace->snapshot_count; i++)
        if (l->exits[i] != NULL && !fill(l, i))
            return false;
    return true;
}

bool lower_end(Lower *l) {
    const Trace *t = l->trace;
    if (t->end_snapshot >= t->snapshot_count || t->snapshots[t->end_snapshot].frame_count != 0)
        return fail(l->error, "the trace has no end");
    const IrRef *vector = &t->snapshot_values[t->snapshots[t->end_snapshot].vector];
    LLVMValueRef slots[TRACE_VECTOR_SLOTS];
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++)
        slots[i] = vector[i] == IR_NONE
                       ? LLVMGetPoison(l->types[IR_I64])
                       : lower_to_slot(l, l->at, lower_ref(l, vector[i]), trace_type(t, vector[i]));
    LLVMValueRef lookup = LLVMAddFunction(l->module, LOOKUP_SYMBOL, l->native);
    LLVMSetFunctionCallConv(lookup, PRESERVE_NONE);
    tail_call(l, lookup, slots);
    return true;
}
