/* The machine code of exits, which is not LLVM's. Where an exit is taken, LLVM only notes where the
 * values are (llvm.experimental.patchpoint, by the number of the snapshot) and leaves room for a
 * jump. Behind the trace's code stands, for each such place, code that stores the values.
 *
 * So an exit costs LLVM one instruction instead of a store per value: a third of the time that
 * compiling takes, and more than half of the code. */
#ifndef YK_TRACE_EXIT_CODE_H
#define YK_TRACE_EXIT_CODE_H

#include "llvm.h"
#include "x86.h"

#define EXIT_JUMP_BYTES 5u
#define EXIT_END UINT64_MAX /* instead of a snapshot's number: the end of the trace */
#define EXIT_R11_SLOT 10u   /* the slot of the state vector that r11 holds between traces */

typedef struct ExitJump {
    uint32_t at; /* in the function */
    uint32_t to; /* in the exits' code */
} ExitJump;

typedef struct ExitCode {
    X86Code code;
    ExitJump *jumps; /* [count] */
    uint32_t count;
} ExitCode;

/* Makes the exits' code for the one function of an object file, and takes what it reads out of
 * what will be linked. Frees nothing of *exits on failure. */
bool exit_code_make(void *object, size_t size, const BackendJob *job, ExitCode *exits,
                    char **error);
/* Puts the code behind the function's and writes the jumps. False: they do not fit. */
bool exit_code_link(const ExitCode *exits, uint8_t *function, size_t function_size, uint8_t *to);
void exit_code_free(ExitCode *exits);

#endif
