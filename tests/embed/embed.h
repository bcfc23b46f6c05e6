/* Tests that embed Lua: C programs do with it what a script cannot.
 *
 * The same objects are linked twice: as `embed` with yklua's Lua, as `embed-stock` with the Lua it
 * was made from. `embed CASE` runs one case, which prints what happened to standard output; `run`
 * compares what both print. So a case never prints what may differ (addresses, times, amounts of
 * memory), and checks nothing that the comparison would find. What does not depend on Lua, a lock
 * that cannot be made for instance, ends the program with status 2.
 *
 * Cases see lua.h, as any embedder does, and nothing of yk. */
#ifndef EMBED_H
#define EMBED_H

#include <stddef.h>

#include "lua.h"

#include "lauxlib.h"
#include "lualib.h"

#define EMBED_CASES(C)                                                                             \
    C(threads, "a Lua state on each of several threads, all in hot code at once")                  \
    C(moving, "one Lua state that is used by many threads in turn; coroutines change the thread")  \
    C(thread_exit, "a thread ends inside native code; another one goes on with the state")         \
    C(closing, "states are made and closed while other threads run theirs")                        \
    C(fork, "fork without exec in the middle of hot code; both processes go on compiling")         \
    C(fork_threads, "the same while other threads are compiling")                                  \
    C(nesting, "200 nested C calls on a thread with a small stack")                                \
    C(alarm, "a signal handler sets a hook that raises an error in an endless loop")               \
    C(hooks, "count, line, call and return hooks set and cleared in the middle of a loop")         \
    C(hook_errors, "a hook that raises errors in loops under pcall")                               \
    C(hook_yields, "a hook that yields out of loops")                                              \
    C(callbacks, "C functions that call, yield and raise errors between hot functions")            \
    C(api, "reaching into running functions from C: debug interface, upvalues, locals")            \
    C(memory_once, "the nth request for memory fails, and the next ones, for every n")                                \
    C(memory_from, "all requests for memory after the nth fail, for every n")                      \
    C(no_code, "the kernel refuses to make memory executable")                                     \
    C(jit_memory, "the same for the JIT's own memory: the program must not notice")

#define EMBED_DECLARE(name, help) void case_##name(void);
EMBED_CASES(EMBED_DECLARE)
#undef EMBED_DECLARE

/* Programs full of hot loops. Each is a chunk that takes a size, 1 and more, and returns a string
 * that depends on nothing else. */
extern const char *const embed_programs[];
extern const size_t embed_program_count;

/* Ends the test program with a message and status 2. */
_Noreturn void embed_fail(const char *what);

/* A Lua state with the standard libraries. The caller closes it. */
lua_State *embed_open(void);

/* Runs a chunk with nothing on its stack but one integer argument. Returns its only result, or its
 * error message, as a string to free(). */
char *embed_run(lua_State *L, const char *chunk, int argument);

/* Prints "name: text" and flushes, so that a fork does not print it twice. */
void embed_print(const char *name, const char *text);

#endif
