// The image's tables, and writing them into the program.
#include "image.h"
#include "tier1.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalVariable.h"

using namespace llvm;

namespace yk {

uint32_t AotImage::string(StringRef Text) {
    auto [It, New] = KnownStrings.try_emplace(Text, Strings.size());
    if (New) {
        Strings += Text;
        Strings += '\0';
    }
    return It->second;
}

IrRef AotImage::constant(uint8_t Type, uint64_t Bits) {
    auto [It, New] = KnownConsts.try_emplace({Type, Bits}, IR_CONST | Consts.size());
    if (New)
        Consts.push_back({Bits, Type, 0});
    return It->second;
}

uint32_t AotImage::symbol(StringRef Name) {
    auto [It, New] = KnownSymbols.try_emplace(Name, Symbols.size());
    if (New) {
        Symbols.push_back(Name.str());
        SymbolFunctions.push_back(UINT32_MAX);
    }
    return It->second;
}

namespace {
class ImageWriter {
    Module &M;
    LLVMContext &C;

    Constant *blob(StringRef Bytes, const char *Name, unsigned Alignment) {
        Constant *Data = ConstantDataArray::getString(C, Bytes, false);
        auto *G =
            new GlobalVariable(M, Data->getType(), true, GlobalValue::InternalLinkage, Data, Name);
        G->setAlignment(Align(Alignment));
        return G;
    }
    template <typename T> Constant *array(const std::vector<T> &V, const char *Name) {
        return blob(StringRef(reinterpret_cast<const char *>(V.data()), V.size() * sizeof(T)), Name,
                    alignof(T));
    }
    Constant *symbols(const std::vector<std::string> &Names);
    Constant *offsets(const std::vector<std::string> &Names);
    std::vector<uint32_t> constantBytes(const std::vector<std::string> &Names);

  public:
    explicit ImageWriter(Module &M) : M(M), C(M.getContext()) {}
    void write(const AotImage &I);
};
} // namespace

Constant *ImageWriter::symbols(const std::vector<std::string> &Names) {
    std::vector<Constant *> Addresses;
    for (const std::string &Name : Names) {
        GlobalValue *G = M.getNamedValue(Name);
        if (!G) // a function of the library that the program itself does not call
            G = Function::Create(FunctionType::get(Type::getVoidTy(C), false),
                                 GlobalValue::ExternalLinkage, Name, M);
        Addresses.push_back(G);
    }
    auto *T = ArrayType::get(PointerType::get(C, 0), Addresses.size());
    return new GlobalVariable(M, T, true, GlobalValue::InternalLinkage,
                              ConstantArray::get(T, Addresses), "yk.aot.symbols");
}

Constant *ImageWriter::offsets(const std::vector<std::string> &Names) {
    Type *I32 = Type::getInt32Ty(C), *I64 = Type::getInt64Ty(C);
    auto *T = ArrayType::get(I32, Names.size());
    auto *Table =
        new GlobalVariable(M, T, true, GlobalValue::InternalLinkage, nullptr, "yk.aot.marked");
    Constant *Start = ConstantExpr::getPtrToInt(Table, I64);
    std::vector<Constant *> Offsets;
    for (const std::string &Name : Names) {
        Constant *Offset = ConstantInt::get(I32, 0);
        if (!Name.empty())
            Offset = ConstantExpr::getTrunc(
                ConstantExpr::getSub(ConstantExpr::getPtrToInt(M.getNamedValue(Name), I64), Start),
                I32);
        Offsets.push_back(Offset);
    }
    Table->setInitializer(ConstantArray::get(T, Offsets));
    return Table;
}

std::vector<uint32_t> ImageWriter::constantBytes(const std::vector<std::string> &Names) {
    std::vector<uint32_t> Sizes;
    for (const std::string &Name : Names) {
        auto *G = M.getNamedGlobal(Name);
        bool Known = G && G->isConstant() && G->hasDefinitiveInitializer() && !G->isThreadLocal();
        uint64_t Size = Known ? M.getDataLayout().getTypeAllocSize(G->getValueType()) : 0;
        Sizes.push_back(std::min<uint64_t>(Size, UINT32_MAX));
    }
    return Sizes;
}

void ImageWriter::write(const AotImage &I) {
    std::string Strings = I.Strings;
    std::vector<uint32_t> SymbolNames;
    for (const std::string &Name : I.Symbols) {
        SymbolNames.push_back(Strings.size());
        Strings += Name;
        Strings += '\0';
    }
    Type *I32 = Type::getInt32Ty(C);
    auto Int = [&](uint32_t V) { return ConstantInt::get(I32, V); };
    std::vector<Constant *> Members = {
        Int(AOT_VERSION),
        Int(I.Functions.size()),
        Int(I.Blocks.size()),
        Int(I.Insns.size()),
        Int(I.Extras.size()),
        Int(I.Consts.size()),
        Int(I.Symbols.size()),
        Int(I.Classes.size()),
        Int(Strings.size()),
        Int(I.Body),
        Int(I.GreenCount),
        Int(I.RegionCount),
        array(I.Functions, "yk.aot.functions"),
        array(I.Blocks, "yk.aot.blocks"),
        array(I.Insns, "yk.aot.insns"),
        array(I.Extras, "yk.aot.extras"),
        array(I.Consts, "yk.aot.consts"),
        array(I.Classes, "yk.aot.classes"),
        blob(Strings, "yk.aot.strings", 1),
        symbols(I.Symbols),
        array(SymbolNames, "yk.aot.symbol_names"),
        array(I.SymbolFunctions, "yk.aot.symbol_functions"),
        array(constantBytes(I.Symbols), "yk.aot.symbol_constants"),
        offsets(I.Marked),
        ConstantDataArray::get(C, I.SlotRegions),
    };
    static_assert(sizeof(AotModule) == 12 * 4 + 12 * 8 + AOT_SLOTS + 4, "the members above");
    auto *Init = ConstantStruct::getAnon(C, Members);
    GlobalVariable *Old = M.getNamedGlobal("yk_aot_module");
    auto *G = new GlobalVariable(M, Init->getType(), true, GlobalValue::ExternalLinkage, Init,
                                 Old ? "" : "yk_aot_module");
    if (Old) {
        G->takeName(Old);
        Old->replaceAllUsesWith(G);
        Old->eraseFromParent();
    }
    G->setVisibility(GlobalValue::HiddenVisibility);
}

void writeAot(Module &M, const AotImage &Image) {
    ImageWriter(M).write(Image);
}

} // namespace yk
