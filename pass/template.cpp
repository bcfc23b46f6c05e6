// The template of all stencils: the interpreter's function, cut at its merge points.
#include "derive.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

namespace yk {

FunctionType *nativeType(const Interpreter &In) {
    LLVMContext &C = In.F->getContext();
    SmallVector<Type *, 12> Types;
    for (AllocaInst *A : In.slots(false)) {
        Type *T = A ? A->getAllocatedType() : nullptr;
        // The convention passes narrower integers in other registers.
        bool Own = T && (T->isPointerTy() || (T->isIntegerTy() && T->getIntegerBitWidth() >= 32));
        Types.push_back(Own ? T : Type::getInt64Ty(C));
    }
    return FunctionType::get(Type::getVoidTy(C), Types, false);
}

CallInst *exitCall(BasicBlock &B) {
    auto *R = dyn_cast<ReturnInst>(B.getTerminator());
    auto *C = R ? dyn_cast_or_null<CallInst>(R->getPrevNode()) : nullptr;
    return C && C->isMustTailCall() ? C : nullptr;
}

static Function *declareExit(Module &M, FunctionType *T, StringRef Name) {
    auto *F = cast<Function>(M.getOrInsertFunction(Name, T).getCallee());
    F->setCallingConv(CallingConv::PreserveNone);
    F->setDSOLocal(true);
    F->setDoesNotThrow();
    return F;
}

void makeUnique(CallInst *Exit) {
    Function *F = Exit->getCalledFunction();
    StringRef Kind = F->getName();
    for (const char *K : {ExitMerge, ExitReturn, ExitBypass})
        if (Kind.starts_with(K)) {
            static unsigned Next = 0;
            Exit->setCalledFunction(declareExit(*F->getParent(), F->getFunctionType(),
                                                (Twine(K) + "." + Twine(Next++)).str()));
            return;
        }
}

// Emits a jump out of native code at `B`, whose last argument slots are `Values`.
static void emitExit(IRBuilder<> &B, Module &M, FunctionType *FT, const char *Kind,
                     ArrayRef<AllocaInst *> Slots, Value *Result = nullptr) {
    SmallVector<Value *, 12> Args;
    for (unsigned I = 0; I < YK_VECTOR_SLOTS; I++) {
        Type *T = FT->getParamType(I);
        Value *V = PoisonValue::get(T);
        if (AllocaInst *A = Slots.empty() ? nullptr : Slots[I]) {
            V = B.CreateLoad(A->getAllocatedType(), A);
            if (V->getType()->isFloatingPointTy())
                V = B.CreateBitCast(V, B.getIntNTy(V->getType()->getPrimitiveSizeInBits()));
            if (V->getType() != T)
                V = V->getType()->isPointerTy() ? B.CreatePtrToInt(V, T) : B.CreateZExt(V, T);
        } else if (Result && I == YK_GREEN_SLOT) {
            if (Result->getType()->isFloatingPointTy())
                Result = B.CreateBitCast(Result,
                                         B.getIntNTy(Result->getType()->getPrimitiveSizeInBits()));
            if (!Result->getType()->isPointerTy())
                Result = B.CreateIntToPtr(Result, T);
            V = Result;
        }
        Args.push_back(V);
    }
    CallInst *C = B.CreateCall(declareExit(M, FT, Kind), Args);
    C->setCallingConv(CallingConv::PreserveNone);
    C->setTailCallKind(CallInst::TCK_MustTail);
    B.CreateRetVoid();
}

static void truncate(Instruction *At) {
    while (&At->getParent()->back() != At) {
        Instruction &Last = At->getParent()->back();
        Last.replaceAllUsesWith(PoisonValue::get(Last.getType()));
        Last.eraseFromParent();
    }
    At->replaceAllUsesWith(PoisonValue::get(At->getType()));
    At->eraseFromParent();
}

static void cutFrom(Instruction *At, Module &M, FunctionType *FT, const char *Kind,
                    ArrayRef<AllocaInst *> Slots, Value *Result = nullptr) {
    BasicBlock *B = At->getParent();
    for (BasicBlock *S : successors(B))
        S->removePredecessor(B, /*KeepOneInputPHIs=*/true);
    truncate(At);
    IRBuilder<> IB(B);
    emitExit(IB, M, FT, Kind, Slots, Result);
}

// The opcode's number from the operand of a computed goto through a constant table of labels.
static Value *tableIndex(IndirectBrInst *Br, GlobalVariable *&Table) {
    auto *L = dyn_cast<LoadInst>(Br->getAddress());
    auto *G = L ? dyn_cast<GetElementPtrInst>(L->getPointerOperand()) : nullptr;
    Table = G ? dyn_cast<GlobalVariable>(G->getPointerOperand()) : nullptr;
    if (!Table || G->getNumIndices() == 0 || !Table->isConstant() || !Table->hasInitializer())
        return nullptr;
    return *std::prev(G->idx_end());
}

// `Clones` maps the blocks of the module that was copied to ours: CloneModule leaves the labels in
// the initialisers of tables as they were.
static SwitchInst *toSwitch(Instruction *Dispatch, Interpreter &In, ValueToValueMapTy &Clones) {
    if (auto *S = dyn_cast<SwitchInst>(Dispatch))
        return S;
    auto *Br = cast<IndirectBrInst>(Dispatch);
    GlobalVariable *Table = nullptr;
    Value *Index = tableIndex(Br, Table);
    auto *Labels = Table ? dyn_cast<ConstantArray>(Table->getInitializer()) : nullptr;
    if (!Index || !Labels) {
        reportError(*In.F, In.Where,
                    "a computed goto at the dispatch must go through a constant table of labels");
        return nullptr;
    }
    BasicBlock *B = Br->getParent();
    auto *Default = BasicBlock::Create(B->getContext(), "no.opcode", B->getParent());
    new UnreachableInst(B->getContext(), Default);
    IRBuilder<> IB(Br);
    SwitchInst *S = IB.CreateSwitch(Index, Default, Labels->getNumOperands());
    for (unsigned I = 0; I < Labels->getNumOperands(); I++)
        if (auto *A = dyn_cast<BlockAddress>(Labels->getOperand(I)->stripPointerCasts()))
            if (auto *Label = dyn_cast_or_null<BasicBlock>(
                    A->getFunction() == In.F && !Clones.count(A->getBasicBlock())
                        ? static_cast<Value *>(A->getBasicBlock())
                        : static_cast<Value *>(Clones.lookup(A->getBasicBlock()))))
                S->addCase(cast<ConstantInt>(ConstantInt::get(Index->getType(), I)), Label);
    Br->eraseFromParent();
    return S;
}

// The labels' addresses mean nothing in the template.
static void dropLabelAddresses(Function &F) {
    for (BasicBlock &B : F)
        if (BlockAddress *A = BlockAddress::lookup(&B)) {
            A->replaceAllUsesWith(PoisonValue::get(A->getType()));
            A->destroyConstant();
        }
}

SwitchInst *dispatchOf(Function *Template) {
    return dyn_cast<SwitchInst>(Template->getEntryBlock().getTerminator());
}

Function *buildTemplate(Interpreter &In, ValueToValueMapTy &Clones) {
    Function *F = In.F;
    Module &M = *F->getParent();
    LLVMContext &C = M.getContext();
    FunctionType *FT = nativeType(In);
    SmallVector<AllocaInst *, 12> Slots = In.slots(false), AllSlots = In.slots(true);

    // The chain behind the first merge point, as one block of its own.
    BasicBlock *Start = BasicBlock::Create(C, "yk.start", F);
    {
        ValueToValueMapTy Map;
        BasicBlock *Previous = nullptr;
        bool Started = false;
        for (BasicBlock *B : In.Merges[0].Rest.Blocks) {
            for (Instruction &I : *B) {
                if (&I == In.Merges[0].Call) {
                    Started = true;
                    continue;
                }
                if (!Started || isa<BranchInst>(I))
                    continue;
                if (auto *P = dyn_cast<PHINode>(&I)) {
                    Value *V = P->getIncomingValueForBlock(Previous);
                    auto It = Map.find(V);
                    Map[P] = It == Map.end() ? V : static_cast<Value *>(It->second);
                    continue;
                }
                Instruction *N = I.clone();
                N->insertInto(Start, Start->end());
                Map[&I] = N;
                RemapInstruction(N, Map, RF_NoModuleLevelChanges | RF_IgnoreMissingLocals);
            }
            Previous = B;
        }
    }
    // Before the cuts: blocks of labels are still those of the table.
    if (!toSwitch(Start->getTerminator(), In, Clones))
        return nullptr;
    dropLabelAddresses(*F);

    // The cuts.
    for (MergePoint &P : In.Merges)
        if (P.Rest.Join) {
            // Reached without a merge point only; its other predecessors are cut off below.
            BasicBlock *J = P.Rest.Join;
            BasicBlock *X = BasicBlock::Create(C, "yk.bypass", F);
            SmallVector<BasicBlock *, 8> Preds(predecessors(J));
            for (BasicBlock *Pred : Preds)
                if (none_of(In.Merges, [&](MergePoint &Q) { return Q.Call->getParent() == Pred; }))
                    Pred->getTerminator()->replaceSuccessorWith(J, X);
            IRBuilder<> B(X);
            emitExit(B, M, FT, ExitBypass, AllSlots);
        }
    SmallVector<ReturnInst *, 4> Returns;
    for (BasicBlock &B : *F)
        if (auto *R = dyn_cast<ReturnInst>(B.getTerminator()); R && !exitCall(B))
            Returns.push_back(R);
    for (ReturnInst *R : Returns)
        cutFrom(R, M, FT, ExitReturn, {}, R->getReturnValue());
    for (CallInst *E : In.Enters)
        E->eraseFromParent();
    In.Enters.clear();
    for (MergePoint &P : In.Merges) {
        cutFrom(P.Call, M, FT, ExitMerge, Slots);
        P.Call = nullptr;
    }

    // The body moves to a function with the native signature.
    Function *T = Function::Create(FT, GlobalValue::InternalLinkage, "yk.template", M);
    T->setCallingConv(CallingConv::PreserveNone);
    for (Attribute A : F->getAttributes().getFnAttrs())
        if (A.isStringAttribute() && A.getKindAsString().starts_with("target-"))
            T->addFnAttr(A);
    T->setDoesNotThrow();
    T->addFnAttr("no-builtins");
    BasicBlock &Entry = F->getEntryBlock();
    SmallVector<AllocaInst *, 64> Allocas;
    for (Instruction &I : Entry)
        if (auto *A = dyn_cast<AllocaInst>(&I))
            Allocas.push_back(A);
    Start->moveBefore(&Entry);
    for (AllocaInst *A : Allocas)
        A->moveBefore(*Start, Start->begin());
    IRBuilder<> B(&*Start->getFirstNonPHIOrDbgOrAlloca());
    Type *Ptr = PointerType::get(C, 0);
    for (unsigned I = 0; I < YK_VECTOR_SLOTS; I++) {
        AllocaInst *A = Slots[I];
        if (!A)
            continue;
        Value *V = T->getArg(I);
        if (I >= YK_GREEN_SLOT && I < YK_GREEN_SLOT + In.Greens.size()) {
            auto Green =
                M.getOrInsertFunction((Twine(GreenPrefix) + Twine(I - YK_GREEN_SLOT)).str(),
                                      FunctionType::get(Ptr, false));
            auto *G = cast<Function>(Green.getCallee());
            G->setMemoryEffects(MemoryEffects::none());
            G->setDoesNotThrow();
            G->setWillReturn();
            G->addFnAttr(Attribute::Speculatable);
            G->addRetAttr(Attribute::NoUndef);
            V = B.CreateCall(Green);
        } else if (A->getAllocatedType()->isFloatingPointTy()) {
            unsigned Bits = A->getAllocatedType()->getPrimitiveSizeInBits();
            V = B.CreateBitCast(B.CreateTrunc(V, B.getIntNTy(Bits)), A->getAllocatedType());
        } else if (V->getType() != A->getAllocatedType()) {
            V = B.CreateTrunc(V, A->getAllocatedType());
        }
        B.CreateStore(V, A);
        V->setName(variableName(A));
    }
    for (Argument &A : F->args())
        A.replaceAllUsesWith(PoisonValue::get(A.getType()));
    T->splice(T->end(), F);
    removeUnreachableBlocks(*T);
    BasicBlock::Create(C, "", F);
    new UnreachableInst(C, &F->getEntryBlock());
    if (verifyFunction(*T, &errs())) {
        reportError(*F, In.Where, "internal error: the template is not well formed");
        return nullptr;
    }
    return T;
}

// With a switch in a loop, all ways out of the handlers join in front of the merge point. Gives
// each its own copy of the small blocks there; locals are stack slots still, so that no values
// cross the blocks' borders.
static void separateExits(Function &F) {
    SmallPtrSet<BasicBlock *, 16> Cone;
    auto Small = [](BasicBlock &B) {
        return B.size() <= 24 && none_of(B, [](Instruction &I) {
                   auto *C = dyn_cast<CallInst>(&I);
                   return isa<AllocaInst, PHINode>(I) ||
                          (C && !C->isMustTailCall() && C->getIntrinsicID() == 0) ||
                          any_of(I.users(), [&](User *U) {
                              return cast<Instruction>(U)->getParent() != I.getParent();
                          });
               });
    };
    for (unsigned Budget = 64, Round = 0; Budget && Round < 64; Round++) {
        bool Changed = false;
        for (BasicBlock &B : F)
            if (!Cone.count(&B) && &B != &F.getEntryBlock() && Small(B) &&
                (exitCall(B) ||
                 (B.getTerminator()->getNumSuccessors() <= 2 &&
                  any_of(successors(&B), [&](BasicBlock *S) { return Cone.count(S); }))))
                Changed |= Cone.insert(&B).second;
        for (BasicBlock &B : F) {
            if (!Cone.count(&B) || !B.hasNPredecessorsOrMore(2))
                continue;
            SmallVector<BasicBlock *, 8> Preds(predecessors(&B));
            SmallPtrSet<BasicBlock *, 8> Unique(Preds.begin(), Preds.end());
            if (Unique.size() > Budget || Unique.size() < 2 || Unique.count(&B))
                continue;
            bool First = true;
            for (BasicBlock *P : Unique) {
                if (First) {
                    First = false;
                    continue;
                }
                ValueToValueMapTy Map;
                BasicBlock *N = CloneBasicBlock(&B, Map, "", &F);
                for (Instruction &I : *N)
                    RemapInstruction(&I, Map, RF_NoModuleLevelChanges | RF_IgnoreMissingLocals);
                for (BasicBlock *S : successors(N))
                    for (PHINode &Phi : S->phis())
                        Phi.addIncoming(Phi.getIncomingValueForBlock(&B), N);
                P->getTerminator()->replaceSuccessorWith(&B, N);
                Cone.insert(N);
                Budget--;
            }
            Changed = true;
            break;
        }
        if (!Changed)
            break;
    }
}

Function *cloneForOpcode(Function *T, ConstantInt *Opcode) {
    SwitchInst *SW = dispatchOf(T);
    auto Case = SW->findCaseValue(Opcode);
    BasicBlock *Target = Case->getCaseSuccessor();
    SmallVector<BasicBlock *, 64> Blocks{&T->getEntryBlock(), Target};
    SmallPtrSet<BasicBlock *, 32> Seen{&T->getEntryBlock(), Target};
    for (size_t I = 1; I < Blocks.size(); I++)
        for (BasicBlock *S : successors(Blocks[I]))
            if (Seen.insert(S).second)
                Blocks.push_back(S);
    Function *N = Function::Create(T->getFunctionType(), GlobalValue::InternalLinkage,
                                   "yk.op." + Twine(Opcode->getZExtValue()), T->getParent());
    N->setCallingConv(T->getCallingConv());
    N->setAttributes(T->getAttributes());
    ValueToValueMapTy Map;
    for (auto [A, B] : zip(T->args(), N->args())) {
        Map[&A] = &B;
        B.setName(A.getName());
    }
    SmallVector<BasicBlock *, 64> Copies;
    for (BasicBlock *B : Blocks) {
        BasicBlock *Copy = CloneBasicBlock(B, Map, "", N);
        Map[B] = Copy;
        Copies.push_back(Copy);
    }
    auto *CopiedSwitch = cast<SwitchInst>(Copies[0]->getTerminator());
    BranchInst::Create(cast<BasicBlock>(Map[Target]), CopiedSwitch->getIterator());
    CopiedSwitch->eraseFromParent();
    for (BasicBlock *B : Copies)
        for (Instruction &I : *B) {
            if (auto *P = dyn_cast<PHINode>(&I))
                for (int K = P->getNumIncomingValues() - 1; K >= 0; K--)
                    if (!Seen.count(P->getIncomingBlock(K)))
                        P->removeIncomingValue(K, false);
            RemapInstruction(&I, Map, RF_NoModuleLevelChanges | RF_IgnoreMissingLocals);
        }
    separateExits(*N);
    for (BasicBlock &B : *N)
        if (CallInst *X = exitCall(B))
            makeUnique(X);
    return N;
}

} // namespace yk
