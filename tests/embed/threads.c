/* Several threads: each with a Lua state of its own, or all with the same one in turn. */
#include "embed.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define ROUNDS 3

static pthread_t start(void *(*body)(void *), void *argument) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, argument) != 0)
        embed_fail("no thread");
    return thread;
}

/* ---- threads ---------------------------------------------------------------------------------- */

typedef struct Worker {
    pthread_barrier_t *barrier;
    size_t number;
    char **results; /* embed_program_count * ROUNDS */
} Worker;

/* Even the first state of the process is made by all threads at once. Each begins with another
 * program, so that they are never all in the same code. */
static void *run_all(void *argument) {
    Worker *worker = argument;
    pthread_barrier_wait(worker->barrier);
    lua_State *L = embed_open();
    for (size_t i = 0; i < embed_program_count * ROUNDS; i++) {
        size_t program = (i + worker->number) % embed_program_count;
        worker->results[i] = embed_run(L, embed_programs[program], (int)(10 + i));
    }
    lua_close(L);
    return NULL;
}

void case_threads(void) {
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, THREADS);
    Worker workers[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (Worker){&barrier, i, calloc(embed_program_count * ROUNDS, sizeof(char *))};
        if (workers[i].results == NULL)
            embed_fail("out of memory");
        threads[i] = start(run_all, &workers[i]);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        for (size_t k = 0; k < embed_program_count * ROUNDS; k++) {
            printf("thread %zu, run %zu: %s\n", i, k, workers[i].results[k]);
            free(workers[i].results[k]);
        }
        free(workers[i].results);
    }
    pthread_barrier_destroy(&barrier);
}

/* ---- moving ----------------------------------------------------------------------------------- */

/* Each thread takes its turns, then ends, and a new thread takes over. */
#define TURNS_PER_THREAD 10
#define GENERATIONS 5

static const char mover[] =
    "local function work(id)\n"
    "  local mt = {__index = function(t, k) coroutine.yield('index ' .. k) return k end,\n"
    "              __concat = function(a, b) return 'concat' end}\n"
    "  local t, s = setmetatable({}, mt), 0\n"
    "  for round = 1, 1000 do\n"
    "    for i = 1, 200 do s = (s + i * id) % 100003 end\n"
    "    local ok, e = pcall(function()\n"
    "      coroutine.yield(id .. ' in pcall ' .. s)\n"
    "      for i = 1, 100 do if i == 90 and round % 2 == 0 then error('e' .. i) end end\n"
    "      return t[round]\n"
    "    end)\n"
    "    local f = load('local a = 0 for i = 1, 80 do a = a + i + ' .. round .. ' end return a')\n"
    "    s = s + f()\n"
    "    f = nil\n"
    "    if round % 4 == 0 then collectgarbage() end\n"
    "    coroutine.yield(id .. ' ' .. tostring(e) .. ' ' .. s .. (t .. 'x'))\n"
    "  end\n"
    "end\n"
    "local list = {}\n"
    "for id = 1, 6 do list[id] = coroutine.create(work) end\n"
    "function turn(n)\n"
    "  local id = n % #list + 1\n"
    "  local ok, e = coroutine.resume(list[id], id)\n"
    "  return (ok and '' or 'error ') .. tostring(e)\n"
    "end\n";

typedef struct Shared {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    lua_State *L;
    int turn;
} Shared;

typedef struct Mover {
    Shared *shared;
    int first; /* the thread's first turn; then every THREADS-th */
} Mover;

static void *take_turns(void *argument) {
    Mover *mover_thread = argument;
    Shared *shared = mover_thread->shared;
    for (int i = 0; i < TURNS_PER_THREAD; i++) {
        int mine = mover_thread->first + i * THREADS;
        pthread_mutex_lock(&shared->lock);
        while (shared->turn != mine)
            pthread_cond_wait(&shared->changed, &shared->lock);
        lua_State *L = shared->L;
        lua_getglobal(L, "turn");
        lua_pushinteger(L, mine);
        lua_pcall(L, 1, 1, 0);
        printf("turn %d: %s\n", mine, luaL_tolstring(L, -1, NULL));
        lua_pop(L, 2);
        shared->turn++;
        pthread_cond_broadcast(&shared->changed);
        pthread_mutex_unlock(&shared->lock);
    }
    return NULL;
}

void case_moving(void) {
    Shared shared = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    shared.L = embed_open();
    if (luaL_dostring(shared.L, mover) != LUA_OK)
        embed_fail(lua_tostring(shared.L, -1));
    for (int generation = 0; generation < GENERATIONS; generation++) {
        Mover movers[THREADS];
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
            movers[i] = (Mover){&shared, generation * THREADS * TURNS_PER_THREAD + i};
            threads[i] = start(take_turns, &movers[i]);
        }
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
    lua_close(shared.L);
}

/* ---- thread_exit ------------------------------------------------------------------------------ */

static int lua_exit_thread(lua_State *L) {
    (void)L;
    pthread_exit(NULL);
}

static void *run_and_exit(void *argument) {
    lua_State *L = argument;
    char *result = embed_run(L, "local function deep(n)\n"
                                "  for i = 1, 100 do end\n"
                                "  if n == 0 then exit_thread() end\n"
                                "  return 1 + select(2, pcall(deep, n - 1))\n"
                                "end\n"
                                "return deep(10)\n", 0);
    embed_print("not reached", result);
    return NULL;
}

/* To Lua the C function has not returned yet: what follows is called by it. */
void case_thread_exit(void) {
    lua_State *L = embed_open();
    lua_register(L, "exit_thread", lua_exit_thread);
    for (size_t i = 0; i < embed_program_count; i++) {
        pthread_join(start(run_and_exit, L), NULL);
        char *result = embed_run(L, embed_programs[i], 20);
        embed_print("after the thread", result);
        free(result);
    }
    lua_close(L);
}

/* ---- closing ---------------------------------------------------------------------------------- */

static void *open_and_close(void *argument) {
    char **results = argument;
    for (size_t i = 0; i < embed_program_count * 4; i++) {
        lua_State *L = embed_open();
        free(results[i % embed_program_count]);
        results[i % embed_program_count] =
            embed_run(L, embed_programs[i % embed_program_count], (int)(3 + i));
        lua_close(L);
    }
    return NULL;
}

void case_closing(void) {
    char **results[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        results[i] = calloc(embed_program_count, sizeof **results);
        if (results[i] == NULL)
            embed_fail("out of memory");
        threads[i] = start(open_and_close, results[i]);
    }
    lua_State *L = embed_open();
    for (size_t i = 0; i < embed_program_count; i++) {
        char *result = embed_run(L, embed_programs[i], 200);
        embed_print("main", result);
        free(result);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        for (size_t k = 0; k < embed_program_count; k++) {
            printf("thread %zu: %s\n", i, results[i][k]);
            free(results[i][k]);
        }
        free(results[i]);
    }
    lua_close(L);
}
