/* See opt_covers.h. */
#include "opt_covers.h"

#include "../runtime/memory.h"

bool covers_open(Covers *c, const Trace *t, uint32_t stores) {
    *c = (Covers){.bucket_count = 64};
    while (c->bucket_count < t->insn_count / 4)
        c->bucket_count *= 2;
    if (!alias_open(&c->classes, t))
        return false;
    c->list = memory_allocate(((size_t)stores + 1) * sizeof *c->list);
    c->buckets = memory_allocate_zeroed(c->bucket_count * sizeof *c->buckets);
    if (c->list != NULL && c->buckets != NULL && alias_find_regions(&c->classes, t))
        return true;
    covers_close(c);
    return false;
}

void covers_close(Covers *c) {
    alias_close(&c->classes);
    memory_free(c->list);
    memory_free(c->buckets);
    *c = (Covers){0};
}

static uint32_t *bucket(const Covers *c, IrRef base, int64_t granule) {
    uint32_t hash = (base ^ (uint32_t)granule * 0x85ebca6bu) * 0x9e3779b1u;
    return &c->buckets[(hash ^ hash >> 15) & (c->bucket_count - 1)];
}

void covers_barrier(Covers *c) {
    c->barrier = ++c->time;
}

/* What the same base has: alias_last knows of other bases only. */
static void uncover(Covers *c, const AliasAccess *at) {
    for (int64_t granule = (at->offset - 7) >> 3; granule <= (at->offset + at->size - 1) >> 3;
         granule++) {
        uint32_t *link = bucket(c, at->base, granule);
        while (*link != 0) {
            Cover *cover = &c->list[*link - 1];
            if (cover->at.base == at->base && cover->at.offset < at->offset + at->size &&
                at->offset < cover->at.offset + cover->at.size)
                *link = cover->chain;
            else
                link = &cover->chain;
        }
    }
}

void covers_look(Covers *c, const AliasAccess *at) {
    c->time++;
    uncover(c, at);
    alias_touch(&c->classes, at, c->time);
}

void covers_write(Covers *c, const AliasAccess *at, uint32_t by) {
    uint32_t *head = bucket(c, at->base, at->offset >> 3);
    c->list[c->count] = (Cover){.at = *at, .time = c->time, .chain = *head, .by = by};
    *head = ++c->count;
}

const Cover *covers_find(const Covers *c, const AliasAccess *at) {
    for (int64_t granule = at->offset >> 3; granule >= (at->offset - 7) >> 3; granule--)
        for (uint32_t i = *bucket(c, at->base, granule); i != 0; i = c->list[i - 1].chain) {
            const Cover *cover = &c->list[i - 1];
            if (cover->at.base == at->base && cover->at.offset <= at->offset &&
                cover->at.offset + cover->at.size >= at->offset + at->size &&
                cover->time >= c->barrier && cover->time >= alias_last(&c->classes, at))
                return cover;
        }
    return NULL;
}
