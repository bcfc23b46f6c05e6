/* A device that stands in for a processor with Intel PT; see stepper.c. */
#ifndef YK_STEPPER_H
#define YK_STEPPER_H

#include "tier1-trace/pt/device.h"

const PtDevice *yk_pt_device(void);

/* To be called first in a signal handler that is to be recorded: the kernel clears the trap flag
 * for handlers. */
void stepper_in_handler(void);

#endif
