/* The JIT's own heap: mimalloc where it is linked, else the C library's. One place, so that tests
 * can make any allocation fail. */
#ifndef YK_MEMORY_H
#define YK_MEMORY_H

#include <stddef.h>

void *memory_allocate(size_t size);
void *memory_allocate_zeroed(size_t size);
void *memory_reallocate(void *block, size_t size);
void memory_free(void *block);
/* Makes the whole pages of a block present, all at once. Changes nothing if the system cannot. */
void memory_populate(void *block, size_t size);

/* Lets the nth allocation from now on fail, and all after it; 0: none. For tests. */
void memory_fail_after(unsigned long n);

#endif
