/* Memory for linked code; see llvm.h. Pages are never writable and executable at once. A block is
 * made before ORC sees its object: linking cannot fail for want of memory, which LLVM does not
 * survive. */
#include "exit_code.h"
#include "llvm.h"

#include <llvm-c/OrcEE.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t whole_pages(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) & ~(page - 1);
}

CodeBlock *code_block_new(size_t size) {
    CodeBlock *block = memory_allocate_zeroed(sizeof *block);
    if (block == NULL)
        return NULL;
    block->size = whole_pages(size);
    void *base = memory_map(NULL, block->size, PROT_READ | PROT_WRITE, 0);
    if (base == NULL) {
        memory_free(block);
        return NULL;
    }
    block->base = base;
    return block;
}

void code_block_free(CodeBlock *block) {
    if (block == NULL)
        return;
    munmap(block->base, block->size);
    memory_free(block);
}

/* ---- what ORC calls -------------------------------------------------------------------------- */

static void *begin(void *linker) {
    CodeLinker *l = linker;
    CodeBlock *block = l->next;
    l->next = NULL;
    return block;
}

static uint8_t *allocate(CodeBlock *block, size_t size, size_t alignment) {
    if (alignment == 0)
        alignment = 1;
    size_t at = (block->used + alignment - 1) & ~(alignment - 1);
    if (at > block->size || size > block->size - at)
        return NULL;
    block->used = at + size;
    return block->base + at;
}

static uint8_t *allocate_code(void *block, uintptr_t size, unsigned alignment, unsigned id,
                              const char *name) {
    (void)id, (void)name;
    CodeBlock *b = block;
    uint8_t *at = allocate(b, size, alignment < 16 ? 16 : alignment);
    if (b->code == NULL) {
        b->code = at;
        b->code_size = size;
    }
    return at;
}

/* Constants: traces have no other data. */
static uint8_t *allocate_data(void *block, uintptr_t size, unsigned alignment, unsigned id,
                              const char *name, LLVMBool read_only) {
    (void)id, (void)name, (void)read_only;
    return allocate(block, size, alignment);
}

static LLVMBool seal(void *block, char **error) {
    CodeBlock *b = block;
    b->exits = allocate(b, b->exit_code->code.size, 16);
    if (b->exits == NULL || !exit_code_link(b->exit_code, b->code, b->code_size, b->exits)) {
        *error = strdup("the code of exits does not fit");
        return true;
    }
    size_t used = whole_pages(b->used);
    if (used < b->size && munmap(b->base + used, b->size - used) == 0)
        b->size = used;
    if (memory_protect(b->base, b->size, PROT_READ | PROT_EXEC))
        return false;
    *error = strdup("memory cannot be made executable");
    return true;
}

static void dispose(void *block) {
    code_block_free(block);
}

static void terminate(void *linker) {
    (void)linker;
}

LLVMOrcObjectLayerRef code_linking_layer(CodeLinker *linker, LLVMOrcExecutionSessionRef session) {
    return LLVMOrcCreateRTDyldObjectLinkingLayerWithMCJITMemoryManagerLikeCallbacks(
        session, linker, begin, terminate, allocate_code, allocate_data, seal, dispose);
}
