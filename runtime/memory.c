/* The JIT's own memory; see memory.h. */
#include "memory.h"

#include <limits.h>
#include <stdatomic.h>
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

/* Numbers of the requests that fail; the first is 1. */
static _Atomic unsigned long first_failure, last_failure, requests;

static bool fails(void) {
    unsigned long first = atomic_load_explicit(&first_failure, memory_order_relaxed);
    if (first == 0)
        return false;
    unsigned long number = atomic_fetch_add(&requests, 1) + 1;
    return number >= first && number <= last_failure;
}

static void fail_between(unsigned long first, unsigned long last) {
    requests = 0;
    last_failure = last;
    first_failure = first;
}

void memory_fail_after(unsigned long n) {
    fail_between(n, ULONG_MAX);
}

void memory_fail_request(int n) {
    if (n > 0)
        fail_between((unsigned long)n, (unsigned long)n);
    else if (n < 0)
        fail_between(-(unsigned long)n, ULONG_MAX);
}

unsigned long memory_requests(void) {
    return requests;
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

void *memory_map(void *at, size_t size, int protection, int flags) {
    if (fails())
        return NULL;
    void *map = mmap(at, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return map == MAP_FAILED ? NULL : map;
}

bool memory_protect(void *start, size_t size, int protection) {
    return !fails() && mprotect(start, size, protection) == 0;
}

void memory_populate(void *block, size_t size) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = ((uintptr_t)block + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)block + size) / page * page;
    if (start < end)
        (void)madvise((void *)start, end - start, MADV_POPULATE_WRITE);
}
