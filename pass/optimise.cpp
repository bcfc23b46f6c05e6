// Optimising stencils. Two things differ from LLVM's own pipelines: code is never sunk or merged
// across paths (a stencil's paths are few and hot or cold, and a merged store sends integers
// through floating-point registers), and paths that end in different exits are kept apart.
#include "derive.h"
#include "llvm/Analysis/BlockFrequencyInfo.h"
#include "llvm/Analysis/BranchProbabilityInfo.h"
#include "llvm/Analysis/InlineCost.h"
#include "llvm/Analysis/ProfileSummaryInfo.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/IPO/Inliner.h"
#include "llvm/Transforms/Scalar.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Scalar/BDCE.h"
#include "llvm/Transforms/Scalar/CorrelatedValuePropagation.h"
#include "llvm/Transforms/Scalar/DCE.h"
#include "llvm/Transforms/Scalar/DeadStoreElimination.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/JumpThreading.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/LowerExpectIntrinsic.h"
#include "llvm/Transforms/Scalar/SCCP.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/TailRecursionElimination.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

namespace yk {

// Budgets. A callee is inlined into hot code of a stencil up to this cost (LLVM's unit, about
// five per instruction); a stencil may grow to so many instructions; a block of an exit may be
// duplicated up to so many.
static constexpr int InlineThreshold =
    600; // larger ones only where a path without a call comes out
static constexpr int ColdInlineThreshold = 20;
static constexpr int HelperInlineThreshold = 30;
static constexpr unsigned StencilLimit = 400;
static constexpr unsigned DuplicateLimit = 40;

struct Optimiser::State {
    LoopAnalysisManager LAM;
    FunctionAnalysisManager FAM;
    CGSCCAnalysisManager CGAM;
    ModuleAnalysisManager MAM;
    PassBuilder PB;
    FunctionPassManager Simplify;

    static SimplifyCFGPass cfg() {
        return SimplifyCFGPass(SimplifyCFGOptions()
                                   .bonusInstThreshold(1)
                                   .forwardSwitchCondToPhi(false)
                                   .convertSwitchRangeToICmp(true)
                                   .convertSwitchToLookupTable(false)
                                   .needCanonicalLoops(false)
                                   .hoistCommonInsts(false)
                                   .sinkCommonInsts(false)
                                   .speculateBlocks(false));
    }
    static InstCombinePass combine() {
        return InstCombinePass(InstCombineOptions().setVerifyFixpoint(false));
    }
    State() {
        PB.registerModuleAnalyses(MAM);
        PB.registerCGSCCAnalyses(CGAM);
        PB.registerFunctionAnalyses(FAM);
        PB.registerLoopAnalyses(LAM);
        PB.crossRegisterProxies(LAM, FAM, CGAM, MAM);
        FunctionPassManager &P = Simplify;
        P.addPass(LowerExpectIntrinsicPass());
        P.addPass(cfg());
        P.addPass(SROAPass(SROAOptions::ModifyCFG));
        P.addPass(EarlyCSEPass(true));
        P.addPass(cfg());
        P.addPass(combine());
        P.addPass(JumpThreadingPass());
        P.addPass(CorrelatedValuePropagationPass());
        P.addPass(cfg());
        P.addPass(combine());
        P.addPass(GVNPass());
        P.addPass(SCCPPass());
        P.addPass(BDCEPass());
        P.addPass(combine());
        P.addPass(JumpThreadingPass());
        P.addPass(CorrelatedValuePropagationPass());
        P.addPass(DSEPass());
        P.addPass(ADCEPass());
        P.addPass(cfg());
        P.addPass(combine());
        P.addPass(EarlyCSEPass(true));
        P.addPass(ADCEPass());
    }
};

Optimiser::Optimiser() : S(std::make_unique<State>()) {}
Optimiser::~Optimiser() = default;

void Optimiser::simplify(Function &F) {
    S->FAM.invalidate(F, PreservedAnalyses::none());
    PreservedAnalyses PA = S->Simplify.run(F, S->FAM);
    S->FAM.invalidate(F, PA);
}

void Optimiser::tidy(Function &F) {
    FunctionPassManager P;
    P.addPass(DCEPass());
    P.addPass(State::cfg());
    S->FAM.invalidate(F, PreservedAnalyses::none());
    P.run(F, S->FAM);
    S->FAM.invalidate(F, PreservedAnalyses::none());
}

void Optimiser::prepareHelpers(Module &M, Function *Except) {
    Except->addFnAttr(Attribute::NoInline);
    for (Function &F : M) {
        if (F.isDeclaration() || &F == Except)
            continue;
        F.addFnAttr("no-builtins");
        F.removeFnAttr(Attribute::SanitizeAddress);
        F.removeFnAttr(Attribute::SanitizeThread);
        F.removeFnAttr(Attribute::SanitizeMemory);
        simplify(F);
    }
    ModulePassManager MPM;
    ModuleInlinerWrapperPass Inliner(getInlineParams(HelperInlineThreshold));
    Inliner.getPM().addPass(createCGSCCToFunctionPassAdaptor([] {
        FunctionPassManager P;
        P.addPass(SROAPass(SROAOptions::ModifyCFG));
        P.addPass(EarlyCSEPass(true));
        P.addPass(State::cfg());
        P.addPass(State::combine());
        return P;
    }()));
    Except->addFnAttr(Attribute::OptimizeNone);
    MPM.addPass(std::move(Inliner));
    MPM.run(M, S->MAM);
    Except->removeFnAttr(Attribute::OptimizeNone);
    Except->removeFnAttr(Attribute::NoInline);
}

static bool isRealCall(const Instruction &I) {
    auto *C = dyn_cast<CallBase>(&I);
    return C && !isa<IntrinsicInst>(C) && !C->isInlineAsm() && !C->isMustTailCall() &&
           greenNumber(C) < 0;
}

// The fewest calls on any way from the start of each block to an exit.
static constexpr unsigned Never = UINT_MAX / 2;
static DenseMap<BasicBlock *, unsigned> fewestCalls(Function &F) {
    DenseMap<BasicBlock *, unsigned> Calls;
    for (BasicBlock &B : F)
        Calls[&B] = Never;
    for (bool Changed = true; Changed;) {
        Changed = false;
        for (BasicBlock &B : F) {
            CallInst *X = exitCall(B);
            unsigned Best =
                X && !X->getCalledFunction()->getName().starts_with(ExitBypass) ? 0 : Never;
            for (BasicBlock *T : successors(&B))
                Best = std::min(Best, Calls[T]);
            if (Best == Never)
                continue;
            Best += count_if(B, isRealCall);
            if (Best < Calls[&B]) {
                Calls[&B] = Best;
                Changed = true;
            }
        }
    }
    return Calls;
}

// A block is cold if branch weights say so, or if it is the way from a branch on which more calls
// are made than on the other: out-of-line work is the slow path of something.
SmallPtrSet<BasicBlock *, 16> Optimiser::coldBlocks(Function &F) {
    S->FAM.invalidate(F, PreservedAnalyses::none());
    auto &BFI = S->FAM.getResult<BlockFrequencyAnalysis>(F);
    SmallPtrSet<BasicBlock *, 16> Cold;
    uint64_t Entry = BFI.getBlockFreq(&F.getEntryBlock()).getFrequency();
    for (BasicBlock &B : F)
        if (BFI.getBlockFreq(&B).getFrequency() < Entry / 16)
            Cold.insert(&B);
    DenseMap<BasicBlock *, unsigned> Calls = fewestCalls(F);
    // From each branch, follow the ways with the fewest calls.
    SmallPtrSet<BasicBlock *, 16> Hot{&F.getEntryBlock()};
    SmallVector<BasicBlock *, 16> Work{&F.getEntryBlock()};
    while (!Work.empty()) {
        BasicBlock *B = Work.pop_back_val();
        unsigned Best = Never;
        for (BasicBlock *T : successors(B))
            if (!Cold.count(T))
                Best = std::min(Best, Calls[T]);
        for (BasicBlock *T : successors(B))
            if (!Cold.count(T) && Calls[T] == Best && Hot.insert(T).second)
                Work.push_back(T);
    }
    for (BasicBlock &B : F)
        if (!Hot.count(&B))
            Cold.insert(&B);
    return Cold;
}

void Optimiser::inlineHot(Function &F) {
    auto GetAC = [&](Function &G) -> AssumptionCache & {
        return S->FAM.getResult<AssumptionAnalysis>(G);
    };
    auto GetTLI = [&](Function &G) -> const TargetLibraryInfo & {
        return S->FAM.getResult<TargetLibraryAnalysis>(G);
    };
    auto GetBFI = [&](Function &G) -> BlockFrequencyInfo & {
        return S->FAM.getResult<BlockFrequencyAnalysis>(G);
    };
    // Small callees first: what they leave shows which paths are cold, and a large callee on a cold
    // path is not inlined.
    for (int Threshold = InlineThreshold / 6; Threshold < 3 * InlineThreshold; Threshold *= 2) {
        InlineParams Params = getInlineParams(std::min(Threshold, InlineThreshold));
        SmallPtrSet<BasicBlock *, 16> Cold = coldBlocks(F);
        SmallVector<CallBase *, 16> Sites;
        for (BasicBlock &B : F)
            for (Instruction &I : B)
                if (isRealCall(I) && !isa<UnreachableInst>(B.getTerminator()))
                    if (auto *Callee = cast<CallBase>(I).getCalledFunction();
                        Callee && !Callee->isDeclaration() && Callee != &F)
                        Sites.push_back(cast<CallBase>(&I));
        bool Any = false;
        for (CallBase *C : Sites) {
            if (F.getInstructionCount() > StencilLimit)
                break;
            // What is cold is left alone, but for callees that vanish.
            Function *Callee = C->getCalledFunction();
            auto &TTI = S->FAM.getResult<TargetIRAnalysis>(*Callee);
            InlineParams P =
                Cold.count(C->getParent()) ? getInlineParams(ColdInlineThreshold) : Params;
            InlineCost Cost = getInlineCost(*C, P, TTI, GetAC, GetTLI, GetBFI);
            if (!Cost)
                continue;
            InlineFunctionInfo Info(GetAC);
            if (InlineFunction(*C, Info).isSuccess()) {
                Any = true;
                S->FAM.invalidate(F, PreservedAnalyses::none());
            }
        }
        if (Any)
            simplify(F);
    }
    inlineLarge(F);
}

// Moves the body of `From` to `To`; both have the same type.
static void replaceBody(Function &To, Function &From) {
    To.deleteBody();
    To.setLinkage(GlobalValue::InternalLinkage);
    for (auto [A, B] : zip(From.args(), To.args()))
        A.replaceAllUsesWith(&B);
    To.splice(To.end(), &From);
    From.eraseFromParent();
}

// Inlines larger callees where that pays: a path to an exit must come out that makes fewer calls.
void Optimiser::inlineLarge(Function &F) {
    auto GetAC = [&](Function &G) -> AssumptionCache & {
        return S->FAM.getResult<AssumptionAnalysis>(G);
    };
    SmallPtrSet<Function *, 4> Tried;
    for (bool Again = true; Again && F.getInstructionCount() < StencilLimit;) {
        Again = false;
        SmallPtrSet<BasicBlock *, 16> Cold = coldBlocks(F);
        unsigned Before = fewestCalls(F)[&F.getEntryBlock()];
        for (BasicBlock &B : F) {
            if (Cold.count(&B))
                continue;
            CallInst *Site = nullptr;
            for (Instruction &I : B)
                if (auto *C = dyn_cast<CallInst>(&I);
                    !Site && C && isRealCall(I) && C->getCalledFunction() &&
                    !C->getCalledFunction()->isDeclaration() &&
                    C->getCalledFunction()->getInstructionCount() < StencilLimit &&
                    isInlineViable(*C->getCalledFunction()).isSuccess() &&
                    Tried.insert(C->getCalledFunction()).second)
                    Site = C;
            if (!Site)
                continue;
            ValueToValueMapTy Map;
            Function *Trial = CloneFunction(&F, Map);
            InlineFunctionInfo Info(GetAC);
            bool Better = InlineFunction(*cast<CallInst>(Map[Site]), Info).isSuccess();
            if (Better) {
                simplify(*Trial);
                Better = fewestCalls(*Trial)[&Trial->getEntryBlock()] < Before;
            }
            S->FAM.clear(*Trial, Trial->getName());
            if (Better) {
                S->FAM.clear(F, F.getName());
                replaceBody(F, *Trial);
                for (BasicBlock &NB : F)
                    if (CallInst *X = exitCall(NB))
                        makeUnique(X);
            } else
                Trial->eraseFromParent();
            Again = true;
            break;
        }
    }
}

// ---- Exits whose next pc depends on the path taken ----

// Duplicates `B`, which ends in an exit, into each of its predecessors.
static bool duplicateIntoPredecessors(BasicBlock *B) {
    SmallVector<BasicBlock *, 8> Preds;
    for (BasicBlock *P : predecessors(B)) {
        if (is_contained(Preds, P) || !isa<BranchInst, SwitchInst>(P->getTerminator()))
            return false;
        Preds.push_back(P);
    }
    for (BasicBlock *P : drop_begin(Preds)) {
        ValueToValueMapTy Map;
        BasicBlock *N = CloneBasicBlock(B, Map, "", B->getParent());
        for (PHINode &Phi : make_early_inc_range(B->phis())) {
            auto *Copy = cast<PHINode>(Map[&Phi]);
            Value *V = Phi.getIncomingValueForBlock(P);
            Copy->replaceAllUsesWith(V);
            Copy->eraseFromParent();
            Map[&Phi] = V;
        }
        for (Instruction &I : *N)
            RemapInstruction(&I, Map, RF_NoModuleLevelChanges | RF_IgnoreMissingLocals);
        P->getTerminator()->replaceSuccessorWith(B, N);
        for (PHINode &Phi : B->phis())
            Phi.removeIncomingValue(P, false);
        if (CallInst *X = exitCall(*N))
            makeUnique(X);
    }
    for (PHINode &Phi : make_early_inc_range(B->phis())) {
        Phi.replaceAllUsesWith(Phi.getIncomingValue(0));
        Phi.eraseFromParent();
    }
    return true;
}

// The dynamic condition on which the static parts of `V` are selected, or null.
static Value *selectingCondition(Value *V, StaticValues &SV, unsigned Depth = 0) {
    auto *I = dyn_cast<Instruction>(V);
    if (!I || Depth > 6 || SV.isStatic(I))
        return nullptr;
    if (auto *Sel = dyn_cast<SelectInst>(I); Sel && !SV.isStatic(Sel->getCondition()))
        return Sel->getCondition();
    if (isa<ZExtInst, SExtInst>(I) && I->getOperand(0)->getType()->isIntegerTy(1))
        return I->getOperand(0);
    if (!isa<GetElementPtrInst, BinaryOperator, CastInst, SelectInst>(I))
        return nullptr;
    for (Value *Op : I->operands())
        if (Value *C = selectingCondition(Op, SV, Depth + 1))
            return C;
    return nullptr;
}

static Value *rebuild(Value *V, Value *Condition, bool Taken, IRBuilder<> &B, StaticValues &SV,
                      unsigned Depth = 0) {
    if (V == Condition)
        return B.getInt1(Taken);
    auto *I = dyn_cast<Instruction>(V);
    if (!I || Depth > 7 || SV.isStatic(I))
        return V;
    if (auto *Sel = dyn_cast<SelectInst>(I); Sel && Sel->getCondition() == Condition)
        return rebuild(Sel->getOperand(Taken ? 1 : 2), Condition, Taken, B, SV, Depth + 1);
    if (!isa<GetElementPtrInst, BinaryOperator, CastInst, SelectInst>(I))
        return V;
    Instruction *N = I->clone();
    for (Use &U : N->operands())
        U.set(rebuild(U.get(), Condition, Taken, B, SV, Depth + 1));
    return B.Insert(N);
}

static bool splitOnCondition(CallInst *Exit, Value *Condition, StaticValues &SV) {
    BasicBlock *B = Exit->getParent();
    Function *F = B->getParent();
    BasicBlock *Arms[2];
    for (int Taken = 0; Taken < 2; Taken++) {
        Arms[Taken] = BasicBlock::Create(F->getContext(), "", F);
        IRBuilder<> IB(Arms[Taken]);
        auto *Copy = cast<CallInst>(Exit->clone());
        for (unsigned I = 0; I < Exit->arg_size(); I++)
            Copy->setArgOperand(I, rebuild(Exit->getArgOperand(I), Condition, Taken, IB, SV));
        IB.Insert(Copy);
        makeUnique(Copy);
        IB.CreateRetVoid();
    }
    B->getTerminator()->eraseFromParent();
    Exit->eraseFromParent();
    BranchInst::Create(Arms[1], Arms[0], Condition, B);
    return true;
}

// Is `V` static but for phis of block `B`, some of whose inputs are static?
static bool phiDecides(Value *V, BasicBlock *B, StaticValues &SV, unsigned Depth = 0) {
    auto *I = dyn_cast<Instruction>(V);
    if (!I || Depth > 6 || SV.isStatic(I))
        return false;
    if (auto *P = dyn_cast<PHINode>(I))
        return P->getParent() == B;
    if (!isa<GetElementPtrInst, BinaryOperator, CastInst, SelectInst>(I))
        return false;
    return any_of(I->operands(),
                  [&](const Use &U) { return phiDecides(U.get(), B, SV, Depth + 1); });
}

void Optimiser::splitExits(Function &F) {
    for (unsigned Round = 0; Round < 64; Round++) {
        bool Changed = false;
        StaticValues SV;
        for (BasicBlock &B : F) {
            CallInst *X = exitCall(B);
            if (!X || !X->getCalledFunction()->getName().starts_with(ExitMerge))
                continue;
            Value *Pc = X->getArgOperand(YK_GREEN_SLOT);
            if (SV.isStatic(Pc))
                continue;
            if (Value *C = selectingCondition(Pc, SV)) {
                Changed = splitOnCondition(X, C, SV);
            } else if (B.hasNPredecessorsOrMore(2) && phiDecides(Pc, &B, SV) &&
                       B.size() <= DuplicateLimit) {
                Changed = duplicateIntoPredecessors(&B);
            } else if (B.hasNPredecessorsOrMore(2) && B.phis().empty() && B.size() <= 6 &&
                       isa<PHINode>(Pc)) {
                Changed = duplicateIntoPredecessors(&B);
            }
            if (Changed)
                break;
        }
        if (!Changed)
            break;
        S->FAM.invalidate(F, PreservedAnalyses::none());
    }
}

} // namespace yk
