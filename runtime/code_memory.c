/* Memory for native code: a region near the program, a first-fit list of free extents. */
#include "code_memory.h"
#include "memory.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define POPULATE_BATCH ((size_t)32 << 10)
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#define REACH ((uintptr_t)0x7ff00000) /* a displacement of 32 bits, less some slack */

static size_t page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t round_up(size_t value, size_t unit) {
    return (value + unit - 1) / unit * unit;
}

/* Tries addresses below `near`, where nothing grows, then above it. */
static uint8_t *reserve_near(size_t size, uintptr_t near) {
    const uintptr_t step = 16u << 20;
    for (int above = 0; above < 2; above++)
        for (uintptr_t distance = step + (above ? 0 : size); distance + (above ? size : 0) < REACH;
             distance += step) {
            if (!above && distance > near)
                break;
            uintptr_t at = (above ? near + distance : near - distance) / step * step;
            void *p =
                mmap((void *)at, size, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
            if (p == (void *)at)
                return p;
            if (p != MAP_FAILED)
                munmap(p, size);
        }
    return NULL;
}

bool code_memory_open(YkCodeMemory *memory, size_t limit, const void *near, const char **error) {
    memset(memory, 0, sizeof *memory);
    size_t code = round_up(limit, page_size());
    size_t data = round_up(code / 8, page_size());
    memory->free = memory_allocate(16 * sizeof *memory->free);
    if (memory->free == NULL) {
        *error = "out of memory";
        return false;
    }
    uint8_t *base = reserve_near(code + data, (uintptr_t)near);
    if (base == NULL) {
        memory_free(memory->free);
        memory->free = NULL;
        *error = "no address space near the program for native code";
        return false;
    }
    if (mprotect(base + code, data, PROT_READ | PROT_WRITE) != 0) {
        munmap(base, code + data);
        memory_free(memory->free);
        memory->free = NULL;
        *error = "no memory for the data of native code";
        return false;
    }
    memory->base = base;
    memory->code_size = code;
    memory->data_size = data;
    memory->free_capacity = 16;
    memory->free_count = 1;
    memory->free[0] = (YkExtent){0, (uint32_t)code};
    return true;
}

void code_memory_close(YkCodeMemory *memory) {
    if (memory->base != NULL)
        munmap(memory->base, memory->code_size + memory->data_size);
    memory_free(memory->free);
    memset(memory, 0, sizeof *memory);
}

uint8_t *code_memory_allocate(YkCodeMemory *memory, size_t size) {
    if (size == 0 || size > memory->code_size)
        return NULL;
    uint32_t need = (uint32_t)round_up(size, YK_CODE_GRANULE);
    for (size_t i = 0; i < memory->free_count; i++) {
        YkExtent *e = &memory->free[i];
        if (e->size < need)
            continue;
        uint8_t *block = memory->base + e->offset;
        e->offset += need;
        e->size -= need;
        if (e->size == 0) {
            memmove(e, e + 1, (memory->free_count - i - 1) * sizeof *e);
            memory->free_count--;
        }
        memory->used += need;
        return block;
    }
    return NULL;
}

void code_memory_free(YkCodeMemory *memory, uint8_t *block, size_t size) {
    uint32_t offset = (uint32_t)(block - memory->base);
    uint32_t length = (uint32_t)round_up(size, YK_CODE_GRANULE);
    size_t low = 0, high = memory->free_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memory->free[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    memory->used -= length;
    YkExtent *next = low < memory->free_count ? &memory->free[low] : NULL;
    YkExtent *before = low > 0 ? &memory->free[low - 1] : NULL;
    bool joins_next = next != NULL && offset + length == next->offset;
    if (before != NULL && before->offset + before->size == offset) {
        before->size += length;
        if (joins_next) {
            before->size += next->size;
            memmove(next, next + 1, (memory->free_count - low - 1) * sizeof *next);
            memory->free_count--;
        }
        return;
    }
    if (joins_next) {
        next->offset = offset;
        next->size += length;
        return;
    }
    if (memory->free_count == memory->free_capacity) {
        size_t capacity = 2 * memory->free_capacity;
        YkExtent *grown = memory_reallocate(memory->free, capacity * sizeof *grown);
        if (grown == NULL) {
            memory->used += length; /* the block is lost until the region is closed */
            return;
        }
        memory->free = grown;
        memory->free_capacity = capacity;
    }
    memmove(&memory->free[low + 1], &memory->free[low],
            (memory->free_count - low) * sizeof *memory->free);
    memory->free[low] = (YkExtent){offset, length};
    memory->free_count++;
}

static bool protect(uint8_t *block, size_t size, int protection) {
    uintptr_t start = (uintptr_t)block / page_size() * page_size();
    uintptr_t end = round_up((uintptr_t)block + size, page_size());
    return mprotect((void *)start, end - start, protection) == 0;
}

/* Fresh pages are made present a batch at a time: one page fault each costs more than the code. */
static void populate(YkCodeMemory *memory, const uint8_t *block, size_t size) {
    size_t end = (size_t)(block - memory->base) + size;
    if (end <= memory->populated)
        return;
    size_t batch = round_up(end - memory->populated, POPULATE_BATCH);
    if (batch > memory->code_size - memory->populated)
        batch = memory->code_size - memory->populated;
    uint8_t *start = memory->base + memory->populated;
    if (mprotect(start, batch, PROT_READ | PROT_WRITE) == 0) {
        madvise(start, batch, MADV_POPULATE_WRITE); /* only a hint; old kernels refuse it */
        memory->populated += batch;
    }
}

bool code_memory_write(YkCodeMemory *memory, uint8_t *block, size_t size) {
    populate(memory, block, size);
    return protect(block, size, PROT_READ | PROT_WRITE);
}

bool code_memory_seal(YkCodeMemory *memory, uint8_t *block, size_t size) {
    (void)memory;
    return protect(block, size, PROT_READ | PROT_EXEC);
}

void *code_memory_data(YkCodeMemory *memory, size_t size) {
    size = round_up(size, 16);
    if (memory->data_size - memory->data_used < size)
        return NULL;
    void *p = memory->base + memory->code_size + memory->data_used;
    memory->data_used += size;
    return p;
}
