/* See exit_code.h. The form of the notes, version 3: docs/StackMaps.rst of LLVM.
 *
 * An exit's code may use registers that hold none of its values; should there be too few, it saves
 * some on the stack first, where nothing is below rsp (the function has no red zone). It ends as
 * the function would: rbp is the caller's again, rsp as at the entry, r10 the Exit. */
#include "exit_code.h"
#include "exit_stub.h"
#include "exit_values.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* ---- LLVM's notes ---------------------------------------------------------------------------- */

typedef struct Header {
    uint8_t version, reserved[3];
    uint32_t functions, constants, records;
} Header;

typedef struct Reader {
    const uint8_t *start, *at, *end;
} Reader;

static const void *take(Reader *r, size_t size) {
    if (size > (size_t)(r->end - r->at))
        return NULL;
    const void *taken = r->at;
    r->at += size;
    return taken;
}

static void align(Reader *r) {
    take(r, (size_t)(r->start - r->at) & 7);
}

static const Record *next_record(Reader *r) {
    const Record *record = take(r, sizeof *record);
    if (record == NULL || take(r, record->count * sizeof(Location)) == NULL)
        return NULL;
    align(r);
    const uint16_t *live_outs = take(r, 4);
    if (live_outs == NULL || take(r, live_outs[1] * (size_t)4) == NULL)
        return NULL;
    align(r);
    return record;
}

/* Finds the section with the notes, empty if there is none, and lets it not be linked. */
static bool find_notes(uint8_t *object, size_t size, Reader *notes) {
    Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)object;
    *notes = (Reader){object, object, object};
    if (size < sizeof *header || header->e_shoff > size ||
        header->e_shnum > (size - header->e_shoff) / sizeof(Elf64_Shdr))
        return false;
    Elf64_Shdr *sections = (Elf64_Shdr *)(void *)(object + header->e_shoff);
    const Elf64_Shdr *names = &sections[header->e_shstrndx];
    for (unsigned i = 0; i < header->e_shnum; i++) {
        Elf64_Shdr *s = &sections[i];
        const char *name = (const char *)object + names->sh_offset + s->sh_name;
        if (strcmp(name, ".llvm_stackmaps") == 0 && s->sh_offset <= size &&
            s->sh_size <= size - s->sh_offset) {
            notes->start = notes->at = object + s->sh_offset;
            notes->end = notes->at + s->sh_size;
            s->sh_flags &= ~(uint64_t)SHF_ALLOC;
        }
    }
    return true;
}

/* ---- one exit -------------------------------------------------------------------------------- */

static bool is_used(const Record *record, uint8_t reg) {
    for (unsigned i = 0; i < record->count; i++) {
        bool vector;
        const Location *l = &record->locations[i];
        if (l->kind == REGISTER && x86_register(l->dwarf, &vector) == reg && !vector)
            return true;
    }
    return false;
}

static void choose_registers(Stub *s) {
    static const uint8_t order[] = {RAX, RBX, RCX, RDX, RSI, RDI, R10,
                                    R11, R8,  R9,  R12, R13, R14, R15};
    uint8_t chosen[2];
    unsigned found = 0;
    for (unsigned i = 0; i < sizeof order && found < 2; i++)
        if (!is_used(s->record, order[i]))
            chosen[found++] = order[i];
    for (unsigned i = 0; found < 2; i++) {
        if (found == 1 && chosen[0] == order[i])
            continue;
        chosen[found++] = order[i];
        x86_push(s->code, order[i]);
        s->saved[s->pushed / 8] = order[i];
        s->pushed += 8;
    }
    s->area = chosen[0];
    s->scratch = chosen[1];
}

static void store_constant(Stub *s, int32_t to, uint64_t bits) {
    if ((uint64_t)(int64_t)(int32_t)bits == bits) {
        x86_store_constant(s->code, s->area, to, (int32_t)bits, 8);
        return;
    }
    x86_constant(s->code, s->scratch, bits);
    x86_store(s->code, s->area, to, s->scratch, 8);
}

/* Stores the scratch register, which holds a value from memory or another register. */
static void store_scratch(Stub *s, int32_t to, uint8_t type) {
    if (type == IR_I1)
        x86_and(s->code, s->scratch, 1);
    x86_store(s->code, s->area, to, s->scratch, 8);
}

static bool store_register(Stub *s, int32_t to, uint8_t type, const Location *l) {
    bool vector;
    unsigned bytes = ir_type_bytes[type];
    uint8_t reg = x86_register(l->dwarf, &vector);
    if (reg == X86_NO_REGISTER || l->offset != 0)
        return false;
    if (vector) {
        if (bytes == 4)
            x86_store_constant(s->code, s->area, to, 0, 8);
        x86_store_vector(s->code, s->area, to, reg, bytes);
        return true;
    }
    for (unsigned i = 0; 8 * (int32_t)i < s->pushed; i++)
        if (s->saved[i] == reg) {
            x86_load(s->code, s->scratch, RSP, s->pushed - 8 - 8 * (int32_t)i, bytes);
            store_scratch(s, to, type);
            return true;
        }
    if (bytes == 8) {
        x86_store(s->code, s->area, to, reg, 8);
        return true;
    }
    x86_move(s->code, s->scratch, reg, bytes);
    store_scratch(s, to, type);
    return true;
}

/* Whether LLVM notes a constant. */
static bool noted_constant(const Stub *s, const Location *l, uint8_t type, uint64_t *bits) {
    if (l->kind == CONSTANT)
        *bits = (uint64_t)l->offset & ir_type_mask(type);
    else if (l->kind == CONSTANT_INDEX && (uint32_t)l->offset < s->constant_count)
        *bits = s->constants[l->offset] & ir_type_mask(type);
    else
        return false;
    return true;
}

static bool store_live(Stub *s, int32_t to, uint8_t type, const Location *l) {
    bool vector;
    uint64_t bits;
    if (noted_constant(s, l, type, &bits)) {
        store_constant(s, to, bits);
        return true;
    }
    switch (l->kind) {
    case REGISTER:
        return store_register(s, to, type, l);
    case INDIRECT: /* the function's frame is at rbp */
        x86_load(s->code, s->scratch, RBP, l->offset, ir_type_bytes[type]);
        store_scratch(s, to, type);
        return x86_register(l->dwarf, &vector) == RBP && !vector;
    default:
        return false;
    }
}

/* Where a value is that is no constant; NULL: LLVM has not noted it. */
static const Location *location(Stub *s, IrRef value) {
    uint32_t n = exit_live_index(s->live, &s->live_count, value);
    return n < s->record->count ? &s->record->locations[n] : NULL;
}

/* ---- pending stores ---------------------------------------------------------------------------
 */

static bool constant_bits(Stub *s, IrRef value, uint64_t *bits) {
    if (trace_is_const(value)) {
        *bits = trace_bits(s->trace, value);
        return true;
    }
    const Location *l = location(s, value);
    return l != NULL && noted_constant(s, l, trace_type(s->trace, value), bits);
}

/* A general register with the value: that in which it is, or `spare`. X86_NO_REGISTER: it cannot
 * be had. */
static uint8_t fetch(Stub *s, IrRef value, uint8_t spare) {
    bool vector;
    uint64_t bits;
    if (constant_bits(s, value, &bits)) {
        x86_constant(s->code, spare, bits);
        return spare;
    }
    const Location *l = location(s, value);
    uint8_t reg = l != NULL ? x86_register(l->dwarf, &vector) : X86_NO_REGISTER;
    unsigned bytes = ir_type_bytes[trace_type(s->trace, value)];
    if (reg == X86_NO_REGISTER || vector)
        return X86_NO_REGISTER;
    if (l->kind == INDIRECT && reg == RBP) {
        x86_load(s->code, spare, RBP, l->offset, bytes);
        return spare;
    }
    if (l->kind != REGISTER || l->offset != 0)
        return X86_NO_REGISTER;
    for (unsigned i = 0; 8 * (int32_t)i < s->pushed; i++)
        if (s->saved[i] == reg) {
            x86_load(s->code, spare, RSP, s->pushed - 8 - 8 * (int32_t)i, bytes);
            return spare;
        }
    return reg;
}

/* The vector register that a value is in, or X86_NO_REGISTER. */
static uint8_t in_vector(Stub *s, IrRef value) {
    bool vector;
    const Location *l = trace_is_const(value) ? NULL : location(s, value);
    if (l == NULL || l->kind != REGISTER || l->offset != 0)
        return X86_NO_REGISTER;
    uint8_t reg = x86_register(l->dwarf, &vector);
    return vector ? reg : X86_NO_REGISTER;
}

/* May use both scratch registers. */
static bool store_pending(Stub *s, const IrInsn *store) {
    uint64_t bits;
    int32_t offset = (int16_t)store->aux;
    unsigned bytes = ir_type_bytes[store->type];
    uint8_t base = fetch(s, store->a, s->area), vector = in_vector(s, store->b);
    if (base == X86_NO_REGISTER)
        return false;
    if (vector != X86_NO_REGISTER) {
        x86_store_vector(s->code, base, offset, vector, bytes);
        return true;
    }
    if (constant_bits(s, store->b, &bits) &&
        (bytes < 8 || (uint64_t)(int64_t)(int32_t)bits == bits)) {
        x86_store_constant(s->code, base, offset, (int32_t)bits, bytes);
        return true;
    }
    uint8_t value = fetch(s, store->b, s->scratch);
    if (value == X86_NO_REGISTER)
        return false;
    if (store->type == IR_I1) {
        x86_move(s->code, s->scratch, value, 1);
        x86_and(s->code, s->scratch, 1);
        value = s->scratch;
    }
    x86_store(s->code, base, offset, value, bytes);
    return true;
}

/* ---- an exit's code --------------------------------------------------------------------------
 */

/* See lower_area. */
static void load_area(Stub *s, uint32_t value_count) {
    x86_load(s->code, s->area, RBP, 0, 8);
    x86_load(s->code, s->area, s->area, YK_TARGET_FRAME_OFFSET, 8);
    x86_load(s->code, s->area, s->area, offsetof(YkFrame, area), 8);
    s->values = offsetof(YkTraceArea, values);
    if (value_count > 3) { /* then values are within one byte of offset */
        x86_lea(s->code, s->area, s->area, s->values + 128);
        s->values = -128;
    }
}

/* Before anything else; the registers are as they were when it is done. */
static bool store_all_pending(Stub *s, const TraceSnapshot *snapshot) {
    if (snapshot->pending_count == 0)
        return true;
    choose_registers(s);
    for (uint32_t i = 0; i < snapshot->pending_count; i++)
        if (!store_pending(s, &s->trace->pending[snapshot->pending + i]))
            return false;
    for (; s->pushed > 0; s->pushed -= 8)
        x86_pop(s->code, s->saved[s->pushed / 8 - 1]);
    return true;
}

/* To memory: values in the midst of a bytecode. */
static bool store_values(Stub *s, const IrRef *values, uint32_t count) {
    choose_registers(s);
    load_area(s, count);
    for (uint32_t i = 0; i < count; i++) {
        int32_t to = s->values + 8 * (int32_t)i;
        if (values[i] == IR_NONE)
            continue;
        if (trace_is_const(values[i])) {
            store_constant(s, to, trace_bits(s->trace, values[i]));
            continue;
        }
        const Location *l = location(s, values[i]);
        if (l == NULL || !store_live(s, to, trace_type(s->trace, values[i]), l))
            return false;
    }
    return true;
}

static bool make_stub(Stub *s, const Exit *exit, uint32_t snapshot) {
    IrRef values[YK_EXIT_VALUES];
    uint32_t count = exit_values(s->trace, snapshot, values);
    if (count == UINT32_MAX)
        return false;
    s->live_count = exit_lives(s->trace, snapshot, values, count, s->live);
    if (!store_all_pending(s, &s->trace->snapshots[snapshot]))
        return false;
    bool slots = s->trace->snapshots[snapshot].frame_count == 0;
    if (!(slots ? exit_pass_slots(s, values) : store_values(s, values, count)))
        return false;
    x86_constant(s->code, R10, (uintptr_t)exit);
    x86_leave(s->code);
    x86_jump_through(s->code, R10);
    return true;
}

/* The end of a trace: its slots are in their registers already, but for one. */
static bool make_end(Stub *s, const TraceLink *link) {
    const Location *l = s->record->locations;
    bool vector = false;
    switch (s->record->count != 0 ? l->kind : 0) {
    case 0:
        break;
    case REGISTER:
        x86_move(s->code, R11, x86_register(l->dwarf, &vector), 8);
        break;
    case INDIRECT:
        x86_load(s->code, R11, RBP, l->offset, 8);
        break;
    case CONSTANT:
        x86_constant(s->code, R11, (uint64_t)l->offset);
        break;
    case CONSTANT_INDEX:
        if ((uint32_t)l->offset >= s->constant_count)
            return false;
        x86_constant(s->code, R11, s->constants[l->offset]);
        break;
    default:
        return false;
    }
    x86_constant(s->code, R10, (uintptr_t)&link->cell);
    x86_load(s->code, R10, R10, 0, 8);
    x86_leave(s->code);
    x86_jump_through(s->code, R10);
    return !vector;
}

/* ---- all exits ------------------------------------------------------------------------------- */

static bool read_notes(Reader *notes, const BackendJob *job, ExitCode *exits) {
    const Header *header = take(notes, sizeof *header);
    if (header == NULL || header->version != 3 || header->functions != 1)
        return false;
    const uint64_t *function = take(notes, 3 * sizeof *function);
    const uint64_t *constants = take(notes, header->constants * sizeof *constants);
    if (function == NULL || constants == NULL)
        return false;
    exits->jumps = memory_allocate(header->records * sizeof *exits->jumps + 1);
    if (exits->jumps == NULL)
        return false;
    for (uint32_t i = 0; i < header->records; i++) {
        const Record *record = next_record(notes);
        if (record == NULL)
            return false;
        exits->jumps[exits->count++] = (ExitJump){record->at, (uint32_t)exits->code.size};
        uint32_t snapshot = (uint32_t)record->id;
        Stub stub = {.code = &exits->code,
                     .trace = job->trace,
                     .record = record,
                     .constants = constants,
                     .constant_count = header->constants};
        bool fine = record->id == EXIT_END ? make_end(&stub, job->link)
                                           : record->id < job->trace->snapshot_count &&
                                                 make_stub(&stub, &job->exits[snapshot], snapshot);
        if (!fine)
            return false;
    }
    return true;
}

bool exit_code_make(void *object, size_t size, const BackendJob *job, ExitCode *exits,
                    char **error) {
    Reader notes;
    *exits = (ExitCode){0};
    bool fine = find_notes(object, size, &notes) &&
                (notes.at == notes.end || read_notes(&notes, job, exits));
    if (fine && !exits->code.failed)
        return true;
    exit_code_free(exits);
    return fail(error, fine ? "out of memory" : "LLVM's notes about exits are not as expected");
}

bool exit_code_link(const ExitCode *exits, uint8_t *function, size_t function_size, uint8_t *to) {
    /* Multi-byte nops begin with one of these. */
    static const uint8_t nops[] = {0x90, 0x66, 0x0f, 0x2e};
    if (exits->code.size != 0)
        memcpy(to, exits->code.bytes, exits->code.size);
    for (uint32_t i = 0; i < exits->count; i++) {
        uint32_t at = exits->jumps[i].at;
        if (at > function_size || function_size - at < EXIT_JUMP_BYTES ||
            memchr(nops, function[at], sizeof nops) == NULL)
            return false;
        uint8_t *jump = function + at;
        ptrdiff_t distance = to + exits->jumps[i].to - (jump + EXIT_JUMP_BYTES);
        int32_t displacement = (int32_t)distance;
        jump[0] = 0xe9;
        memcpy(jump + 1, &displacement, sizeof displacement);
    }
    return true;
}

void exit_code_free(ExitCode *exits) {
    memory_free(exits->code.bytes);
    memory_free(exits->jumps);
    *exits = (ExitCode){0};
}
