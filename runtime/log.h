/* The log: one line per event, to standard error or to the configured file. */
#ifndef YK_LOG_H
#define YK_LOG_H

#include "config.h"

/* Writes "[yk] " and a formatted line. Lines of several threads do not mix. */
void log_line(const YkConfig *config, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
