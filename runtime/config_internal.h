/* What config.c (values and sources) and config_file.c (the file) know of each other. */
#ifndef YK_RUNTIME_CONFIG_INTERNAL_H
#define YK_RUNTIME_CONFIG_INTERNAL_H

#include "config.h"

/* Room for the text of any message below, without the place it is about. */
#define CONFIG_MESSAGE_SIZE 256

/* Sets one key from text. On failure the configuration is unchanged and `message` says why. */
bool config_assign(YkConfig *config, const char *key, const char *value,
                   char message[CONFIG_MESSAGE_SIZE]);

/* Writes " (did you mean 'key'?)" if `word` is close to the name of a key, else "". */
void config_suggest(const char *word, char *text, size_t size);

/* Stores a formatted message in *error, as described in config.h, and returns false. */
bool config_fail(char **error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads the file `path` over what *config holds; *config is undefined after a failure. `origin`
 * begins the message when the file cannot be read at all: "" or "YK_CONFIG: ". */
bool config_read_file(YkConfig *config, const char *path, const char *origin, char **error);

#endif
