// Lowering of the merge points in the interpreter itself, in the form in which every local is a
// stack slot, so that paths are copied without repairing SSA form.
//
// Shape of the result:
//
//   counting site:  if (--location->countdown < 0) goto copy of the path to the merge point
//   end of a copy:  goto slow
//   slow:           frame = state vector; switch (yk_enter(mt, location, &frame)) ...
//                     resume:  state vector = frame; go on behind the merge point
//                     return:  leave the function
//                     bypass:  state vector, extras = frame; go on at the join
//                     again:   state vector = frame; goto ranges
//                     ranges:  ranges of the frame = the greens'
//                              switch (yk_enter_with_ranges(mt, location, &frame)) as above
// With a hop clone of the loop's body (tests):
//
//   merge point:    if (yk_hop_body()) goto body; ...
//   body:           frame = state vector; switch (clone(0, frame...)) ...
//                     merge:   state vector = frame; goto merge point
//                     return, bypass: as above
//
// The frame is a YkFrame of runtime/frame.h; the two must agree.
#include "lower.h"
#include "../runtime/frame.h"
#include "../shared-ir/aot.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;

namespace yk {

namespace {
class Lowering {
    Interpreter &In;
    Function &F;
    LLVMContext &C;
    Type *I32, *I64;
    AllocaInst *Frame = nullptr;
    BasicBlock *Slow = nullptr;
    BasicBlock *Bypass = nullptr; // reloads the vector with the extras; null if there is no join
    BasicBlock *Behind = nullptr; // behind the first merge point
    // Parameters that the interpreter never assigns: native code does not either. The optimiser is
    // not told that they come back from the frame, or it would hold them like any variable.
    SmallPtrSet<AllocaInst *, 4> Unchanging;

    Value *field(IRBuilder<> &B, size_t Offset) {
        return B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), Frame, Offset);
    }
    void save(IRBuilder<> &B, AllocaInst *A, size_t Offset) {
        Value *V = B.CreateLoad(A->getAllocatedType(), A);
        if (V->getType()->isIntegerTy())
            V = B.CreateZExt(V, I64);
        B.CreateStore(V, field(B, Offset));
    }
    void restore(IRBuilder<> &B, AllocaInst *A, size_t Offset) {
        B.CreateStore(B.CreateLoad(A->getAllocatedType(), field(B, Offset)), A);
    }
    void restoreVector(IRBuilder<> &B, bool WithExtras = false) {
        for (auto [Slot, A] : enumerate(In.slots(WithExtras)))
            if (A && !Unchanging.count(A))
                restore(B, A, offsetof(YkFrame, slots) + 8 * Slot);
    }
    BasicBlock *block(const char *Name) {
        return BasicBlock::Create(C, Name, &F);
    }
    bool computeArguments(IRBuilder<> &B, ValueToValueMapTy &Map);
    CallInst *callRuntime(IRBuilder<> &B, const char *Name, ValueToValueMapTy &Map);
    bool buildSlow();
    bool lowerEnter(CallInst *Call);
    void addHops(Function *Hop, unsigned FrameSize);
    bool copyPath(BasicBlock *From, const DebugLoc &Loc, ValueToValueMapTy &Map, BasicBlock *&Copy);

  public:
    explicit Lowering(Interpreter &In)
        : In(In), F(*In.F), C(In.F->getContext()), I32(Type::getInt32Ty(C)),
          I64(Type::getInt64Ty(C)) {}
    bool run(Function *Hop, unsigned FrameSize);
};
} // namespace

// Computes the arguments of the merge point anew.
bool Lowering::computeArguments(IRBuilder<> &B, ValueToValueMapTy &Map) {
    SmallVector<Instruction *, 32> Slice;
    if (!argumentSlice(In.Merges[0].Call, Slice))
        return false;
    for (Instruction *I : Slice) {
        Instruction *N = I->clone();
        B.Insert(N);
        Map[I] = N;
        RemapInstruction(N, Map, RF_NoModuleLevelChanges | RF_IgnoreMissingLocals);
    }
    return true;
}

static Value *mapped(const ValueToValueMapTy &Map, Value *V) {
    auto It = Map.find(V);
    return It == Map.end() ? V : static_cast<Value *>(It->second);
}

CallInst *Lowering::callRuntime(IRBuilder<> &B, const char *Name, ValueToValueMapTy &Map) {
    Type *Ptr = PointerType::get(C, 0);
    CallInst *Merge = In.Merges[0].Call;
    return B.CreateCall(
        F.getParent()->getOrInsertFunction(Name, FunctionType::get(I32, {Ptr, Ptr, Ptr}, false)),
        {mapped(Map, Merge->getArgOperand(0)), mapped(Map, Merge->getArgOperand(1)), Frame});
}

bool Lowering::buildSlow() {
    BasicBlock &Entry = F.getEntryBlock();
    Frame = new AllocaInst(ArrayType::get(I64, sizeof(YkFrame) / 8), 0, nullptr, Align(16),
                           "yk.frame", Entry.begin());
    Slow = block("yk.slow");
    IRBuilder<> B(Slow);
    CallInst *Merge = In.Merges[0].Call;
    ValueToValueMapTy Map, RangesMap;
    if (!computeArguments(B, Map))
        return false;
    for (auto [Slot, A] : enumerate(In.slots(false)))
        if (A)
            save(B, A, offsetof(YkFrame, slots) + 8 * Slot);
    CallInst *Entered = callRuntime(B, "yk_enter", Map);
    BasicBlock *Entering = B.GetInsertBlock(), *Result = block("yk.result"),
               *Resume = block("yk.resume"), *Return = block("yk.return"),
               *Again = block("yk.again"), *Ranges = block("yk.ranges");
    B.CreateBr(Result);

    IRBuilder<> GB(Ranges);
    if (!computeArguments(GB, RangesMap))
        return false;
    for (unsigned I = 0; I < In.Greens.size(); I++) {
        size_t At = offsetof(YkFrame, ranges) + sizeof(YkRange) * I;
        for (unsigned Part = 0; Part < 2; Part++)
            GB.CreateStore(mapped(RangesMap, Interpreter::greenOperand(Merge, I, 1 + Part)),
                           field(GB, At + 8 * Part));
    }
    CallInst *EnteredWithRanges = callRuntime(GB, "yk_enter_with_ranges", RangesMap);
    GB.CreateBr(Result);

    IRBuilder<> SB(Result);
    PHINode *Next = SB.CreatePHI(I32, 2);
    Next->addIncoming(Entered, Entering);
    Next->addIncoming(EnteredWithRanges, Ranges);
    SwitchInst *SW = SB.CreateSwitch(Next, Resume, 4);
    SW->addCase(SB.getInt32(YK_ENTER_RETURN), Return);
    SW->addCase(SB.getInt32(YK_ENTER_AGAIN), Again);
    SW->addCase(SB.getInt32(YK_ENTER_RANGES), Ranges);
    // One comparison for what C code that calls short functions waits for.
    SW->setMetadata(LLVMContext::MD_prof, MDBuilder(C).createBranchWeights({1, 100, 1, 1}));

    IRBuilder<> RB(Resume);
    restoreVector(RB);
    BasicBlock *MergeBlock = Merge->getParent();
    Behind = MergeBlock->splitBasicBlock(std::next(Merge->getIterator()));
    RB.CreateBr(Behind);

    IRBuilder<> AB(Again);
    restoreVector(AB);
    AB.CreateBr(Ranges);

    IRBuilder<> TB(Return);
    Type *RT = F.getReturnType();
    if (RT->isVoidTy())
        TB.CreateRetVoid();
    else
        TB.CreateRet(TB.CreateLoad(RT, field(TB, offsetof(YkFrame, result))));

    if (BasicBlock *Join = In.Merges[0].Rest.Join) {
        Bypass = block("yk.bypass");
        SwitchInstProfUpdateWrapper(*SW).addCase(SB.getInt32(YK_ENTER_BYPASS), Bypass, 1);
        IRBuilder<> BB(Bypass);
        restoreVector(BB, true);
        BB.CreateBr(Join);
    }
    return true;
}

// Copies the blocks that are reached from `From` before a merge point or the dispatch. The copies
// of merge points jump to `Slow`.
bool Lowering::copyPath(BasicBlock *From, const DebugLoc &Loc, ValueToValueMapTy &Map,
                        BasicBlock *&Copy) {
    SmallVector<BasicBlock *, 16> Region{From};
    SmallPtrSet<BasicBlock *, 16> Seen{From};
    auto IsMerge = [&](BasicBlock *B) {
        return any_of(In.Merges, [&](MergePoint &M) { return M.Call->getParent() == B; });
    };
    for (size_t I = 0; I < Region.size(); I++) {
        if (IsMerge(Region[I]))
            continue;
        for (BasicBlock *S : successors(Region[I])) {
            bool BehindMerge = In.ChainBlocks.count(S) && !IsMerge(S);
            if (!BehindMerge && Seen.insert(S).second)
                Region.push_back(S);
        }
        if (Region.size() > 64) {
            reportError(F, Loc,
                        "yk_can_enter_jit is too far from the merge point: only straight code or "
                        "a check for events may lie between them");
            return false;
        }
    }
    SmallVector<BasicBlock *, 16> Copies;
    for (BasicBlock *B : Region) {
        BasicBlock *N = CloneBasicBlock(B, Map, ".yk", &F);
        Map[B] = N;
        Copies.push_back(N);
    }
    for (BasicBlock *B : Copies)
        for (Instruction &I : *B) {
            RemapDbgRecordRange(F.getParent(), I.getDbgRecordRange(), Map,
                                RF_NoModuleLevelChanges | RF_IgnoreMissingLocals);
            RemapInstruction(&I, Map, RF_NoModuleLevelChanges | RF_IgnoreMissingLocals);
        }
    for (BasicBlock *B : Copies)
        for (Instruction &I : *B)
            if (auto *Call = dyn_cast<CallInst>(&I);
                Call && Call->getCalledFunction() &&
                Call->getCalledFunction()->getName() == MergeName) {
                // What follows was copied with the block; its successors know nothing of the copy.
                while (&B->back() != Call)
                    B->back().eraseFromParent();
                Call->eraseFromParent();
                BranchInst::Create(Slow, B);
                break;
            }
    Copy = Copies[0];
    return true;
}

bool Lowering::lowerEnter(CallInst *Call) {
    BasicBlock *B = Call->getParent();
    BasicBlock *Rest = B->splitBasicBlock(Call->getIterator());
    Value *Location = Call->getArgOperand(0);
    DebugLoc Loc = Call->getDebugLoc();
    Call->eraseFromParent();
    ValueToValueMapTy Map;
    BasicBlock *Copy = nullptr;
    if (!copyPath(Rest, Loc, Map, Copy))
        return false;
    IRBuilder<> IB(B->getTerminator());
    static_assert(offsetof(YkLocation, countdown) == 0);
    Value *Count = IB.CreateSub(IB.CreateLoad(I32, Location), IB.getInt32(1));
    IB.CreateStore(Count, Location);
    Value *Hot = IB.CreateICmpSLT(Count, IB.getInt32(0));
    MDNode *Weights = MDBuilder(C).createBranchWeights(1, 1 << 20);
    IB.CreateCondBr(Hot, Copy, Rest, Weights);
    B->getTerminator()->eraseFromParent();
    return true;
}

void Lowering::addHops(Function *Hop, unsigned FrameSize) {
    Module &M = *F.getParent();
    FunctionCallee Ask = M.getOrInsertFunction("yk_hop_body", FunctionType::get(I32, false));
    BasicBlock *Body = block("yk.hop.body"), *Merge = block("yk.hop.merge"),
               *Return = block("yk.hop.return");
    IRBuilder<> B(&F.getEntryBlock(), F.getEntryBlock().begin());
    AllocaInst *Buffer = B.CreateAlloca(ArrayType::get(B.getInt8Ty(), std::max(FrameSize, 16u)));
    Buffer->setAlignment(Align(16));
    auto AskAtEnd = [&](BasicBlock *At, BasicBlock *Rest) {
        IRBuilder<> AB(At);
        AB.CreateCondBr(AB.CreateICmpNE(AB.CreateCall(Ask), AB.getInt32(0)), Body, Rest);
    };
    for (MergePoint &P : In.Merges) {
        BasicBlock *At = P.Call->getParent();
        BasicBlock *Rest = At->splitBasicBlock(P.Call->getIterator());
        At->getTerminator()->eraseFromParent();
        AskAtEnd(At, Rest);
    }
    B.SetInsertPoint(Body);
    for (auto [Slot, A] : enumerate(In.slots(false)))
        if (A)
            save(B, A, offsetof(YkFrame, slots) + 8 * Slot);
    Value *Slots = field(B, offsetof(YkFrame, slots));
    SwitchInst *SW =
        B.CreateSwitch(B.CreateCall(Hop, {B.getInt32(0), Slots, Slots, Buffer}), Merge, 2);
    SW->addCase(B.getInt32(AOT_BODY_RETURN), Return);
    if (Bypass)
        SW->addCase(B.getInt32(AOT_BODY_BYPASS), Bypass);
    B.SetInsertPoint(Merge);
    restoreVector(B);
    AskAtEnd(Merge, Behind);
    B.SetInsertPoint(Return);
    Type *RT = F.getReturnType();
    if (RT->isVoidTy())
        B.CreateRetVoid();
    else
        B.CreateRet(B.CreateLoad(RT, field(B, offsetof(YkFrame, slots))));
}

static bool isUnchanging(const AllocaInst *A) {
    unsigned Stores = 0;
    for (const User *U : A->users())
        if (auto *S = dyn_cast<StoreInst>(U)) {
            if (++Stores > 1 || !isa<Argument>(S->getValueOperand()) ||
                !S->getParent()->isEntryBlock())
                return false;
        } else if (!isa<LoadInst>(U))
            return false;
    return Stores == 1;
}

bool Lowering::run(Function *Hop, unsigned FrameSize) {
    for (AllocaInst *A : In.slots(true))
        if (A && isUnchanging(A))
            Unchanging.insert(A);
    for (MergePoint &M : In.Merges)
        In.ChainBlocks.erase(M.Call->getParent());
    if (!buildSlow())
        return false;
    for (CallInst *E : In.Enters)
        if (!lowerEnter(E))
            return false;
    if (Hop)
        addHops(Hop, FrameSize);
    for (MergePoint &M : In.Merges)
        M.Call->eraseFromParent();
    return true;
}

bool lowerInterpreter(Interpreter &In, Function *Hop, unsigned FrameSize) {
    return Lowering(In).run(Hop, FrameSize);
}

} // namespace yk
