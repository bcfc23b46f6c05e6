// Clones of the functions that tier 1 may inline into traces (AotClone in shared-ir/aot.h).
//
// A clone is the canonical function with its activation moved to memory that the caller brings:
// arguments come in `lives`, locals whose address is taken are in `frame`, the result goes to
// `result`. A clone that can be entered in the middle begins with a switch on the number of the
// resume point; each case loads the values that live there and jumps behind the block's phis. Such
// a value then has several definitions: it becomes a stack slot, and SSA form is built anew.
//
//   resume    enters anywhere, does what the function does: deoptimisation
//   record    also reports each block, promoted value, indirect callee and fresh memory to the
//             recorder, and calls the recording wrappers of the functions that a trace would inline
//   marked    the same for recorders that see which instructions are executed: instead of reporting
//             a block it has a nop whose address stands in a table (shared-ir/marks.h)
//   hop       for tests: enters at the start, and goes on in one of the other two from any resume
//             point at which yk_hop says so (runtime/hop.c)
//
// A wrapper has the signature of the function itself and runs a clone from the start. Record clones
// have marks, too, but no nops for them: so the two kinds of recorder can be compared.
//
// The clones are optimised by themselves, not together with the program: nothing is inlined into
// them, nothing is concluded from them. What attributes say of the function is true of its clones
// only in part (a record clone of a pure function writes the recording), so they get new ones.
#include "../shared-ir/aot.h"
#include "../shared-ir/marks.h"
#include "canonical.h"
#include "derive.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/Local.h"
#include "llvm/Transforms/Utils/PromoteMemToReg.h"

using namespace llvm;

namespace yk {

std::string recordName(StringRef F) {
    return (F + ".yk.record").str();
}
std::string resumeName(StringRef F) {
    return (F + ".yk.resume").str();
}
std::string wrapperName(StringRef F) {
    return (F + ".yk.recording").str();
}
std::string markedName(StringRef F) {
    return (F + ".yk.marked").str();
}
std::string markedWrapperName(StringRef F) {
    return (F + ".yk.marking").str();
}
std::string hopName(StringRef F) {
    return (F + ".yk.hop").str();
}

FunctionType *cloneType(LLVMContext &C) {
    Type *I32 = Type::getInt32Ty(C), *Ptr = PointerType::get(C, 0);
    return FunctionType::get(I32, {I32, Ptr, Ptr, Ptr}, false);
}

static Value *wordAddress(IRBuilder<> &B, Value *Base, unsigned Index) {
    return Index ? B.CreateConstInBoundsGEP1_64(B.getInt64Ty(), Base, Index) : Base;
}

/// Loads a value that is stored zero-extended to 8 bytes.
static Value *loadWord(IRBuilder<> &B, Type *T, Value *Base, unsigned Index) {
    Value *At = wordAddress(B, Base, Index);
    if (T->isIntegerTy() && T->getIntegerBitWidth() % 8 != 0)
        return B.CreateTrunc(B.CreateAlignedLoad(B.getInt64Ty(), At, Align(8)), T);
    return B.CreateAlignedLoad(T, At, Align(8)); // little-endian
}

static void storeWord(IRBuilder<> &B, Value *V, Value *Base, unsigned Index) {
    Type *T = V->getType();
    if (T->isFloatTy())
        V = B.CreateBitCast(V, B.getInt32Ty());
    if (V->getType()->isIntegerTy())
        V = B.CreateZExt(V, B.getInt64Ty());
    B.CreateAlignedStore(V, wordAddress(B, Base, Index), Align(8));
}

// Of the attributes of a function or call: how arguments and result are passed, and nothing else.
static AttributeList callingAttributes(LLVMContext &C, AttributeList From, unsigned ArgCount) {
    auto Keep = [&](AttributeSet S) {
        SmallVector<Attribute, 4> Kept;
        for (Attribute A : S)
            if (A.hasAttribute(Attribute::ZExt) || A.hasAttribute(Attribute::SExt) ||
                A.hasAttribute(Attribute::InReg))
                Kept.push_back(A);
        return AttributeSet::get(C, Kept);
    };
    SmallVector<AttributeSet, 8> Args;
    for (unsigned I = 0; I < ArgCount; I++)
        Args.push_back(Keep(From.getParamAttrs(I)));
    return AttributeList::get(C, AttributeSet(), Keep(From.getRetAttrs()), Args);
}

// What code is generated for, and how, stays as in the function.
static void copyTargetAttributes(Function &To, const Function &From) {
    for (Attribute A : From.getAttributes().getFnAttrs())
        if (A.isStringAttribute() &&
            (A.getKindAsString().starts_with("target-") || A.getKindAsString() == "tune-cpu" ||
             A.getKindAsString() == "frame-pointer"))
            To.addFnAttr(A);
        else if (A.hasAttribute(Attribute::UWTable) ||
                 A.hasAttribute(Attribute::NullPointerIsValid))
            To.addFnAttr(A);
    To.setDoesNotThrow();
    To.addFnAttr(Attribute::NoInline);
    To.addFnAttr("no-builtins");
}

void fillWrapper(Function &W, Function &Clone, unsigned FrameSize) {
    LLVMContext &C = W.getContext();
    IRBuilder<> B(BasicBlock::Create(C, "", &W));
    unsigned Words = std::max<unsigned>(W.arg_size(), 1);
    Value *Lives = B.CreateAlloca(ArrayType::get(B.getInt64Ty(), Words));
    Value *Frame = ConstantPointerNull::get(B.getPtrTy());
    if (FrameSize) {
        auto *A = B.CreateAlloca(ArrayType::get(B.getInt8Ty(), FrameSize));
        A->setAlignment(Align(16));
        Frame = A;
    }
    for (Argument &A : W.args())
        storeWord(B, &A, Lives, A.getArgNo());
    B.CreateCall(&Clone, {B.getInt32(0), Lives, Lives, Frame});
    Type *T = W.getReturnType();
    if (T->isVoidTy())
        B.CreateRetVoid();
    else
        B.CreateRet(loadWord(B, T, Lives, 0));
}

namespace {
enum class CloneKind { Record, Marked, Resume, Hop };

struct Hooks {
    FunctionCallee Block, Value, Callee, Fresh, Subject, Enter, Leave;
    FunctionCallee MarkValue, MarkCallee, MarkPointer, Hop;

    explicit Hooks(Module &M) {
        LLVMContext &C = M.getContext();
        Type *Void = Type::getVoidTy(C), *I32 = Type::getInt32Ty(C), *I64 = Type::getInt64Ty(C);
        Type *Ptr = PointerType::get(C, 0);
        Block = M.getOrInsertFunction("yk_record_block", FunctionType::get(Void, {I32}, false));
        Value = M.getOrInsertFunction("yk_record_value", FunctionType::get(I64, {I64}, false));
        Callee = M.getOrInsertFunction("yk_record_callee", FunctionType::get(Ptr, {Ptr}, false));
        Fresh = M.getOrInsertFunction("yk_record_fresh", FunctionType::get(Void, {Ptr}, false));
        Subject = M.getOrInsertFunction("yk_record_subject", FunctionType::get(Void, {Ptr}, false));
        Enter = M.getOrInsertFunction("yk_record_enter", FunctionType::get(Void, {I32}, false));
        Leave = M.getOrInsertFunction("yk_record_leave", FunctionType::get(Void, {}, false));
        MarkValue = M.getOrInsertFunction("yk_mark_value", FunctionType::get(I64, {I64}, false));
        MarkCallee = M.getOrInsertFunction("yk_mark_callee", FunctionType::get(Ptr, {Ptr}, false));
        MarkPointer =
            M.getOrInsertFunction("yk_mark_pointer", FunctionType::get(Void, {Ptr}, false));
        Hop = M.getOrInsertFunction("yk_hop", FunctionType::get(Ptr, {I32, Ptr, Ptr}, false));
        for (FunctionCallee F : {Block, Value, Callee, Fresh, Subject, Enter, Leave, MarkValue,
                                 MarkCallee, MarkPointer, Hop}) {
            auto *Hook = cast<Function>(F.getCallee());
            Hook->setDSOLocal(true);
            Hook->setDoesNotThrow();
        }
    }
};

class Cloner {
    Tier1Module &T;
    Tier1Function &TF;
    CloneKind Kind;
    const Hooks &H;
    Function *S;
    Value *Entry, *Lives, *Result, *Frame;
    ValueToValueMapTy Map;
    BasicBlock *Head;  // the switch
    BasicBlock *Start; // loads the arguments: entry 0

    BasicBlock *clone(BasicBlock *B) {
        return cast<BasicBlock>(Map[B]);
    }
    bool records() const {
        return Kind == CloneKind::Record || Kind == CloneKind::Marked;
    }
    void copyBlocks();
    void placeFrame();
    void leaveThroughMemory();
    void promote(CallInst *Call);
    void adjustCalls();
    void report();
    void hop(unsigned FirstPoint);
    void enterAnywhere();
    void demote(Value *V, AllocaInst *Slot);

  public:
    Cloner(Tier1Module &T, Tier1Function &TF, CloneKind Kind, const Hooks &H, Function *S)
        : T(T), TF(TF), Kind(Kind), H(H), S(S), Entry(S->getArg(0)), Lives(S->getArg(1)),
          Result(S->getArg(2)), Frame(S->getArg(3)) {}
    bool run(unsigned FirstPoint);
};
} // namespace

void Cloner::copyBlocks() {
    LLVMContext &C = S->getContext();
    Head = BasicBlock::Create(C, "", S);
    Start = BasicBlock::Create(C, "", S);
    IRBuilder<> B(Start);
    for (Argument &A : TF.F->args())
        Map[&A] = loadWord(B, A.getType(), Lives, A.getArgNo());
    for (BasicBlock *Old : TF.Blocks) {
        BasicBlock *New = CloneBasicBlock(Old, Map, "", S);
        Map[Old] = New;
    }
    for (BasicBlock *Old : TF.Blocks)
        for (Instruction &I : *clone(Old))
            RemapInstruction(&I, Map, RF_NoModuleLevelChanges | RF_IgnoreMissingLocals);
    B.CreateBr(clone(TF.Blocks[0]));
    IRBuilder<>(Head).CreateSwitch(Entry, Start, TF.Resume.size());
}

void Cloner::placeFrame() {
    IRBuilder<> B(Head->getTerminator());
    for (auto &[A, Offset] : TF.FrameOffset) {
        auto *Copy = cast<AllocaInst>(Map[A]);
        Copy->replaceAllUsesWith(B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), Frame, Offset));
        Copy->eraseFromParent();
    }
    for (BasicBlock &Block : *S)
        for (Instruction &I : make_early_inc_range(Block))
            if (auto *II = dyn_cast<IntrinsicInst>(&I);
                II &&
                (II->isLifetimeStartOrEnd() || II->getIntrinsicID() == Intrinsic::invariant_end ||
                 II->getIntrinsicID() == Intrinsic::invariant_start)) {
                II->replaceAllUsesWith(PoisonValue::get(II->getType()));
                II->eraseFromParent();
            }
}

void Cloner::leaveThroughMemory() {
    for (BasicBlock &Block : *S) {
        auto *R = dyn_cast<ReturnInst>(Block.getTerminator());
        if (!R)
            continue;
        IRBuilder<> B(R);
        unsigned Code = AOT_RETURNED;
        CallInst *X = TF.Body ? exitCall(Block) : nullptr;
        if (X) {
            StringRef Kind = X->getCalledFunction()->getName();
            auto Store = [&](unsigned Slot, unsigned At) {
                Value *V = X->getArgOperand(Slot);
                if (!isa<UndefValue>(V))
                    storeWord(B, V, Result, At);
            };
            if (Kind.starts_with(ExitReturn)) {
                Code = AOT_BODY_RETURN;
                Store(YK_GREEN_SLOT, 0);
            } else {
                Code = Kind.starts_with(ExitMerge) ? AOT_BODY_MERGE : AOT_BODY_BYPASS;
                for (unsigned I = 0; I < YK_VECTOR_SLOTS; I++)
                    Store(I, I);
            }
        } else if (Value *V = R->getReturnValue()) {
            storeWord(B, V, Result, 0);
        }
        B.CreateRet(B.getInt32(Code));
        R->eraseFromParent();
        if (X)
            X->eraseFromParent();
    }
}

// A line of the table of marks: the address of the next instruction. With an instruction of its own
// it is a place that no other mark shares and that is passed whenever the mark is.
static void mark(IRBuilder<> &B, uint32_t What, bool OwnInstruction) {
    std::string Text = "1: " + std::string(OwnInstruction ? "nop\n" : "\n") +
                       ".pushsection " YK_MARKS_SECTION ",\"aR\",@progbits\n.long 1b - .\n.long " +
                       std::to_string(What) + "\n.popsection";
    FunctionType *FT = FunctionType::get(B.getVoidTy(), false);
    B.CreateCall(FT, InlineAsm::get(FT, Text, "", /*hasSideEffects=*/true));
}

// yk_promote, yk_constant_of, yk_either: the first argument.
void Cloner::promote(CallInst *Call) {
    IRBuilder<> B(Call);
    Value *V = Call->getArgOperand(0);
    if (records()) {
        mark(B, YK_MARK_VALUE, false);
        B.CreateCall(Kind == CloneKind::Record ? H.Value : H.MarkValue,
                     {V->getType()->isPointerTy() ? B.CreatePtrToInt(V, B.getInt64Ty())
                                                  : B.CreateZExt(V, B.getInt64Ty())});
    }
    // A value of its own: each of the two may be live without the other.
    Call->replaceAllUsesWith(B.CreateFreeze(V));
    Call->eraseFromParent();
}

void Cloner::adjustCalls() {
    LLVMContext &C = S->getContext();
    for (BasicBlock *Old : TF.Blocks)
        for (Instruction &I : *Old) {
            auto *Call = dyn_cast<CallInst>(&I);
            // Exits of the body are gone.
            Call = Call && Map.count(Call) ? dyn_cast_or_null<CallInst>(Map[Call]) : nullptr;
            if (!Call || Call->isInlineAsm() || isa<IntrinsicInst>(Call))
                continue;
            Call->setTailCallKind(CallInst::TCK_None);
            if (isPromote(*Call) || isConstantOf(*Call) || isEither(*Call)) {
                promote(Call);
                continue;
            }
            if (!records() || !mayBeInlined(T, I))
                continue;
            bool Marked = Kind == CloneKind::Marked;
            if (isFresh(cast<CallInst>(I))) {
                IRBuilder<> B(Call->getNextNode());
                mark(B, YK_MARK_FRESH, false);
                B.CreateCall(Marked ? H.MarkPointer : H.Fresh, {Call});
            }
            if (Function *F = Call->getCalledFunction()) {
                const Tier1Function &Callee = T.Functions[T.Number.lookup(F)];
                Call->setCalledFunction(Marked ? Callee.MarkedWrapper : Callee.RecordWrapper);
            } else {
                IRBuilder<> B(Call);
                mark(B, YK_MARK_CALLEE, false);
                Call->setCalledOperand(
                    B.CreateCall(Marked ? H.MarkCallee : H.Callee, {Call->getCalledOperand()}));
            }
            Call->setAttributes(callingAttributes(C, Call->getAttributes(), Call->arg_size()));
        }
}

void Cloner::report() {
    for (auto [I, Old] : enumerate(TF.Blocks)) {
        BasicBlock *B = clone(Old);
        IRBuilder<> IB(B, B->getFirstInsertionPt());
        mark(IB, YK_MARK_BLOCK | (TF.FirstBlock + I), Kind == CloneKind::Marked);
        if (Kind == CloneKind::Record)
            IB.CreateCall(H.Block, {IB.getInt32(TF.FirstBlock + I)});
    }
}

// Puts a question to yk_hop in front of each resume point.
void Cloner::hop(unsigned FirstPoint) {
    LLVMContext &C = S->getContext();
    IRBuilder<> AB(Head, Head->begin());
    Value *Buffer = AB.CreateAlloca(ArrayType::get(AB.getInt64Ty(), std::max(TF.MaxLives, 1u)));
    for (auto &[Old, Point] : TF.Resume) {
        BasicBlock *B = clone(Old);
        BasicBlock *Rest = B->splitBasicBlock(B->getFirstInsertionPt());
        B->getTerminator()->eraseFromParent();
        BasicBlock *Away = BasicBlock::Create(C, "", S);
        IRBuilder<> IB(B);
        Value *Where = IB.CreateCall(
            H.Hop, {IB.getInt32(FirstPoint + Point.Number - 1), TF.ResumeClone, TF.RecordClone});
        IB.CreateCondBr(IB.CreateIsNotNull(Where), Away, Rest);
        IRBuilder<> XB(Away);
        for (auto [I, V] : enumerate(Point.Lives))
            storeWord(XB, Map[V], Buffer, I);
        XB.CreateRet(
            XB.CreateCall(cloneType(C), Where, {XB.getInt32(Point.Number), Buffer, Result, Frame}));
    }
}

// Replaces a value by a stack slot.
void Cloner::demote(Value *V, AllocaInst *Slot) {
    SmallVector<Use *, 16> Uses;
    for (Use &U : V->uses())
        Uses.push_back(&U);
    SmallDenseMap<BasicBlock *, Value *> AtEnd;
    for (Use *U : Uses) {
        auto *I = cast<Instruction>(U->getUser());
        auto *P = dyn_cast<PHINode>(I);
        if (!P) {
            U->set(new LoadInst(V->getType(), Slot, "", I->getIterator()));
            continue;
        }
        // All edges from one block must bring the same value.
        BasicBlock *From = P->getIncomingBlock(*U);
        Value *&L = AtEnd[From];
        if (!L)
            L = new LoadInst(V->getType(), Slot, "", From->getTerminator()->getIterator());
        U->set(L);
    }
    auto *I = cast<Instruction>(V);
    BasicBlock::iterator At =
        isa<PHINode>(I) ? I->getParent()->getFirstInsertionPt() : std::next(I->getIterator());
    new StoreInst(V, Slot, At);
}

void Cloner::enterAnywhere() {
    LLVMContext &C = S->getContext();
    MapVector<Value *, AllocaInst *> Slots; // of values of TF.F
    auto IsPhiOf = [](Value *V, BasicBlock *B) {
        return isa<PHINode>(V) && cast<PHINode>(V)->getParent() == B;
    };
    for (auto &[Old, Point] : TF.Resume)
        for (Value *V : Point.Lives)
            if (!IsPhiOf(V, Old) && !Slots.count(V))
                Slots[V] = new AllocaInst(V->getType(), 0, "", Head->begin());
    for (auto &[V, Slot] : Slots)
        demote(Map[V], Slot);
    auto *Switch = cast<SwitchInst>(Head->getTerminator());
    for (auto &[Old, Point] : TF.Resume) {
        BasicBlock *Stub = BasicBlock::Create(C, "", S), *B = clone(Old);
        IRBuilder<> IB(Stub);
        SmallDenseMap<Value *, Value *> Phis;
        for (auto [I, V] : enumerate(Point.Lives)) {
            Value *L = loadWord(IB, V->getType(), Lives, I);
            if (IsPhiOf(V, Old))
                Phis[Map[V]] = L;
            else
                IB.CreateStore(L, Slots[V]);
        }
        IB.CreateBr(B);
        for (PHINode &P : B->phis()) {
            Value *L = Phis.lookup(&P);
            P.addIncoming(L ? L : PoisonValue::get(P.getType()), Stub);
        }
        Switch->addCase(IB.getInt32(Point.Number), Stub);
    }
    SmallVector<AllocaInst *, 32> Allocas;
    for (auto &[V, Slot] : Slots)
        Allocas.push_back(Slot);
    DominatorTree DT(*S);
    PromoteMemToReg(Allocas, DT);
}

bool Cloner::run(unsigned FirstPoint) {
    copyTargetAttributes(*S, *TF.F);
    copyBlocks();
    placeFrame();
    leaveThroughMemory();
    adjustCalls();
    if (records())
        report();
    if (Kind == CloneKind::Hop)
        hop(FirstPoint);
    else
        enterAnywhere();
    removeUnreachableBlocks(*S);
    if (!verifyFunction(*S, &errs()))
        return true;
    errs() << "yk: internal error: the clone " << S->getName() << " is not well formed\n";
    return false;
}

// The recorder knows which functions are active.
static void reportActivity(Function &Wrapper, const Tier1Function &TF, const Hooks &H,
                           CloneKind Kind) {
    bool Marked = Kind == CloneKind::Marked;
    for (Instruction &I : Wrapper.getEntryBlock())
        if (auto *Call = dyn_cast<CallInst>(&I)) {
            IRBuilder<> B(Call);
            if (TF.Rare && Wrapper.arg_size() && Wrapper.getArg(0)->getType()->isPointerTy()) {
                mark(B, YK_MARK_SUBJECT, false);
                B.CreateCall(Marked ? H.MarkPointer : H.Subject, {Wrapper.getArg(0)});
            }
            mark(B, YK_MARK_ENTER | TF.Number, Marked);
            if (!Marked)
                B.CreateCall(H.Enter, {B.getInt32(TF.Number)});
            B.SetInsertPoint(Call->getNextNode());
            mark(B, YK_MARK_LEAVE, Marked);
            if (!Marked)
                B.CreateCall(H.Leave);
            return;
        }
}

bool addClones(Tier1Module &T, bool Torture) {
    Module &M = *T.M;
    LLVMContext &C = M.getContext();
    StripDebugInfo(M);
    Hooks H(M);
    SmallPtrSet<Function *, 32> Clones;
    for (Function &F : M)
        if (F.getName().starts_with(CallPrefix))
            Clones.insert(&F);
    auto Create = [&](FunctionType *FT, const std::string &Name) {
        Function *F = Function::Create(FT, GlobalValue::ExternalLinkage, Name, M);
        F->setVisibility(GlobalValue::HiddenVisibility);
        F->setDSOLocal(true);
        F->setSection(CloneSection);
        Clones.insert(F);
        return F;
    };
    for (Tier1Function &TF : T.Functions) {
        if (!TF.hasClones())
            continue;
        TF.RecordClone = Create(cloneType(C), recordName(TF.Name));
        TF.MarkedClone = Create(cloneType(C), markedName(TF.Name));
        TF.ResumeClone = Create(cloneType(C), resumeName(TF.Name));
        if (TF.Body)
            continue;
        auto Wrap = [&](const std::string &Name, Function &Clone, CloneKind Kind) {
            Function *W = Create(TF.F->getFunctionType(), Name);
            W->setCallingConv(TF.F->getCallingConv());
            W->setAttributes(callingAttributes(C, TF.F->getAttributes(), W->arg_size()));
            copyTargetAttributes(*W, *TF.F);
            W->setSection(Clone.getSection());
            fillWrapper(*W, Clone, TF.FrameSize);
            reportActivity(*W, TF, H, Kind);
            return W;
        };
        TF.RecordWrapper = Wrap(wrapperName(TF.Name), *TF.RecordClone, CloneKind::Record);
        TF.MarkedWrapper = Wrap(markedWrapperName(TF.Name), *TF.MarkedClone, CloneKind::Marked);
    }
    unsigned Points = 0;
    for (Tier1Function &TF : T.Functions) {
        if (!TF.hasClones())
            continue;
        if (!Cloner(T, TF, CloneKind::Record, H, TF.RecordClone).run(0) ||
            !Cloner(T, TF, CloneKind::Marked, H, TF.MarkedClone).run(0) ||
            !Cloner(T, TF, CloneKind::Resume, H, TF.ResumeClone).run(0))
            return false;
        if (Torture &&
            !Cloner(T, TF, CloneKind::Hop, H, Create(cloneType(C), hopName(TF.Name))).run(Points))
            return false;
        TF.FirstPoint = Points;
        Points += TF.Resume.size();
    }
    keepClonesOnly(M, Clones);
    return true;
}

} // namespace yk
