/* What random traces (trace_random.h) run in: random numbers, a module, initial states. */
#ifndef YK_TRACE_RANDOM_WORLD_H
#define YK_TRACE_RANDOM_WORLD_H

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
static const char random_strings[] =
    "\0body\0inner\0A\0B\0C\0D\0L\0f\0pure\0read\0write\0throw\0fresh\0"
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
    N_FRESH = 46,
    N_TYPES = 52
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
enum { SYMBOL_PURE, SYMBOL_READ, SYMBOL_WRITE, SYMBOL_THROW, SYMBOL_FRESH, SYMBOL_COUNT };
static const void *const random_symbols[] = {interp_pure, interp_read, interp_write, interp_throw,
                                             interp_fresh};
static const uint32_t random_symbol_names[] = {N_PURE, N_READ, N_WRITE, N_THROW, N_FRESH};
static const uint32_t random_symbol_functions[] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX,
                                                   UINT32_MAX};
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

/* The link back is a number by which objects are told apart. */
static bool random_keys;
static void random_declare_keys(void) {
    random_keys = true;
    random_classes[CLASS_BACK].size |= AOT_CLASS_KEY;
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
    if (random_keys)
        object->words[6] = object->bytes[48];
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
    interp_fresh_alone = random_lists;
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

#endif
