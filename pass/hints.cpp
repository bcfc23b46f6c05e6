// Hints for traces that are written as calls (include/yk.h): which call is which. In tier 1's copy
// of the program they stay, or become a mark of what they are about; everywhere else they go.
#include "tier1.h"

using namespace llvm;

namespace yk {

static bool calls(const CallInst &Call, StringRef Name) {
    const Function *F = Call.getCalledFunction();
    return F && F->getName().starts_with(Name);
}
bool isPromote(const CallInst &Call) {
    return calls(Call, PromoteName) || calls(Call, PromoteWithName);
}
bool isConstantOf(const CallInst &Call) {
    return calls(Call, ConstantOfName);
}
bool isEither(const CallInst &Call) {
    return calls(Call, EitherName);
}

static constexpr const char *FreshKind = "yk.fresh";

bool isFresh(const CallBase &Call) {
    return Call.getMetadata(FreshKind) != nullptr;
}

// Where clang has put something between the call and the hint, the hint is left out.
void markFresh(Module &M) {
    Function *F = M.getFunction(FreshName);
    if (!F)
        return;
    for (User *U : make_early_inc_range(F->users())) {
        auto *C = cast<CallInst>(U);
        if (auto *Called = dyn_cast<CallInst>(C->getArgOperand(0)))
            Called->setMetadata(FreshKind, MDNode::get(M.getContext(), {}));
        C->replaceAllUsesWith(C->getArgOperand(0));
        C->eraseFromParent();
    }
}

void removePromotions(Module &M) {
    for (const char *Name : {PromoteName, PromoteWithName, ConstantOfName, EitherName, FreshName}) {
        Function *F = M.getFunction(Name);
        if (!F)
            continue;
        for (User *U : make_early_inc_range(F->users()))
            if (auto *C = dyn_cast<CallInst>(U); C && C->getCalledFunction() == F) {
                C->replaceAllUsesWith(C->getArgOperand(0));
                C->eraseFromParent();
            }
    }
}

} // namespace yk
