/* What captures packets: the processor, through the kernel (perf_device.c), or for tests something
 * that makes the same packets (tests/pt/stepper.c, a shared object that exports yk_pt_device()). */
#ifndef YK_PT_DEVICE_H
#define YK_PT_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YK_PT_DEVICE_VERSION 1u

typedef struct PtCapture {
    const uint8_t *packets; /* valid until the next start */
    size_t size;            /* bytes */
    bool lost;              /* more was executed than was captured */
} PtCapture;

typedef struct PtDevice {
    uint32_t version;
    /* NULL: *error says why in a sentence, to be freed by the caller. `buffer_bytes`: as in
     * PtOptions. */
    void *(*open)(size_t buffer_bytes, char **error);
    void (*close)(void *device);
    /* Of the calling thread, user mode only. NULL, or why not. */
    const char *(*start)(void *device);
    void (*stop)(void *device, PtCapture *capture);
} PtDevice;

/* The processor's. */
const PtDevice *perf_device(void);

#endif
