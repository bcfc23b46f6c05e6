/* What LLVM's C interface has no words for: pass managers that are used more than once, and a code
 * generator with fewer passes.
 *
 * A trace has some hundred instructions. Making both pass managers anew took 2 ms for each, as
 * long as compiling a small one. That the legacy pass manager may run again on another module is
 * what llc's -compile-twice tests.
 *
 * Traces come optimised, in blocks of a few instructions that end in guards. So instructions are
 * selected one by one (FastISel; what it cannot do it leaves to SelectionDAG): a third of the time,
 * and the code is about as long and as fast. Left out are passes over IR that look for what the
 * lowering never makes (divisions of wide integers, masked vectors, memcmp, garbage collection),
 * loop strength reduction and CodeGenPrepare, which gain nothing, and passes over machine code that
 * take more time than they give back. */
#include "codegen.h"

#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/CodeGen/MachineModuleInfo.h>
#include <llvm/CodeGen/Passes.h>
#include <llvm/CodeGen/TargetPassConfig.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

using namespace llvm;

/* Its analyses refer to each other, and passes to the stream: the order of members counts. */
struct CodeGenerator {
    LLVMContext context;
    LLVMTargetMachine &machine;
    PassBuilder builder;
    LoopAnalysisManager loops;
    FunctionAnalysisManager functions;
    CGSCCAnalysisManager components;
    ModuleAnalysisManager modules;
    FunctionPassManager optimise;
    SmallVector<char, 0> object;
    raw_svector_ostream stream{object};
    legacy::PassManager emit;

    explicit CodeGenerator(LLVMTargetMachine &m) : machine(m), builder(&m) {
        context.setDiscardValueNames(true);
    }

    Error prepare(StringRef pipeline) {
        builder.registerModuleAnalyses(modules);
        builder.registerCGSCCAnalyses(components);
        builder.registerFunctionAnalyses(functions);
        builder.registerLoopAnalyses(loops);
        builder.crossRegisterProxies(loops, functions, components, modules);
        if (!pipeline.empty())
            if (Error e = builder.parsePassPipeline(optimise, pipeline))
                return e;
        return prepareToEmit();
    }

  private:
    static void leaveOut(TargetPassConfig &config, bool thorough) {
        config.setDisableVerify(true);
        for (AnalysisID id :
             {&MachineSchedulerID, &EarlyTailDuplicateID, &TailDuplicateID, &OptimizePHIsID,
              &ShrinkWrapID, &PostRAMachineSinkingID, &StackMapLivenessID, &LiveDebugValuesID,
              &RemoveRedundantDebugValuesID})
            config.disablePass(id);
        if (!thorough)
            for (AnalysisID id : {&MachineCSEID, &MachineSinkingID, &MachineCombinerID})
                config.disablePass(id);
    }

    Error prepareToEmit() {
        machine.setFastISel(true);
        auto *info = new MachineModuleInfoWrapperPass(&machine);
        TargetPassConfig *config = machine.createPassConfig(emit);
        bool thorough = machine.getOptLevel() == CodeGenOptLevel::Aggressive;
        leaveOut(*config, thorough);
        emit.add(config);
        emit.add(info);
        emit.add(createTargetTransformInfoWrapperPass(machine.getTargetIRAnalysis()));
        if (thorough)
            config->addCodeGenPrepare();
        config->addISelPrepare();
        if (config->addInstSelector())
            return createStringError("LLVM cannot select instructions for this machine");
        emit.add(Pass::createPass(&FinalizeISelID));
        config->addMachinePasses();
        config->setInitialized();
        if (machine.addAsmPrinter(emit, stream, nullptr, CodeGenFileType::ObjectFile,
                                  info->getMMI().getContext()))
            return createStringError("LLVM cannot emit code for this machine");
        emit.add(createFreeMachineFunctionPass());
        return Error::success();
    }
};

CodeGenerator *codegen_create(LLVMTargetMachineRef machine, const char *pipeline, char **error) {
    auto *g = new CodeGenerator(*reinterpret_cast<LLVMTargetMachine *>(machine));
    Error failed = g->prepare(pipeline);
    if (!failed)
        return g;
    fail(error, "%s", toString(std::move(failed)).c_str());
    delete g;
    return nullptr;
}

void codegen_free(CodeGenerator *g) {
    delete g;
}

LLVMContextRef codegen_context(CodeGenerator *g) {
    return wrap(&g->context);
}

void codegen_optimise(CodeGenerator *g, LLVMModuleRef module, const char *name) {
    if (g->optimise.isEmpty())
        return;
    g->optimise.run(*unwrap(module)->getFunction(name), g->functions);
    g->functions.clear(); /* its results are of a function that will not be there */
    g->modules.clear();
    g->components.clear();
    g->loops.clear();
}

LLVMMemoryBufferRef codegen_emit(CodeGenerator *g, LLVMModuleRef module) {
    g->object.clear();
    g->emit.run(*unwrap(module));
    StringRef bytes(g->object.data(), g->object.size());
    return wrap(MemoryBuffer::getMemBufferCopy(bytes).release());
}
