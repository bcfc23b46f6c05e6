/* Traces in memory: growing, interning, running out of memory. */
#include "runtime/memory.h"
#include "shared-ir/trace.h"
#include "tier0-cnp/stencil_table.h"

#include "ir_fixture.h"
#include <criterion/criterion.h>
#include <stdlib.h>

_Static_assert(TRACE_VECTOR_SLOTS == YK_VECTOR_SLOTS, "one state vector");

Test(ir_trace, constants_are_interned) {
    Trace *t = trace_new(&fixture);
    IrRef a = trace_const(t, IR_I64, 5), b = trace_const(t, IR_I32, 5);
    cr_assert_neq(a, b);
    cr_assert_eq(trace_const(t, IR_I64, 5), a);
    cr_assert_eq(trace_const(t, IR_I32, UINT64_C(0x700000005)), b, "cut to the type");
    cr_assert_eq(trace_bits(t, b), 5);
    cr_assert_eq(trace_type(t, b), IR_I32);
    /* Zero and minus zero are different constants. */
    cr_assert_neq(trace_const(t, IR_F64, 0), trace_const(t, IR_F64, UINT64_C(1) << 63));
    trace_free(t);
}

Test(ir_trace, many_constants) {
    enum { COUNT = 100000 };
    Trace *t = trace_new(&fixture);
    for (uint64_t i = 0; i < COUNT; i++)
        cr_assert_eq(ir_index(trace_const(t, i % 2 ? IR_I64 : IR_PTR, i * 16)), i);
    for (uint64_t i = 0; i < COUNT; i++) {
        IrRef ref = trace_const(t, i % 2 ? IR_I64 : IR_PTR, i * 16);
        cr_assert(trace_is_const(ref));
        cr_assert_eq(ir_index(ref), i);
    }
    cr_assert_eq(t->const_count, COUNT);
    trace_free(t);
}

Test(ir_trace, symbols_are_constants) {
    Trace *t = trace_new(&fixture);
    uint64_t address = (uintptr_t)&fixture_nil;
    IrRef plain = trace_const(t, IR_PTR, address);
    cr_assert_eq(t->consts[ir_index(plain)].symbol, UINT32_MAX);
    IrRef symbol = trace_symbol(t, S_NIL);
    cr_assert_eq(symbol, plain, "one address is one constant");
    cr_assert_eq(t->consts[ir_index(plain)].symbol, S_NIL);
    cr_assert_eq(trace_bits(t, symbol), address);
    fixture_symbols[S_RECORD] = NULL; /* weak and undefined */
    IrRef null = trace_symbol(t, S_RECORD);
    cr_assert_eq(null, trace_const(t, IR_PTR, 0));
    cr_assert_eq(t->consts[ir_index(null)].symbol, UINT32_MAX);
    trace_free(t);
}

Test(ir_trace, lists_grow_and_may_be_copied_from_themselves) {
    Trace *t = trace_new(&fixture);
    IrRef refs[12];
    for (IrRef i = 0; i < 12; i++)
        refs[i] = i;
    cr_assert_eq(trace_extras(t, refs, 12), 0);
    for (uint32_t i = 1; i < 1000; i++)
        cr_assert_eq(trace_extras(t, t->extras + (i - 1) * 12, 12), i * 12);
    for (uint32_t i = 0; i < 12000; i++)
        cr_assert_eq(t->extras[i], i % 12);
    cr_assert_eq(trace_extras(t, NULL, 0), 12000);
    uint32_t s = trace_snapshot_begin(t, 0);
    trace_snapshot_vector(t, s, refs);
    for (uint32_t i = 1; i < 1000; i++) {
        uint32_t next = trace_snapshot_begin(t, i);
        trace_snapshot_vector(t, next, t->snapshot_values + t->snapshots[next - 1].vector);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        cr_assert_eq(t->snapshots[i].merge, i);
        cr_assert_arr_eq(t->snapshot_values + t->snapshots[i].vector, refs, sizeof refs);
    }
    trace_free(t);
}

Test(ir_trace, pending_stores_of_a_snapshot_stay_together) {
    Trace *t = trace_new(&fixture);
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t s = trace_snapshot_begin(t, 0);
        for (uint32_t j = 0; j < i % 4; j++)
            trace_snapshot_pending(t, s, (IrInsn){.op = IR_STORE, .a = i, .b = j});
    }
    for (uint32_t i = 0; i < 100; i++) {
        const TraceSnapshot *s = &t->snapshots[i];
        cr_assert_eq(s->pending_count, i % 4);
        for (uint32_t j = 0; j < s->pending_count; j++) {
            cr_assert_eq(t->pending[s->pending + j].a, i);
            cr_assert_eq(t->pending[s->pending + j].b, j);
        }
    }
    trace_free(t);
}

Test(ir_trace, frames_of_a_snapshot_stay_together) {
    Trace *t = trace_new(&fixture);
    IrRef refs[3] = {1, 2, 3};
    uint32_t first = trace_snapshot_begin(t, 7);
    trace_snapshot_frame(t, first, (TraceFrame){.function = 1, .value_count = 3}, refs);
    uint32_t second = trace_snapshot_begin(t, 8);
    trace_snapshot_frame(t, second, (TraceFrame){.function = 2, .value_count = 1}, refs + 2);
    trace_snapshot_frame(t, first, (TraceFrame){.function = 3, .value_count = 0}, NULL);
    trace_snapshot_frame(t, second, (TraceFrame){.function = 4, .value_count = 2}, refs);
    const TraceSnapshot *a = &t->snapshots[first], *b = &t->snapshots[second];
    cr_assert_eq(a->frame_count, 2);
    cr_assert_eq(b->frame_count, 2);
    cr_assert_eq(t->frames[a->frames].function, 1);
    cr_assert_eq(t->snapshot_values[t->frames[a->frames].values + 2], 3);
    cr_assert_eq(t->frames[a->frames + 1].function, 3);
    cr_assert_eq(t->frames[b->frames].function, 2);
    cr_assert_eq(t->frames[b->frames + 1].function, 4);
    cr_assert_eq(t->snapshot_values[t->frames[b->frames + 1].values], 1);
    trace_free(t);
}

/* Everything that a trace can be made of, often enough that all arrays grow. */
static void fill(Trace *t) {
    IrRef refs[12] = {0};
    for (uint32_t i = 0; i < 300; i++) {
        IrRef ref = trace_append(t, (IrInsn){.op = IR_PARAM, .type = IR_I64, .a = i % 12});
        refs[i % 12] = i % 2 ? ref : trace_const(t, IR_I64, i);
        (void)trace_type(t, ref);
        (void)trace_type(t, refs[i % 12]);
        (void)trace_symbol(t, i % S_COUNT);
        (void)trace_extras(t, refs, 12);
        uint32_t merge = trace_merge(t, i, NULL), s = trace_snapshot_begin(t, merge);
        if (i % 3 != 0)
            trace_snapshot_vector(t, s, refs);
        else
            trace_snapshot_frame(t, s, (TraceFrame){.value_count = 12}, refs);
        for (uint32_t j = 0; j < i % 3; j++)
            trace_snapshot_pending(t, s, (IrInsn){.op = IR_STORE, .type = IR_I64, .a = ref});
        (void)t->merges[merge].pc;
        (void)t->snapshots[s].merge;
    }
}

/* Wherever memory runs out, nothing breaks and the trace knows it. */
Test(ir_trace, without_memory) {
    bool failed = true;
    unsigned long n = 1;
    for (; failed; n++) {
        memory_fail_after(n);
        Trace *t = trace_new(&fixture);
        if (t != NULL) {
            fill(t);
            uint32_t insns = t->insn_count, consts = t->const_count;
            failed = t->out_of_memory;
            memory_fail_after(0);
            if (failed) {
                cr_assert_eq(trace_append(t, (IrInsn){.op = IR_LOOP}), 0);
                cr_assert_eq(trace_const(t, IR_I64, 0x123456), IR_CONST);
                cr_assert_eq(t->insn_count, insns, "nothing is appended from then on");
                cr_assert_eq(t->const_count, consts);
            }
            trace_free(t);
        }
        memory_fail_after(0);
    }
    cr_assert_gt(n, 20ul, "only %lu allocations were seen", n);
    trace_free(NULL);
}

Test(ir_trace, parser_without_memory) {
    static const char *const text = "trace\n  %0 = param i64 0\n  %9000 = add i64 %0, 1\n"
                                    "end exit #0\nmerge 0: pc 1\n#0: merge 0 [%9000]\n"
                                    "pending store i64 %0, null\n";
    Trace *t = NULL;
    unsigned long n = 1;
    for (; t == NULL; n++) {
        char *error;
        memory_fail_after(n);
        t = trace_parse(&fixture, text, &error);
        memory_fail_after(0);
        cr_assert((t == NULL) == (error != NULL));
        free(error);
    }
    cr_assert_gt(n, 10ul);
    trace_free(t);
}
