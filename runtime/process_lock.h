/* One lock for what all meta-tracers of a process share: the log, the perf map, the list of code
 * regions for debuggers, the configuration. All are used rarely and briefly. The lock is taken
 * around fork, so that a child never inherits it from a thread that it does not have. Never take
 * it twice, and call nothing foreign under it. */
#ifndef YK_PROCESS_LOCK_H
#define YK_PROCESS_LOCK_H

void process_lock(void);
void process_unlock(void);

#endif
