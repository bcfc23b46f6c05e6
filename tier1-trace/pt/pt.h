/* The Intel PT recorder as the run time sees it: a shared object of its own (libykpt.so), which is
 * loaded when the first recording by hardware begins. It contains the capture (perf_device.c) and
 * the decoder (decode.c, on libipt); nobody else knows of either. */
#ifndef YK_PT_H
#define YK_PT_H

#include "../../shared-ir/marks.h"

#include <stdbool.h>
#include <stddef.h>

#define YK_PT_VERSION 1u

typedef struct PtOptions {
    const YkMark *marks; /* the program's (marks.h); must outlive the recorder */
    size_t mark_count;
    size_t buffer_bytes; /* for the processor's packets: a power of two, at least a page */
    const char *device;  /* path of a shared object that stands in for the processor (device.h), or
                            "": the processor */
} PtOptions;

/* What a recording was, and what it cost. */
typedef struct PtTrace {
    const uint32_t *marks; /* YkMark.what of those passed, in order; valid until the next decode */
    size_t count;
    size_t bytes; /* of packets */
} PtTrace;

typedef struct PtRecorder PtRecorder;

/* What yk_pt_backend() returns. Texts are static unless the comment says otherwise. A recorder is
 * used by one thread at a time, at most one on each thread at a time. */
typedef struct PtBackend {
    uint32_t version;
    /* NULL: *error says why in a sentence, to be freed by the caller. */
    PtRecorder *(*open)(const PtOptions *options, char **error);
    void (*close)(PtRecorder *recorder);
    /* What the calling thread executes from here on is recorded. NULL, or why it is not. */
    const char *(*start)(PtRecorder *recorder);
    /* Ends that. NULL, or why what was recorded is not usable: it was more than fits the buffer,
     * the processor has lost packets. Does nothing in a child that was forked meanwhile. */
    const char *(*stop)(PtRecorder *recorder);
    /* Decodes what lies between the last start and stop. NULL, or why that is impossible. */
    const char *(*decode)(PtRecorder *recorder, PtTrace *trace);
} PtBackend;

const PtBackend *yk_pt_backend(void);

#endif
