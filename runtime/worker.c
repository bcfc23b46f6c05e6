/* Workers; see worker.h.
 *
 * One lock guards the queue, the list of jobs in work and the backends. A program that submits
 * takes it, so it is never held for long; loading the compiler has a lock of its own, taken before
 * the other. Both are held around fork, so that a child finds a consistent state; the child is
 * marked and never uses the compiler: a worker may have been inside LLVM at the moment of the
 * fork. */
#include "worker.h"
#include "../perf/unwind.h"
#include "../shared-ir/alias.h"
#include "../tier1-trace/optimise.h"
#include "clock.h"
#include "force.h"
#include "library.h"
#include "log.h"
#include "memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_WORKERS 64
/* Where processors are short, the program goes first. */
#define WORKER_NICENESS 10

static struct {
    pthread_mutex_t loading, lock;
    pthread_cond_t work;
    CompiledTrace *first, **last; /* the queue, linked by `next` */
    CompiledTrace *busy[MAX_WORKERS];
    unsigned workers, idle;
    const Backend *backend;
    void *synchronous; /* the backend of submissions without a worker */
    void *releaser;    /* some open backend, to release code with */
    char *error;       /* why there is no backend; found out once */
    bool tried, child;
} pool = {.loading = PTHREAD_MUTEX_INITIALIZER,
          .lock = PTHREAD_MUTEX_INITIALIZER,
          .work = PTHREAD_COND_INITIALIZER,
          .last = &pool.first};

static void lock(void) {
    pthread_mutex_lock(&pool.lock);
}

static void unlock(void) {
    pthread_mutex_unlock(&pool.lock);
}

static void before_fork(void) {
    pthread_mutex_lock(&pool.loading);
    lock();
}

static void after_fork(void) {
    unlock();
    pthread_mutex_unlock(&pool.loading);
}

static void in_child(void) {
    pool.child = true;
    pool.workers = pool.idle = 0;
    after_fork();
}

static void watch_fork(void) {
    pthread_atfork(before_fork, after_fork, in_child);
}

/* ---- the compiler's shared object ---- */

/* NULL and *error on failure. */
static const Backend *find_backend(const YkConfig *config, char **error) {
    void *object = library_open(config->trace_compiler, "libyktrace.so");
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
        *error = strdup(why != NULL ? why : "unknown error");
    else
        backend->fail_request(config->fail_request);
    return backend;
}

/* The first caller loads it, which takes milliseconds. Not to be called under the lock. dlopen
 * takes its own lock and runs no code of ours that takes one of these. */
static const Backend *load_backend(const YkConfig *config) {
    pthread_mutex_lock(&pool.loading);
    if (!pool.tried) {
        char *error = NULL;
        const Backend *backend = find_backend(config, &error);
        lock();
        pool.backend = backend;
        pool.error = error;
        pool.tried = true;
        unlock();
    }
    pthread_mutex_unlock(&pool.loading);
    return pool.backend;
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
    if (t->config->values.force_exits != 0)
        t->force = force_arm(t->ir, (uint32_t)t->config->values.force_exits, t->number);
    BackendJob job = {.trace = t->ir,
                      .name = t->name,
                      .exits = t->exits,
                      .dropped = &t->dropped,
                      .force = t->force,
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
    unwind_unregister(trace->unwind);
    if (trace->code.entry != NULL)
        worker_release(&trace->code);
    trace_free(trace->ir);
    memory_free(trace->exits);
    memory_free(trace->regions);
    memory_free(trace->force);
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

/* Of this thread alone, which Linux allows. If it fails, both compete as before. */
static void be_nice(void) {
    int thread = (int)syscall(SYS_gettid);
    errno = 0;
    int niceness = getpriority(PRIO_PROCESS, (id_t)thread);
    if (errno == 0)
        setpriority(PRIO_PROCESS, (id_t)thread, niceness + WORKER_NICENESS);
}

static void *run(void *slot) {
    CompiledTrace **mine = slot;
    void *handle = NULL;
    be_nice();
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
        unlock();
        const Backend *backend = load_backend(&t->config->values);
        if (backend == NULL)
            t->error = strdup(pool.error);
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
    if (pool.synchronous == NULL)
        pool.synchronous = pool.releaser = pool.backend->open(&trace->error);
    if (pool.synchronous == NULL)
        return false;
    compile(trace, pool.backend, pool.synchronous);
    trace->inbox = inbox;
    deliver(trace);
    return true;
}

bool worker_submit(CompiledTrace *trace, TraceInbox *inbox) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int workers = trace->config->values.jit_workers;
    bool submitted = false;
    pthread_once(&once, watch_fork);
    if (workers == 0 && !pool.child)
        load_backend(&trace->config->values);
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
