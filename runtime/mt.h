/* The meta-tracer: control. Policy, counters, entering and leaving native code, dropping it. */
#ifndef YK_MT_H
#define YK_MT_H

#include "config.h"
#include "frame.h"

/* The configuration that new meta-tracers take. Loaded (yk_config_load) when it is first needed,
 * unless the program has set it before. Returns NULL, with *error a text to free(), if it cannot
 * be loaded. Not safe against a concurrent yk_config_use. */
const YkConfig *yk_config_current(char **error);
void yk_config_use(const YkConfig *config);

/* Counters of one meta-tracer, for tests and statistics. */
typedef struct YkCounts {
    uint64_t units, instructions, bytes, hot_bytes; /* compiled, ever */
    uint64_t nanoseconds;                           /* spent compiling */
    uint64_t entries, misses;                       /* of native code; dynamic jumps not found */
    uint64_t dropped, quarantined;                  /* units dropped; blocks waiting now */
    uint64_t code_bytes;                            /* allocated now */
    uint64_t traces, exits; /* of tier 1: taken into use, ever; exits without a side trace */
} YkCounts;
YkCounts yk_mt_counts(const YkMT *mt);

#endif
