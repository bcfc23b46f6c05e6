/* Configuration: every setting of the system in one plain struct, and the ways to fill it.
 *
 * YkConfig has one member per line of config.def and no pointers: it is copied by assignment and
 * needs no release. Values come from, later ones overriding earlier ones: the built-in defaults,
 * the configuration file, YK_* environment variables, command line options, the embedding program.
 *
 *     YkConfig config;
 *     char *error = NULL;
 *     if (!yk_config_load(&config, &error) ||
 *         !yk_config_set(&config, "tier0_threshold=1", "-O", &error))
 *         ... print error, free(error), exit(1) ...
 *
 * Every function that can fail returns false, leaves the configuration as it was, and stores a
 * one-line message without a newline in *error, unless error is NULL. The caller frees the message
 * with free(); it is NULL when there was no memory for it.
 */
#ifndef YK_RUNTIME_CONFIG_H
#define YK_RUNTIME_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config.def"

#ifdef __cplusplus
extern "C" {
#endif

/* Longest value of a string key in bytes, without the terminating zero. */
#define YK_CONFIG_STRING_MAX 1023

#define YK_CHOICE_CONSTANT(constant, word) constant,
typedef enum YkLog { YK_LOG_CHOICES(YK_CHOICE_CONSTANT) } YkLog;
typedef enum YkAllocator { YK_ALLOCATOR_CHOICES(YK_CHOICE_CONSTANT) } YkAllocator;
typedef enum YkTier1Use { YK_TIER1_CHOICES(YK_CHOICE_CONSTANT) } YkTier1Use;
typedef enum YkRecorder { YK_RECORDER_CHOICES(YK_CHOICE_CONSTANT) } YkRecorder;
#undef YK_CHOICE_CONSTANT

typedef struct YkConfig YkConfig;
struct YkConfig {
#define YK_MEMBER_BOOL(key, ...) bool key;
#define YK_MEMBER_INT(key, ...) int key;
#define YK_MEMBER_ENUM(key, type, ...) type key;
#define YK_MEMBER_STRING(key, ...) char key[YK_CONFIG_STRING_MAX + 1];
    YK_CONFIG(YK_MEMBER_BOOL, YK_MEMBER_INT, YK_MEMBER_ENUM, YK_MEMBER_STRING)
#undef YK_MEMBER_BOOL
#undef YK_MEMBER_INT
#undef YK_MEMBER_ENUM
#undef YK_MEMBER_STRING
};

/* Sets every key to its built-in default. */
void yk_config_defaults(YkConfig *config);

/* Sets every key from the defaults, the configuration file and the environment, in that order.
 *
 * The file is the one that the variable YK_CONFIG names (it must exist), else
 * $XDG_CONFIG_HOME/yk/yk.conf, else ~/.config/yk/yk.conf (these may be missing); never a file in
 * the current folder. An environment variable is YK_ and the key in capitals; an empty one counts
 * as unset, and one that begins with YK_ and names no key is an error.
 *
 * Messages: "FILE:LINE: text", "FILE: text" when the file cannot be read, "YK_KEY: text". On
 * failure *out holds the defaults. May be called from several threads at once. */
bool yk_config_load(YkConfig *out, char **error);

/* Sets one key from "key=value". `origin` says where the text stood and begins the message: with
 * "-O" it is "-O key=value: text", with NULL "key=value: text". */
bool yk_config_set(YkConfig *config, const char *key_equals_value, const char *origin,
                   char **error);

/* Checks the ranges of a configuration whose members were assigned directly. Message:
 * "key: text". */
bool yk_config_check(const YkConfig *config, char **error);

/* Prints the keys for a person at a terminal: key, values, default, help. */
void yk_config_help(FILE *out);

/* A row of the table, for programs that print it in other ways. */
typedef struct YkConfigKey {
    const char *name;
    const char *values; /* "on, off"; "1 to 64"; the choices; "text" */
    const char *help;   /* a sentence without the full stop */
} YkConfigKey;

/* The rows in the order of config.def; *count receives their number. Static storage. */
const YkConfigKey *yk_config_keys(size_t *count);

/* Writes the value of the key in row `row` as it would stand in a file. A buffer of
 * YK_CONFIG_STRING_MAX + 1 bytes is enough for every value. */
void yk_config_value(const YkConfig *config, size_t row, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
