// Finding the interpreter: merge points, chains, liveness of locals, the state vector.
#include "interpreter.h"
#include "../tier0-cnp/stencil_table.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace yk {

void reportError(const Function &F, const Instruction *At, const Twine &Text) {
    reportError(F, At ? At->getDebugLoc() : DebugLoc(), Text);
}

void reportError(const Function &F, const DebugLoc &Loc, const Twine &Text) {
    std::string Where;
    if (Loc)
        Where = (cast<DIScope>(Loc.getScope())->getFilename() + ":" + Twine(Loc.getLine()) + ": ")
                    .str();
    F.getContext().emitError("yk: " + Where + "in function " + F.getName() + ": " + Text);
}

static const DILocalVariable *sourceVariable(const AllocaInst *A) {
    auto *Slot = const_cast<AllocaInst *>(A);
    for (DbgVariableRecord *R : findDVRDeclares(Slot))
        return R->getVariable();
    for (DbgDeclareInst *D : findDbgDeclares(Slot))
        return D->getVariable();
    return nullptr;
}

std::string variableName(const AllocaInst *A) {
    if (auto *V = sourceVariable(A))
        return V->getName().str();
    return A->hasName() ? A->getName().str() : "(temporary)";
}

SmallVector<AllocaInst *, 12> Interpreter::slots(bool WithExtras) const {
    SmallVector<AllocaInst *, 12> All(YK_VECTOR_SLOTS, nullptr);
    unsigned Free = YK_GREEN_SLOT + Greens.size();
    for (unsigned I = 0; I < Reds.size(); I++)
        All[I < YK_GREEN_SLOT ? I : Free++] = Reds[I];
    for (unsigned I = 0; I < Greens.size(); I++)
        All[YK_GREEN_SLOT + I] = Greens[I];
    if (WithExtras)
        for (AllocaInst *A : Extras)
            All[Free++] = A;
    return All;
}

// A local is a plain scalar if it is only loaded and stored whole.
static bool isPlainScalar(const AllocaInst *A) {
    Type *T = A->getAllocatedType();
    if (A->isArrayAllocation() ||
        !(T->isPointerTy() || T->isIntegerTy() || T->isFloatTy() || T->isDoubleTy()))
        return false;
    if (T->isIntegerTy() && T->getIntegerBitWidth() > 64)
        return false;
    for (const User *U : A->users()) {
        if (auto *L = dyn_cast<LoadInst>(U); L && L->getType() == T)
            continue;
        if (auto *S = dyn_cast<StoreInst>(U);
            S && S->getPointerOperand() == A && S->getValueOperand()->getType() == T)
            continue;
        if (auto *II = dyn_cast<IntrinsicInst>(U); II && II->isLifetimeStartOrEnd())
            continue;
        return false;
    }
    return true;
}

// Locals that are in scope at every merge point: their lexical block encloses all of them.
static bool inScopeAtMerges(const AllocaInst *A, ArrayRef<MergePoint> Merges) {
    const DILocalVariable *V = sourceVariable(A);
    if (!V)
        return true;
    for (const MergePoint &M : Merges) {
        const DIScope *S =
            M.Call->getDebugLoc() ? cast<DIScope>(M.Call->getDebugLoc().getScope()) : nullptr;
        while (S && S != V->getScope())
            S = isa<DILexicalBlockBase>(S) ? cast<DILexicalBlockBase>(S)->getScope() : nullptr;
        if (!S)
            return false;
    }
    return true;
}

namespace {
// Backward liveness of plain scalar locals.
class Liveness {
    DenseMap<const AllocaInst *, unsigned> Number;
    DenseMap<const BasicBlock *, BitVector> LiveIn;

    void transfer(const Instruction &I, BitVector &Live) const {
        if (auto *L = dyn_cast<LoadInst>(&I)) {
            auto It = Number.find(dyn_cast<AllocaInst>(L->getPointerOperand()));
            if (It != Number.end())
                Live.set(It->second);
        } else if (auto *S = dyn_cast<StoreInst>(&I)) {
            auto It = Number.find(dyn_cast<AllocaInst>(S->getPointerOperand()));
            if (It != Number.end())
                Live.reset(It->second);
        } else if (auto *II = dyn_cast<IntrinsicInst>(&I);
                   II && II->getIntrinsicID() == Intrinsic::lifetime_start) {
            auto It = Number.find(dyn_cast<AllocaInst>(II->getArgOperand(1)));
            if (It != Number.end())
                Live.reset(It->second);
        }
    }
    BitVector liveOut(const BasicBlock *B) const {
        BitVector Live(Number.size());
        for (const BasicBlock *S : successors(B)) {
            auto It = LiveIn.find(S);
            if (It != LiveIn.end())
                Live |= It->second;
        }
        return Live;
    }

  public:
    SmallVector<AllocaInst *, 32> Slots;

    explicit Liveness(Function &F) {
        for (Instruction &I : F.getEntryBlock())
            if (auto *A = dyn_cast<AllocaInst>(&I); A && isPlainScalar(A)) {
                Number[A] = Slots.size();
                Slots.push_back(A);
            }
        bool Changed = true;
        while (Changed) {
            Changed = false;
            for (BasicBlock &B : reverse(F)) {
                BitVector Live = liveOut(&B);
                for (Instruction &I : reverse(B))
                    transfer(I, Live);
                BitVector &In = LiveIn[&B];
                if (In != Live) {
                    In = Live;
                    Changed = true;
                }
            }
        }
    }
    /// Live just before `At`.
    BitVector before(const Instruction *At) const {
        BitVector Live = liveOut(At->getParent());
        for (const Instruction &I : reverse(*At->getParent())) {
            transfer(I, Live);
            if (&I == At)
                break;
        }
        return Live;
    }
};
} // namespace

bool isSanitizerHandler(const BasicBlock &B) {
    for (const Instruction &I : B) {
        auto *C = dyn_cast<CallInst>(&I);
        if (!C || !C->getCalledFunction())
            continue;
        StringRef Name = C->getCalledFunction()->getName();
        if (Name.starts_with("__ubsan_handle_") || Name.starts_with("llvm.ubsantrap"))
            return true;
        if (!C->getCalledFunction()->isIntrinsic())
            return false;
    }
    return false;
}

// Operands first. The computation may be spread over blocks by a sanitizer's checks.
static bool collectSlice(Value *V, SmallPtrSetImpl<Instruction *> &Seen,
                         SmallVectorImpl<Instruction *> &Out) {
    auto *I = dyn_cast<Instruction>(V);
    if (!I || isa<AllocaInst>(I) || !Seen.insert(I).second)
        return true;
    if (!isa<LoadInst, GetElementPtrInst, CastInst, BinaryOperator, ICmpInst>(I))
        return false;
    for (Value *Op : I->operands())
        if (!collectSlice(Op, Seen, Out))
            return false;
    Out.push_back(I);
    return true;
}

bool argumentSlice(CallInst *Merge, SmallVectorImpl<Instruction *> &Out) {
    SmallPtrSet<Instruction *, 32> Seen;
    for (Value *Argument : Merge->args())
        if (!collectSlice(Argument, Seen, Out)) {
            reportError(*Merge->getFunction(), Merge,
                        "the arguments of yk_merge_point must be plain expressions, without calls, "
                        "?: or &&");
            return false;
        }
    return true;
}

// Finds the code from behind a merge point to the dispatch: straight code, but for checks that a
// sanitizer has added.
static bool findChain(MergePoint &M) {
    SmallPtrSet<BasicBlock *, 8> Seen{M.Call->getParent()};
    M.Rest.Blocks.push_back(M.Call->getParent());
    BasicBlock *Dispatch = nullptr;
    for (size_t I = 0; I < M.Rest.Blocks.size() && M.Rest.Blocks.size() < 64; I++) {
        BasicBlock *B = M.Rest.Blocks[I];
        Instruction *T = B->getTerminator();
        if (auto *S = dyn_cast<SwitchInst>(T); S && S->getNumCases() < 2) {
            reportError(*B->getParent(), M.Call, "the dispatch has too few opcodes");
            return false;
        }
        if (isa<SwitchInst, IndirectBrInst>(T)) {
            if (Dispatch && Dispatch != B)
                break;
            Dispatch = B;
            continue;
        }
        auto *Br = dyn_cast<BranchInst>(T);
        bool Check = Br && Br->isConditional() &&
                     any_of(successors(B), [](BasicBlock *S) { return isSanitizerHandler(*S); });
        if (isa<UnreachableInst>(T) && isSanitizerHandler(*B))
            continue;
        if (!Br || (Br->isConditional() && !Check)) {
            Dispatch = nullptr;
            break;
        }
        for (BasicBlock *S : successors(B))
            if (Seen.insert(S).second)
                M.Rest.Blocks.push_back(S);
    }
    if (Dispatch)
        return true;
    reportError(
        *M.Call->getFunction(), M.Call,
        "between the merge point and the switch (or computed goto) on the opcode there must "
        "be straight code only");
    return false;
}

// Serialises the instructions from behind the merge point to the dispatch, for comparison.
static std::string chainText(const MergePoint &M) {
    std::string Text;
    raw_string_ostream OS(Text);
    DenseMap<const Value *, unsigned> Local;
    const BasicBlock *Previous = nullptr;
    bool Started = false;
    for (const BasicBlock *B : M.Rest.Blocks) {
        for (const Instruction &I : *B) {
            if (&I == M.Call) {
                Started = true;
                continue;
            }
            if (!Started || isa<DbgInfoIntrinsic>(I))
                continue;
            if (auto *P = dyn_cast<PHINode>(&I)) {
                const Value *V = P->getIncomingValueForBlock(Previous);
                auto It = Local.find(V);
                if (It != Local.end())
                    Local[P] = It->second;
                continue;
            }
            if (isa<BranchInst>(I))
                continue;
            OS << I.getOpcodeName() << ' ' << *I.getType();
            if (auto *G = dyn_cast<GetElementPtrInst>(&I))
                OS << ' ' << *G->getSourceElementType();
            if (auto *C = dyn_cast<CmpInst>(&I))
                OS << ' ' << C->getPredicate();
            for (const Value *Op : I.operands()) {
                auto It = Local.find(Op);
                if (It != Local.end())
                    OS << " %" << It->second;
                else if (isa<BasicBlock>(Op))
                    OS << " block";
                else
                    OS << ' ' << (const void *)Op;
            }
            OS << '\n';
            unsigned N = Local.size();
            Local[&I] = N;
        }
        Previous = B;
    }
    return Text;
}

bool checkCopies(const Interpreter &In) {
    std::string First = chainText(In.Merges[0]);
    for (const MergePoint &M : drop_begin(In.Merges))
        if (chainText(M) != First) {
            reportError(*In.F, M.Call,
                        "what follows this copy of the merge point differs from what follows the "
                        "first copy; all must fetch and dispatch in the same way");
            return false;
        }
    return true;
}

static bool findJoins(Interpreter &In) {
    for (MergePoint &M : In.Merges)
        In.ChainBlocks.insert(M.Rest.Blocks.begin(), M.Rest.Blocks.end());
    for (MergePoint &M : In.Merges)
        for (BasicBlock *B : drop_begin(M.Rest.Blocks))
            for (BasicBlock *P : predecessors(B))
                if (!In.ChainBlocks.count(P) && M.Rest.Join != B) {
                    if (M.Rest.Join) {
                        reportError(*In.F, M.Call,
                                    "code joins the way from the merge point to the "
                                    "dispatch in more than one place");
                        return false;
                    }
                    M.Rest.Join = B;
                }
    return true;
}

static bool findGreens(Interpreter &In) {
    for (MergePoint &M : In.Merges) {
        unsigned N = (M.Call->arg_size() - 3) / 3;
        if ((M.Call->arg_size() - 3) % 3 != 0 || N == 0 || N > YK_MAX_GREENS) {
            reportError(*In.F, M.Call,
                        "a merge point takes one to " + Twine(YK_MAX_GREENS) +
                            " yk_green(variable, start, size)");
            return false;
        }
        for (unsigned I = 0; I < N; I++) {
            auto *L = dyn_cast<LoadInst>(Interpreter::greenOperand(M.Call, I, 0));
            auto *A = L ? dyn_cast<AllocaInst>(L->getPointerOperand()) : nullptr;
            if (!A || !A->getAllocatedType()->isPointerTy()) {
                reportError(*In.F, M.Call,
                            "green number " + Twine(I + 1) +
                                " is not a local variable of pointer type");
                return false;
            }
            if (&M == &In.Merges[0])
                In.Greens.push_back(A);
            else if (In.Greens.size() != N || In.Greens[I] != A) {
                reportError(*In.F, M.Call, "the copies of the merge point name different greens");
                return false;
            }
        }
    }
    return true;
}

static bool findVector(Interpreter &In) {
    Liveness L(*In.F);
    BitVector AtMerge(L.Slots.size()), AtJoin(L.Slots.size());
    for (MergePoint &M : In.Merges) {
        AtMerge |= L.before(M.Call->getNextNode());
        if (M.Rest.Join)
            AtJoin |= L.before(&M.Rest.Join->front());
    }
    bool HaveVariables = false;
    for (Instruction &I : In.F->getEntryBlock()) {
        auto *A = dyn_cast<AllocaInst>(&I);
        if (!A)
            continue;
        const DILocalVariable *V = sourceVariable(A);
        HaveVariables |= V != nullptr;
        if (V && !isPlainScalar(A) && inScopeAtMerges(A, In.Merges)) {
            reportError(*In.F, In.Merges[0].Call,
                        "the local variable '" + V->getName() + "' (declared in line " +
                            Twine(V->getLine()) +
                            ") lives across the merge point, and its address is taken or it is not "
                            "a scalar");
            return false;
        }
    }
    if (!HaveVariables) {
        reportError(*In.F, In.Merges[0].Call,
                    "compile with -g (yk-config --cflags): the plugin needs the scopes of locals");
        return false;
    }
    for (unsigned I = 0; I < L.Slots.size(); I++) {
        AllocaInst *A = L.Slots[I];
        if (is_contained(In.Greens, A) || !inScopeAtMerges(A, In.Merges))
            continue;
        if (AtMerge.test(I))
            In.Reds.push_back(A);
        else if (AtJoin.test(I))
            In.Extras.push_back(A);
    }
    if (In.Reds.size() > YK_MAX_REDS ||
        std::max<size_t>(In.Reds.size(), 4) + In.Greens.size() + In.Extras.size() >
            YK_VECTOR_SLOTS) {
        std::string Names;
        for (AllocaInst *A : In.Reds)
            Names += (Names.empty() ? "" : ", ") + variableName(A);
        reportError(*In.F, In.Merges[0].Call,
                    "too many local variables are live at the merge point (at most " +
                        Twine(YK_MAX_REDS) + "): " + Names);
        return false;
    }
    return true;
}

bool findInterpreter(Module &M, Interpreter &Out) {
    Function *Merge = M.getFunction(MergeName), *Enter = M.getFunction(EnterName);
    if (!Merge || Merge->use_empty())
        return true;
    for (User *U : Merge->users()) {
        auto *C = dyn_cast<CallInst>(U);
        if (!C || C->getCalledFunction() != Merge)
            continue;
        if (Out.F && Out.F != C->getFunction()) {
            reportError(*C->getFunction(), C,
                        "this function has a merge point, and so has " + Out.F->getName() +
                            "; a program can have one dispatch loop");
            return false;
        }
        Out.F = C->getFunction();
    }
    // In program order, so that the result does not depend on use lists.
    for (BasicBlock &B : *Out.F)
        for (Instruction &I : B)
            if (auto *C = dyn_cast<CallInst>(&I)) {
                if (C->getCalledFunction() == Merge)
                    Out.Merges.push_back({C, {}});
                else if (Enter && C->getCalledFunction() == Enter)
                    Out.Enters.push_back(C);
            }
    if (Enter)
        for (User *U : Enter->users())
            if (auto *C = dyn_cast<CallInst>(U); C && C->getFunction() != Out.F) {
                reportError(*C->getFunction(), C,
                            "yk_can_enter_jit outside of " + Out.F->getName() +
                                ", the function with the merge point");
                return false;
            }
    Out.Where = Out.Merges[0].Call->getDebugLoc();
    Type *R = Out.F->getReturnType();
    if (!R->isVoidTy() && !R->isPointerTy() && !R->isFloatTy() && !R->isDoubleTy() &&
        !(R->isIntegerTy() && R->getIntegerBitWidth() <= 64)) {
        reportError(*Out.F, Out.Where,
                    "the function with the merge point returns what does not fit one register");
        return false;
    }
    // Each merge point starts a block of its own, so that a chain is a list of whole blocks.
    for (MergePoint &P : Out.Merges) {
        if (!findChain(P))
            return false;
    }
    SmallVector<Instruction *, 32> Slice;
    for (MergePoint &P : Out.Merges)
        if (Slice.clear(), !argumentSlice(P.Call, Slice))
            return false;
    return findJoins(Out) && findGreens(Out) && findVector(Out);
}

} // namespace yk
