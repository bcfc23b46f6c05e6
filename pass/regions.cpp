// yk_region(NAME, "...") is a constant yk_region__NAME, likewise yk_list, yk_late and yk_key; where
// several units have it, the linker adds a number to the name.
#include "regions.h"
#include "../shared-ir/aot.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Constants.h"

using namespace llvm;

namespace yk {

void Regions::addRegion(StringRef Name, ArrayRef<StringRef> Pointers) {
    unsigned Region = find(Names, Name) - Names.begin() + 1;
    if (Region > Names.size())
        Names.push_back(Name.str());
    for (StringRef P : Pointers)
        if (unsigned Is = Of.try_emplace(P, Region).first->second; Is != Region)
            Error = ("yk_region: " + P + " is in " + Names[Is - 1] + " and in " + Name).str();
}

void Regions::addList(StringRef Name, ArrayRef<StringRef> Fields) {
    if (Fields.size() == 2)
        Back[Fields[0]] = Fields[1].str();
    else
        Error =
            ("yk_list: " + Name + " needs two fields: the one that points on, the one back").str();
}

unsigned Regions::declaredBy(const Value *Declaration) const {
    StringRef Name = Declaration->getName();
    if (!Name.consume_front("yk_region__"))
        return 0;
    return (find(Names, Name.split('.').first) - Names.begin() + 1) % (Names.size() + 1);
}

Regions::Regions(const Module &M) {
    for (const GlobalVariable &G : M.globals()) {
        StringRef Name = G.getName();
        auto *Text = G.hasInitializer() ? dyn_cast<ConstantDataArray>(G.getInitializer()) : nullptr;
        if (!Text || !Text->isCString())
            continue;
        SmallVector<StringRef, 16> Words;
        SplitString(Text->getAsCString(), Words);
        if (Name.consume_front("yk_region__"))
            addRegion(Name.split('.').first, Words);
        else if (Name.consume_front("yk_list__"))
            addList(Name.split('.').first, Words);
        else if (unsigned Mark = Name.starts_with("yk_late__")  ? AOT_CLASS_LATE
                                 : Name.starts_with("yk_key__") ? AOT_CLASS_KEY
                                                                : 0)
            for (StringRef Field : Words)
                Marks[Field] |= Mark;
    }
    if (Names.size() > AOT_MAX_REGIONS)
        Error = "yk_region: too many regions (at most " + std::to_string(AOT_MAX_REGIONS) + ")";
}

} // namespace yk
