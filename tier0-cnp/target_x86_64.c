/* x86-64: relocations and the few instruction sequences that tier 0 writes itself. */
#include "target.h"

#include <string.h>

/* What is stored at a place is either the sum itself or, with YK_FORM_PC32, its distance from the
 * place. Inlined with a constant form. */
__attribute__((always_inline)) static inline bool store(uint8_t *at, uintptr_t address,
                                                        uint8_t form, uint64_t sum) {
    switch ((enum YkRelocForm)form) {
    case YK_FORM_ABS8:
        if (sum > INT8_MAX)
            return false;
        *at = (uint8_t)sum;
        return true;
    case YK_FORM_ABS16:
        if (sum > UINT16_MAX)
            return false;
        memcpy(at, &sum, 2);
        return true;
    case YK_FORM_ABS32:
        if (sum > UINT32_MAX)
            return false;
        memcpy(at, &sum, 4);
        return true;
    case YK_FORM_PC32:
        sum -= address;
        __attribute__((fallthrough));
    case YK_FORM_ABS32S:
        if ((int64_t)sum != (int32_t)sum)
            return false;
        memcpy(at, &sum, 4);
        return true;
    case YK_FORM_ABS64:
        memcpy(at, &sum, 8);
        return true;
    }
    return false;
}

bool target_relocate(uint8_t *at, uintptr_t address, uint8_t form, uint64_t value, int32_t addend) {
    return store(at, address, form, value + (uint64_t)(int64_t)addend);
}

/* What stands at a place, sign-extended. */
__attribute__((always_inline)) static inline uint64_t addend_at(const uint8_t *at, uint8_t form) {
    int8_t byte;
    int16_t word;
    int32_t dword;
    uint64_t qword;
    switch ((enum YkRelocForm)form) {
    case YK_FORM_ABS8:
        memcpy(&byte, at, 1);
        return (uint64_t)byte;
    case YK_FORM_ABS16:
        memcpy(&word, at, 2);
        return (uint64_t)word;
    case YK_FORM_ABS64:
        memcpy(&qword, at, 8);
        return qword;
    default:
        memcpy(&dword, at, 4);
        return (uint64_t)dword;
    }
}

__attribute__((always_inline)) static inline bool patch(const YkParts *parts, uint8_t form,
                                                        const YkReloc *places, unsigned count,
                                                        const uint64_t *values) {
    bool fits = true;
    for (unsigned i = 0; i < count; i++) {
        uint8_t *at = parts_at(parts, places[i].place.offset);
        uint64_t sum = values[places[i].place.index] + addend_at(at, form);
        fits &= store(at, (uintptr_t)at, form, sum);
    }
    return fits;
}

bool target_patch(const YkParts *parts, uint8_t form, const YkReloc *places, unsigned count,
                  const uint64_t *values) {
    switch ((enum YkRelocForm)form) {
    case YK_FORM_ABS8:
        return patch(parts, YK_FORM_ABS8, places, count, values);
    case YK_FORM_ABS16:
        return patch(parts, YK_FORM_ABS16, places, count, values);
    case YK_FORM_ABS32:
        return patch(parts, YK_FORM_ABS32, places, count, values);
    case YK_FORM_ABS32S:
        return patch(parts, YK_FORM_ABS32S, places, count, values);
    case YK_FORM_ABS64:
        return patch(parts, YK_FORM_ABS64, places, count, values);
    case YK_FORM_PC32:
        return patch(parts, YK_FORM_PC32, places, count, values);
    }
    return false;
}

/* Writes an instruction of `size` bytes that ends in a displacement relative to its end. */
static bool write_relative(uint8_t *at, uintptr_t address, const uint8_t *opcode, unsigned size,
                           uintptr_t to) {
    memcpy(at, opcode, size - 4);
    return target_relocate(at + size - 4, address + size - 4, YK_FORM_PC32, to, -4);
}

bool target_write_jump(uint8_t *at, uintptr_t address, uintptr_t to) {
    static const uint8_t jump[] = {0xe9};
    return write_relative(at, address, jump, YK_TARGET_JUMP_SIZE, to);
}

bool target_write_check(uint8_t *at, uintptr_t address, const YkCell *cell, uintptr_t miss) {
    static const uint8_t compare[] = {0x48, 0x3b, 0x3d}; /* cmp rdi, [rip + pc] */
    static const uint8_t branch[] = {0x0f, 0x85};        /* jne miss */
    static const uint8_t jump[] = {0xff, 0x25};          /* jmp [rip + code] */
    return write_relative(at, address, compare, 7, (uintptr_t)&cell->pc) &&
           write_relative(at + 7, address + 7, branch, 6, miss) &&
           write_relative(at + 13, address + 13, jump, 6, (uintptr_t)&cell->code);
}

bool target_write_miss(uint8_t *at, uintptr_t address, const YkCell *cell) {
    static const uint8_t lea[] = {0x4c, 0x8d, 0x15}; /* lea r10, [rip + cell] */
    return write_relative(at, address, lea, 7, (uintptr_t)cell) &&
           target_write_jump(at + 7, address + 7, (uintptr_t)yk_native_lookup_cell);
}

bool target_write_pad(uint8_t *at, uintptr_t address, const YkHeader *header, uintptr_t hot) {
    static const uint8_t decrement[] = {0xff, 0x0d}; /* dec dword [rip + countdown] */
    static const uint8_t branch[] = {0x0f, 0x88};    /* js hot */
    return write_relative(at, address, decrement, 6, (uintptr_t)&header->countdown) &&
           write_relative(at + 6, address + 6, branch, 6, hot);
}

bool target_write_hot(uint8_t *at, uintptr_t address, const YkHeader *header) {
    static const uint8_t lea[] = {0x4c, 0x8d, 0x15};             /* lea r10, [rip + header] */
    static const uint8_t rest[] = {0x41, 0xc7, 0x02, 0, 0, 0, 0, /* mov dword [r10], 0 */
                                   0x41, 0xff, 0x62, 8};         /* jmp [r10 + 8] */
    _Static_assert(offsetof(YkHeader, countdown) == 0 && offsetof(YkHeader, code) == 8, "");
    memcpy(at + 7, rest, sizeof rest);
    return write_relative(at, address, lea, 7, (uintptr_t)header);
}

unsigned target_leave_size(unsigned greens) {
    return 10 * greens + 5;
}

bool target_write_leave(uint8_t *at, uintptr_t address, const uint64_t *greens, unsigned count) {
    /* movabs into rdi, rsi, rdx, rcx: the registers of slots 4 to 7 */
    static const uint8_t opcode[YK_MAX_GREENS][2] = {
        {0x48, 0xbf}, {0x48, 0xbe}, {0x48, 0xba}, {0x48, 0xb9}};
    unsigned size = 0;
    for (unsigned i = 0; i < count; i++, size += 10) {
        memcpy(at + size, opcode[i], 2);
        memcpy(at + size + 2, &greens[i], 8);
    }
    return target_write_jump(at + size, address + size, (uintptr_t)yk_native_leave);
}

void target_write_stub(uint8_t *at, uint64_t destination) {
    static const uint8_t jump[6] = {0xff, 0x25}; /* jmp [rip + 0] */
    memcpy(at, jump, 6);
    memcpy(at + 6, &destination, 8);
    memset(at + 14, 0xcc, 2);
}

void target_fill(uint8_t *at, size_t size) {
    memset(at, 0xcc, size); /* int3 */
}
