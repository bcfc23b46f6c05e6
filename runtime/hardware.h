/* Recording by hardware (Intel PT, tier1-trace/pt/): chosen by the configuration, where the machine
 * has it. Nothing of it is loaded before it is used. */
#ifndef YK_HARDWARE_H
#define YK_HARDWARE_H

#include "../tier1-trace/pt/pt.h"
#include "../tier1-trace/replay.h"
#include "config.h"

typedef struct YkHardware {
    const PtBackend *backend; /* NULL: the software recorder records */
    PtRecorder *recorder;
    Reported reported;
    bool tried;       /* whether there is one has been found out */
    bool running;     /* a recording */
    bool verifies;    /* both recorders record, and are compared */
    unsigned in_vain; /* recordings, the last ones, that could not be used */
    struct {
        uint64_t recordings, failures, equal, different;
        uint64_t bytes, marks, decode_ns;
    } counts;
} YkHardware;

/* Whether a recorder that the configuration asks for by name is there. False: *error is a text to
 * free(), or NULL without memory. */
bool hardware_check(const YkConfig *config, char **error);

/* Behind recording_begin: starts the hardware, if there is any to use. What runs next are the
 * record clones if it does not or `verifies` is set, else the marked clones. */
bool hardware_start(YkHardware *h, const YkConfig *config);
/* The recording has ended: fills in `r` from what the hardware has seen, or compares both. In front
 * of recording_end. */
void hardware_finish(YkHardware *h, const YkConfig *config, Recording *r, const AotModule *module,
                     uint32_t long_blocks);
/* A longjmp has left the recording. */
void hardware_abandon(YkHardware *h);
void hardware_close(YkHardware *h, const YkConfig *config);

#endif
