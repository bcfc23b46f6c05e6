// Structs by their debug information: names of members, and which pointers they are.
//
// LLVM's types know neither. What pointers point to matters for common initial sequences
// (access_classes.cpp): the members of two structs correspond only if their types are compatible.
// Types are compared as text: typedefs and qualifiers are looked through; integers count by size;
// structs and unions count by name. C says so, but programs also have lists whose nodes are of
// several types, each with a pointer to its own: a struct with pointers to itself is there a second
// time, with `self*` for those.
#include "debug_types.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/DebugInfo.h"

using namespace llvm;

namespace yk {

// `Self` is called that.
static std::string typeText(const DIType *T, const DICompositeType *Self, unsigned Depth = 0) {
    if (!T)
        return "void";
    if (Depth > 16)
        return "?";
    if (auto *C = dyn_cast<DICompositeType>(T)) {
        switch (C->getTag()) {
        case dwarf::DW_TAG_structure_type:
        case dwarf::DW_TAG_union_type:
            return C == Self ? "self" : C->getName().empty() ? "anonymous" : C->getName().str();
        case dwarf::DW_TAG_array_type:
            return typeText(C->getBaseType(), Self, Depth + 1) + "[]";
        default:
            return "b" + std::to_string(C->getSizeInBits());
        }
    }
    if (auto *D = dyn_cast<DIDerivedType>(T)) {
        const DIType *Base = D->getBaseType();
        if (D->getTag() == dwarf::DW_TAG_pointer_type)
            return typeText(Base, Self, Depth + 1) + "*";
        // A struct without a name has that of its typedef.
        if (auto *C = dyn_cast_or_null<DICompositeType>(Base);
            C && D->getTag() == dwarf::DW_TAG_typedef && C->getName().empty() && C != Self &&
            C->getTag() != dwarf::DW_TAG_array_type &&
            C->getTag() != dwarf::DW_TAG_enumeration_type)
            return D->getName().str();
        return typeText(Base, Self, Depth + 1);
    }
    if (isa<DISubroutineType>(T))
        return "function";
    auto *B = dyn_cast<DIBasicType>(T);
    bool Float = B && B->getEncoding() == dwarf::DW_ATE_float;
    return (Float ? "f" : "b") + std::to_string(T->getSizeInBits());
}

void DebugTypes::add(StringRef Name, const DICompositeType *C) {
    if (C->getTag() != dwarf::DW_TAG_structure_type || C->isForwardDecl())
        return;
    Struct S, WithSelf;
    S.Name = Name.str();
    S.Size = C->getSizeInBits() / 8;
    WithSelf = S;
    bool HasSelf = false;
    for (const DINode *E : C->getElements()) {
        auto *D = dyn_cast<DIDerivedType>(E);
        if (!D || D->getTag() != dwarf::DW_TAG_member || D->isStaticMember())
            continue;
        if (D->isBitField()) {
            S.HasBitFields = WithSelf.HasBitFields = true;
            continue;
        }
        uint64_t Offset = D->getOffsetInBits() / 8;
        Member M{D->getName().str(), typeText(D->getBaseType(), nullptr), D->getSizeInBits() / 8};
        S.Members.try_emplace(Offset, M);
        std::string Named = std::move(M.Type);
        M.Type = typeText(D->getBaseType(), C);
        HasSelf |= M.Type != Named;
        WithSelf.Members.try_emplace(Offset, M);
    }
    std::vector<Struct> &List = BySize[S.Size];
    List.push_back(std::move(S));
    if (HasSelf)
        List.push_back(std::move(WithSelf));
}

DebugTypes::DebugTypes(const Module &M) {
    DebugInfoFinder Finder;
    Finder.processModule(M);
    // A struct without a name is known by its typedef.
    DenseMap<const DICompositeType *, StringRef> Typedefs;
    for (const DIType *T : Finder.types())
        if (auto *D = dyn_cast<DIDerivedType>(T); D && D->getTag() == dwarf::DW_TAG_typedef)
            if (auto *C = dyn_cast_or_null<DICompositeType>(D->getBaseType()))
                Typedefs.try_emplace(C, D->getName());
    for (const DIType *T : Finder.types())
        if (auto *C = dyn_cast<DICompositeType>(T))
            add(C->getName().empty() ? Typedefs.lookup(C) : C->getName(), C);
}

// Whether clang makes `T` of a member's type.
static bool fitsKind(const std::string &Text, const Type *T) {
    char First = Text[0], Last = Text.back();
    bool Scalar = Last != '*' && Last != ']';
    if (T->isPointerTy())
        return Last == '*';
    if (T->isIntegerTy())
        return Scalar && First == 'b';
    if (T->isFloatTy() || T->isDoubleTy())
        return Scalar && First == 'f';
    return true;
}

std::vector<const DebugTypes::Struct *> DebugTypes::of(StructType *S, const DataLayout &DL) const {
    std::vector<const Struct *> Found;
    if (S->isOpaque() || !S->isSized())
        return Found;
    const StructLayout *L = DL.getStructLayout(S);
    auto It = BySize.find(L->getSizeInBytes().getFixedValue());
    if (It == BySize.end())
        return Found;
    std::map<uint64_t, Type *> Elements; // by offset; of those without size the others
    for (unsigned I = 0; I < S->getNumElements(); I++) {
        Type *&E = Elements[L->getElementOffset(I).getFixedValue()];
        if (!E || DL.getTypeAllocSize(E).isZero())
            E = S->getElementType(I);
    }
    for (const Struct &C : It->second) {
        bool Fits = true;
        for (auto &[Offset, M] : C.Members) {
            auto E = Elements.find(Offset);
            Fits = Fits && E != Elements.end() &&
                   (M.Size == 0 || (DL.getTypeAllocSize(E->second).getFixedValue() == M.Size &&
                                    fitsKind(M.Type, E->second)));
        }
        // Padding is arrays of bytes; bit-fields share elements.
        for (auto &[Offset, E] : Elements)
            Fits = Fits && (C.HasBitFields || E->isArrayTy() || DL.getTypeAllocSize(E).isZero() ||
                            C.Members.count(Offset));
        if (Fits)
            Found.push_back(&C);
    }
    return Found;
}

} // namespace yk
