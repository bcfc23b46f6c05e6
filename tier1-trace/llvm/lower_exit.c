/* Ways out of a trace: exits, and the end of a trace that is not a loop.
 *
 * An exit is a block of its own that ends the function. It hands over its snapshot's values and
 * jumps to where the exit's cell leads: out of the trace, or, later, to a side trace. That code is
 * made by exit_code.c; here stands what LLVM has to know: the values that must exist there. */
#include "exit_code.h"
#include "exit_values.h"
#include "lower.h"

/* The saved rbp of our frame is the caller's, which says where the YkFrame is, which has the area.
 */
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

static bool fill(Lower *l, uint32_t number) {
    const Trace *t = l->trace;
    IrRef values[YK_EXIT_VALUES], live[EXIT_LIVES];
    uint32_t count = exit_values(t, number, values);
    if (count == UINT32_MAX)
        return fail(l->error, "exit %u has more than %u values", number, YK_EXIT_VALUES);
    if (t->snapshots[number].pending_count > TRACE_MAX_PENDING)
        return fail(l->error, "exit %u has more than %u stores", number, TRACE_MAX_PENDING);
    uint32_t live_count = exit_lives(t, number, values, count, live);
    /* The number, the room, nothing to call, no arguments. */
    LLVMValueRef operands[4 + EXIT_LIVES] = {
        lower_i64(l, number), LLVMConstInt(l->types[IR_I32], EXIT_JUMP_BYTES, false),
        LLVMConstNull(l->types[IR_PTR]), LLVMConstInt(l->types[IR_I32], 0, false)};
    for (uint32_t i = 0; i < live_count; i++)
        operands[4 + i] = lower_ref(l, live[i]);
    LLVMPositionBuilderAtEnd(l->at, l->exits[number]);
    LLVMValueRef place = lower_intrinsic(l, l->at, "llvm.experimental.patchpoint.void", NULL,
                                         operands, 4 + live_count);
    lower_attribute(l, place, l->noreturn);
    LLVMBuildUnreachable(l->at);
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
    /* A jump: see fill. With all slots in use no register is left for an address. The slot in r11,
     * which LLVM takes for scratch there, is a value like those of exits. */
    LLVMValueRef operands[5 + TRACE_VECTOR_SLOTS] = {
        lower_i64(l, EXIT_END), LLVMConstInt(l->types[IR_I32], EXIT_JUMP_BYTES, false),
        LLVMConstNull(l->types[IR_PTR]), LLVMConstInt(l->types[IR_I32], TRACE_VECTOR_SLOTS, false)};
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++)
        operands[4 + i] = vector[i] == IR_NONE ? LLVMGetUndef(l->types[IR_I64])
                                               : lower_to_slot(l, l->at, lower_ref(l, vector[i]),
                                                               trace_type(t, vector[i]));
    operands[4 + TRACE_VECTOR_SLOTS] = operands[4 + EXIT_R11_SLOT];
    operands[4 + EXIT_R11_SLOT] = LLVMGetUndef(l->types[IR_I64]);
    unsigned count = 4 + TRACE_VECTOR_SLOTS + (vector[EXIT_R11_SLOT] != IR_NONE);
    LLVMValueRef place =
        lower_intrinsic(l, l->at, "llvm.experimental.patchpoint.void", NULL, operands, count);
    LLVMSetInstructionCallConv(place, PRESERVE_NONE);
    lower_attribute(l, place, l->noreturn);
    LLVMBuildUnreachable(l->at);
    return true;
}
