/* LLVM's share of the optimisation. The trace is optimised already: what is left to LLVM is cleaning
 * up after the lowering and what it knows of the machine. So the pipeline is short, and level by
 * level what it costs is in proportion to what it brings (docs/architecture.md has the numbers). */
#include "llvm.h"

#include <llvm-c/Transforms/PassBuilder.h>
#include <string.h>

static const char *const pipelines[OPTIMISE_LEVELS] = {
    "",
    "early-cse,simplifycfg",
    "early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,gvn,adce",
    "early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,gvn,loop-mssa(licm),"
    "dse,instcombine<no-verify-fixpoint>,adce",
};

bool passes_run(LLVMModuleRef module, LLVMTargetMachineRef machine, unsigned level, char **error) {
    if (*pipelines[level] == '\0')
        return true;
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef failed = LLVMRunPasses(module, pipelines[level], machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (failed == NULL)
        return true;
    char *message = LLVMGetErrorMessage(failed);
    fail(error, "%s", message);
    LLVMDisposeErrorMessage(message);
    return false;
}

/* ---- NaNs ------------------------------------------------------------------------------------ */

static bool is_nan_bits(uint64_t bits, unsigned width) {
    return width == 64 ? (bits & INT64_MAX) > UINT64_C(0x7ff0000000000000)
                       : (bits & INT32_MAX) > UINT64_C(0x7f800000);
}

/* The bits of a constant that is or holds a floating-point number; 0 for anything else. */
static uint64_t constant_bits(LLVMValueRef v, unsigned *width) {
    *width = 0;
    if (LLVMIsAConstantInt(v) != NULL) {
        *width = LLVMGetIntTypeWidth(LLVMTypeOf(v));
        return *width == 64 || *width == 32 ? LLVMConstIntGetZExtValue(v) : 0;
    }
    if (LLVMIsAConstantFP(v) == NULL)
        return 0;
    LLVMTypeKind kind = LLVMGetTypeKind(LLVMTypeOf(v));
    *width = kind == LLVMDoubleTypeKind ? 64 : 32;
    LLVMBool loses;
    double number = LLVMConstRealGetDouble(v, &loses);
    if (number == number)
        return 0;
    return *width == 64 ? UINT64_C(0x7ff8000000000000) : UINT64_C(0x7fc00000);
}

static bool has_nan(const Trace *t) {
    for (uint32_t i = 0; i < t->const_count; i++) {
        uint8_t type = t->consts[i].type;
        if ((type == IR_F64 || type == IR_I64) && is_nan_bits(t->consts[i].bits, 64))
            return true;
        if ((type == IR_F32 || type == IR_I32) && is_nan_bits(t->consts[i].bits, 32))
            return true;
    }
    return false;
}
