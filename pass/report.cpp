// The derivation as text, for people and for golden tests: what the plugin has decided, and nothing
// that LLVM's optimiser or code generator decides (no IR, no machine code, no sizes). Twin of
// table_writer.cpp, which writes the same for the run time.
//
//     interpreter toy_interpret
//     slot 0: red vm
//     ...
//     opcode 8: 4 stencils
//         if (load32.k k) = 1             a decision; its outcomes are indented
//             stencil 8
//                 next (add pc 2)         exits: target, `next dynamic`, `return`, `bypass`
//                 hole int32 (mul ...)    what is patched in, and the range that LLVM was told
//                 calls toy_arithmetic
//                 cold 1                  functions for rarely executed parts
//         else
//             no stencil
//
// Static values are printed as (operation operand...). The operation's suffix is its width if that
// is not 64: of the operands for comparisons and sext, else of the result. (load8.pc x) must lie in
// the range of green variable pc. What is large and used more than once has a line `vN = ...` of
// its own.
#include "emit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Support/raw_ostream.h"
#include <set>

using namespace llvm;

namespace yk {

namespace {
struct OpInfo {
    const char *Name;
    unsigned Operands;
};
constexpr OpInfo OpTable[] = {
#define X(name, operands) {#name, operands},
    YK_HOLE_OPCODES(X)
#undef X
};

// Negative numbers are the shorter ones; a single bit is a truth value.
std::string number(uint64_t Value, unsigned Bits) {
    return std::to_string(Bits == 1 ? int64_t(Value & 1) : SignExtend64(Value, Bits));
}

/// Prints values of one hole program.
class ProgramPrinter {
    const Program &P;
    const std::vector<std::string> &Greens;
    std::vector<unsigned> Size; // operations of the expression, written out
    std::vector<unsigned> Uses;
    std::map<uint16_t, std::string> Shared; // values with a line of their own
    static constexpr unsigned Small = 8;

    uint16_t operand(uint16_t N, unsigned I) const {
        const YkHoleOp &Op = P.Ops[N];
        return I == 0 ? Op.a : I == 1 ? Op.b : Op.c;
    }
    std::string expression(uint16_t N) const;

  public:
    /// `Roots`: the values that will be printed.
    ProgramPrinter(const Program &P, const std::vector<std::string> &Greens,
                   const std::vector<uint16_t> &Roots);
    std::string value(uint16_t N) const {
        auto It = Shared.find(N);
        return It == Shared.end() ? expression(N) : It->second;
    }
    void printShared(raw_ostream &OS, unsigned Indent) const {
        for (auto &[N, Name] : Shared)
            OS.indent(Indent) << Name << " = " << expression(N) << '\n';
    }
};

class Describer {
    const Interpreter &In;
    const Derived &D;
    std::vector<std::string> Greens;
    raw_ostream &OS;

    void describeStencil(unsigned Number, unsigned Indent);
    void describeDecision(const Decision &N, unsigned Indent);
    static unsigned leaves(const Decision &N) {
        return N.isLeaf() ? N.Leaf >= 0 : leaves(*N.Equal) + leaves(*N.Other);
    }

  public:
    Describer(const Interpreter &In, const Derived &D, raw_ostream &OS) : In(In), D(D), OS(OS) {
        for (AllocaInst *A : In.Greens)
            Greens.push_back(variableName(A));
    }
    void describe();
};
} // namespace

ProgramPrinter::ProgramPrinter(const Program &P, const std::vector<std::string> &Greens,
                               const std::vector<uint16_t> &Roots)
    : P(P), Greens(Greens), Size(P.Ops.size(), 1), Uses(P.Ops.size(), 0) {
    for (uint16_t R : Roots)
        Uses[R]++;
    for (size_t N = P.Ops.size(); N-- > 0;)
        if (Uses[N] > 0)
            for (unsigned I = 0; I < OpTable[P.Ops[N].opcode].Operands; I++)
                Uses[operand(N, I)]++;
    for (size_t N = 0; N < P.Ops.size(); N++) {
        for (unsigned I = 0; I < OpTable[P.Ops[N].opcode].Operands; I++) {
            uint16_t O = operand(N, I);
            Size[N] += Shared.count(O) ? 1 : Size[O];
        }
        if (Uses[N] > 1 && Size[N] > Small)
            Shared[N] = "v" + std::to_string(Shared.size());
    }
}

std::string ProgramPrinter::expression(uint16_t N) const {
    const YkHoleOp &Op = P.Ops[N];
    if (Op.opcode == YK_HOLE_GREEN)
        return Greens[Op.a];
    if (Op.opcode == YK_HOLE_CONST)
        return number(Program::constants()[Op.a], Op.bits);
    std::string Text = "(" + StringRef(OpTable[Op.opcode].Name).lower();
    bool Compares = Op.opcode >= YK_HOLE_EQ && Op.opcode <= YK_HOLE_SLE;
    unsigned Width = Compares ? Op.c : Op.opcode == YK_HOLE_SEXT ? Op.b : Op.bits;
    if (Width != 64)
        Text += std::to_string(Width);
    if (Op.opcode == YK_HOLE_LOAD)
        Text += "." + Greens[Op.c];
    for (unsigned I = 0; I < OpTable[Op.opcode].Operands; I++)
        Text += " " + value(operand(N, I));
    return Text + ")";
}

static const char *rangeName(HoleRange R) {
    switch (R) {
    case HoleRange::Full:
        return "int64";
    case HoleRange::Signed32:
        return "int32";
    case HoleRange::Unsigned32:
        return "uint32";
    case HoleRange::Byte:
        return "uint7";
    case HoleRange::Word:
        return "uint16";
    }
    llvm_unreachable("no range");
}

void Describer::describeStencil(unsigned Number, unsigned Indent) {
    const Stencil &S = D.Stencils[Number];
    std::vector<uint16_t> Roots;
    auto Used = [&](const Hole &H) {
        GlobalValue *G = D.M->getNamedValue(H.Symbol);
        return G && !G->use_empty();
    };
    for (auto *List : {&S.Targets, &S.Holes})
        for (const Hole &H : *List)
            if (Used(H))
                Roots.push_back(H.Value);
    ProgramPrinter Printer(S.Values, Greens, Roots);
    // Sorted: the order of blocks is the optimiser's.
    std::set<std::string> Exits, Holes, Calls, Cold;
    for (const Hole &H : S.Targets)
        if (Used(H))
            Exits.insert("next " + Printer.value(H.Value));
    for (const Hole &H : S.Holes)
        if (Used(H))
            Holes.insert(std::string("hole ") + rangeName(H.Range) + " " + Printer.value(H.Value));
    for (Instruction &I : instructions(*S.F)) {
        auto *C = dyn_cast<CallInst>(&I);
        if (!C || isa<IntrinsicInst>(C) || C->isInlineAsm())
            continue;
        Function *Callee = C->getCalledFunction();
        StringRef Name = Callee ? Callee->getName() : "";
        if (!Callee)
            Calls.insert("(pointer)");
        else if (Name.starts_with(ColdPrefix))
            Cold.insert(Name.str());
        else if (Name.starts_with(ExitMerge))
            Exits.insert("next dynamic");
        else if (Name.starts_with(ExitReturn))
            Exits.insert("return");
        else if (Name.starts_with(ExitBypass))
            Exits.insert("bypass");
        else if (!Name.starts_with(StencilPrefix)) // a target
            Calls.insert(Name.str());
    }
    OS.indent(Indent) << "stencil " << Number << '\n';
    Printer.printShared(OS, Indent + 4);
    for (auto *List : {&Exits, &Holes})
        for (const std::string &Line : *List)
            OS.indent(Indent + 4) << Line << '\n';
    if (!Calls.empty())
        OS.indent(Indent + 4) << "calls " << join(Calls, " ") << '\n';
    if (!Cold.empty())
        OS.indent(Indent + 4) << "cold " << Cold.size() << '\n';
}

void Describer::describeDecision(const Decision &N, unsigned Indent) {
    if (N.isLeaf()) {
        if (N.Leaf >= 0)
            describeStencil(N.Leaf, Indent);
        else
            OS.indent(Indent) << "no stencil\n";
        return;
    }
    // A chain of alternatives does not move to the right.
    const Decision *Next = &N;
    for (bool First = true; !Next->isLeaf(); Next = Next->Other.get(), First = false) {
        uint16_t Tested = Next->Test.Ops.size() - 1;
        ProgramPrinter Printer(Next->Test, Greens, {Tested});
        Printer.printShared(OS, Indent);
        OS.indent(Indent) << (First ? "if " : "else if ") << Printer.value(Tested) << " = "
                          << number(Next->Value, Next->Test.Ops[Tested].bits) << '\n';
        describeDecision(*Next->Equal, Indent + 4);
    }
    OS.indent(Indent) << "else\n";
    describeDecision(*Next, Indent + 4);
}

void Describer::describe() {
    OS << "interpreter " << In.F->getName() << '\n';
    auto Slots = In.slots(true);
    for (unsigned I = 0; I < Slots.size(); I++)
        if (Slots[I])
            OS << "slot " << I << ": "
               << (is_contained(In.Greens, Slots[I]) ? "green "
                   : is_contained(In.Reds, Slots[I]) ? "red "
                                                     : "extra ")
               << variableName(Slots[I]) << '\n';
    uint16_t Number = D.Selector.Ops.size() - 1;
    OS << "opcode = " << ProgramPrinter(D.Selector, Greens, {Number}).value(Number) << '\n'
       << "pc step " << D.PcStep << '\n';
    for (size_t I = 0; I < D.Roots.size(); I++) {
        if (!D.Roots[I])
            continue;
        OS << "opcode " << I << ": " << leaves(*D.Roots[I]) << " stencils\n";
        describeDecision(*D.Roots[I], 4);
    }
    OS << D.ColdKept << " shared cold functions, " << D.ColdMerged << " merged\n";
}

std::string describeDerivation(const Interpreter &In, const Derived &D) {
    std::string Text;
    raw_string_ostream OS(Text);
    Describer(In, D, OS).describe();
    return Text;
}

} // namespace yk
