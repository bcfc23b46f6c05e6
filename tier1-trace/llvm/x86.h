/* The few x86-64 instructions that the code of exits is made of. */
#ifndef YK_TRACE_X86_H
#define YK_TRACE_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };
#define X86_NO_REGISTER 0xffu

/* Where native code has the slots of the state vector (thunks_x86_64.S). */
extern const uint8_t x86_slots[12];

/* Code that grows; without memory `failed` is set and nothing more is written. */
typedef struct X86Code {
    uint8_t *bytes; /* of memory_allocate */
    size_t size, capacity;
    bool failed;
} X86Code;

/* The general register or, from 0 on with *vector set, the vector register with a DWARF number;
 * X86_NO_REGISTER: another. */
uint8_t x86_register(unsigned dwarf, bool *vector);

/* `bytes` (1, 2, 4, 8) are zero-extended to 64 bits. */
void x86_load(X86Code *c, uint8_t to, uint8_t base, int32_t offset, unsigned bytes);
void x86_move(X86Code *c, uint8_t to, uint8_t from, unsigned bytes);
void x86_exchange(X86Code *c, uint8_t a, uint8_t b);                             /* 64 bits */
void x86_move_from_vector(X86Code *c, uint8_t to, uint8_t from, unsigned bytes); /* 4, 8 */
void x86_store(X86Code *c, uint8_t base, int32_t offset, uint8_t from, unsigned bytes);
void x86_store_vector(X86Code *c, uint8_t base, int32_t offset, uint8_t from, unsigned bytes);
/* Of 8 bytes: the value is sign-extended. */
void x86_store_constant(X86Code *c, uint8_t base, int32_t offset, int32_t value, unsigned bytes);
void x86_constant(X86Code *c, uint8_t to, uint64_t value);
void x86_and(X86Code *c, uint8_t to, int8_t value); /* 32 bits */
void x86_lea(X86Code *c, uint8_t to, uint8_t base, int32_t offset);
void x86_push(X86Code *c, uint8_t from);
void x86_pop(X86Code *c, uint8_t to);
void x86_leave(X86Code *c);
void x86_jump_through(X86Code *c, uint8_t base); /* jmp [base] */

#endif
