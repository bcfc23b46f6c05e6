/* For walks backwards: which bytes of memory will be written before anything looks at them.
 *
 * Linear: time stamps as in opt_memory.c. An entry remembers when it was made; each access class,
 * when memory of it was looked at last by another base; the two are compared when the entry is
 * asked for. */
#ifndef YK_OPT_COVERS_H
#define YK_OPT_COVERS_H

#include "opt.h"

typedef struct Cover {
    AliasAccess at;
    uint32_t time;
    uint32_t chain;
    uint32_t by; /* the instruction that writes */
} Cover;

typedef struct Covers {
    AliasClasses classes; /* touches: what looks */
    Cover *list;
    uint32_t count;
    uint32_t *buckets; /* index into list + 1 */
    uint32_t bucket_count;
    uint32_t time;
    uint32_t barrier; /* when everything was looked at last */
} Covers;

/* Room for `stores` calls of covers_write. False: no memory. */
bool covers_open(Covers *c, const Trace *t, uint32_t stores);
void covers_close(Covers *c);
/* Everything is looked at. */
void covers_barrier(Covers *c);
/* These bytes are. */
void covers_look(Covers *c, const AliasAccess *at);
/* Instruction `by` writes these bytes. */
void covers_write(Covers *c, const AliasAccess *at, uint32_t by);
/* What will write all of these bytes before anything looks at them; NULL: nothing. */
const Cover *covers_find(const Covers *c, const AliasAccess *at);

#endif
