// The shape of blocks that resume points need, and short lists of live values.
//
// A resume point is in front of the first instruction of a block that is not a phi. So blocks are
// split behind calls that a trace may inline, and in front of what a trace may have to execute anew
// because it guards on an operand: switches, promotions, indirect calls.
//
// After splitting, constant GEPs and casts are computed anew in each block that uses them: else
// every handler's addresses would live where the handlers begin.
#include "canonical.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IRBuilder.h"

using namespace llvm;

namespace yk {

static bool isIndirect(const CallInst &C) {
    return !C.isInlineAsm() && !isa<Constant>(C.getCalledOperand());
}

bool needsResumeBefore(const Instruction &I) {
    if (auto *S = dyn_cast<SwitchInst>(&I))
        return !isa<Constant>(S->getCondition());
    auto *C = dyn_cast<CallInst>(&I);
    return C && (isIndirect(*C) ||
                 ((isPromote(*C) || isEither(*C)) && !isa<Constant>(C->getArgOperand(0))));
}

bool mayBeInlined(const Tier1Module &T, const Instruction &I) {
    auto *C = dyn_cast<CallInst>(&I);
    if (!C || C->isMustTailCall())
        return false;
    if (isIndirect(*C))
        return true;
    auto It = T.Number.find(C->getCalledFunction());
    return It != T.Number.end() && T.Functions[It->second].hasClones() &&
           !T.Functions[It->second].Body;
}

// Addresses of locals are computed where they are used, but not in front of what has to be the
// first instruction of its block: there they are values like others.
static void materialiseLocals(Instruction &I) {
    auto *P = dyn_cast<PHINode>(&I);
    if (!P && !needsResumeBefore(I))
        return;
    SmallDenseMap<BasicBlock *, SmallDenseMap<Value *, Value *>> Done;
    for (Use &U : I.operands()) {
        auto *A = dyn_cast<AllocaInst>(U.get());
        if (!A)
            continue;
        Instruction *At = P ? P->getIncomingBlock(U)->getTerminator() : &I;
        Value *&New = Done[At->getParent()][A];
        if (!New) {
            IRBuilder<> B(At);
            New = GetElementPtrInst::CreateInBounds(B.getInt8Ty(), A, {B.getInt64(0)}, "",
                                                    At->getIterator());
        }
        U.set(New);
    }
}

void splitBlocks(Tier1Module &T, Tier1Function &TF) {
    Function &F = *TF.F;
    for (Instruction &I : make_early_inc_range(instructions(F)))
        materialiseLocals(I);
    SmallVector<Instruction *, 64> Before, Behind;
    for (Instruction &I : instructions(F)) {
        if (needsResumeBefore(I))
            Before.push_back(&I);
        if (mayBeInlined(T, I))
            Behind.push_back(&I);
    }
    for (Instruction *I : Before) {
        BasicBlock *B = I->getParent();
        if (B->isEntryBlock() || &*B->getFirstNonPHIIt() != I)
            B->splitBasicBlock(I->getIterator());
    }
    for (Instruction *I : Behind) {
        auto *Br = dyn_cast<BranchInst>(I->getNextNode());
        BasicBlock *Next = Br && Br->isUnconditional() ? Br->getSuccessor(0) : nullptr;
        if (!Next || !Next->getSinglePredecessor() || isa<PHINode>(Next->front()))
            I->getParent()->splitBasicBlock(std::next(I->getIterator()));
    }
}

static bool isCheap(const Instruction &I) {
    if (auto *G = dyn_cast<GetElementPtrInst>(&I))
        return G->hasAllConstantIndices();
    return isa<ZExtInst, SExtInst, TruncInst, PtrToIntInst, IntToPtrInst, BitCastInst>(I);
}

// Where a copy for the uses in a block goes: in front of all of them.
static Instruction *placeIn(BasicBlock *B) {
    Instruction *First = &*B->getFirstNonPHIIt();
    if (!needsResumeBefore(*First))
        return First;
    return First->isTerminator() ? nullptr : First->getNextNode();
}

void rematerialise(Function &F) {
    for (unsigned Round = 0; Round < 16; Round++) {
        bool Changed = false;
        SmallVector<Instruction *, 64> Cheap;
        for (Instruction &I : instructions(F))
            if (isCheap(I))
                Cheap.push_back(&I);
        for (Instruction *I : reverse(Cheap)) {
            MapVector<BasicBlock *, SmallVector<Use *, 4>> Uses;
            for (Use &U : I->uses()) {
                auto *User = cast<Instruction>(U.getUser());
                if (User->getParent() != I->getParent() && !isa<PHINode>(User) &&
                    !needsResumeBefore(*User))
                    Uses[User->getParent()].push_back(&U);
            }
            for (auto &[B, List] : Uses) {
                Instruction *At = placeIn(B);
                if (!At)
                    continue;
                Instruction *Copy = I->clone();
                Copy->insertBefore(At);
                for (Use *U : List)
                    U->set(Copy);
                Changed = true;
            }
            if (I->use_empty())
                I->eraseFromParent();
        }
        if (!Changed)
            break;
    }
}

} // namespace yk
