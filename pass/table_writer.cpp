// Writes the table of stencils (tier0-cnp/stencil_table.h) into the program as constants.
#include "emit.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"

using namespace llvm;

namespace yk {

namespace {
class TableWriter {
    Module &M;
    LLVMContext &C;
    Type *Ptr;
    std::vector<YkHoleOp> Ops;
    std::vector<YkDecision> Decisions;
    std::vector<YkStencil> Stencils;
    std::vector<YkReloc> Relocs;
    std::string Code;
    std::vector<Constant *> Symbols;
    std::map<std::string, unsigned> SymbolNumber;
    std::vector<uint32_t> Roots;

    uint32_t addOps(const FusedProgram &P) {
        uint32_t First = Ops.size();
        Ops.insert(Ops.end(), P.Ops.begin(), P.Ops.end());
        return First;
    }
    void addRelocs(YkStencil &T, const FusedProgram &P, const StencilCode &SC);
    unsigned symbol(const std::string &Name);
    void addStencil(const Stencil &S, const StencilCode &SC);
    uint32_t addDecision(const Decision &D, const std::vector<uint32_t> &Number);

    // Bytes as a constant of the program.
    Constant *blob(StringRef Bytes, const char *Name, unsigned Alignment = 8) {
        Constant *Data = ConstantDataArray::getString(C, Bytes, false);
        auto *G =
            new GlobalVariable(M, Data->getType(), true, GlobalValue::InternalLinkage, Data, Name);
        G->setAlignment(Align(Alignment));
        return G;
    }
    template <typename T> Constant *array(const std::vector<T> &V, const char *Name) {
        return blob(StringRef(reinterpret_cast<const char *>(V.data()), V.size() * sizeof(T)),
                    Name);
    }

  public:
    explicit TableWriter(Module &M)
        : M(M), C(M.getContext()), Ptr(PointerType::get(M.getContext(), 0)) {}
    void write(const Interpreter &In, Derived &D, const std::vector<StencilCode> &Code,
               const std::string &Rodata);
};
} // namespace

unsigned TableWriter::symbol(const std::string &Name) {
    auto [It, New] = SymbolNumber.try_emplace(Name, Symbols.size());
    if (New) {
        GlobalValue *G = M.getNamedValue(Name);
        if (!G) // a routine that only the code generator knows, such as memcpy
            G = Function::Create(FunctionType::get(Type::getVoidTy(C), false),
                                 GlobalValue::ExternalLinkage, Name, M);
        Symbols.push_back(G);
    }
    return It->second;
}

static unsigned widthOf(uint8_t Form) {
    switch (Form) {
    case YK_FORM_ABS8:
        return 1;
    case YK_FORM_ABS16:
        return 2;
    case YK_FORM_ABS64:
        return 8;
    default:
        return 4;
    }
}

// Adds the stencil's targets, and its relocations in groups; the addends go into the code, which
// must be the last that was added.
void TableWriter::addRelocs(YkStencil &T, const FusedProgram &P, const StencilCode &SC) {
    std::vector<uint16_t> Targets;
    std::map<std::pair<uint8_t, uint8_t>, std::vector<YkReloc>> Groups;
    auto Target = [&](const CodeReloc &R) -> uint16_t {
        uint16_t Value = P.Number.at(R.Value);
        size_t I = find(Targets, Value) - Targets.begin();
        if (I == Targets.size())
            Targets.push_back(Value);
        return I;
    };
    if (SC.Tail >= 0) {
        bool Static = SC.Relocs[SC.Tail].Kind == YK_KIND_TARGET;
        T.tail = Static ? YK_TAIL_TARGET : YK_TAIL_DYNAMIC;
        if (Static)
            Target(SC.Relocs[SC.Tail]); // the first one
    }
    for (const CodeReloc &R : SC.Relocs) {
        if (&R - SC.Relocs.data() == SC.Tail)
            continue;
        uint8_t Kind = R.Kind == YK_KIND_SYMBOL && R.ViaSlot ? uint8_t(YK_KIND_SLOT) : R.Kind;
        int64_t Addend = R.Addend;
        YkReloc Place{};
        Place.place.offset = R.Offset;
        if (Kind == YK_KIND_HOLE)
            Place.place.index = P.Number.at(R.Value);
        else if (Kind == YK_KIND_TARGET)
            Place.place.index = Target(R);
        else if (Kind == YK_KIND_SYMBOL)
            Place.place.index = symbol(R.Symbol);
        else if (Kind == YK_KIND_SLOT)
            Addend += sizeof(void *) * symbol(R.Symbol);
        memcpy(&Code[T.code + R.Offset], &Addend, widthOf(R.Form));
        T.dynamic_count += Kind == YK_KIND_DYNAMIC;
        Groups[{Kind, R.Form}].push_back(Place);
    }
    T.relocs = Relocs.size();
    T.target_count = Targets.size();
    T.group_count = Groups.size();
    for (uint16_t Value : Targets) {
        YkReloc R{};
        R.target = Value;
        Relocs.push_back(R);
    }
    for (auto &[Which, Places] : Groups) {
        YkReloc Head{};
        Head.head.kind = Which.first;
        Head.head.form = Which.second;
        Head.head.count = Places.size();
        Relocs.push_back(Head);
        Relocs.insert(Relocs.end(), Places.begin(), Places.end());
    }
}

void TableWriter::addStencil(const Stencil &S, const StencilCode &SC) {
    std::vector<uint16_t> Wanted;
    for (uint8_t Kind : {YK_KIND_TARGET, YK_KIND_HOLE}) // what is needed first, first
        for (const CodeReloc &R : SC.Relocs)
            if (R.Kind == Kind)
                Wanted.push_back(R.Value);
    FusedProgram P = fuse(S.Values, Wanted);
    YkStencil T{};
    T.code = Code.size();
    T.hot_size = SC.Hot.size();
    T.cold_size = SC.Cold.size();
    Code += SC.Hot;
    Code += SC.Cold;
    addRelocs(T, P, SC);
    T.ops = addOps(P);
    T.op_count = P.Ops.size();
    Stencils.push_back(T);
}

uint32_t TableWriter::addDecision(const Decision &D, const std::vector<uint32_t> &Number) {
    if (D.isLeaf())
        return D.Leaf < 0 || Number[D.Leaf] == YK_NONE ? YK_NONE : (YK_LEAF | Number[D.Leaf]);
    uint32_t N = Decisions.size();
    Decisions.push_back({});
    YkDecision T{};
    FusedTest Test = fuseTest(D.Test, D.Value);
    T.ops = addOps(Test.P);
    T.op_count = Test.P.Ops.size();
    T.value = Test.Value;
    T.equal = addDecision(Test.Swapped ? *D.Other : *D.Equal, Number);
    T.other = addDecision(Test.Swapped ? *D.Equal : *D.Other, Number);
    Decisions[N] = T;
    return N;
}

void TableWriter::write(const Interpreter &In, Derived &D, const std::vector<StencilCode> &Codes,
                        const std::string &Rodata) {
    // Stencils that came out the same are kept once.
    std::map<std::string, uint32_t> Known;
    std::vector<uint32_t> Number(D.Stencils.size(), YK_NONE);
    for (size_t I = 0; I < D.Stencils.size(); I++) {
        if (!Codes[I].Usable)
            continue;
        std::string Key = Codes[I].Hot + "|" + Codes[I].Cold;
        for (const CodeReloc &R : Codes[I].Relocs)
            Key += ("|" + Twine(R.Offset) + "," + Twine(R.Form) + "," + Twine(R.Kind) + "," +
                    R.Symbol + "," + Twine(R.Value) + "," + Twine(R.Addend))
                       .str();
        const auto &Ops = D.Stencils[I].Values.Ops;
        Key.append(reinterpret_cast<const char *>(Ops.data()), Ops.size() * sizeof(YkHoleOp));
        auto [It, New] = Known.try_emplace(Key, Stencils.size());
        Number[I] = It->second;
        if (New)
            addStencil(D.Stencils[I], Codes[I]);
    }
    for (auto &Root : D.Roots)
        Roots.push_back(Root ? addDecision(*Root, Number) : YK_NONE);
    FusedProgram Opcode = fuse(D.Selector, {uint16_t(D.Selector.Ops.size() - 1)});
    uint32_t Selector = addOps(Opcode);

    Type *I32 = Type::getInt32Ty(C);
    auto Int = [&](uint32_t V) { return ConstantInt::get(I32, V); };
    auto *SymbolArray = ConstantArray::get(ArrayType::get(Ptr, Symbols.size()), Symbols);
    auto *SymbolTable = new GlobalVariable(M, SymbolArray->getType(), true,
                                           GlobalValue::InternalLinkage, SymbolArray, "yk.symbols");
    std::vector<Constant *> Members = {
        Int(YK_TABLE_VERSION),
        Int(In.Reds.size()),
        Int(In.Greens.size()),
        Int(D.PcStep),
        Int(Selector),
        Int(Opcode.Ops.size()),
        Int(Roots.size()),
        Int(Stencils.size()),
        Int(In.Extras.size()),
        Int(Symbols.size()),
        array(Roots, "yk.roots"),
        array(Decisions, "yk.decisions"),
        array(Stencils, "yk.stencils"),
        array(Relocs, "yk.relocs"),
        array(Ops, "yk.ops"),
        array(Program::constants(), "yk.constants"),
        blob(Code, "yk.code"),
        blob(Rodata, "yk.rodata", 64),
        SymbolTable,
        blob((In.F->getName() + Twine('\0')).str(), "yk.function", 1),
    };
    auto *Init = ConstantStruct::getAnon(C, Members);
    auto *G = new GlobalVariable(M, Init->getType(), true, GlobalValue::ExternalLinkage, Init,
                                 "yk_stencil_table");
    G->setVisibility(GlobalValue::HiddenVisibility);
}

void writeTable(Module &M, const Interpreter &In, Derived &D, const std::vector<StencilCode> &Code,
                const std::string &Rodata) {
    TableWriter(M).write(In, D, Code, Rodata);
}

} // namespace yk
