// The steps of makeCanonical, one file each.
#ifndef YK_PASS_CANONICAL_H
#define YK_PASS_CANONICAL_H

#include "tier1.h"
#include "llvm/IR/IntrinsicInst.h"

namespace yk {

/// The types of values that the ahead-of-time form has. (eligible.cpp)
bool isExpressible(const llvm::Type *T);
/// Why the form cannot express the function; empty if it can. (eligible.cpp)
std::string whyNotExpressible(const llvm::Function &F, bool Body);
/// The IrMath of an intrinsic, or -1. (eligible.cpp)
int mathOf(llvm::Intrinsic::ID ID);
/// The function of C that an intrinsic is written as a call of, or null: "memcpy", "pow", "powf".
/// (eligible.cpp)
const char *libraryName(const llvm::IntrinsicInst &I);
/// Whether narrow arguments of a call are passed sign-extended; -1 if the call mixes.
/// (eligible.cpp)
int signedArguments(const llvm::CallBase &Call);
bool hasCycle(const llvm::Function &F);

/// Before locals are promoted: what a lifetime's start leaves behind is undefined. (rewrite.cpp)
void startLifetimes(llvm::Function &F);
/// Replaces copies of a few bytes by loads and stores. (rewrite.cpp)
void splitCopies(llvm::Function &F);
/// Replaces intrinsics that the form does not have by what they mean. (rewrite.cpp)
void lowerIntrinsics(llvm::Function &F);
/// Divisions without a remainder, as of distances between pointers, become shifts. (rewrite.cpp)
void shiftDivisions(llvm::Function &F);
/// Calls that the form does not have go through functions made for them. (rewrite.cpp)
void wrapCalls(llvm::Module &M, llvm::Function &F);
/// Removes stores of undefined values, GEPs that do nothing; turns constant expressions into
/// instructions. The last of the rewriting. (rewrite.cpp)
void expandConstants(llvm::Function &F);
/// Makes branches of the yk_eithers: on one side the value is the usual one, on the other it points
/// into the region. After all simplification, which would find out that it is the same on both.
/// (rewrite.cpp)
void splitEithers(llvm::Function &F);

/// Splits the function's blocks as shared-ir/aot.h demands. (split.cpp)
void splitBlocks(Tier1Module &T, Tier1Function &TF);
/// Computes constant GEPs and casts anew where they are used. (split.cpp)
void rematerialise(llvm::Function &F);
/// Whether a resume point must be in front of the instruction: switch, promotion, indirect call.
/// (split.cpp)
bool needsResumeBefore(const llvm::Instruction &I);
/// Whether a trace may inline the callee. (split.cpp)
bool mayBeInlined(const Tier1Module &T, const llvm::Instruction &I);

} // namespace yk
#endif
