/* The recorder: a device and a decoder. */
#include "decode.h"
#include "device.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct PtRecorder {
    const PtDevice *device;
    void *handle;
    PtDecoder *decoder;
    PtCapture capture;
    bool running;
    pid_t process; /* that started it */
};

/* ISO C does not convert between pointers to data and to functions. */
static const PtDevice *find_device(const char *path, char **error) {
    if (*path == '\0')
        return perf_device();
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const PtDevice *(*entry)(void) = NULL;
    if (object != NULL)
        *(void **)&entry = dlsym(object, "yk_pt_device");
    const PtDevice *device = entry != NULL ? entry() : NULL;
    if (device != NULL && device->version == YK_PT_DEVICE_VERSION)
        return device;
    const char *why = object == NULL ? dlerror() : "no device for this version of yk";
    *error = strdup(why != NULL ? why : "unknown error");
    return NULL;
}

static void close_recorder(PtRecorder *r) {
    if (r == NULL)
        return;
    if (r->running && r->process == getpid())
        r->device->stop(r->handle, &r->capture);
    if (r->handle != NULL)
        r->device->close(r->handle);
    pt_decoder_free(r->decoder);
    free(r);
}

static PtRecorder *open_recorder(const PtOptions *options, char **error) {
    *error = NULL;
    PtRecorder *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->device = find_device(options->device, error);
    if (r->device != NULL)
        r->handle = r->device->open(options->buffer_bytes, error);
    if (r->handle != NULL)
        r->decoder = pt_decoder_new(options->marks, options->mark_count);
    if (r->decoder != NULL)
        return r;
    close_recorder(r);
    return NULL;
}

static const char *start(PtRecorder *r) {
    r->capture = (PtCapture){0};
    r->process = getpid();
    const char *why = r->device->start(r->handle);
    r->running = why == NULL;
    return why;
}

static const char *stop(PtRecorder *r) {
    if (!r->running)
        return "it is not running";
    r->running = false;
    if (r->process != getpid())
        return "the process has been forked";
    r->device->stop(r->handle, &r->capture);
    return r->capture.lost ? "more packets than fit the buffer" : NULL;
}

static const char *decode(PtRecorder *r, PtTrace *trace) {
    return pt_decode(r->decoder, r->capture.packets, r->capture.size, trace);
}

__attribute__((visibility("default"))) const PtBackend *yk_pt_backend(void) {
    static const PtBackend backend = {.version = YK_PT_VERSION,
                                      .open = open_recorder,
                                      .close = close_recorder,
                                      .start = start,
                                      .stop = stop,
                                      .decode = decode};
    return &backend;
}
