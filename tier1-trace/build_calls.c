/* Calls: inlined, if the recording went into the callee, else native. */
#include "../runtime/memory.h"
#include "../shared-ir/alias.h"
#include "build_internal.h"

bool build_push(Builder *b, const AotFunction *f, uint32_t buffer) {
    if (b->depth == YK_TRACE_MAX_FRAMES)
        return build_fail(b, YK_ABORT_TOO_DEEP);
    if (f->frame_size != 0) {
        if (buffer + f->frame_size > YK_FRAME_BYTES)
            return build_fail(b, YK_ABORT_FRAMES);
        if (b->t->frame_bytes < buffer + f->frame_size)
            b->t->frame_bytes = buffer + f->frame_size;
    }
    uint32_t count = f->arg_count + f->insn_count;
    IrRef *values = memory_allocate((count + 1) * sizeof *values);
    if (values == NULL)
        return build_fail(b, YK_ABORT_NO_MEMORY);
    for (uint32_t i = 0; i < count; i++)
        values[i] = IR_NONE;
    b->frames[b->depth++] =
        (BuildFrame){.f = f, .result = IR_NONE, .values = values, .buffer = buffer};
    return true;
}

void build_pop(Builder *b) {
    memory_free(build_top(b)->values);
    b->depth--;
}

/* The function that an indirect call called, guarded to be the one; NULL: not one of the module. */
static bool indirect(Builder *b, const IrInsn *call, IrRef *callee, const AotFunction **f) {
    uint64_t address;
    uint32_t snapshot;
    if (!build_take_value(b, &address))
        return false;
    *f = aot_function_at(b->m, (const void *)(uintptr_t)address);
    IrRef known = *f != NULL && (*f)->symbol != UINT32_MAX ? trace_symbol(b->t, (*f)->symbol)
                                                           : trace_const(b->t, IR_PTR, address);
    IrRef value = build_operand(b, call->a, IR_PTR);
    if (!trace_is_const(value)) {
        IrRef equal = build_emit(
            b, (IrInsn){.op = IR_EQ, .type = IR_I1, .aux = IR_PTR, .a = value, .b = known});
        if (!build_snapshot_here(b, &snapshot) || !build_guard(b, equal, true, snapshot))
            return false;
    } else if (trace_bits(b->t, value) != address) {
        return build_fail(b, YK_ABORT_DIVERGED);
    }
    *callee = known;
    return true;
}

/* Arguments, in the scratch list. */
static bool arguments(Builder *b, const IrInsn *call) {
    b->scratch_count = 0;
    for (uint32_t i = 0; i < call->c; i++)
        if (!build_scratch(b, build_operand(b, b->m->extras[call->b + i], IR_I64)))
            return false;
    return true;
}

static bool native(Builder *b, const IrInsn *call, IrRef callee) {
    if (call->aux & IR_NEVER_RETURNS)
        return build_fail(b, YK_ABORT_NEVER_RETURNS);
    IrInsn copy = *call;
    copy.a = callee;
    copy.b = trace_extras(b->t, b->scratch, b->scratch_count);
    BuildFrame *top = build_top(b);
    top->values[build_number(top, b->insn)] = build_emit(b, copy);
    b->insn++;
    return true;
}

static bool inlined(Builder *b, const IrInsn *call, const AotFunction *f) {
    const uint8_t *types = (const uint8_t *)b->m->strings + f->arg_types;
    BuildFrame *outer = build_top(b);
    /* The caller moves on to the block behind the call now, but for the result. */
    const IrInsn *next = call + 1;
    if (next->op != IR_BR || call->c != f->arg_count || call->type != f->return_type ||
        build_first(b, next->a) != b->m->blocks[next->a].first)
        return build_fail(b, YK_ABORT_DIVERGED);
    outer->result = call->type != IR_VOID ? build_number(outer, b->insn) : IR_NONE;
    outer->block = next->a;
    uint32_t buffer = (outer->buffer + outer->f->frame_size + 15u) & ~15u;
    if (!build_push(b, f, buffer))
        return false;
    BuildFrame *top = build_top(b);
    for (uint32_t i = 0; i < f->arg_count; i++) {
        if (trace_type(b->t, b->scratch[i]) != types[i])
            return build_fail(b, YK_ABORT_DIVERGED);
        top->values[i] = b->scratch[i];
    }
    top->block = f->first_block;
    b->insn = b->m->blocks[f->first_block].first;
    return build_take_block(b, f->first_block);
}

bool build_call(Builder *b, const IrInsn *call) {
    IrRef callee;
    const AotFunction *f = NULL;
    if ((call->a & IR_KIND_MASK) == IR_INSN) {
        if (!indirect(b, call, &callee, &f))
            return false;
    } else {
        callee = build_operand(b, call->a, IR_PTR);
        if ((call->a & IR_KIND_MASK) == IR_SYMBOL) {
            uint32_t function = b->m->symbol_functions[ir_index(call->a)];
            if (function != UINT32_MAX)
                f = &b->m->functions[function];
        }
    }
    if (!arguments(b, call))
        return false;
    /* The recording says whether the callee was recorded. */
    if (f != NULL && f->block_count > 0 && !(f->flags & (AOT_BODY | AOT_OUTLINED)) &&
        b->block_pos < b->block_end && b->r->blocks[b->block_pos] == f->first_block)
        return inlined(b, call, f);
    return native(b, call, callee);
}

bool build_return(Builder *b, const IrInsn *ret) {
    if (b->depth < 2)
        return build_fail(b, YK_ABORT_DIVERGED);
    uint8_t type = build_top(b)->f->return_type;
    IrRef value = type != IR_VOID ? build_operand(b, ret->a, type) : IR_NONE;
    build_pop(b);
    BuildFrame *top = build_top(b);
    if (top->result != IR_NONE)
        top->values[top->result] = value;
    top->result = IR_NONE;
    b->insn = build_first(b, top->block);
    return build_take_block(b, top->block);
}

/* ---- side traces ---- */

IrRef build_parents_value(Builder *b, IrRef ref, IrInsn otherwise) {
    if (ref == IR_NONE)
        return IR_NONE;
    if (!trace_is_const(ref)) {
        otherwise.type = trace_type(b->parent, ref);
        return trace_append(b->t, otherwise);
    }
    const TraceConst *c = &b->parent->consts[ir_index(ref)];
    return c->symbol != UINT32_MAX ? trace_symbol(b->t, c->symbol)
                                   : trace_const(b->t, c->type, c->bits);
}

/* Value number `n` of those that the parent's exit has stored; `regions` of the parent's values. */
static IrRef inherit(Builder *b, const uint8_t *regions, IrRef ref, uint32_t n) {
    uint8_t region = ref != IR_NONE && !trace_is_const(ref) ? regions[ir_index(ref)] : 0;
    return build_parents_value(b, ref, (IrInsn){.op = IR_INHERIT, .a = n, .b = region});
}

static bool inherit_frames(Builder *b, const uint8_t *regions, const TraceSnapshot *snapshot) {
    const Trace *parent = b->parent;
    uint32_t number = 0;
    for (uint32_t i = 0; i < snapshot->frame_count; i++) {
        const TraceFrame *frame = &parent->frames[snapshot->frames + i];
        const AotBlock *block = &b->m->blocks[frame->block];
        if (frame->value_count != block->live_count ||
            !build_push(b, &b->m->functions[frame->function], frame->frame_offset))
            return build_fail(b, YK_ABORT_DIVERGED);
        BuildFrame *top = build_top(b);
        top->block = frame->block;
        const uint32_t *lives = b->m->extras + block->lives;
        if (frame->result != UINT16_MAX)
            top->result = lives[frame->result];
        for (uint32_t j = 0; j < frame->value_count; j++, number++)
            top->values[lives[j]] =
                inherit(b, regions, parent->snapshot_values[frame->values + j], number);
    }
    return true;
}

bool build_inherit(Builder *b, const TraceSnapshot *snapshot) {
    uint8_t *regions = trace_regions(b->parent);
    bool fine =
        regions != NULL ? inherit_frames(b, regions, snapshot) : build_fail(b, YK_ABORT_NO_MEMORY);
    memory_free(regions);
    return fine;
}
