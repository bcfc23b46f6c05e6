/* Random traces for the optimiser's tests, made as a recorder makes them: each instruction is
 * executed when it is appended, so that guards are for what happened. Include once. */
#ifndef YK_TRACE_RANDOM_H
#define YK_TRACE_RANDOM_H

#include "trace_random_values.h"

/* ---- memory ---- */

static IrRef random_base(Random *r) {
    if (one_in(3)) {
        uint32_t offset = one_in(2) ? 0 : r->depth == 2 ? r->frame : 64 * (1 + below(2));
        return append(r, (IrInsn){.op = IR_FRAME, .type = IR_PTR, .a = offset});
    }
    return one_in(3) ? r->params[0] : pick(r, IR_PTR);
}

/* An address of `size` bytes in the zone [from, to) of an object, as base and aux. */
static IrRef random_address(Random *r, IrRef base, unsigned from, unsigned to, unsigned size,
                            uint16_t *aux) {
    unsigned room = to - from - size, offset = from;
    if (room >= 8 && one_in(3)) { /* by a variable: 0 or 8 */
        IrRef x =
            emit(r, IR_AND, IR_I64, 0, pick(r, IR_I64), number(r, IR_I64, one_in(2) ? 8 : 1), 0);
        if (trace_bits(r->t, r->t->insns[ir_index(x)].b) == 1)
            x = emit(r, IR_SHL, IR_I64, 0, x, number(r, IR_I64, 3), 0);
        if (one_in(2)) {
            x = emit(r, IR_ADD, IR_I64, 0, x, number(r, IR_I64, 8), 0);
            offset -= 8;
        }
        base = append(r, (IrInsn){.op = IR_PTRADD, .type = IR_PTR, .a = base, .b = x});
        room -= 8;
    }
    if (room != 0)
        offset += one_in(4) ? below(room + 1) : below(room / size + 1) * size;
    unsigned part = one_in(2) ? 0 : one_in(2) ? offset : below(9);
    if (part != 0)
        base = append(r, (IrInsn){.op = IR_PTRADD,
                                  .type = IR_PTR,
                                  .a = base,
                                  .b = number(r, IR_I64, (uint64_t)(int64_t)(int32_t)part)});
    *aux = (uint16_t)(offset - part);
    return base;
}

static uint32_t random_snapshot(Random *r);

/* A link, and a guard for whether it leads anywhere. */
static IrRef random_follow(Random *r, IrRef node, uint32_t class) {
    IrRef link = append(r, (IrInsn){.op = IR_LOAD,
                                    .type = IR_PTR,
                                    .aux = (uint16_t)random_classes[class].offset,
                                    .a = node,
                                    .c = class});
    if (r->ended)
        return IR_NONE;
    bool leads = interp_value(&r->in, link) != 0;
    IrRef null = emit(r, IR_EQ, IR_I1, IR_PTR, link, number(r, IR_PTR, 0), 0);
    append(
        r,
        (IrInsn){.op = IR_GUARD, .type = IR_VOID, .a = null, .b = !leads, .c = random_snapshot(r)});
    return leads ? add_to_pool(r, link) : IR_NONE;
}

/* Does a store to one object change another? */
static void random_pair(Random *r) {
    IrRef p = pick(r, IR_PTR), q = pick(r, IR_PTR);
    if (one_in(2))
        emit(r, IR_LOAD, IR_I64, 0, p, 0, CLASS_A);
    append(r, (IrInsn){.op = IR_STORE, .type = IR_I64, .a = q, .b = pick(r, IR_I64), .c = CLASS_A});
    emit(r, IR_LOAD, IR_I64, 0, p, 0, CLASS_A);
}

static IrRef random_first(Random *r) {
    return one_in(2) ? r->params[0] : pick_in(r, REGION_FIRST);
}

/* A guard for the key of an object; now and then another key is stored before or behind. */
static void random_key(Random *r, IrRef object) {
    uint16_t at = (uint16_t)random_classes[CLASS_BACK].offset;
    bool store = one_in(5), before = one_in(2);
    IrInsn change = {.op = IR_STORE,
                     .type = IR_I64,
                     .aux = at,
                     .a = one_in(2) ? object : random_first(r),
                     .b = number(r, IR_I64, below(2)),
                     .c = CLASS_BACK};
    if (store && before)
        append(r, change);
    IrRef key = emit(r, IR_LOAD, IR_I64, at, object, 0, CLASS_BACK);
    if (r->ended)
        return;
    uint64_t bits = one_in(6) ? below(2) : interp_value(&r->in, key);
    IrRef is = emit(r, IR_EQ, IR_I1, IR_I64, key, number(r, IR_I64, bits), 0);
    if (!trace_is_const(is) && !r->ended)
        append(r, (IrInsn){.op = IR_GUARD,
                           .type = IR_VOID,
                           .a = is,
                           .b = interp_value(&r->in, is) != 0,
                           .c = random_snapshot(r)});
    if (store && !before)
        append(r, change);
}

/* Does a store to one object change another, if their keys differ? */
static void random_keyed(Random *r) {
    IrRef p = random_first(r), q = random_first(r);
    uint16_t from = (uint16_t)(8 * below(2)), to = one_in(4) ? (uint16_t)(8 * below(2)) : from;
    if (one_in(2))
        emit(r, IR_LOAD, IR_I64, from, p, 0, CLASS_A);
    if (!one_in(4))
        random_key(r, p);
    if (!one_in(4))
        random_key(r, q);
    if (one_in(2))
        emit(r, IR_LOAD, IR_I64, from, p, 0, CLASS_A);
    append(
        r,
        (IrInsn){
            .op = IR_STORE, .type = IR_I64, .aux = to, .a = q, .b = pick(r, IR_I64), .c = CLASS_A});
    emit(r, IR_LOAD, IR_I64, from, p, 0, CLASS_A);
}

static void random_walk(Random *r) {
    IrRef node = pick(r, IR_PTR);
    for (unsigned i = below(3); node != IR_NONE && i < 3; i++)
        node = random_follow(r, node, one_in(3) ? CLASS_BACK : CLASS_LINK);
}

/* A guard that two pointers are in the order that they are in. */
static void random_order(Random *r, uint8_t op, IrRef a, IrRef b) {
    IrRef less = append(r, (IrInsn){.op = op, .type = IR_I1, .aux = IR_PTR, .a = a, .b = b});
    append(r,
           (IrInsn){.op = IR_GUARD, .type = IR_VOID, .a = less, .b = 1, .c = random_snapshot(r)});
}

/* A guard that a pointer is at the distance from a parameter that it has; then accesses by both. */
static void random_distance(Random *r) {
    IrRef home = r->params[0], p = random_regions ? pick_in(r, REGION_FIRST) : pick(r, IR_PTR);
    if (trace_is_const(p) || p == home || r->ended)
        return;
    if (one_in(2))
        emit(r, IR_LOAD, IR_I64, 0, p, 0, CLASS_A);
    int64_t distance = (int64_t)(interp_value(&r->in, p) - interp_value(&r->in, home));
    if (distance > 4096 || distance < -4096)
        return;
    IrRef other = append(r, (IrInsn){.op = IR_PTRADD,
                                     .type = IR_PTR,
                                     .a = home,
                                     .b = number(r, IR_I64, (uint64_t)distance)});
    IrRef equal =
        append(r, (IrInsn){.op = IR_EQ, .type = IR_I1, .aux = IR_PTR, .a = p, .b = other});
    append(r,
           (IrInsn){.op = IR_GUARD, .type = IR_VOID, .a = equal, .b = 1, .c = random_snapshot(r)});
    for (unsigned i = 0; i < 4 && !r->ended; i++) {
        bool by_home = one_in(2);
        uint16_t offset = (uint16_t)(by_home ? distance : 0);
        if (one_in(2))
            emit(r, IR_LOAD, IR_I64, offset, by_home ? home : p, 0, CLASS_A);
        else
            append(r, (IrInsn){.op = IR_STORE,
                               .type = IR_I64,
                               .aux = offset,
                               .a = by_home ? home : p,
                               .b = pick(r, IR_I64),
                               .c = CLASS_A});
    }
}

/* A pointer of which a guard says that it points to the first or to the second objects; often also
 * that some bytes there lie below what the slot for these points to. */
static void random_into(Random *r) {
    IrRef p = one_in(3) ? pick(r, IR_PTR) : r->params[2];
    uint64_t objects = (uintptr_t)interp_objects,
             at = r->ended ? 0 : interp_value(&r->in, p) - objects;
    if (trace_is_const(p) || r->ended || at >= sizeof interp_objects)
        return;
    uint64_t half = sizeof interp_objects / 2;
    bool first = at < half;
    if (!first)
        objects += half;
    random_order(r, IR_ULE, number(r, IR_PTR, objects), p);
    random_order(r, IR_ULT, p, number(r, IR_PTR, objects + half));
    uint8_t into = first ? REGION_FIRST : REGION_SECOND;
    IrRef bound = r->params[into - 1];
    uint16_t size = (uint16_t)(16 * below(5));
    if (one_in(3))
        bound = append(r, (IrInsn){.op = IR_PTRADD,
                                   .type = IR_PTR,
                                   .a = bound,
                                   .b = number(r, IR_I64, one_in(2) ? 16 : (uint64_t)-16)});
    IrRef end =
        append(r, (IrInsn){.op = IR_PTRADD, .type = IR_PTR, .a = p, .b = number(r, IR_I64, size)});
    if (r->ended || interp_value(&r->in, end) > interp_value(&r->in, bound)) {
        emit(r, IR_INTO, IR_PTR, 0, p, number(r, IR_PTR, 0), into);
        return;
    }
    random_order(r, IR_ULE, end, bound);
    IrRef value = emit(r, IR_INTO, IR_PTR, size, p, bound, into);
    for (unsigned i = 0; i < 3 && !r->ended; i++) { /* does a store to one change the other? */
        IrRef base = one_in(2) ? value : r->params[into - 1];
        uint16_t offset = (uint16_t)(8 * below(2));
        if (one_in(2))
            emit(r, IR_LOAD, IR_I64, offset, base, 0, CLASS_A);
        else
            append(r, (IrInsn){.op = IR_STORE,
                               .type = IR_I64,
                               .aux = offset,
                               .a = base,
                               .b = pick(r, IR_I64),
                               .c = CLASS_A});
    }
}

static void random_access(Random *r) {
    static const uint8_t types[] = {IR_I64, IR_I64, IR_I32, IR_I8, IR_F64, IR_F64, IR_I16, IR_PTR};
    uint8_t type = types[below(8)];
    bool store = one_in(2);
    IrRef base = random_base(r);
    uint16_t aux = 0;
    uint32_t class = IR_CLASS_ANY, is_volatile = one_in(20) ? IR_VOLATILE : 0;
    if (random_regions && one_in(8)) {
        random_into(r);
        return;
    }
    if (random_keys && one_in(3)) {
        random_keyed(r);
        return;
    }
    if (random_lists && (type == IR_PTR || one_in(3))) {
        if (type == IR_PTR)
            random_walk(r);
        else
            random_pair(r);
        return;
    }
    if (type == IR_PTR) { /* links */
        aux = 56;
        class = one_in(4) ? IR_CLASS_ANY : CLASS_LINK;
        IrRef value = random_regions ? pick_in(r, REGION_FIRST)
                      : one_in(6)
                          ? append(r, (IrInsn){.op = IR_FRAME, .type = IR_PTR, .a = 64 * below(3)})
                          : pick(r, IR_PTR);
        if (store && one_in(2))
            append(
                r,
                (IrInsn){
                    .op = IR_STORE, .type = type, .aux = aux, .a = base, .b = value, .c = class});
        else
            emit(r, IR_LOAD, type, aux, base, 0, class | is_volatile);
        return;
    }
    unsigned size = ir_type_bytes[type];
    if (!random_lists && one_in(12)) { /* a bool at 48 */
        if (store)
            append(
                r,
                (IrInsn){.op = IR_STORE, .type = IR_I1, .aux = 48, .a = base, .b = pick(r, IR_I1)});
        else
            emit(r, IR_LOAD, one_in(2) ? IR_I1 : type, 48, base, 0, IR_CLASS_ANY);
        return;
    }
    unsigned zone = below(3);
    IrRef address = random_address(r, base, zone * 16, zone * 16 + 16, size, &aux);
    if (!one_in(5))
        class = zone == 0 ? CLASS_A : zone == 1 ? CLASS_B : one_in(2) ? CLASS_C : CLASS_D;
    if (zone == 1 && class == CLASS_B && address == base && aux >= 24 && one_in(2))
        class = CLASS_B_END;
    if (store)
        append(r, (IrInsn){.op = IR_STORE,
                           .type = type,
                           .aux = aux,
                           .a = address,
                           .b = pick(r, type),
                           .c = class | is_volatile});
    else
        emit(r, IR_LOAD, type, aux, address, 0, class | is_volatile);
}

static void random_frame(Random *r, uint32_t snapshot, uint32_t function, uint32_t offset) {
    IrRef values[LIVES];
    const char *types = random_strings + N_TYPES;
    for (unsigned i = 0; i < LIVES; i++)
        values[i] = one_in(8) ? IR_NONE : pick(r, (uint8_t)types[i]);
    trace_snapshot_frame(r->t, snapshot,
                         (TraceFrame){.function = function,
                                      .block = function,
                                      .value_count = LIVES,
                                      .result = UINT16_MAX,
                                      .frame_offset = offset},
                         values);
}

static uint32_t random_snapshot(Random *r) {
    uint32_t snapshot =
        trace_snapshot_begin(r->t, trace_merge(r->t, 0x1000 + r->t->merge_count, NULL));
    random_frame(r, snapshot, 0, 0);
    if (r->depth == 2)
        random_frame(r, snapshot, 1, r->frame);
    return snapshot;
}

/* An element of an array of at most two elements of 8 bytes, behind a check of the index. */
static void random_element(Random *r) {
    IrRef base = pick(r, IR_PTR), index = IR_NONE;
    IrRef count = emit(r, IR_AND, IR_I64, 0, pick(r, IR_I64), number(r, IR_I64, 1), 0);
    count = emit(r, IR_ADD, IR_I64, 0, count, number(r, IR_I64, 1), 0);
    unsigned first = below(2); /* number of the first element */
    for (unsigned i = 0; i < 8 && !r->ended; i++) {
        IrRef x = pick(r, IR_I64);
        if (!trace_is_const(x) && interp_value(&r->in, x) - first < interp_value(&r->in, count))
            index = x;
    }
    if (index == IR_NONE || r->ended)
        return;
    IrRef i = first == 0 ? index : emit(r, IR_SUB, IR_I64, 0, index, number(r, IR_I64, 1), 0);
    IrRef less = emit(r, IR_ULT, IR_I1, IR_I64, i, count, 0);
    append(r,
           (IrInsn){.op = IR_GUARD, .type = IR_VOID, .a = less, .b = 1, .c = random_snapshot(r)});
    IrRef offset = emit(r, IR_SHL, IR_I64, 0, i, number(r, IR_I64, 3), 0);
    IrRef address = append(r, (IrInsn){.op = IR_PTRADD, .type = IR_PTR, .a = base, .b = offset});
    if (one_in(2))
        append(
            r,
            (IrInsn){
                .op = IR_STORE, .type = IR_I64, .a = address, .b = pick(r, IR_I64), .c = CLASS_A});
    else
        emit(r, IR_LOAD, IR_I64, 0, address, 0, CLASS_A);
}

static void random_call(Random *r) {
    static const uint16_t effects[] = {0, IR_MAY_READ, IR_MAY_READ | IR_MAY_WRITE,
                                       IR_MAY_READ | IR_MAY_THROW, IR_OWN_MEMORY};
    unsigned which = below(SYMBOL_COUNT);
    uint16_t effect = effects[which];
    if (which == SYMBOL_WRITE && one_in(2))
        effect = one_in(2) ? IR_MAY_ANYTHING : IR_MAY_READ | IR_MAY_COLLECT;
    IrRef args[2] = {pick(r, IR_PTR), pick(r, IR_I64)};
    if (which != SYMBOL_PURE && one_in(6))
        args[0] = append(r, (IrInsn){.op = IR_FRAME, .type = IR_PTR, .a = 64 * below(3)});
    uint32_t list = trace_extras(r->t, args, 2);
    emit(r, IR_CALL, which == SYMBOL_FRESH ? IR_PTR : IR_I64, effect, trace_symbol(r->t, which),
         list, 2);
}

static void random_guard(Random *r) {
    IrRef condition = one_in(3) ? pick(r, IR_I1) : random_condition(r);
    if (trace_is_const(condition) || r->ended)
        return;
    append(r,
           (IrInsn){.op = IR_GUARD,
                    .type = IR_VOID,
                    .a = condition,
                    .b = interp_value(&r->in, condition) != 0,
                    .c = r->restart != UINT32_MAX && one_in(2) ? r->restart : random_snapshot(r)});
}

/* Something that a value's number implies, and perhaps much later that it is that number. */
static void random_equality(Random *r, bool first) {
    uint8_t type = one_in(2) ? IR_I8 : IR_I64;
    IrRef value = r->compared;
    if (first || value == IR_NONE)
        value = r->compared = pick(r, type);
    type = trace_type(r->t, value);
    uint64_t bits = interp_value(&r->in, value), mask = one_in(3) ? 15 : 1;
    if (trace_is_const(value) || r->ended)
        return;
    if (first && one_in(2))
        value =
            append(r, (IrInsn){.op = IR_AND, .type = type, .a = value, .b = number(r, type, mask)});
    else if (one_in(3) && type == IR_I8) {
        value = append(r, (IrInsn){.op = IR_ZEXT, .type = IR_I64, .aux = type, .a = value});
        type = IR_I64;
    }
    if (first) /* not this one */
        bits = random_bits() & ir_type_mask(type) & 15;
    IrRef equal = append(
        r,
        (IrInsn){.op = IR_EQ, .type = IR_I1, .aux = type, .a = value, .b = number(r, type, bits)});
    append(r,
           (IrInsn){.op = IR_GUARD,
                    .type = IR_VOID,
                    .a = equal,
                    .b = interp_value(&r->in, equal) != 0,
                    .c = r->restart != UINT32_MAX && !one_in(4) ? r->restart : random_snapshot(r)});
}

/* A bytecode begins. */
static void random_merge(Random *r) {
    IrRef slots[TRACE_VECTOR_SLOTS];
    uint32_t merge = trace_merge(r->t, 0x1000 + r->t->merge_count, NULL);
    uint32_t snapshot = trace_snapshot_begin(r->t, merge);
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++)
        slots[i] = pick(r, slot_type(i));
    trace_snapshot_vector(r->t, snapshot, slots);
    r->t->snapshots[snapshot].flags = TRACE_RESTART;
    r->restart = snapshot;
    append(r, (IrInsn){.op = IR_MERGE, .type = IR_VOID, .a = merge});
    r->depth = 1;
}

/* What the interpreter's stack is to a trace: constant offsets from one pointer. */
static void random_home(Random *r) {
    uint16_t offset = (uint16_t)(8 * below(2) + (random_low != 0 ? 8 : 0));
    if (offset > 8)
        offset = 8;
    if (one_in(2))
        emit(r, IR_LOAD, IR_I64, offset, r->params[0], 0, CLASS_A);
    else
        append(r, (IrInsn){.op = IR_STORE,
                           .type = IR_I64,
                           .aux = offset,
                           .a = r->params[0],
                           .b = pick(r, IR_I64),
                           .c = CLASS_A});
}

/* A value or its tag in one of the two slots behind the first parameter, or perhaps in the same
 * ones by another pointer; now and then a part of them. */
static void random_slot(Random *r) {
    static const uint8_t values[] = {IR_I64, IR_F64, IR_PTR}, parts[] = {IR_I32, IR_I16, IR_I1};
    unsigned slot = below(2), offset = 16 * slot + 8 * below(2);
    uint8_t type = offset % 16 == 8 && !one_in(8) ? (uint8_t)IR_I8 : values[below(3)];
    if (one_in(8)) {
        type = parts[below(3)];
        offset += ir_type_bytes[type] * below(2);
    }
    IrRef base = one_in(8) ? pick(r, IR_PTR) : r->params[0];
    uint32_t class = slot == 0 ? CLASS_A : CLASS_B;
    /* What is loaded as a pointer or an i1 must be one. */
    if (one_in(12) && type != IR_PTR && type != IR_I1)
        emit(r, IR_LOAD, type, (uint16_t)offset, base, 0, class);
    else
        append(r, (IrInsn){.op = IR_STORE,
                           .type = type,
                           .aux = (uint16_t)offset,
                           .a = base,
                           .b = one_in(3) && type == IR_I8 ? number(r, type, 3) : pick(r, type),
                           .c = class});
}

static void random_insn(Random *r) {
    if (random_slots && !one_in(4)) {
        if (one_in(3))
            random_guard(r);
        else if (one_in(6))
            random_merge(r);
        else if (one_in(8))
            random_into(r);
        else
            random_slot(r);
        return;
    }
    if (random_arrays && !one_in(4)) {
        uint32_t what = below(8);
        if (what < 3)
            random_home(r);
        else if (what < 6)
            random_element(r);
        else if (what < 7)
            random_merge(r);
        else
            random_arithmetic(r);
        return;
    }
    switch (below(20)) {
    case 0:
    case 1:
        random_conversion(r);
        return;
    case 2:
        if (one_in(4) && !random_lists)
            random_distance(r);
        else
            random_equality(r, one_in(2));
        return;
    case 3:
    case 4:
        random_guard(r);
        return;
    case 5:
        random_float(r);
        return;
    case 6:
        if (one_in(3))
            random_call(r);
        else if (one_in(2))
            random_merge(r);
        return;
    case 7: /* the function is entered or left */
        if (r->depth == 2)
            r->depth = 1;
        else {
            r->depth = 2;
            r->frame = 64 * (1 + below(2));
        }
        return;
    case 8:
        if (one_in(2))
            emit(r, IR_SELECT, IR_PTR, 0, pick(r, IR_I1), pick(r, IR_PTR), pick(r, IR_PTR));
        else
            emit(r, IR_SELECT, IR_F64, 0, pick(r, IR_I1), pick(r, IR_F64), pick(r, IR_F64));
        return;
    case 9:
    case 10:
    case 11:
    case 12:
    case 13:
    case 14:
        random_access(r);
        return;
    case 15:
        if (one_in(2))
            random_condition(r);
        else
            random_element(r);
        return;
    default:
        random_arithmetic(r);
    }
}

/* The vector at the end: now and then what was there, or what has been computed. */
static void random_end(Random *r, bool loop) {
    IrRef slots[TRACE_VECTOR_SLOTS];
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++)
        slots[i] = !one_in(3)               ? r->params[i]
                   : slot_type(i) == IR_PTR ? pick_in(r, random_module.slot_regions[i])
                                            : pick(r, slot_type(i));
    IrRef counter = append(r, (IrInsn){.op = IR_SUB,
                                       .type = IR_I64,
                                       .a = r->params[SLOT_COUNTER],
                                       .b = number(r, IR_I64, 1)});
    slots[SLOT_COUNTER] = counter;
    r->depth = 1;
    if (loop) {
        IrRef more = append(r, (IrInsn){.op = IR_NE,
                                        .type = IR_I1,
                                        .aux = IR_I64,
                                        .a = counter,
                                        .b = number(r, IR_I64, 0)});
        append(r, (IrInsn){
                      .op = IR_GUARD, .type = IR_VOID, .a = more, .b = 1, .c = random_snapshot(r)});
    }
    r->t->end_snapshot = trace_snapshot_begin(r->t, 0);
    trace_snapshot_vector(r->t, r->t->end_snapshot, slots);
    r->t->end = loop ? TRACE_LOOP : TRACE_EXIT;
}

/* A trace whose guards hold when it is first entered with the state of `seed`, but perhaps the
 * last. */
__attribute__((unused)) static Trace *random_trace(uint64_t seed, uint32_t length, bool loop) {
    Random *r = calloc(1, sizeof *r);
    r->t = trace_new(&random_module);
    r->in = (Interp){.t = r->t, .values = calloc(length * 16 + 256, sizeof(uint64_t))};
    random_memory(seed, r->in.vector);
    interp_result = &r->result;
    interp_thrown = false;
    interp_fresh_count = 0;
    random_seed(seed ^ 0x5bd1e995);
    r->depth = 1;
    r->compared = IR_NONE;
    trace_merge(r->t, 0x1000, NULL);
    r->t->frame_bytes = INTERP_FRAME_BYTES;
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++)
        r->params[i] = emit(r, IR_PARAM, slot_type(i), 0, i, 0, 0);
    random_merge(r);
    while (r->t->insn_count < length)
        random_insn(r);
    random_end(r, loop);
    Trace *t = r->t;
    free(r->in.values);
    free(r);
    return t;
}

#endif
