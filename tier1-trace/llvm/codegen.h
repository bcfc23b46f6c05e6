/* LLVM's passes and its code generator, set up once and used for many traces (codegen.cpp). One
 * CodeGenerator is used by one thread at a time. */
#ifndef YK_TRACE_CODEGEN_H
#define YK_TRACE_CODEGEN_H

#include <stdbool.h>

#include <llvm-c/TargetMachine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A text for *error, of printf's form; false, so that callers can return it. (backend.c) */
bool fail(char **error, const char *format, ...) __attribute__((format(printf, 2, 3)));

typedef struct CodeGenerator CodeGenerator;

/* `pipeline`: passes over a function, as of LLVMRunPasses. The machine must outlive the generator,
 * which sets it to fast instruction selection. NULL and *error on failure. */
CodeGenerator *codegen_create(LLVMTargetMachineRef machine, const char *pipeline, char **error);
void codegen_free(CodeGenerator *g);

/* Modules are made in this context. It keeps all constants that have been used, so a generator
 * grows: it should be replaced from time to time. */
LLVMContextRef codegen_context(CodeGenerator *g);

/* Runs the pipeline over the function `name`. */
void codegen_optimise(CodeGenerator *g, LLVMModuleRef module, const char *name);

/* An ELF object. Errors come to the context's diagnostic handler. */
LLVMMemoryBufferRef codegen_emit(CodeGenerator *g, LLVMModuleRef module);

#ifdef __cplusplus
}
#endif

#endif
