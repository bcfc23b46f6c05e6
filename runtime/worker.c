/* Workers; see worker.h.
 *
 * One lock guards the queue, the list of jobs in work and the backends. It is held around fork, so
 * that a child finds a consistent state; the child is marked and never uses the compiler: a worker
 * may have been inside LLVM at the moment of the fork. */
#include "worker.h"
#include "../shared-ir/alias.h"
#include "../tier1-trace/optimise.h"
#include "clock.h"
#include "log.h"
#include "memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_WORKERS 64

static struct {
    pthread_mutex_t lock;
    pthread_cond_t work;
    CompiledTrace *first, **last; /* the queue, linked by `next` */
    CompiledTrace *busy[MAX_WORKERS];
    unsigned workers, idle;
    const Backend *backend;
    void *synchronous; /* the backend of submissions without a worker */
    void *releaser;    /* some open backend, to release code with */
    char *error;       /* why there is no backend; found out once */
    bool tried, child;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER, .last = &pool.first};

static void lock(void) {
    pthread_mutex_lock(&pool.lock);
}

static void unlock(void) {
    pthread_mutex_unlock(&pool.lock);
}

static void in_child(void) {
    pool.child = true;
    pool.workers = pool.idle = 0;
    unlock();
}

static void watch_fork(void) {
    pthread_atfork(lock, unlock, in_child);
}

/* ---- the compiler's shared object ---- */

static void *open_beside_program(const char *below) {
    char program[4096], path[sizeof program + 256];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return NULL;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL)
        return NULL;
    slash[1] = '\0';
    int needed = snprintf(path, sizeof path, "%s%s", program, below);
    return needed < (int)sizeof path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
}

/* Called under the lock. dlopen takes its own lock and runs no code of ours that takes this one. */
static const Backend *load_backend(const YkConfig *config) {
    if (pool.tried)
        return pool.backend;
    pool.tried = true;
    const char *named = config->trace_compiler;
    void *object = *named != '\0' ? dlopen(named, RTLD_NOW | RTLD_LOCAL)
                                  : open_beside_program("libyktrace.so");
    if (object == NULL && *named == '\0')
        object = open_beside_program("../" YK_LIBDIR "/libyktrace.so");
    if (object == NULL && *named == '\0')
        object = dlopen("libyktrace.so", RTLD_NOW | RTLD_LOCAL);
    const Backend *(*entry)(void) = NULL;
    if (object != NULL)
        *(void **)&entry = dlsym(object, "yk_backend");
    const char *why = entry == NULL ? dlerror() : NULL;
    const Backend *backend = entry != NULL ? entry() : NULL;
    if (backend != NULL && backend->version != YK_BACKEND_VERSION) {
        backend = NULL;
        why = "it belongs to another version of yk";
    }
    if (backend == NULL)
        pool.error = strdup(why != NULL ? why : "unknown error");
    pool.backend = backend;
    return backend;
}

/* ---- compiling ---- */

static FILE *open_dump(const CompiledTrace *t) {
    const char *file = t->config->values.trace_dump;
    if (*file == '\0')
        return NULL;
    FILE *dump = strcmp(file, "-") == 0 ? stderr : fopen(file, "ae");
    if (dump == NULL) {
        log_line(&t->config->values, "tier1: cannot write %s: %s", file, strerror(errno));
        return NULL;
    }
    fprintf(dump, "==== %s#%u%s\n", t->name, t->number, t->side ? " (side)" : "");
    return dump;
}

static void compile_and_dump(CompiledTrace *t, const Backend *backend, void *handle, FILE *dump) {
    uint64_t started = clock_ns();
    t->insns_before = t->ir->insn_count;
    if (dump != NULL)
        trace_print(dump, t->ir);
    t->ir = optimise_trace(t->ir, dump);
    uint64_t optimised = clock_ns();
    t->optimise_ns = optimised - started;
    if (t->ir == NULL || t->ir->out_of_memory || (t->exits = exits_make(t->ir, t)) == NULL) {
        t->error = strdup("out of memory");
        return;
    }
    t->regions = trace_regions(t->ir);
    t->insns_after = t->ir->insn_count;
    for (uint32_t i = 0; i < t->ir->insn_count; i++)
        t->guards += t->ir->insns[i].op == IR_GUARD;
    BackendJob job = {.trace = t->ir,
                      .name = t->name,
                      .exits = t->exits,
                      .dropped = &t->dropped,
                      .link = &t->link,
                      .optimise = 2,
                      .dump = dump};
    if (!backend->compile(handle, &job, &t->code, &t->error) && t->error == NULL)
        t->error = strdup("unknown error");
    t->compile_ns = clock_ns() - optimised;
}

static void compile(CompiledTrace *t, const Backend *backend, void *handle) {
    FILE *dump = open_dump(t);
    compile_and_dump(t, backend, handle, dump);
    if (dump != NULL && dump != stderr)
        fclose(dump);
}

TraceConfig *trace_config_new(const YkConfig *config) {
    TraceConfig *made = memory_allocate(sizeof *made);
    if (made != NULL) {
        atomic_init(&made->references, 1);
        made->values = *config;
    }
    return made;
}

TraceConfig *trace_config_share(TraceConfig *config) {
    atomic_fetch_add_explicit(&config->references, 1, memory_order_relaxed);
    return config;
}

void trace_config_release(TraceConfig *config) {
    if (config != NULL &&
        atomic_fetch_sub_explicit(&config->references, 1, memory_order_acq_rel) == 1)
        memory_free(config);
}

void compiled_free(CompiledTrace *trace) {
    if (trace == NULL)
        return;
    if (trace->code.entry != NULL)
        worker_release(&trace->code);
    trace_free(trace->ir);
    memory_free(trace->exits);
    memory_free(trace->regions);
    memory_free(trace->units);
    memory_free(trace->merges);
    memory_free(trace->form);
    trace_config_release(trace->config);
    free(trace->error);
    memory_free(trace);
}

static void deliver(CompiledTrace *t) {
    CompiledTrace *head = atomic_load_explicit(&t->inbox->finished, memory_order_relaxed);
    do
        t->next = head;
    while (!atomic_compare_exchange_weak_explicit(&t->inbox->finished, &head, t,
                                                  memory_order_release, memory_order_relaxed));
}

static void *run(void *slot) {
    CompiledTrace **mine = slot;
    void *handle = NULL;
    lock();
    for (;;) {
        while (pool.first == NULL) {
            pool.idle++;
            pthread_cond_wait(&pool.work, &pool.lock);
            pool.idle--;
        }
        CompiledTrace *t = pool.first;
        pool.first = t->next;
        if (pool.first == NULL)
            pool.last = &pool.first;
        *mine = t;
        const Backend *backend = load_backend(&t->config->values);
        if (backend == NULL)
            t->error = strdup(pool.error);
        unlock();
        if (backend != NULL && handle == NULL)
            handle = backend->open(&t->error);
        if (handle != NULL)
            compile(t, backend, handle);
        lock();
        if (handle != NULL && pool.releaser == NULL)
            pool.releaser = handle;
        *mine = NULL;
        if (t->inbox != NULL) {
            deliver(t);
        } else {
            unlock();
            compiled_free(t);
            lock();
        }
    }
    return NULL;
}

/* A worker takes no signals: they are the program's. */
static bool start_worker(void) {
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, (size_t)8 << 20);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, &attributes, run, &pool.busy[pool.workers]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    pool.workers += failed == 0;
    return failed == 0;
}

static bool submit_synchronously(CompiledTrace *trace, TraceInbox *inbox) {
    const Backend *backend = load_backend(&trace->config->values);
    if (backend == NULL)
        trace->error = strdup(pool.error);
    else if (pool.synchronous == NULL)
        pool.synchronous = pool.releaser = backend->open(&trace->error);
    if (pool.synchronous == NULL)
        return false;
    compile(trace, backend, pool.synchronous);
    trace->inbox = inbox;
    deliver(trace);
    return true;
}

bool worker_submit(CompiledTrace *trace, TraceInbox *inbox) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int workers = trace->config->values.jit_workers;
    bool submitted = false;
    pthread_once(&once, watch_fork);
    lock();
    if (pool.child) {
        trace->error = strdup("a forked child compiles no traces");
    } else if (pool.tried && pool.backend == NULL) {
        trace->error = strdup(pool.error);
    } else if (workers == 0) {
        submitted = submit_synchronously(trace, inbox);
    } else if (pool.idle == 0 && pool.workers < (unsigned)workers && !start_worker() &&
               pool.workers == 0) {
        trace->error = strdup("no thread for the compiler");
    } else {
        trace->inbox = inbox;
        trace->next = NULL;
        *pool.last = trace;
        pool.last = &trace->next;
        submitted = true;
        pthread_cond_signal(&pool.work);
    }
    unlock();
    return submitted;
}

CompiledTrace *worker_collect(TraceInbox *inbox) {
    return atomic_exchange_explicit(&inbox->finished, NULL, memory_order_acquire);
}

static void free_list(CompiledTrace *list) {
    while (list != NULL) {
        CompiledTrace *next = list->next;
        compiled_free(list);
        list = next;
    }
}

void worker_abandon(TraceInbox *inbox) {
    CompiledTrace *queued = NULL;
    lock();
    for (unsigned i = 0; i < pool.workers; i++)
        if (pool.busy[i] != NULL && pool.busy[i]->inbox == inbox)
            pool.busy[i]->inbox = NULL;
    for (CompiledTrace **link = &pool.first; *link != NULL;) {
        CompiledTrace *t = *link;
        if (t->inbox != inbox) {
            link = &t->next;
            continue;
        }
        *link = t->next;
        t->next = queued;
        queued = t;
    }
    pool.last = &pool.first;
    while (*pool.last != NULL)
        pool.last = &(*pool.last)->next;
    unlock();
    free_list(queued);
    free_list(worker_collect(inbox));
}

void worker_release(BackendCode *code) {
    lock();
    if (pool.backend != NULL && !pool.child)
        pool.backend->release(pool.releaser, code->handle);
    unlock();
    *code = (BackendCode){0};
}
