/* yk.h -- the one header that an interpreter includes.
 *
 * yk turns a C interpreter into a virtual machine with native code. The interpreter stays C: it
 * names its dispatch loop with the three macros below, is compiled with `yk-config --cflags` and
 * linked with `yk-config --ldflags --libs`; a pass plugin inside the linker derives everything
 * else from the interpreter's own code.
 *
 *     for (;;) {
 *         yk_merge_point(vm->mt, &fn->location, yk_green(pc, fn->code, fn->code_size));
 *         switch (*pc++) {
 *         case OP_JUMP:
 *             pc += (int8_t)*pc;
 *             yk_can_enter_jit(&fn->location);
 *             break;
 *         ...
 *
 * Words. *Merge point*: the top of the dispatch loop, where the whole state of the interpreter is
 * a short vector of local variables (the term is RPython's: Bolz et al., "Tracing the meta-level",
 * 2009). *Green* variables say where in the program the interpreter is: they are constant for a
 * given place in the bytecode. All others are *red*. docs/retrofit.md walks through a whole
 * interpreter.
 *
 * Rules that the plugin checks, with an error that names the source line:
 *   - one function of the program contains merge points; with computed goto the macro may be
 *     expanded once per handler if what follows each copy is the same;
 *   - no local whose address is taken is live across the merge point;
 *   - the arguments of the macros are plain expressions without calls and side effects.
 */
#ifndef YK_H
#define YK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A meta-tracer: the JIT's state for one VM. It belongs to the thread that runs the VM; a VM may
 * move between threads as long as only one uses it at a time. */
typedef struct YkMT YkMT;

/* A place where native code is entered and whose executions are counted, usually one per bytecode
 * function. The interpreter embeds it in its own structure and sets it up with yk_location_init;
 * its members belong to the JIT. A location must stay at its address as long as its bytecode
 * lives, and all bytecode that is reached from it without a dynamic jump (a call, a return) must
 * lie in the green range that its merge point passes. */
typedef struct YkLocation {
    int32_t countdown; /* executions left until the runtime is asked */
    uint32_t state;
    void *unit; /* native code, or NULL */
} YkLocation;

/* Creates a meta-tracer with the process's configuration (docs/configuration.md). Returns NULL if
 * there is to be none: *error is then a text to free(), or NULL if the configuration says
 * `jit = off`. Every function here accepts a NULL meta-tracer and then does nothing, so a VM may
 * ignore the failure and run without a JIT. `error` may be NULL. */
YkMT *yk_mt_new(char **error);

/* Drops all native code. No function of the VM that contains a merge point may be active. */
void yk_mt_shutdown(YkMT *mt);

/* Sets up a location. Call it before the location is first passed to one of the macros. */
void yk_location_init(YkMT *mt, YkLocation *location);

/* Says that the bytecode in [start, start + size), `size` in bytes, is about to be freed or
 * changed. Native code made from it is dropped; if some of it is still on the native stack, its
 * memory is kept until it is not. */
void yk_code_freed(YkMT *mt, const void *start, size_t size);

/* Writes a name such as "fib.lua:12" for the place `pc` in the bytecode of `location` into
 * buffer[0..size), NUL-terminated. `size` is at least 128. Used for logs and profilers only. */
typedef void (*YkNamer)(const YkLocation *location, const void *pc, char *buffer, size_t size);
void yk_mt_set_namer(YkMT *mt, YkNamer namer);

/* The version of the library, e.g. "0.1.0". */
const char *yk_version(void);

/* yk_merge_point(mt, location, yk_green(pc, start, size), ...)
 *
 * Marks the top of the dispatch loop: between two instructions, before the next is fetched. It
 * costs nothing when the interpreter runs. Put it *after* a check for pending events (hooks,
 * signals), on the path on which none is pending, so that native code need not carry the result
 * of the check.
 *
 *   mt        YkMT *
 *   location  YkLocation * of the bytecode that pc points into
 *   greens    first the program counter, then whatever else is a function of it (a constant
 *             table). At most four. Each names a *local variable* of pointer type and the range,
 *             in bytes, of memory that it points into and that never changes while the bytecode
 *             lives. Native code is made from what is in that range: loads from it disappear.
 *             Memory behind a pointer that is loaded from the range is ordinary memory. */
#define yk_merge_point(mt, location, ...)                                                          \
    yk_merge_point__is_lowered_by_the_yk_pass_plugin((mt), (location), __VA_ARGS__, (void *)0)
#define yk_green(variable, start, size) (variable), (const void *)(start), (size_t)(size)

/* yk_can_enter_jit(location): marks what makes a place hot: entries of bytecode functions and
 * backward jumps. Decrements the location's counter; when it has run out, the next merge point on
 * the path enters native code. Put it where only straight code, or the check for pending events,
 * lies between it and the merge point. */
#define yk_can_enter_jit(location) yk_can_enter_jit__is_lowered_by_the_yk_pass_plugin((location))

/* Hints for tracing. Tier 0 ignores them.
 *   yk_promote(x)    x, an integer or pointer, is worth specialising on: a trace guards on its
 *                    value. It never makes memory behind it constant.
 *   yk_promote_with(x, key)  the same, where the trace knows `key` as a constant only.
 *   yk_constant_of(x, key)
 *                    x, an integer or pointer, which never changes for a given key, an integer or
 *                    pointer, as long as a trace may know the key: because it follows from greens,
 *                    or was promoted. There x is constant, too, without a guard. So x may come from
 *                    an object that a green range points to, which is otherwise ordinary memory.
 *   yk_either(x, usual, region)
 *                    x, a pointer to an object: it is the pointer `usual`, as it mostly is, or
 *                    points into `region`, declared before with yk_region. The author says so. A
 *                    trace guards on which of the two, and knows then what memory x points to.
 *                    Worth while where x is loaded, and `usual` computed from one with a region.
 *   yk_fresh(call)   call, an expression that is a call and no more, returns memory that nothing
 *                    points to, or null. The callee looks at nothing but its arguments' values and
 *                    memory that is its own: an allocator. A trace keeps what it knows of all other
 *                    memory. Not for what frees or moves memory.
 *   YK_IDEMPOTENT    a function that returns the same value for the same arguments. Nothing makes
 *                    use of that yet.
 *   YK_OUTLINE       a function that is called from a trace, never inlined into it.
 *   YK_RARE          a function that is called on the rare ways through another: a trace that comes
 *                    there calls the other function natively, instead of containing it; unless the
 *                    first argument points to memory that the trace has got from a yk_fresh.
 *   YK_UNROLL        a function whose loops a trace follows for up to 16 rounds; without it, for
 *                    one.
 *   yk_debug_str(s)  for sources written for other systems: does nothing. */
#define yk_promote(x) ((__typeof__(x))yk_promote__is_lowered_by_the_yk_pass_plugin((uintptr_t)(x)))
#define yk_promote_with(x, key)                                                                    \
    ((__typeof__(x))yk_promote_with__is_lowered_by_the_yk_pass_plugin((uintptr_t)(x),              \
                                                                      (uintptr_t)(key)))
#define yk_constant_of(x, key)                                                                     \
    ((__typeof__(x))yk_constant_of__is_lowered_by_the_yk_pass_plugin((uintptr_t)(x),               \
                                                                     (uintptr_t)(key)))
#define yk_either(x, usual, region)                                                                \
    ((__typeof__(x))yk_either__is_lowered_by_the_yk_pass_plugin((x), (usual), yk_region__##region, \
                                                                sizeof *(x)))
#define yk_fresh(call) yk_fresh__is_lowered_by_the_yk_pass_plugin((call))
#define YK_IDEMPOTENT __attribute__((annotate("yk_idempotent")))
#define YK_OUTLINE __attribute__((annotate("yk_outline")))
#define YK_RARE __attribute__((annotate("yk_rare")))
#define YK_UNROLL __attribute__((annotate("yk_unroll")))
#define yk_debug_str(s) ((void)(s))

/* yk_region(name, "pointers"): at file scope, says that the memory which is reached from certain
 * pointers is of a kind of its own. The text lists, with blanks between them, fields of structs
 * ("Table.node"; all that point there) and local variables at the merge point ("sp"). What is
 * reached from them by arithmetic is one *region*: no byte of it is also reached by arithmetic from
 * a pointer of another region. Pointers that are in no list may point anywhere. A store to one
 * region lets a trace keep what it knows of others: the stack of the language, say, while it writes
 * to the fields of an object.
 *
 *     yk_region(stack, "VM.sp VM.stack_end Frame.locals sp locals");
 *     yk_region(fields, "Object.fields");
 *
 * Memory may go from one region to another if it has been free() in between. Where structs begin
 * alike (docs/ir.md), a field counts only if it is listed by the names of all of them. At most 15
 * regions. It costs nothing. */
#define yk_region(name, pointers)                                                                  \
    static const char yk_region__##name[] __attribute__((used)) = pointers

/* yk_list(name, "Node.next Node.previous"): at file scope, says that a struct's objects form doubly
 * linked lists, each an object of its own: where p->next is read and is not null, p->next->previous
 * is p, and whoever follows `next` does not come to p again. A trace that enters a frame by one
 * field and leaves it by the other knows where it returns to, and that what it writes to the one
 * frame does not change the other. It costs nothing. */
#define yk_list(name, fields) static const char yk_list__##name[] __attribute__((used)) = fields

/* yk_late(name, "Frame.pc VM.sp"): at file scope, says that nothing looks at these fields between
 * two instructions of the bytecode but the interpreter itself; no signal handler, above all. A
 * trace may leave out what it stores there if it stores there again, unless it calls something or
 * is left in between. (Of fields in a region nothing has to be said.) It costs nothing. */
#define yk_late(name, fields) static const char yk_late__##name[] __attribute__((used)) = fields

/* yk_key(name, "Node.key"): at file scope, says that it pays to tell a struct's objects apart by
 * these fields: two objects of which a trace knows different constants in the same field are not
 * the same, so that a store to one, up to the field's end, leaves the other known. The objects must
 * lie in a region. It costs nothing. */
#define yk_key(name, fields) static const char yk_key__##name[] __attribute__((used)) = fields

/* longjmp is safe everywhere. This name exists for users of other systems' headers. */
#define yk_longjmp longjmp

/* What the macros expand to; the plugin replaces the calls. An "undefined symbol" error with one
 * of these names means that the program was linked without `yk-config --ldflags`. */
void yk_merge_point__is_lowered_by_the_yk_pass_plugin(YkMT *mt, YkLocation *location, ...);
void yk_can_enter_jit__is_lowered_by_the_yk_pass_plugin(YkLocation *location);
__attribute__((const)) uintptr_t yk_promote__is_lowered_by_the_yk_pass_plugin(uintptr_t value);
__attribute__((const)) uintptr_t yk_promote_with__is_lowered_by_the_yk_pass_plugin(uintptr_t value,
                                                                                   uintptr_t key);
__attribute__((const)) uintptr_t yk_constant_of__is_lowered_by_the_yk_pass_plugin(uintptr_t value,
                                                                                  uintptr_t key);
__attribute__((const)) void *yk_either__is_lowered_by_the_yk_pass_plugin(const void *value,
                                                                         const void *usual,
                                                                         const void *region,
                                                                         size_t size);
__attribute__((const)) void *yk_fresh__is_lowered_by_the_yk_pass_plugin(void *memory);

#ifdef __cplusplus
}
#endif
#endif
