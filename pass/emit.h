// From the stencils' IR to the table in the program.
#ifndef YK_PASS_EMIT_H
#define YK_PASS_EMIT_H

#include "derive.h"
#include <map>
#include <string>

namespace llvm {
class TargetMachine;
class TargetOptions;
} // namespace llvm

namespace yk {

/// What a relocation refers to: see enum YkRelocKind and enum YkLink.
enum class RelocKind { Hole, Target, Dynamic, Return, Bypass, Hot, Cold, Rodata, Symbol };

/// One relocation of laid-out code, by name.
struct CodeReloc {
    uint32_t Offset;
    uint8_t Form;
    RelocKind Kind;
    std::string Symbol; // for RelocKind::Symbol
    uint16_t Value;     // for holes and targets
    int32_t Addend;
    int32_t PcOffset = 0; // of a target: to be added to the value
    bool ViaSlot = false; // refers to the place where the symbol's address is stored
};

/// Machine code of one stencil.
struct StencilCode {
    std::string Hot, Cold;
    std::vector<CodeReloc> Relocs; // offsets count from the start of the hot part
    int Tail = -1; // index of the relocation of a jump that ends the hot part, to a pc's code
    bool Usable = false;
    bool UsesFramePointer = false; // as a general register: compile with a frame
    std::string Why;               // if not usable
};

/// The values that are there before a program runs: the greens, then those of these operations.
struct KnownValues {
    unsigned Greens;
    std::vector<YkHoleOp> Ops;
    unsigned size() const {
        return Greens + Ops.size();
    }
};
/// A hole program with fewer operations; `Number`: from a value of the program that it was made of
/// to the value here, for those that were asked for.
struct FusedProgram {
    std::vector<YkHoleOp> Ops; // the first one defines the value behind the known ones
    std::map<uint16_t, uint16_t> Number;
};
/// Computes the values `Wanted` of `P`. (fuse.cpp)
FusedProgram fuse(const Program &P, const KnownValues &Known, const std::vector<uint16_t> &Wanted);
/// ... the value `N`, which is the last operation's. (fuse.cpp)
FusedProgram fuseLast(const Program &P, const KnownValues &Known, uint16_t N);
/// A value of 64 bits as another one plus a constant, which may be 0. (fuse.cpp)
std::pair<uint16_t, int64_t> withoutOffset(const Program &P, uint16_t N);

/// A decision: is the program's last value `Value`?
struct FusedTest {
    FusedProgram P;
    uint64_t Value;
    bool Swapped; // yes means no
};
/// `P` is a test whose last value is compared with `Value`. The last operation yields what is to be
/// compared. (fuse.cpp)
FusedTest fuseTest(const Program &P, const KnownValues &Known, uint64_t Value);

/// LLVM's code generator for the processor that the functions of `M` were compiled for; null after
/// an error. (codegen.cpp)
std::unique_ptr<llvm::TargetMachine> targetMachine(llvm::Module &M,
                                                   const llvm::TargetOptions &Options);
/// Compiles the stencils to an object in memory; empty after an error. (codegen.cpp)
std::string compileStencils(Derived &D);
/// Both steps below; stencils that use rbp are compiled again with a frame pointer. (codegen.cpp)
bool compileAndLayOut(Derived &D, std::string &Object, std::vector<StencilCode> &Code,
                      std::string &Rodata);
/// Reads the object, lays out each stencil. Returns the constants in `Rodata`. (layout.cpp)
std::vector<StencilCode> layOutStencils(Derived &D, const std::string &Object, std::string &Rodata);
/// What has been derived, as text. To be asked before the stencils are compiled. (report.cpp)
std::string describeDerivation(const Interpreter &In, const Derived &D);
/// Adds the table to the program. (table_writer.cpp)
void writeTable(llvm::Module &M, const Interpreter &In, Derived &D,
                const std::vector<StencilCode> &Code, const std::string &Rodata);

} // namespace yk
#endif
