/* Memory for native code: a region near the program, a first-fit list of free extents. */
#include "code_memory.h"
#include "memory.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define POPULATE_BATCH ((size_t)64 << 10)
#define WRITABLE_BATCH ((size_t)512 << 10)
#define TABLE_REACH ((size_t)2 << 20)  /* one page of the lowest level of page tables */
#define SKIP_FREELY ((size_t)64 << 10) /* bytes that may be skipped however little is used */
#define REACH ((uintptr_t)0x7ff00000)  /* a displacement of 32 bits, less some slack */

static size_t page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t round_up(size_t value, size_t unit) {
    return (value + unit - 1) / unit * unit;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
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
            void *p = memory_map((void *)at, size, PROT_NONE, MAP_NORESERVE | MAP_FIXED_NOREPLACE);
            if (p == (void *)at)
                return p;
            if (p != NULL)
                munmap(p, size);
        }
    return NULL;
}

bool code_memory_open(YkCodeMemory *memory, size_t limit, const void *near, const char **error) {
    memset(memory, 0, sizeof *memory);
    size_t code = round_up(limit, page_size());
    size_t data = round_up(code / 8, page_size());
    /* The border between data and code is in the middle of what one page table describes. */
    size_t before = round_up(data, TABLE_REACH) + TABLE_REACH / 2;
    memory->free = memory_allocate(16 * sizeof *memory->free);
    if (memory->free == NULL) {
        *error = "out of memory";
        return false;
    }
    uint8_t *region = reserve_near(before + code, (uintptr_t)near);
    if (region == NULL) {
        memory_free(memory->free);
        memory->free = NULL;
        *error = "no address space near the program for native code";
        return false;
    }
    uint8_t *base = region + before;
    size_t writable = smaller(WRITABLE_BATCH, code);
    if (!memory_protect(base - data, data + writable, PROT_READ | PROT_WRITE)) {
        munmap(region, before + code);
        memory_free(memory->free);
        memory->free = NULL;
        *error = "no memory for the data of native code";
        return false;
    }
    memory->region = region;
    memory->region_size = before + code;
    memory->base = base;
    memory->writable = writable;
    memory->code_size = code;
    memory->data_size = data;
    memory->free_capacity = 16;
    memory->free_count = 1;
    memory->free[0] = (YkExtent){0, (uint32_t)code};
    return true;
}

void code_memory_close(YkCodeMemory *memory) {
    if (memory->base != NULL)
        munmap(memory->region, memory->region_size);
    memory_free(memory->free);
    memset(memory, 0, sizeof *memory);
}

static bool grow_free_list(YkCodeMemory *memory) {
    if (memory->free_count < memory->free_capacity)
        return true;
    size_t capacity = 2 * memory->free_capacity;
    YkExtent *grown = memory_reallocate(memory->free, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    memory->free = grown;
    memory->free_capacity = capacity;
    return true;
}

/* Takes [at, at + need) out of a free extent: of its middle only if it is the last one, and the
 * list has room for one more. */
static void take(YkCodeMemory *memory, size_t index, uint32_t at, uint32_t need) {
    YkExtent *e = &memory->free[index];
    uint32_t before = at - e->offset, behind = e->size - before - need;
    memory->used += need;
    if (before == 0)
        *e = (YkExtent){at + need, behind};
    else {
        e->size = before;
        if (behind > 0)
            memory->free[memory->free_count++] = (YkExtent){at + need, behind};
    }
    if (e->size == 0) {
        memmove(e, e + 1, (memory->free_count - index - 1) * sizeof *e);
        memory->free_count--;
    }
}

/* First fit. But a block on pages that have never been executable, at the end of the region, saves
 * a system call: they are writable still. So the rest of the page before it is skipped, until that
 * has become much. */
uint8_t *code_memory_allocate(YkCodeMemory *memory, size_t size) {
    if (size == 0 || size > memory->code_size)
        return NULL;
    uint32_t need = (uint32_t)round_up(size, YK_CODE_GRANULE);
    size_t index = 0, last = memory->free_count - 1;
    while (index < memory->free_count && memory->free[index].size < need)
        index++;
    if (index == memory->free_count)
        return NULL;
    uint32_t at = memory->free[index].offset;
    uint64_t end = (uint64_t)memory->free[last].offset + memory->free[last].size;
    uint32_t fresh = memory->free[last].offset;
    if (fresh < memory->sealed)
        fresh = memory->sealed;
    if (at < memory->sealed && memory->sealed <= memory->used + memory->used / 2 + SKIP_FREELY &&
        end >= (uint64_t)fresh + need && grow_free_list(memory)) {
        index = last;
        at = fresh;
    }
    take(memory, index, at, need);
    return memory->base + at;
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
    if (!grow_free_list(memory)) {
        memory->used += length; /* the block is lost until the region is closed */
        return;
    }
    memmove(&memory->free[low + 1], &memory->free[low],
            (memory->free_count - low) * sizeof *memory->free);
    memory->free[low] = (YkExtent){offset, length};
    memory->free_count++;
}

static bool protect(uint8_t *block, size_t size, int protection) {
    uintptr_t start = (uintptr_t)block / page_size() * page_size();
    uintptr_t end = round_up((uintptr_t)block + size, page_size());
    return memory_protect((void *)start, end - start, protection);
}

/* Fresh pages are made present a batch at a time: one page fault each costs more than the code. */
static void populate(YkCodeMemory *memory, const uint8_t *block, size_t size) {
    size_t end = (size_t)(block - memory->base) + size;
    if (end <= memory->populated)
        return;
    size_t to = smaller(round_up(end, POPULATE_BATCH), memory->code_size);
    if (to > memory->writable) {
        size_t more = smaller(round_up(to, WRITABLE_BATCH), memory->code_size);
        if (!memory_protect(memory->base + memory->writable, more - memory->writable,
                            PROT_READ | PROT_WRITE))
            return;
        memory->writable = more;
    }
    size_t data = memory->populated == 0 ? page_size() : 0;
    memory_populate(memory->base + memory->populated - data, data + to - memory->populated);
    memory->populated = to;
}

bool code_memory_write(YkCodeMemory *memory, uint8_t *block, size_t size) {
    populate(memory, block, size);
    size_t offset = (size_t)(block - memory->base);
    if (offset >= memory->sealed && offset + size <= memory->populated)
        return true; /* never sealed since it was populated */
    return protect(block, size, PROT_READ | PROT_WRITE);
}

bool code_memory_seal(YkCodeMemory *memory, uint8_t *block, size_t size) {
    uint32_t end = (uint32_t)((size_t)(block - memory->base) + size);
    if (code_memory_waits(memory, block)) {
        if (end > memory->pending)
            memory->pending = end;
        return true;
    }
    end = (uint32_t)round_up(end, page_size());
    if (end > memory->sealed)
        memory->sealed = end;
    return protect(block, size, PROT_READ | PROT_EXEC);
}

bool code_memory_ready(YkCodeMemory *memory) {
    if (memory->pending <= memory->sealed)
        return true;
    if (!protect(memory->base + memory->sealed, memory->pending - memory->sealed,
                 PROT_READ | PROT_EXEC))
        return false;
    memory->sealed = (uint32_t)round_up(memory->pending, page_size());
    return true;
}

void *code_memory_data(YkCodeMemory *memory, size_t size) {
    size = round_up(size, 16);
    if (memory->data_size - memory->data_used < size)
        return NULL;
    memory->data_used += size;
    return memory->base - memory->data_used;
}
