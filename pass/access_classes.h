// Which field of a struct each load and store of the canonical form accesses (access_classes.cpp).
#ifndef YK_PASS_ACCESS_CLASSES_H
#define YK_PASS_ACCESS_CLASSES_H

#include "debug_types.h"
#include "regions.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include <map>
#include <set>
#include <string>
#include <vector>

namespace yk {

/// The kind of metadata that says which field an instruction accesses: the number of the field.
inline constexpr const char *FieldMetadata = "yk.field";

/// On accesses that the plugin has made: of the type that their address has.
inline constexpr const char *TypedMetadata = "yk.typed";

class AccessClasses {
  public:
    /// A class as the program's image shows it. [0] of classes() is "anything".
    struct Class {
        std::string Record, Field;
        uint64_t Offset = 0, Size = 0;
        unsigned Region = 0; // that pointers in it point into
        unsigned Back = 0;   // class of the field that points back (yk_list)
        unsigned Marks = 0;  // Regions::marks
    };

    /// Takes the names of fields from the debug information. Call before that is stripped.
    explicit AccessClasses(const llvm::Module &M);
    /// Marks the loads and stores of `F`, as clang has made it, for the passes to come. They must
    /// not use the marks as what they look like (TypeBasedAA).
    void mark(llvm::Function &F);
    /// Turns the marks into FieldMetadata. Call when locals are in registers and addresses are
    /// still computed from typed GEPs.
    void attach(llvm::Function &F);
    /// To be called when everything has been attached; then classes() and classOf() are valid.
    void finish(const Regions &R);
    const std::vector<Class> &classes() const {
        return Classes;
    }
    /// The fields of each class, for the report.
    std::string describe(const Regions &R) const;
    /// The class of a load or store.
    unsigned classOf(const llvm::Instruction &I) const;
    /// The struct that `Pointer` is known to point to, or null.
    static llvm::StructType *pointee(const llvm::Value *Pointer);

  private:
    struct Field {
        unsigned Parent;             // union-find
        bool Used;                   // of what is united: right in the root
        unsigned Number;             // of the class
        Class Name;                  // of the smallest struct that has it
        size_t Members;              // of that struct
        std::set<std::string> Names; // "struct.field" of all structs that have it
    };
    /// What a struct's fields are, by index.
    struct Record {
        std::vector<unsigned> Fields;
    };
    /// Bytes that a field has in some memory under consideration.
    struct Range {
        uint64_t Begin, End;
        unsigned Field;
        unsigned Array = 0; // those of one array's elements have the same number
    };
    const llvm::DataLayout &DL;
    DebugTypes Debug;
    llvm::MapVector<llvm::StructType *, Record> Records;
    llvm::StringMap<unsigned> Number; // of a field, by the prefix of its struct that it ends
    /// By the prefix without what debug information adds: all fields, and whether one is of a
    /// struct without debug information.
    std::map<std::string, std::vector<unsigned>> SameLayout;
    std::map<std::string, bool> Unknown;
    std::vector<Field> Fields;
    /// What memory of a type, or of a field, is also looked at as.
    struct Cast {
        llvm::Type *From = nullptr;
        llvm::SetVector<llvm::StructType *> To;
    };
    std::map<std::string, Cast> Casts; // by the layout of From
    std::map<unsigned, llvm::SetVector<std::pair<uint64_t, llvm::StructType *>>> FieldCasts;
    /// Of fields that are unions: the bytes that are accessed through their members, and which of
    /// them have addresses that leave our sight.
    std::map<unsigned, std::vector<Range>> Parts;
    llvm::DenseSet<unsigned> Escapes;
    std::vector<unsigned> Home; // of each field, the one under which the three have it, in the end
    std::vector<Class> Classes;
    unsigned Arrays = 0;

    // Marks are TBAA tags of scalar types: a type for each field, below one for any.
    llvm::MDNode *AnyType = nullptr, *AnyTag = nullptr;
    std::map<unsigned, llvm::MDNode *> Tags;
    llvm::DenseMap<const llvm::MDNode *, unsigned> TagNumber;

    llvm::MDNode *tag(llvm::LLVMContext &C, int Number);
    void noteAddresses(const llvm::User &U);
    void noteEscape(const llvm::User &U, const llvm::Use &Op);
    unsigned partNumber(unsigned Whole, uint64_t Begin, uint64_t End);
    unsigned fieldNumber(llvm::StructType *S, unsigned Index);
    unsigned find(unsigned I);
    bool isUsed(unsigned I) {
        return Fields[find(I)].Used;
    }
    void unite(unsigned A, unsigned B);
    int fieldOf(const llvm::Value *Pointer, uint64_t Size);
    void noteCast(const llvm::GEPOperator &G);
    void collect(llvm::Type *T, uint64_t At, uint64_t Extent, unsigned Depth,
                 std::vector<Range> &Out);
    void collectField(llvm::StructType *S, unsigned Index, uint64_t At, unsigned Depth,
                      std::vector<Range> &Out);
    void uniteOverlaps(std::vector<Range> &Ranges);
    void findRegions(const Regions &R);
    void findLists(const Regions &R);
    void findMarks(const Regions &R);
    std::string describeRegion(unsigned C, const Regions &R) const;
    const Record &record(llvm::StructType *S);
    unsigned addField(const std::string &Key, const Class &Name, size_t Members);
};

} // namespace yk
#endif
