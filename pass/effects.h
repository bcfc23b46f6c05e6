// What calls may do (effects.cpp).
#ifndef YK_PASS_EFFECTS_H
#define YK_PASS_EFFECTS_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"

namespace yk {

class Effects {
    llvm::DenseMap<const llvm::Function *, unsigned> Known;
    unsigned ofCallee(const llvm::Function &F) const;
    unsigned ofInstruction(const llvm::Instruction &I) const;

  public:
    explicit Effects(const llvm::Module &M);
    /// IR_MAY_... and IR_NEVER_RETURNS (shared-ir/ir.h).
    unsigned of(const llvm::CallBase &Call) const;
};

} // namespace yk
#endif
