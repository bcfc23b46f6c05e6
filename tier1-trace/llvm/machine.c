/* The machine that traces are compiled for: the baseline that programs are compiled for, plus
 * instructions of this processor that compute the same, only faster. None that fuses operations:
 * traces and interpreter must agree to the last bit. */
#include "llvm.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char features[128];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialise(void) {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    __builtin_cpu_init();
#define FEATURE(name)                                                                              \
    if (__builtin_cpu_supports(name))                                                              \
    strcat(features, *features ? ",+" name : "+" name)
    FEATURE("sse4.1");
    FEATURE("sse4.2");
    FEATURE("popcnt");
    FEATURE("bmi");
    FEATURE("bmi2");
#undef FEATURE
}

void machine_initialise(void) {
    pthread_once(&once, initialise);
}

bool machine_rounds(void) {
    return __builtin_cpu_supports("sse4.1");
}

LLVMTargetMachineRef machine_create(unsigned level, char **error) {
    static const char triple[] = "x86_64-unknown-linux-gnu";
    /* The register allocator of level "none" cannot do jumps with so many arguments. */
    static const LLVMCodeGenOptLevel levels[OPTIMISE_LEVELS] = {
        LLVMCodeGenLevelLess, LLVMCodeGenLevelLess, LLVMCodeGenLevelDefault,
        LLVMCodeGenLevelDefault};
    LLVMTargetRef target;
    char *message = NULL;
    if (LLVMGetTargetFromTriple(triple, &target, &message)) {
        fail(error, "%s", message);
        LLVMDisposeMessage(message);
        return NULL;
    }
    LLVMTargetMachineRef machine = LLVMCreateTargetMachine(
        target, triple, "x86-64", features, levels[level], LLVMRelocPIC, LLVMCodeModelSmall);
    if (machine == NULL)
        fail(error, "LLVM has no code generator for this machine");
    return machine;
}
