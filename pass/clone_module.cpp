// The module of the clones, and how the program refers to it: clones are made in tier 1's copy of
// the program, of which nothing but them is kept, and join the program when it has been optimised.
#include "tier1.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

namespace yk {

void keepClonesOnly(Module &M, const SmallPtrSetImpl<Function *> &Clones) {
    for (Function &F : M)
        if (!Clones.count(&F) && !F.isDeclaration()) {
            F.deleteBody(); // external from now on
            F.setComdat(nullptr);
        }
    // The program's own data was external when the module was copied; what is not is new.
    for (GlobalVariable &G : M.globals())
        if (!G.hasLocalLinkage() && G.hasInitializer()) {
            G.setInitializer(nullptr);
            G.setLinkage(GlobalValue::ExternalLinkage);
            G.setComdat(nullptr);
        }
    for (GlobalAlias &A : make_early_inc_range(M.aliases())) {
        std::string Name = A.getName().str();
        A.setName("");
        GlobalValue *Declaration;
        if (auto *T = dyn_cast<FunctionType>(A.getValueType()))
            Declaration = Function::Create(T, GlobalValue::ExternalLinkage, Name, M);
        else
            Declaration = new GlobalVariable(M, A.getValueType(), false,
                                             GlobalValue::ExternalLinkage, nullptr, Name);
        Declaration->setVisibility(A.getVisibility());
        Declaration->setDSOLocal(A.isDSOLocal());
        A.replaceAllUsesWith(Declaration);
        A.eraseFromParent();
    }
    for (bool Again = true; Again;) {
        Again = false;
        for (GlobalVariable &G : make_early_inc_range(M.globals())) {
            G.removeDeadConstantUsers();
            if (G.use_empty()) {
                G.eraseFromParent();
                Again = true;
            }
        }
    }
    for (Function &F : make_early_inc_range(M)) {
        F.removeDeadConstantUsers();
        if (F.use_empty() && !Clones.count(&F))
            F.eraseFromParent();
    }
    for (NamedMDNode &N : make_early_inc_range(M.named_metadata()))
        if (&N != M.getModuleFlagsMetadata())
            N.eraseFromParent();
    M.setModuleInlineAsm("");
}

// Declares in the program a function that will be added to it.
static Function *declare(Module &M, const Function &New) {
    auto *F =
        cast<Function>(M.getOrInsertFunction(New.getName(), New.getFunctionType()).getCallee());
    F->setCallingConv(New.getCallingConv());
    F->setVisibility(GlobalValue::HiddenVisibility);
    F->setDSOLocal(true);
    return F;
}

void declareClones(Module &M, const Tier1Module &T) {
    for (const Function &F : *T.M)
        if (!F.isDeclaration())
            declare(M, F);
    // Everything that the clones refer to is to stay as it is.
    SmallVector<GlobalValue *, 64> Used;
    for (const GlobalValue &G : T.M->global_values())
        if (GlobalValue *Own = M.getNamedValue(G.getName());
            Own && !Own->isDeclaration() && G.isDeclaration() && !G.getName().starts_with("llvm."))
            Used.push_back(Own);
    appendToCompilerUsed(M, Used);
}

Function *runHopClones(Module &M, const Tier1Module &T) {
    auto Hop = [&](const Tier1Function &TF) {
        return declare(M, *T.M->getFunction(hopName(TF.Name)));
    };
    for (const Tier1Function &TF : T.Functions) {
        if (!TF.hasClones() || TF.Body)
            continue;
        Function *F = M.getFunction(TF.Name);
        GlobalValue::LinkageTypes Linkage = F->getLinkage();
        F->deleteBody();
        F->setLinkage(Linkage);
        for (Attribute::AttrKind K : {Attribute::Memory, Attribute::WillReturn, Attribute::NoSync,
                                      Attribute::NoFree, Attribute::Speculatable})
            F->removeFnAttr(K);
        fillWrapper(*F, *Hop(TF), TF.FrameSize);
    }
    return Hop(T.Functions[T.Body]);
}

} // namespace yk
