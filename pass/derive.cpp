// Deriving stencils: the steps in order, and the search for decisions.
//
// A handler often branches on a value that the bytecode alone determines: the type of a constant,
// whether an operand is a constant at all. Such a branch is decided when native code is made: the
// stencil is derived once for each outcome. The search is a recursion over the first such value
// that is left after simplification.
#include "derive.h"
#include "tier1.h"
#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/FunctionComparator.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

namespace yk {

namespace {
// Variants of one opcode; beyond it a decision is left to run time.
constexpr unsigned VariantLimit = 40;

class Derivation {
    Derived &Out;
    Interpreter &In;
    Optimiser &Opt;
    const DataLayout &DL;
    unsigned ColdCounter = 0;
    unsigned Variants = 0;

    struct Question {
        Value *V = nullptr;
        ConstantInt *Equal = nullptr;
        ConstantInt *Other = nullptr; // if there are two possible values only
    };
    Question nextQuestion(Function &F);
    static void assume(Value *V, ConstantInt *C);
    std::unique_ptr<Decision> finish(Function *F);

  public:
    Derivation(Derived &Out, Interpreter &In, Optimiser &Opt)
        : Out(Out), In(In), Opt(Opt), DL(In.F->getParent()->getDataLayout()) {}
    std::unique_ptr<Decision> derive(Function *F, bool Inlined);
    void resetVariants() {
        Variants = 0;
    }
};
} // namespace

Derivation::Question Derivation::nextQuestion(Function &F) {
    StaticValues SV;
    auto TwoValued = [&](Value *V) -> Question {
        auto *T = dyn_cast<IntegerType>(V->getType());
        if (!T || !SV.isHole(V))
            return {};
        KnownBits K = computeKnownBits(V, DL);
        if (K.getBitWidth() - (K.Zero | K.One).popcount() != 1)
            return {};
        return {V, ConstantInt::get(F.getContext(), K.getMaxValue()),
                ConstantInt::get(F.getContext(), K.getMinValue())};
    };
    for (BasicBlock &B : F) {
        for (Instruction &I : B) {
            if (SV.isStatic(&I))
                continue;
            if (auto *S = dyn_cast<SelectInst>(&I);
                S && SV.isHole(S->getCondition()) && S->getCondition()->getType()->isIntegerTy(1))
                return TwoValued(S->getCondition());
            // A flag of the instruction that turns a dynamic condition around.
            if (isa<ICmpInst>(I) || I.getOpcode() == Instruction::Xor)
                for (Value *Op : I.operands())
                    if (Question Q = TwoValued(Op); Q.V)
                        return Q;
        }
        Instruction *T = B.getTerminator();
        if (auto *Br = dyn_cast<BranchInst>(T);
            Br && Br->isConditional() && SV.isHole(Br->getCondition()))
            return TwoValued(Br->getCondition());
        if (auto *SW = dyn_cast<SwitchInst>(T);
            SW && SV.isHole(SW->getCondition()) && SW->getNumCases() > 0)
            return {SW->getCondition(), SW->case_begin()->getCaseValue(), nullptr};
    }
    return {};
}

namespace {
/// A value that depends on one bit of another value only.
struct BitTest {
    Value *Root = nullptr;
    unsigned Bit = 0;
    bool operator==(const BitTest &O) const {
        return Root == O.Root && Bit == O.Bit;
    }
};
} // namespace

// Recognises masks, shifts, casts and comparisons of a single bit.
static BitTest bitTest(Value *V, const DataLayout &DL) {
    // From the value down to the first operand that has more than one unknown bit.
    auto Unknown = [&](Value *X) {
        KnownBits K = computeKnownBits(X, DL);
        return ~(K.Zero | K.One);
    };
    for (unsigned Depth = 0; Depth < 8; Depth++) {
        auto *I = dyn_cast<Instruction>(V);
        if (!I || I->getNumOperands() == 0)
            return {};
        Value *X = I->getOperand(0);
        if (!X->getType()->isIntegerTy())
            return {};
        bool Constant = I->getNumOperands() < 2 || isa<ConstantInt>(I->getOperand(1));
        if (!Constant)
            return {};
        APInt U = Unknown(X);
        if (U.popcount() == 1) {
            V = X;
            continue;
        }
        // I itself picks the bit.
        if (I->getOpcode() == Instruction::And) {
            APInt Mask = cast<ConstantInt>(I->getOperand(1))->getValue() & U;
            if (Mask.popcount() != 1)
                return {};
            unsigned Bit = Mask.countr_zero(), Shift = 0;
            if (auto *S = dyn_cast<Instruction>(X);
                S && S->getOpcode() == Instruction::LShr && isa<ConstantInt>(S->getOperand(1))) {
                Shift = cast<ConstantInt>(S->getOperand(1))->getZExtValue();
                X = S->getOperand(0);
            }
            return {X, Bit + Shift};
        }
        return {};
    }
    return {};
}

// The value of `V`, which depends on a bit of `Root` only, if that bit is set or not.
static ConstantInt *evaluate(Value *V, const BitTest &T, bool Set, const DataLayout &DL,
                             unsigned Depth = 0) {
    if (V == T.Root) {
        unsigned Bits = V->getType()->getIntegerBitWidth();
        return ConstantInt::get(V->getContext(),
                                Set ? APInt::getOneBitSet(Bits, T.Bit) : APInt::getZero(Bits));
    }
    if (auto *C = dyn_cast<ConstantInt>(V))
        return C;
    auto *I = dyn_cast<Instruction>(V);
    if (!I || Depth > 10)
        return nullptr;
    SmallVector<Constant *, 4> Ops;
    for (Value *Op : I->operands()) {
        ConstantInt *C = evaluate(Op, T, Set, DL, Depth + 1);
        if (!C)
            return nullptr;
        Ops.push_back(C);
    }
    Constant *R =
        isa<ICmpInst>(I)
            ? ConstantFoldCompareInstOperands(cast<ICmpInst>(I)->getPredicate(), Ops[0], Ops[1], DL)
            : ConstantFoldInstOperands(I, Ops, DL);
    return dyn_cast_or_null<ConstantInt>(R);
}

// A decision on one bit decides all other tests of the bit, however they are written.
static void assumeBit(Function &F, const BitTest &T, bool Set, const DataLayout &DL) {
    SmallVector<std::pair<Instruction *, ConstantInt *>, 8> Known;
    for (BasicBlock &B : F)
        for (Instruction &I : B)
            if (I.getType()->isIntegerTy() && bitTest(&I, DL) == T)
                if (ConstantInt *C = evaluate(&I, T, Set, DL))
                    Known.push_back({&I, C});
    for (auto &[I, C] : Known)
        I->replaceAllUsesWith(C);
}

// Replaces a static value by a constant, and what follows from it.
void Derivation::assume(Value *V, ConstantInt *C) {
    auto *I = cast<Instruction>(V);
    const DataLayout &DL = I->getModule()->getDataLayout();
    if (BitTest T = bitTest(V, DL); T.Root) {
        for (bool Set : {false, true})
            if (ConstantInt *R = evaluate(V, T, Set, DL); R && R == C) {
                assumeBit(*I->getFunction(), T, Set, DL);
                break;
            }
    }
    if (auto *Cmp = dyn_cast<ICmpInst>(I)) {
        bool Same = (Cmp->getPredicate() == CmpInst::ICMP_EQ && C->isOne()) ||
                    (Cmp->getPredicate() == CmpInst::ICMP_NE && C->isZero());
        auto *Constant = dyn_cast<ConstantInt>(Cmp->getOperand(1));
        if (auto *X = dyn_cast<Instruction>(Cmp->getOperand(0)); Same && Constant && X) {
            I->replaceAllUsesWith(C);
            X->replaceAllUsesWith(Constant);
            return;
        }
    }
    I->replaceAllUsesWith(C);
}

std::unique_ptr<Decision> Derivation::finish(Function *F) {
    auto Leaf = std::make_unique<Decision>();
    bool HasExit = any_of(*F, [](BasicBlock &B) { return exitCall(B) != nullptr; });
    bool ReturnsTwice = any_of(instructions(*F), [](Instruction &I) {
        auto *C = dyn_cast<CallBase>(&I);
        return C && C->hasFnAttr(Attribute::ReturnsTwice);
    });
    // The path is unreachable, or setjmp would remember a frame that native code leaves.
    if (!HasExit || ReturnsTwice) {
        F->eraseFromParent();
        return Leaf;
    }
    Opt.splitExits(*F);
    Opt.simplify(*F);
    Opt.splitExits(*F);
    auto Cold = Opt.coldBlocks(*F);
    splitCold(*F, Cold, In, ColdCounter);
    Stencil S;
    S.F = F;
    F->setName(Twine(StencilPrefix) + Twine(Out.Stencils.size()));
    F->setLinkage(GlobalValue::ExternalLinkage);
    F->addFnAttr("frame-pointer", "non-leaf");
    F->addFnAttr("no-jump-tables", "true");
    F->addFnAttr(Attribute::NoUnwind);
    F->removeFnAttr(Attribute::UWTable);
    if (!extractHoles(S) || verifyFunction(*F, &errs())) {
        F->deleteBody();
        return Leaf;
    }
    Leaf->Leaf = Out.Stencils.size();
    Out.Stencils.push_back(std::move(S));
    return Leaf;
}

std::unique_ptr<Decision> Derivation::derive(Function *F, bool Inlined) {
    Opt.simplify(*F);
    Question Q = nextQuestion(*F);
    if (!Q.V && !Inlined) {
        Opt.inlineHot(*F);
        Inlined = true;
        Q = nextQuestion(*F);
    }
    if (!Q.V || Variants >= VariantLimit)
        return finish(F);
    Variants++;
    auto D = std::make_unique<Decision>();
    uint16_t Tested = D->Test.add(Q.V, DL);
    // The program's last value must be the tested one.
    if (Tested + 1u != D->Test.Ops.size())
        D->Test.emit(YK_HOLE_OR, 64, Tested, Tested);
    if (D->Test.Ops.empty() || D->Test.overflowed())
        return finish(F);
    D->Value = Q.Equal->getZExtValue();
    ValueToValueMapTy Map;
    Function *Other = CloneFunction(F, Map);
    for (BasicBlock &B : *Other)
        if (CallInst *X = exitCall(B))
            makeUnique(X);
    Value *OtherV = Map[Q.V];
    assume(Q.V, Q.Equal);
    if (Q.Other)
        assume(OtherV, Q.Other);
    else {
        // A switch without its first case.
        for (User *U : OtherV->users())
            if (auto *SW = dyn_cast<SwitchInst>(U)) {
                auto Case = SW->findCaseValue(Q.Equal);
                if (Case != SW->case_default()) {
                    Case->getCaseSuccessor()->removePredecessor(SW->getParent());
                    SW->removeCase(Case);
                }
            }
    }
    D->Equal = derive(F, Inlined);
    D->Other = derive(Other, Inlined);
    return D;
}

// Finds the program for the opcode's number in the template's dispatch.
static bool findSelector(Function *Template, Optimiser &Opt, Interpreter &In, Derived &Out) {
    ValueToValueMapTy Map;
    Function *F = CloneFunction(Template, Map);
    SwitchInst *SW = dispatchOf(F);
    Module &M = *F->getParent();
    auto Sink =
        M.getOrInsertFunction("yk.sink", FunctionType::get(Type::getVoidTy(M.getContext()),
                                                           {SW->getCondition()->getType()}, false));
    IRBuilder<> B(SW);
    B.CreateCall(Sink, {SW->getCondition()});
    B.CreateRetVoid();
    for (BasicBlock *S : SmallVector<BasicBlock *>(successors(SW->getParent())))
        S->removePredecessor(SW->getParent(), true);
    SW->eraseFromParent();
    removeUnreachableBlocks(*F);
    Opt.simplify(*F);
    StaticValues SV;
    Value *Index = nullptr;
    Align Step(1);
    for (Instruction &I : F->getEntryBlock()) {
        if (auto *C = dyn_cast<CallInst>(&I); C && C->getCalledFunction() == Sink.getCallee())
            Index = C->getArgOperand(0);
        if (auto *L = dyn_cast<LoadInst>(&I);
            L && StaticValues::baseGreen(L->getPointerOperand()) == 0)
            Step = L->getAlign();
    }
    bool Ok = Index && SV.isHole(Index);
    if (Ok)
        Out.Selector.add(Index, M.getDataLayout());
    Out.PcStep = Step.value();
    F->eraseFromParent();
    if (!Ok)
        reportError(*In.F, In.Where,
                    "the value that the dispatch switches on does not depend on the "
                    "green variables alone");
    return Ok;
}

// Cold functions leave native code through the runtime's routines.
static void resolveColdExits(Function &F) {
    Module &M = *F.getParent();
    for (BasicBlock &B : F) {
        CallInst *X = exitCall(B);
        if (!X || !X->getCalledFunction())
            continue;
        StringRef Name = X->getCalledFunction()->getName();
        const char *Routine = Name.starts_with(ExitMerge)    ? "yk_native_lookup"
                              : Name.starts_with(ExitReturn) ? "yk_native_return"
                              : Name.starts_with(ExitBypass) ? "yk_native_bypass"
                                                             : nullptr;
        if (!Routine)
            continue;
        auto *R = cast<Function>(M.getOrInsertFunction(Routine, F.getFunctionType()).getCallee());
        R->setCallingConv(CallingConv::PreserveNone);
        R->setDSOLocal(true);
        R->setVisibility(GlobalValue::HiddenVisibility);
        X->setCalledFunction(R);
    }
}

// Stencils have many equal cold parts: keep one of each. Returns the number dropped.
static unsigned mergeEqualCold(Module &M) {
    std::map<std::string, Function *> Known;
    unsigned Dropped = 0;
    for (Function &F : make_early_inc_range(M)) {
        if (!F.getName().starts_with(ColdPrefix) || F.isDeclaration())
            continue;
        for (BasicBlock &B : F) {
            B.setName("");
            for (Instruction &I : B)
                if (!I.getType()->isVoidTy())
                    I.setName("");
        }
        for (Argument &A : F.args())
            A.setName("");
        std::string Text;
        raw_string_ostream OS(Text);
        std::string Name = F.getName().str();
        F.setName("yk.compared");
        F.print(OS);
        F.setName(Name);
        auto [It, New] = Known.try_emplace(Text, &F);
        if (!New) {
            F.replaceAllUsesWith(It->second);
            F.eraseFromParent();
            Dropped++;
        }
    }
    return Dropped;
}

void removeChecks(Module &M) {
    for (Function &F : M)
        for (BasicBlock &B : F) {
            auto *Br = dyn_cast<BranchInst>(B.getTerminator());
            if (!Br || !Br->isConditional())
                continue;
            for (unsigned I = 0; I < 2; I++)
                if (isSanitizerHandler(*Br->getSuccessor(I)) &&
                    !isSanitizerHandler(*Br->getSuccessor(1 - I))) {
                    BasicBlock *Good = Br->getSuccessor(1 - I);
                    Br->getSuccessor(I)->removePredecessor(&B, true);
                    BranchInst::Create(Good, Br->getIterator());
                    Br->eraseFromParent();
                    break;
                }
        }
    for (Function &F : M)
        if (!F.isDeclaration())
            removeUnreachableBlocks(F);
}

bool deriveStencils(Module &M, Derived &Out) {
    ValueToValueMapTy Clones;
    std::unique_ptr<Module> Copy = CloneModule(M, Clones);
    removeChecks(*Copy);
    removePromotions(*Copy);
    Interpreter In;
    if (!findInterpreter(*Copy, In) || !checkCopies(In))
        return false;
    StripDebugInfo(*Copy);
    Function *Template = buildTemplate(In, Clones);
    if (!Template)
        return false;
    Optimiser Opt;
    Opt.tidy(*Template); // what is left of counting sites, above all
    Opt.prepareHelpers(*Copy, Template);
    if (!dispatchOf(Template)) {
        reportError(*In.F, In.Where, "the dispatch has too few opcodes");
        return false;
    }
    if (!findSelector(Template, Opt, In, Out))
        return false;
    Derivation D(Out, In, Opt);
    SwitchInst *SW = dispatchOf(Template);
    for (auto &Case : SW->cases()) {
        uint64_t Opcode = Case.getCaseValue()->getZExtValue();
        if (Opcode > 0xffff) {
            reportError(*In.F, In.Where, "opcodes below 0 or above 65535 are not supported");
            return false;
        }
        if (Out.Roots.size() <= Opcode)
            Out.Roots.resize(Opcode + 1);
        D.resetVariants();
        Out.Roots[Opcode] = D.derive(cloneForOpcode(Template, Case.getCaseValue()), false);
    }
    Template->eraseFromParent();
    for (Function &F : *Copy)
        if (F.getName().starts_with(ColdPrefix) && !F.isDeclaration())
            resolveColdExits(F);
    Out.ColdMerged = mergeEqualCold(*Copy);
    for (Function &F : *Copy)
        Out.ColdKept += F.getName().starts_with(ColdPrefix);
    auto IsStencil = [](const GlobalValue *G) {
        return isa<Function>(G) && G->getName().starts_with(StencilPrefix);
    };
    auto IsCold = [](const GlobalValue *G) {
        return isa<Function>(G) && G->getName().starts_with(ColdPrefix);
    };
    ValueToValueMapTy StencilMap, ColdMap;
    Out.M = CloneModule(*Copy, StencilMap, IsStencil);
    Out.Cold = CloneModule(*Copy, ColdMap, IsCold);
    for (Stencil &S : Out.Stencils)
        S.F = cast<Function>(StencilMap[S.F]);
    return true;
}

} // namespace yk
