/* Driving a recording; see tier1_recording.c. */
#ifndef YK_TIER1_RECORDING_H
#define YK_TIER1_RECORDING_H

#include "tier1.h"

/* Records from the vector in *frame, which is at the head of `root`, or from `exit`; the other one
 * is NULL.
 * Returns how the last bytecode ended (AotCloneResult); the new vector is in *frame and the
 * recording, finished or aborted, in t1->recording. May longjmp. */
uint32_t tier1_record(YkTier1 *t1, YkFrame *frame, const YkHeader *root, const Exit *exit);

#endif
