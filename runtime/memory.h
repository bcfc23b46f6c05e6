/* The JIT's own memory: its heap, which is mimalloc's where that is linked, else the C library's,
 * and what it asks the system for. One place, so that tests can make any request fail. */
#ifndef YK_MEMORY_H
#define YK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

void *memory_allocate(size_t size);
void *memory_allocate_zeroed(size_t size);
void *memory_reallocate(void *block, size_t size);
void memory_free(void *block);
/* Makes the whole pages of a block present, all at once. Changes nothing if the system cannot. */
void memory_populate(void *block, size_t size);

/* mmap of private memory that is no file's, and mprotect; flags: MAP_... besides. NULL, false: the
 * system refuses. */
void *memory_map(void *at, size_t size, int protection, int flags);
bool memory_protect(void *start, size_t size, int protection);

/* For tests: the nth request from now on fails, of all threads together, and all after it; 0: none.
 */
void memory_fail_after(unsigned long n);
/* ... n > 0: the nth only; n < 0: the (-n)th and all after it; 0: as before. */
void memory_fail_request(int n);
/* Requests since one of these was called with another number than 0. */
unsigned long memory_requests(void);

#endif
