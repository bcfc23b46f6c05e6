/* Compiling and running traces in tests of the compiler behind tier 1: libyktrace.so, which stands
 * in the folder above the test program's. Include it once.
 *
 * compile() makes code of a trace; run() enters it with the vector in frame.slots. The trace's end
 * leads to yk_native_leave, which stores the vector in frame.slots. An exit, unless the test says
 * otherwise, leaves with its Exit in slots[0], and its values in area.values, also one at a merge
 * point, whose values are in registers: what is undefined there is any number. */
#ifndef YK_BACKEND_HARNESS_H
#define YK_BACKEND_HARNESS_H

#include "ir_fixture.h"
#include "runtime/memory.h"
#include "tier1-trace/backend.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A program without stencils. */
const YkStencilTable yk_stencil_table = {.version = YK_TABLE_VERSION, .pc_step = 1};

static const Backend *backend;
static void *compiler;
static char *error;
static YkTraceArea area;
static YkFrame frame = {.area = &area};
static YkCacheEntry cache[YK_CACHE_ENTRIES];

static const char *backend_path(void) {
    static char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 64);
    cr_assert(length > 0);
    path[length] = '\0';
    strcpy(strrchr(path, '/'), "/../libyktrace.so");
    return path;
}

static void open_backend(void) {
    void *object = dlopen(backend_path(), RTLD_NOW | RTLD_LOCAL);
    cr_assert(object, "%s", dlerror());
    const Backend *(*entry)(void);
    *(void **)&entry = dlsym(object, "yk_backend");
    cr_assert(entry);
    backend = entry();
    cr_assert_eq(backend->version, YK_BACKEND_VERSION);
    compiler = backend->open(&error);
    cr_assert(compiler, "%s", error);
    frame.cache = cache;
    for (unsigned i = 0; i < YK_CACHE_ENTRIES; i++)
        cache[i].pc = YK_CELL_EMPTY;
}

static void close_backend(void) {
    backend->close(compiler);
}

/* The slots to area.values; then, or at once, the Exit to slot 0. */
__asm__(".text\n"
        "leave_by_slots:\n"
        "movq 16(%rbp), %rbx\n"
        "movq 192(%rbx), %rbx\n"
        "movq %r12, 0(%rbx)\n"
        "movq %r13, 8(%rbx)\n"
        "movq %r14, 16(%rbx)\n"
        "movq %r15, 24(%rbx)\n"
        "movq %rdi, 32(%rbx)\n"
        "movq %rsi, 40(%rbx)\n"
        "movq %rdx, 48(%rbx)\n"
        "movq %rcx, 56(%rbx)\n"
        "movq %r8, 64(%rbx)\n"
        "movq %r9, 72(%rbx)\n"
        "movq %r11, 80(%rbx)\n"
        "movq %rax, 88(%rbx)\n"
        "leave_by_values:\n"
        "movq %r10, %r12\n"
        "jmp yk_native_leave\n");
extern const char leave_by_slots[] __attribute__((visibility("hidden")));
extern const char leave_by_values[] __attribute__((visibility("hidden")));
_Static_assert(offsetof(YkFrame, area) == 192 && offsetof(YkTraceArea, values) == 0, "see above");

/* ---- traces ------------------------------------------------------------------------------------
 */

static Trace *parse(const char *format, ...) __attribute__((format(printf, 1, 2)));
__attribute__((unused)) static Trace *parse(const char *format, ...) {
    char *text;
    va_list arguments;
    va_start(arguments, format);
    cr_assert(vasprintf(&text, format, arguments) >= 0);
    va_end(arguments);
    Trace *t = trace_parse(&fixture, text, &error);
    cr_assert(t, "%s", error);
    cr_assert(trace_verify(t, &error), "%s", error);
    free(text);
    return t;
}

typedef struct Compiled {
    Trace *trace;
    Exit *exits;
    BackendCode code;
} Compiled;

static unsigned level = 2;
static const bool *dropped_flag;
static FILE *dump;

/* The end of a trace leaves native code. */
static const void *const leave_code = (const void *)(uintptr_t)yk_native_leave;
static const TraceLink link_to_leave = {.cell = &leave_code};

/* Takes ownership of the trace. Does not fail the test. */
static bool try_compile(Trace *t, Compiled *c) {
    c->trace = t;
    c->exits = exits_make(t, NULL);
    cr_assert(c->exits);
    for (uint32_t i = 0; i < t->snapshot_count; i++)
        c->exits[i].code = c->exits[i].frame_count == 0 ? leave_by_slots : leave_by_values;
    BackendJob job = {.trace = t,
                      .name = "test",
                      .exits = c->exits,
                      .link = &link_to_leave,
                      .dropped = dropped_flag,
                      .optimise = level,
                      .dump = dump};
    return backend->compile(compiler, &job, &c->code, &error);
}

static Compiled compile(Trace *t) {
    Compiled c;
    cr_assert(try_compile(t, &c), "%s", error);
    cr_assert(c.code.entry);
    cr_assert_geq((uintptr_t)c.code.entry, (uintptr_t)c.code.start);
    cr_assert_lt((uintptr_t)c.code.entry, (uintptr_t)c.code.start + c.code.size);
    return c;
}

static void discard(Compiled *c) {
    backend->release(compiler, c->code.handle);
    trace_free(c->trace);
    memory_free(c->exits);
}

static void run(const Compiled *c) {
    cr_assert_eq(yk_native_enter(&frame, c->code.entry), YK_NATIVE_LEAVE);
}

/* Runs, and expects to leave by an exit. */
__attribute__((unused)) static void run_to_exit(const Compiled *c, unsigned snapshot) {
    run(c);
    cr_assert_eq(frame.slots[0], (uintptr_t)&c->exits[snapshot], "not by exit %u", snapshot);
}

__attribute__((unused)) static uint64_t bits_of(double d) {
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

__attribute__((unused)) static uint64_t bits_of_float(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

#endif
