/* Writer of /tmp/perf-PID.map. The file is opened anew in a child process after fork, which has
 * another PID. A map of an earlier process with the same PID is replaced. */
#include "perf_map.h"
#include "../runtime/process_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int file = -1;
static pid_t owner;
static bool failed;

/* The folder may be written by everybody: never follow a link, never write to another's file. */
static void open_map(void) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/perf-%ld.map", (long)getpid());
    if (file >= 0)
        close(file);
    owner = getpid();
    unlink(path);
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) {
        fprintf(stderr, "[yk] cannot write %s: %s\n", path, strerror(errno));
        failed = true;
    }
}

void perf_map_add(const void *code, size_t size, const char *prefix, const char *name) {
    char line[768];
    process_lock();
    if (!failed && (file < 0 || owner != getpid()))
        open_map();
    if (!failed) {
        int length =
            snprintf(line, sizeof line, "%lx %zx %s%s\n", (unsigned long)code, size, prefix, name);
        if (length < 0 || (size_t)length >= sizeof line || write(file, line, length) != length)
            failed = true;
    }
    process_unlock();
}
