// Code generation for stencils: LLVM's, in memory, with every basic block in a section of its own,
// so that layout.cpp can arrange hot and cold blocks and knows every branch by its relocation.
#include "emit.h"
#include "llvm/CodeGen/CommandFlags.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;

namespace yk {

namespace {
// Sets an option of LLVM's code generator that has no other interface, for the lifetime of the
// object. The value is given as on a command line.
template <typename T> class OptionGuard {
    cl::opt<T> *Option = nullptr;
    T Saved{};

  public:
    OptionGuard(StringRef Name, T Value) {
        auto It = cl::getRegisteredOptions().find(Name);
        if (It == cl::getRegisteredOptions().end())
            return;
        Option = static_cast<cl::opt<T> *>(It->second);
        Saved = Option->getValue();
        Option->setValue(Value);
    }
    ~OptionGuard() {
        if (Option)
            Option->setValue(Saved);
    }
};
} // namespace

std::unique_ptr<TargetMachine> targetMachine(Module &M, const TargetOptions &Options) {
    std::string Error, Cpu = "x86-64", Features;
    const Target *T = TargetRegistry::lookupTarget(M.getTargetTriple(), Error);
    if (!T) {
        M.getContext().emitError("yk: " + Error);
        return nullptr;
    }
    for (Function &F : M)
        if (F.hasFnAttribute("target-cpu")) {
            Cpu = F.getFnAttribute("target-cpu").getValueAsString();
            Features = F.getFnAttribute("target-features").getValueAsString();
            break;
        }
    return std::unique_ptr<TargetMachine>(
        T->createTargetMachine(M.getTargetTriple(), Cpu, Features, Options, Reloc::PIC_,
                               CodeModel::Small, CodeGenOptLevel::Default));
}

std::string compileStencils(Derived &D) {
    // Code generation changes the IR, which may be compiled once more.
    std::unique_ptr<Module> Copy = CloneModule(*D.M);
    Module &M = *Copy;
    // A merged tail sends paths of different kinds through one block. Alias analysis would tell
    // two holes apart that can be equal.
    OptionGuard<cl::boolOrDefault> NoTailMerge("enable-tail-merge", cl::BOU_FALSE);
    OptionGuard<bool> NoAliasAnalysis("x86-use-aa", false);
    TargetOptions Options;
    Options.BBSections = BasicBlockSection::All;
    Options.FunctionSections = true;
    Options.UniqueSectionNames = true;
    Options.UniqueBasicBlockSectionNames = false;
    std::unique_ptr<TargetMachine> TM = targetMachine(M, Options);
    if (!TM)
        return "";
    M.setDataLayout(TM->createDataLayout());
    for (Function &F : M)
        if (F.isDeclaration() && !F.isIntrinsic())
            F.setDSOLocal(true);
    SmallVector<char, 0> Buffer;
    raw_svector_ostream OS(Buffer);
    legacy::PassManager PM;
    if (TM->addPassesToEmitFile(PM, OS, nullptr, CodeGenFileType::ObjectFile)) {
        M.getContext().emitError("yk: LLVM cannot emit objects for this target");
        return "";
    }
    PM.run(M);
    return std::string(Buffer.begin(), Buffer.end());
}

bool compileAndLayOut(Derived &D, std::string &Object, std::vector<StencilCode> &Code,
                      std::string &Rodata) {
    for (int Try = 0; Try < 2; Try++) {
        Rodata.clear();
        Object = compileStencils(D);
        if (Object.empty())
            return false;
        Code = layOutStencils(D, Object, Rodata);
        bool Again = false;
        for (size_t I = 0; I < Code.size(); I++)
            if (Code[I].UsesFramePointer) {
                D.Stencils[I].F->addFnAttr("frame-pointer", "all");
                Again = true;
            }
        if (!Again)
            break;
    }
    return true;
}

} // namespace yk
