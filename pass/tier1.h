// Tier 1's part of the plugin: the functions of the program as tier 1 sees them.
//
// A copy of the module is brought into a canonical form (canonical.cpp): SSA, small helpers not
// inlined away beyond always-inline, no hoisting and sinking, one BR behind every call that may be
// inlined, only operations that shared-ir/ops.def knows, else the function is outlined, with the
// reason. From it, and only from it, come the ahead-of-time IR (ir_writer.cpp) and the clones
// (clones.cpp): so that block numbers, resume points and live values are the same on both sides.
//
// The canonical form keeps the rules in shared-ir/aot.h ("Rules of the form"): blocks are split
// behind calls that may be inlined, and *in front of* every SWITCH, PROMOTE and indirect call,
// whose block is then a resume point, too. Do these splits last, so that no later simplification
// merges the blocks again. AotFunction.wrapper is RecordWrapper's symbol; AotModule.green_count is
// the interpreter's Greens.size().
#ifndef YK_PASS_TIER1_H
#define YK_PASS_TIER1_H

#include "interpreter.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include <memory>
#include <string>
#include <vector>

namespace yk {

struct ResumePoint {
    unsigned Number = 0; // from 1, in its function
    // Phis of the block come after their evaluation. Arguments of the function are in the list
    // where they live. Values that are rematerialised (allocas) are not.
    std::vector<llvm::Value *> Lives;
};

struct Tier1Function {
    llvm::Function *F = nullptr; // in the canonical module
    unsigned Number = 0;
    bool Body =
        false; // the dispatch loop's: signature of nativeType(), ends in calls of exit functions
    bool Eligible = false; // has clones and IR
    bool Outlined = false; // eligible or not: traces call it
    bool HasLoop = false, Unroll = false, Idempotent = false, Rare = false;
    std::string Why;         // why it is not eligible or outlined
    unsigned FirstBlock = 0; // global block number of Blocks[0]
    std::vector<llvm::BasicBlock *> Blocks;
    llvm::MapVector<llvm::BasicBlock *, ResumePoint> Resume;
    llvm::MapVector<llvm::AllocaInst *, unsigned> FrameOffset;
    unsigned FrameSize = 0; // multiple of 16
    unsigned MaxLives = 0;
    // The clones, and the wrapper with F's own signature that recording callers call (not for the
    // body). clones.cpp
    llvm::Function *RecordClone = nullptr, *ResumeClone = nullptr, *RecordWrapper = nullptr;
    llvm::Function *MarkedClone = nullptr, *MarkedWrapper = nullptr;
    std::string Name;   // F's, which addClones removes if nothing calls it
    std::string Symbol; // the function in the program: Name, or for the body that of the dispatch
                        // loop's function
    unsigned FirstPoint = 0; // number of its first resume point in the program
    bool hasClones() const {
        return Eligible && !Outlined;
    }
};

class AccessClasses;
class Regions;

/// Functions that the canonical form makes for calls it cannot express. They are part of the
/// program: their bodies stay in T.M.
inline constexpr const char *CallPrefix = "yk.call.";

struct Tier1Module {
    std::unique_ptr<llvm::Module> M;
    llvm::Function *Loop = nullptr; // the dispatch loop's function: a declaration in M
    unsigned GreenCount = 0;
    std::shared_ptr<AccessClasses> Classes;
    std::shared_ptr<Regions> Memory;
    std::vector<unsigned> SlotRegions; // by slot of the state vector
    std::vector<Tier1Function> Functions;
    llvm::DenseMap<const llvm::Function *, unsigned> Number; // into Functions
    unsigned BlockCount = 0, ResumePointCount = 0;
    unsigned Body = 0;
    std::string Report;
};

/// Copies `M`, whose interpreter has been found and not yet been lowered, and makes the canonical
/// form. Returns false after having reported errors. The program has no tier 1 if the body turns
/// out not to be eligible: Functions[Body].Why. (canonical.cpp)
bool makeCanonical(llvm::Module &M, Tier1Module &Out);
/// Numbers blocks, finds resume points, live values, frame buffers. (resume_points.cpp)
void analyse(Tier1Module &T);
/// Adds the clones of all functions that have some (hasClones) to T.M, then removes all bodies but
/// theirs. `Torture`: hop clones, too. (clones.cpp)
bool addClones(Tier1Module &T, bool Torture);
/// Declares the clones in `M`, so that writeAot can refer to them; T.M itself is linked later.
/// (clone_module.cpp)
void declareClones(llvm::Module &M, const Tier1Module &T);
/// For tests: functions of `M` that have clones run their hop clone. Returns that of the body.
/// (clone_module.cpp)
llvm::Function *runHopClones(llvm::Module &M, const Tier1Module &T);
/// The ahead-of-time IR; call before addClones removes the bodies, after it has named the clones.
/// (ir_writer.cpp) Everything the module refers to becomes a symbol by name; writeAot adds the
/// constant `yk_aot_module` to `M`.
struct AotImage;
std::unique_ptr<AotImage, void (*)(AotImage *)> serialise(const Tier1Module &T);
void writeAot(llvm::Module &M, const AotImage &Image);

/// Names of the clones of a function.
std::string recordName(llvm::StringRef F);        // F.yk.record
std::string resumeName(llvm::StringRef F);        // F.yk.resume
std::string wrapperName(llvm::StringRef F);       // F.yk.recording
std::string markedName(llvm::StringRef F);        // F.yk.marked
std::string markedWrapperName(llvm::StringRef F); // F.yk.marking
std::string hopName(llvm::StringRef F);           // F.yk.hop
inline constexpr const char *CloneSection = ".text.yk.clones";
llvm::FunctionType *cloneType(llvm::LLVMContext &C);
/// Leaves of the module what the clones need: other functions and data are those of the program.
/// (clone_module.cpp)
void keepClonesOnly(llvm::Module &M, const llvm::SmallPtrSetImpl<llvm::Function *> &Clones);
/// Makes the body of a function that runs a clone from its start. (clones.cpp)
void fillWrapper(llvm::Function &W, llvm::Function &Clone, unsigned FrameSize);
/// A call of this function in the canonical form is a yk_promote of its argument. (hints.cpp)
inline constexpr const char *PromoteName = "yk_promote__is_lowered_by_the_yk_pass_plugin";
bool isPromote(const llvm::CallInst &Call);
/// Of this one, too, if its second argument is constant.
inline constexpr const char *PromoteWithName = "yk_promote_with__is_lowered_by_the_yk_pass_plugin";
/// And of this one a yk_constant_of of its two.
inline constexpr const char *ConstantOfName = "yk_constant_of__is_lowered_by_the_yk_pass_plugin";
bool isConstantOf(const llvm::CallInst &Call);
/// A call of this function is a yk_either, until splitEithers has made a branch of it. From then on
/// it says which region the first argument points into. (hints.cpp)
inline constexpr const char *EitherName = "yk_either__is_lowered_by_the_yk_pass_plugin";
bool isEither(const llvm::CallInst &Call);
/// The argument of this one is the result of a call that returns fresh memory; in the canonical
/// form the call itself says so. (hints.cpp)
inline constexpr const char *FreshName = "yk_fresh__is_lowered_by_the_yk_pass_plugin";
void markFresh(llvm::Module &M);
bool isFresh(const llvm::CallBase &Call);
/// Replaces all promotions and the like by their first arguments: nothing but tier 1 knows them.
/// (hints.cpp)
void removePromotions(llvm::Module &M);

} // namespace yk
#endif
