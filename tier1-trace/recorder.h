/* Shared by the recorders: what the thread's recording is (record.c). */
#ifndef YK_RECORDER_H
#define YK_RECORDER_H

#include "replay.h"

/* NULL: nothing is reported. recording_begin and recording_end end it, too. */
void recorder_report_to(Reported *reported);
Reported *recorder_reported(void);
const AotModule *recorder_module(void);
/* Functions that are active, between yk_record_enter and yk_record_leave. */
uint32_t recorder_depth(void);

void reported_add(Reported *reported, uint64_t value);
void reported_enter(Reported *reported, uint32_t depth, uint32_t frame_bytes);

#endif
