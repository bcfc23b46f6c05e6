// Which functions the ahead-of-time form can express, and how it writes intrinsics.
#include "../shared-ir/ir.h"
#include "canonical.h"
#include "derive.h"
#include "llvm/Analysis/CFG.h"
#include "llvm/IR/InstIterator.h"

using namespace llvm;

namespace yk {

bool isExpressible(const Type *T) {
    if (auto *I = dyn_cast<IntegerType>(T)) {
        unsigned Bits = I->getBitWidth();
        return Bits == 1 || Bits == 8 || Bits == 16 || Bits == 32 || Bits == 64;
    }
    return T->isFloatTy() || T->isDoubleTy() || (T->isPointerTy() && !T->getPointerAddressSpace());
}

int mathOf(Intrinsic::ID ID) {
    switch (ID) {
    case Intrinsic::fabs:
        return IR_MATH_FABS;
    case Intrinsic::sqrt:
        return IR_MATH_SQRT;
    case Intrinsic::floor:
        return IR_MATH_FLOOR;
    case Intrinsic::ceil:
        return IR_MATH_CEIL;
    case Intrinsic::trunc:
        return IR_MATH_FTRUNC;
    case Intrinsic::rint:
    case Intrinsic::nearbyint:
        return IR_MATH_RINT;
    case Intrinsic::copysign:
        return IR_MATH_COPYSIGN;
    case Intrinsic::ctpop:
        return IR_MATH_CTPOP;
    case Intrinsic::bswap:
        return IR_MATH_BSWAP;
    case Intrinsic::smax:
        return IR_MATH_SMAX;
    case Intrinsic::smin:
        return IR_MATH_SMIN;
    case Intrinsic::umax:
        return IR_MATH_UMAX;
    case Intrinsic::umin:
        return IR_MATH_UMIN;
    default:
        return -1;
    }
}

const char *libraryName(const IntrinsicInst &I) {
    bool F = I.getType()->isFloatTy();
    switch (I.getIntrinsicID()) {
    case Intrinsic::memcpy:
        return "memcpy";
    case Intrinsic::memmove:
        return "memmove";
    case Intrinsic::memset:
        return "memset";
#define MATH(name, text)                                                                           \
    case Intrinsic::name:                                                                          \
        return F ? text "f" : text;
        MATH(pow, "pow")
        MATH(exp, "exp")
        MATH(exp2, "exp2")
        MATH(log, "log")
        MATH(log2, "log2")
        MATH(log10, "log10")
        MATH(sin, "sin")
        MATH(cos, "cos")
        MATH(tan, "tan")
        MATH(round, "round")
        MATH(roundeven, "roundeven")
        MATH(fma, "fma")
        MATH(maxnum, "fmax")
        MATH(minnum, "fmin")
#undef MATH
    default:
        return nullptr;
    }
}

int signedArguments(const CallBase &Call) {
    bool Signed = false, Unsigned = false;
    for (unsigned I = 0; I < Call.arg_size(); I++) {
        Type *T = Call.getArgOperand(I)->getType();
        if (!T->isIntegerTy(8) && !T->isIntegerTy(16))
            continue;
        Signed |= Call.paramHasAttr(I, Attribute::SExt);
        Unsigned |= Call.paramHasAttr(I, Attribute::ZExt);
    }
    return Signed && Unsigned ? -1 : Signed;
}

bool hasCycle(const Function &F) {
    SmallVector<std::pair<const BasicBlock *, const BasicBlock *>, 8> Edges;
    FindFunctionBackedges(F, Edges);
    return !Edges.empty();
}

static std::string whyNotCall(const CallBase &Call, bool Body) {
    if (!isa<CallInst>(Call))
        return "invoke";
    if (Call.isInlineAsm())
        return "inline assembly";
    if (Call.hasFnAttr(Attribute::ReturnsTwice))
        return "calls setjmp";
    if (Call.isMustTailCall())
        return Body ? "" : "musttail";
    if (auto *I = dyn_cast<IntrinsicInst>(&Call)) {
        if (mathOf(I->getIntrinsicID()) >= 0 || libraryName(*I))
            return isa<MemIntrinsic>(I) && cast<MemIntrinsic>(I)->isVolatile() ? "volatile copy"
                                                                               : "";
        return ("intrinsic " + Intrinsic::getBaseName(I->getIntrinsicID())).str();
    }
    if (Call.getCallingConv() != CallingConv::C)
        return "calling convention";
    if (Call.hasOperandBundles() || signedArguments(Call) < 0)
        return "unusual arguments of a call";
    for (unsigned I = 0; I < Call.arg_size(); I++)
        if (Call.isPassPointeeByValueArgument(I))
            return "passes a struct by value";
    return "";
}

static std::string whyNotInstruction(const Instruction &I, bool Body) {
    if (auto *Call = dyn_cast<CallBase>(&I))
        if (std::string Why = whyNotCall(*Call, Body); !Why.empty())
            return Why;
    if (!I.getType()->isVoidTy() && !isExpressible(I.getType()))
        return isa<CallBase>(I) && I.getType()->isStructTy() ? "calls what returns a struct"
                                                             : "a type the form does not have";
    for (const Value *Op : I.operands()) {
        if (auto *G = dyn_cast<GlobalValue>(Op); G && G->isThreadLocal())
            return "thread-local variable";
        if (isa<Function>(Op) || isa<BasicBlock>(Op) || isa<MetadataAsValue>(Op))
            continue;
        if (!isExpressible(Op->getType()))
            return "a type the form does not have";
        if (auto *C = dyn_cast<Constant>(Op);
            C && !isa<ConstantInt, ConstantFP, ConstantPointerNull, UndefValue, GlobalValue>(C))
            return isa<BlockAddress>(C) ? "address of a label"
                                        : "a constant the form does not have";
    }
    if (isa<BinaryOperator, UnaryOperator, CmpInst, SelectInst, PHINode, FreezeInst, BranchInst,
            SwitchInst, ReturnInst, UnreachableInst, GetElementPtrInst, CallInst>(I))
        return "";
    if (isa<CastInst>(I))
        return isa<AddrSpaceCastInst>(I) ? "address space" : "";
    if (auto *L = dyn_cast<LoadInst>(&I))
        return L->isAtomic()                  ? "atomic access"
               : L->getType()->isIntegerTy(1) ? "a type the form does not have"
                                              : "";
    if (auto *S = dyn_cast<StoreInst>(&I))
        return S->isAtomic()                                     ? "atomic access"
               : S->getValueOperand()->getType()->isIntegerTy(1) ? "a type the form does not have"
                                                                 : "";
    if (auto *A = dyn_cast<AllocaInst>(&I))
        return !A->isStaticAlloca() ? "array of variable size"
               : A->getAlign() > 16 ? "alignment of a local"
                                    : "";
    if (isa<AtomicRMWInst, AtomicCmpXchgInst, FenceInst>(I))
        return "atomic access";
    if (isa<IndirectBrInst>(I))
        return "computed goto";
    return (Twine("instruction ") + I.getOpcodeName()).str();
}

std::string whyNotExpressible(const Function &F, bool Body) {
    if (F.getName().starts_with(CallPrefix))
        return "made for a call";
    if (F.isVarArg())
        return "variable arguments";
    if (F.hasFnAttribute(Attribute::Naked))
        return "naked";
    if (!Body && F.getCallingConv() != CallingConv::C)
        return "calling convention";
    if (!F.getReturnType()->isVoidTy() && !isExpressible(F.getReturnType()))
        return "returns a struct or a type the form does not have";
    for (const Argument &A : F.args())
        if (!isExpressible(A.getType()) || A.hasPassPointeeByValueCopyAttr() ||
            A.hasStructRetAttr() || A.hasNestAttr() || A.hasInRegAttr())
            return "an argument that the form does not have";
    for (const Instruction &I : instructions(F))
        if (std::string Why = whyNotInstruction(I, Body); !Why.empty())
            return Why;
    return "";
}

} // namespace yk
