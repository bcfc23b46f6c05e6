/* The code of one exit, while it is being made: exit_code.c, and exit_slots.c for those at a merge
 * point. */
#ifndef YK_TRACE_EXIT_STUB_H
#define YK_TRACE_EXIT_STUB_H

#include "exit_values.h"
#include "x86.h"

/* Where a value is, in LLVM's notes. */
enum { REGISTER = 1, DIRECT, INDIRECT, CONSTANT, CONSTANT_INDEX };

typedef struct Location {
    uint8_t kind, reserved;
    uint16_t size;
    uint16_t dwarf, reserved_too;
    int32_t offset;
} Location;

typedef struct Record {
    uint64_t id;
    uint32_t at; /* offset in the function */
    uint16_t flags, count;
    Location locations[];
} Record;

typedef struct Stub {
    X86Code *code;
    const Trace *trace;
    const Record *record;
    const uint64_t *constants;
    uint32_t constant_count;
    uint8_t area, scratch; /* registers */
    int32_t values;        /* offset of YkTraceArea.values from the register `area` */
    int32_t pushed;        /* bytes */
    uint8_t saved[2];      /* registers that were pushed */
    IrRef live[EXIT_LIVES];
    uint32_t live_count;
} Stub;

/* The values, one per slot, are put into the registers of the state vector. False: LLVM's notes are
 * not as expected. */
bool exit_pass_slots(Stub *s, const IrRef *values);

#endif
