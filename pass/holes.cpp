// The last step on a stencil's IR: static values that dynamic instructions use become holes, exits
// with a static pc become jumps to targets.
//
// A hole is the address of an external symbol with a known range, so that LLVM uses it as an
// immediate or as a displacement and leaves a relocation. Only code generation runs after this:
// LLVM's optimiser would conclude from two symbols that their addresses differ. Pointers and other
// full-width values are loaded by an inline assembly instruction, which is opaque.
#include "derive.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

namespace yk {

namespace {
class HoleExtractor {
    Stencil &S;
    Function &F;
    Module &M;
    LLVMContext &C;
    const DataLayout &DL;
    StaticValues SV;
    DenseMap<uint32_t, GlobalVariable *> Symbols; // value and range class -> symbol
    DenseMap<uint16_t, Function *> Targets;

    GlobalVariable *symbol(uint16_t Value, HoleRange R);
    Function *target(uint16_t Value);
    Value *materialise(Value *V, IRBuilder<> &B);
    bool displacement(GetElementPtrInst *G);

  public:
    explicit HoleExtractor(Stencil &S)
        : S(S), F(*S.F), M(*F.getParent()), C(F.getContext()), DL(M.getDataLayout()) {}
    bool run();
};
} // namespace

GlobalVariable *HoleExtractor::symbol(uint16_t Value, HoleRange R) {
    GlobalVariable *&G = Symbols[uint32_t(Value) << 3 | uint32_t(R)];
    if (G)
        return G;
    std::string Name = (F.getName() + ".hole." + Twine(Value) + "." + Twine(unsigned(R))).str();
    G = new GlobalVariable(M, Type::getInt8Ty(C), false, GlobalValue::ExternalLinkage, nullptr,
                           Name);
    G->setDSOLocal(true);
    int64_t Low = 0, High = 0;
    switch (R) {
    case HoleRange::Full:
        Low = High = -1;
        break;
    case HoleRange::Signed32:
        Low = INT32_MIN;
        High = int64_t(INT32_MAX) + 1;
        break;
    case HoleRange::Unsigned32:
        High = int64_t(1) << 32;
        break;
    case HoleRange::Word:
        High = 1 << 16;
        break;
    case HoleRange::Byte:
        High = 128;
        break;
    }
    auto *I64 = Type::getInt64Ty(C);
    G->setMetadata(LLVMContext::MD_absolute_symbol,
                   MDNode::get(C, {ConstantAsMetadata::get(ConstantInt::get(I64, Low)),
                                   ConstantAsMetadata::get(ConstantInt::get(I64, High))}));
    S.Holes.push_back({Name, Value, R});
    return G;
}

Function *HoleExtractor::target(uint16_t Value) {
    Function *&T = Targets[Value];
    if (!T) {
        std::string Name = (F.getName() + ".target." + Twine(Value)).str();
        T = Function::Create(F.getFunctionType(), GlobalValue::ExternalLinkage, Name, M);
        T->setCallingConv(CallingConv::PreserveNone);
        T->setDSOLocal(true);
        S.Targets.push_back({Name, Value});
    }
    return T;
}

// An instruction sequence for a static value.
Value *HoleExtractor::materialise(Value *V, IRBuilder<> &B) {
    Type *T = V->getType();
    uint16_t Number = S.Values.add(V, DL);
    if (T->isPointerTy() || T->isFloatingPointTy()) {
        auto *I64 = B.getInt64Ty();
        auto *AsmType = FunctionType::get(I64, {PointerType::get(C, 0)}, false);
        InlineAsm *Load = InlineAsm::get(AsmType, "movabsq $1, $0", "=r,i", false);
        CallInst *Call = B.CreateCall(Load, {symbol(Number, HoleRange::Full)});
        Call->setMemoryEffects(MemoryEffects::none());
        Call->setDoesNotThrow();
        if (T->isPointerTy())
            return B.CreateIntToPtr(Call, T);
        return B.CreateBitCast(T->isFloatTy() ? B.CreateTrunc(Call, B.getInt32Ty()) : Call, T);
    }
    unsigned Bits = T->getIntegerBitWidth();
    HoleRange R = HoleRange::Full;
    KnownBits Known = computeKnownBits(V, DL);
    if (Bits <= 8)
        R = Known.getMaxValue().ult(128) || Bits < 8 ? HoleRange::Byte : HoleRange::Word;
    else if (Bits <= 16)
        R = HoleRange::Word;
    else if (Bits <= 32)
        R = Known.isNonNegative() && Known.getMaxValue().ult(INT32_MAX) ? HoleRange::Signed32
                                                                        : HoleRange::Unsigned32;
    else if (ComputeNumSignBits(V, DL) > 32)
        R = HoleRange::Signed32;
    if (R == HoleRange::Full) {
        auto *AsmType = FunctionType::get(B.getInt64Ty(), {PointerType::get(C, 0)}, false);
        InlineAsm *Load = InlineAsm::get(AsmType, "movabsq $1, $0", "=r,i", false);
        CallInst *Call = B.CreateCall(Load, {symbol(Number, HoleRange::Full)});
        Call->setMemoryEffects(MemoryEffects::none());
        Call->setDoesNotThrow();
        return Call;
    }
    Value *A = ConstantExpr::getPtrToInt(symbol(Number, R), B.getInt64Ty());
    return Bits < 64 ? B.CreateTrunc(A, T) : A;
}

// base[static index]: the scaled index becomes a displacement.
bool HoleExtractor::displacement(GetElementPtrInst *G) {
    if (SV.isStatic(G->getPointerOperand()) || G->getType()->isVectorTy())
        return false;
    MapVector<Value *, APInt> Variable;
    APInt Constant(64, 0);
    if (!cast<GEPOperator>(G)->collectOffset(DL, 64, Variable, Constant) || Variable.size() != 1)
        return false;
    auto [Index, Scale] = *Variable.begin();
    if (!SV.isHole(Index) || !Index->getType()->isIntegerTy())
        return false;
    // Small enough that the scaled value fits 31 bits?
    unsigned Bits = Index->getType()->getIntegerBitWidth();
    unsigned Used = Bits - ComputeNumSignBits(Index, DL) + 1;
    unsigned ScaleBits = Scale.getActiveBits();
    if (Scale.isNegative() || Used + ScaleBits > 31)
        return false;
    uint16_t Number = S.Values.add(Index, DL);
    if (Bits < 64)
        Number = S.Values.emit(YK_HOLE_SEXT, 64, Number, Bits);
    if (Scale != 1)
        Number =
            S.Values.emit(YK_HOLE_MUL, 64, Number, S.Values.constant(Scale.getZExtValue(), 64));
    IRBuilder<> B(G);
    Value *Offset = ConstantExpr::getPtrToInt(symbol(Number, HoleRange::Signed32), B.getInt64Ty());
    Value *P = B.CreateGEP(B.getInt8Ty(), G->getPointerOperand(), Offset);
    if (Constant != 0)
        P = B.CreateGEP(B.getInt8Ty(), P, B.getInt64(Constant.getSExtValue()));
    G->replaceAllUsesWith(P);
    G->eraseFromParent();
    return true;
}

static void eraseDead(Function &F) {
    for (bool Again = true; Again;) {
        Again = false;
        for (BasicBlock &B : F)
            for (Instruction &I : make_early_inc_range(B))
                if (isInstructionTriviallyDead(&I)) {
                    I.eraseFromParent();
                    Again = true;
                }
    }
}

bool HoleExtractor::run() {
    unsigned GreenCount = 0;
    while (M.getFunction((Twine(GreenPrefix) + Twine(GreenCount)).str()))
        GreenCount++;
    // Exits first: their greens need no code.
    for (BasicBlock &B : F) {
        CallInst *X = exitCall(B);
        if (!X || !X->getCalledFunction() ||
            !X->getCalledFunction()->getName().starts_with(ExitMerge))
            continue;
        Value *Pc = X->getArgOperand(YK_GREEN_SLOT);
        bool Static = SV.isStatic(Pc);
        for (unsigned G = 1; G < GreenCount; G++)
            Static &= greenNumber(X->getArgOperand(YK_GREEN_SLOT + G)) == int(G);
        if (!Static)
            continue;
        X->setCalledFunction(target(S.Values.add(Pc, DL)));
        for (unsigned G = 0; G < GreenCount; G++)
            X->setArgOperand(YK_GREEN_SLOT + G,
                             PoisonValue::get(X->getArgOperand(YK_GREEN_SLOT + G)->getType()));
    }
    SmallVector<CallInst *, 4> Continuations;
    for (BasicBlock &B : F)
        for (Instruction &I : B)
            if (auto *Call = dyn_cast<CallInst>(&I);
                Call && Call->getCalledFunction() &&
                Call->getCalledFunction()->getName() == "yk.continuation")
                Continuations.push_back(Call);
    for (CallInst *Call : Continuations) {
        Function *T = target(S.Values.add(Call->getArgOperand(0), DL));
        Call->replaceAllUsesWith(ConstantExpr::getPtrToInt(T, Call->getType()));
        Call->eraseFromParent();
    }
    eraseDead(F);
    SV = StaticValues();
    SmallVector<GetElementPtrInst *, 16> Addresses;
    for (BasicBlock &B : F)
        for (Instruction &I : B)
            if (auto *G = dyn_cast<GetElementPtrInst>(&I); G && !SV.isStatic(G))
                Addresses.push_back(G);
    for (GetElementPtrInst *G : Addresses)
        displacement(G);
    eraseDead(F);
    SV = StaticValues();

    // A static value that flows into a phi from a block with several ways on is computed on the
    // edge: it is mostly the pc that a cold path needs.
    SmallVector<std::pair<BasicBlock *, BasicBlock *>, 8> Edges;
    for (BasicBlock &B : F)
        for (PHINode &P : B.phis())
            for (unsigned K = 0; K < P.getNumIncomingValues(); K++)
                if (SV.isHole(P.getIncomingValue(K)) &&
                    P.getIncomingBlock(K)->getTerminator()->getNumSuccessors() > 1)
                    Edges.push_back({P.getIncomingBlock(K), &B});
    for (auto &[From, To] : Edges)
        if (is_contained(successors(From), To))
            SplitEdge(From, To);

    SmallVector<Use *, 32> Uses;
    for (BasicBlock &B : F)
        for (Instruction &I : B)
            if (!SV.isStatic(&I))
                for (Use &U : I.operands())
                    if (SV.isHole(U.get()))
                        Uses.push_back(&U);
    for (Use *U : Uses) {
        auto *I = cast<Instruction>(U->getUser());
        Instruction *At = I;
        if (auto *P = dyn_cast<PHINode>(I))
            At = P->getIncomingBlock(*U)->getTerminator();
        else if (auto *Call = dyn_cast<CallInst>(I); Call && Call->isMustTailCall())
            At = Call;
        IRBuilder<> B(At);
        Value *V = materialise(U->get(), B);
        if (auto *P = dyn_cast<PHINode>(I)) {
            // All entries for one predecessor must agree.
            BasicBlock *Pred = P->getIncomingBlock(*U);
            for (unsigned K = 0; K < P->getNumIncomingValues(); K++)
                if (P->getIncomingBlock(K) == Pred)
                    P->setIncomingValue(K, V);
        } else
            U->set(V);
    }
    eraseDead(F);
    return !S.Values.overflowed();
}

bool extractHoles(Stencil &S) {
    return HoleExtractor(S).run();
}

} // namespace yk
