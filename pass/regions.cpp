// yk_region(NAME, "...") is a constant yk_region__NAME; where several units have it, the linker
// adds a number to the name.
#include "regions.h"
#include "../shared-ir/aot.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Constants.h"

using namespace llvm;

namespace yk {

static constexpr const char *Prefix = "yk_region__";

Regions::Regions(const Module &M) {
    for (const GlobalVariable &G : M.globals()) {
        StringRef Name = G.getName();
        auto *Text = G.hasInitializer() ? dyn_cast<ConstantDataArray>(G.getInitializer()) : nullptr;
        if (!Name.consume_front(Prefix) || !Text || !Text->isCString())
            continue;
        Name = Name.split('.').first;
        unsigned Region = find(Names, Name) - Names.begin() + 1;
        if (Region > Names.size())
            Names.push_back(Name.str());
        SmallVector<StringRef, 16> Pointers;
        SplitString(Text->getAsCString(), Pointers);
        for (StringRef P : Pointers)
            if (unsigned Is = Of.try_emplace(P, Region).first->second; Is != Region)
                Error = ("yk_region: " + P + " is in " + Names[Is - 1] + " and in " + Name).str();
    }
    if (Names.size() > AOT_MAX_REGIONS)
        Error = "yk_region: too many regions (at most " + std::to_string(AOT_MAX_REGIONS) + ")";
}

} // namespace yk
