/* The log. A file that cannot be opened is reported once, and standard error takes its place. */
#include "log.h"
#include "process_lock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static FILE *file;

static FILE *output(const YkConfig *config) {
    if (file == NULL && config->log_file[0] != '\0') {
        file = fopen(config->log_file, "ae");
        if (file == NULL) {
            fprintf(stderr, "[yk] cannot write %s: %s\n", config->log_file, strerror(errno));
            file = stderr;
        }
    }
    return file != NULL ? file : stderr;
}

void log_line(const YkConfig *config, const char *format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    process_lock();
    FILE *out = output(config);
    fprintf(out, "[yk] %s\n", line);
    fflush(out);
    process_unlock();
}
