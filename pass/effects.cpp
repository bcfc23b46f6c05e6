// Effects of calls, from what the functions of the module do, transitively.
//
// Of a function outside of the module nothing is known but what its declaration promises and, for
// some of C's library, what its specification says: that it comes back (a signal handler that does
// not is no concern of a compiler) and runs no code of the program. An indirect call may do
// anything; so may one of the dispatch loop, whose body is elsewhere.
//
// C has one exception: longjmp; "nounwind", which clang gives to every function of C, does not
// exclude it. Loops are taken to end.
//
// Mathematical functions count as pure, although they may set errno: unless the function that calls
// them looks at errno itself.
#include "effects.h"
#include "../shared-ir/ir.h"
#include "tier1.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace yk {

static constexpr unsigned ReadWrite = IR_MAY_READ | IR_MAY_WRITE;
static constexpr unsigned Most = IR_MAY_ANYTHING | IR_OWN_MEMORY;
static constexpr unsigned Unknown = ~0u;
static constexpr unsigned Mathematical = 1u << 31; // for this file only

static unsigned ofLibrary(StringRef Name) {
    if (Name.ends_with("f") && Name != "modf" && Name != "snprintf" && Name != "fprintf" &&
        Name != "printf" && Name != "sprintf")
        Name = Name.drop_back();
    return StringSwitch<unsigned>(Name)
        .Cases("acos", "asin", "atan", "atan2", "cos", "cosh", "exp", "exp2", "fabs", Mathematical)
        .Cases("sin", "sinh", "tan", "tanh", "log", "log10", "log2", "pow", "sqrt", Mathematical)
        .Cases("cbrt", "expm1", "log1p", "hypot", "fmod", "floor", "ceil", "round", Mathematical)
        .Cases("trunc", "rint", "nearbyint", "ldexp", "fmax", "fmin", "fma", "roundeven",
               Mathematical)
        .Cases("abs", "labs", "llabs", 0)
        .Cases("strlen", "strnlen", "strcmp", "strncmp", "memcmp", "strchr", "strrchr", "memchr",
               "strspn", "strcspn", IR_MAY_READ)
        .Cases("strpbrk", "strstr", "isalpha", "isdigit", "isspace", "toupper", "tolower",
               "localeconv", IR_MAY_READ)
        .Cases("memcpy", "memmove", "memset", "strcpy", "strncpy", "strcat", "stpcpy", ReadWrite)
        .Cases("strcoll", "strtod", "strtol", "strtoul", "strtoll", "strtoull", ReadWrite)
        .Cases("malloc", "calloc", "realloc", "free", ReadWrite)
        .Cases("snprintf", "sprintf", "fprintf", "printf", "fwrite", "fputs", "putc", "fflush",
               ReadWrite)
        .Cases("frexp", "modf", "time", "clock", "rand", "__errno_location", ReadWrite)
        .Case("yk_location_init", ReadWrite)
        .Default(Unknown);
}

static bool looksAtErrno(const Function &F) {
    return any_of(instructions(F), [](const Instruction &I) {
        auto *C = dyn_cast<CallBase>(&I);
        return C && C->getCalledFunction() &&
               C->getCalledFunction()->getName() == "__errno_location";
    });
}

unsigned Effects::ofCallee(const Function &F) const {
    auto It = Known.find(&F);
    if (It != Known.end())
        return It->second;
    if (F.isIntrinsic()) {
        MemoryEffects E = F.getMemoryEffects();
        return E.doesNotAccessMemory() ? 0u : E.onlyReadsMemory() ? IR_MAY_READ : ReadWrite;
    }
    if (unsigned E = ofLibrary(F.getName()); E != Unknown)
        return E;
    // A declaration that promises it: const and pure functions come back.
    if (F.willReturn() && F.onlyReadsMemory())
        return F.doesNotAccessMemory() ? 0u : IR_MAY_READ;
    return IR_MAY_ANYTHING;
}

unsigned Effects::of(const CallBase &Call) const {
    const Function *F = Call.getCalledFunction();
    unsigned E = IR_MAY_ANYTHING;
    if (F)
        E = ofCallee(*F);
    if (E & Mathematical)
        E = looksAtErrno(*Call.getFunction()) ? ReadWrite : 0;
    if (isFresh(Call))
        E = IR_OWN_MEMORY;
    if (Call.doesNotReturn())
        E |= IR_NEVER_RETURNS | IR_MAY_THROW;
    return E;
}

unsigned Effects::ofInstruction(const Instruction &I) const {
    auto Local = [](const Value *Pointer) { return isa<AllocaInst>(getUnderlyingObject(Pointer)); };
    if (auto *L = dyn_cast<LoadInst>(&I)) {
        auto *G = dyn_cast<GlobalVariable>(getUnderlyingObject(L->getPointerOperand()));
        bool Quiet = Local(L->getPointerOperand()) || (G && G->isConstant());
        return L->isVolatile() ? ReadWrite : Quiet ? 0u : IR_MAY_READ;
    }
    if (auto *S = dyn_cast<StoreInst>(&I))
        return S->isVolatile() ? ReadWrite : Local(S->getPointerOperand()) ? 0u : IR_MAY_WRITE;
    if (auto *Call = dyn_cast<CallBase>(&I))
        return of(*Call) & ~IR_NEVER_RETURNS;
    return (I.mayReadFromMemory() ? IR_MAY_READ : 0u) | (I.mayWriteToMemory() ? IR_MAY_WRITE : 0u);
}

Effects::Effects(const Module &M) {
    // From nothing upwards, until no function has more effects than what it calls gives it.
    for (const Function &F : M)
        if (!F.isDeclaration() && !F.isInterposable())
            Known[&F] = 0;
    for (bool Changed = true; Changed;) {
        Changed = false;
        for (const Function &F : M) {
            auto It = Known.find(&F);
            if (It == Known.end() || It->second == Most)
                continue;
            unsigned E = It->second;
            for (const Instruction &I : instructions(F))
                E |= ofInstruction(I);
            E &= Most;
            if (E != It->second) {
                Known[&F] = E;
                Changed = true;
            }
        }
    }
}

} // namespace yk
