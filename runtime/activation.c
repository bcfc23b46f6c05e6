/* Activations and quarantine; see activation.h. */
#include "activation.h"
#include "memory.h"

#include <pthread.h>

__thread YkStack activation_stack;

/* The high end of the current thread's stack if the address is on it, else 0. The main thread's
 * stack grows: its low end is not fixed. Addresses of heap and mappings are far below it. */
static uintptr_t stack_of(uintptr_t address) {
    YkStack *s = &activation_stack;
    if (s->high == 0) {
        pthread_attr_t attributes;
        void *low;
        size_t size;
        *s = (YkStack){1, 1};
        if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
            if (pthread_attr_getstack(&attributes, &low, &size) == 0)
                *s = (YkStack){(uintptr_t)low, (uintptr_t)low + size};
            pthread_attr_destroy(&attributes);
        }
    }
    return address < s->high && address >= s->low ? s->high : 0;
}

__attribute__((cold)) bool activation_push_slowly(YkActivations *a, const void *local) {
    uintptr_t address = (uintptr_t)local, stack = stack_of(address);
    while (a->count > 0 && stack != 0 && a->records[a->count - 1].stack == stack &&
           a->records[a->count - 1].address <= address)
        a->count--;
    if (a->count == a->capacity) {
        uint32_t capacity = a->capacity ? 2 * a->capacity : 64;
        YkActivation *grown = memory_reallocate(a->records, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        a->records = grown;
        a->capacity = capacity;
    }
    uint32_t number = a->count > 0 ? a->records[a->count - 1].number + 1 : 0;
    a->records[a->count++] = (YkActivation){address, stack, number};
    return true;
}

__attribute__((cold)) void activation_pop_slowly(YkActivations *a, const void *local) {
    uintptr_t address = (uintptr_t)local, stack = stack_of(address);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        YkActivation r = a->records[i];
        bool dead = r.address == address || (stack != 0 && r.stack == stack && r.address < address);
        if (!dead)
            a->records[kept++] = r;
    }
    a->count = kept;
}

static bool can_scan(const YkActivations *a, uintptr_t here, uintptr_t *top) {
    uintptr_t stack = stack_of(here);
    *top = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        if (stack == 0 || a->records[i].stack != stack)
            return false;
        if (a->records[i].address > *top)
            *top = a->records[i].address;
    }
    return true;
}

/* Moves blocks that some word of the stack points into from `*from` to the result. */
__attribute__((no_sanitize("address", "thread"), noinline)) static YkBlock *
referenced(YkBlock **from, uintptr_t low, uintptr_t high, const YkCodeMemory *memory) {
    YkBlock *kept = NULL;
    for (uintptr_t at = low & ~(uintptr_t)7; at < high && *from != NULL; at += 8) {
        uintptr_t word = *(volatile uintptr_t *)at;
        if (!code_memory_contains(memory, word))
            continue;
        for (YkBlock **link = from; *link != NULL; link = &(*link)->next)
            if (word - (uintptr_t)(*link)->code <= (*link)->size) {
                YkBlock *block = *link;
                *link = block->next;
                block->next = kept;
                kept = block;
                break;
            }
    }
    return kept;
}

void activation_reclaim(YkActivations *a, YkTier0 *tier0) {
    if (a->quarantine == NULL)
        return;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0), top;
    YkBlock *kept = NULL;
    if (a->count > 0) {
        if (!can_scan(a, here, &top))
            return;
        kept = referenced(&a->quarantine, here, top, tier0_memory(tier0));
    }
    while (a->quarantine != NULL) {
        YkBlock *block = a->quarantine;
        a->quarantine = block->next;
        tier0_release_block(tier0, block);
    }
    a->quarantine = kept;
    a->quarantined = 0;
    for (YkBlock *b = kept; b != NULL; b = b->next)
        a->quarantined++;
}

void activation_quarantine(YkActivations *a, YkBlock *block, YkTier0 *tier0) {
    block->next = a->quarantine;
    a->quarantine = block;
    /* Scan seldom: when the quarantine has doubled since the last time. */
    if (++a->quarantined >= a->scan_at) {
        activation_reclaim(a, tier0);
        a->scan_at = 2 * a->quarantined + 32;
    }
}

void activation_close(YkActivations *a) {
    while (a->quarantine != NULL) {
        YkBlock *block = a->quarantine;
        a->quarantine = block->next;
        memory_free(block);
    }
    memory_free(a->records);
    *a = (YkActivations){0};
}
