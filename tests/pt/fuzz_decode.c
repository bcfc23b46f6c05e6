/* A libFuzzer target: packets of any kind must make the decoder end with an error or with marks.
 *
 *     ninja -C build fuzz_decode && build/tests/fuzz_decode [FOLDER] [-seed=N]
 * [-max_total_time=SECONDS]
 *
 * An input is at first a real capture of a function of this program, with the input's bytes written
 * over it from the place that its first two bytes say. */
#include "stepper.h"
#include "tier1-trace/pt/decode.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static PtDecoder *decoder;
static uint8_t *original, *copy;
static size_t length;
static volatile unsigned sink;

__attribute__((noinline)) static unsigned run(unsigned n) {
    __asm__ volatile("1: nop\n\t.pushsection " YK_MARKS_SECTION
                     ",\"aR\",@progbits\n\t.long 1b - .\n\t.long 7\n\t.popsection");
    return n < 2 ? n : run(n - 1) + run(n - 2);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count, (void)arguments;
    char *error = NULL;
    void *device = yk_pt_device()->open((size_t)1 << 20, &error);
    PtCapture capture;
    if (device == NULL || yk_pt_device()->start(device) != NULL)
        abort();
    sink = run(8);
    yk_pt_device()->stop(device, &capture);
    decoder = pt_decoder_new(yk_marks_start, (size_t)(yk_marks_stop - yk_marks_start));
    length = capture.size;
    original = malloc(length);
    copy = malloc(length);
    if (capture.lost || decoder == NULL || original == NULL || copy == NULL)
        abort();
    memcpy(original, capture.packets, length);
    yk_pt_device()->close(device);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    size_t at = (data[0] | (size_t)data[1] << 8) % length;
    size_t bytes = size - 2 < length - at ? size - 2 : length - at;
    memcpy(copy, original, length);
    memcpy(copy + at, data + 2, bytes);
    PtTrace trace;
    (void)pt_decode(decoder, copy, length, &trace);
    return 0;
}
