/* Unwinding through native code: for debuggers and for C++ exceptions.
 *
 * One rule describes every instruction of native code: the frame is the one that rbp points to
 * (tier0-cnp/thunks_x86_64.S, tier1-trace/backend.h). So one unwind entry covers the whole region
 * of tier 0, made once when the region is opened, and each trace has one of its own. Debuggers get
 * it through GDB's JIT compilation interface, the C++ runtime through __register_frame. Profilers
 * that follow frame pointers need neither. */
#ifndef YK_UNWIND_H
#define YK_UNWIND_H

#include <stddef.h>

typedef struct YkUnwind YkUnwind;

/* Registers [start, start + size), in debuggers as a function `name`, which is copied and may be
 * cut. NULL without memory: then unwinding stops there. */
YkUnwind *unwind_register(const void *start, size_t size, const char *name);
void unwind_unregister(YkUnwind *unwind);

#endif
