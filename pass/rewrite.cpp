// Rewriting what the ahead-of-time form does not have into what it has.
//
// The steps work on one function each and in the order of their declaration in canonical.h: the
// first ones before locals are promoted, expandConstants and splitEithers last.
#include "access_classes.h"
#include "canonical.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace yk {

// Copies of up to so many bytes become loads and stores; of larger locals no undefined value is
// stored (it would be taken apart element by element).
static constexpr uint64_t CopyLimit = 64;

void startLifetimes(Function &F) {
    const DataLayout &DL = F.getParent()->getDataLayout();
    for (Instruction &I : make_early_inc_range(instructions(F))) {
        auto *II = dyn_cast<IntrinsicInst>(&I);
        if (!II || !II->isLifetimeStartOrEnd())
            continue;
        auto *A = dyn_cast<AllocaInst>(II->getArgOperand(1));
        if (A && II->getIntrinsicID() == Intrinsic::lifetime_start && A->isStaticAlloca() &&
            !A->isArrayAllocation() &&
            DL.getTypeAllocSize(A->getAllocatedType()).getFixedValue() <= CopyLimit)
            new StoreInst(UndefValue::get(A->getAllocatedType()), A, II->getIterator());
        II->eraseFromParent();
    }
}

// ---- Copies ----

namespace {
/// A piece of a copy: its place, as indices of GEPs from the start, and its size.
struct Piece {
    StructType *Record = nullptr; // null: a byte offset
    SmallVector<unsigned, 4> Path;
    uint64_t Offset = 0, Size = 0;
};
} // namespace

static void bytePieces(uint64_t Offset, uint64_t Size, SmallVectorImpl<Piece> &Out) {
    for (uint64_t Step = 8; Size; Step /= 2)
        for (; Size >= Step; Size -= Step, Offset += Step) {
            Out.push_back({nullptr, {}, Offset, Step});
        }
}

// The members of a struct; false if there are too many of them. Its padding has no value.
static bool memberPieces(StructType *Outer, StructType *S, SmallVectorImpl<unsigned> &Path,
                         uint64_t At, const DataLayout &DL, SmallVectorImpl<Piece> &Out) {
    const StructLayout *L = DL.getStructLayout(S);
    for (unsigned I = 0; I < S->getNumElements(); I++) {
        Type *E = S->getElementType(I);
        uint64_t Offset = At + L->getElementOffset(I).getFixedValue();
        uint64_t Size = DL.getTypeAllocSize(E).getFixedValue();
        Path.push_back(I);
        auto *Inner = dyn_cast<StructType>(E);
        bool Union = Inner && (!Inner->hasName() || Inner->getName().starts_with("union."));
        if (Inner && !Union) {
            if (!memberPieces(Outer, Inner, Path, Offset, DL, Out))
                return false;
        } else if (Size == 1 || Size == 2 || Size == 4 || Size == 8)
            Out.push_back({Outer, {Path.begin(), Path.end()}, Offset, Size});
        else
            bytePieces(Offset, Size, Out);
        Path.pop_back();
        if (Out.size() > CopyLimit / 4)
            return false;
    }
    return true;
}

static void splitCopy(MemTransferInst *Copy, uint64_t Size, const DataLayout &DL) {
    Value *From = Copy->getRawSource(), *To = Copy->getRawDest();
    bool Typed =
        Copy->hasMetadata(LLVMContext::MD_tbaa_struct) || Copy->hasMetadata(LLVMContext::MD_tbaa);
    StructType *S = AccessClasses::pointee(To);
    if (!S || DL.getTypeAllocSize(S).getFixedValue() != Size)
        S = AccessClasses::pointee(From);
    SmallVector<Piece, 8> Pieces;
    SmallVector<unsigned, 4> Path;
    bool Union = S && (!S->hasName() || S->getName().starts_with("union."));
    if (!S || Union || !Typed || DL.getTypeAllocSize(S).getFixedValue() != Size ||
        !memberPieces(S, S, Path, 0, DL, Pieces)) {
        Pieces.clear();
        bytePieces(0, Size, Pieces);
    }
    IRBuilder<> B(Copy);
    auto Address = [&](Value *Base, const Piece &P) {
        if (!P.Record)
            return P.Offset ? B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), Base, P.Offset) : Base;
        SmallVector<Value *, 4> Indices{B.getInt32(0)};
        for (unsigned I : P.Path)
            Indices.push_back(B.getInt32(I));
        return B.CreateInBoundsGEP(P.Record, Base, Indices);
    };
    MDNode *Type = nullptr; // of the loads and stores: any, as of members of a union
    if (Typed) {
        MDBuilder MB(Copy->getContext());
        Type = MB.createTBAAScalarTypeNode("yk.copy", MB.createTBAARoot("yk.root"));
        Type = MB.createTBAAStructTagNode(Type, Type, 0);
    }
    auto Mark = [&](Instruction *I) { I->setMetadata(LLVMContext::MD_tbaa, Type); };
    SmallVector<Value *, 8> Values;
    for (const Piece &P : Pieces) {
        auto *L =
            B.CreateAlignedLoad(B.getIntNTy(8 * P.Size), Address(From, P),
                                commonAlignment(Copy->getSourceAlign().valueOrOne(), P.Offset));
        Mark(L);
        Values.push_back(L);
    }
    for (auto [P, V] : zip(Pieces, Values))
        Mark(B.CreateAlignedStore(V, Address(To, P),
                                  commonAlignment(Copy->getDestAlign().valueOrOne(), P.Offset)));
    Copy->eraseFromParent();
}

void splitCopies(Function &F) {
    const DataLayout &DL = F.getParent()->getDataLayout();
    SmallVector<MemTransferInst *, 16> Copies;
    for (Instruction &I : instructions(F))
        if (auto *C = dyn_cast<MemTransferInst>(&I); C && !C->isVolatile())
            Copies.push_back(C);
    for (MemTransferInst *C : Copies)
        if (auto *Size = dyn_cast<ConstantInt>(C->getLength());
            Size && Size->getZExtValue() <= CopyLimit)
            splitCopy(C, Size->getZExtValue(), DL);
}

// ---- Intrinsics ----

// The number of zero bits above (or below) the highest (lowest) set bit.
static Value *countZeros(IRBuilder<> &B, Value *V, bool Leading) {
    unsigned Bits = V->getType()->getIntegerBitWidth();
    if (Leading) {
        for (unsigned Shift = 1; Shift < Bits; Shift *= 2)
            V = B.CreateOr(V, B.CreateLShr(V, Shift));
        V = B.CreateNot(V);
    } else {
        V = B.CreateAnd(B.CreateNot(V), B.CreateSub(V, ConstantInt::get(V->getType(), 1)));
    }
    return B.CreateUnaryIntrinsic(Intrinsic::ctpop, V);
}

static Value *funnelShift(IRBuilder<> &B, const IntrinsicInst &I, bool Left) {
    Value *High = I.getArgOperand(0), *Low = I.getArgOperand(1), *Amount = I.getArgOperand(2);
    Type *T = I.getType();
    unsigned Bits = T->getIntegerBitWidth();
    if (!isPowerOf2_32(Bits))
        return nullptr;
    Amount = B.CreateAnd(Amount, ConstantInt::get(T, Bits - 1));
    Value *Rest = B.CreateSub(ConstantInt::get(T, Bits - 1), Amount);
    Value *One = ConstantInt::get(T, 1);
    return Left ? B.CreateOr(B.CreateShl(High, Amount), B.CreateLShr(B.CreateLShr(Low, One), Rest))
                : B.CreateOr(B.CreateShl(B.CreateShl(High, One), Rest), B.CreateLShr(Low, Amount));
}

// Result and overflow of an addition, subtraction or multiplication.
static bool lowerOverflow(WithOverflowInst *I) {
    Value *X = I->getLHS(), *Y = I->getRHS();
    Instruction::BinaryOps Op = I->getBinaryOp();
    bool Signed = I->isSigned(), NeedsBit = false;
    for (User *U : I->users()) {
        auto *E = dyn_cast<ExtractValueInst>(U);
        if (!E)
            return false;
        NeedsBit |= E->getIndices()[0] == 1 && !E->use_empty();
    }
    Type *T = X->getType();
    unsigned Bits = T->getIntegerBitWidth();
    if (NeedsBit && Op == Instruction::Mul && (Bits > 32 || !isPowerOf2_32(Bits)))
        return false;
    IRBuilder<> B(I);
    Value *R = B.CreateBinOp(Op, X, Y), *Bit = B.getFalse();
    Value *Zero = ConstantInt::get(T, 0);
    if (NeedsBit && Op == Instruction::Mul) {
        Type *Wide = B.getInt64Ty();
        auto Extend = [&](Value *V) {
            return Signed ? B.CreateSExt(V, Wide) : B.CreateZExt(V, Wide);
        };
        Bit = B.CreateICmpNE(B.CreateMul(Extend(X), Extend(Y)), Extend(R));
    } else if (NeedsBit && !Signed) {
        Bit = Op == Instruction::Add ? B.CreateICmpULT(R, X) : B.CreateICmpULT(X, Y);
    } else if (NeedsBit) {
        // Overflow if both operands' signs (of the subtrahend: the opposite) differ from the
        // result's.
        Value *Second = Op == Instruction::Add ? B.CreateXor(R, Y) : B.CreateXor(X, Y);
        Bit = B.CreateICmpSLT(B.CreateAnd(B.CreateXor(R, X), Second), Zero);
    }
    for (User *U : make_early_inc_range(I->users())) {
        auto *E = cast<ExtractValueInst>(U);
        E->replaceAllUsesWith(E->getIndices()[0] == 0 ? R : Bit);
        E->eraseFromParent();
    }
    I->eraseFromParent();
    return true;
}

// What is computed instead; null: nothing.
static Value *lowered(IntrinsicInst &I) {
    IRBuilder<> B(&I);
    bool Scalar = isExpressible(I.getType());
    switch (I.getIntrinsicID()) {
    case Intrinsic::ctlz:
    case Intrinsic::cttz:
        return Scalar ? countZeros(B, I.getArgOperand(0), I.getIntrinsicID() == Intrinsic::ctlz)
                      : nullptr;
    case Intrinsic::fshl:
    case Intrinsic::fshr:
        return Scalar ? funnelShift(B, I, I.getIntrinsicID() == Intrinsic::fshl) : nullptr;
    case Intrinsic::abs: {
        Value *X = I.getArgOperand(0);
        return B.CreateSelect(B.CreateICmpSLT(X, ConstantInt::get(X->getType(), 0)), B.CreateNeg(X),
                              X);
    }
    case Intrinsic::fmuladd:
        return B.CreateFAdd(B.CreateFMul(I.getArgOperand(0), I.getArgOperand(1)),
                            I.getArgOperand(2));
    case Intrinsic::expect:
    case Intrinsic::expect_with_probability:
    case Intrinsic::annotation:
    case Intrinsic::ptr_annotation:
    case Intrinsic::launder_invariant_group:
    case Intrinsic::strip_invariant_group:
        return I.getArgOperand(0);
    default:
        return nullptr;
    }
}

static bool isRemoved(const IntrinsicInst &I) {
    switch (I.getIntrinsicID()) {
    case Intrinsic::assume:
    case Intrinsic::donothing:
    case Intrinsic::experimental_noalias_scope_decl:
    case Intrinsic::invariant_end:
    case Intrinsic::prefetch:
    case Intrinsic::sideeffect:
    case Intrinsic::var_annotation:
        return true;
    case Intrinsic::invariant_start:
        return I.use_empty();
    default:
        return isa<DbgInfoIntrinsic>(I) || I.isLifetimeStartOrEnd();
    }
}

void lowerIntrinsics(Function &F) {
    SmallVector<IntrinsicInst *, 16> All;
    for (Instruction &I : instructions(F))
        if (auto *II = dyn_cast<IntrinsicInst>(&I))
            All.push_back(II);
    // The ends of invariants refer to their starts.
    for (IntrinsicInst *I : reverse(All)) {
        if (isRemoved(*I)) {
            I->eraseFromParent();
        } else if (auto *O = dyn_cast<WithOverflowInst>(I)) {
            lowerOverflow(O);
        } else if (Value *V = lowered(*I)) {
            I->replaceAllUsesWith(V);
            I->eraseFromParent();
        }
    }
}

// clang marks divisions that leave no remainder, such as those that make a distance between
// pointers a number of elements.
void shiftDivisions(Function &F) {
    for (Instruction &I : make_early_inc_range(instructions(F))) {
        const APInt *By;
        bool Signed = I.getOpcode() == Instruction::SDiv;
        if ((!Signed && I.getOpcode() != Instruction::UDiv) || !I.isExact() ||
            !match(I.getOperand(1), m_APInt(By)) || !By->isPowerOf2() ||
            (Signed && By->isNegative()))
            continue;
        auto *Shift = BinaryOperator::Create(
            Signed ? Instruction::AShr : Instruction::LShr, I.getOperand(0),
            ConstantInt::get(I.getType(), By->logBase2()), "", I.getIterator());
        I.replaceAllUsesWith(Shift);
        I.eraseFromParent();
    }
}

// ---- Calls ----

// Stores of whole structs, as of what a call returns, become stores of their members.
static void splitStructStores(Function &F) {
    for (Instruction &I : make_early_inc_range(instructions(F))) {
        auto *S = dyn_cast<StoreInst>(&I);
        auto *T = S ? dyn_cast<StructType>(S->getValueOperand()->getType()) : nullptr;
        if (!T || S->isVolatile() || S->isAtomic())
            continue;
        IRBuilder<> B(S);
        const StructLayout *L = F.getParent()->getDataLayout().getStructLayout(T);
        for (unsigned K = 0; K < T->getNumElements(); K++)
            B.CreateAlignedStore(
                B.CreateExtractValue(S->getValueOperand(), K),
                B.CreateStructGEP(T, S->getPointerOperand(), K),
                commonAlignment(S->getAlign(), L->getElementOffset(K).getFixedValue()));
        S->eraseFromParent();
    }
}

static bool needsWrapper(const CallInst &C) {
    if (C.isInlineAsm() || isa<IntrinsicInst>(C) || C.isMustTailCall() ||
        C.hasFnAttr(Attribute::ReturnsTwice) || C.hasOperandBundles())
        return false;
    if (isa<Function>(C.getCalledOperand()) && !C.getCalledFunction())
        return true; // by another type than the function has
    if (auto *T = dyn_cast<StructType>(C.getType()))
        return all_of(T->elements(), isExpressible) && all_of(C.users(), [](const User *U) {
                   auto *E = dyn_cast<ExtractValueInst>(U);
                   return E && E->getNumIndices() == 1;
               });
    if (C.getCallingConv() != CallingConv::C || signedArguments(C) < 0)
        return true;
    for (unsigned I = 0; I < C.arg_size(); I++)
        if (C.isByValArgument(I))
            return true;
    return false;
}

// A function that makes the call: where the result goes if it is a struct, the callee if it is not
// known, the arguments.
static Function *makeWrapper(Module &M, const CallInst &C) {
    LLVMContext &Context = M.getContext();
    Type *Ptr = PointerType::get(Context, 0), *Result = C.getType();
    bool Struct = Result->isStructTy();
    const Function *Callee = C.getCalledFunction();
    SmallVector<Type *, 8> Types;
    if (Struct)
        Types.push_back(Ptr);
    if (!Callee)
        Types.push_back(Ptr);
    for (const Use &A : C.args())
        Types.push_back(A->getType());
    auto *FT = FunctionType::get(Struct ? Type::getVoidTy(Context) : Result, Types, false);
    unsigned N = 0;
    std::string Name;
    do
        Name = (Twine(CallPrefix) + (Callee ? Callee->getName() : "indirect") + "." + Twine(N++))
                   .str();
    while (M.getNamedValue(Name));
    Function *W = Function::Create(FT, GlobalValue::ExternalLinkage, Name, M);
    W->setVisibility(GlobalValue::HiddenVisibility);
    W->setDSOLocal(true);
    W->setDoesNotThrow();
    W->addFnAttr(Attribute::NoInline);
    W->addFnAttr("frame-pointer", "all");
    for (Attribute A : C.getFunction()->getAttributes().getFnAttrs())
        if (A.isStringAttribute() && A.getKindAsString().starts_with("target-"))
            W->addFnAttr(A);
    IRBuilder<> B(BasicBlock::Create(Context, "", W));
    SmallVector<Value *, 8> Args;
    for (Argument &A : drop_begin(W->args(), Types.size() - C.arg_size()))
        Args.push_back(&A);
    CallInst *Inner =
        B.CreateCall(C.getFunctionType(),
                     Callee ? C.getCalledOperand() : static_cast<Value *>(W->getArg(Struct)), Args);
    Inner->setCallingConv(C.getCallingConv());
    Inner->setAttributes(C.getAttributes());
    if (Struct)
        B.CreateStore(Inner, W->getArg(0));
    if (C.doesNotReturn()) {
        W->setDoesNotReturn();
        B.CreateUnreachable();
    } else if (Struct || Result->isVoidTy())
        B.CreateRetVoid();
    else
        B.CreateRet(Inner);
    return W;
}

void wrapCalls(Module &M, Function &F) {
    splitStructStores(F);
    SmallVector<CallInst *, 8> Calls;
    for (Instruction &I : instructions(F))
        if (auto *C = dyn_cast<CallInst>(&I); C && needsWrapper(*C))
            Calls.push_back(C);
    for (CallInst *C : Calls) {
        Function *W = makeWrapper(M, *C);
        IRBuilder<> B(C);
        SmallVector<Value *, 8> Args;
        AllocaInst *Buffer = nullptr;
        if (C->getType()->isStructTy()) {
            Buffer = new AllocaInst(C->getType(), 0, "", F.getEntryBlock().begin());
            Args.push_back(Buffer);
        }
        if (!C->getCalledFunction())
            Args.push_back(C->getCalledOperand());
        Args.append(C->arg_begin(), C->arg_end());
        CallInst *New = B.CreateCall(W, Args);
        if (C->doesNotReturn())
            New->setDoesNotReturn();
        if (!Buffer) {
            C->replaceAllUsesWith(New);
        } else {
            auto *T = cast<StructType>(C->getType());
            for (User *U : make_early_inc_range(C->users())) {
                auto *E = cast<ExtractValueInst>(U);
                unsigned K = E->getIndices()[0];
                E->replaceAllUsesWith(B.CreateLoad(E->getType(), B.CreateStructGEP(T, Buffer, K)));
                E->eraseFromParent();
            }
        }
        C->eraseFromParent();
    }
}

// ---- The last step ----

static void expandOperands(Instruction &I) {
    auto *P = dyn_cast<PHINode>(&I);
    SmallDenseMap<BasicBlock *, DenseMap<Constant *, Instruction *>> Done; // equal for one block
    for (Use &U : I.operands()) {
        auto *C = dyn_cast<ConstantExpr>(U.get());
        if (!C)
            continue;
        if (!P) {
            Instruction *New = C->getAsInstruction();
            New->insertBefore(&I);
            U.set(New);
            expandOperands(*New);
            continue;
        }
        BasicBlock *From = P->getIncomingBlock(U);
        Instruction *&New = Done[From][C];
        if (!New) {
            New = C->getAsInstruction();
            New->insertBefore(From->getTerminator());
            expandOperands(*New);
        }
        U.set(New);
    }
}

void expandConstants(Function &F) {
    SmallVector<Instruction *, 64> All;
    for (Instruction &I : instructions(F))
        All.push_back(&I);
    for (Instruction *I : All) {
        if (auto *S = dyn_cast<StoreInst>(I);
            S && isa<UndefValue>(S->getValueOperand()) && !S->isVolatile()) {
            S->eraseFromParent();
            continue;
        }
        expandOperands(*I);
    }
    for (Instruction &I : make_early_inc_range(instructions(F)))
        if (auto *G = dyn_cast<GetElementPtrInst>(&I);
            G && G->hasAllZeroIndices() && G->getType() == G->getPointerOperand()->getType()) {
            G->replaceAllUsesWith(G->getPointerOperand());
            G->eraseFromParent();
        }
}

// ---- Hints ----

void splitEithers(Function &F) {
    SmallVector<CallInst *, 8> Calls;
    for (Instruction &I : instructions(F))
        if (auto *C = dyn_cast<CallInst>(&I); C && isEither(*C))
            Calls.push_back(C);
    for (CallInst *C : Calls) {
        Value *X = C->getArgOperand(0), *Usual = C->getArgOperand(1);
        BasicBlock *Head = C->getParent(), *Join = Head->splitBasicBlock(C->getNextNode());
        BasicBlock *Same = BasicBlock::Create(F.getContext(), "", &F, Join);
        BasicBlock *Other = BasicBlock::Create(F.getContext(), "", &F, Join);
        PHINode *Result = PHINode::Create(C->getType(), 2, "", Join->begin());
        C->replaceAllUsesWith(Result);
        BranchInst::Create(Join, Same);
        C->moveBefore(*Other, BranchInst::Create(Join, Other)->getIterator());
        Result->addIncoming(Usual, Same);
        Result->addIncoming(C, Other);
        Head->getTerminator()->eraseFromParent();
        IRBuilder<> B(Head);
        B.CreateCondBr(B.CreateICmpEQ(X, Usual), Same, Other);
    }
}

} // namespace yk
