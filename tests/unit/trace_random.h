/* Random traces for the optimiser's tests, made as a recorder makes them: each instruction is
 * executed when it is appended, so that guards are for what happened. Include once; needs
 * trace_interp.h. */
#ifndef YK_TRACE_RANDOM_H
#define YK_TRACE_RANDOM_H

#include "shared-ir/alias.h"
#include "trace_interp.h"

static uint64_t random_state;
static uint64_t random_bits(void) { /* xorshift64* */
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * UINT64_C(0x2545f4914f6cdd1d);
}
static void random_seed(uint64_t seed) {
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    random_state |= random_state == 0;
    random_bits();
}
static uint32_t below(uint32_t n) {
    return (uint32_t)(random_bits() >> 33) % n;
}
static bool one_in(uint32_t n) {
    return below(n) == 0;
}

/* ---- the module: a body and a function that it inlines ----------------------------------------
 */

enum { LIVES = 20 };
static const char random_strings[] = "\0body\0inner\0A\0B\0C\0D\0L\0f\0pure\0read\0write\0throw\0"
                                     "\5\5\5\5\5\5\6\6\6\6\10\10\10\4\4\2\2\1\1\3";
_Static_assert(IR_I1 == 1 && IR_I64 == 5 && IR_PTR == 6 && IR_F64 == 8, "the types above");
enum {
    N_BODY = 1,
    N_INNER = 6,
    N_A = 12,
    N_B = 14,
    N_C = 16,
    N_D = 18,
    N_L = 20,
    N_F = 22,
    N_PURE = 24,
    N_READ = 29,
    N_WRITE = 34,
    N_THROW = 40,
    N_TYPES = 46
};
static const uint32_t random_extras[LIVES] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,
                                              10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
static const AotFunction random_functions[] = {
    {.name = N_BODY,
     .flags = AOT_BODY,
     .arg_count = LIVES,
     .arg_types = N_TYPES,
     .block_count = 1,
     .frame_size = 64,
     .symbol = 0,
     .record = UINT32_MAX,
     .resume = UINT32_MAX,
     .wrapper = UINT32_MAX},
    {.name = N_INNER,
     .arg_count = LIVES,
     .arg_types = N_TYPES,
     .first_block = 1,
     .block_count = 1,
     .frame_size = 64,
     .symbol = 0,
     .record = UINT32_MAX,
     .resume = UINT32_MAX,
     .wrapper = UINT32_MAX},
};
static const AotBlock random_blocks[] = {
    {.function = 0, .resume = 1, .live_count = LIVES},
    {.function = 1, .resume = 1, .live_count = LIVES},
};
enum { CLASS_A = 1, CLASS_B, CLASS_B_END, CLASS_C, CLASS_D, CLASS_LINK, CLASS_BACK, CLASS_COUNT };
static AotClass random_classes[CLASS_COUNT] = {
    [CLASS_A] = {N_A, N_F, 0, 16, 0, 0},
    [CLASS_B] = {N_B, N_F, 16, 16, 0, 0},
    [CLASS_B_END] = {N_B, N_F, 24, 8, 0, 0},
    [CLASS_C] = {N_C, N_F, 32, 16 | AOT_CLASS_PUNNED, 0, 0},
    [CLASS_D] = {N_D, N_F, 32, 16, 0, 0},
    [CLASS_LINK] = {N_L, N_F, 56, 8, 0, 0},
    [CLASS_BACK] = {N_L, N_F, 48, 8, 0, 0},
};
enum { SYMBOL_PURE, SYMBOL_READ, SYMBOL_WRITE, SYMBOL_THROW, SYMBOL_COUNT };
static const void *const random_symbols[] = {interp_pure, interp_read, interp_write, interp_throw};
static const uint32_t random_symbol_names[] = {N_PURE, N_READ, N_WRITE, N_THROW};
static const uint32_t random_symbol_functions[] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
static AotModule random_module = {
    .version = AOT_VERSION,
    .function_count = 2,
    .block_count = 2,
    .extra_count = LIVES,
    .symbol_count = SYMBOL_COUNT,
    .class_count = CLASS_COUNT,
    .string_bytes = sizeof random_strings,
    .functions = random_functions,
    .blocks = random_blocks,
    .extras = random_extras,
    .classes = random_classes,
    .strings = random_strings,
    .symbols = random_symbols,
    .symbol_names = random_symbol_names,
    .symbol_functions = random_symbol_functions,
};

/* Links point to the first two objects only, and so does slot 0; slot 1 to the others. Slot 2 may
 * point anywhere. */
static bool random_regions;
enum { REGION_FIRST = 1, REGION_SECOND, REGION_COUNT };
static void random_declare_regions(void) {
    random_regions = true;
    random_module.region_count = REGION_COUNT - 1;
    random_module.slot_regions[0] = REGION_FIRST;
    random_module.slot_regions[1] = REGION_SECOND;
    random_classes[CLASS_LINK].region = REGION_FIRST;
}

/* The objects form a list, in some order: link and, before it, the link back. */
static bool random_lists;
static void random_declare_lists(void) {
    random_lists = true;
    random_classes[CLASS_LINK].back = CLASS_BACK;
}

/* ---- initial states ----------------------------------------------------------------------------
 */

static uint64_t random_integer(void) {
    switch (below(5)) {
    case 0:
        return below(4);
    case 1:
        return below(20);
    case 2:
        return (uint64_t)0 - below(5);
    case 3:
        return UINT64_C(1) << below(63);
    default:
        return random_bits() >> 2 >> below(60);
    }
}

static uint64_t random_double(void) {
    double value = one_in(2) ? (double)(int)below(7) - 3 : (double)(int64_t)random_bits() / 1e9;
    if (one_in(10))
        value = one_in(2) ? -0.0 : 1.0 / 0.0;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static InterpObject *random_pointer(unsigned region) {
    uint32_t half = INTERP_OBJECTS / 2;
    if (!random_regions || region == 0)
        return &interp_objects[below(INTERP_OBJECTS)];
    return &interp_objects[(region == REGION_FIRST ? 0 : half) + below(half)];
}

static void random_object(InterpObject *object) {
    for (unsigned i = 0; i < 7; i++)
        object->words[i] = one_in(4) ? random_double() : random_integer();
    object->bytes[48] &= 1;
    object->links[7] = random_pointer(REGION_FIRST);
}

enum { SLOT_COUNTER = 11, FIRST_INTEGER = 3, FIRST_DOUBLE = 7, FIRST_SMALL = 9 };
static uint8_t slot_type(unsigned slot) {
    return slot < FIRST_INTEGER  ? IR_PTR
           : slot < FIRST_DOUBLE ? IR_I64
           : slot < FIRST_SMALL  ? IR_F64
           : slot < SLOT_COUNTER ? IR_I32
                                 : IR_I64;
}

static void random_link(void) {
    InterpObject *last = NULL;
    uint32_t first = below(INTERP_OBJECTS), step = one_in(2) ? 1 : INTERP_OBJECTS - 1;
    for (unsigned i = 0; i < INTERP_OBJECTS; i++) {
        InterpObject *node = &interp_objects[(first + i * step) % INTERP_OBJECTS];
        node->links[6] = last;
        node->links[7] = NULL;
        if (last != NULL)
            last->links[7] = node;
        last = node;
    }
}

static void random_memory(uint64_t seed, uint64_t *vector) {
    random_seed(seed);
    for (unsigned i = 0; i < INTERP_OBJECTS; i++)
        random_object(&interp_objects[i]);
    if (random_lists)
        random_link();
    for (unsigned i = 0; i < INTERP_FRAME_BYTES / INTERP_OBJECT_BYTES; i++)
        random_object(&interp_frames.objects[i]);
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++)
        switch (slot_type(i)) {
        case IR_PTR:
            vector[i] = (uintptr_t)random_pointer(random_module.slot_regions[i]);
            break;
        case IR_F64:
            vector[i] = random_double();
            break;
        default:
            vector[i] = random_integer() & ir_type_mask(slot_type(i));
        }
    vector[SLOT_COUNTER] = 1 + below(8);
}

/* ---- generation --------------------------------------------------------------------------------
 */

/* Mostly accesses to arrays and to the memory behind the first parameter; random_low: only to its
 * second word. */
static bool random_arrays, random_low;
/* Mostly stores to the same few places, and guards. */
static bool random_slots;

enum { POOL = 4096 };
typedef struct Pool {
    IrRef refs[POOL];
    uint32_t count;
} Pool;

enum { MOST_INSNS = 8192 };
typedef struct Random {
    Trace *t;
    uint8_t regions[MOST_INSNS]; /* by instruction */
    Interp in;
    InterpResult result;
    Pool pools[IR_TYPE_COUNT];
    Pool frames; /* pointers to frame buffers that are not in the pool of pointers */
    IrRef params[TRACE_VECTOR_SLOTS];
    unsigned depth;   /* 1: in the body; 2: in the function that it inlines */
    uint32_t frame;   /* of that: offset */
    uint32_t restart; /* snapshot where the bytecode begins; UINT32_MAX: it has had an effect */
    IrRef compared;   /* by random_equality */
    bool ended;       /* thrown or undefined: the rest would not be executed */
} Random;

static IrRef number(Random *r, uint8_t type, uint64_t bits) {
    return trace_const(r->t, type, bits);
}

static IrRef pick(Random *r, uint8_t type) {
    const Pool *pool = &r->pools[type];
    bool constant = type == IR_PTR ? one_in(20) : pool->count == 0 || one_in(6);
    if (constant && type == IR_PTR)
        return number(r, type, (uintptr_t)&interp_objects[below(INTERP_OBJECTS)]);
    if (constant)
        return number(r, type, ir_is_float(type) ? random_double() : random_integer());
    uint32_t recent = pool->count < 6 ? pool->count : 6;
    return pool->refs[one_in(2) ? below(pool->count) : pool->count - 1 - below(recent)];
}

static uint8_t region(const Random *r, IrRef ref) {
    return trace_is_const(ref) ? 0 : r->regions[ir_index(ref)];
}

/* A pointer that is known to point into a region, which may be 0. */
static IrRef pick_in(Random *r, uint8_t wanted) {
    for (unsigned i = 0; wanted != 0 && i < 20; i++) {
        IrRef ref = pick(r, IR_PTR);
        if (region(r, ref) == wanted)
            return ref;
    }
    return wanted != 0 ? r->params[wanted - 1] : pick(r, IR_PTR);
}

static IrRef append(Random *r, IrInsn insn) {
    IrRef ref = trace_append(r->t, insn);
    const char *letters = ir_op_operands[insn.op];
    if (ir_index(ref) < MOST_INSNS)
        r->regions[ir_index(ref)] = trace_region(
            r->t, &insn, letters[0] == 'v' ? region(r, insn.a) : 0,
            letters[1] == 'v' ? region(r, insn.b) : 0, letters[2] == 'v' ? region(r, insn.c) : 0);
    if (insn.op == IR_STORE || (insn.op == IR_CALL && !ir_is_pure(&insn)))
        r->restart = UINT32_MAX;
    if (r->ended)
        return ref;
    if (insn.op != IR_GUARD && insn.op != IR_MERGE && !interp_step(&r->in, ir_index(ref)))
        r->ended = true;
    return ref;
}

static IrRef add_to_pool(Random *r, IrRef ref) {
    Pool *pool = &r->pools[trace_type(r->t, ref)];
    if (pool->count < POOL)
        pool->refs[pool->count++] = ref;
    return ref;
}

static IrRef emit(Random *r, uint8_t op, uint8_t type, uint16_t aux, IrRef a, IrRef b, uint32_t c) {
    return add_to_pool(
        r, append(r, (IrInsn){.op = op, .type = type, .aux = aux, .a = a, .b = b, .c = c}));
}

static uint8_t random_int_type(void) {
    static const uint8_t types[] = {IR_I64, IR_I64, IR_I64, IR_I32, IR_I32, IR_I8, IR_I16, IR_I1};
    return types[below(8)];
}

static void random_arithmetic(Random *r) {
    static const uint8_t ops[] = {IR_ADD, IR_ADD, IR_ADD, IR_SUB, IR_SUB,
                                  IR_MUL, IR_AND, IR_AND, IR_OR,  IR_XOR};
    uint8_t type = random_int_type();
    unsigned bits = ir_type_bits(type);
    IrRef a = pick(r, type), b = pick(r, type);
    switch (below(10)) {
    case 0:
        if (type == IR_I1)
            return;
        b = one_in(2) ? number(r, type, below(bits))
                      : emit(r, IR_AND, type, 0, b, number(r, type, bits - 1), 0);
        emit(r, (uint8_t)(IR_SHL + below(3)), type, 0, a, b, 0);
        return;
    case 1:
        b = one_in(2) ? number(r, type, 1 + below(9))
                      : emit(r, IR_OR, type, 0, b, number(r, type, 1), 0);
        if (type != IR_I1)
            emit(r, (uint8_t)(IR_SDIV + below(4)), type, 0, a, b, 0);
        return;
    case 2:
        emit(r, IR_MATH2, type, 0, a, b, IR_MATH_SMAX + below(4));
        return;
    case 3:
        emit(r, IR_SELECT, type, 0, pick(r, IR_I1), a, b);
        return;
    default:
        emit(r, ops[below(sizeof ops)], type, 0, a, b, 0);
    }
}

static IrRef random_condition(Random *r) {
    uint8_t type = one_in(6) ? (uint8_t)IR_PTR : random_int_type();
    if (one_in(5)) {
        static const uint8_t predicates[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
        return emit(r, IR_FCMP, IR_I1, IR_F64, pick(r, IR_F64), pick(r, IR_F64),
                    predicates[below(14)]);
    }
    IrRef a = pick(r, type), b = pick(r, type);
    /* Often what is true: then a guard on it says something. */
    if (type != IR_PTR && one_in(3))
        a = emit(r, IR_AND, type, 0, a, number(r, type, one_in(2) ? 15 : random_integer()), 0);
    if (type != IR_PTR && one_in(2) && !r->ended)
        b = number(r, type, interp_value(&r->in, a) + below(3) - (one_in(3) ? 0 : 1));
    return emit(r, (uint8_t)(IR_EQ + below(6)), IR_I1, type, a, b, 0);
}

static void random_conversion(Random *r) {
    static const uint8_t ints[] = {IR_I1, IR_I8, IR_I16, IR_I32, IR_I64};
    uint8_t x = ints[below(5)], y = ints[below(5)];
    uint8_t small = x < y ? x : y, large = x < y ? y : x;
    switch (below(9)) {
    case 0:
    case 1:
        if (small != large)
            emit(r, IR_ZEXT, large, small, pick(r, small), 0, 0);
        return;
    case 2:
        if (small != large)
            emit(r, IR_SEXT, large, small, pick(r, small), 0, 0);
        return;
    case 3:
    case 4:
        if (small != large)
            emit(r, IR_TRUNC, small, large, pick(r, large), 0, 0);
        return;
    case 5:
        emit(r, IR_BITCAST, one_in(2) ? IR_F64 : IR_I64, 0, 0, 0, 0);
        r->t->insn_count--; /* replaced: the types depend on each other */
        r->pools[r->t->insns[r->t->insn_count].type].count--;
        if (one_in(3))
            emit(r, IR_BITCAST, IR_F64, IR_I64, pick(r, IR_I64), 0, 0);
        else if (one_in(2))
            emit(r, IR_BITCAST, IR_I64, IR_F64, pick(r, IR_F64), 0, 0);
        else
            emit(r, IR_BITCAST, IR_I64, IR_PTR, pick(r, IR_PTR), 0, 0);
        return;
    case 6:
        emit(r, one_in(2) ? IR_SITOFP : IR_UITOFP, IR_F64, y, pick(r, y), 0, 0);
        return;
    case 7: {
        IrRef a = pick(r, IR_F64);
        uint64_t bits = interp_value(&r->in, a);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (value > -1e9 && value < 1e9 && one_in(2))
            emit(r, IR_FPTOSI, IR_I64, IR_F64, a, 0, 0);
        return;
    }
    default:
        emit(r, IR_FPTRUNC, IR_F32, IR_F64, pick(r, IR_F64), 0, 0);
        emit(r, IR_FPEXT, IR_F64, IR_F32, pick(r, IR_F32), 0, 0);
        return;
    }
}

static void random_float(Random *r) {
    static const uint8_t ops[] = {IR_FADD, IR_FSUB, IR_FMUL, IR_FDIV, IR_FREM};
    static const double values[] = {0.0, -0.0, 1.0, 2.0, 0.5, -4.0};
    IrRef a = pick(r, IR_F64), b = pick(r, IR_F64);
    if (one_in(3)) {
        uint64_t bits;
        memcpy(&bits, &values[below(6)], sizeof bits);
        b = number(r, IR_F64, bits);
    }
    switch (below(8)) {
    case 0:
        emit(r, IR_FNEG, IR_F64, 0, a, 0, 0);
        return;
    case 1:
    case 2:
        emit(r, IR_MATH1, IR_F64, 0, a, 0, IR_MATH_FABS + below(6));
        return;
    default:
        emit(r, ops[below(5)], IR_F64, 0, a, b, 0);
    }
}

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

static void random_walk(Random *r) {
    IrRef node = pick(r, IR_PTR);
    for (unsigned i = below(3); node != IR_NONE && i < 3; i++)
        node = random_follow(r, node, one_in(3) ? CLASS_BACK : CLASS_LINK);
}

static void random_access(Random *r) {
    static const uint8_t types[] = {IR_I64, IR_I64, IR_I32, IR_I8, IR_F64, IR_F64, IR_I16, IR_PTR};
    uint8_t type = types[below(8)];
    bool store = one_in(2);
    IrRef base = random_base(r);
    uint16_t aux = 0;
    uint32_t class = IR_CLASS_ANY, is_volatile = one_in(20) ? IR_VOLATILE : 0;
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
                                       IR_MAY_READ | IR_MAY_THROW};
    unsigned which = below(SYMBOL_COUNT);
    uint16_t effect = effects[which];
    if (which == SYMBOL_WRITE && one_in(2))
        effect = one_in(2) ? IR_MAY_ANYTHING : IR_MAY_READ | IR_MAY_COLLECT;
    IrRef args[2] = {pick(r, IR_PTR), pick(r, IR_I64)};
    if (which != SYMBOL_PURE && one_in(6))
        args[0] = append(r, (IrInsn){.op = IR_FRAME, .type = IR_PTR, .a = 64 * below(3)});
    uint32_t list = trace_extras(r->t, args, 2);
    emit(r, IR_CALL, IR_I64, effect, trace_symbol(r->t, which), list, 2);
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
