// What the program's author has said of memory: which pointers point into which region (yk_region;
// shared-ir/trace_regions.c says what that means), which fields link lists (yk_list), and more of
// fields (yk_late, yk_key).
#ifndef YK_PASS_REGIONS_H
#define YK_PASS_REGIONS_H

#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Module.h"
#include <string>
#include <vector>

namespace yk {

class Regions {
    std::vector<std::string> Names;    // of regions 1 and up
    llvm::StringMap<unsigned> Of;      // by the name of a field or local
    llvm::StringMap<std::string> Back; // of lists: by the field that points on, the one back
    llvm::StringMap<unsigned> Marks;   // AOT_CLASS_... of fields
    std::string Error;

    void addRegion(llvm::StringRef Name, llvm::ArrayRef<llvm::StringRef> Pointers);
    void addList(llvm::StringRef Name, llvm::ArrayRef<llvm::StringRef> Fields);

  public:
    /// Reads the declarations in `M`.
    explicit Regions(const llvm::Module &M);
    /// What is wrong with them, or empty.
    const std::string &error() const {
        return Error;
    }
    unsigned count() const {
        return Names.size();
    }
    llvm::StringRef name(unsigned Region) const {
        return Names[Region - 1];
    }
    /// The region that a yk_region, of whatever unit, declares; 0: it declares none.
    unsigned declaredBy(const llvm::Value *Declaration) const;
    /// The region that pointers in `Name`, "struct.field" or a local, point into; 0: nothing said.
    unsigned of(llvm::StringRef Name) const {
        return Of.lookup(Name);
    }
    /// AOT_CLASS_LATE and AOT_CLASS_KEY, if that was said of the field `Name`.
    unsigned marks(llvm::StringRef Name) const {
        return Marks.lookup(Name);
    }
    /// The field that points back in a list whose field `Name` points on, or empty (yk_list).
    std::string back(llvm::StringRef Name) const {
        return Back.lookup(Name);
    }
};

} // namespace yk
#endif
