// The pass plugin. It runs once, at link time, on the merged module, before any other pass:
//
//   1. find the interpreter                                   interpreter.cpp
//   2. derive stencils from a copy of the module              derive.cpp and its steps
//   3. compile them, lay them out, write the table            codegen.cpp, layout.cpp,
//   table_writer.cpp
//   4. add the shared cold functions                          here
//   5. clones and ahead-of-time IR for tier 1                 canonical.cpp, resume_points.cpp,
//   clones.cpp, ir_writer.cpp
//   6. lower the merge points in the interpreter              lower.cpp
//   7. sanitizers, if asked for; then LLVM's -O2 pipeline     here
//   8. add the clones, which have been optimised apart        here
//
// The units come unoptimised (yk-config --cflags), so this is the only optimisation they get.
#include "derive.h"
#include "emit.h"
#include "lower.h"
#include "tier1.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
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
/// YK_REPORT=FILE in the linker's environment, FILE gets `Text`, then sizes, a line per function of
/// tier 1 and the stencils' IR; FILE.o the compiled stencils; FILE.clones the clones' IR. Golden
/// tests read up to the line "code".
void writeReport(const char *File, const std::string &Text, const yk::Derived &D,
                 const std::vector<yk::StencilCode> &Code, const std::string &Object,
                 const yk::Tier1Module &Tier1) {
    std::error_code Error;
    raw_fd_ostream OS(File, Error);
    raw_fd_ostream ObjectStream((Twine(File) + ".o").str(), Error);
    if (Error) {
        errs() << "yk: cannot write the report " << File << ": " << Error.message() << '\n';
        return;
    }
    OS << Text << "code\n" << Tier1.Report;
    for (size_t I = 0; I < Code.size(); I++)
        if (Code[I].Usable)
            OS << "stencil " << I << ": " << Code[I].Hot.size() << " bytes hot, "
               << Code[I].Cold.size() << " cold, " << D.Stencils[I].Values.Ops.size()
               << " operations\n";
        else
            OS << "stencil " << I << " dropped: " << Code[I].Why << '\n';
    OS << *D.M;
    ObjectStream << Object;
    if (Tier1.M)
        raw_fd_ostream((Twine(File) + ".clones").str(), Error) << *Tier1.M;
}

/// What tier 1 needs, apart from the program until that has been optimised.
struct Tier1 {
    yk::Tier1Module Module;
    std::vector<std::string> Clones; // names
    Function *HopBody = nullptr;     // declared in the program; only in torture builds
    unsigned HopFrameSize = 0;
    bool Torture = YK_TORTURE_CLONES;

    bool prepare(llvm::Module &M, const yk::Interpreter &In);
    bool add(llvm::Module &M);
};

class Tier0Pass : public PassInfoMixin<Tier0Pass> {
    static bool build(Module &M, Tier1 &T);

  public:
    PreservedAnalyses run(Module &M, ModuleAnalysisManager &AM);
    static bool isRequired() {
        return true;
    }
};

// Adds the ahead-of-time IR to the program and declares the clones there.
bool Tier1::prepare(llvm::Module &M, const yk::Interpreter &In) {
    // The body knows the state vector, not the arguments.
    for (Argument &A : In.F->args())
        for (User *U : A.users())
            if (!isa<StoreInst>(U) || cast<StoreInst>(U)->getValueOperand() != &A ||
                cast<StoreInst>(U)->getParent() != &In.F->getEntryBlock()) {
                Module.Report += "no tier 1: the loop uses an argument that is not in memory\n";
                return true;
            }
    if (!yk::makeCanonical(M, Module)) {
        Module.M.reset(); // tier 0 does without
        return true;
    }
    yk::analyse(Module);
    if (!Module.Functions[Module.Body].hasClones()) {
        Module.Report += "no tier 1: " + Module.Functions[Module.Body].Why + "\n";
        Module.M.reset();
        return true;
    }
    auto Image = yk::serialise(Module);
    if (!yk::addClones(Module, Torture))
        return false;
    yk::declareClones(M, Module);
    yk::writeAot(M, *Image);
    for (Function &F : *Module.M)
        if (!F.isDeclaration())
            Clones.push_back(F.getName().str());
    if (Torture) {
        HopBody = yk::runHopClones(M, Module);
        HopFrameSize = Module.Functions[Module.Body].FrameSize;
    }
    return true;
}

bool Tier1::add(llvm::Module &M) {
    if (!Module.M)
        return true;
    Externaliser Names(M);
    if (Linker::linkModules(M, std::move(Module.M)))
        return false;
    for (const std::string &Name : Clones)
        M.getFunction(Name)->setLinkage(GlobalValue::InternalLinkage);
    return true;
}

bool Tier0Pass::build(Module &M, Tier1 &T) {
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
    if (!T.prepare(M, In))
        return false;
    yk::removePromotions(M);
    std::vector<yk::StencilCode> Code;
    if (!yk::compileAndLayOut(D, Object, Code, Rodata))
        return false;
    if (ReportFile)
        writeReport(ReportFile, Report, D, Code, Object, T.Module);
    if (Linker::linkModules(M, std::move(D.Cold)))
        return false;
    yk::writeTable(M, In, D, Code, Rodata);
    for (Function &F : M)
        if (F.getName().starts_with(yk::ColdPrefix))
            F.setLinkage(GlobalValue::InternalLinkage);
    return yk::lowerInterpreter(In, T.HopBody, T.HopFrameSize);
}

// Static functions with a single call. LLVM inlines them, however large: nobody else needs them.
// The tables that refer to every function would hide that; the interpreter and its libraries would
// be slower than without this plugin.
class LoneCalls {
    SmallVector<WeakVH, 64> Calls;

  public:
    explicit LoneCalls(Module &M) {
        for (Function &F : M) {
            if (!F.hasLocalLinkage() || !F.hasOneUse() || F.isDeclaration() ||
                F.hasFnAttribute(Attribute::NoInline))
                continue;
            auto *Call = dyn_cast<CallBase>(F.user_back());
            if (Call && Call->getCalledFunction() == &F && Call->getFunction() != &F)
                Calls.emplace_back(Call);
        }
    }
    void inlineAll() {
        for (const WeakVH &Call : Calls)
            if (Call)
                cast<CallBase>(Call)->addFnAttr(Attribute::AlwaysInline);
    }
};

PreservedAnalyses Tier0Pass::run(Module &M, ModuleAnalysisManager &) {
    Tier1 T;
    LoneCalls Lone(M);
    if (!build(M, T))
        return PreservedAnalyses::none(); // the error has been reported and fails the link
    Lone.inlineAll();
    LoopAnalysisManager LAM;
    FunctionAnalysisManager FAM;
    CGSCCAnalysisManager CGAM;
    ModuleAnalysisManager MAM;
    // Without the machine LLVM estimates the costs of one that has no addressing modes.
    std::unique_ptr<TargetMachine> TM = yk::targetMachine(M, TargetOptions());
    if (!TM)
        return PreservedAnalyses::none();
    PassBuilder PB(TM.get());
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
    MPM.run(M, MAM);
    if (!T.add(M))
        M.getContext().emitError("yk: internal error: the clones cannot be added to the program");
    if (Address) {
        MAM.invalidate(M, PreservedAnalyses::none());
        AddressSanitizerPass(AddressSanitizerOptions()).run(M, MAM);
    }
    return PreservedAnalyses::none();
}

} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo llvmGetPassPluginInfo() {
    return {LLVM_PLUGIN_API_VERSION, "yk", "0.1.0", [](PassBuilder &PB) {
                PB.registerFullLinkTimeOptimizationEarlyEPCallback(
                    [](ModulePassManager &MPM, OptimizationLevel) { MPM.addPass(Tier0Pass()); });
            }};
}
