// The canonical form: the copy of the module from which tier 1's view of the program is made.
//
//   1. copy the module; the dispatch loop's function becomes its body (template.cpp)
//   2. rewrite what needs locals in memory: lifetimes, copies, calls (rewrite.cpp)
//   3. inline what must be, and helpers of a few instructions; promote locals to registers;
//   simplify,
//      but never hoist, sink or speculate: each path through a function stays what its author wrote
//   4. note the field that each load and store accesses (access_classes.cpp; it begins before 3)
//   5. choose the functions that tier 1 can express (eligible.cpp)
//   6. split their blocks where execution may resume (split.cpp)
//
// Nothing may change the module between 6 and the making of clones and image: they agree on blocks
// and live values by looking at the same module.
#include "canonical.h"
#include "access_classes.h"
#include "derive.h"
#include "llvm/Analysis/AliasAnalysis.h"
#include "llvm/Analysis/BasicAliasAnalysis.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/IPO/AlwaysInliner.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LowerConstantIntrinsics.h"
#include "llvm/Transforms/Scalar/LowerExpectIntrinsic.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

namespace yk {

// Helpers of up to so many instructions, without branches and calls, are inlined always.
static constexpr unsigned HelperLimit = 8;

namespace {
/// What the program's author has said of a function.
struct Annotations {
    bool Idempotent = false, Outline = false, Unroll = false, Rare = false;
};

class Simplifier {
    LoopAnalysisManager LAM;
    FunctionAnalysisManager FAM;
    CGSCCAnalysisManager CGAM;
    ModuleAnalysisManager MAM;
    PassBuilder PB;
    FunctionPassManager Promote;

    static SimplifyCFGPass cfg() {
        return SimplifyCFGPass(SimplifyCFGOptions()
                                   .bonusInstThreshold(0)
                                   .forwardSwitchCondToPhi(false)
                                   .convertSwitchRangeToICmp(true)
                                   .convertSwitchToLookupTable(false)
                                   .needCanonicalLoops(false)
                                   .hoistCommonInsts(false)
                                   .sinkCommonInsts(false)
                                   .speculateBlocks(false));
    }

  public:
    Simplifier() {
        // Not the type-based one: see access_classes.cpp.
        FAM.registerPass([] {
            AAManager AA;
            AA.registerFunctionAnalysis<BasicAA>();
            return AA;
        });
        PB.registerModuleAnalyses(MAM);
        PB.registerCGSCCAnalyses(CGAM);
        PB.registerFunctionAnalyses(FAM);
        PB.registerLoopAnalyses(LAM);
        PB.crossRegisterProxies(LAM, FAM, CGAM, MAM);
        Promote.addPass(LowerExpectIntrinsicPass());
        Promote.addPass(LowerConstantIntrinsicsPass());
        Promote.addPass(cfg());
        Promote.addPass(SROAPass(SROAOptions::PreserveCFG));
        Promote.addPass(EarlyCSEPass(true));
        Promote.addPass(cfg());
        Promote.addPass(EarlyCSEPass(true));
        Promote.addPass(ADCEPass());
        Promote.addPass(cfg());
    }
    void inlineAlways(Module &M) {
        AlwaysInlinerPass(/*InsertLifetime=*/false).run(M, MAM);
        MAM.invalidate(M, PreservedAnalyses::none());
    }
    void simplify(Function &F) {
        FAM.invalidate(F, PreservedAnalyses::none());
        Promote.run(F, FAM);
        FAM.invalidate(F, PreservedAnalyses::none());
    }
};

class Canonicaliser {
    Module &M;
    Tier1Module &T;
    Simplifier S;
    DenseMap<const Function *, Annotations> Said;

    void readAnnotations();
    bool isHelper(const Function &F) const;
    bool inlineHelpers(Function &F);
    void choose(Function *Body);

  public:
    Canonicaliser(Module &M, Tier1Module &T) : M(M), T(T) {}
    void run(Function *Body);
};
} // namespace

void Canonicaliser::readAnnotations() {
    GlobalVariable *List = M.getGlobalVariable("llvm.global.annotations");
    auto *All =
        List && List->hasInitializer() ? dyn_cast<ConstantArray>(List->getInitializer()) : nullptr;
    if (!All)
        return;
    for (const Use &U : All->operands()) {
        auto *Entry = dyn_cast<ConstantStruct>(U.get());
        if (!Entry || Entry->getNumOperands() < 2)
            continue;
        auto *F = dyn_cast<Function>(Entry->getOperand(0)->stripPointerCasts());
        auto *G = dyn_cast<GlobalVariable>(Entry->getOperand(1)->stripPointerCasts());
        auto *Text =
            G && G->hasInitializer() ? dyn_cast<ConstantDataArray>(G->getInitializer()) : nullptr;
        if (!F || !Text || !Text->isCString())
            continue;
        StringRef Name = Text->getAsCString();
        Said[F].Idempotent |= Name == "yk_idempotent";
        Said[F].Outline |= Name == "yk_outline";
        Said[F].Unroll |= Name == "yk_unroll";
        Said[F].Rare |= Name == "yk_rare";
    }
}

bool Canonicaliser::isHelper(const Function &F) const {
    auto It = Said.find(&F);
    if (F.isDeclaration() || F.size() != 1 || F.isVarArg() || F.isInterposable() ||
        F.getEntryBlock().size() > HelperLimit + 1 || !isa<ReturnInst>(F.front().getTerminator()) ||
        F.hasFnAttribute(Attribute::NoInline) || It != Said.end())
        return false;
    return none_of(F.getEntryBlock(), [](const Instruction &I) {
        return isa<CallBase, AllocaInst>(I) && !isa<IntrinsicInst>(I);
    });
}

bool Canonicaliser::inlineHelpers(Function &F) {
    SmallVector<CallInst *, 16> Sites;
    for (Instruction &I : instructions(F))
        if (auto *C = dyn_cast<CallInst>(&I);
            C && C->getCalledFunction() && C->getCalledFunction() != &F && !C->isMustTailCall() &&
            isHelper(*C->getCalledFunction()))
            Sites.push_back(C);
    bool Any = false;
    for (CallInst *C : Sites) {
        InlineFunctionInfo Info;
        Any |= InlineFunction(*C, Info, false, nullptr, /*InsertLifetime=*/false).isSuccess();
    }
    return Any;
}

// Fills T.Functions.
void Canonicaliser::choose(Function *Body) {
    for (Function &F : M) {
        if (F.isDeclaration() || F.hasAvailableExternallyLinkage())
            continue;
        T.Number[&F] = T.Functions.size();
        T.Functions.emplace_back();
        Tier1Function &TF = T.Functions.back();
        TF.F = &F;
        TF.Number = T.Functions.size() - 1;
        TF.Body = &F == Body;
        TF.Name = TF.Symbol = F.getName().str();
        if (TF.Body) {
            T.Body = TF.Number;
            TF.Symbol = T.Loop->getName().str();
        }
        Annotations A = Said.lookup(&F);
        TF.Idempotent = A.Idempotent;
        TF.Unroll = A.Unroll;
        TF.Rare = A.Rare;
        TF.HasLoop = hasCycle(F);
        TF.Why = whyNotExpressible(F, TF.Body);
        TF.Eligible = TF.Why.empty();
        // Loops have a limit when they are recorded.
        TF.Outlined = !TF.Body && (!TF.Eligible || A.Outline);
        if (TF.Eligible && TF.Outlined)
            TF.Why = "YK_OUTLINE";
    }
}

void Canonicaliser::run(Function *Body) {
    readAnnotations();
    SmallVector<Function *, 0> All;
    for (Function &F : M)
        if (!F.isDeclaration())
            All.push_back(&F);
    for (Function *F : All) {
        for (Attribute::AttrKind K : {Attribute::SanitizeAddress, Attribute::SanitizeThread,
                                      Attribute::SanitizeMemory, Attribute::OptimizeNone})
            F->removeFnAttr(K);
        startLifetimes(*F);
        splitCopies(*F);
        T.Classes->mark(*F);
        wrapCalls(M, *F);
    }
    S.inlineAlways(M);
    erase_if(All, [](Function *F) { return F->isDeclaration(); });
    for (Function *F : All) {
        startLifetimes(*F);
        S.simplify(*F);
    }
    // Helpers of helpers, too.
    for (unsigned Round = 0; Round < 3; Round++)
        for (Function *F : All)
            if (inlineHelpers(*F))
                S.simplify(*F);
    for (Function *F : All) {
        lowerIntrinsics(*F);
        shiftDivisions(*F);
        T.Classes->attach(*F);
        expandConstants(*F);
        splitEithers(*F);
    }
    T.Classes->finish(*T.Memory);
    choose(Body);
    for (Tier1Function &TF : T.Functions)
        if (TF.hasClones()) {
            splitBlocks(T, TF);
            rematerialise(*TF.F);
        }
}

// The body takes the greens as what they are: values.
static void passGreens(Module &M, Function &Body, unsigned Count) {
    for (unsigned I = 0; I < Count; I++) {
        Function *G = M.getFunction((Twine(GreenPrefix) + Twine(I)).str());
        if (!G)
            continue;
        for (User *U : make_early_inc_range(G->users())) {
            auto *C = cast<CallInst>(U);
            C->replaceAllUsesWith(Body.getArg(YK_GREEN_SLOT + I));
            C->eraseFromParent();
        }
        G->eraseFromParent();
    }
}

bool makeCanonical(Module &M, Tier1Module &T) {
    ValueToValueMapTy Clones;
    T.M = CloneModule(M, Clones);
    Module &Copy = *T.M;
    removeChecks(Copy);
    markFresh(Copy);
    Interpreter In;
    if (!findInterpreter(Copy, In) || !checkCopies(In))
        return false;
    T.Memory = std::make_shared<Regions>(Copy);
    if (!T.Memory->error().empty()) {
        reportError(*In.F, In.Where, T.Memory->error());
        return false;
    }
    for (auto [Slot, A] : enumerate(In.slots(true)))
        T.SlotRegions.push_back(A ? T.Memory->of(variableName(A)) : 0);
    T.Classes = std::make_shared<AccessClasses>(Copy);
    StripDebugInfo(Copy);
    T.Loop = In.F;
    T.GreenCount = In.Greens.size();
    Function *Body = buildTemplate(In, Clones);
    if (!Body)
        return false;
    T.Loop->deleteBody();
    Body->setName(T.Loop->getName() + ".body");
    Body->setLinkage(GlobalValue::ExternalLinkage);
    Body->setVisibility(GlobalValue::HiddenVisibility);
    passGreens(Copy, *Body, T.GreenCount);
    Canonicaliser(Copy, T).run(Body);
    for (Tier1Function &TF : T.Functions)
        if (TF.hasClones() && verifyFunction(*TF.F, &errs())) {
            reportError(*T.Loop, In.Where,
                        "internal error: the canonical form of " + TF.Symbol +
                            " is not well formed");
            return false;
        }
    return true;
}

} // namespace yk
