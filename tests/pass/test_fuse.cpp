// Fused hole programs compute what the programs that they were made of compute, and are undefined
// where those are: random programs, made of the forms that fuse.cpp looks for and of others.
#include "pass/emit.h"
extern "C" {
#include "tier0-cnp/hole_program.h"
}
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

static std::mt19937_64 Random;
static unsigned below(unsigned N) {
    return Random() % N;
}

alignas(8) static uint8_t Memory[64];

static uint64_t randomConstant(unsigned Bits) {
    switch (below(5)) {
    case 0:
        return uint64_t(1) << below(Bits);
    case 1: // a mask
        return (UINT64_MAX >> below(64)) << below(Bits);
    case 2:
        return below(Bits + 2); // often an amount to shift by
    case 3:
        return uint64_t(int64_t(below(64)) - 32);
    default:
        return Random();
    }
}

// Adds an operation on the values that there are.
static uint16_t addRandom(yk::Program &P) {
    static const uint8_t Binary[] = {YK_HOLE_ADD, YK_HOLE_SUB,  YK_HOLE_MUL,
                                     YK_HOLE_AND, YK_HOLE_OR,   YK_HOLE_XOR,
                                     YK_HOLE_SHL, YK_HOLE_LSHR, YK_HOLE_ASHR};
    static const uint8_t Widths[] = {8, 16, 32, 64};
    unsigned Bits = Widths[below(4)];
    auto Any = [&] { return uint16_t(below(P.Ops.size())); };
    // An operand of the right width, as the plugin makes them.
    auto Wide = [&](unsigned Width) {
        uint16_t N = Any();
        return P.Ops[N].bits <= Width ? N : P.emit(YK_HOLE_TRUNC, Width, N);
    };
    switch (below(8)) {
    case 0: { // an address in memory, or near it
        uint16_t Sum = P.emit(YK_HOLE_ADD, 64, P.emit(YK_HOLE_GREEN, 64, 1),
                              P.constant(uint64_t(int64_t(below(80)) - 8), 64));
        return P.emit(YK_HOLE_LOAD, Bits, Sum, 0, 1);
    }
    case 1:
        return P.emit(YK_HOLE_SEXT, 64, Wide(32), 32);
    case 2:
        return P.emit(YK_HOLE_SELECT, 64, Any(), Any(), Any());
    case 3: {
        uint16_t A = Wide(Bits), B = Wide(Bits);
        return P.emit(below(2) ? YK_HOLE_EQ : YK_HOLE_SLT, 1, A, B, Bits);
    }
    case 4: {
        uint16_t A = Wide(Bits), B = Wide(Bits);
        return P.emit(Binary[below(sizeof Binary)], Bits, A, B);
    }
    case 5:
        return P.emit(YK_HOLE_ADD, 64, Any(), P.emit(YK_HOLE_GREEN, 64, below(2)));
    default: {
        uint16_t A = Wide(Bits);
        return P.emit(Binary[below(sizeof Binary)], Bits, A,
                      P.constant(randomConstant(Bits), Bits));
    }
    }
}

static uint64_t Values[2][YK_MAX_VALUES];
static bool Defined[2][YK_MAX_VALUES];

static bool run(int Which, unsigned First, const std::vector<YkHoleOp> &Ops,
                const YkGreens &Greens) {
    memset(Defined[Which], true, sizeof Defined[Which]);
    return hole_program_run(Ops.data(), First, Ops.size(), yk::Program::constants().data(), &Greens,
                            Values[Which], Defined[Which]);
}

// A program that stands for the opcode's: its values are there when the others run.
static yk::KnownValues knownValues(const yk::Program &P, const YkGreens &Greens) {
    yk::KnownValues Known{2, {}};
    if (below(2)) {
        Values[1][0] = Greens.value[0];
        Values[1][1] = Greens.value[1];
        Known.Ops = yk::fuseLast(P, Known, below(P.Ops.size())).Ops;
        if (!run(1, 2, Known.Ops, Greens))
            Known.Ops.clear();
    }
    return Known;
}

static bool check(unsigned Seed) {
    Random.seed(Seed);
    yk::Program::constants().clear();
    for (uint8_t &Byte : Memory)
        Byte = Random();
    YkGreens Greens = {};
    Greens.value[0] = Random();
    Greens.value[1] = uintptr_t(Memory);
    Greens.range[1] = {uintptr_t(Memory), sizeof Memory};
    yk::Program P;
    P.emit(YK_HOLE_LOAD, 32, P.emit(YK_HOLE_GREEN, 64, 1), 0, 1);
    std::vector<uint16_t> Wanted;
    for (unsigned I = 5 + below(30); I > 0; I--)
        Wanted.push_back(addRandom(P));
    run(0, 0, P.Ops, Greens);
    yk::KnownValues Known = knownValues(P, Greens);
    Values[1][0] = Greens.value[0];
    Values[1][1] = Greens.value[1];
    std::vector<uint16_t> Asked;
    for (uint16_t N : Wanted) {
        Asked.push_back(N);
        Asked.push_back(yk::withoutOffset(P, N).first);
    }
    yk::FusedProgram Fused = yk::fuse(P, Known, Asked);
    run(1, Known.size(), Fused.Ops, Greens);
    bool Fine = true;
    for (uint16_t N : Wanted) {
        uint16_t M = Fused.Number.at(N);
        auto [Base, Offset] = yk::withoutOffset(P, N);
        uint16_t B = Fused.Number.at(Base);
        bool Same = Defined[0][N] == Defined[1][M] && Defined[0][N] == Defined[1][B] &&
                    (!Defined[0][N] || (Values[0][N] == Values[1][M] &&
                                        Values[0][N] == Values[1][B] + uint64_t(Offset)));
        if (!Same)
            printf("seed %u: value %u is %llx, fused %llx\n", Seed, N,
                   (unsigned long long)Values[0][N], (unsigned long long)Values[1][M]);
        Fine &= Same;
    }
    // As a test of the last value.
    uint16_t Last = P.Ops.size() - 1;
    uint64_t Value = P.Ops[Last].bits == 1 ? below(2) : Values[0][Last];
    yk::FusedTest T = yk::fuseTest(P, Known, Value);
    run(1, Known.size(), T.P.Ops, Greens);
    unsigned Result = Known.size() + T.P.Ops.size() - 1;
    bool Yes = Values[1][Result] == T.Value;
    if (Defined[0][Last] != Defined[1][Result] ||
        (Defined[0][Last] && (Values[0][Last] == Value) != (Yes != T.Swapped))) {
        printf("seed %u: the test of the last value\n", Seed);
        Fine = false;
    }
    return Fine;
}

int main(int Count, char **Arguments) {
    if (Count > 1)
        return check(atoi(Arguments[1])) ? 0 : 1;
    unsigned Failed = 0;
    for (unsigned Seed = 0; Seed < 100000; Seed++)
        Failed += !check(Seed);
    return Failed != 0;
}
