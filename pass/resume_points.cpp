// Numbers of blocks, resume points, the values that live there, frame buffers.
//
// Liveness is LLVM's values': a use by a phi is one at the end of the block that the value comes
// from. Locals whose address is taken are in the frame buffer; their addresses are not values that
// live anywhere.
#include "access_classes.h"
#include "canonical.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/IR/CFG.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

namespace yk {

namespace {
class Analysis {
    const Tier1Module &T;
    Tier1Function &TF;
    DenseMap<const Value *, unsigned> Index; // arguments, then instructions in order of the blocks
    std::vector<Value *> Values;
    DenseMap<const BasicBlock *, BitVector> Needed, LiveIn, Defined;

    void number();
    void findPoints();
    void flow();
    void fillLives(BasicBlock *B, ResumePoint &P);
    void placeFrame();

  public:
    Analysis(const Tier1Module &T, Tier1Function &TF) : T(T), TF(TF) {}
    void run();
};
} // namespace

void Analysis::number() {
    Function &F = *TF.F;
    removeUnreachableBlocks(F);
    // Definitions come before their uses, but for those by phis.
    for (BasicBlock *B : ReversePostOrderTraversal<Function *>(&F))
        TF.Blocks.push_back(B);
    auto Add = [&](Value *V) {
        Index[V] = Values.size();
        Values.push_back(V);
    };
    for (Argument &A : F.args())
        Add(&A);
    for (BasicBlock *B : TF.Blocks)
        for (Instruction &I : *B)
            if (!I.getType()->isVoidTy() && !isa<AllocaInst>(I))
                Add(&I);
}

void Analysis::findPoints() {
    SmallPtrSet<BasicBlock *, 32> Points;
    for (BasicBlock *B : TF.Blocks) {
        Instruction *End = B->getTerminator();
        if (End->getNumSuccessors() > 1)
            for (BasicBlock *S : successors(B))
                Points.insert(S);
        if (End->getNumSuccessors() == 1 && B->size() > 1 && mayBeInlined(T, *End->getPrevNode()))
            Points.insert(End->getSuccessor(0));
        if (needsResumeBefore(*B->getFirstNonPHIIt()))
            Points.insert(B);
    }
    for (BasicBlock *B : TF.Blocks)
        if (Points.count(B)) {
            ResumePoint P;
            P.Number = TF.Resume.size() + 1;
            TF.Resume[B] = std::move(P);
        }
}

void Analysis::flow() {
    for (BasicBlock *B : TF.Blocks) {
        BitVector &Use = Needed[B], &Def = Defined[B];
        Use.resize(Values.size());
        Def.resize(Values.size());
        LiveIn[B].resize(Values.size());
        auto Need = [&](Value *V) {
            auto It = Index.find(V);
            if (It != Index.end() && !Def.test(It->second))
                Use.set(It->second);
        };
        for (Instruction &I : *B) {
            if (!isa<PHINode>(I))
                for (Value *Op : I.operands())
                    Need(Op);
            if (auto It = Index.find(&I); It != Index.end())
                Def.set(It->second);
        }
        for (BasicBlock *S : successors(B))
            for (PHINode &P : S->phis())
                Need(P.getIncomingValueForBlock(B));
    }
    for (bool Changed = true; Changed;) {
        Changed = false;
        for (BasicBlock *B : reverse(TF.Blocks)) {
            BitVector Live(Values.size());
            for (BasicBlock *S : successors(B))
                Live |= LiveIn[S];
            Live.reset(Defined[B]);
            Live |= Needed[B];
            if (Live != LiveIn[B]) {
                LiveIn[B] = std::move(Live);
                Changed = true;
            }
        }
    }
}

void Analysis::fillLives(BasicBlock *B, ResumePoint &P) {
    const BitVector &Live = LiveIn[B];
    for (unsigned I : Live.set_bits())
        if (isa<Argument>(Values[I]))
            P.Lives.push_back(Values[I]);
    for (PHINode &Phi : B->phis())
        if (!Phi.use_empty())
            P.Lives.push_back(&Phi);
    for (unsigned I : Live.set_bits())
        if (!isa<Argument>(Values[I]))
            P.Lives.push_back(Values[I]);
}

void Analysis::placeFrame() {
    const DataLayout &DL = TF.F->getParent()->getDataLayout();
    uint64_t Offset = 0;
    for (BasicBlock *B : TF.Blocks)
        for (Instruction &I : *B)
            if (auto *A = dyn_cast<AllocaInst>(&I)) {
                Offset = alignTo(Offset, A->getAlign());
                TF.FrameOffset[A] = Offset;
                Offset += A->getAllocationSize(DL)->getFixedValue();
            }
    TF.FrameSize = alignTo(Offset, 16);
}

void Analysis::run() {
    number();
    findPoints();
    flow();
    TF.MaxLives = TF.F->arg_size();
    for (auto &[B, P] : TF.Resume) {
        fillLives(B, P);
        TF.MaxLives = std::max<unsigned>(TF.MaxLives, P.Lives.size());
    }
    placeFrame();
}

void analyse(Tier1Module &T) {
    raw_string_ostream OS(T.Report);
    unsigned Eligible = 0, Clones = 0, Lives = 0, MaxLives = 0;
    for (Tier1Function &TF : T.Functions) {
        Eligible += TF.Eligible;
        if (!TF.hasClones()) {
            OS << "tier 1: " << TF.Symbol << " is outlined: " << TF.Why << '\n';
            continue;
        }
        Clones++;
        Analysis(T, TF).run();
        TF.FirstBlock = T.BlockCount;
        T.BlockCount += TF.Blocks.size();
        T.ResumePointCount += TF.Resume.size();
        for (auto &[B, P] : TF.Resume)
            Lives += P.Lives.size();
        MaxLives = std::max(MaxLives, TF.MaxLives);
        OS << "tier 1: " << TF.Symbol << ": " << TF.Blocks.size() << " blocks, " << TF.Resume.size()
           << " resume points, " << TF.FrameSize << " bytes of frame\n";
    }
    OS << "tier 1: " << T.Functions.size() << " functions, " << Eligible << " expressible, "
       << Clones << " with clones, " << T.BlockCount << " blocks, " << T.ResumePointCount
       << " resume points, "
       << format("%.1f", T.ResumePointCount ? double(Lives) / T.ResumePointCount : 0)
       << " live values on average, " << MaxLives << " at most\n"
       << T.Classes->describe(*T.Memory);
}

} // namespace yk
