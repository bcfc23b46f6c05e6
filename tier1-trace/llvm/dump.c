/* Dumps of what was compiled: LLVM's IR, and the machine code as Zydis shows it. Zydis is loaded
 * when the first dump is asked for; without it the code is shown as bytes. */
#include "llvm.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <Zydis/Zydis.h>

typedef ZyanStatus Disassemble(ZydisMachineMode, ZyanU64, const void *, ZyanUSize,
                               ZydisDisassembledInstruction *);
static Disassemble *disassemble;

static void load(void) {
    void *object = dlopen("libZydis.so.4.0", RTLD_LAZY | RTLD_LOCAL);
    if (object == NULL)
        object = dlopen("libZydis.so", RTLD_LAZY | RTLD_LOCAL);
    if (object != NULL)
        *(void **)&disassemble = dlsym(object, "ZydisDisassembleIntel");
}

void dump_ir(FILE *out, const char *name, LLVMModuleRef module) {
    char *text = LLVMPrintModuleToString(module);
    fprintf(out, "; LLVM IR of %s\n%s\n", name, text);
    LLVMDisposeMessage(text);
}

static unsigned instruction(const uint8_t *at, size_t left, const char **text,
                            ZydisDisassembledInstruction *out) {
    if (disassemble == NULL ||
        !ZYAN_SUCCESS(disassemble(ZYDIS_MACHINE_MODE_LONG_64, (uintptr_t)at, at, left, out))) {
        *text = "";
        return 1;
    }
    *text = out->text;
    return out->info.length;
}

void dump_code(FILE *out, const char *name, const uint8_t *code, size_t size) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    fprintf(out, "; machine code of %s, %zu bytes\n", name, size);
    for (size_t at = 0; at < size;) {
        ZydisDisassembledInstruction shown;
        const char *text;
        unsigned length = instruction(code + at, size - at, &text, &shown);
        fprintf(out, "%6zx  ", at);
        for (unsigned i = 0; i < 10; i++)
            if (i < length)
                fprintf(out, "%02x ", code[at + i]);
            else
                fputs("   ", out);
        fprintf(out, "%s\n", text);
        at += length;
    }
}
