/* Which accesses may touch the same bytes. Shared by the walk forwards and the walk backwards.
 *
 * Two accesses are disjoint if
 *
 * - they have the same base and their ranges of offsets are disjoint, or
 * - their access classes are, or the regions that they point into (shared-ir/alias.h), or
 * - one is below a pointer of the trace (INTO), the other at or above it, or
 * - they are to objects of which different constants are known in one field (yk_key), or
 * - one is to a frame buffer whose address nobody knows: the callers look at that.
 *
 * Addresses in frame buffers have the whole area as their base, so that functions that use the same
 * part of it one after the other are seen to. */
#ifndef YK_OPT_ALIAS_H
#define YK_OPT_ALIAS_H

#include "../shared-ir/trace.h"

#define ALIAS_FRAMES                                                                               \
    0xfffffffeu /* base of addresses in frame buffers: the offset is that in the area */
#define ALIAS_ABSOLUTE 0xfffffffdu /* base of constant addresses: the offset is the address */
#define ALIAS_LIST_NODES 4u        /* regions behind those of the module: opt_list.c */
#define ALIAS_KEYS 8u              /* regions behind those, each of a key: AliasKey */
#define ALIAS_FRESH 8u         /* and those of fresh memory, in front of the keys': alias_fresh */
#define ALIAS_NEVER UINT32_MAX /* as a frame offset: behind all */

typedef struct AliasAccess {
    IrRef base;
    uint32_t size;
    int64_t offset;
    uint32_t class; /* AliasClasses' number */
    uint8_t region; /* or part of one: alias_part, or what has a key: alias_key */
    bool is_volatile;
} AliasAccess;

/* When memory of a class and region was touched last: by the base of the last touch, and by any
 * other base. */
typedef struct AliasTouch {
    IrRef base;
    uint32_t last, other; /* times; 0: never */
    uint32_t youngest; /* of all bases, the index of the last one of the trace; see alias_fresh */
} AliasTouch;

/* A constant that objects in a region have, or do not have, in a field. It is about what memory
 * holds, so it is true as long as that is known. */
typedef struct AliasKey {
    uint64_t bits;
    uint32_t class; /* of the module */
    uint8_t region;
} AliasKey;

typedef struct AliasClasses {
    uint32_t
        *number; /* by class of the module, of those that the trace accesses; else UINT32_MAX */
    uint32_t count;
    uint32_t words;     /* of 64 bits in a row of */
    uint64_t *overlaps; /* the relation "may touch the same bytes" */
    uint32_t regions;   /* how many, with that of what is not known, the keys' and the parts */
    /* The first pointer that is the bound of an INTO. What is known to lie below, and what at or
     * above it, are the two *parts* of its region that have numbers: disjoint, the last two. */
    IrRef bound; /* IR_NONE: none yet */
    int64_t bound_offset;
    uint8_t bound_region;
    AliasKey keys[ALIAS_KEYS];
    uint32_t key_count;
    uint32_t fresh[ALIAS_FRESH]; /* indices of the calls that returned the memory */
    uint32_t fresh_count;
    AliasTouch *touches; /* by class and region */
    uint8_t *region;     /* by instruction, of its value; NULL: alias_access finds none */
} AliasClasses;

bool alias_open(AliasClasses *classes, const Trace *t); /* false: no memory */
void alias_close(AliasClasses *classes);
/* Finds the regions of all values of `t`. False: no memory. */
bool alias_find_regions(AliasClasses *classes, const Trace *t);

/* Splits an address into base and offset. */
void alias_address(const Trace *t, IrRef address, IrRef *base, int64_t *offset);
/* Of a LOAD or STORE. */
AliasAccess alias_access(const AliasClasses *classes, const Trace *t, const IrInsn *insn);

/* Of an access whose base points into `region`: the region, or the part of it. */
uint8_t alias_part(const AliasClasses *classes, const Trace *t, const AliasAccess *access,
                   uint8_t region);
/* The bound of an INTO becomes that of the trace, if there is none yet. */
void alias_note_bound(AliasClasses *classes, const Trace *t, const IrInsn *into);

/* The region of objects in `region` that have `bits` in the field of a class; `region` itself if
 * there are too many. */
uint8_t alias_key(AliasClasses *classes, uint32_t class, uint64_t bits, uint8_t region);

/* The region of what a call has returned as fresh memory (IR_OWN_MEMORY); 0 if `base` is something
 * else, or there are too many. What existed when the memory was allocated does not point there:
 * only bases that the trace has computed since then may. That holds within one iteration of a loop:
 * a base at its head may be what the iteration before has allocated, and then it is not what this
 * one does; so nothing that is carried from one iteration into the next may have such a region. */
uint8_t alias_fresh(AliasClasses *classes, const Trace *t, IrRef base);

void alias_touch(AliasClasses *classes, const AliasAccess *access, uint32_t time);
/* When something that an access may overlap was touched last through another base; 0: never. If
 * its base is IR_NONE: through any. */
uint32_t alias_last(const AliasClasses *classes, const AliasAccess *access);
uint32_t alias_touch_count(const AliasClasses *classes); /* members of `touches` */
AliasTouch *alias_touches(const AliasClasses *classes);  /* a new list; NULL: no memory */

/* The offset of the frame buffer that a pointer points into, ALIAS_NEVER: into none. */
uint32_t alias_frame(const Trace *t, IrRef pointer);
/* Calls `escape` with each pointer that an instruction makes known to code or memory that is not
 * followed. */
typedef void AliasEscape(void *context, IrRef pointer);
void alias_escapes(const Trace *t, const IrInsn *insn, AliasEscape *escape, void *context);

#endif
