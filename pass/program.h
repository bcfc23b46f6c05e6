// Hole programs: which values of a stencil are static, that is computed from green variables and
// immutable memory alone, and their translation for the patcher.
#ifndef YK_PASS_PROGRAM_H
#define YK_PASS_PROGRAM_H

#include "../tier0-cnp/stencil_table.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include <map>
#include <optional>
#include <vector>

namespace yk {

/// Prefix of the opaque functions that stand for the green variables while a stencil is optimised.
inline constexpr const char *GreenPrefix = "yk.green.";

/// The number of the green variable that `V` is, or -1.
int greenNumber(const llvm::Value *V);

/// Answers which values of one function are static. Forget it when the function changes.
class StaticValues {
    llvm::DenseMap<const llvm::Value *, bool> Memo;
    bool compute(const llvm::Value *V);

  public:
    /// Constants of integer and pointer-null type count as static.
    bool isStatic(const llvm::Value *V);
    /// Static, and not a constant.
    bool isHole(const llvm::Value *V) {
        return !llvm::isa<llvm::Constant>(V) && isStatic(V);
    }
    /// The green variable whose memory a static pointer points into: -1 if it was loaded.
    static int baseGreen(const llvm::Value *V);
};

/// A hole program under construction. Equal values are shared.
class Program {
  public:
    std::vector<YkHoleOp> Ops;
    /// Adds what computes the static value `V`; returns its value number.
    uint16_t add(const llvm::Value *V, const llvm::DataLayout &DL);
    uint16_t constant(uint64_t Value, unsigned Bits);
    uint16_t emit(uint8_t Opcode, unsigned Bits, uint16_t A, uint16_t B = 0, uint16_t C = 0);
    bool overflowed() const {
        return Overflow;
    }
    /// The constants of all programs of the table.
    static std::vector<uint64_t> &constants();

  private:
    std::map<std::tuple<uint8_t, uint8_t, uint16_t, uint16_t, uint16_t>, uint16_t> Known;
    llvm::DenseMap<const llvm::Value *, uint16_t> Done;
    bool Overflow = false;
    uint16_t addInstruction(const llvm::Instruction *I, const llvm::DataLayout &DL);
    uint16_t addCompare(const llvm::ICmpInst *I, const llvm::DataLayout &DL);
    uint16_t addAddress(const llvm::GetElementPtrInst *G, const llvm::DataLayout &DL);
};

} // namespace yk
#endif
