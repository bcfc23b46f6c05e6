/* What is known of memory: forwards stores and loads to loads, drops stores of what is there
 * already.
 *
 * Frame buffers: memory of the native activation, known only to this trace until a pointer into it
 * *escapes*: is stored, passed to a call, used in arithmetic that is not followed. As the sizes of
 * locals are not known here, everything behind the lowest escaped offset counts as escaped.
 *
 * Requires: access classes as ir_classes_alias has them; addresses that alias_address can split.
 * Keeps: the contents of memory at every guard, call and volatile access. Volatile stores are
 *   neither forwarded nor dropped; a volatile load forgets nothing, and gets nothing but what an
 *   earlier one has loaded in the same iteration.
 * Linear: contents are found by hashing base and offset. What a store to another base may have
 *   changed is not looked for when it happens: each known location remembers when it became known,
 *   each class when it was written last (AliasTouch), and the two are compared when the location
 *   is asked for. */
#include "opt.h"

#include "../runtime/memory.h"
#include <string.h>

typedef struct Known {
    AliasAccess at;
    IrRef value; /* in `out` */
    uint32_t time;
    uint32_t chain;  /* next with the same hash + 1 */
    uint32_t origin; /* what it is known from, if that was known of another base, + 1 */
    uint8_t type;
    bool dead, used;
} Known;

enum { KEY_CLASSES = 4 };

typedef struct OptMemory {
    AliasClasses classes; /* touches: by stores */
    Known *known;
    uint32_t count, capacity;
    uint32_t *buckets; /* index into known + 1 */
    uint32_t bucket_count;
    uint32_t time;    /* counts stores and calls */
    uint32_t call;    /* time of the last call that may have written */
    uint32_t escaped; /* frame offset */
    uint32_t key_classes[KEY_CLASSES], key_class_count; /* that the trace accesses (yk_key) */
} OptMemory;

static void find_key_classes(OptMemory *m, const AotModule *module);

OptMemory *opt_memory_new(const Trace *in) {
    OptMemory *m = memory_allocate_zeroed(sizeof *m);
    if (m == NULL)
        return NULL;
    m->bucket_count = 64;
    while (m->bucket_count < in->insn_count / 4)
        m->bucket_count *= 2;
    m->buckets = memory_allocate_zeroed(m->bucket_count * sizeof *m->buckets);
    /* A side trace may inherit pointers into the parent's frame buffers. */
    m->escaped = in->side ? 0 : ALIAS_NEVER;
    m->time = 1;
    if (m->buckets == NULL || !alias_open(&m->classes, in)) {
        opt_memory_free(m);
        return NULL;
    }
    find_key_classes(m, in->module);
    return m;
}

void opt_memory_free(OptMemory *m) {
    if (m == NULL)
        return;
    alias_close(&m->classes);
    memory_free(m->known);
    memory_free(m->buckets);
    memory_free(m);
}

OptMemory *opt_memory_copy(const OptMemory *from) {
    OptMemory *m = memory_allocate_zeroed(sizeof *m);
    if (m == NULL)
        return NULL;
    m->bucket_count = from->bucket_count;
    m->classes.count = from->classes.count;
    m->classes.regions = from->classes.regions;
    m->buckets = memory_allocate(m->bucket_count * sizeof *m->buckets);
    m->classes.touches = alias_touches(&m->classes);
    if (m->buckets == NULL || m->classes.touches == NULL || !opt_memory_restore(m, from)) {
        opt_memory_free(m);
        return NULL;
    }
    return m;
}

bool opt_memory_restore(OptMemory *m, const OptMemory *from) {
    if (m->capacity < from->count) {
        Known *grown = memory_reallocate(m->known, from->count * sizeof *grown);
        if (grown == NULL)
            return false;
        m->known = grown;
        m->capacity = from->count;
    }
    m->count = from->count;
    if (m->count != 0)
        memcpy(m->known, from->known, m->count * sizeof *m->known);
    memcpy(m->buckets, from->buckets, m->bucket_count * sizeof *m->buckets);
    memcpy(m->classes.touches, from->classes.touches,
           alias_touch_count(&m->classes) * sizeof *m->classes.touches);
    m->classes.bound = from->classes.bound;
    m->classes.bound_offset = from->classes.bound_offset;
    m->classes.bound_region = from->classes.bound_region;
    memcpy(m->classes.fresh, from->classes.fresh, sizeof m->classes.fresh);
    m->classes.fresh_count = from->classes.fresh_count;
    m->time = from->time;
    m->call = from->call;
    m->escaped = from->escaped;
    return true;
}

uint32_t opt_memory_escaped(const OptMemory *m) {
    return m->escaped;
}

void opt_memory_set_escaped(OptMemory *m, uint32_t from) {
    m->escaped = from;
}

void opt_memory_escape(Optimiser *o, IrRef pointer) {
    uint32_t offset = alias_frame(o->out, pointer);
    if (offset < o->memory->escaped)
        o->memory->escaped = offset;
}

void opt_memory_bound(Optimiser *o, const IrInsn *into) {
    alias_note_bound(&o->memory->classes, o->out, into);
}

void opt_memory_call(Optimiser *o, unsigned effects) {
    if (!(effects & (IR_MAY_WRITE | IR_MAY_COLLECT | IR_MAY_MOVE_STACK)))
        return;
    o->memory->call = ++o->memory->time;
    opt_list_store(o, IR_CLASS_ANY);
}

/* Only this trace can reach it. */
static bool is_private(const OptMemory *m, const AliasAccess *at) {
    return at->base == ALIAS_FRAMES && at->offset <= (int64_t)m->escaped - (int64_t)at->size;
}

/* ---- the table ------------------------------------------------------------------------------ */

static uint32_t *bucket(const OptMemory *m, IrRef base, int64_t granule) {
    uint32_t hash = (base ^ (uint32_t)granule * 0x85ebca6bu) * 0x9e3779b1u;
    return &m->buckets[(hash ^ hash >> 15) & (m->bucket_count - 1)];
}

static bool overlaps(const AliasAccess *a, const AliasAccess *b) {
    return a->base == b->base && ((uint64_t)b->offset - (uint64_t)a->offset < a->size ||
                                  (uint64_t)a->offset - (uint64_t)b->offset < b->size);
}

/* Forgets what stands at the bytes of an access by the same base; `keep`: but for this. */
static void forget_own(OptMemory *m, const AliasAccess *at) {
    /* An access begins in the granule of 8 bytes of its first byte or in the one before. */
    int64_t granule = (int64_t)((uint64_t)at->offset - 7) >> 3;
    for (uint32_t n = 0; n <= (at->size + 6) / 8 + 1; n++, granule++) {
        uint32_t *link = bucket(m, at->base, granule);
        while (*link != 0) {
            Known *k = &m->known[*link - 1];
            if (overlaps(&k->at, at))
                k->dead = true;
            if (k->dead)
                *link = k->chain;
            else
                link = &k->chain;
        }
    }
}

static uint32_t remember(Optimiser *o, const AliasAccess *at, uint8_t type, IrRef value) {
    OptMemory *m = o->memory;
    if (m->count == m->capacity) {
        uint32_t capacity = m->capacity * 2 + 64;
        Known *grown = memory_reallocate(m->known, capacity * sizeof *grown);
        if (grown == NULL) {
            o->out->out_of_memory = true;
            return UINT32_MAX;
        }
        m->known = grown;
        m->capacity = capacity;
    }
    uint32_t *head = bucket(m, at->base, at->offset >> 3);
    m->known[m->count] =
        (Known){.at = *at, .value = value, .time = m->time, .chain = *head, .type = type};
    *head = ++m->count;
    return m->count - 1;
}

/* ... and what it is known from, which may be an assumption about the head of a loop. */
static void use(OptMemory *m, Known *k) {
    for (k->used = true; k->origin != 0; k->used = true)
        k = &m->known[k->origin - 1];
}

static uint8_t region_of(const Optimiser *o, const AliasAccess *at) {
    uint8_t fresh = alias_fresh(&o->memory->classes, o->out, at->base);
    if (fresh != 0)
        return fresh;
    return alias_part(&o->memory->classes, o->out, at, opt_region(o, at->base));
}

static bool known_since(const OptMemory *m, const AliasAccess *at, uint32_t time) {
    return time >= m->call && time >= alias_last(&m->classes, at);
}

static uint8_t keyed_region(Optimiser *o, const AliasAccess *at, uint32_t since);

static bool still_known(Optimiser *o, const Known *k) {
    const OptMemory *m = o->memory;
    if (k->dead)
        return false;
    if (is_private(m, &k->at))
        return true;
    AliasAccess at = k->at;
    at.region = region_of(o, &at); /* what is known of an address, is known for ever */
    if (known_since(m, &at, k->time))
        return true;
    at.region = keyed_region(o, &at, k->time);
    return known_since(m, &at, k->time);
}

/* What was known to cover all of an access, and may have changed. Volatile loads and other accesses
 * do not know of each other. */
static Known *look_up(const OptMemory *m, const AliasAccess *at) {
    for (int64_t granule = at->offset >> 3; granule >= (at->offset >> 3) - 1; granule--)
        for (uint32_t i = *bucket(m, at->base, granule); i != 0; i = m->known[i - 1].chain) {
            Known *k = &m->known[i - 1];
            if (!k->dead && k->at.is_volatile == at->is_volatile && k->at.base == at->base &&
                k->at.offset <= at->offset &&
                (uint64_t)at->offset - (uint64_t)k->at.offset + at->size <= k->at.size)
                return k;
        }
    return NULL;
}

/* What covers all of an access. */
static Known *find(Optimiser *o, const AliasAccess *at) {
    Known *k = look_up(o->memory, at);
    return k != NULL && still_known(o, k) ? k : NULL;
}

/* ---- keys ----------------------------------------------------------------------------------- */

/* The constant that the object at base + offset holds in a field, and has held since a time, as a
 * region. 0: it is not known. */
static uint8_t region_of_key(Optimiser *o, IrRef base, int64_t offset, uint32_t class,
                             uint8_t region, uint32_t since) {
    OptMemory *m = o->memory;
    const AotClass *c = &o->in->module->classes[class];
    AliasAccess at = {.base = base,
                      .offset = (int64_t)((uint64_t)offset + c->offset),
                      .size = c->size & ~AOT_CLASS_FLAGS,
                      .class = m->classes.number[class],
                      .region = region};
    Known *k = look_up(m, &at);
    if (k == NULL || k->at.class != at.class || k->at.offset != at.offset ||
        k->at.size != at.size || !known_since(m, &at, k->time))
        return 0;
    at.base = IR_NONE; /* before it became known, it was not stored to by whatever base */
    if (k->time > since && !known_since(m, &at, since))
        return 0;
    IrRef value = opt_resolve(o, k->value);
    if (!trace_is_const(value))
        return 0;
    use(m, k);
    return alias_key(&m->classes, class, trace_bits(o->out, value), region);
}

/* The region of an access to an object of which a key is known; the access is somewhere between the
 * beginning of the object and the end of the key. */
static uint8_t keyed_region(Optimiser *o, const AliasAccess *at, uint32_t since) {
    const OptMemory *m = o->memory;
    uint8_t declared = opt_region(o, at->base), part = region_of(o, at);
    if (declared == 0 || part != declared)
        return part;
    for (uint32_t i = 0; i < m->key_class_count; i++) {
        const AotClass *c = &o->in->module->classes[m->key_classes[i]];
        uint32_t end = c->offset + (c->size & ~AOT_CLASS_FLAGS);
        for (uint32_t inside = 0; inside + at->size <= end; inside += 8) {
            int64_t object = (int64_t)((uint64_t)at->offset - inside);
            uint8_t region = region_of_key(o, at->base, object, m->key_classes[i], declared, since);
            if (region != 0)
                return region;
        }
    }
    return part;
}

static void find_key_classes(OptMemory *m, const AotModule *module) {
    for (uint32_t i = 0; module != NULL && i < module->class_count; i++)
        if ((module->classes[i].size & AOT_CLASS_KEY) && m->classes.number[i] != UINT32_MAX &&
            m->key_class_count < KEY_CLASSES)
            m->key_classes[m->key_class_count++] = i;
}

void opt_memory_rebase(Optimiser *o, IrRef base) {
    OptMemory *m = o->memory;
    int64_t offset;
    IrRef to;
    alias_address(o->out, opt_resolve(o, base), &to, &offset);
    uint32_t count = m->count;
    for (uint32_t i = 0; i < count; i++) {
        Known k = m->known[i];
        if (k.at.base != base || !still_known(o, &k))
            continue;
        k.at.base = to;
        k.at.offset = (int64_t)((uint64_t)k.at.offset + (uint64_t)offset);
        if (find(o, &k.at) != NULL)
            continue;
        forget_own(m, &k.at);
        uint32_t moved = remember(o, &k.at, k.type, k.value);
        if (moved != UINT32_MAX)
            m->known[moved].origin = i + 1;
    }
}

/* ---- values --------------------------------------------------------------------------------- */

static IrRef bitcast(Optimiser *o, IrRef value, uint8_t to) {
    uint8_t from = trace_type(o->out, value);
    if (from == to)
        return value;
    if (!ir_is_int(from) && !ir_is_int(to)) { /* pointer and float: by way of an integer */
        value = bitcast(o, value, IR_I64);
        from = IR_I64;
    }
    return opt_emit(o, (IrInsn){.op = IR_BITCAST, .type = to, .aux = from, .a = value});
}

/* `size` bytes from byte `skip` of a value, as a `type`. IR_NONE: not worth it. */
static IrRef extract(Optimiser *o, IrRef value, unsigned skip, uint8_t type) {
    uint8_t from = trace_type(o->out, value);
    if (from == type && skip == 0)
        return value;
    if (from == IR_I1) /* one byte, 0 or 1 */
        return type == IR_I8
                   ? opt_emit(o, (IrInsn){.op = IR_ZEXT, .type = IR_I8, .aux = IR_I1, .a = value})
                   : IR_NONE;
    if (ir_type_bytes[from] == ir_type_bytes[type] && type != IR_I1)
        return bitcast(o, value, type);
    static const uint8_t integers[9] = {[1] = IR_I8, [2] = IR_I16, [4] = IR_I32, [8] = IR_I64};
    uint8_t whole = integers[ir_type_bytes[from]];
    value = bitcast(o, value, whole);
    if (skip != 0)
        value = opt_emit(
            o, (IrInsn){
                   .op = IR_LSHR, .type = whole, .a = value, .b = opt_number(o, whole, 8u * skip)});
    uint8_t part = type == IR_I1 ? IR_I1 : integers[ir_type_bytes[type]];
    if (part != whole)
        value = opt_emit(o, (IrInsn){.op = IR_TRUNC, .type = part, .aux = whole, .a = value});
    return bitcast(o, value, type);
}

static IrRef value_at(Optimiser *o, const AliasAccess *at, uint8_t type) {
    Known *k = find(o, at);
    if (k == NULL)
        return IR_NONE;
    unsigned skip = (unsigned)(at->offset - k->at.offset);
    IrRef stored = k->value = opt_resolve(o, k->value);
    use(o->memory, k);
    IrRef value = extract(o, stored, skip, type);
    return value == IR_NONE ? IR_NONE : opt_resolve(o, value);
}

IrRef opt_memory_value(Optimiser *o, const AliasAccess *at, uint8_t type) {
    return value_at(o, at, type);
}

/* ---- accesses ------------------------------------------------------------------------------- */

static AliasAccess access_of(Optimiser *o, const IrInsn *insn) {
    AliasAccess at = alias_access(&o->memory->classes, o->out, insn);
    at.region = region_of(o, &at);
    return at;
}

IrRef opt_load(Optimiser *o, IrInsn insn) {
    insn.a = fold_address(o, insn.a, &insn.aux);
    AliasAccess at = access_of(o, &insn);
    if (!(o->passes & OPT_FORWARD))
        return opt_append(o, insn);
    IrRef value = value_at(o, &at, insn.type);
    if (value == IR_NONE) {
        value = opt_append(o, insn);
        /* What is known of a part of these bytes is still true, but one entry has to be enough. */
        forget_own(o->memory, &at);
        remember(o, &at, insn.type, value);
    }
    if (!at.is_volatile)
        opt_list_load(o, &insn, &at, value);
    return value;
}

void opt_memory_field(Optimiser *o, IrRef base, uint32_t class, IrRef value) {
    OptMemory *m = o->memory;
    if (m->classes.number[class] == UINT32_MAX) /* the trace does not look there */
        return;
    uint8_t type = trace_type(o->out, value);
    AliasAccess at = {.base = base,
                      .size = ir_type_bytes[type],
                      .offset = o->in->module->classes[class].offset,
                      .class = m->classes.number[class]};
    if (find(o, &at) != NULL)
        return;
    forget_own(m, &at);
    remember(o, &at, type, value);
}

/* Bits are stored, of whatever type. */
static void strip_casts(Optimiser *o, IrInsn *store) {
    while ((o->passes & OPT_FOLD) && !trace_is_const(store->b)) {
        IrInsn cast = opt_resolve_operands(o, o->out->insns[ir_index(store->b)]);
        if (cast.op != IR_BITCAST)
            return;
        store->b = cast.a;
        store->type = (uint8_t)cast.aux;
    }
}

static bool is_there(Optimiser *o, const AliasAccess *at, const IrInsn *store) {
    Known *k = find(o, at);
    if (k == NULL || k->at.offset != at->offset || k->at.size != at->size)
        return false;
    IrRef value = k->value = opt_resolve(o, k->value);
    bool same = value == store->b;
    if (!same && trace_is_const(value) && trace_is_const(store->b))
        same = trace_bits(o->out, value) == trace_bits(o->out, store->b);
    if (same)
        use(o->memory, k);
    return same;
}

void opt_store(Optimiser *o, IrInsn insn) {
    insn.a = fold_address(o, insn.a, &insn.aux);
    insn.b = opt_resolve(o, insn.b);
    strip_casts(o, &insn);
    OptMemory *m = o->memory;
    AliasAccess at = access_of(o, &insn);
    if ((o->passes & OPT_FORWARD) && !at.is_volatile && is_there(o, &at, &insn))
        return;
    opt_append(o, insn);
    opt_list_store(o, insn.c);
    m->time++;
    forget_own(m, &at);
    if (!is_private(m, &at)) {
        AliasAccess touch = at;
        touch.region = keyed_region(o, &at, m->time);
        alias_touch(&m->classes, &touch, m->time);
    }
    if (!at.is_volatile)
        remember(o, &at, insn.type, insn.b);
}

/* ---- the head of a loop --------------------------------------------------------------------- */

uint32_t opt_memory_known(Optimiser *o, OptLocation *list) {
    const OptMemory *m = o->memory;
    uint32_t count = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        const Known *k = &m->known[i];
        if (k->at.is_volatile || !still_known(o, k))
            continue;
        if (list != NULL)
            list[count] = (OptLocation){.access = k->at,
                                        .type = trace_type(o->out, k->value),
                                        .value = opt_resolve(o, k->value)};
        count++;
    }
    return count;
}

void opt_memory_forget(OptMemory *m) {
    m->count = 0;
    memset(m->buckets, 0, m->bucket_count * sizeof *m->buckets);
}

uint32_t opt_memory_assume(Optimiser *o, const OptLocation *location) {
    return remember(o, &location->access, location->type, location->value);
}

bool opt_memory_used(const OptMemory *m, uint32_t handle) {
    return handle < m->count && m->known[handle].used;
}
