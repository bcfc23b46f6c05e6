// Cold parts of stencils become functions of the program, compiled once and shared by all copies
// of the stencil. What is left in the stencil is a jump that passes the state vector and the few
// other live values in the remaining argument registers.
//
// In the cold function the green variables are ordinary arguments: nothing is static there, and it
// decodes the instruction anew. Its exits with a pc that is static in the stencil get the address
// of the code to go on with as an argument, so that they need no lookup.
#include "derive.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/Local.h"
#include "llvm/Transforms/Utils/SSAUpdater.h"

using namespace llvm;

namespace yk {

namespace {
class ColdSplit {
    Function &F;
    const Interpreter &In;
    unsigned &Counter;
    StaticValues SV;

    SmallVector<Value *, 8> LiveIns; // dynamic values, other than what the slots hold anyway
    bool NeedsGreens = false;
    SmallPtrSet<BasicBlock *, 16> Region;

    void findRegion(BasicBlock *Head);
    void findLiveIns(BasicBlock *Head);
    bool usesOuterAllocas() const;

  public:
    ColdSplit(Function &F, const Interpreter &In, unsigned &Counter)
        : F(F), In(In), Counter(Counter) {}
    bool split(BasicBlock *Head);
};
} // namespace

void ColdSplit::findRegion(BasicBlock *Head) {
    SmallVector<BasicBlock *, 16> Work{Head};
    Region.insert(Head);
    while (!Work.empty())
        for (BasicBlock *S : successors(Work.pop_back_val()))
            if (Region.insert(S).second)
                Work.push_back(S);
}

// An alloca lives in the stencil's frame, which is gone after the jump.
bool ColdSplit::usesOuterAllocas() const {
    for (Instruction &I : F.getEntryBlock()) {
        if (!isa<AllocaInst>(I))
            continue;
        bool Inside = false, Outside = false;
        for (User *U : I.users()) {
            auto *UI = cast<Instruction>(U);
            if (auto *II = dyn_cast<IntrinsicInst>(UI); II && II->isLifetimeStartOrEnd())
                continue;
            if (isa<GetElementPtrInst, CastInst, PHINode, SelectInst>(UI))
                return true; // address computed elsewhere: leave such stencils alone
            (Region.count(UI->getParent()) ? Inside : Outside) = true;
        }
        if (Inside && Outside)
            return true;
    }
    return false;
}

// Computes what is live into `Head`, besides its phis: what the region uses and what is computed
// before the head on every way to it. A static value counts by the greens that it is computed from.
void ColdSplit::findLiveIns(BasicBlock *Head) {
    DominatorTree DT(F);
    SmallPtrSet<Value *, 16> Seen;
    auto Use = [&](Value *V) {
        if (!isa<Instruction, Argument>(V) || isa<AllocaInst>(V))
            return;
        if (auto *I = dyn_cast<Instruction>(V);
            I && (I->getParent() == Head || !DT.dominates(I->getParent(), Head)))
            return;
        if (!Seen.insert(V).second)
            return;
        if (SV.isStatic(V))
            NeedsGreens = true;
        else
            LiveIns.push_back(V);
    };
    for (BasicBlock &B : F) {
        if (!Region.count(&B))
            continue;
        for (Instruction &I : B) {
            NeedsGreens |= greenNumber(&I) >= 0;
            auto *P = dyn_cast<PHINode>(&I);
            if (P && &B == Head)
                continue;
            for (unsigned K = 0; K < I.getNumOperands(); K++)
                if (!P || Region.count(P->getIncomingBlock(K)))
                    Use(I.getOperand(K));
        }
    }
}

bool ColdSplit::split(BasicBlock *Head) {
    findRegion(Head);
    if (Region.count(&F.getEntryBlock()) || usesOuterAllocas())
        return false;
    for (BasicBlock *B : Region)
        if (CallInst *X = exitCall(*B);
            X && X->getCalledFunction()->getName().starts_with(ColdPrefix))
            return false;
    findLiveIns(Head);
    bool Greens = NeedsGreens;

    // Values by slot. Reds that are passed on unchanged stay where they are.
    FunctionType *FT = F.getFunctionType();
    SmallVector<Value *, 12> Slot(YK_VECTOR_SLOTS, nullptr);
    auto Vector = In.slots(false);
    SmallVector<PHINode *, 4> HeadPhis;
    for (PHINode &P : Head->phis())
        HeadPhis.push_back(&P);
    SmallVector<Value *, 12> Rest;
    for (Value *V : LiveIns) {
        if (auto *A = dyn_cast<Argument>(V))
            Slot[A->getArgNo()] = V;
        else
            Rest.push_back(V);
    }
    for (PHINode *P : HeadPhis)
        Rest.push_back(P);
    SmallVector<unsigned, 12> Free;
    for (unsigned I = YK_VECTOR_SLOTS; I-- > 0;) {
        bool Green = I >= YK_GREEN_SLOT && I < YK_GREEN_SLOT + In.Greens.size();
        if (!Slot[I] && !(Green && Greens))
            Free.push_back(I);
    }
    auto SlotFits = [&](unsigned I, Type *T) {
        return FT->getParamType(I) == T || FT->getParamType(I)->isIntegerTy(64) ||
               (FT->getParamType(I)->isPointerTy() &&
                F.getParent()->getDataLayout().getTypeStoreSize(T) <= 8);
    };
    // Pointers first, so that they keep their type where they can.
    DenseMap<Value *, unsigned> SlotOf;
    for (Value *V : Rest) {
        Type *T = V->getType();
        if (!T->isPointerTy() && !T->isIntegerTy() && !T->isDoubleTy() && !T->isFloatTy())
            return false;
        if (T->isIntegerTy() && T->getIntegerBitWidth() > 64)
            return false;
        auto It = find_if(Free, [&](unsigned I) {
            return SlotFits(I, T) && FT->getParamType(I)->isIntegerTy(64);
        });
        if (It == Free.end())
            It = find_if(Free, [&](unsigned I) { return SlotFits(I, T); });
        if (It == Free.end())
            return false;
        Slot[*It] = V;
        SlotOf[V] = *It;
        Free.erase(It);
    }

    // The function: a copy of the region behind an entry that takes the values from the slots.
    Module &M = *F.getParent();
    Function *N =
        Function::Create(FT, GlobalValue::ExternalLinkage, Twine(ColdPrefix) + Twine(Counter++), M);
    N->copyAttributesFrom(&F);
    N->setLinkage(GlobalValue::ExternalLinkage);
    N->setVisibility(GlobalValue::HiddenVisibility);
    N->setDSOLocal(true);
    N->setCallingConv(CallingConv::PreserveNone);
    N->addFnAttr(Attribute::Cold);
    N->addFnAttr("frame-pointer", "all");
    ValueToValueMapTy Map;
    for (auto [A, B] : zip(F.args(), N->args()))
        Map[&A] = &B;
    BasicBlock *Entry = BasicBlock::Create(F.getContext(), "entry", N);
    IRBuilder<> EB(Entry);
    // Order matters for reproducible output: blocks in function order.
    SmallVector<BasicBlock *, 16> Blocks;
    for (BasicBlock &B : F)
        if (Region.count(&B))
            Blocks.push_back(&B);
    for (Instruction &I : F.getEntryBlock())
        if (isa<AllocaInst>(I)) {
            bool Used = any_of(I.users(), [&](User *U) {
                return Region.count(cast<Instruction>(U)->getParent());
            });
            if (Used)
                Map[&I] = EB.Insert(I.clone());
        }
    // Static values that dominate the head are computed anew from the greens.
    std::function<Value *(Value *)> Recompute = [&](Value *V) -> Value * {
        auto *I = dyn_cast<Instruction>(V);
        if (!I)
            return V;
        auto It = Map.find(V);
        if (It != Map.end())
            return It->second;
        int G = greenNumber(I);
        Value *R;
        if (G >= 0)
            R = N->getArg(YK_GREEN_SLOT + G);
        else {
            Instruction *C = I->clone();
            for (Use &U : C->operands())
                U.set(Recompute(U.get()));
            R = EB.Insert(C);
        }
        Map[V] = R;
        return R;
    };
    DenseMap<Value *, Value *> Incoming; // live-in -> value at entry
    auto FromSlot = [&](Value *V, unsigned I) -> Value * {
        Value *A = N->getArg(I);
        Type *T = V->getType();
        if (A->getType() == T)
            return A;
        if (A->getType()->isPointerTy())
            A = EB.CreatePtrToInt(A, EB.getInt64Ty());
        if (T->isPointerTy())
            return EB.CreateIntToPtr(A, T);
        A = EB.CreateTruncOrBitCast(A, EB.getIntNTy(T->getPrimitiveSizeInBits()));
        return T->isFloatingPointTy() ? EB.CreateBitCast(A, T) : A;
    };
    for (auto &[V, I] : SlotOf)
        Incoming[V] = FromSlot(V, I);
    for (BasicBlock *B : Blocks)
        for (Instruction &I : *B)
            for (Value *Op : I.operands())
                if (auto *OI = dyn_cast<Instruction>(Op);
                    OI && !Region.count(OI->getParent()) && !isa<AllocaInst>(OI) && SV.isStatic(OI))
                    Recompute(OI);
    for (Value *V : LiveIns)
        if (isa<Instruction>(V))
            Map[V] = Incoming[V];
    for (BasicBlock *B : Blocks)
        Map[B] = CloneBasicBlock(B, Map, "", N);
    // Copying a block has put the copies of its own values into the map, over live-ins that are
    // also defined inside the region (a loop): those need SSA repair.
    SmallVector<std::pair<Value *, Instruction *>, 4> Repair;
    for (Value *V : LiveIns)
        if (auto *I = dyn_cast<Instruction>(V); I && Region.count(I->getParent()))
            Repair.push_back({V, cast<Instruction>(Map[V])});
    for (BasicBlock *B : Blocks) {
        auto *NB = cast<BasicBlock>(Map[B]);
        for (Instruction &I : make_early_inc_range(*NB)) {
            if (auto *P = dyn_cast<PHINode>(&I)) {
                for (int K = P->getNumIncomingValues() - 1; K >= 0; K--)
                    if (!Region.count(P->getIncomingBlock(K)))
                        P->removeIncomingValue(K, false);
            }
            RemapInstruction(&I, Map, RF_NoModuleLevelChanges | RF_IgnoreMissingLocals);
        }
    }
    auto *NewHead = cast<BasicBlock>(Map[Head]);
    EB.CreateBr(NewHead);
    for (PHINode *P : HeadPhis)
        cast<PHINode>(Map[P])->addIncoming(Incoming[P], Entry);
    for (auto &[V, Copy] : Repair) {
        SSAUpdater Updater;
        Updater.Initialize(V->getType(), "");
        Updater.AddAvailableValue(Entry, Incoming[V]);
        Updater.AddAvailableValue(Copy->getParent(), Copy);
        SmallVector<Use *, 8> Uses;
        for (Use &U : Copy->uses()) {
            auto *UI = cast<Instruction>(U.getUser());
            if (UI->getParent() != Copy->getParent() || isa<PHINode>(UI))
                Uses.push_back(&U);
        }
        for (Use *U : Uses)
            Updater.RewriteUse(*U);
    }
    // Greens computed inside the region.
    for (BasicBlock &B : *N)
        for (Instruction &I : make_early_inc_range(B))
            if (int G = greenNumber(&I); G >= 0) {
                I.replaceAllUsesWith(N->getArg(YK_GREEN_SLOT + G));
                I.eraseFromParent();
            }
    // Phis with a single way in.
    for (BasicBlock &B : *N)
        for (PHINode &P : make_early_inc_range(B.phis()))
            if (P.getNumIncomingValues() == 0) {
                P.replaceAllUsesWith(PoisonValue::get(P.getType()));
                P.eraseFromParent();
            }
    if (verifyFunction(*N)) {
        N->eraseFromParent();
        return false;
    }

    // Exits whose pc is static in the stencil take the address to go on at.
    SmallVector<std::pair<CallInst *, unsigned>, 4> Linked;
    SmallVector<std::pair<Value *, unsigned>, 4> Passed; // pc expression, slot
    const DataLayout &DL = M.getDataLayout();
    Program Compare;
    SmallVector<std::pair<uint16_t, unsigned>, 4> Known;
    for (BasicBlock *B : Blocks) {
        CallInst *X = exitCall(*B);
        if (!X || !X->getCalledFunction()->getName().starts_with(ExitMerge))
            continue;
        Value *Pc = X->getArgOperand(YK_GREEN_SLOT);
        bool Same = SV.isStatic(Pc);
        for (unsigned G = 1; G < In.Greens.size(); G++)
            Same &= greenNumber(X->getArgOperand(YK_GREEN_SLOT + G)) == int(G);
        if (!Same || isa<Constant>(Pc))
            continue;
        uint16_t Number = Compare.add(Pc, DL);
        auto It = find_if(Known, [&](auto &K) { return K.first == Number; });
        unsigned S;
        if (It != Known.end())
            S = It->second;
        else {
            auto FI =
                find_if(Free, [&](unsigned I) { return FT->getParamType(I)->isIntegerTy(64); });
            if (FI == Free.end() || Known.size() >= 2)
                continue;
            S = *FI;
            Free.erase(FI);
            Known.push_back({Number, S});
            Passed.push_back({Pc, S});
        }
        Linked.push_back({exitCall(*cast<BasicBlock>(Map[B])), S});
    }
    Type *Ptr = PointerType::get(F.getContext(), 0);
    for (auto &[X, S] : Linked) {
        IRBuilder<> B(X);
        X->setCalledOperand(B.CreateIntToPtr(N->getArg(S), Ptr));
        for (unsigned G = 0; G < In.Greens.size(); G++)
            X->setArgOperand(YK_GREEN_SLOT + G,
                             PoisonValue::get(FT->getParamType(YK_GREEN_SLOT + G)));
    }

    for (bool Again = true; Again;) {
        Again = false;
        for (BasicBlock &B : *N)
            for (Instruction &I : make_early_inc_range(B))
                if (isInstructionTriviallyDead(&I)) {
                    I.eraseFromParent();
                    Again = true;
                }
    }

    // The jump in the stencil.
    BasicBlock *JumpBlock = BasicBlock::Create(F.getContext(), "", &F);
    IRBuilder<> B(JumpBlock);
    SmallVector<Value *, 12> Args;
    for (unsigned I = 0; I < YK_VECTOR_SLOTS; I++) {
        Type *T = FT->getParamType(I);
        Value *V = Slot[I];
        bool Green = I >= YK_GREEN_SLOT && I < YK_GREEN_SLOT + In.Greens.size();
        if (Green && Greens && !N->getArg(I)->use_empty())
            V = B.CreateCall(M.getFunction((Twine(GreenPrefix) + Twine(I - YK_GREEN_SLOT)).str()));
        if (!V) {
            V = PoisonValue::get(T);
        } else if (V->getType() != T) {
            if (V->getType()->isFloatingPointTy())
                V = B.CreateBitCast(V, B.getIntNTy(V->getType()->getPrimitiveSizeInBits()));
            if (V->getType()->isPointerTy())
                V = B.CreatePtrToInt(V, B.getInt64Ty());
            V = B.CreateZExtOrTrunc(V, B.getInt64Ty());
            if (T->isPointerTy())
                V = B.CreateIntToPtr(V, T);
        }
        Args.push_back(V);
    }
    // The address of a continuation: an opaque call that holes.cpp turns into the target's address.
    for (auto &[Pc, S] : Passed) {
        auto Callee = M.getOrInsertFunction("yk.continuation",
                                            FunctionType::get(B.getInt64Ty(), {Ptr}, false));
        // The expression may be defined in the region only: compute it here.
        std::function<Value *(Value *)> Here = [&](Value *V) -> Value * {
            auto *I = dyn_cast<Instruction>(V);
            if (!I)
                return V;
            Instruction *C = I->clone();
            for (Use &U : C->operands())
                U.set(Here(U.get()));
            return B.Insert(C);
        };
        Args[S] = B.CreateCall(Callee, {Here(Pc)});
    }
    CallInst *Jump = B.CreateCall(N, Args);
    Jump->setCallingConv(CallingConv::PreserveNone);
    Jump->setTailCallKind(CallInst::TCK_MustTail);
    B.CreateRetVoid();
    for (BasicBlock *S : successors(Head))
        S->removePredecessor(Head, true);
    while (!Head->empty() && !isa<PHINode>(Head->back())) {
        Instruction &L = Head->back();
        L.replaceAllUsesWith(PoisonValue::get(L.getType()));
        L.eraseFromParent();
    }
    Head->splice(Head->end(), JumpBlock);
    JumpBlock->eraseFromParent();
    removeUnreachableBlocks(F);
    return true;
}

static unsigned regionSize(BasicBlock *Head) {
    SmallPtrSet<BasicBlock *, 16> Seen{Head};
    SmallVector<BasicBlock *, 16> Work{Head};
    while (!Work.empty())
        for (BasicBlock *S : successors(Work.pop_back_val()))
            if (Seen.insert(S).second)
                Work.push_back(S);
    return Seen.size();
}

void splitCold(Function &F, const SmallPtrSetImpl<BasicBlock *> &ColdBlocks, const Interpreter &In,
               unsigned &Counter) {
    // Heads: cold blocks with a predecessor that is not cold. Splitting one changes the others'
    // predecessors, so look anew each time. A block that cannot be split passes the question on to
    // its successors. Larger regions go first: a region cannot contain the jump of another.
    SmallPtrSet<BasicBlock *, 16> Cold(ColdBlocks.begin(), ColdBlocks.end()), Refused;
    for (;;) {
        BasicBlock *Best = nullptr;
        unsigned BestSize = 0;
        for (BasicBlock &B : F) {
            if (!Cold.count(&B) || Refused.count(&B) || &B == &F.getEntryBlock())
                continue;
            bool IsHead = any_of(predecessors(&B),
                                 [&](BasicBlock *P) { return !Cold.count(P) || Refused.count(P); });
            CallInst *X = exitCall(B);
            if (!IsHead || (X && X->getCalledFunction()->getName().starts_with(ColdPrefix)))
                continue;
            // A bare exit is no smaller elsewhere.
            if ((X && B.size() <= 4) || (B.size() == 1 && isa<UnreachableInst>(B.getTerminator())))
                continue;
            unsigned Size = regionSize(&B);
            if (Size > BestSize) {
                Best = &B;
                BestSize = Size;
            }
        }
        if (!Best)
            break;
        if (!ColdSplit(F, In, Counter).split(Best))
            Refused.insert(Best);
    }
}

} // namespace yk
