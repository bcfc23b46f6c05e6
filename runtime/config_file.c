/* The configuration file, read with libconfuse: lines "key = value", comments with #.
 *
 * libconfuse finds the words and counts the lines; every value is handed on as text to
 * config_assign. Three of its habits are handled here: it keeps the state of its lexer in globals,
 * so files are read under a lock and the lexer is brought back to its start after an error; it
 * ends the process if reading fails, so it is given memory to read; and it takes the end of the
 * file for the end of a string or comment that is not closed.
 */
#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_internal.h"

/* A file larger than this is not a configuration file. */
enum { FILE_SIZE_MAX = 1 << 20 };

/* Brings libconfuse's lexer from inside any string or comment back to its start. */
static const char close_all[] = "\n#\"#'#*/#\n";
/* A key of ours: it is seen only if the file did not end inside a string or comment. */
static const char probe_key[] = "end_of_file";
static const char probe_text[] = "end_of_file = 1\n";

/* What the callbacks of libconfuse need; it has no argument to pass it in. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    YkConfig *config;
    char message[CONFIG_MESSAGE_SIZE]; /* the first one; "" is none */
    int line;                          /* of the message */
    bool probe_seen;
} reader;

static void set_message(cfg_t *cfg, const char *text) {
    if (reader.message[0])
        return;
    snprintf(reader.message, sizeof reader.message, "%s", text);
    reader.line = cfg->line;
}

static int on_value(cfg_t *cfg, cfg_opt_t *option, const char *value, void *result) {
    char message[CONFIG_MESSAGE_SIZE], text[CONFIG_MESSAGE_SIZE];
    *(const char **)result = value;
    if (strcmp(option->name, probe_key) == 0) {
        reader.probe_seen = true;
        return 0;
    }
    if (config_assign(reader.config, option->name, value, message))
        return 0;
    snprintf(text, sizeof text, "%s: %.*s", option->name, CONFIG_MESSAGE_SIZE - 40, message);
    set_message(cfg, text);
    return -1;
}

static void on_error(cfg_t *cfg, const char *format, va_list arguments) {
    char text[128], whole[CONFIG_MESSAGE_SIZE], word[64], suggestion[64] = "";
    vsnprintf(text, sizeof text, format, arguments);
    if (strchr(text, '\n')) /* only a string can hold one */
        snprintf(text, sizeof text, "line break in a string (missing quote?)");
    if (sscanf(text, "no such option '%63[^']'", word) == 1)
        config_suggest(word, suggestion, sizeof suggestion);
    snprintf(whole, sizeof whole, "%s%s", text, suggestion);
    set_message(cfg, whole);
}

/* Parses `text` with libconfuse; the messages go to `reader`. */
static void parse(char *text) {
    size_t count;
    const YkConfigKey *keys = yk_config_keys(&count);
    const cfg_opt_t end = CFG_END(), probe = CFG_STR_CB(probe_key, NULL, CFGF_NODEFAULT, on_value);
    cfg_opt_t options[count + 2];
    for (size_t i = 0; i < count; i++) {
        options[i] = probe;
        options[i].name = keys[i].name;
    }
    options[count] = probe;
    options[count + 1] = end;
    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    if (!cfg) {
        snprintf(reader.message, sizeof reader.message, "not enough memory");
        return;
    }
    cfg_set_error_function(cfg, on_error);
    bool good = cfg_parse_buf(cfg, text) == CFG_SUCCESS;
    int line = cfg->line;
    if (good) {
        cfg_parse_buf(cfg, probe_text);
        if (!reader.probe_seen && !reader.message[0]) {
            set_message(cfg, "string or comment is not closed");
            reader.line = line; /* where the text ended */
        }
    } else if (!reader.message[0]) {
        set_message(cfg, "not enough memory");
    }
    if (reader.message[0])
        cfg_parse_buf(cfg, close_all);
    cfg_free(cfg);
}

/* Reads the whole file; the caller frees the text. Returns NULL with errno set on failure. */
static char *read_text(const char *path, size_t *length) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    ssize_t got = -1;
    char *text = malloc(FILE_SIZE_MAX + 1);
    *length = 0;
    while (text && *length < FILE_SIZE_MAX) {
        got = read(file, text + *length, FILE_SIZE_MAX - *length);
        if (got > 0)
            *length += (size_t)got;
        else if (got == 0 || errno != EINTR)
            break;
    }
    int problem = got > 0 ? EFBIG : got < 0 ? errno : 0;
    close(file);
    if (problem) {
        free(text);
        errno = problem;
        return NULL;
    }
    text[*length] = '\0';
    return text;
}

bool config_read_file(YkConfig *config, const char *path, const char *origin, char **error) {
    size_t length;
    char *text = read_text(path, &length);
    if (!text)
        return config_fail(error, "%s%s: %s", origin, path, strerror(errno));
    if (strlen(text) < length) {
        free(text);
        return config_fail(error, "%s%s: not a text file", origin, path);
    }
    int lines = 1; /* reaching the end, libconfuse has counted one more */
    for (size_t i = 0; i + 1 < length; i++)
        lines += text[i] == '\n';

    pthread_mutex_lock(&lock);
    reader.config = config;
    reader.message[0] = '\0';
    reader.probe_seen = false;
    parse(text);
    bool good = !reader.message[0];
    if (!good)
        config_fail(error, "%s:%d: %s", path, reader.line < lines ? reader.line : lines,
                    reader.message);
    pthread_mutex_unlock(&lock);
    free(text);
    return good;
}
