// The image of the ahead-of-time form while it is made: the arrays of AotModule (shared-ir/aot.h).
#ifndef YK_PASS_IMAGE_H
#define YK_PASS_IMAGE_H

#include "../shared-ir/aot.h"
#include "llvm/ADT/StringMap.h"
#include <map>
#include <string>
#include <vector>

namespace yk {

struct AotImage {
    std::vector<AotFunction> Functions;
    std::vector<AotBlock> Blocks;
    std::vector<IrInsn> Insns;
    std::vector<uint32_t> Extras;
    std::vector<AotConst> Consts;
    std::vector<AotClass> Classes;
    std::string Strings;
    std::vector<std::string> Symbols;
    std::vector<uint32_t> SymbolFunctions;
    std::vector<std::string> Marked; // two names for each function, empty: none
    uint32_t Body = 0, GreenCount = 0, RegionCount = 0;
    std::vector<uint8_t> SlotRegions;

    /// The offset of a text. Equal ones are shared.
    uint32_t string(llvm::StringRef Text);
    IrRef constant(uint8_t Type, uint64_t Bits);
    /// The index of a symbol.
    uint32_t symbol(llvm::StringRef Name);

  private:
    llvm::StringMap<uint32_t> KnownStrings, KnownSymbols;
    std::map<std::pair<uint8_t, uint64_t>, IrRef> KnownConsts;
};

} // namespace yk
#endif
