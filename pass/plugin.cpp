// The pass plugin. It runs once, at link time, on the merged module, before any other pass:
//
//   1. find the interpreter                                   interpreter.cpp
//   2. derive stencils from a copy of the module              derive.cpp and its steps
//   3. compile them, lay them out, write the table            codegen.cpp, layout.cpp,
//   table_writer.cpp
//   4. add the shared cold functions                          here
//   5. lower the merge points in the interpreter              lower.cpp
//   6. sanitizers, if asked for; then LLVM's -O2 pipeline     here
//
// The units come unoptimised (yk-config --cflags), so this is the only optimisation they get.
#include "derive.h"
#include "emit.h"
#include "lower.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Transforms/Instrumentation/AddressSanitizer.h"
#include "llvm/Transforms/Instrumentation/ThreadSanitizer.h"

using namespace llvm;

namespace {

/// While stencils and cold functions are apart from the module, they refer to its internal symbols
/// by name.
class Externaliser {
    SmallVector<std::pair<GlobalValue *, GlobalValue::LinkageTypes>, 64> Changed;

  public:
    explicit Externaliser(Module &M) {
        for (GlobalValue &G : M.global_values())
            if (G.hasLocalLinkage() && !G.getName().starts_with("llvm.")) {
                if (!G.hasName())
                    G.setName("yk.unnamed");
                Changed.push_back({&G, G.getLinkage()});
                G.setLinkage(GlobalValue::ExternalLinkage);
                G.setVisibility(GlobalValue::HiddenVisibility);
            }
    }
    ~Externaliser() {
        for (auto &[G, L] : Changed) {
            G->setVisibility(GlobalValue::DefaultVisibility);
            G->setLinkage(L);
        }
    }
};

bool hasAttribute(const Module &M, Attribute::AttrKind K) {
    return any_of(M, [&](const Function &F) { return F.hasFnAttribute(K); });
}

/// For whoever works on the plugin, or wonders why an interpreter's native code is large: with
/// YK_REPORT=FILE in the linker's environment, FILE gets `Text`, sizes, and the stencils' IR, and
/// FILE.o the compiled stencils. Golden tests read up to the line "code".
void writeReport(const char *File, const std::string &Text, const yk::Derived &D,
                 const std::vector<yk::StencilCode> &Code, const std::string &Object) {
    std::error_code Error;
    raw_fd_ostream OS(File, Error);
    raw_fd_ostream ObjectStream((Twine(File) + ".o").str(), Error);
    if (Error) {
        errs() << "yk: cannot write the report " << File << ": " << Error.message() << '\n';
        return;
    }
    OS << Text << "code\n";
    for (size_t I = 0; I < Code.size(); I++)
        if (Code[I].Usable)
            OS << "stencil " << I << ": " << Code[I].Hot.size() << " bytes hot, "
               << Code[I].Cold.size() << " cold, " << D.Stencils[I].Values.Ops.size()
               << " operations\n";
        else
            OS << "stencil " << I << " dropped: " << Code[I].Why << '\n';
    OS << *D.M;
    ObjectStream << Object;
}

class Tier0Pass : public PassInfoMixin<Tier0Pass> {
    static bool build(Module &M);

  public:
    PreservedAnalyses run(Module &M, ModuleAnalysisManager &AM);
    static bool isRequired() {
        return true;
    }
};

bool Tier0Pass::build(Module &M) {
    yk::Interpreter In;
    if (!yk::findInterpreter(M, In))
        return false;
    if (!In.F)
        return true;
    In.F->addFnAttr(Attribute::NoInline);
    Externaliser Names(M);
    yk::Derived D;
    if (!yk::deriveStencils(M, D))
        return false;
    const char *ReportFile = getenv("YK_REPORT");
    std::string Object, Rodata, Report;
    if (ReportFile)
        Report = yk::describeDerivation(In, D);
    std::vector<yk::StencilCode> Code;
    if (!yk::compileAndLayOut(D, Object, Code, Rodata))
        return false;
    if (ReportFile)
        writeReport(ReportFile, Report, D, Code, Object);
    if (Linker::linkModules(M, std::move(D.Cold)))
        return false;
    yk::writeTable(M, In, D, Code, Rodata);
    for (Function &F : M)
        if (F.getName().starts_with(yk::ColdPrefix))
            F.setLinkage(GlobalValue::InternalLinkage);
    return yk::lowerInterpreter(In);
}

PreservedAnalyses Tier0Pass::run(Module &M, ModuleAnalysisManager &) {
    if (!build(M))
        return PreservedAnalyses::none(); // the error has been reported and fails the link
    LoopAnalysisManager LAM;
    FunctionAnalysisManager FAM;
    CGSCCAnalysisManager CGAM;
    ModuleAnalysisManager MAM;
    PassBuilder PB;
    PB.registerModuleAnalyses(MAM);
    PB.registerCGSCCAnalyses(CGAM);
    PB.registerFunctionAnalyses(FAM);
    PB.registerLoopAnalyses(LAM);
    PB.crossRegisterProxies(LAM, FAM, CGAM, MAM);
    ModulePassManager MPM;
    if (hasAttribute(M, Attribute::SanitizeThread)) {
        MPM.addPass(ModuleThreadSanitizerPass());
        MPM.addPass(createModuleToFunctionPassAdaptor(ThreadSanitizerPass()));
    }
    bool Address = hasAttribute(M, Attribute::SanitizeAddress);
    MPM.addPass(PB.buildPerModuleDefaultPipeline(OptimizationLevel::O2));
    if (Address)
        MPM.addPass(AddressSanitizerPass(AddressSanitizerOptions()));
    MPM.run(M, MAM);
    return PreservedAnalyses::none();
}

} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo llvmGetPassPluginInfo() {
    return {LLVM_PLUGIN_API_VERSION, "yk", "0.1.0", [](PassBuilder &PB) {
                PB.registerFullLinkTimeOptimizationEarlyEPCallback(
                    [](ModulePassManager &MPM, OptimizationLevel) { MPM.addPass(Tier0Pass()); });
            }};
}
