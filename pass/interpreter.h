// What the plugin knows about the program's interpreter: the function with the dispatch loop, its
// merge points and its state vector.
//
// The analysis works on the code as clang emits it, before any local variable has been promoted
// to a register: every local is then a stack slot (an `alloca`), code can be duplicated and cut
// without repairing SSA form, and the state vector is a list of the programmer's own variables.
#ifndef YK_PASS_INTERPRETER_H
#define YK_PASS_INTERPRETER_H

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"

namespace yk {

inline constexpr const char *MergeName = "yk_merge_point__is_lowered_by_the_yk_pass_plugin";
inline constexpr const char *EnterName = "yk_can_enter_jit__is_lowered_by_the_yk_pass_plugin";

/// The code from behind a merge point to the terminator that dispatches on the opcode: straight
/// code, but for a sanitizer's checks.
struct Chain {
    llvm::SmallVector<llvm::BasicBlock *, 4> Blocks;
    /// First block that is also reached without passing a merge point, or null.
    llvm::BasicBlock *Join = nullptr;
};

struct MergePoint {
    llvm::CallInst *Call;
    Chain Rest;
};

struct Interpreter {
    llvm::Function *F = nullptr;
    llvm::SmallVector<MergePoint, 4> Merges;
    llvm::SmallVector<llvm::CallInst *, 8> Enters;
    /// The state vector: live locals at the merge point, greens apart.
    llvm::SmallVector<llvm::AllocaInst *, 8> Reds, Greens;
    /// Locals that are live at the join but not at the merge point.
    llvm::SmallVector<llvm::AllocaInst *, 4> Extras;
    /// Where the first merge point is. Kept when debug information is stripped.
    llvm::DebugLoc Where;
    /// All blocks of all chains.
    llvm::SmallPtrSet<llvm::BasicBlock *, 16> ChainBlocks;

    /// What the slots of the state vector hold, by slot number; null: unused. The first four reds
    /// come first (their registers survive calls), then the greens from YK_GREEN_SLOT on, then the
    /// other reds, then the extras.
    llvm::SmallVector<llvm::AllocaInst *, 12> slots(bool WithExtras) const;
    /// Operands of a merge point's green number `I`: value, start, size.
    static llvm::Value *greenOperand(const llvm::CallInst *Merge, unsigned I, unsigned Part) {
        return Merge->getArgOperand(2 + 3 * I + Part);
    }
};

/// Finds and checks the interpreter of `M`. Returns false after having reported errors; `Out.F`
/// stays null if the module has no merge point.
bool findInterpreter(llvm::Module &M, Interpreter &Out);

/// Whether all copies of the merge point (computed goto) are followed by the same code; reports an
/// error if not. Asks for code without sanitizer checks, which name their source line.
bool checkCopies(const Interpreter &In);

/// Whether a block reports undefined behaviour that UBSan's check in front of it has found.
bool isSanitizerHandler(const llvm::BasicBlock &B);

/// Reports an error that fails the link: source line (if known), function, text.
void reportError(const llvm::Function &F, const llvm::DebugLoc &Loc, const llvm::Twine &Text);
/// The same, for the line of `At` (may be null).
void reportError(const llvm::Function &F, const llvm::Instruction *At, const llvm::Twine &Text);

/// The instructions of the merge point's block that compute its arguments, in order; empty and
/// an error if they do anything but compute.
bool argumentSlice(llvm::CallInst *Merge, llvm::SmallVectorImpl<llvm::Instruction *> &Out);

/// The name the programmer gave a local.
std::string variableName(const llvm::AllocaInst *A);

} // namespace yk
#endif
