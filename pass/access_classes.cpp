// Access classes: which accesses of memory can touch the same bytes, by what the program's types
// say.
//
// An access through a typed GEP is one of the innermost struct's field that the GEP names; an
// element of an array in a field is one of that field. Members of a union have no GEP of their own:
// an access is one of the field that the union is, whatever it is looked at as, or, where it goes
// through a struct in the union, of those bytes of the field. Everything else is "anything" (class
// 0): plain arrays, pointers from elsewhere, bytes, accesses larger than the field.
//
// Two fields are one class if C's rules let them be the same memory:
//
//   - a common initial sequence. Programs cast between structs that begin with the same members
//     (an object's header). A field is therefore identified by the layout of its struct up to and
//     including itself: equal prefixes are the same field. A nested struct or union counts as one
//     member. Types of LLVM do not suffice to compare members: the debug information says what
//     pointers point to (debug_types.cpp). But the linker merges structs of equal layout, whatever
//     they are: fields of one LLVM type are one field, and of one without debug information it is
//     known to be only what its layout says. Structs without a name have no part in this.
//   - a field that is a struct or union and what is inside it
//   - parts of a union whose bytes overlap
//   - casts that are seen. Where a GEP of one type is applied to an address that is, by its own
//     GEP, of another, the fields whose bytes overlap are one class. Unions in a field count only
//     if their address leaves the sight of this analysis: then what they contain may be reached
//     by its own type.
//
// A wrong class would make wrong code; a lost one only costs speed. The GEPs say it only in code as
// clang makes it: passes drop steps of zero bytes. So each access is marked before any pass runs,
// with what passes keep, drop and merge as they should: a TBAA tag. Accesses to which the compiler
// gave no tag (-fno-strict-aliasing, may_alias) are "anything".
#include "access_classes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/Operator.h"
#include <set>

using namespace llvm;

namespace yk {

static constexpr uint64_t Unbounded = UINT64_MAX / 2;

// The layout of a type as text; equal for types that the linker may have merged.
static std::string signature(Type *T) {
    std::string Text;
    raw_string_ostream OS(Text);
    if (auto *S = dyn_cast<StructType>(T)) {
        if (S->isOpaque())
            OS << "opaque";
        OS << (S->isPacked() ? "<{" : "{");
        for (Type *E : S->elements())
            OS << signature(E) << ',';
        OS << '}';
    } else if (auto *A = dyn_cast<ArrayType>(T))
        OS << '[' << A->getNumElements() << 'x' << signature(A->getElementType()) << ']';
    else
        T->print(OS);
    return Text;
}

// "struct.Table.12" is Table.
static std::string structName(StructType *S) {
    if (!S->hasName())
        return "struct";
    StringRef Name = S->getName();
    auto [Head, Rest] = Name.split('.');
    if (Head == "struct" || Head == "union")
        Name = Rest;
    size_t Dot = Name.rfind('.');
    if (Dot != StringRef::npos && Dot > 0 && all_of(Name.substr(Dot + 1), isDigit))
        Name = Name.substr(0, Dot);
    return Name.empty() ? "struct" : Name.str();
}

AccessClasses::AccessClasses(const Module &M) : DL(M.getDataLayout()), Debug(M) {}

unsigned AccessClasses::find(unsigned I) {
    while (Fields[I].Parent != I)
        I = Fields[I].Parent = Fields[Fields[I].Parent].Parent;
    return I;
}

void AccessClasses::unite(unsigned A, unsigned B) {
    A = find(A);
    B = find(B);
    if (A == B)
        return;
    auto [First, Last] = std::minmax(A, B);
    Fields[Last].Parent = First;
    Fields[First].Used |= Fields[Last].Used;
}

unsigned AccessClasses::addField(const std::string &Key, const Class &Name, size_t Members) {
    auto [It, New] = Number.try_emplace(Key, Fields.size());
    auto Rank = [](const Class &C, size_t Members) {
        return std::tuple(C.Record.empty() || C.Record == "anon", Members, C.Record);
    };
    if (New)
        Fields.push_back({It->second, false, 0, Name, Members, {}});
    else if (Field &F = Fields[It->second]; Rank(Name, Members) < Rank(F.Name, F.Members)) {
        F.Name = Name;
        F.Members = Members;
    }
    Fields[It->second].Names.insert(Name.Record + "." + Name.Field);
    return It->second;
}

const AccessClasses::Record &AccessClasses::record(StructType *S) {
    auto [It, New] = Records.insert({S, {}});
    Record &R = It->second;
    if (!New || S->isOpaque() || !S->isSized())
        return R;
    const StructLayout *L = DL.getStructLayout(S);
    size_t Count = S->getNumElements();
    // No cast names a struct without name: only those with one correspond to others.
    std::vector<const DebugTypes::Struct *> Known = Debug.of(S, DL), Named;
    copy_if(Known, std::back_inserter(Named),
            [](const DebugTypes::Struct *C) { return !C->Name.empty(); });
    bool Anonymous = !Known.empty() && Named.empty();
    if (Anonymous)
        Named.assign(1, Known.front());
    std::vector<std::string> Prefixes(std::max<size_t>(Named.size(), 1)); // with types of members
    std::string Layout = Anonymous ? signature(S) + "|" : S->isPacked() ? "<" : "";
    for (unsigned I = 0; I < Count; I++) {
        Type *E = S->getElementType(I);
        uint64_t Offset = L->getElementOffset(I).getFixedValue();
        Class Name{structName(S), std::to_string(I), Offset,
                   DL.getTypeAllocSize(E).getFixedValue()};
        Layout += signature(E) + ",";
        std::vector<unsigned> &All = SameLayout[Layout];
        int First = -1;
        for (size_t K = 0; K < Prefixes.size(); K++) {
            const DebugTypes::Member *D = K < Named.size() ? Named[K]->at(Offset) : nullptr;
            if (D && (E->isPointerTy() || E->isStructTy()))
                Prefixes[K] += D->Type;
            if (D) {
                Name.Record = Anonymous ? "anon" : Named[K]->Name;
                if (!D->Name.empty()) // else an anonymous union or struct
                    Name.Field = D->Name;
            }
            Prefixes[K] += ",";
            unsigned F = addField(Layout + "|" + Prefixes[K], Name, Count);
            if (!is_contained(All, F))
                All.push_back(F);
            // Which of the structs it is, nobody knows.
            First = First < 0 ? static_cast<int>(F) : First;
            unite(First, F);
        }
        Unknown[Layout] |= Known.empty();
        R.Fields.push_back(First);
    }
    return R;
}

unsigned AccessClasses::fieldNumber(StructType *S, unsigned Index) {
    return record(S).Fields[Index];
}

// Members of unions have no GEPs; one that looks like that is of a struct that the linker has taken
// for the union, and is not relied on.
static bool isUnion(const StructType *S) {
    return S->hasName() && S->getName().starts_with("union.");
}

namespace {
// Where a GEP leads: the last struct that it enters, the type of what it points to, and which bytes
// of the GEP's source that field has (an array: all of it).
struct Path {
    StructType *Record = nullptr;
    unsigned Index = 0;
    Type *Pointee = nullptr;
    uint64_t Begin = 0, End = 0;
    bool Part = false; // a part of the field, which is a union: Begin and End count from there
};
} // namespace

static bool stepsNowhere(const GEPOperator &G) {
    auto *First = dyn_cast<ConstantInt>(*G.idx_begin());
    return First && First->isZero();
}

static Path pathOf(const GEPOperator &G, const DataLayout &DL) {
    Path P;
    P.Pointee = G.getSourceElementType();
    P.End = Unbounded;
    bool InArray = false;
    for (const Use &U : drop_begin(G.indices())) { // the first steps over whole elements
        if (auto *S = dyn_cast<StructType>(P.Pointee)) {
            unsigned Index = cast<ConstantInt>(U.get())->getZExtValue();
            P.Pointee = S->getElementType(Index);
            if (!S->hasName()) // the compiler's, for passing structs in registers
                return {nullptr, 0, P.Pointee};
            if (!InArray) {
                P.Begin += DL.getStructLayout(S)->getElementOffset(Index).getFixedValue();
                uint64_t Size = DL.getTypeAllocSize(P.Pointee).getFixedValue();
                P.End = Size ? P.Begin + Size : Unbounded;
            }
            if (isUnion(S))
                continue;
            P.Record = S;
            P.Index = Index;
        } else if (auto *A = dyn_cast<ArrayType>(P.Pointee)) {
            P.Pointee = A->getElementType();
            InArray = true;
        } else
            return {};
    }
    return P;
}

static Type *elementOf(Type *T) {
    while (auto *A = dyn_cast<ArrayType>(T))
        T = A->getElementType();
    return T;
}

// The field that an address is in, through steps inside of arrays and members of unions.
static Path locate(const Value *Pointer, const DataLayout &DL, unsigned Depth = 0) {
    auto *G = dyn_cast<GEPOperator>(Pointer);
    if (!G || Depth > 8)
        return {};
    Path P = pathOf(*G, DL), Base = locate(G->getPointerOperand(), DL, Depth + 1);
    if (!Base.Record || !P.Pointee)
        return P;
    Type *Field = Base.Record->getElementType(Base.Index);
    auto *Union = dyn_cast<StructType>(Base.Pointee);
    if (Union && isUnion(Union) && (Base.Part || Union == Field)
            ? stepsNowhere(*G) && !G->getSourceElementType()->isIntegerTy()
            : Base.Part && stepsNowhere(*G) && Base.Pointee == G->getSourceElementType()) {
        // A member of the union, or what is inside of one.
        uint64_t Start = Base.Part ? Base.Begin : 0;
        uint64_t End = P.End == Unbounded ? Base.Part ? Base.End : Unbounded : Start + P.End;
        return {Base.Record, Base.Index, P.Pointee, Start + P.Begin, End, true};
    }
    if (P.Record || Base.Part)
        return P;
    // A step over elements of an array in the field: the whole array, or from its first element on.
    if (isa<ArrayType>(Field) && elementOf(Field) == elementOf(G->getSourceElementType()) &&
        elementOf(Field) == elementOf(Base.Pointee)) {
        Base.Pointee = P.Pointee;
        return Base;
    }
    return P;
}

StructType *AccessClasses::pointee(const Value *Pointer) {
    if (auto *A = dyn_cast<AllocaInst>(Pointer))
        return dyn_cast<StructType>(A->getAllocatedType());
    if (auto *G = dyn_cast<GlobalVariable>(Pointer))
        return dyn_cast<StructType>(G->getValueType());
    if (auto *G = dyn_cast<GEPOperator>(Pointer))
        return dyn_cast_or_null<StructType>(G->getResultElementType());
    return nullptr;
}

unsigned AccessClasses::partNumber(unsigned Whole, uint64_t Begin, uint64_t End) {
    std::vector<Range> &List = Parts[Whole];
    for (Range &R : List)
        if (R.Begin == Begin && R.End == End)
            return R.Field;
    Class Name = Fields[Whole].Name;
    Name.Field += "+" + std::to_string(Begin);
    Name.Offset += Begin;
    Name.Size = End - Begin;
    unsigned F = Fields.size();
    Fields.push_back({F, false, 0, Name, Fields[Whole].Members, {Name.Record + "." + Name.Field}});
    List.push_back({Begin, End, F});
    return F;
}

int AccessClasses::fieldOf(const Value *Pointer, uint64_t Size) {
    Path P = locate(Pointer, DL);
    if (!P.Record)
        return -1;
    Type *T = P.Record->getElementType(P.Index);
    uint64_t Room = P.Part ? P.End - P.Begin : DL.getTypeAllocSize(T).getFixedValue();
    if (Size > (Room ? Room : Unbounded))
        return -1;
    unsigned F = fieldNumber(P.Record, P.Index);
    if (P.Part && P.End != Unbounded)
        F = partNumber(F, P.Begin, P.End);
    Fields[find(F)].Used = true;
    return F;
}

// Notes where an address is taken for that of another type than its own GEP says.
void AccessClasses::noteCast(const GEPOperator &G) {
    auto *To = dyn_cast<StructType>(G.getSourceElementType());
    const Value *Base = G.getPointerOperand();
    if (!To)
        return;
    Path P = locate(Base, DL);
    Type *From = P.Pointee;
    if (auto *V = dyn_cast<GlobalVariable>(Base))
        From = V->getValueType();
    if (auto *A = dyn_cast<AllocaInst>(Base))
        From = A->getAllocatedType();
    if (!From || elementOf(From) == To)
        return;
    // Of an element of an array of structs, it is the element's type that is cast.
    if (P.Record &&
        !(isa<StructType>(From) && isa<ArrayType>(P.Record->getElementType(P.Index)) && !P.Part))
        FieldCasts[fieldNumber(P.Record, P.Index)].insert({P.Part ? P.Begin : 0, To});
    if (isa<StructType, ArrayType>(From) && !(P.Record && locate(&G, DL).Part)) {
        Cast &C = Casts[signature(From)];
        C.From = From;
        C.To.insert(To);
    }
}

// Notes addresses of unions, and of aggregates in them, that leave our sight: they may come back as
// addresses of their own types.
void AccessClasses::noteEscape(const User &U, const Use &Op) {
    auto *G = dyn_cast<GEPOperator>(Op.get());
    if (!G)
        return;
    Path P = locate(G, DL);
    if (!P.Record || !isa<StructType, ArrayType>(P.Pointee))
        return;
    auto *Union = dyn_cast<StructType>(P.Pointee);
    if (!P.Part && !(Union && isUnion(Union)))
        return;
    if (getLoadStorePointerOperand(&U) == G &&
        !(isa<StoreInst>(U) && cast<StoreInst>(U).getValueOperand() == G))
        return;
    if (auto *Next = dyn_cast<GEPOperator>(&U); Next && Next->getPointerOperand() == G)
        if (Path N = locate(Next, DL); N.Part && N.Record == P.Record && N.Index == P.Index)
            return;
    Escapes.insert(fieldNumber(P.Record, P.Index));
}

void AccessClasses::noteAddresses(const User &U) {
    if (auto *G = dyn_cast<GEPOperator>(&U))
        noteCast(*G);
    for (const Use &Op : U.operands()) {
        noteEscape(U, Op);
        if (auto *C = dyn_cast<ConstantExpr>(Op.get()))
            noteAddresses(*C);
    }
}

MDNode *AccessClasses::tag(LLVMContext &C, int Number) {
    MDBuilder B(C);
    if (!AnyType) {
        AnyType = B.createTBAAScalarTypeNode("yk.any", B.createTBAARoot("yk.root"));
        AnyTag = B.createTBAAStructTagNode(AnyType, AnyType, 0);
    }
    if (Number < 0)
        return AnyTag;
    MDNode *&Tag = Tags[Number];
    if (!Tag) {
        MDNode *T = B.createTBAAScalarTypeNode(("yk." + Twine(Number)).str(), AnyType);
        Tag = B.createTBAAStructTagNode(T, T, 0);
        TagNumber[Tag] = Number;
    }
    return Tag;
}

static uint64_t accessSize(Instruction &I, const DataLayout &DL) {
    return DL.getTypeStoreSize(getLoadStoreType(&I)).getFixedValue();
}

void AccessClasses::mark(Function &F) {
    for (Instruction &I : instructions(F)) {
        noteAddresses(I);
        // Without: -fno-strict-aliasing, or the compiler's own access in passing a struct.
        if (I.hasMetadata(LLVMContext::MD_tbaa_struct))
            I.setMetadata(LLVMContext::MD_tbaa_struct, nullptr);
        if (!I.hasMetadata(LLVMContext::MD_tbaa))
            continue;
        Value *Pointer = getLoadStorePointerOperand(&I);
        I.setMetadata(LLVMContext::MD_tbaa,
                      Pointer ? tag(F.getContext(), fieldOf(Pointer, accessSize(I, DL))) : nullptr);
    }
}

void AccessClasses::attach(Function &F) {
    LLVMContext &C = F.getContext();
    unsigned Kind = C.getMDKindID(FieldMetadata);
    for (Instruction &I : instructions(F)) {
        noteAddresses(I);
        MDNode *Tag = I.getMetadata(LLVMContext::MD_tbaa);
        I.setMetadata(LLVMContext::MD_tbaa, nullptr);
        Value *Pointer = getLoadStorePointerOperand(&I);
        if (!Tag || !Pointer)
            continue;
        // What the address said first counts; later there may be more to see.
        auto It = TagNumber.find(Tag);
        int Number = It != TagNumber.end() ? static_cast<int>(It->second)
                                           : fieldOf(Pointer, accessSize(I, DL));
        if (Number >= 0)
            I.setMetadata(Kind, MDNode::get(C, ConstantAsMetadata::get(
                                                   ConstantInt::get(Type::getInt32Ty(C), Number))));
    }
}

// The fields that memory of type `T` at `At` has, at every level, with what it is cast to.
void AccessClasses::collect(Type *T, uint64_t At, uint64_t Extent, unsigned Depth,
                            std::vector<Range> &Out) {
    if (Depth > 16)
        return;
    if (auto *A = dyn_cast<ArrayType>(T)) {
        // The elements are not told apart; what overlaps in one is found where its type is.
        std::vector<Range> Inner;
        collect(A->getElementType(), 0, 0, Depth + 1, Inner);
        Arrays++;
        for (Range &R : Inner)
            Out.push_back({At, At + (Extent ? Extent : Unbounded), R.Field, Arrays});
    }
    if (auto *S = dyn_cast<StructType>(T); S && !S->isOpaque() && S->isSized()) {
        const StructLayout *L = DL.getStructLayout(S);
        for (unsigned I = 0; I < S->getNumElements(); I++) {
            uint64_t Begin = At + L->getElementOffset(I).getFixedValue();
            if (isUnion(S)) { // nothing is accessed by its elements; see pathOf
                Type *E = S->getElementType(I);
                collect(E, Begin, DL.getTypeAllocSize(E).getFixedValue(), Depth + 1, Out);
            } else
                collectField(S, I, Begin, Depth, Out);
        }
    }
    if (auto It = Casts.find(signature(T)); It != Casts.end())
        for (StructType *O : It->second.To)
            if (signature(O) != signature(T))
                collect(O, At, 0, Depth + 4, Out);
}

void AccessClasses::collectField(StructType *S, unsigned Index, uint64_t At, unsigned Depth,
                                 std::vector<Range> &Out) {
    Type *E = S->getElementType(Index);
    uint64_t Size = DL.getTypeAllocSize(E).getFixedValue();
    unsigned F = fieldNumber(S, Index);
    Out.push_back({At, At + (Size ? Size : Unbounded), F});
    unsigned H = F < Home.size() ? Home[F] : F;
    for (Range &R : Parts[H])
        Out.push_back({At + R.Begin, At + R.End, R.Field});
    auto *Union = dyn_cast<StructType>(E);
    bool Inside = Union && isUnion(Union) && !Escapes.count(H); // all accesses are to its parts
    if (!Inside)
        collect(E, At, Size, Depth + 1, Out);
    if (auto It = FieldCasts.find(H); It != FieldCasts.end() && !Inside)
        for (auto &[Begin, To] : It->second)
            if (signature(To) != signature(E))
                collect(To, At + Begin, 0, Depth + 4, Out);
}

void AccessClasses::uniteOverlaps(std::vector<Range> &Ranges) {
    erase_if(Ranges, [&](const Range &R) { return !isUsed(R.Field); });
    for (size_t I = 0; I < Ranges.size(); I++)
        for (size_t J = 0; J < I; J++) {
            const Range &A = Ranges[I], &B = Ranges[J];
            if (A.Begin < B.End && B.Begin < A.End && (A.Array == 0 || A.Array != B.Array))
                unite(A.Field, B.Field);
        }
}

// The region of a class, if its author has said that of all fields that may be meant.
void AccessClasses::findRegions(const Regions &R) {
    std::vector<std::set<unsigned>> Said(Classes.size());
    for (const Field &F : Fields)
        for (const std::string &Name : F.Names)
            Said[F.Number].insert(R.of(Name));
    for (unsigned C = 1; C < Classes.size(); C++)
        Classes[C].Region = Said[C].size() == 1 ? *Said[C].begin() : 0;
}

// The links of lists. They must be fields of their own: of others that are the same class, nothing
// has been said.
void AccessClasses::findLists(const Regions &R) {
    std::vector<std::set<std::string>> Names(Classes.size());
    for (const Field &F : Fields)
        Names[F.Number].insert(F.Names.begin(), F.Names.end());
    auto Only = [&](unsigned C) { return Names[C].size() == 1 ? *Names[C].begin() : ""; };
    for (unsigned On = 1; On < Classes.size(); On++)
        if (std::string Wanted = R.back(Only(On)); !Wanted.empty())
            for (unsigned C = 1; C < Classes.size(); C++)
                if (Only(C) == Wanted)
                    Classes[On].Back = C;
}

// What is said of fields must be said of all that are the class.
void AccessClasses::findMarks(const Regions &R) {
    for (unsigned C = 1; C < Classes.size(); C++)
        Classes[C].Marks = ~0u;
    for (const Field &F : Fields)
        for (const std::string &Name : F.Names)
            Classes[F.Number].Marks &= R.marks(Name);
}

void AccessClasses::finish(const Regions &R) {
    for (auto &[Layout, All] : SameLayout)
        if (Unknown[Layout])
            for (unsigned F : All)
                unite(All.front(), F);
    // What has been noted of a field holds for all that are the same.
    for (unsigned F = 0; F < Fields.size(); F++)
        Home.push_back(find(F));
    auto MoveHome = [&](auto &Map, auto Join) {
        auto All = std::move(Map);
        Map.clear();
        for (auto &[F, V] : All)
            Join(Map[Home[F]], V);
    };
    MoveHome(Parts, [](auto &To, auto &From) { To.insert(To.end(), From.begin(), From.end()); });
    MoveHome(FieldCasts, [](auto &To, auto &From) { To.insert(From.begin(), From.end()); });
    DenseSet<unsigned> All = std::move(Escapes);
    for (unsigned F : All)
        Escapes.insert(Home[F]);
    // Records are added while collecting; their fields are not used.
    SmallVector<StructType *, 64> Structs;
    for (auto &[S, R] : Records)
        Structs.push_back(S);
    std::vector<Range> Ranges;
    for (StructType *S : Structs)
        for (unsigned I = 0; I < record(S).Fields.size(); I++) {
            Ranges.clear();
            collectField(S, I, 0, 0, Ranges);
            uniteOverlaps(Ranges);
        }
    for (auto &[Key, C] : Casts) {
        Ranges.clear();
        collect(C.From, 0, 0, 0, Ranges);
        uniteOverlaps(Ranges);
    }
    Classes.assign(1, {});
    for (unsigned I = 0; I < Fields.size(); I++) {
        if (!isUsed(I))
            continue;
        Field &F = Fields[I], &Root = Fields[find(I)];
        if (Root.Number == 0) {
            Root.Number = Classes.size();
            Classes.emplace_back();
        }
        F.Number = Root.Number;
        auto Rank = [](const Class &C) {
            return std::pair(C.Record.empty() || C.Record == "anon",
                             C.Field.find('+') != C.Field.npos);
        };
        if (Class &C = Classes[F.Number]; C.Record.empty() || Rank(F.Name) < Rank(C))
            C = F.Name;
    }
    findRegions(R);
    findLists(R);
    findMarks(R);
}

std::string AccessClasses::describeRegion(unsigned C, const Regions &R) const {
    if (Classes[C].Region)
        return (" (into " + R.name(Classes[C].Region) + ")").str();
    std::string Others;
    bool Any = false;
    for (const Field &F : Fields)
        for (const std::string &Name : F.Names)
            if (F.Number == C && R.of(Name))
                Any = true;
            else if (F.Number == C)
                Others += " " + Name;
    return Any ? " (into no region, because of" + Others + ")" : "";
}

std::string AccessClasses::describe(const Regions &R) const {
    std::string Text;
    for (unsigned C = 1; C < Classes.size(); C++) {
        Text += "class " + std::to_string(C) + ":";
        std::set<std::string> Names;
        for (const Field &F : Fields)
            if (F.Number == C)
                Names.insert(" " + F.Name.Record + "." + F.Name.Field);
        for (const std::string &Name : Names)
            Text += Name;
        Text += describeRegion(C, R) + "\n";
    }
    return Text;
}

unsigned AccessClasses::classOf(const Instruction &I) const {
    MDNode *N = I.getMetadata(FieldMetadata);
    return N ? Fields[mdconst::extract<ConstantInt>(N->getOperand(0))->getZExtValue()].Number : 0;
}

} // namespace yk
