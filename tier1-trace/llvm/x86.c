/* Encodes; see x86.h. REX.W = 8, .R = 4, .B = 1. */
#include "x86.h"

#include "../../runtime/memory.h"

#include <string.h>

const uint8_t x86_slots[12] = {R12, R13, R14, R15, RDI, RSI, RDX, RCX, R8, R9, R11, RAX};

static void put(X86Code *c, const void *bytes, size_t size) {
    if (c->failed)
        return;
    if (size > c->capacity - c->size) {
        size_t capacity = 2 * c->capacity + 1024;
        uint8_t *grown = memory_reallocate(c->bytes, capacity);
        if (grown == NULL) {
            c->failed = true;
            return;
        }
        c->bytes = grown;
        c->capacity = capacity;
    }
    memcpy(c->bytes + c->size, bytes, size);
    c->size += size;
}

static void byte(X86Code *c, unsigned value) {
    uint8_t b = (uint8_t)value;
    put(c, &b, 1);
}

/* Prefix, if it says anything, or is needed to reach the low byte of rsi, rdi. */
static void rex(X86Code *c, unsigned w, unsigned reg, unsigned rm, bool always) {
    unsigned prefix = w | (reg & 8) >> 1 | (rm & 8) >> 3;
    if (prefix != 0 || always)
        byte(c, 0x40 | prefix);
}

/* ModRM and what follows it for [base + offset]. */
static void memory(X86Code *c, unsigned reg, unsigned base, int32_t offset) {
    bool none = offset == 0 && (base & 7) != RBP, small = offset >= -128 && offset < 128;
    byte(c, (none ? 0x00 : small ? 0x40 : 0x80) | (reg & 7) << 3 | (base & 7));
    if ((base & 7) == RSP)
        byte(c, 0x24);
    if (!none)
        put(c, &offset, small ? 1 : 4);
}

uint8_t x86_register(unsigned dwarf, bool *vector) {
    static const uint8_t general[16] = {RAX, RDX, RCX, RBX, RSI, RDI, RBP, RSP,
                                        R8,  R9,  R10, R11, R12, R13, R14, R15};
    *vector = dwarf >= 17 && dwarf < 33;
    return dwarf < 16 ? general[dwarf] : *vector ? (uint8_t)(dwarf - 17) : X86_NO_REGISTER;
}

void x86_load(X86Code *c, uint8_t to, uint8_t base, int32_t offset, unsigned bytes) {
    rex(c, bytes == 8 ? 8 : 0, to, base, false);
    if (bytes < 4) {
        byte(c, 0x0f);
        byte(c, bytes == 1 ? 0xb6 : 0xb7);
    } else {
        byte(c, 0x8b);
    }
    memory(c, to, base, offset);
}

void x86_move(X86Code *c, uint8_t to, uint8_t from, unsigned bytes) {
    rex(c, bytes == 8 ? 8 : 0, to, from, bytes == 1);
    if (bytes < 4) {
        byte(c, 0x0f);
        byte(c, bytes == 1 ? 0xb6 : 0xb7);
    } else {
        byte(c, 0x8b);
    }
    byte(c, 0xc0 | (to & 7) << 3 | (from & 7));
}

void x86_exchange(X86Code *c, uint8_t a, uint8_t b) {
    rex(c, 8, a, b, false);
    byte(c, 0x87);
    byte(c, 0xc0 | (a & 7) << 3 | (b & 7));
}

void x86_move_from_vector(X86Code *c, uint8_t to, uint8_t from, unsigned bytes) {
    byte(c, 0x66);
    rex(c, bytes == 8 ? 8 : 0, from, to, false);
    byte(c, 0x0f);
    byte(c, 0x7e);
    byte(c, 0xc0 | (from & 7) << 3 | (to & 7));
}

/* Prefixes and opcode of a store; `opcode` that of the one with more than one byte. */
static void store(X86Code *c, unsigned opcode, uint8_t reg, uint8_t base, unsigned bytes) {
    if (bytes == 2)
        byte(c, 0x66);
    rex(c, bytes == 8 ? 8 : 0, reg, base, bytes == 1);
    byte(c, bytes == 1 ? opcode - 1 : opcode);
}

void x86_store(X86Code *c, uint8_t base, int32_t offset, uint8_t from, unsigned bytes) {
    store(c, 0x89, from, base, bytes);
    memory(c, from, base, offset);
}

void x86_store_vector(X86Code *c, uint8_t base, int32_t offset, uint8_t from, unsigned bytes) {
    byte(c, bytes == 8 ? 0xf2 : 0xf3);
    rex(c, 0, from, base, false);
    byte(c, 0x0f);
    byte(c, 0x11);
    memory(c, from, base, offset);
}

void x86_store_constant(X86Code *c, uint8_t base, int32_t offset, int32_t value, unsigned bytes) {
    store(c, 0xc7, 0, base, bytes);
    memory(c, 0, base, offset);
    put(c, &value, bytes < 4 ? bytes : 4);
}

void x86_constant(X86Code *c, uint8_t to, uint64_t value) {
    if (value <= UINT32_MAX) {
        rex(c, 0, 0, to, false);
        byte(c, 0xb8 | (to & 7));
        put(c, &value, 4);
        return;
    }
    rex(c, 8, 0, to, false);
    byte(c, 0xb8 | (to & 7));
    put(c, &value, 8);
}

void x86_and(X86Code *c, uint8_t to, int8_t value) {
    rex(c, 0, 0, to, false);
    byte(c, 0x83);
    byte(c, 0xe0 | (to & 7));
    put(c, &value, 1);
}

void x86_lea(X86Code *c, uint8_t to, uint8_t base, int32_t offset) {
    rex(c, 8, to, base, false);
    byte(c, 0x8d);
    memory(c, to, base, offset);
}

void x86_push(X86Code *c, uint8_t from) {
    rex(c, 0, 0, from, false);
    byte(c, 0x50 | (from & 7));
}

void x86_pop(X86Code *c, uint8_t to) {
    rex(c, 0, 0, to, false);
    byte(c, 0x58 | (to & 7));
}

void x86_leave(X86Code *c) {
    byte(c, 0xc9);
}

void x86_jump_through(X86Code *c, uint8_t base) {
    rex(c, 0, 4, base, false);
    byte(c, 0xff);
    memory(c, 4, base, 0);
}
