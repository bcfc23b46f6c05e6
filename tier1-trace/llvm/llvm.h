/* The parts of the compiler (libyktrace.so) among themselves. Everything here belongs to one
 * backend and is used by one thread at a time; no symbol but yk_backend is visible outside.
 *
 * lower*.c make LLVM IR from a trace, passes.c says how it is improved, codegen.cpp does that and
 * makes an object of it, exit_*.c the code of its exits, code_block.c is the memory that ORC links
 * it into, backend.c drives. */
#ifndef YK_TRACE_LLVM_H
#define YK_TRACE_LLVM_H

#include "../../runtime/memory.h"
#include "../backend.h"
#include "codegen.h"

#include <llvm-c/Core.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/TargetMachine.h>

#define PRESERVE_NONE 21u /* llvm/IR/CallingConv.h; the C interface has no name for it */
#define OPTIMISE_LEVELS 4u

/* ---- the machine (machine.c) ---- */

/* Once per process: LLVM's X86 target. */
void machine_initialise(void);
/* Code for the processors that the program itself is compiled for, plus the few instructions that
 * give the same results faster where this one has them. NULL and *error on failure. */
LLVMTargetMachineRef machine_create(unsigned level, char **error);
/* Whether rounding to an integral number is one instruction. */
bool machine_rounds(void);

/* ---- from a trace to LLVM IR (lower.c) ---- */

/* The function `name`, in a new module of `context`; NULL and *error on failure. `opaque_floats`:
 * hide floating-point operations from constant folding (passes_folded_nan). */
LLVMModuleRef lower_trace(LLVMContextRef context, LLVMTargetMachineRef machine,
                          const BackendJob *job, const char *name, bool opaque_floats,
                          char **error);

/* ---- passes (passes.c) ---- */

/* LLVM's passes for a level of optimisation, for codegen_create. */
const char *passes_pipeline(unsigned level);
/* Whether the function has a constant that is a NaN. LLVM may have folded an invalid operation, and
 * not to the NaN that the processor makes, whose sign bit is set: programs see it. */
bool passes_folded_nan(LLVMModuleRef module, const char *name);

/* ---- memory for linked code (code_block.c) ---- */

/* One block of pages per trace, writable while ORC links into it, executable from then on. The
 * sections of an object lie side by side in it, so that they reach each other, and behind them the
 * code of exits. */
typedef struct CodeBlock {
    uint8_t *base;
    size_t size, used; /* bytes; size: of whole pages */
    uint8_t *code;     /* the trace's function */
    size_t code_size;
    uint8_t *exits;
    const struct ExitCode *exit_code; /* until the block is sealed */
} CodeBlock;
CodeBlock *code_block_new(size_t size); /* NULL without memory */
void code_block_free(CodeBlock *block);

/* ORC's layer that links each object into the block in `next`, which becomes ORC's. */
typedef struct CodeLinker {
    CodeBlock *next;
} CodeLinker;
LLVMOrcObjectLayerRef code_linking_layer(CodeLinker *linker, LLVMOrcExecutionSessionRef session);

/* ---- dumps (dump.c) ---- */

void dump_ir(FILE *out, const char *name, LLVMModuleRef module);
void dump_code(FILE *out, const char *name, const uint8_t *code, size_t size);

#endif
