/* /tmp/perf-PID.map, where perf looks for the names of code made at run time: lines of
 * "start size name", both numbers in hexadecimal. */
#ifndef YK_PERF_MAP_H
#define YK_PERF_MAP_H

#include <stddef.h>

/* Adds a line. Failure to write the file is reported once, on standard error, and ends it. */
void perf_map_add(const void *code, size_t size, const char *prefix, const char *name);

#endif
