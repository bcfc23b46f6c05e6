/* yklua_glue.h -- what the retrofitted Lua sources see of yk. luaconf.h includes it, so it is read
 * before all other headers of Lua: only macros, and declarations without Lua's types.
 *
 *   ykl_merge       the merge point. It stands in vmfetch, behind the code that handles hooks and a
 *                   moved stack (`trap`) and before the instruction is fetched. Reached only with
 *                   trap == 0, and says so to the compiler: native code never carries a set trap.
 *   ykl_enter       counts function entries, returns to a caller and backward jumps.
 *   ykl_proto_new, ykl_proto_free   a Lua function is made; is freed. What we add to its struct is
 *                   not counted as memory in use, so that the collector's pace, when finalisers run
 *                   and what collectgarbage("count") returns stay those of stock Lua.
 *   yklua_options   reads configuration and command line before main does anything else.
 *   yklua_option    whether argv[*index] is an option of ours; steps over its argument.
 *   yklua_allocator the allocation function for a new Lua state, given Lua's own.
 *   yklua_open, yklua_close   a Lua state is complete; a Lua state has freed all its objects.
 *
 * Greens: `pc` points into Proto.code and `k` into Proto.k. Both arrays are complete before their
 * function first runs and never change; what a constant *points to* (a string) does.
 */
#ifndef YKLUA_GLUE_H
#define YKLUA_GLUE_H

/* C modules include luaconf.h, too: they see nothing of this. */
#if defined(LUA_CORE) || defined(LUA_LIB) || defined(lua_c)

#include <stddef.h>

#include "yk.h"

struct lua_State;

#define ykl_merge()                                                                                \
    if (!trap) {                                                                                   \
        yk_merge_point(G(L)->yk, &cl->p->yk,                                                       \
                       yk_green(pc, cl->p->code, (size_t)cl->p->sizecode * sizeof(Instruction)),   \
                       yk_green(k, cl->p->k, (size_t)cl->p->sizek * sizeof(TValue)));              \
        trap = 0;                                                                                  \
    }

#define ykl_enter() yk_can_enter_jit(&cl->p->yk)

#define ykl_proto_new(L, f)                                                                        \
    (G(L)->GCdebt -= (ptrdiff_t)sizeof(f)->yk, yk_location_init(G(L)->yk, &(f)->yk))

#define ykl_proto_free(L, f)                                                                       \
    (G(L)->GCdebt += (ptrdiff_t)sizeof(f)->yk,                                                     \
     yk_code_freed(G(L)->yk, (f)->code, (size_t)(f)->sizecode * sizeof(Instruction)))

/* The first node of a short string's chain. In a trace with a constant name it is at a constant
 * distance, behind a check of the table's size. */
#define ykl_hashstr(t, key)                                                                        \
    gnode(t, lmod(yk_constant_of((key)->hash, key), twoto(yk_promote_with((t)->lsizenode, key))))

/* Where the value of an upvalue is: in the upvalue, if it is closed, else on the stack. */
#define ykl_upvalue(uv, v) yk_either((uv)->v, &(uv)->u.value, stack)

/* Kinds of memory that are never the same. CallS and CloseP begin as CallInfo does. */
#if defined(lvm_c)
yk_region(stack, "lua_State.top lua_State.stack lua_State.stack_last lua_State.tbclist "
                 "CallInfo.func CallInfo.top CallS.func CloseP.level base");
yk_region(nodes, "Table.node Table.lastfree");
yk_region(array, "Table.array");
yk_region(upvalues, "LClosure.upvals lua_State.openupval");
yk_list(calls, "CallInfo.next CallInfo.previous");
/* Nodes with two names are two nodes. */
yk_key(nodes, "NodeKey.key_val");
/* A signal handler may call lua_sethook, which goes along the list of calls. */
yk_late(calls, "lua_State.top CallInfo.top CallInfo.nresults CallInfo.u+0");
#endif

#define luai_userstateopen(L) yklua_open(L)
#define luai_userstateclose(L) yklua_close(L)
void yklua_open(struct lua_State *L);
void yklua_close(struct lua_State *L);

typedef void *(*YkluaAlloc)(void *ud, void *block, size_t old_size, size_t new_size);
YkluaAlloc yklua_allocator(YkluaAlloc stock);

int yklua_options(int argc, char **argv);
int yklua_option(char **argv, int *index);

#define YKLUA_USAGE                                                                                \
    "  -O k=v    set key 'k' of the configuration to 'v' (-O help lists the keys)\n"               \
    "  -joff     run everything in the interpreter (-jon, the default: compile)\n"                 \
    "  -jv       report each function and each trace that is compiled\n"                           \
    "  -jdump    print each trace: as recorded, optimised, and its machine code\n"

/* The editing line of the interactive mode, loaded when it is used (yklua_readline.c). */
#define lua_initreadline(L) ((void)(L), yklua_readline_open())
#define lua_readline(L, line, prompt) ((void)(L), ((line) = yklua_readline(prompt)) != NULL)
#define lua_saveline(L, line) ((void)(L), yklua_readline_save(line))
#define lua_freeline(L, line) ((void)(L), free(line))
void yklua_readline_open(void);
char *yklua_readline(const char *prompt);
void yklua_readline_save(const char *line);

#endif
#endif
