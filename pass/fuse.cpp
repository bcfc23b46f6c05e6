// Hole programs as they go into the table: few operations, each doing the work of several. A
// program as derived mirrors the interpreter's source: for an operand, load the instruction, shift,
// mask, extend, multiply by the size of a slot. At run time each operation costs a dispatch that
// the processor hardly ever predicts, and making code is little else than running these programs.
//
// A value that only moves bits of another one becomes a FIELD of it; sums with constants become
// offsets, of loads where they can. What the program for the opcode has computed, which every
// program finds in front of its own values, is not computed again.
#include "emit.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace yk {

namespace {
// ((base >> Right) & ones(Count)) << Left
struct Field {
    uint16_t Base;
    unsigned Right, Count, Left;
};

class Fuser {
    const Program &P;
    const std::vector<YkHoleOp> &In = P.Ops;
    const KnownValues &Known;
    FusedProgram &Out;

    std::optional<uint64_t> constantOf(uint16_t N) const {
        if (In[N].opcode != YK_HOLE_CONST)
            return std::nullopt;
        return Program::constants()[In[N].a];
    }
    bool isGreen(uint16_t N) const {
        return In[N].opcode == YK_HOLE_GREEN;
    }
    std::optional<Field> fieldOf(uint16_t N) const;
    std::optional<Field> shiftedLeft(uint16_t N, uint64_t Amount, unsigned Bits) const;
    std::optional<Field> masked(uint16_t N, uint64_t Mask) const;
    uint16_t push(uint8_t Opcode, unsigned Bits, unsigned A, unsigned B = 0, unsigned C = 0) {
        const YkHoleOp Op{Opcode, uint8_t(Bits), uint16_t(A), uint16_t(B), uint16_t(C)};
        for (unsigned I = 0; I < Known.Ops.size(); I++)
            if (memcmp(&Known.Ops[I], &Op, sizeof Op) == 0)
                return Known.Greens + I;
        Out.Ops.push_back(Op);
        return Known.size() + Out.Ops.size() - 1;
    }
    uint16_t select(uint16_t N);
    uint16_t selectSum(const YkHoleOp &Op);
    uint16_t selectLoad(const YkHoleOp &Op);

  public:
    Fuser(const Program &P, const KnownValues &Known, FusedProgram &Out)
        : P(P), Known(Known), Out(Out) {}
    uint16_t value(uint16_t N) {
        if (isGreen(N))
            return In[N].a;
        auto It = Out.Number.find(N);
        if (It != Out.Number.end())
            return It->second;
        uint16_t R = select(N);
        Out.Number[N] = R;
        return R;
    }
};
} // namespace

// The bits that are shifted out at the top are lost.
std::optional<Field> Fuser::shiftedLeft(uint16_t N, uint64_t Amount, unsigned Bits) const {
    auto F = fieldOf(N);
    if (!F || F->Left + Amount >= Bits)
        return std::nullopt;
    F->Left += Amount;
    F->Count = std::min(F->Count, Bits - F->Left);
    return F;
}

std::optional<Field> Fuser::masked(uint16_t N, uint64_t Mask) const {
    unsigned First, Length;
    auto F = fieldOf(N);
    if (!F || !isShiftedMask_64(Mask, First, Length))
        return std::nullopt;
    unsigned Low = std::max(First, F->Left), High = std::min(First + Length, F->Left + F->Count);
    if (High <= Low)
        return std::nullopt;
    return Field{F->Base, F->Right + Low - F->Left, High - Low, Low};
}

// Every value is at least a field of itself. None: it is 0 whatever the base is.
std::optional<Field> Fuser::fieldOf(uint16_t N) const {
    const YkHoleOp &Op = In[N];
    const Field Itself{N, 0, Op.bits, 0};
    switch (Op.opcode) {
    case YK_HOLE_TRUNC:
        return shiftedLeft(Op.a, 0, Op.bits);
    case YK_HOLE_SEXT: { // of a number that is not negative
        auto F = fieldOf(Op.a);
        return F && F->Left + F->Count < Op.b ? F : Itself;
    }
    case YK_HOLE_AND:
    case YK_HOLE_SHL:
    case YK_HOLE_LSHR:
    case YK_HOLE_MUL:
        break;
    default:
        return Itself;
    }
    auto C = constantOf(Op.b);
    if (!C)
        return Itself;
    if (Op.opcode == YK_HOLE_AND)
        return isShiftedMask_64(*C) ? masked(Op.a, *C) : Itself;
    if (Op.opcode == YK_HOLE_MUL)
        return isPowerOf2_64(*C) ? shiftedLeft(Op.a, Log2_64(*C), Op.bits) : Itself;
    if (*C >= Op.bits)
        return Itself;
    if (Op.opcode == YK_HOLE_SHL)
        return shiftedLeft(Op.a, *C, Op.bits);
    auto F = fieldOf(Op.a);
    if (!F)
        return F;
    unsigned Lost = *C > F->Left ? *C - F->Left : 0;
    if (Lost >= F->Count)
        return std::nullopt;
    return Field{F->Base, F->Right + Lost, F->Count - Lost, Lost ? 0 : F->Left - unsigned(*C)};
}

uint16_t Fuser::selectLoad(const YkHoleOp &Op) {
    auto [Base, Offset] = withoutOffset(P, Op.a);
    if (!isInt<16>(Offset))
        std::tie(Base, Offset) = std::pair(Op.a, 0);
    uint16_t A = value(Base);
    return push(YK_HOLE_LOAD, Op.bits, A, Offset, Op.c);
}

uint16_t Fuser::selectSum(const YkHoleOp &Op) {
    uint16_t A = value(Op.a);
    auto C = constantOf(Op.b);
    int64_t Constant = C ? SignExtend64(*C, Op.bits) : 0;
    if (C && isInt<32>(Constant))
        return push(YK_HOLE_ADD_CONST, Op.bits, A, Constant, Constant >> 16);
    uint16_t B = value(Op.b);
    return push(YK_HOLE_ADD, Op.bits, A, B);
}

uint16_t Fuser::select(uint16_t N) {
    const YkHoleOp &Op = In[N];
    if (auto F = fieldOf(N); F && F->Base != N) {
        uint16_t Base = value(F->Base);
        if (!F->Right && !F->Left && F->Count == In[F->Base].bits)
            return Base;
        return push(YK_HOLE_FIELD, Op.bits, Base, YK_FIELD(F->Right, F->Count), F->Left);
    }
    switch (Op.opcode) {
    case YK_HOLE_CONST:
        return push(YK_HOLE_CONST, Op.bits, Op.a);
    case YK_HOLE_LOAD:
        return selectLoad(Op);
    case YK_HOLE_ADD:
        return selectSum(Op);
    case YK_HOLE_SEXT: {
        uint16_t A = value(Op.a);
        return push(YK_HOLE_SEXT, Op.bits, A, Op.b);
    }
    case YK_HOLE_TRUNC: {
        uint16_t A = value(Op.a);
        return push(YK_HOLE_TRUNC, Op.bits, A);
    }
    case YK_HOLE_SELECT: {
        uint16_t A = value(Op.a), B = value(Op.b), C = value(Op.c);
        return push(YK_HOLE_SELECT, Op.bits, A, B, C);
    }
    default: {
        if (Op.opcode == YK_HOLE_OR && Op.a == Op.b)
            return value(Op.a);
        bool Compares = Op.opcode >= YK_HOLE_EQ && Op.opcode <= YK_HOLE_SLE;
        uint16_t A = value(Op.a), B = value(Op.b);
        return push(Op.opcode, Op.bits, A, B, Compares ? Op.c : 0);
    }
    }
}

FusedProgram fuse(const Program &P, const KnownValues &Known, const std::vector<uint16_t> &Wanted) {
    FusedProgram Out;
    Fuser F(P, Known, Out);
    for (uint16_t N : Wanted)
        Out.Number[N] = F.value(N);
    return Out;
}

FusedProgram fuseLast(const Program &P, const KnownValues &Known, uint16_t N) {
    FusedProgram Out = fuse(P, Known, {N});
    uint16_t Number = Out.Number.at(N);
    if (Number < Known.size())
        Out.Ops.push_back({YK_HOLE_ZEXT, 64, Number, 0, 0});
    return Out;
}

std::pair<uint16_t, int64_t> withoutOffset(const Program &P, uint16_t N) {
    int64_t Offset = 0;
    for (const YkHoleOp *Op = &P.Ops[N]; Op->opcode == YK_HOLE_ADD && Op->bits == 64;
         Op = &P.Ops[N]) {
        if (P.Ops[Op->b].opcode != YK_HOLE_CONST)
            break;
        Offset = int64_t(uint64_t(Offset) + Program::constants()[P.Ops[Op->b].a]);
        N = Op->a;
    }
    return {N, Offset};
}

FusedTest fuseTest(const Program &P, const KnownValues &Known, uint64_t Value) {
    uint16_t Tested = P.Ops.size() - 1;
    const YkHoleOp *Op = &P.Ops[Tested];
    FusedTest T{{}, Value, false};
    if (Op->opcode == YK_HOLE_OR && Op->a == Op->b) // as put at the end of a test by derive.cpp
        Op = &P.Ops[Tested = Op->a];
    bool Equal = Op->opcode == YK_HOLE_EQ, Unequal = Op->opcode == YK_HOLE_NE;
    if ((Equal || Unequal) && P.Ops[Op->b].opcode == YK_HOLE_CONST) {
        T.Value = Program::constants()[P.Ops[Op->b].a];
        T.Swapped = Equal != (Value == 1);
        Tested = Op->a;
    }
    T.P = fuseLast(P, Known, Tested);
    return T;
}

} // namespace yk
