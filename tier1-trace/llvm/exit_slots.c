/* Exits at a merge point: the values are put into the registers in which native code has the state
 * vector.
 *
 * First the values that are in general registers, all at once, as it were: a register is written
 * when no one has still to read it, and registers that exchange their values do so. Then, when
 * these are read, those in vector registers and in memory, and constants. */
#include "exit_stub.h"
#include "exit_values.h"

typedef struct Move {
    uint8_t to, from;
} Move;

static bool is_read(const Move *moves, unsigned count, uint8_t reg) {
    for (unsigned i = 0; i < count; i++)
        if (moves[i].from == reg && moves[i].to != reg)
            return true;
    return false;
}

/* One that overwrites nothing that others read; or `count`. */
static unsigned find_free(const Move *moves, unsigned count) {
    unsigned i = 0;
    while (i < count && is_read(moves, count, moves[i].to))
        i++;
    return i;
}

/* Takes the moves off the list. */
static void move_at_once(X86Code *code, Move *moves, unsigned count) {
    while (count > 0) {
        unsigned i = find_free(moves, count);
        if (i < count) {
            if (moves[i].to != moves[i].from)
                x86_move(code, moves[i].to, moves[i].from, 8);
        } else { /* cycles: each register is read once */
            i = 0;
            x86_exchange(code, moves[0].to, moves[0].from);
            for (unsigned j = 1; j < count; j++)
                if (moves[j].from == moves[0].to)
                    moves[j].from = moves[0].from;
        }
        moves[i] = moves[--count];
    }
}

/* Slots are zero-extended; what is above a value in a register is unknown. */
static void extend(X86Code *code, uint8_t reg, uint8_t type) {
    if (type == IR_I1)
        x86_and(code, reg, 1);
    else if (ir_type_bytes[type] < 8)
        x86_move(code, reg, reg, ir_type_bytes[type]);
}

/* What is not in a general register. */
static bool load_slot(Stub *s, uint8_t to, uint8_t type, const Location *l) {
    bool vector;
    uint8_t from = x86_register(l->dwarf, &vector);
    switch (l->kind) {
    case REGISTER:
        x86_move_from_vector(s->code, to, from, ir_type_bytes[type]);
        return vector && l->offset == 0;
    case INDIRECT: /* the function's frame is at rbp */
        x86_load(s->code, to, RBP, l->offset, ir_type_bytes[type]);
        if (type == IR_I1)
            x86_and(s->code, to, 1);
        return from == RBP && !vector;
    case CONSTANT:
        x86_constant(s->code, to, (uint64_t)l->offset & ir_type_mask(type));
        return true;
    case CONSTANT_INDEX:
        if ((uint32_t)l->offset >= s->constant_count)
            return false;
        x86_constant(s->code, to, s->constants[l->offset] & ir_type_mask(type));
        return true;
    default:
        return false;
    }
}

/* Where the value of each slot is, NULL for constants; false: somewhere unknown. */
static bool locate(Stub *s, const IrRef *values, const Location **at) {
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++) {
        at[i] = NULL;
        if (!exit_is_live(values[i]))
            continue;
        uint32_t n = exit_live_index(s->live, &s->live_count, values[i]);
        if (n >= s->record->count)
            return false;
        at[i] = &s->record->locations[n];
    }
    return true;
}

static bool in_general_register(const Location *l, uint8_t *reg) {
    bool vector;
    *reg = x86_register(l->dwarf, &vector);
    return l->kind == REGISTER && *reg != X86_NO_REGISTER && !vector;
}

bool exit_pass_slots(Stub *s, const IrRef *values) {
    const Location *at[TRACE_VECTOR_SLOTS];
    Move moves[TRACE_VECTOR_SLOTS];
    unsigned count = 0;
    uint8_t from;
    if (!locate(s, values, at))
        return false;
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++)
        if (at[i] != NULL && in_general_register(at[i], &from))
            moves[count++] = (Move){.to = x86_slots[i], .from = from};
    move_at_once(s->code, moves, count);
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++) {
        uint8_t to = x86_slots[i];
        if (values[i] == IR_NONE)
            continue;
        if (at[i] == NULL)
            x86_constant(s->code, to, trace_bits(s->trace, values[i]));
        else if (in_general_register(at[i], &from))
            extend(s->code, to, trace_type(s->trace, values[i]));
        else if (!load_slot(s, to, trace_type(s->trace, values[i]), at[i]))
            return false;
    }
    return true;
}
