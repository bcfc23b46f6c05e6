/* LLVM's object writer can compress debug information, with zstd or zlib. Traces have none: so
 * these libraries' functions, as far as LLVM refers to them, fail here, and neither library is
 * needed. The one that does not compress, crc32, is whole. */
#include <stddef.h>

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN void *ZSTD_createCCtx(void);
HIDDEN size_t ZSTD_freeCCtx(void *context);
HIDDEN size_t ZSTD_CCtx_setParameter(void *context, int parameter, int value);
HIDDEN size_t ZSTD_compress2(void *context, void *to, size_t capacity, const void *from,
                             size_t size);
HIDDEN size_t ZSTD_compressBound(size_t size);
HIDDEN unsigned ZSTD_isError(size_t code);
HIDDEN int compress2(void *to, unsigned long *size, const void *from, unsigned long from_size,
                     int level);
HIDDEN unsigned long compressBound(unsigned long size);
HIDDEN int uncompress(void *to, unsigned long *size, const void *from, unsigned long from_size);
HIDDEN unsigned long crc32(unsigned long crc, const unsigned char *from, unsigned size);

void *ZSTD_createCCtx(void) {
    return NULL;
}
size_t ZSTD_freeCCtx(void *context) {
    (void)context;
    return 0;
}
size_t ZSTD_CCtx_setParameter(void *context, int parameter, int value) {
    (void)context, (void)parameter, (void)value;
    return 1;
}
size_t ZSTD_compress2(void *context, void *to, size_t capacity, const void *from, size_t size) {
    (void)context, (void)to, (void)capacity, (void)from, (void)size;
    return 1;
}
size_t ZSTD_compressBound(size_t size) {
    return size;
}
unsigned ZSTD_isError(size_t code) {
    return code != 0;
}

enum { Z_MEM_ERROR = -4, Z_DATA_ERROR = -3 };
int compress2(void *to, unsigned long *size, const void *from, unsigned long from_size, int level) {
    (void)to, (void)size, (void)from, (void)from_size, (void)level;
    return Z_MEM_ERROR;
}
unsigned long compressBound(unsigned long size) {
    return size;
}
int uncompress(void *to, unsigned long *size, const void *from, unsigned long from_size) {
    (void)to, (void)size, (void)from, (void)from_size;
    return Z_DATA_ERROR;
}
unsigned long crc32(unsigned long crc, const unsigned char *from, unsigned size) {
    if (from == NULL)
        return 0;
    unsigned value = ~(unsigned)crc;
    for (unsigned i = 0; i < size; i++) {
        value ^= from[i];
        for (unsigned bit = 0; bit < 8; bit++)
            value = value >> 1 ^ (0xedb88320u & -(value & 1));
    }
    return ~value & 0xffffffffu;
}
