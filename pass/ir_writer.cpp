// Writes the canonical form as the ahead-of-time IR (shared-ir/aot.h).
//
// One instruction of LLVM becomes one or a few of ours, in the same block. LLVM's flags that make
// results undefined are dropped; undefined values become zero.
//
// Addresses: a GEP becomes additions of scaled indices; a constant displacement goes into the loads
// and stores that use it, so a GEP that only they use may need no instruction at all. That is done
// within a block only: whatever lives at a resume point has an instruction. The address of a local
// is computed where it is used (FRAME): it is the one value that lives nowhere.
#include "access_classes.h"
#include "canonical.h"
#include "derive.h"
#include "effects.h"
#include "image.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"

using namespace llvm;

namespace yk {

static uint8_t typeOf(const Type *T) {
    if (auto *I = dyn_cast<IntegerType>(T))
        switch (I->getBitWidth()) {
        case 1:
            return IR_I1;
        case 8:
            return IR_I8;
        case 16:
            return IR_I16;
        case 32:
            return IR_I32;
        case 64:
            return IR_I64;
        }
    return T->isPointerTy() ? IR_PTR : T->isFloatTy() ? IR_F32 : T->isDoubleTy() ? IR_F64 : IR_VOID;
}
static uint8_t typeOf(const Value *V) {
    return typeOf(V->getType());
}

namespace {
class FunctionWriter {
    const Tier1Module &T;
    const Tier1Function &TF;
    const Effects &E;
    AotImage &Image;
    const DataLayout &DL;
    /// An address is a value and a displacement.
    struct Address {
        IrRef Base;
        int64_t Offset;
    };
    struct PhiOperand {
        size_t Extra;
        const Value *V;
    };
    DenseMap<const Value *, IrRef> Refs;
    DenseMap<const Value *, Address> Addresses; // of GEPs without instruction; those of this block
    DenseMap<const AllocaInst *, IrRef> Frames; // of this block
    DenseMap<const BasicBlock *, uint32_t> BlockNumber;
    std::vector<PhiOperand> PhiOperands;
    uint32_t ArgCount, FirstInsn;

    IrRef emit(uint8_t Op, uint8_t Type, uint32_t A = IR_NONE, uint32_t B = IR_NONE,
               uint32_t C = IR_NONE, uint16_t Aux = 0);
    IrRef integer(uint8_t Type, uint64_t Bits) {
        return Image.constant(Type, Bits);
    }
    IrRef constant(const Constant *C);
    IrRef ref(const Value *V);
    IrRef frame(const AllocaInst *A, int64_t Offset);
    uint32_t list(ArrayRef<uint32_t> Refs) {
        uint32_t First = Image.Extras.size();
        Image.Extras.insert(Image.Extras.end(), Refs.begin(), Refs.end());
        return First;
    }
    uint32_t block(const BasicBlock *B) {
        return BlockNumber.lookup(B);
    }

    bool isFolded(const GetElementPtrInst *G) const;
    Address addressOf(const Value *Pointer);
    IrRef materialise(Address A);
    Address fitting(Address A);
    void writeGEP(const GetElementPtrInst *G);
    void writeAccess(const Instruction *I);
    void writeCompare(const ICmpInst *I);
    IrRef writeCast(const CastInst *I);
    void writeCall(const CallInst *I);
    void writeExit(const CallInst *I);
    void writeSwitch(const SwitchInst *I);
    void writePhi(const PHINode *P);
    void write(const Instruction *I);
    void writeBlock(const BasicBlock *B, uint32_t Number);
    void writeLives();

  public:
    FunctionWriter(const Tier1Module &T, const Tier1Function &TF, const Effects &E, AotImage &Image)
        : T(T), TF(TF), E(E), Image(Image), DL(T.M->getDataLayout()), ArgCount(TF.F->arg_size()),
          FirstInsn(Image.Insns.size()) {}
    void run();
};
} // namespace

IrRef FunctionWriter::emit(uint8_t Op, uint8_t Type, uint32_t A, uint32_t B, uint32_t C,
                           uint16_t Aux) {
    // Members that the operation has no use for are zero.
    static const char *const Operands[] = {
#define X(name, form, operands, flags) operands,
#include "../shared-ir/ops.def"
#undef X
    };
    const char *Letters = Operands[Op];
    IrInsn I = {Op,
                Type,
                Aux,
                Letters[0] == '-' ? 0 : A,
                Letters[1] == '-' ? 0 : B,
                Letters[2] == '-' ? 0 : C};
    Image.Insns.push_back(I);
    return ArgCount + Image.Insns.size() - 1 - FirstInsn;
}

IrRef FunctionWriter::constant(const Constant *C) {
    uint8_t Type = typeOf(C);
    if (auto *I = dyn_cast<ConstantInt>(C))
        return Image.constant(Type, I->getZExtValue());
    if (auto *F = dyn_cast<ConstantFP>(C))
        return Image.constant(Type, F->getValueAPF().bitcastToAPInt().getZExtValue());
    if (auto *G = dyn_cast<GlobalValue>(C))
        return IR_SYMBOL | Image.symbol(G->getName());
    return Image.constant(Type, 0); // null, undefined
}

IrRef FunctionWriter::frame(const AllocaInst *A, int64_t Offset) {
    return emit(IR_FRAME, IR_PTR,
                TF.FrameOffset.find(const_cast<AllocaInst *>(A))->second + Offset);
}

IrRef FunctionWriter::ref(const Value *V) {
    if (auto *C = dyn_cast<Constant>(V))
        return constant(C);
    if (auto *A = dyn_cast<AllocaInst>(V)) {
        auto It = Frames.find(A);
        if (It == Frames.end())
            It = Frames.insert({A, frame(A, 0)}).first;
        return It->second;
    }
    if (auto It = Addresses.find(V); It != Addresses.end())
        return materialise(It->second);
    return Refs.find(V)->second;
}

// ---- Addresses ----

// Whether all uses of an address can take a displacement, in the same block.
bool FunctionWriter::isFolded(const GetElementPtrInst *G) const {
    return all_of(G->uses(), [&](const Use &U) {
        auto *I = cast<Instruction>(U.getUser());
        return I->getParent() == G->getParent() &&
               ((isa<LoadInst>(I)) ||
                (isa<StoreInst>(I) && U.getOperandNo() == StoreInst::getPointerOperandIndex()) ||
                (isa<GetElementPtrInst>(I) && U.getOperandNo() == 0));
    });
}

FunctionWriter::Address FunctionWriter::addressOf(const Value *Pointer) {
    auto It = Addresses.find(Pointer);
    return It != Addresses.end() ? It->second : Address{ref(Pointer), 0};
}

IrRef FunctionWriter::materialise(Address A) {
    return A.Offset == 0 ? A.Base : emit(IR_PTRADD, IR_PTR, A.Base, integer(IR_I64, A.Offset));
}

// With a displacement that fits an instruction.
FunctionWriter::Address FunctionWriter::fitting(Address A) {
    return isInt<16>(A.Offset) ? A : Address{materialise(A), 0};
}

void FunctionWriter::writeGEP(const GetElementPtrInst *G) {
    MapVector<Value *, APInt> Variable;
    APInt Constant(64, 0);
    cast<GEPOperator>(G)->collectOffset(DL, 64, Variable, Constant);
    Address A;
    auto *Local = dyn_cast<AllocaInst>(G->getPointerOperand());
    bool Folded = isFolded(G);
    if (Local && Variable.empty() && !Folded) {
        // An instruction of its own: it may live somewhere.
        Refs[G] = frame(Local, Constant.getSExtValue());
        return;
    }
    A = addressOf(G->getPointerOperand());
    for (auto &[Index, Scale] : Variable) {
        IrRef I = ref(Index);
        unsigned Bits = Index->getType()->getIntegerBitWidth();
        if (Bits < 64)
            I = emit(IR_SEXT, IR_I64, I, IR_NONE, IR_NONE, typeOf(Index));
        if (Scale.isPowerOf2() && !Scale.isOne())
            I = emit(IR_SHL, IR_I64, I, integer(IR_I64, Scale.logBase2()));
        else if (!Scale.isOne())
            I = emit(IR_MUL, IR_I64, I, integer(IR_I64, Scale.getSExtValue()));
        A.Base = emit(IR_PTRADD, IR_PTR, A.Base, I);
    }
    A.Offset += Constant.getSExtValue();
    if (Folded)
        Addresses[G] = A;
    else
        Refs[G] = Variable.empty() || A.Offset != 0
                      ? emit(IR_PTRADD, IR_PTR, A.Base, integer(IR_I64, A.Offset))
                      : A.Base;
}

void FunctionWriter::writeAccess(const Instruction *I) {
    uint32_t Class = T.Classes->classOf(*I);
    if (I->isVolatile())
        Class |= IR_VOLATILE;
    Address A = fitting(addressOf(getLoadStorePointerOperand(I)));
    if (auto *S = dyn_cast<StoreInst>(I)) {
        const Value *V = S->getValueOperand();
        IrRef Value = ref(V);
        emit(IR_STORE, typeOf(V), A.Base, Value, Class, A.Offset);
    } else
        Refs[I] = emit(IR_LOAD, typeOf(I), A.Base, IR_NONE, Class, A.Offset);
}

// ---- Computation ----

static uint8_t binaryOp(unsigned Opcode) {
    switch (Opcode) {
#define OP(llvm, ours)                                                                             \
    case Instruction::llvm:                                                                        \
        return IR_##ours;
        OP(Add, ADD)
        OP(Sub, SUB)
        OP(Mul, MUL)
        OP(SDiv, SDIV)
        OP(UDiv, UDIV)
        OP(SRem, SREM)
        OP(URem, UREM)
        OP(And, AND)
        OP(Or, OR)
        OP(Xor, XOR)
        OP(Shl, SHL)
        OP(LShr, LSHR)
        OP(AShr, ASHR)
        OP(FAdd, FADD)
        OP(FSub, FSUB)
        OP(FMul, FMUL)
        OP(FDiv, FDIV)
        OP(FRem, FREM)
        OP(ZExt, ZEXT)
        OP(SExt, SEXT)
        OP(Trunc, TRUNC)
        OP(BitCast, BITCAST)
        OP(SIToFP, SITOFP)
        OP(UIToFP, UITOFP)
        OP(FPToSI, FPTOSI)
        OP(FPToUI, FPTOUI)
        OP(FPExt, FPEXT)
        OP(FPTrunc, FPTRUNC)
#undef OP
    }
    llvm_unreachable("eligible.cpp lets no other through");
}

void FunctionWriter::writeCompare(const ICmpInst *I) {
    ICmpInst::Predicate P = I->getPredicate();
    const Value *A = I->getOperand(0), *B = I->getOperand(1);
    if (P == ICmpInst::ICMP_UGT || P == ICmpInst::ICMP_UGE || P == ICmpInst::ICMP_SGT ||
        P == ICmpInst::ICMP_SGE) {
        std::swap(A, B);
        P = I->getSwappedPredicate();
    }
    uint8_t Op = P == ICmpInst::ICMP_EQ    ? IR_EQ
                 : P == ICmpInst::ICMP_NE  ? IR_NE
                 : P == ICmpInst::ICMP_ULT ? IR_ULT
                 : P == ICmpInst::ICMP_ULE ? IR_ULE
                 : P == ICmpInst::ICMP_SLT ? IR_SLT
                                           : IR_SLE;
    IrRef X = ref(A), Y = ref(B);
    Refs[I] = emit(Op, IR_I1, X, Y, IR_NONE, typeOf(A));
}

IrRef FunctionWriter::writeCast(const CastInst *I) {
    IrRef X = ref(I->getOperand(0));
    uint8_t From = typeOf(I->getOperand(0)), To = typeOf(I);
    if (isa<PtrToIntInst>(I)) {
        X = emit(IR_BITCAST, IR_I64, X, IR_NONE, IR_NONE, IR_PTR);
        return To == IR_I64 ? X : emit(IR_TRUNC, To, X, IR_NONE, IR_NONE, IR_I64);
    }
    if (isa<IntToPtrInst>(I)) {
        if (From != IR_I64)
            X = emit(IR_ZEXT, IR_I64, X, IR_NONE, IR_NONE, From);
        return emit(IR_BITCAST, IR_PTR, X, IR_NONE, IR_NONE, IR_I64);
    }
    if (From == To) // an instruction of its own: it may live somewhere
        return emit(IR_SELECT, To, integer(IR_I1, 1), X, X);
    return emit(binaryOp(I->getOpcode()), To, X, IR_NONE, IR_NONE, From);
}

// ---- Calls and control flow ----

void FunctionWriter::writeCall(const CallInst *I) {
    uint8_t Type = typeOf(I);
    if (isPromote(*I)) {
        IrRef X = ref(I->getArgOperand(0));
        Refs[I] = emit(IR_PROMOTE, Type, X, I->arg_size() > 1 ? ref(I->getArgOperand(1)) : IR_NONE);
        return;
    }
    if (isConstantOf(*I)) {
        IrRef X = ref(I->getArgOperand(0)), Key = ref(I->getArgOperand(1));
        Refs[I] = emit(IR_CONSTANT_OF, Type, X, Key);
        return;
    }
    if (isEither(*I)) {
        IrRef X = ref(I->getArgOperand(0));
        uint64_t Size = cast<ConstantInt>(I->getArgOperand(3))->getLimitedValue(INT16_MAX);
        Refs[I] = emit(IR_INTO, Type, X, IR_NONE, T.Memory->declaredBy(I->getArgOperand(2)), Size);
        return;
    }
    SmallVector<uint32_t, 8> Args;
    for (const Use &A : I->args())
        if (isExpressible(A->getType()))
            Args.push_back(ref(A));
    uint16_t Aux = E.of(*I);
    IrRef Callee;
    if (auto *II = dyn_cast<IntrinsicInst>(I)) {
        if (int Math = mathOf(II->getIntrinsicID()); Math >= 0) {
            bool Two = Math == IR_MATH_COPYSIGN || Math >= IR_MATH_SMAX;
            Refs[I] = emit(Two ? IR_MATH2 : IR_MATH1, Type, Args[0], Two ? Args[1] : IR_NONE, Math);
            return;
        }
        Callee = IR_SYMBOL | Image.symbol(libraryName(*II));
        if (isa<MemIntrinsic>(II)) {
            // The functions return the destination; nobody asks. The last argument is for LLVM.
            Args.resize(3);
            if (isa<MemSetInst>(II))
                Args[1] = emit(IR_ZEXT, IR_I32, Args[1], IR_NONE, IR_NONE, IR_I8);
            if (!II->getArgOperand(2)->getType()->isIntegerTy(64))
                Args[2] =
                    emit(IR_ZEXT, IR_I64, Args[2], IR_NONE, IR_NONE, typeOf(II->getArgOperand(2)));
            Aux = IR_MAY_READ | IR_MAY_WRITE;
        }
    } else {
        Callee = ref(I->getCalledOperand());
        if (I->getFunctionType()->isVarArg())
            Aux |= IR_VARIADIC;
        if (signedArguments(*I) > 0)
            Aux |= IR_SIGNED_ARGUMENTS;
    }
    uint32_t First = list(Args);
    IrRef R = emit(IR_CALL, Type, Callee, First, Args.size(), Aux);
    if (Type != IR_VOID)
        Refs[I] = R;
}

void FunctionWriter::writeExit(const CallInst *I) {
    StringRef Kind = I->getCalledFunction()->getName();
    if (Kind.starts_with(ExitReturn)) {
        Type *Returned = T.Loop->getReturnType();
        const Value *V = I->getArgOperand(YK_GREEN_SLOT);
        if (Returned->isVoidTy()) {
            emit(IR_EXIT_RETURN, IR_VOID, IR_NONE);
            return;
        }
        IrRef X = ref(V);
        uint8_t To = typeOf(Returned);
        if (To != IR_PTR) {
            // The template has made a pointer of it.
            X = emit(IR_BITCAST, IR_I64, X, IR_NONE, IR_NONE, IR_PTR);
            uint8_t Same = To == IR_F64 ? IR_I64 : To == IR_F32 ? IR_I32 : To;
            if (Same != IR_I64)
                X = emit(IR_TRUNC, Same, X, IR_NONE, IR_NONE, IR_I64);
            if (Same != To)
                X = emit(IR_BITCAST, To, X, IR_NONE, IR_NONE, Same);
        }
        emit(IR_EXIT_RETURN, IR_VOID, X);
        return;
    }
    SmallVector<uint32_t, 12> Slots;
    for (const Use &A : I->args())
        Slots.push_back(isa<UndefValue>(A) ? IR_NONE : ref(A));
    uint32_t First = list(Slots);
    emit(Kind.starts_with(ExitMerge) ? IR_EXIT_MERGE : IR_EXIT_BYPASS, IR_VOID, First,
         Slots.size());
}

void FunctionWriter::writeSwitch(const SwitchInst *I) {
    IrRef X = ref(I->getCondition());
    SmallVector<uint32_t, 64> Items{block(I->getDefaultDest())};
    for (auto &Case : I->cases()) {
        Items.push_back(constant(Case.getCaseValue()));
        Items.push_back(block(Case.getCaseSuccessor()));
    }
    uint32_t First = list(Items);
    emit(IR_SWITCH, IR_VOID, X, First, I->getNumCases(), typeOf(I->getCondition()));
}

void FunctionWriter::writePhi(const PHINode *P) {
    SmallVector<uint32_t, 16> Items;
    SmallPtrSet<const BasicBlock *, 8> Seen; // a switch may lead here by several cases
    uint32_t First = Image.Extras.size();
    for (unsigned I = 0; I < P->getNumIncomingValues(); I++)
        if (Seen.insert(P->getIncomingBlock(I)).second) {
            PhiOperands.push_back({First + Items.size() + 1, P->getIncomingValue(I)});
            Items.push_back(block(P->getIncomingBlock(I)));
            Items.push_back(IR_NONE);
        }
    list(Items);
    Refs[P] = emit(IR_PHI, typeOf(P), First, Items.size() / 2);
}

void FunctionWriter::write(const Instruction *I) {
    uint8_t Type = typeOf(I);
    if (isa<AllocaInst>(I))
        return;
    if (auto *P = dyn_cast<PHINode>(I))
        return writePhi(P);
    if (auto *G = dyn_cast<GetElementPtrInst>(I))
        return writeGEP(G);
    if (isa<LoadInst, StoreInst>(I))
        return writeAccess(I);
    if (auto *C = dyn_cast<ICmpInst>(I))
        return writeCompare(C);
    if (auto *C = dyn_cast<CallInst>(I))
        return C->isMustTailCall() ? writeExit(C) : writeCall(C);
    if (auto *S = dyn_cast<SwitchInst>(I))
        return writeSwitch(S);
    if (auto *C = dyn_cast<CastInst>(I)) {
        IrRef R = writeCast(C);
        Refs[I] = R;
        return;
    }
    if (auto *B = dyn_cast<BranchInst>(I)) {
        if (B->isUnconditional()) {
            emit(IR_BR, IR_VOID, block(B->getSuccessor(0)));
            return;
        }
        IrRef X = ref(B->getCondition());
        emit(IR_CONDBR, IR_VOID, X, block(B->getSuccessor(0)), block(B->getSuccessor(1)));
        return;
    }
    if (auto *R = dyn_cast<ReturnInst>(I)) {
        auto *Exit = dyn_cast_or_null<CallInst>(R->getPrevNode());
        if (Exit && Exit->isMustTailCall())
            return;
        IrRef X = R->getReturnValue() ? ref(R->getReturnValue()) : IR_NONE;
        emit(IR_RET, IR_VOID, X);
        return;
    }
    if (isa<UnreachableInst>(I)) {
        emit(IR_UNREACHABLE, IR_VOID);
        return;
    }
    SmallVector<IrRef, 3> Op;
    for (const Value *V : I->operands())
        Op.push_back(ref(V));
    IrRef R;
    if (auto *C = dyn_cast<FCmpInst>(I)) {
        FCmpInst::Predicate P = C->getPredicate();
        // Always true or false: rare, and not a predicate of ours.
        R = P == FCmpInst::FCMP_TRUE || P == FCmpInst::FCMP_FALSE
                ? emit(IR_XOR, IR_I1, integer(IR_I1, P == FCmpInst::FCMP_TRUE), integer(IR_I1, 0))
                : emit(IR_FCMP, IR_I1, Op[0], Op[1], P, typeOf(C->getOperand(0)));
    } else if (isa<SelectInst>(I))
        R = emit(IR_SELECT, Type, Op[0], Op[1], Op[2]);
    else if (isa<FreezeInst>(I))
        R = emit(IR_SELECT, Type, integer(IR_I1, 1), Op[0], Op[0]);
    else if (isa<UnaryOperator>(I))
        R = emit(IR_FNEG, Type, Op[0]);
    else
        R = emit(binaryOp(I->getOpcode()), Type, Op[0], Op[1]);
    Refs[I] = R;
}

void FunctionWriter::writeBlock(const BasicBlock *B, uint32_t Number) {
    Addresses.clear();
    Frames.clear();
    AotBlock &Out = Image.Blocks[Number];
    Out.first = Image.Insns.size();
    for (const Instruction &I : *B)
        write(&I);
    Out.count = Image.Insns.size() - Out.first;
}

void FunctionWriter::writeLives() {
    for (auto &[B, P] : TF.Resume) {
        AotBlock &Out = Image.Blocks[BlockNumber.lookup(B)];
        SmallVector<uint32_t, 16> Lives;
        for (const Value *V : P.Lives)
            Lives.push_back(Refs.find(V)->second);
        Out.resume = P.Number;
        Out.live_count = Lives.size();
        Out.lives = list(Lives);
    }
}

void FunctionWriter::run() {
    for (const Argument &A : TF.F->args())
        Refs[&A] = A.getArgNo();
    for (auto [I, B] : enumerate(TF.Blocks)) {
        BlockNumber[B] = TF.FirstBlock + I;
        Image.Blocks.push_back({TF.Number, 0, 0, AOT_NO_RESUME, 0, 0});
    }
    for (auto [I, B] : enumerate(TF.Blocks))
        writeBlock(B, TF.FirstBlock + I);
    for (PhiOperand &P : PhiOperands)
        Image.Extras[P.Extra] = ref(P.V);
    writeLives();
    AotFunction &Out = Image.Functions[TF.Number];
    Out.first_insn = FirstInsn;
    Out.insn_count = Image.Insns.size() - FirstInsn;
}

// What is known of every function, also of one without blocks.
static AotFunction describe(const Tier1Function &TF, const Tier1Module &T, AotImage &Image) {
    AotFunction Out{};
    const Function &F = *TF.F;
    bool Clones = TF.hasClones();
    Out.name = Image.string(TF.Symbol);
    Out.flags = (TF.Body ? AOT_BODY : 0) | (TF.Outlined ? AOT_OUTLINED : 0) |
                (TF.Idempotent ? AOT_IDEMPOTENT : 0) | (TF.Unroll ? AOT_UNROLL : 0) |
                (TF.HasLoop ? AOT_HAS_LOOP : 0) | (TF.Rare ? AOT_RARE : 0);
    std::string Types;
    for (const Argument &A : F.args())
        if (isExpressible(A.getType()))
            Types += static_cast<char>(typeOf(&A));
    if (Types.size() == F.arg_size())
        Out.arg_count = Types.size();
    Out.arg_types = Image.string(StringRef(Types.data(), Out.arg_count));
    Out.return_type = typeOf(TF.Body ? T.Loop->getReturnType() : F.getReturnType());
    Out.first_block = TF.FirstBlock;
    Out.block_count = TF.Blocks.size();
    Out.frame_size = TF.FrameSize;
    Out.max_lives = TF.MaxLives;
    Out.symbol = Image.symbol(TF.Symbol);
    Image.SymbolFunctions[Out.symbol] = TF.Number;
    Out.record = Clones ? Image.symbol(recordName(TF.Name)) : UINT32_MAX;
    Out.resume = Clones ? Image.symbol(resumeName(TF.Name)) : UINT32_MAX;
    Out.wrapper = Clones && !TF.Body ? Image.symbol(wrapperName(TF.Name)) : UINT32_MAX;
    Image.Marked.push_back(Clones ? markedName(TF.Name) : "");
    Image.Marked.push_back(Clones && !TF.Body ? markedWrapperName(TF.Name) : "");
    return Out;
}

std::unique_ptr<AotImage, void (*)(AotImage *)> serialise(const Tier1Module &T) {
    std::unique_ptr<AotImage, void (*)(AotImage *)> Image(new AotImage,
                                                          [](AotImage *I) { delete I; });
    Image->Body = T.Body;
    Image->GreenCount = T.GreenCount;
    Image->RegionCount = T.Memory->count();
    Image->SlotRegions.assign(T.SlotRegions.begin(), T.SlotRegions.end());
    Image->SlotRegions.resize(AOT_SLOTS);
    for (const AccessClasses::Class &C : T.Classes->classes())
        Image->Classes.push_back({Image->string(C.Record), Image->string(C.Field),
                                  static_cast<uint32_t>(C.Offset),
                                  static_cast<uint32_t>(C.Size) | C.Marks, C.Region, C.Back});
    for (const Tier1Function &TF : T.Functions)
        Image->Functions.push_back(describe(TF, T, *Image));
    Effects E(*T.M);
    for (const Tier1Function &TF : T.Functions)
        if (TF.hasClones())
            FunctionWriter(T, TF, E, *Image).run();
    return Image;
}

} // namespace yk
