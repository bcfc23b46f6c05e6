// Deriving stencils: from the function with the dispatch loop to one small function per opcode
// and decision, ready to be compiled.
#ifndef YK_PASS_DERIVE_H
#define YK_PASS_DERIVE_H

#include "interpreter.h"
#include "program.h"
#include "llvm/Transforms/Utils/ValueMapper.h"
#include <memory>
#include <string>

namespace yk {

inline constexpr const char *ExitMerge = "yk.exit.merge";
inline constexpr const char *ExitReturn = "yk.exit.return";
inline constexpr const char *ExitBypass = "yk.exit.bypass";
inline constexpr const char *ColdPrefix = "yk.cold.";
inline constexpr const char *StencilPrefix = "yk.stencil.";

/// A decision between variants of an opcode, or a leaf with the number of a stencil.
struct Decision {
    Program Test;
    uint64_t Value = 0;
    std::unique_ptr<Decision> Equal, Other;
    int Leaf = -1; // index into Derived::Stencils; -1: none
    bool isLeaf() const {
        return !Equal;
    }
};

/// What LLVM is told about a hole's value: how wide an instruction's field must be. Byte is 0..127.
enum class HoleRange { Full, Signed32, Unsigned32, Byte, Word };

/// What is left of a value that a hole stands for.
struct Hole {
    std::string Symbol;
    uint16_t Value; // in the stencil's program
    HoleRange Range = HoleRange::Full;
};

struct Stencil {
    llvm::Function *F = nullptr;
    Program Values;
    std::vector<Hole> Holes;   // symbols of holes
    std::vector<Hole> Targets; // symbols of static exits
};

struct Derived {
    std::unique_ptr<llvm::Module> M;    // stencils, and declarations of all else
    std::unique_ptr<llvm::Module> Cold; // the shared cold functions
    Program Selector;
    std::vector<std::unique_ptr<Decision>> Roots; // by opcode number
    std::vector<Stencil> Stencils;
    unsigned PcStep = 1;
    unsigned ColdKept = 0, ColdMerged = 0;
};

/// Derives everything from a copy of `M`, whose interpreter has been found and not yet been
/// lowered. `M` itself stays as it is. Returns false after having reported errors.
bool deriveStencils(llvm::Module &M, Derived &Out);

/// Removes UBSan's checks: neither stencils nor tier 1's code carry any; the interpreter and the
/// functions that it calls do. (derive.cpp)
void removeChecks(llvm::Module &M);

// ---- The steps, one file each. ----

/// Function type of all native code, for an interpreter with these slots.
llvm::FunctionType *nativeType(const Interpreter &In);

/// Builds from the interpreter the function that starts behind the merge point, ends in calls of
/// the exit functions, and dispatches with a switch. Removes the interpreter from the module.
/// `Clones`: from the original module to the copy that `In` is in. (template.cpp)
llvm::Function *buildTemplate(Interpreter &In, llvm::ValueToValueMapTy &Clones);
/// A copy of the template for one opcode only. (template.cpp)
llvm::Function *cloneForOpcode(llvm::Function *Template, llvm::ConstantInt *Opcode);
/// The switch on the opcode; null if there were so few that it has become a branch. (template.cpp)
llvm::SwitchInst *dispatchOf(llvm::Function *Template);
/// The call in `B` that leaves native code, or null. (template.cpp)
llvm::CallInst *exitCall(llvm::BasicBlock &B);
/// Gives an exit a callee of its own, so that exits are never merged. (template.cpp)
void makeUnique(llvm::CallInst *Exit);

/// Optimises. (optimise.cpp)
class Optimiser {
    struct State;
    std::unique_ptr<State> S;

  public:
    Optimiser();
    ~Optimiser();
    void prepareHelpers(llvm::Module &M, llvm::Function *Except);
    void simplify(llvm::Function &F);
    /// Removes empty blocks and branches; locals may still be stack slots.
    void tidy(llvm::Function &F);
    void inlineHot(llvm::Function &F);
    void inlineLarge(llvm::Function &F);
    /// Duplicates blocks until the next pc of every exit is static, where that is possible.
    void splitExits(llvm::Function &F);
    /// Blocks that are rarely executed.
    llvm::SmallPtrSet<llvm::BasicBlock *, 16> coldBlocks(llvm::Function &F);
};

/// Moves the cold parts of a stencil to functions that all its copies share. (cold.cpp)
void splitCold(llvm::Function &F, const llvm::SmallPtrSetImpl<llvm::BasicBlock *> &ColdBlocks,
               const Interpreter &In, unsigned &Counter);

/// Replaces static values by holes and exits by their targets. (holes.cpp)
bool extractHoles(Stencil &S);

} // namespace yk
#endif
