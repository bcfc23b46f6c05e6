/* Unwinding through native code; see unwind.h. The interface to GDB is the one that GDB's manual
 * describes in "JIT Compilation Interface": a linked list of in-memory object files, and a function
 * with a breakpoint that is called when the list changes. The object file is an ELF header, a
 * section header for the region, the unwind section and a symbol. */
#include "unwind.h"
#include "../runtime/memory.h"
#include "../runtime/process_lock.h"

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct jit_code_entry {
    struct jit_code_entry *next_entry, *prev_entry;
    const char *symfile_addr;
    uint64_t symfile_size;
} jit_code_entry;

enum { JIT_NOACTION, JIT_REGISTER, JIT_UNREGISTER };

struct jit_descriptor {
    uint32_t version, action;
    jit_code_entry *relevant_entry, *first_entry;
};

/* GDB looks these up by name. */
__attribute__((weak, used)) struct jit_descriptor __jit_debug_descriptor = {1, 0, NULL, NULL};
__attribute__((weak, noinline, used)) void __jit_debug_register_code(void) {
    __asm__ volatile("" ::: "memory");
}

/* The C++ runtime's, where it is linked. */
void __register_frame(void *) __attribute__((weak));
void __deregister_frame(void *) __attribute__((weak));

/* One CIE, one FDE, an end mark: laid out by hand, since every member has a fixed size. */
typedef struct __attribute__((packed)) UnwindTable {
    uint32_t cie_length, cie_id;
    uint8_t version;
    char augmentation[3]; /* "zR" */
    uint8_t code_alignment, data_alignment, return_register;
    uint8_t augmentation_length, pointer_encoding;
    uint8_t rules[7];
    uint32_t fde_length, cie_pointer;
    uint64_t start, size;
    uint8_t fde_augmentation_length, padding[7];
    uint32_t end;
} UnwindTable;

enum { NONE, TEXT, UNWIND, SYMBOLS, STRINGS, SECTION_COUNT };

static const char strings[] = "\0.text\0.eh_frame\0.symtab\0.strtab"; /* and the function's name */
enum { NAME_TEXT = 1, NAME_UNWIND = 7, NAME_SYMBOLS = 17, NAME_STRINGS = 25, NAME_CODE = 33 };
enum { LONGEST_NAME = 200 };

typedef struct ObjectFile {
    Elf64_Ehdr header;
    Elf64_Shdr sections[SECTION_COUNT];
    Elf64_Sym symbols[2];
    char names[sizeof strings + LONGEST_NAME];
    UnwindTable unwind __attribute__((aligned(8)));
} ObjectFile;

struct YkUnwind {
    jit_code_entry entry;
    ObjectFile file;
};

static void fill_table(UnwindTable *t, const void *start, size_t size) {
    /* DWARF: CFA is rbp + 16; rbp at CFA - 16; the return address at CFA - 8. */
    static const uint8_t rules[7] = {0x0c, 6, 16, 0x80 | 6, 2, 0x80 | 16, 1};
    *t = (UnwindTable){
        .cie_length = offsetof(UnwindTable, fde_length) - 4,
        .version = 1,
        .augmentation = "zR",
        .code_alignment = 1,
        .data_alignment = 0x78, /* -8 */
        .return_register = 16,
        .augmentation_length = 1,
        .pointer_encoding = 0, /* absolute */
        .fde_length = offsetof(UnwindTable, end) - offsetof(UnwindTable, cie_pointer),
        .cie_pointer = offsetof(UnwindTable, cie_pointer),
        .start = (uintptr_t)start,
        .size = size,
    };
    memcpy(t->rules, rules, sizeof rules);
}

static void fill_file(ObjectFile *f, const void *start, size_t size, const char *name) {
    memset(f, 0, sizeof *f);
    memcpy(f->header.e_ident, ELFMAG, SELFMAG);
    f->header.e_ident[EI_CLASS] = ELFCLASS64;
    f->header.e_ident[EI_DATA] = ELFDATA2LSB;
    f->header.e_ident[EI_VERSION] = EV_CURRENT;
    f->header.e_type = ET_REL;
    f->header.e_machine = EM_X86_64;
    f->header.e_version = EV_CURRENT;
    f->header.e_ehsize = sizeof f->header;
    f->header.e_shoff = offsetof(ObjectFile, sections);
    f->header.e_shentsize = sizeof f->sections[0];
    f->header.e_shnum = SECTION_COUNT;
    f->header.e_shstrndx = STRINGS;
    memcpy(f->names, strings, sizeof strings);
    snprintf(f->names + NAME_CODE, LONGEST_NAME, "%s", name);
    fill_table(&f->unwind, start, size);
    f->symbols[1] = (Elf64_Sym){.st_name = NAME_CODE,
                                .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                                .st_shndx = TEXT,
                                .st_value = 0,
                                .st_size = size};
    f->sections[TEXT] = (Elf64_Shdr){.sh_name = NAME_TEXT,
                                     .sh_type = SHT_NOBITS,
                                     .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                                     .sh_addr = (uintptr_t)start,
                                     .sh_size = size,
                                     .sh_addralign = 16};
    f->sections[UNWIND] = (Elf64_Shdr){.sh_name = NAME_UNWIND,
                                       .sh_type = SHT_PROGBITS,
                                       .sh_flags = SHF_ALLOC,
                                       .sh_addr = (uintptr_t)&f->unwind,
                                       .sh_offset = offsetof(ObjectFile, unwind),
                                       .sh_size = sizeof f->unwind,
                                       .sh_addralign = 8};
    f->sections[SYMBOLS] = (Elf64_Shdr){.sh_name = NAME_SYMBOLS,
                                        .sh_type = SHT_SYMTAB,
                                        .sh_offset = offsetof(ObjectFile, symbols),
                                        .sh_size = sizeof f->symbols,
                                        .sh_link = STRINGS,
                                        .sh_info = 1,
                                        .sh_addralign = 8,
                                        .sh_entsize = sizeof f->symbols[0]};
    f->sections[STRINGS] = (Elf64_Shdr){.sh_name = NAME_STRINGS,
                                        .sh_type = SHT_STRTAB,
                                        .sh_offset = offsetof(ObjectFile, names),
                                        .sh_size = sizeof f->names,
                                        .sh_addralign = 1};
}

static void tell_debugger(jit_code_entry *entry, uint32_t action) {
    __jit_debug_descriptor.relevant_entry = entry;
    __jit_debug_descriptor.action = action;
    __jit_debug_register_code();
}

YkUnwind *unwind_register(const void *start, size_t size, const char *name) {
    YkUnwind *unwind = memory_allocate(sizeof *unwind);
    if (unwind == NULL)
        return NULL;
    fill_file(&unwind->file, start, size, name);
    process_lock();
    unwind->entry = (jit_code_entry){.next_entry = __jit_debug_descriptor.first_entry,
                                     .symfile_addr = (const char *)&unwind->file,
                                     .symfile_size = sizeof unwind->file};
    if (unwind->entry.next_entry != NULL)
        unwind->entry.next_entry->prev_entry = &unwind->entry;
    __jit_debug_descriptor.first_entry = &unwind->entry;
    tell_debugger(&unwind->entry, JIT_REGISTER);
    if (__register_frame != NULL && __deregister_frame != NULL)
        __register_frame(&unwind->file.unwind);
    process_unlock();
    return unwind;
}

void unwind_unregister(YkUnwind *unwind) {
    if (unwind == NULL)
        return;
    process_lock();
    if (__register_frame != NULL && __deregister_frame != NULL)
        __deregister_frame(&unwind->file.unwind);
    jit_code_entry *e = &unwind->entry;
    if (e->prev_entry != NULL)
        e->prev_entry->next_entry = e->next_entry;
    else
        __jit_debug_descriptor.first_entry = e->next_entry;
    if (e->next_entry != NULL)
        e->next_entry->prev_entry = e->prev_entry;
    tell_debugger(e, JIT_UNREGISTER);
    process_unlock();
    memory_free(unwind);
}
