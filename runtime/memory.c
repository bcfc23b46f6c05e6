/* The JIT's own heap. */
#include "memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* mimalloc's functions, if the program links it. */
void *mi_malloc(size_t) __attribute__((weak));
void *mi_realloc(void *, size_t) __attribute__((weak));
void mi_free(void *) __attribute__((weak));

static unsigned long fail_countdown;

static bool fails(void) {
    return fail_countdown != 0 && --fail_countdown == 0 && (fail_countdown = 1);
}

void memory_fail_after(unsigned long n) {
    fail_countdown = n;
}

void *memory_allocate(size_t size) {
    if (fails())
        return NULL;
    return mi_malloc != NULL ? mi_malloc(size) : malloc(size);
}

void *memory_allocate_zeroed(size_t size) {
    void *block = memory_allocate(size);
    if (block != NULL)
        memset(block, 0, size);
    return block;
}

void *memory_reallocate(void *block, size_t size) {
    if (fails())
        return NULL;
    return mi_realloc != NULL ? mi_realloc(block, size) : realloc(block, size);
}

void memory_free(void *block) {
    if (mi_free != NULL)
        mi_free(block);
    else
        free(block);
}

void memory_populate(void *block, size_t size) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = ((uintptr_t)block + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)block + size) / page * page;
    if (start < end)
        (void)madvise((void *)start, end - start, MADV_POPULATE_WRITE);
}
