/* LLVM's share of the optimisation. The trace is optimised already: what is left to LLVM is what it
 * knows of the machine. Level 2 is what a worker uses. There EarlyCSE, InstCombine and SimplifyCFG
 * took a fifth of the time of compiling, and left code that is as long and no faster. Level 3 is
 * for comparison; it does not sink common code of guards and exits together, which would put moves
 * on the way that is taken. */
#include "llvm.h"

const char *passes_pipeline(unsigned level) {
    static const char thorough[] =
        "early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg<no-sink-common-insts>,gvn,"
        "loop-mssa(licm),dse,instcombine<no-verify-fixpoint>,adce";
    return level == OPTIMISE_LEVELS - 1 ? thorough : "";
}

/* ---- NaNs ------------------------------------------------------------------------------------ */

static bool is_nan(LLVMValueRef v) {
    if (LLVMIsAConstantFP(v) != NULL) {
        LLVMBool loses;
        double number = LLVMConstRealGetDouble(v, &loses);
        return number != number;
    }
    /* Its bits, if a conversion was folded, too. */
    if (LLVMIsAConstantInt(v) == NULL)
        return false;
    unsigned width = LLVMGetIntTypeWidth(LLVMTypeOf(v));
    return width == 64   ? LLVMConstIntGetZExtValue(v) == UINT64_C(0x7ff8000000000000)
           : width == 32 ? LLVMConstIntGetZExtValue(v) == UINT64_C(0x7fc00000)
                         : false;
}

bool passes_folded_nan(LLVMModuleRef module, const char *name) {
    LLVMValueRef f = LLVMGetNamedFunction(module, name);
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b != NULL; b = LLVMGetNextBasicBlock(b))
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i != NULL;
             i = LLVMGetNextInstruction(i)) {
            int count = LLVMGetNumOperands(i);
            for (int n = 0; n < count; n++)
                if (is_nan(LLVMGetOperand(i, (unsigned)n)))
                    return true;
        }
    return false;
}
