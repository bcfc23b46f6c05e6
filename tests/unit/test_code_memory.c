/* Memory for native code: allocation, coalescing, reuse, the cap, reach, protection. */
#include "runtime/code_memory.h"
#include "runtime/memory.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static YkCodeMemory memory;

static const void *here(void) {
    return (const void *)(uintptr_t)&code_memory_open;
}

static void open_region(size_t limit) {
    const char *error = NULL;
    cr_assert(code_memory_open(&memory, limit, here(), &error), "%s", error);
    cr_assert_null(error);
}

static void close_region(void) {
    code_memory_close(&memory);
}
TestSuite(code_memory, .fini = close_region);

/* The invariants of the free list. */
static void check(void) {
    size_t free_bytes = 0;
    for (size_t i = 0; i < memory.free_count; i++) {
        const YkExtent *e = &memory.free[i];
        cr_assert(e->size > 0 && e->size % YK_CODE_GRANULE == 0);
        cr_assert(e->offset % YK_CODE_GRANULE == 0);
        cr_assert(e->offset + (uint64_t)e->size <= memory.code_size);
        if (i > 0)
            cr_assert_gt(e->offset, e[-1].offset + e[-1].size, "sorted, never adjacent");
        free_bytes += e->size;
    }
    cr_assert_eq(free_bytes + memory.used, memory.code_size);
}

/* What /proc/self/maps says of an address, e.g. "r-xp"; "" if it is not mapped. Fails if anything
 * in the process is writable and executable at once. */
static const char *protection(const void *address) {
    static char found[8];
    char line[512], flags[8];
    FILE *maps = fopen("/proc/self/maps", "r");
    cr_assert(maps);
    found[0] = '\0';
    while (fgets(line, sizeof line, maps)) {
        uintptr_t low, high;
        cr_assert_eq(sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &low, &high, flags), 3);
        cr_assert_not(flags[1] == 'w' && flags[2] == 'x', "%s", line);
        if ((uintptr_t)address >= low && (uintptr_t)address < high)
            strcpy(found, flags);
    }
    fclose(maps);
    return found;
}

Test(code_memory, sizes_and_reach) {
    static const size_t limits[] = {1, 4096, 4097, 1 << 16, 64 << 20, 1 << 30};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        open_region(limits[i]);
        check();
        cr_expect(memory.code_size >= limits[i] && memory.code_size < limits[i] + 4096);
        cr_expect(memory.data_size >= memory.code_size / 8);
        uintptr_t low = (uintptr_t)memory.base, data = low - memory.data_size;
        uintptr_t high = low + memory.code_size, near = (uintptr_t)here();
        uintptr_t farthest = near > data ? near - data : high - near;
        cr_expect_lt(farthest, (uintptr_t)INT32_MAX, "limit %zu", limits[i]);
        cr_expect(code_memory_contains(&memory, low));
        cr_expect(code_memory_contains(&memory, low + memory.code_size - 1));
        cr_expect_not(code_memory_contains(&memory, low + memory.code_size), "behind");
        cr_expect_not(code_memory_contains(&memory, low - 1));
        code_memory_close(&memory);
        cr_expect_null(memory.base);
    }
}

Test(code_memory, several_regions) {
    YkCodeMemory regions[8];
    const char *error;
    for (int i = 0; i < 8; i++) {
        cr_assert(code_memory_open(&regions[i], 64 << 20, here(), &error));
        for (int k = 0; k < i; k++)
            cr_assert_not(code_memory_contains(&regions[k], (uintptr_t)regions[i].base));
    }
    for (int i = 0; i < 8; i++)
        code_memory_close(&regions[i]);
}

Test(code_memory, blocks_are_whole_granules) {
    open_region(1 << 16);
    uint8_t *a = code_memory_allocate(&memory, 1), *b = code_memory_allocate(&memory, 17),
            *c = code_memory_allocate(&memory, 16);
    cr_expect_eq(a, memory.base, "first fit");
    cr_expect_eq(b, a + 16);
    cr_expect_eq(c, b + 32);
    cr_expect_eq(memory.used, 64);
    check();
}

Test(code_memory, no_block_of_no_size_and_none_beyond_the_cap) {
    open_region(8192);
    cr_expect_null(code_memory_allocate(&memory, 0));
    cr_expect_null(code_memory_allocate(&memory, 8193));
    cr_expect_null(code_memory_allocate(&memory, SIZE_MAX));
    cr_expect_null(code_memory_allocate(&memory, (size_t)UINT32_MAX + 2));
    cr_expect_eq(code_memory_allocate(&memory, 8192), memory.base, "all of it");
    cr_expect_null(code_memory_allocate(&memory, 1));
    cr_expect_eq(memory.free_count, 0);
    code_memory_free(&memory, memory.base, 8192);
    cr_expect_eq(code_memory_allocate(&memory, 8192), memory.base, "again");
}

/* Whatever the order in which four neighbours are freed, one extent is left. */
Test(code_memory, neighbours_coalesce_in_every_order) {
    for (int order = 0; order < 256; order++) {
        int turn[4] = {order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 & 3};
        if ((1 << turn[0] | 1 << turn[1] | 1 << turn[2] | 1 << turn[3]) != 15)
            continue; /* no permutation */
        uint8_t *block[4];
        open_region(4096);
        for (int i = 0; i < 4; i++)
            block[i] = code_memory_allocate(&memory, 1024);
        cr_assert_eq(memory.free_count, 0);
        for (int i = 0; i < 4; i++) {
            code_memory_free(&memory, block[turn[i]], 1024);
            check();
        }
        cr_expect_eq(memory.free_count, 1);
        cr_expect_eq(memory.free[0].size, 4096);
        code_memory_close(&memory);
    }
}

Test(code_memory, freed_memory_is_used_again_lowest_first) {
    open_region(4096);
    uint8_t *block[8];
    for (int i = 0; i < 8; i++)
        block[i] = code_memory_allocate(&memory, 64);
    code_memory_free(&memory, block[5], 64);
    code_memory_free(&memory, block[1], 64);
    code_memory_free(&memory, block[2], 64);
    cr_expect_eq(code_memory_allocate(&memory, 100), block[1], "two made one");
    cr_expect_eq(code_memory_allocate(&memory, 64), block[5]);
    cr_expect_eq(code_memory_allocate(&memory, 16), block[2] + 48);
    check();
}

/* Random allocations against a map of who owns each granule. */
Test(code_memory, random_use) {
    enum { SIZE = 1 << 16, BLOCKS = 200 };
    static uint8_t owner[SIZE / YK_CODE_GRANULE];
    struct {
        uint8_t *at;
        size_t size;
    } block[BLOCKS] = {0};
    unsigned seed = 20240117;
    cr_log_info("seed %u", seed);
    open_region(SIZE);
    for (int n = 0; n < 20000; n++) {
        int i = rand_r(&seed) % BLOCKS;
        if (block[i].at != NULL) {
            size_t first = (size_t)(block[i].at - memory.base) / YK_CODE_GRANULE;
            for (size_t g = 0; g * YK_CODE_GRANULE < block[i].size; g++) {
                cr_assert_eq(owner[first + g], i + 1);
                owner[first + g] = 0;
            }
            code_memory_free(&memory, block[i].at, block[i].size);
            block[i].at = NULL;
        } else {
            block[i].size = 1 + (size_t)rand_r(&seed) % 1500;
            block[i].at = code_memory_allocate(&memory, block[i].size);
            if (block[i].at == NULL)
                continue;
            size_t first = (size_t)(block[i].at - memory.base) / YK_CODE_GRANULE;
            for (size_t g = 0; g * YK_CODE_GRANULE < block[i].size; g++) {
                cr_assert_eq(owner[first + g], 0, "handed out twice");
                owner[first + g] = (uint8_t)(i + 1);
            }
        }
        check();
    }
    for (int i = 0; i < BLOCKS; i++)
        if (block[i].at != NULL)
            code_memory_free(&memory, block[i].at, block[i].size);
    cr_expect_eq(memory.used, 0);
    cr_expect_eq(memory.free_count, 1);
}

/* ---- protection ----------------------------------------------------------------------------- */

/* UBSan would look for the function's type in front of it. */
__attribute__((no_sanitize("function"))) static int call_code(const uint8_t *code) {
    return ((int (*)(void))(uintptr_t)code)();
}

Test(code_memory, never_writable_and_executable) {
    open_region(1 << 20);
    cr_expect_str_eq(protection(memory.base), "rw-p", "writable before anything stands there");
    uint8_t *a = code_memory_allocate(&memory, 64), *b = code_memory_allocate(&memory, 8192);
    cr_expect(code_memory_write(&memory, a, 64));
    cr_expect_str_eq(protection(a), "rw-p");
    static const uint8_t answer[] = {0xb8, 42, 0, 0, 0, 0xc3}; /* mov eax, 42; ret */
    memcpy(a, answer, sizeof answer);
    cr_expect(code_memory_seal(&memory, a, 64));
    cr_expect(code_memory_ready(&memory));
    cr_expect_str_eq(protection(a), "r-xp");
    cr_expect_eq(call_code(a), 42);
    /* b begins in the page of a: all of it changes, and nobody runs a meanwhile. */
    cr_expect(code_memory_write(&memory, b, 8192));
    cr_expect_str_eq(protection(b), "rw-p");
    cr_expect_str_eq(protection(b + 8191), "rw-p");
    memcpy(b + 8192 - sizeof answer, answer, sizeof answer);
    cr_expect(code_memory_seal(&memory, b, 8192));
    cr_expect_str_eq(protection(b), "r-xp");
    cr_expect_str_eq(protection(b + 8191), "r-xp");
    cr_expect_eq(call_code(a), 42, "a is as it was");
    cr_expect_eq(call_code(b + 8192 - sizeof answer), 42);
    cr_expect_str_eq(protection(memory.base + (1 << 20) - 4096), "---p", "not asked for yet");
}

static uint8_t *sealed_block(size_t size) {
    uint8_t *block = code_memory_allocate(&memory, size);
    if (block == NULL)
        return NULL;
    cr_assert(code_memory_write(&memory, block, size));
    memset(block, 0xc3, size);
    cr_assert(code_memory_seal(&memory, block, size));
    check();
    return block;
}

static uint8_t *ready_block(size_t size) {
    uint8_t *block = sealed_block(size);
    cr_assert(code_memory_ready(&memory));
    return block;
}

/* Blocks on fresh pages wait for each other, and lie one behind the other. */
Test(code_memory, blocks_become_executable_together) {
    open_region(1 << 20);
    uint8_t *first = ready_block(100), *a = sealed_block(5000), *b = sealed_block(100);
    cr_expect_eq(a, first + 4096);
    cr_expect_eq(b, a + 5008);
    cr_expect_not(code_memory_waits(&memory, first));
    cr_expect(code_memory_waits(&memory, a) && code_memory_waits(&memory, b));
    cr_expect_str_eq(protection(first), "r-xp");
    cr_expect_str_eq(protection(a), "rw-p");
    code_memory_free(&memory, a, 5000);
    uint8_t *c = sealed_block(9000);
    cr_expect_eq(c, b + 112, "the rest of the first page is not used yet");
    cr_expect(code_memory_waits(&memory, c));
    cr_expect(code_memory_ready(&memory));
    for (uint8_t *code = memory.base; code < c + 9000; code += 4096) {
        cr_expect_not(code_memory_waits(&memory, code));
        cr_expect_str_eq(protection(code), "r-xp");
    }
    cr_expect_str_eq(protection(c + 9000 + 4096), "rw-p");
    cr_expect(code_memory_ready(&memory), "nothing waits");
}

/* The system refuses: blocks go on waiting, and another attempt may succeed. */
Test(code_memory, not_executable_yet) {
    open_region(1 << 20);
    uint8_t *a = sealed_block(100);
    memory_fail_after(1);
    cr_expect_not(code_memory_ready(&memory));
    memory_fail_after(0);
    cr_expect(code_memory_waits(&memory, a));
    cr_expect_str_eq(protection(a), "rw-p");
    cr_expect(code_memory_ready(&memory));
    cr_expect_eq((call_code(a), 1), 1, "it returns");
}

/* A page that is executable is left alone at first; later its rest is used, too. */
Test(code_memory, blocks_begin_on_pages_of_their_own_while_that_wastes_little) {
    open_region(1 << 20);
    uint8_t *a = ready_block(5000), *b = ready_block(100), *c = ready_block(4096);
    cr_expect_eq(a, memory.base);
    cr_expect_eq(b, a + 8192);
    cr_expect_eq(c, b + 4096);
    cr_expect_str_eq(protection(a), "r-xp");
    cr_expect_str_eq(protection(c + 4096), "rw-p", "populated, not sealed yet");
    cr_expect_eq(memory.free_count, 3);
    code_memory_free(&memory, b, 100);
    size_t low = 0;
    for (uint8_t *block; (block = sealed_block(64)) != NULL;)
        low += block < c;
    cr_expect_gt(low, 0);
    while (code_memory_allocate(&memory, 16) != NULL)
        check();
    cr_expect_eq(memory.free_count, 0, "no granule is lost");
    cr_expect_eq(memory.used, 1 << 20);
}

Test(code_memory, data_is_never_executable) {
    open_region(1 << 16);
    size_t count = 0;
    for (uint64_t *p; (p = code_memory_data(&memory, 24)) != NULL; count++) {
        cr_assert_eq((uintptr_t)p % 16, 0);
        cr_assert_not(code_memory_contains(&memory, (uintptr_t)p));
        cr_assert(p[0] == 0 && p[1] == 0 && p[2] == 0, "zeroed");
        p[0] = p[2] = count + 1;
    }
    cr_expect_eq(count, memory.data_size / 32, "rounded up to 32 bytes");
    cr_expect_str_eq(protection(memory.base - 1), "rw-p");
    cr_expect_null(code_memory_data(&memory, 1), "none is left");
    uint8_t *block = code_memory_allocate(&memory, memory.code_size);
    cr_assert(code_memory_write(&memory, block, memory.code_size));
    cr_assert(code_memory_seal(&memory, block, memory.code_size));
    cr_expect_str_eq(protection(memory.base - 1), "rw-p");
}

/* ---- failures ------------------------------------------------------------------------------- */

Test(code_memory, no_heap_to_open_a_region) {
    const char *error = NULL;
    memory_fail_after(1);
    cr_expect_not(code_memory_open(&memory, 4096, here(), &error));
    cr_expect_str_eq(error, "out of memory");
    cr_expect_null(memory.base);
    memory_fail_after(0);
    open_region(4096);
}

Test(code_memory, no_address_space) {
    struct rlimit before, none;
    const char *error = NULL;
    cr_assert_eq(getrlimit(RLIMIT_AS, &before), 0);
    none = (struct rlimit){16 << 20, before.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_AS, &none), 0);
    bool fine = code_memory_open(&memory, 1 << 30, here(), &error);
    cr_assert_eq(setrlimit(RLIMIT_AS, &before), 0);
    cr_expect_not(fine);
    cr_expect_str_eq(error, "no address space near the program for native code");
    cr_expect_null(memory.base);
}

/* The free list cannot grow: the block is lost, everything else goes on. */
Test(code_memory, no_heap_for_the_free_list) {
    open_region(1 << 16);
    uint8_t *block[128];
    for (int i = 0; i < 128; i++)
        block[i] = code_memory_allocate(&memory, 16);
    for (int i = 0; memory.free_count < memory.free_capacity; i += 2)
        code_memory_free(&memory, block[i], 16);
    size_t count = memory.free_count, used = memory.used;
    uint8_t *last = block[127 - 2];
    memory_fail_after(1);
    code_memory_free(&memory, last, 16);
    memory_fail_after(0);
    cr_expect_eq(memory.free_count, count);
    cr_expect_eq(memory.used, used, "it stays allocated");
    cr_expect_neq(code_memory_allocate(&memory, 4096), NULL);
}
