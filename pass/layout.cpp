// Layout of stencils: reads the compiled object, where each basic block is a section, and arranges
// the blocks of each stencil into a hot part and a cold part.
//
// The blocks' branches are recognised by their relocations: a block ends in `jcc rel32`s and a
// `jmp rel32`. Jumps to the next block vanish, branches inside a part get their short form where
// they can, a branch to a block that only jumps on goes to the destination itself.
#include "emit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/ELFObjectFile.h"
#include <set>

using namespace llvm;
using namespace llvm::object;

namespace yk {

namespace {

struct RawReloc {
    uint64_t Offset;
    uint32_t Type;
    std::string Symbol; // empty: a section
    unsigned Section;   // section of the symbol, or 0
    int64_t Addend;
};

// Where a branch goes: a block, or out of the stencil.
struct Destination {
    int Block = -1;
    RawReloc Out;
    bool operator==(const Destination &O) const {
        return Block >= 0 ? Block == O.Block : O.Block < 0 && Out.Symbol == O.Out.Symbol;
    }
};

struct Branch {
    uint8_t Condition; // low nibble of the opcode
    Destination To;
};

struct Block {
    std::string Body;
    std::vector<RawReloc> Relocs;
    std::vector<Branch> Conditional;
    bool HasJump = false;
    Destination Jump;
    bool Placed = false, Hot = false;
    // After placement:
    uint32_t Offset = 0;
};

class StencilLayout {
    std::vector<Block> Blocks;
    StencilCode Code;
    const std::map<unsigned, uint32_t> &RodataOffset;
    const std::string Prefix; // of the stencil's holes and targets

    bool fail(const Twine &Why) {
        Code.Why = Why.str();
        return false;
    }
    void thread();
    void findHot();
    std::vector<int> order(bool Hot);
    bool place(const std::vector<int> &Order, std::string &Out, uint32_t Base);
    bool addReloc(uint32_t Offset, const RawReloc &R);
    bool classify(const std::string &Symbol, CodeReloc &R);

  public:
    StencilLayout(std::vector<Block> B, const std::map<unsigned, uint32_t> &Rodata, std::string P)
        : Blocks(std::move(B)), RodataOffset(Rodata), Prefix(std::move(P)) {}
    StencilCode run();
};

} // namespace

// Reads the branches off the end of a block.
static void readBranches(Block &B, const std::map<unsigned, int> &BlockOf) {
    auto To = [&](const RawReloc &R) {
        Destination D;
        auto It = BlockOf.find(R.Section);
        if (R.Section && It != BlockOf.end())
            D.Block = It->second;
        else
            D.Out = R;
        return D;
    };
    auto EndsAt = [&](size_t Size) {
        return !B.Relocs.empty() && B.Relocs.back().Offset == Size - 4 &&
               (B.Relocs.back().Type == ELF::R_X86_64_PLT32 ||
                B.Relocs.back().Type == ELF::R_X86_64_PC32) &&
               B.Relocs.back().Addend == -4;
    };
    size_t N = B.Body.size();
    if (N >= 5 && uint8_t(B.Body[N - 5]) == 0xe9 && EndsAt(N)) {
        B.HasJump = true;
        B.Jump = To(B.Relocs.back());
        B.Relocs.pop_back();
        B.Body.resize(N -= 5);
    }
    while (B.HasJump && N >= 6 && uint8_t(B.Body[N - 6]) == 0x0f &&
           (uint8_t(B.Body[N - 5]) & 0xf0) == 0x80 && EndsAt(N)) {
        B.Conditional.insert(B.Conditional.begin(),
                             {uint8_t(B.Body[N - 5] & 0xf), To(B.Relocs.back())});
        B.Relocs.pop_back();
        B.Body.resize(N -= 6);
    }
}

// Branches to blocks that only jump.
void StencilLayout::thread() {
    auto Follow = [&](Destination &D) {
        for (int Steps = 0; Steps < 8 && D.Block >= 0; Steps++) {
            Block &B = Blocks[D.Block];
            if (!B.Body.empty() || !B.Conditional.empty() || !B.HasJump)
                break;
            D = B.Jump;
        }
    };
    for (Block &B : Blocks) {
        for (Branch &C : B.Conditional)
            Follow(C.To);
        if (B.HasJump)
            Follow(B.Jump);
    }
}

static bool leavesHot(const Destination &D) {
    StringRef S = D.Out.Symbol;
    return D.Block < 0 &&
           (S.contains(".target.") || S.starts_with(ExitMerge) || S.starts_with(ExitReturn));
}

// A block is hot if a way out that is not cold can be reached from it.
void StencilLayout::findHot() {
    for (bool Changed = true; Changed;) {
        Changed = false;
        for (Block &B : Blocks) {
            if (B.Hot)
                continue;
            auto Reaches = [&](const Destination &D) {
                return D.Block >= 0 ? Blocks[D.Block].Hot : leavesHot(D);
            };
            B.Hot = (B.HasJump && Reaches(B.Jump)) ||
                    any_of(B.Conditional, [&](Branch &C) { return Reaches(C.To); });
            Changed |= B.Hot;
        }
    }
    Blocks[0].Hot = true;
}

std::vector<int> StencilLayout::order(bool Hot) {
    std::vector<int> Order;
    std::vector<bool> Reachable(Blocks.size());
    std::vector<int> Work{0};
    Reachable[0] = true;
    while (!Work.empty()) {
        Block &B = Blocks[Work.back()];
        Work.pop_back();
        auto Visit = [&](const Destination &D) {
            if (D.Block >= 0 && !Reachable[D.Block]) {
                Reachable[D.Block] = true;
                Work.push_back(D.Block);
            }
        };
        for (Branch &C : B.Conditional)
            Visit(C.To);
        if (B.HasJump)
            Visit(B.Jump);
    }
    auto Free = [&](int I) {
        return I >= 0 && Reachable[I] && !Blocks[I].Placed && Blocks[I].Hot == Hot;
    };
    for (int Start = 0; Start < int(Blocks.size()); Start++)
        for (int I = Start; Free(I);) {
            Block &B = Blocks[I];
            B.Placed = true;
            Order.push_back(I);
            int Next = B.HasJump ? B.Jump.Block : -1;
            if (!Free(Next) && B.HasJump && B.Conditional.size() == 1 &&
                Free(B.Conditional[0].To.Block)) {
                // Turn the branch around to fall through.
                std::swap(B.Conditional[0].To, B.Jump);
                B.Conditional[0].Condition ^= 1;
                Next = B.Jump.Block;
            }
            I = Free(Next) ? Next : -1;
        }
    return Order;
}

bool StencilLayout::classify(const std::string &Symbol, CodeReloc &R) {
    StringRef S = Symbol;
    if (S.consume_front(Prefix)) {
        bool IsHole = S.consume_front(".hole.");
        if (!IsHole && !S.consume_front(".target."))
            return fail("unknown symbol " + Symbol);
        R.Kind = IsHole ? RelocKind::Hole : RelocKind::Target;
        unsigned Value;
        if (S.split('.').first.getAsInteger(10, Value))
            return fail("unknown symbol " + Symbol);
        R.Value = Value;
    } else if (S.starts_with(ExitMerge))
        R.Kind = RelocKind::Dynamic;
    else if (S.starts_with(ExitReturn))
        R.Kind = RelocKind::Return;
    else if (S.starts_with(ExitBypass))
        R.Kind = RelocKind::Bypass;
    else {
        R.Kind = RelocKind::Symbol;
        R.Symbol = Symbol;
    }
    return true;
}

// The addend is stored at the place, as wide as what it is added to.
static bool addendFits(const CodeReloc &C) {
    return C.Form == YK_FORM_ABS8    ? isInt<8>(C.Addend)
           : C.Form == YK_FORM_ABS16 ? isInt<16>(C.Addend)
                                     : true;
}

bool StencilLayout::addReloc(uint32_t Offset, const RawReloc &R) {
    CodeReloc C{};
    C.Offset = Offset;
    C.Addend = int32_t(R.Addend);
    if (C.Addend != R.Addend)
        return fail("a relocation's addend is too large");
    switch (R.Type) {
    case ELF::R_X86_64_8:
        C.Form = YK_FORM_ABS8;
        break;
    case ELF::R_X86_64_16:
        C.Form = YK_FORM_ABS16;
        break;
    case ELF::R_X86_64_32:
        C.Form = YK_FORM_ABS32;
        break;
    case ELF::R_X86_64_32S:
        C.Form = YK_FORM_ABS32S;
        break;
    case ELF::R_X86_64_64:
        C.Form = YK_FORM_ABS64;
        break;
    case ELF::R_X86_64_GOTPCREL:
    case ELF::R_X86_64_GOTPCRELX:
    case ELF::R_X86_64_REX_GOTPCRELX:
        C.ViaSlot = true;
        C.Form = YK_FORM_PC32;
        break;
    case ELF::R_X86_64_PC32:
    case ELF::R_X86_64_PLT32:
        C.Form = YK_FORM_PC32;
        break;
    default:
        return fail("relocation type " + Twine(R.Type));
    }
    auto It = RodataOffset.find(R.Section);
    if (R.Section && It != RodataOffset.end()) {
        C.Kind = RelocKind::Rodata;
        C.Addend += It->second;
    } else if (R.Section)
        return fail("a reference to a section that is neither code nor constants");
    else if (!classify(R.Symbol, C))
        return false;
    if (C.Kind == RelocKind::Hole && C.Form == YK_FORM_PC32)
        return fail("a hole that is addressed relative to the code"); // LLVM added a constant
    bool Leads = C.Kind == RelocKind::Target || C.Kind == RelocKind::Dynamic ||
                 C.Kind == RelocKind::Return || C.Kind == RelocKind::Bypass;
    if (Leads && (C.Form != YK_FORM_PC32 || C.Addend != -4))
        return fail("an exit that is not a jump");
    if (C.Kind == RelocKind::Hole && !addendFits(C))
        return fail("an addend that does not fit its place");
    Code.Relocs.push_back(C);
    return true;
}

// Writes the blocks of one part. `Base`: offset of the part in the stencil.
bool StencilLayout::place(const std::vector<int> &Order, std::string &Out, uint32_t Base) {
    std::map<int, size_t> Position;
    for (size_t I = 0; I < Order.size(); I++)
        Position[Order[I]] = I;
    auto Falls = [&](size_t I) {
        Block &B = Blocks[Order[I]];
        return B.HasJump && B.Jump.Block >= 0 && I + 1 < Order.size() &&
               Order[I + 1] == B.Jump.Block;
    };
    // Long forms that are needed; start with none and grow.
    std::map<std::pair<int, int>, bool> Long; // (block, branch number) ; jump is -1
    for (bool Changed = true; Changed;) {
        Changed = false;
        uint32_t At = Base;
        for (size_t I = 0; I < Order.size(); I++) {
            Block &B = Blocks[Order[I]];
            B.Offset = At;
            At += B.Body.size();
            for (int K = 0; K < int(B.Conditional.size()); K++)
                At += Long[{Order[I], K}] || !Position.count(B.Conditional[K].To.Block) ? 6 : 2;
            if (B.HasJump && !Falls(I))
                At += Long[{Order[I], -1}] || !Position.count(B.Jump.Block) ? 5 : 2;
        }
        for (size_t I = 0; I < Order.size(); I++) {
            Block &B = Blocks[Order[I]];
            uint32_t P = B.Offset + B.Body.size();
            auto Check = [&](int K, const Destination &D, unsigned Size) {
                P += Size;
                if (Position.count(D.Block) && !Long[{Order[I], K}] &&
                    !isInt<8>(int64_t(Blocks[D.Block].Offset) - P)) {
                    Long[{Order[I], K}] = true;
                    Changed = true;
                }
            };
            for (int K = 0; K < int(B.Conditional.size()); K++) {
                const Destination &D = B.Conditional[K].To;
                Check(K, D, Long[{Order[I], K}] || !Position.count(D.Block) ? 6 : 2);
            }
            if (B.HasJump && !Falls(I))
                Check(-1, B.Jump, Long[{Order[I], -1}] || !Position.count(B.Jump.Block) ? 5 : 2);
        }
    }
    auto EmitBranch = [&](int From, int K, int Condition, const Destination &D) {
        bool Inside = Position.count(D.Block);
        bool Wide = !Inside || Long[{From, K}];
        if (Condition >= 0) {
            if (Wide)
                Out += char(0x0f);
            Out += char((Wide ? 0x80 : 0x70) | Condition);
        } else
            Out += char(Wide ? 0xe9 : 0xeb);
        uint32_t At = Base + Out.size();
        Out.append(Wide ? 4 : 1, 0);
        if (Inside) {
            int32_t Delta = int32_t(Blocks[D.Block].Offset) - int32_t(Base + Out.size());
            memcpy(&Out[At - Base], &Delta, Wide ? 4 : 1);
            return true;
        }
        if (D.Block >= 0) { // the other part: resolved once both are placed
            CodeReloc C{};
            C.Offset = At;
            C.Form = YK_FORM_PC32;
            C.Kind = Base ? RelocKind::Hot : RelocKind::Cold;
            C.Addend = D.Block; // patched up by run()
            C.Symbol = "block";
            Code.Relocs.push_back(C);
            return true;
        }
        return addReloc(At, D.Out);
    };
    for (size_t I = 0; I < Order.size(); I++) {
        Block &B = Blocks[Order[I]];
        uint32_t Start = Base + Out.size();
        Out += B.Body;
        for (RawReloc &R : B.Relocs)
            if (!addReloc(Start + R.Offset, R))
                return false;
        for (int K = 0; K < int(B.Conditional.size()); K++)
            if (!EmitBranch(Order[I], K, B.Conditional[K].Condition, B.Conditional[K].To))
                return false;
        if (B.HasJump && !Falls(I) && !EmitBranch(Order[I], -1, -1, B.Jump))
            return false;
    }
    return true;
}

StencilCode StencilLayout::run() {
    for (Block &B : Blocks)
        // push %rbp that does not set up a frame: rbp would not lead unwinders to the entry thunk.
        if (!B.Body.empty() && B.Body[0] == 0x55 &&
            StringRef(B.Body).substr(1, 3) != "\x48\x89\xe5") {
            fail("uses rbp");
            Code.UsesFramePointer = true;
            return Code;
        }
    thread();
    findHot();
    std::vector<int> HotOrder = order(true), ColdOrder = order(false);
    if (!place(HotOrder, Code.Hot, 0))
        return Code;
    const Block &Last = Blocks[HotOrder.back()];
    if (Last.HasJump && Last.Jump.Block < 0 && !Code.Relocs.empty() &&
        (Code.Relocs.back().Kind == RelocKind::Target ||
         Code.Relocs.back().Kind == RelocKind::Dynamic))
        Code.Tail = Code.Relocs.size() - 1;
    if (!place(ColdOrder, Code.Cold, Code.Hot.size()))
        return Code;
    for (CodeReloc &R : Code.Relocs)
        if (R.Kind == RelocKind::Cold || R.Kind == RelocKind::Hot) {
            uint32_t To = Blocks[R.Addend].Offset;
            R.Symbol.clear();
            R.Addend = int32_t(R.Kind == RelocKind::Cold ? To - Code.Hot.size() : To) - 4;
        }
    std::set<uint16_t> Targets;
    size_t Dynamic = 0;
    for (const CodeReloc &R : Code.Relocs) {
        Dynamic += R.Kind == RelocKind::Dynamic;
        if (R.Kind == RelocKind::Target)
            Targets.insert(R.Value);
    }
    if (Code.Hot.size() + Code.Cold.size() > UINT16_MAX || Dynamic > UINT8_MAX ||
        Targets.size() > YK_MAX_TARGETS) {
        fail("too large");
        return Code;
    }
    Code.Usable = true;
    return Code;
}

std::vector<StencilCode> layOutStencils(Derived &D, const std::string &Object,
                                        std::string &Rodata) {
    std::vector<StencilCode> Result(D.Stencils.size());
    auto FileOrError = ObjectFile::createELFObjectFile(MemoryBufferRef(Object, "stencils"));
    if (!FileOrError) {
        D.M->getContext().emitError("yk: " + toString(FileOrError.takeError()));
        return Result;
    }
    auto &File = cast<ELF64LEObjectFile>(**FileOrError);
    // Blocks by stencil, in section order; constants.
    std::map<unsigned, std::vector<unsigned>> SectionsOf;
    std::map<unsigned, uint32_t> RodataOffset;
    std::map<unsigned, SectionRef> Relocations;
    std::map<unsigned, SectionRef> SectionAt;
    for (const ELFSectionRef S : File.sections()) {
        unsigned Index = S.getIndex();
        SectionAt.emplace(Index, S);
        StringRef Name = cantFail(S.getName());
        StringRef Rest = Name;
        unsigned N;
        if (Rest.consume_front(".text.") && Rest.consume_front(StencilPrefix)) {
            if (!Rest.getAsInteger(10, N) && N < Result.size())
                SectionsOf[N].push_back(Index);
        } else if (Name.starts_with(".rodata")) {
            Rodata.resize(alignTo(Rodata.size(), S.getAlignment().value()));
            RodataOffset[Index] = Rodata.size();
            Rodata += cantFail(S.getContents());
        }
        auto Relocated = cantFail(S.getRelocatedSection());
        if (Relocated != File.section_end())
            Relocations.emplace(ELFSectionRef(*Relocated).getIndex(), S);
    }
    for (auto &[Index, Section] : Relocations)
        RodataOffset.erase(Index); // a table of addresses: stencils that use it are refused
    for (auto &[N, Sections] : SectionsOf) {
        std::map<unsigned, int> BlockOf;
        for (size_t I = 0; I < Sections.size(); I++)
            BlockOf[Sections[I]] = I;
        std::vector<Block> Blocks;
        for (unsigned Section : Sections) {
            Block B;
            B.Body = cantFail(SectionAt.at(Section).getContents()).str();
            auto It = Relocations.find(Section);
            if (It != Relocations.end())
                for (const ELFRelocationRef R : It->second.relocations()) {
                    RawReloc Raw;
                    Raw.Offset = R.getOffset();
                    Raw.Type = R.getType();
                    Raw.Addend = cantFail(R.getAddend());
                    ELFSymbolRef Symbol = *R.getSymbol();
                    auto In = cantFail(Symbol.getSection());
                    Raw.Section = In == File.section_end() ? 0 : ELFSectionRef(*In).getIndex();
                    if (!Raw.Section)
                        Raw.Symbol = cantFail(Symbol.getName()).str();
                    else
                        Raw.Addend += cantFail(Symbol.getValue());
                    B.Relocs.push_back(Raw);
                }
            llvm::sort(B.Relocs, [](auto &X, auto &Y) { return X.Offset < Y.Offset; });
            readBranches(B, BlockOf);
            Blocks.push_back(std::move(B));
        }
        Result[N] =
            StencilLayout(std::move(Blocks), RodataOffset, (StencilPrefix + Twine(N)).str()).run();
    }
    return Result;
}

} // namespace yk
