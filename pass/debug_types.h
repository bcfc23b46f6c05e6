// What the program's debug information says of its structs (debug_types.cpp).
#ifndef YK_PASS_DEBUG_TYPES_H
#define YK_PASS_DEBUG_TYPES_H

#include "llvm/IR/DataLayout.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/Module.h"
#include <map>
#include <string>
#include <vector>

namespace yk {

class DebugTypes {
  public:
    struct Member {
        std::string Name;
        std::string Type; // equal for types that are compatible in C; see debug_types.cpp
        uint64_t Size = 0;
    };
    struct Struct {
        std::string Name; // empty: anonymous
        uint64_t Size = 0;
        bool HasBitFields = false;
        std::map<uint64_t, Member> Members; // by offset; without bit-fields
        const Member *at(uint64_t Offset) const {
            auto It = Members.find(Offset);
            return It != Members.end() ? &It->second : nullptr;
        }
    };

    /// Reads what it needs; the debug information may be stripped then.
    explicit DebugTypes(const llvm::Module &M);
    /// The structs of the program that `S` may be: of its layout. The linker takes types of equal
    /// layout for one another.
    std::vector<const Struct *> of(llvm::StructType *S, const llvm::DataLayout &DL) const;

  private:
    std::map<uint64_t, std::vector<Struct>> BySize;
    void add(llvm::StringRef Name, const llvm::DICompositeType *C);
};

} // namespace yk
#endif
