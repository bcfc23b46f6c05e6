// Writes the table of stencils (tier0-cnp/stencil_table.h) into the program as constants.
#include "emit.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"

using namespace llvm;

namespace yk {

template <typename T> static std::string bytesOf(const std::vector<T> &V) {
    return std::string(reinterpret_cast<const char *>(V.data()), V.size() * sizeof(T));
}

namespace {
class TableWriter {
    Module &M;
    LLVMContext &C;
    Type *Ptr;
    std::vector<uint64_t> Records;
    std::string Code;
    std::vector<Constant *> Symbols;
    std::map<std::string, unsigned> SymbolNumber;
    std::vector<uint32_t> Roots;
    std::map<std::string, uint32_t> Known; // stencils, by their contents
    KnownValues Before;                    // what every program finds
    unsigned MostValues = 0;

    /// Makes room for a record at the end; returns its index.
    uint32_t addRecord(size_t Size) {
        uint32_t At = Records.size();
        Records.resize(At + (Size + sizeof(uint64_t) - 1) / sizeof(uint64_t));
        return At;
    }
    std::vector<YkReloc> groupRelocs(YkStencil &T, const FusedProgram &P,
                                     const std::vector<CodeReloc> &Relocs, int Tail,
                                     std::string &Bytes);
    unsigned symbol(const std::string &Name);
    uint32_t addStencil(const Stencil &S, const StencilCode &SC);
    uint32_t addVariants(const Decision &D, Derived &All, const std::vector<StencilCode> &Codes);

    // Bytes as a constant of the program.
    Constant *blob(StringRef Bytes, const char *Name, unsigned Alignment = 8) {
        Constant *Data = ConstantDataArray::getString(C, Bytes, false);
        auto *G =
            new GlobalVariable(M, Data->getType(), true, GlobalValue::InternalLinkage, Data, Name);
        G->setAlignment(Align(Alignment));
        return G;
    }
    template <typename T> Constant *array(const std::vector<T> &V, const char *Name) {
        return blob(bytesOf(V), Name);
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

// What is added to a value is part of what refers to it, if there is room: for the pcs of the next
// instructions nothing is to be computed at all.
static std::vector<CodeReloc> withOffsets(const Program &P, const std::vector<CodeReloc> &Relocs) {
    std::vector<CodeReloc> Result = Relocs;
    for (CodeReloc &R : Result) {
        if (R.Kind != RelocKind::Hole && R.Kind != RelocKind::Target)
            continue;
        auto [Value, Offset] = withoutOffset(P, R.Value);
        bool Fits = R.Kind == RelocKind::Target
                        ? isInt<16>(Offset)
                        : isInt<31>(Offset) && isInt<31>(R.Addend) &&
                              isIntN(8 * widthOf(R.Form), R.Addend + Offset);
        if (!Fits)
            continue;
        R.Value = Value;
        (R.Kind == RelocKind::Target ? R.PcOffset : R.Addend) += Offset;
    }
    return Result;
}

// The stencil's targets, then its relocations in groups. Addends go into `Bytes`, the stencil's
// code.
std::vector<YkReloc> TableWriter::groupRelocs(YkStencil &T, const FusedProgram &P,
                                              const std::vector<CodeReloc> &Relocs, int Tail,
                                              std::string &Bytes) {
    std::vector<std::pair<uint16_t, int16_t>> Targets;
    std::map<std::pair<uint8_t, uint8_t>, std::vector<YkReloc>> Groups;
    auto Target = [&](const CodeReloc &R) {
        std::pair<uint16_t, int16_t> Pc{P.Number.at(R.Value), R.PcOffset};
        unsigned I = find(Targets, Pc) - Targets.begin();
        if (I == Targets.size())
            Targets.push_back(Pc);
        return YK_LINK_TARGET + I;
    };
    auto Index = [&](const CodeReloc &R) -> unsigned {
        switch (R.Kind) {
        case RelocKind::Hole:
            return P.Number.at(R.Value);
        case RelocKind::Target:
            return Target(R);
        case RelocKind::Dynamic:
            return 0;
        case RelocKind::Return:
            return YK_LINK_RETURN;
        case RelocKind::Bypass:
            return YK_LINK_BYPASS;
        case RelocKind::Hot:
            return YK_LINK_HOT;
        case RelocKind::Cold:
            return YK_LINK_COLD;
        case RelocKind::Rodata:
            return YK_LINK_RODATA;
        case RelocKind::Symbol:
            return R.ViaSlot ? unsigned(YK_LINK_SYMBOLS) : YK_LINK_SYMBOL + symbol(R.Symbol);
        }
        llvm_unreachable("kind of relocation");
    };
    if (Tail >= 0) {
        bool Static = Relocs[Tail].Kind == RelocKind::Target;
        T.tail = Static ? YK_TAIL_TARGET : YK_TAIL_DYNAMIC;
        if (Static)
            Target(Relocs[Tail]); // the first one
    }
    for (const CodeReloc &R : Relocs) {
        if (&R - Relocs.data() == Tail)
            continue;
        YkReloc Place{};
        Place.place.offset = R.Offset;
        Place.place.index = Index(R);
        int64_t Addend = R.Addend + (R.ViaSlot ? int64_t(sizeof(void *) * symbol(R.Symbol)) : 0);
        memcpy(&Bytes[R.Offset], &Addend, widthOf(R.Form));
        T.dynamic_count += R.Kind == RelocKind::Dynamic;
        uint8_t Kind = R.Kind == RelocKind::Hole      ? YK_KIND_HOLE
                       : R.Kind == RelocKind::Dynamic ? YK_KIND_DYNAMIC
                                                      : YK_KIND_LINK;
        Groups[{Kind, R.Form}].push_back(Place);
    }
    T.target_count = Targets.size();
    T.group_count = Groups.size();
    std::vector<YkReloc> Written(Targets.size());
    for (size_t I = 0; I < Targets.size(); I++)
        Written[I].target = {Targets[I].first, Targets[I].second};
    for (auto &[Which, Places] : Groups) {
        YkReloc Head{};
        Head.head = {Which.first, Which.second, uint16_t(Places.size())};
        Written.push_back(Head);
        Written.insert(Written.end(), Places.begin(), Places.end());
    }
    return Written;
}

// Stencils that come out the same are kept once.
uint32_t TableWriter::addStencil(const Stencil &S, const StencilCode &SC) {
    std::vector<CodeReloc> CodeRelocs = withOffsets(S.Values, SC.Relocs);
    std::vector<uint16_t> Wanted;
    for (RelocKind Kind : {RelocKind::Target, RelocKind::Hole}) // what is needed first, first
        for (const CodeReloc &R : CodeRelocs)
            if (R.Kind == Kind)
                Wanted.push_back(R.Value);
    FusedProgram P = fuse(S.Values, Before, Wanted);
    std::string Bytes = SC.Hot + SC.Cold;
    YkStencil T{};
    T.hot_size = SC.Hot.size();
    T.cold_size = SC.Cold.size();
    std::vector<YkReloc> Relocs = groupRelocs(T, P, CodeRelocs, SC.Tail, Bytes);
    T.reloc_count = Relocs.size();
    T.op_count = P.Ops.size();
    MostValues = std::max<unsigned>(MostValues, Before.size() + P.Ops.size());
    std::string Record(sizeof T, 0);
    memcpy(Record.data(), &T, sizeof T);
    Record += bytesOf(Relocs);
    Record += bytesOf(P.Ops);
    auto [It, New] = Known.try_emplace(Record + Bytes);
    if (!New)
        return It->second;
    T.code = Code.size();
    memcpy(Record.data(), &T, sizeof T);
    Code += Bytes;
    It->second = addRecord(Record.size());
    memcpy(&Records[It->second], Record.data(), Record.size());
    return It->second;
}

// A tree of decisions, and the stencils that it leads to; returns a reference to it.
uint32_t TableWriter::addVariants(const Decision &D, Derived &All,
                                  const std::vector<StencilCode> &Codes) {
    if (D.isLeaf())
        return D.Leaf < 0 || !Codes[D.Leaf].Usable
                   ? YK_NONE
                   : YK_LEAF | addStencil(All.Stencils[D.Leaf], Codes[D.Leaf]);
    FusedTest Test = fuseTest(D.Test, Before, D.Value);
    std::string Ops = bytesOf(Test.P.Ops);
    YkDecision T{};
    uint32_t At = addRecord(sizeof T + Ops.size());
    T.op_count = Test.P.Ops.size();
    MostValues = std::max<unsigned>(MostValues, Before.size() + Test.P.Ops.size());
    T.value = Test.Value;
    T.equal = addVariants(Test.Swapped ? *D.Other : *D.Equal, All, Codes);
    T.other = addVariants(Test.Swapped ? *D.Equal : *D.Other, All, Codes);
    memcpy(&Records[At], &T, sizeof T);
    memcpy(reinterpret_cast<char *>(&Records[At]) + sizeof T, Ops.data(), Ops.size());
    return At;
}

void TableWriter::write(const Interpreter &In, Derived &D, const std::vector<StencilCode> &Codes,
                        const std::string &Rodata) {
    Before.Greens = In.Greens.size();
    Before.Ops = fuseLast(D.Selector, Before, D.Selector.Ops.size() - 1).Ops;
    for (auto &Root : D.Roots)
        Roots.push_back(Root ? addVariants(*Root, D, Codes) : YK_NONE);

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
        Int(Roots.size()),
        Int(In.Extras.size()),
        Int(Symbols.size()),
        Int(Before.Ops.size()),
        Int(std::max(MostValues, Before.size())),
        array(Before.Ops, "yk.selector"),
        array(Roots, "yk.roots"),
        array(Records, "yk.records"),
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
