/* Memory for native code: one region per meta-tracer, within 2 GiB of the program.
 *
 * The region is reserved once and committed as it fills. Memory is never writable and executable
 * at the same time: code_memory_write makes a block writable, code_memory_seal executable again.
 * The pages around a block may hold other code of the same meta-tracer, which nobody can be
 * running at that moment: a meta-tracer is used by one thread at a time.
 *
 * Changing the protection of a page costs about as much as making the code in it. So blocks at the
 * end of the region stay writable when they are sealed, and become executable all together when
 * the first of them is to be run (code_memory_ready).
 *
 * In front of the code lie the data cells that it refers to, which are never executable. They grow
 * towards lower addresses: the first of them and the first code are made present together. */
#ifndef YK_CODE_MEMORY_H
#define YK_CODE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct YkExtent {
    uint32_t offset, size; /* bytes from the region's start; multiples of the granule */
} YkExtent;

typedef struct YkCodeMemory {
    uint8_t *base;    /* start of the code; NULL: there is no region */
    size_t code_size; /* bytes for code */
    size_t data_size; /* bytes for data, in front of the code */
    size_t data_used;
    YkExtent *free; /* sorted by offset, never adjacent */
    size_t free_count, free_capacity;
    void *region; /* all that is reserved */
    size_t region_size;
    size_t used;      /* bytes of code that are allocated */
    size_t populated; /* bytes from the start whose pages have been made present */
    size_t writable;  /* bytes from the start that have been made writable once, or more */
    uint32_t sealed;  /* end of the last page that was ever executable; writable from here on, if
                         populated */
    uint32_t pending; /* end of the last block that waits to become executable; beyond `sealed`,
                         or none waits */
} YkCodeMemory;

#define YK_CODE_GRANULE 16u

/* Reserves a region for `limit` bytes of code such that everything in it is within 2 GiB of
 * `near`. On failure returns false and leaves *error a static text. */
bool code_memory_open(YkCodeMemory *memory, size_t limit, const void *near, const char **error);
void code_memory_close(YkCodeMemory *memory);

/* Allocates a block of at least `size` bytes; NULL when the region is full. The block cannot be
 * written before code_memory_write. As long as that wastes little, blocks lie on pages that hold no
 * executable code yet. */
uint8_t *code_memory_allocate(YkCodeMemory *memory, size_t size);
/* Gives back a block of `size` bytes, as asked for when it was allocated. */
void code_memory_free(YkCodeMemory *memory, uint8_t *block, size_t size);

/* Before and after a block is written. On failure of code_memory_write nothing has changed; failure
 * to seal leaves the block not executable and returns false. What is sealed may be run as soon as
 * code_memory_ready says so. */
bool code_memory_write(YkCodeMemory *memory, uint8_t *block, size_t size);
bool code_memory_seal(YkCodeMemory *memory, uint8_t *block, size_t size);

/* Is the code at this address, in a sealed block, not executable yet? */
static inline bool code_memory_waits(const YkCodeMemory *memory, const uint8_t *code) {
    return (size_t)(code - memory->base) >= memory->sealed;
}
/* Makes all blocks executable that wait for it. False: the system refuses; they go on waiting. */
bool code_memory_ready(YkCodeMemory *memory);

/* Allocates `size` bytes of writable, zeroed data near the code; NULL when there is none left.
 * Data is given back only with the region. */
void *code_memory_data(YkCodeMemory *memory, size_t size);

static inline bool code_memory_contains(const YkCodeMemory *memory, uintptr_t address) {
    return address - (uintptr_t)memory->base < memory->code_size;
}

#endif
