/* Unwinding through native code: for debuggers and for C++ exceptions.
 *
 * One rule describes every instruction of native code: the frame is the one that rbp points to
 * (tier0-cnp/thunks_x86_64.S). So one unwind entry covers the whole region, made once when the
 * region is opened, and compiling code costs nothing here. Debuggers get it through GDB's JIT
 * compilation interface, the C++ runtime through __register_frame. Profilers that follow frame
 * pointers need neither. */
#ifndef YK_UNWIND_H
#define YK_UNWIND_H

#include <stddef.h>

typedef struct YkUnwind YkUnwind;

/* Registers [start, start + size). NULL without memory: then unwinding stops at native code. */
YkUnwind *unwind_register(const void *start, size_t size);
void unwind_unregister(YkUnwind *unwind);

#endif
