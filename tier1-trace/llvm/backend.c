/* The compiler's interface: backend.h over LLVM.
 *
 * A trace is lowered, optimised and emitted as an object in memory (codegen.h). ORC links the
 * object into a block of pages, under a resource tracker, so that releasing the trace removes it.
 * Code refers to everything by address.
 *
 * release may be called by any thread, also while another one compiles with the same backend: ORC
 * has a lock. A backend lives until it is closed and all its code is released.
 *
 * What LLVM calls fatal ends here: the handler jumps back into compile, which fails, and the
 * backend is not used again, because nobody knows what state LLVM left it in. */
#include "exit_code.h"
#include "llvm.h"

#include <llvm-c/ErrorHandling.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A generator keeps the constants of all its traces: after so many it is replaced. */
#define GENERATOR_TRACES 256u

/* One level of optimisation; made when first needed. */
typedef struct Compiler {
    LLVMTargetMachineRef machine;
    CodeGenerator *generator;
    unsigned trace_count; /* of the generator */
} Compiler;

typedef struct TraceBackend {
    LLVMOrcLLJITRef jit;
    CodeLinker linker;
    Compiler compilers[OPTIMISE_LEVELS];
    uint64_t trace_count;   /* names functions */
    atomic_uint references; /* the open backend, and each code */
    bool broken;
} TraceBackend;

typedef struct TraceCode {
    TraceBackend *backend;
    LLVMOrcResourceTrackerRef tracker;
} TraceCode;

bool fail(char **error, const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    if (*error == NULL)
        *error = text;
    else
        free(text);
    return false;
}

static bool fail_with(char **error, LLVMErrorRef failed) {
    char *message = LLVMGetErrorMessage(failed);
    fail(error, "%s", message);
    LLVMDisposeErrorMessage(message);
    return false;
}

/* ---- errors of LLVM -------------------------------------------------------------------------- */

static _Thread_local sigjmp_buf *recovery;
static _Thread_local char fatal_text[256];

static void on_fatal_error(const char *reason) {
    if (recovery == NULL)
        return; /* LLVM ends the process */
    snprintf(fatal_text, sizeof fatal_text, "%s", reason);
    siglongjmp(*recovery, 1);
}

static void on_diagnostic(LLVMDiagnosticInfoRef info, void *error) {
    if (LLVMGetDiagInfoSeverity(info) != LLVMDSError)
        return;
    char *text = LLVMGetDiagInfoDescription(info);
    fail(error, "%s", text);
    LLVMDisposeMessage(text);
}

static void on_session_error(void *context, LLVMErrorRef error) {
    (void)context; /* the lookup that failed says so, too */
    LLVMConsumeError(error);
}

/* ---- open, close
 * --------------------------------------------------------------------------------- */

static LLVMOrcObjectLayerRef make_layer(void *linker, LLVMOrcExecutionSessionRef session,
                                        const char *triple) {
    (void)triple;
    return code_linking_layer(linker, session);
}

static bool make_jit(TraceBackend *b, char **error) {
    LLVMTargetMachineRef machine = machine_create(2, error);
    if (machine == NULL)
        return false;
    LLVMOrcLLJITBuilderRef builder = LLVMOrcCreateLLJITBuilder();
    LLVMOrcLLJITBuilderSetJITTargetMachineBuilder(
        builder, LLVMOrcJITTargetMachineBuilderCreateFromTargetMachine(machine));
    LLVMOrcLLJITBuilderSetObjectLinkingLayerCreator(builder, make_layer, &b->linker);
    LLVMErrorRef failed = LLVMOrcCreateLLJIT(&b->jit, builder);
    if (failed != NULL)
        return fail_with(error, failed);
    LLVMOrcExecutionSessionSetErrorReporter(LLVMOrcLLJITGetExecutionSession(b->jit),
                                            on_session_error, NULL);
    return true;
}

static void initialise(void) {
    machine_initialise();
    LLVMInstallFatalErrorHandler(on_fatal_error);
}

static void *backend_open(char **error) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialise);
    *error = NULL;
    TraceBackend *b = memory_allocate_zeroed(sizeof *b);
    if (b == NULL) {
        fail(error, "out of memory");
        return NULL;
    }
    atomic_init(&b->references, 1);
    if (!make_jit(b, error)) {
        memory_free(b);
        return NULL;
    }
    return b;
}

static void unreference(TraceBackend *b) {
    if (atomic_fetch_sub(&b->references, 1) != 1)
        return;
    LLVMErrorRef failed = b->broken ? NULL : LLVMOrcDisposeLLJIT(b->jit);
    if (failed != NULL)
        LLVMConsumeError(failed);
    for (unsigned i = 0; i < OPTIMISE_LEVELS && !b->broken; i++) {
        codegen_free(b->compilers[i].generator);
        if (b->compilers[i].machine != NULL)
            LLVMDisposeTargetMachine(b->compilers[i].machine);
    }
    memory_free(b);
}

static void backend_close(void *backend) {
    if (backend != NULL)
        unreference(backend);
}

static void backend_release(void *backend, void *handle) {
    (void)backend;
    TraceCode *code = handle;
    if (code == NULL)
        return;
    LLVMErrorRef failed = LLVMOrcResourceTrackerRemove(code->tracker);
    if (failed != NULL)
        LLVMConsumeError(failed);
    LLVMOrcReleaseResourceTracker(code->tracker);
    LLVMOrcSymbolStringPoolClearDeadEntries(LLVMOrcExecutionSessionGetSymbolStringPool(
        LLVMOrcLLJITGetExecutionSession(code->backend->jit)));
    unreference(code->backend);
    memory_free(code);
}

/* ---- compile
 * ------------------------------------------------------------------------------------- */

static bool prepare(Compiler *c, unsigned level, char **error) {
    if (c->machine == NULL && (c->machine = machine_create(level, error)) == NULL)
        return false;
    if (c->generator != NULL && c->trace_count++ < GENERATOR_TRACES)
        return true;
    codegen_free(c->generator);
    c->trace_count = 0;
    c->generator = codegen_create(c->machine, passes_pipeline(level), error);
    return c->generator != NULL;
}

/* The IR of the trace, optimised. */
static LLVMModuleRef make_module(Compiler *c, const BackendJob *job, const char *name,
                                 char **error) {
    LLVMContextRef context = codegen_context(c->generator);
    for (int opaque_floats = 0;; opaque_floats++) {
        LLVMModuleRef module = lower_trace(context, c->machine, job, name, opaque_floats, error);
        if (module == NULL)
            return NULL;
        codegen_optimise(c->generator, module, name);
        if (*error == NULL && (opaque_floats || !passes_folded_nan(module, name)))
            return module;
        LLVMDisposeModule(module);
        if (*error != NULL)
            return NULL;
    }
}

static LLVMMemoryBufferRef make_object(Compiler *c, const BackendJob *job, const char *name,
                                       char **error) {
    LLVMContextSetDiagnosticHandler(codegen_context(c->generator), on_diagnostic, error);
    LLVMModuleRef module = make_module(c, job, name, error);
    if (module == NULL)
        return NULL;
    if (job->dump != NULL)
        dump_ir(job->dump, job->name, module);
    LLVMMemoryBufferRef object = codegen_emit(c->generator, module);
    LLVMDisposeModule(module);
    if (*error == NULL)
        return object;
    LLVMDisposeMemoryBuffer(object);
    return NULL;
}

/* Room for what a linked object may need beyond its file: alignment of sections, a stub. */
#define LINK_SLACK 4096u

static bool link_into(TraceBackend *b, CodeBlock *block, LLVMOrcResourceTrackerRef tracker,
                      LLVMMemoryBufferRef object, const char *name, const void **entry,
                      char **error) {
    b->linker.next = block;
    LLVMOrcExecutorAddress address = 0;
    LLVMErrorRef failed = LLVMOrcLLJITAddObjectFileWithRT(b->jit, tracker, object);
    if (failed == NULL)
        failed = LLVMOrcLLJITLookup(b->jit, &address, name);
    code_block_free(b->linker.next); /* ORC did not come to take it */
    b->linker.next = NULL;
    *entry = (const void *)(uintptr_t)address;
    return failed == NULL || fail_with(error, failed);
}

/* Takes ownership of the object. */
static bool link_object(TraceBackend *b, LLVMMemoryBufferRef object, const char *name,
                        const BackendJob *job, BackendCode *code, char **error) {
    ExitCode exits;
    size_t size = LLVMGetBufferSize(object);
    if (!exit_code_make((void *)(uintptr_t)LLVMGetBufferStart(object), size, job, &exits, error)) {
        LLVMDisposeMemoryBuffer(object);
        return false;
    }
    TraceCode *handle = memory_allocate_zeroed(sizeof *handle);
    CodeBlock *block = code_block_new(size + exits.code.size + LINK_SLACK);
    if (handle == NULL || block == NULL) {
        memory_free(handle);
        code_block_free(block);
        exit_code_free(&exits);
        LLVMDisposeMemoryBuffer(object);
        return fail(error, "out of memory");
    }
    block->exit_code = &exits;
    handle->backend = b;
    atomic_fetch_add(&b->references, 1);
    handle->tracker = LLVMOrcJITDylibCreateResourceTracker(LLVMOrcLLJITGetMainJITDylib(b->jit));
    const void *entry;
    bool fine = link_into(b, block, handle->tracker, object, name, &entry, error);
    exit_code_free(&exits);
    if (!fine) {
        backend_release(b, handle);
        return false;
    }
    if (job->dump != NULL) {
        dump_code(job->dump, job->name, block->code, block->code_size);
        dump_code(job->dump, "its exits", block->exits,
                  (size_t)(block->base + block->used - block->exits));
    }
    *code =
        (BackendCode){.entry = entry, .start = block->base, .size = block->used, .handle = handle};
    return true;
}

static bool compile(TraceBackend *b, const BackendJob *job, BackendCode *code, char **error) {
    unsigned level = job->optimise < OPTIMISE_LEVELS ? job->optimise : OPTIMISE_LEVELS - 1;
    Compiler *c = &b->compilers[level];
    if (!prepare(c, level, error))
        return false;
    char name[32];
    snprintf(name, sizeof name, "trace%llu", (unsigned long long)b->trace_count++);
    LLVMMemoryBufferRef object = make_object(c, job, name, error);
    return object != NULL && link_object(b, object, name, job, code, error);
}

static bool backend_compile(void *backend, const BackendJob *job, BackendCode *code, char **error) {
    TraceBackend *b = backend;
    *error = NULL;
    *code = (BackendCode){0};
    if (b->broken)
        return fail(error, "LLVM has failed before");
    sigjmp_buf here;
    if (sigsetjmp(here, 0) != 0) {
        recovery = NULL;
        b->broken = true;
        return fail(error, "LLVM: %s", fatal_text);
    }
    recovery = &here;
    bool fine = compile(b, job, code, error);
    recovery = NULL;
    return fine;
}

__attribute__((visibility("default"))) const Backend *yk_backend(void) {
    static const Backend backend = {.version = YK_BACKEND_VERSION,
                                    .open = backend_open,
                                    .close = backend_close,
                                    .compile = backend_compile,
                                    .release = backend_release,
                                    .fail_request = memory_fail_request};
    return &backend;
}
