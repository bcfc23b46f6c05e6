// Hole programs; see program.h. The rule that decides what is static is the one on which the
// correctness of tier 0 rests: memory is immutable only where the interpreter's author declared it
// so, that is at an address computed from a green variable. What a *loaded* pointer points to is
// ordinary memory, even if the pointer itself is static.
#include "program.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"

using namespace llvm;

namespace yk {

int greenNumber(const Value *V) {
    auto *C = dyn_cast<CallInst>(V);
    if (!C || !C->getCalledFunction())
        return -1;
    StringRef Name = C->getCalledFunction()->getName();
    unsigned N;
    if (!Name.consume_front(GreenPrefix) || Name.getAsInteger(10, N))
        return -1;
    return N;
}

int StaticValues::baseGreen(const Value *V) {
    for (;;) {
        if (auto *G = dyn_cast<GEPOperator>(V))
            V = G->getPointerOperand();
        else if (auto *F = dyn_cast<FreezeInst>(V))
            V = F->getOperand(0);
        else
            return greenNumber(V);
    }
}

static bool minMax(const Value *V) {
    return isa<MinMaxIntrinsic>(V);
}

bool StaticValues::isStatic(const Value *V) {
    if (isa<ConstantInt>(V) || isa<ConstantPointerNull>(V))
        return true;
    if (!isa<Instruction>(V))
        return false;
    auto It = Memo.find(V);
    if (It != Memo.end())
        return It->second;
    Memo[V] = false; // cycles
    bool R = compute(V);
    Memo[V] = R;
    return R;
}

bool StaticValues::compute(const Value *V) {
    Type *T = V->getType();
    bool Scalar = T->isPointerTy() || (T->isIntegerTy() && T->getIntegerBitWidth() <= 64);
    auto *I = cast<Instruction>(V);
    auto AllStatic = [&] {
        return all_of(I->operands(), [&](const Use &U) { return isStatic(U.get()); });
    };
    if (auto *L = dyn_cast<LoadInst>(I)) {
        bool Loadable = T->isPointerTy() || T->isDoubleTy() || T->isFloatTy() ||
                        (T->isIntegerTy() && isPowerOf2_32(T->getIntegerBitWidth()) &&
                         T->getIntegerBitWidth() >= 8 && T->getIntegerBitWidth() <= 64);
        return Loadable && L->isSimple() && baseGreen(L->getPointerOperand()) >= 0 &&
               isStatic(L->getPointerOperand());
    }
    if (!Scalar)
        return false;
    if (greenNumber(V) >= 0)
        return true;
    if (minMax(V)) {
        auto *M = cast<MinMaxIntrinsic>(V);
        return isStatic(M->getLHS()) && isStatic(M->getRHS());
    }
    switch (I->getOpcode()) {
    case Instruction::Add:
    case Instruction::Sub:
    case Instruction::Mul:
    case Instruction::And:
    case Instruction::Or:
    case Instruction::Xor:
    case Instruction::Shl:
    case Instruction::LShr:
    case Instruction::AShr:
    case Instruction::ICmp:
    case Instruction::Select:
    case Instruction::ZExt:
    case Instruction::SExt:
    case Instruction::Trunc:
    case Instruction::PtrToInt:
    case Instruction::IntToPtr:
    case Instruction::GetElementPtr:
    case Instruction::Freeze:
        return AllStatic();
    default:
        return false;
    }
}

std::vector<uint64_t> &Program::constants() {
    static std::vector<uint64_t> Pool;
    return Pool;
}

uint16_t Program::emit(uint8_t Opcode, unsigned Bits, uint16_t A, uint16_t B, uint16_t C) {
    auto Key = std::make_tuple(Opcode, uint8_t(Bits), A, B, C);
    auto It = Known.find(Key);
    if (It != Known.end())
        return It->second;
    if (Ops.size() >= YK_MAX_HOLE_OPS) {
        Overflow = true;
        return 0;
    }
    uint16_t N = Ops.size();
    Ops.push_back({Opcode, uint8_t(Bits), A, B, C});
    Known[Key] = N;
    return N;
}

uint16_t Program::constant(uint64_t Value, unsigned Bits) {
    if (Bits < 64)
        Value &= (uint64_t(1) << Bits) - 1;
    std::vector<uint64_t> &Pool = constants();
    size_t I = find(Pool, Value) - Pool.begin();
    if (I == Pool.size())
        Pool.push_back(Value);
    return emit(YK_HOLE_CONST, Bits, I);
}

static unsigned bitsOf(Type *T) {
    return T->isIntegerTy() ? T->getIntegerBitWidth() : T->getPrimitiveSizeInBits() == 32 ? 32 : 64;
}

uint16_t Program::add(const Value *V, const DataLayout &DL) {
    if (auto *C = dyn_cast<ConstantInt>(V))
        return constant(C->getZExtValue(), C->getBitWidth());
    if (isa<ConstantPointerNull>(V))
        return constant(0, 64);
    auto It = Done.find(V);
    if (It != Done.end())
        return It->second;
    uint16_t N = addInstruction(cast<Instruction>(V), DL);
    Done[V] = N;
    return N;
}

uint16_t Program::addCompare(const ICmpInst *I, const DataLayout &DL) {
    uint16_t A = add(I->getOperand(0), DL), B = add(I->getOperand(1), DL);
    unsigned Bits = bitsOf(I->getOperand(0)->getType());
    switch (I->getPredicate()) {
    case CmpInst::ICMP_EQ:
        return emit(YK_HOLE_EQ, 1, A, B, Bits);
    case CmpInst::ICMP_NE:
        return emit(YK_HOLE_NE, 1, A, B, Bits);
    case CmpInst::ICMP_ULT:
        return emit(YK_HOLE_ULT, 1, A, B, Bits);
    case CmpInst::ICMP_ULE:
        return emit(YK_HOLE_ULE, 1, A, B, Bits);
    case CmpInst::ICMP_UGT:
        return emit(YK_HOLE_ULT, 1, B, A, Bits);
    case CmpInst::ICMP_UGE:
        return emit(YK_HOLE_ULE, 1, B, A, Bits);
    case CmpInst::ICMP_SLT:
        return emit(YK_HOLE_SLT, 1, A, B, Bits);
    case CmpInst::ICMP_SLE:
        return emit(YK_HOLE_SLE, 1, A, B, Bits);
    case CmpInst::ICMP_SGT:
        return emit(YK_HOLE_SLT, 1, B, A, Bits);
    default:
        return emit(YK_HOLE_SLE, 1, B, A, Bits);
    }
}

uint16_t Program::addAddress(const GetElementPtrInst *G, const DataLayout &DL) {
    MapVector<Value *, APInt> Variable;
    APInt Constant(64, 0);
    cast<GEPOperator>(G)->collectOffset(DL, 64, Variable, Constant);
    uint16_t Sum = add(G->getPointerOperand(), DL);
    for (auto &[Index, Scale] : Variable) {
        uint16_t V = add(Index, DL);
        unsigned Bits = bitsOf(Index->getType());
        if (Bits < 64)
            V = emit(YK_HOLE_SEXT, 64, V, Bits);
        if (Scale != 1)
            V = emit(YK_HOLE_MUL, 64, V, constant(Scale.getZExtValue(), 64));
        Sum = emit(YK_HOLE_ADD, 64, Sum, V);
    }
    if (Constant != 0)
        Sum = emit(YK_HOLE_ADD, 64, Sum, constant(Constant.getZExtValue(), 64));
    return Sum;
}

uint16_t Program::addInstruction(const Instruction *I, const DataLayout &DL) {
    int Green = greenNumber(I);
    if (Green >= 0)
        return emit(YK_HOLE_GREEN, 64, Green);
    unsigned Bits = bitsOf(I->getType());
    auto Operand = [&](unsigned N) { return add(I->getOperand(N), DL); };
    auto Binary = [&](uint8_t Opcode) {
        uint16_t A = Operand(0), B = Operand(1);
        return emit(Opcode, Bits, A, B);
    };
    if (auto *M = dyn_cast<MinMaxIntrinsic>(I)) {
        uint16_t A = Operand(0), B = Operand(1);
        bool Min = M->getIntrinsicID() == Intrinsic::smin || M->getIntrinsicID() == Intrinsic::umin;
        uint16_t Less = emit(M->isSigned() ? YK_HOLE_SLT : YK_HOLE_ULT, 1, A, B, Bits);
        return emit(YK_HOLE_SELECT, Bits, Less, Min ? A : B, Min ? B : A);
    }
    switch (I->getOpcode()) {
    case Instruction::Load:
        return emit(YK_HOLE_LOAD, Bits, Operand(0), 0,
                    StaticValues::baseGreen(cast<LoadInst>(I)->getPointerOperand()));
    case Instruction::Add:
        return Binary(YK_HOLE_ADD);
    case Instruction::Sub:
        return Binary(YK_HOLE_SUB);
    case Instruction::Mul:
        return Binary(YK_HOLE_MUL);
    case Instruction::And:
        return Binary(YK_HOLE_AND);
    case Instruction::Or:
        return Binary(YK_HOLE_OR);
    case Instruction::Xor:
        return Binary(YK_HOLE_XOR);
    case Instruction::Shl:
        return Binary(YK_HOLE_SHL);
    case Instruction::LShr:
        return Binary(YK_HOLE_LSHR);
    case Instruction::AShr:
        return Binary(YK_HOLE_ASHR);
    case Instruction::ICmp:
        return addCompare(cast<ICmpInst>(I), DL);
    case Instruction::Select: {
        uint16_t A = Operand(0), B = Operand(1), C = Operand(2);
        return emit(YK_HOLE_SELECT, Bits, A, B, C);
    }
    case Instruction::SExt: {
        uint16_t A = Operand(0);
        return emit(YK_HOLE_SEXT, Bits, A, bitsOf(I->getOperand(0)->getType()));
    }
    case Instruction::ZExt:
        return Operand(0); // values are held zero-extended
    case Instruction::Trunc:
        return emit(YK_HOLE_TRUNC, Bits, Operand(0));
    case Instruction::PtrToInt:
        return Bits < 64 ? emit(YK_HOLE_TRUNC, Bits, Operand(0)) : Operand(0);
    case Instruction::IntToPtr:
    case Instruction::Freeze:
        return Operand(0);
    case Instruction::GetElementPtr:
        return addAddress(cast<GetElementPtrInst>(I), DL);
    default:
        llvm_unreachable("not a static instruction");
    }
}

} // namespace yk
