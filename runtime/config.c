/* Configuration values: the table made from config.def, and every source but the file.
 *
 * All sources hand text to config_assign, so that a value is spelled, checked and complained about
 * the same way wherever it comes from. This runs at every start of a program: without a file and
 * without settings it copies the defaults, reads the environment, asks the kernel once whether
 * there is a file, and calls little else, because a first call into libc costs a microsecond.
 */
#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_internal.h"

#define DEFAULT(key, default_, ...) .key = default_,
#define DEFAULT_CHOICE(key, type, default_, ...) .key = default_,

static const YkConfig defaults = {YK_CONFIG(DEFAULT, DEFAULT, DEFAULT_CHOICE, DEFAULT)};

typedef enum KeyType { KEY_BOOL, KEY_INT, KEY_ENUM, KEY_STRING } KeyType;

/* The part of a row that says how to store it; the other part is YkConfigKey. */
typedef struct KeyStorage {
    KeyType type;
    size_t offset;
    int smallest, largest; /* KEY_INT only */
} KeyStorage;

#define TEXT(...) TEXT_OF(__VA_ARGS__)
#define TEXT_OF(...) #__VA_ARGS__

#define KEY_BOOL_ROW(key, default_, help) {#key, "on, off", help},
#define KEY_INT_ROW(key, default_, smallest, largest, help)                                        \
    {#key, TEXT(smallest) " to " TEXT(largest), help},
#define KEY_CHOICE(constant, word) ", " word
#define KEY_ENUM_ROW(key, type, default_, choices, help)                                           \
    {#key, &(choices(KEY_CHOICE))[sizeof(", ") - 1], help},
#define KEY_STRING_ROW(key, default_, help) {#key, "text", help},

static const YkConfigKey keys[] = {
    YK_CONFIG(KEY_BOOL_ROW, KEY_INT_ROW, KEY_ENUM_ROW, KEY_STRING_ROW)};

#define KEY_BOOL_STORAGE(key, ...) {KEY_BOOL, offsetof(YkConfig, key), 0, 0},
#define KEY_INT_STORAGE(key, default_, smallest, largest, help)                                    \
    {KEY_INT, offsetof(YkConfig, key), smallest, largest},
#define KEY_ENUM_STORAGE(key, ...) {KEY_ENUM, offsetof(YkConfig, key), 0, 0},
#define KEY_STRING_STORAGE(key, ...) {KEY_STRING, offsetof(YkConfig, key), 0, 0},

static const KeyStorage storage[] = {
    YK_CONFIG(KEY_BOOL_STORAGE, KEY_INT_STORAGE, KEY_ENUM_STORAGE, KEY_STRING_STORAGE)};

enum { KEY_COUNT = sizeof keys / sizeof keys[0], KEY_NAME_MAX = 32 };

/* The choices are stored through an int. */
static_assert(sizeof(YkLog) == sizeof(int) && sizeof(YkAllocator) == sizeof(int) &&
                  sizeof(YkRecorder) == sizeof(int),
              "an enumeration without negative constants is as wide as int");

bool config_fail(char **error, const char *format, ...) {
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        if (vasprintf(error, format, arguments) < 0)
            *error = NULL;
        va_end(arguments);
    }
    return false;
}

static int find_key(const char *name) {
    for (int i = 0; i < KEY_COUNT; i++)
        if (strcmp(keys[i].name, name) == 0)
            return i;
    return -1;
}

/* Number of insertions, deletions and replacements that turn one word into the other. */
static int edit_distance(const char *word, const char *key) {
    int row[KEY_NAME_MAX + 1];
    int length = (int)strlen(key);
    assert(length <= KEY_NAME_MAX);
    for (int j = 0; j <= length; j++)
        row[j] = j;
    for (int i = 0; word[i]; i++) {
        int diagonal = row[0];
        row[0] = i + 1;
        for (int j = 0; j < length; j++) {
            int best = diagonal + (tolower((unsigned char)word[i]) != key[j]);
            best = row[j] + 1 < best ? row[j] + 1 : best;
            diagonal = row[j + 1];
            row[j + 1] = diagonal + 1 < best ? diagonal + 1 : best;
        }
    }
    return row[length];
}

/* The key that a misspelt word probably means, or NULL. */
static const char *closest_key(const char *word) {
    const char *closest = NULL;
    int least = 3; /* a third slip in a word is no longer a slip, nor is one in half of it */
    if (strlen(word) > KEY_NAME_MAX)
        return NULL;
    for (int i = 0; i < KEY_COUNT; i++) {
        int distance = edit_distance(word, keys[i].name);
        if (distance < least && 2 * distance < (int)strlen(keys[i].name)) {
            least = distance;
            closest = keys[i].name;
        }
    }
    return closest;
}

void config_suggest(const char *word, char *text, size_t size) {
    const char *key = closest_key(word);
    text[0] = '\0';
    if (key)
        snprintf(text, size, " (did you mean '%s'?)", key);
}

static bool parse_bool(const char *value, bool *result) {
    static const char *const words[] = {"off", "on", "false", "true", "no", "yes", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(value, words[i]) == 0) {
            *result = i % 2;
            return true;
        }
    return false;
}

/* Finds a word in "first, second, third" and stores its position. */
static bool parse_choice(const char *value, const char *choices, int *result) {
    size_t length = strlen(value);
    for (int n = 0;; n++) {
        size_t word = strcspn(choices, ",");
        if (word == length && strncasecmp(choices, value, length) == 0) {
            *result = n;
            return true;
        }
        if (!choices[word])
            return false;
        choices += word + strlen(", ");
    }
}

/* True if the text is a whole decimal number. One that long does not hold becomes the nearest. */
static bool parse_number(const char *value, long *result) {
    const char *digits = value + (*value == '-' || *value == '+');
    if (!*digits || digits[strspn(digits, "0123456789")])
        return false;
    *result = strtol(value, NULL, 10);
    return true;
}

bool config_assign(YkConfig *config, const char *key, const char *value,
                   char message[CONFIG_MESSAGE_SIZE]) {
    int n = find_key(key);
    if (n < 0) {
        char suggestion[64];
        config_suggest(key, suggestion, sizeof suggestion);
        snprintf(message, CONFIG_MESSAGE_SIZE, "no such option '%.40s'%s", key, suggestion);
        return false;
    }
    void *member = (char *)config + storage[n].offset;
    long number;
    switch (storage[n].type) {
    case KEY_BOOL:
        if (parse_bool(value, member))
            return true;
        snprintf(message, CONFIG_MESSAGE_SIZE, "expected on or off, got '%.40s'", value);
        return false;
    case KEY_INT:
        if (!parse_number(value, &number)) {
            snprintf(message, CONFIG_MESSAGE_SIZE, "expected a whole number, got '%.40s'", value);
            return false;
        }
        if (number < storage[n].smallest || number > storage[n].largest) {
            snprintf(message, CONFIG_MESSAGE_SIZE, "%.40s is out of range (%s)", value,
                     keys[n].values);
            return false;
        }
        *(int *)member = (int)number;
        return true;
    case KEY_ENUM:
        if (parse_choice(value, keys[n].values, member))
            return true;
        snprintf(message, CONFIG_MESSAGE_SIZE, "expected one of %s; got '%.40s'", keys[n].values,
                 value);
        return false;
    case KEY_STRING:
        if (strlen(value) > YK_CONFIG_STRING_MAX) {
            snprintf(message, CONFIG_MESSAGE_SIZE, "longer than %d bytes", YK_CONFIG_STRING_MAX);
            return false;
        }
        if (strchr(value, '\n')) {
            snprintf(message, CONFIG_MESSAGE_SIZE, "line break in the value (missing quote?)");
            return false;
        }
        strcpy(member, value);
        return true;
    }
    __builtin_unreachable();
}

void yk_config_defaults(YkConfig *config) {
    *config = defaults;
}

bool yk_config_set(YkConfig *config, const char *key_equals_value, const char *origin,
                   char **error) {
    const char *space = origin ? " " : "";
    const char *equals = strchr(key_equals_value, '=');
    char key[YK_CONFIG_STRING_MAX], message[CONFIG_MESSAGE_SIZE];
    origin = origin ? origin : "";
    if (!equals || equals == key_equals_value)
        return config_fail(error, "%s%s%s: expected key=value", origin, space, key_equals_value);
    snprintf(key, sizeof key, "%.*s", (int)(equals - key_equals_value), key_equals_value);
    if (!config_assign(config, key, equals + 1, message))
        return config_fail(error, "%s%s%s: %s", origin, space, key_equals_value, message);
    return true;
}

bool yk_config_check(const YkConfig *config, char **error) {
    for (int i = 0; i < KEY_COUNT; i++) {
        const void *member = (const char *)config + storage[i].offset;
        int value;
        switch (storage[i].type) {
        case KEY_BOOL:
            break;
        case KEY_INT:
            value = *(const int *)member;
            if (value < storage[i].smallest || value > storage[i].largest)
                return config_fail(error, "%s: %d is out of range (%s)", keys[i].name, value,
                                   keys[i].values);
            break;
        case KEY_ENUM: {
            int choices = 1;
            for (const char *c = keys[i].values; *c; c++)
                choices += *c == ',';
            value = *(const int *)member;
            if (value < 0 || value >= choices)
                return config_fail(error, "%s: %d is none of the choices (%s)", keys[i].name, value,
                                   keys[i].values);
            break;
        }
        case KEY_STRING:
            if (!memchr(member, '\0', YK_CONFIG_STRING_MAX + 1))
                return config_fail(error, "%s: longer than %d bytes", keys[i].name,
                                   YK_CONFIG_STRING_MAX);
            break;
        }
    }
    return true;
}

/* Sets the key that an environment entry "YK_KEY=value" names. */
static bool set_from_variable(YkConfig *config, const char *entry, char **error) {
    const char *equals = strchrnul(entry, '=');
    int length = (int)(equals - entry), name_length = length - (int)strlen("YK_");
    char key[KEY_NAME_MAX + 1] = "", message[CONFIG_MESSAGE_SIZE];
    bool capitals = true;
    if (!*equals || !equals[1])
        return true;
    for (int i = 0; i < name_length && i < KEY_NAME_MAX; i++) {
        char c = entry[strlen("YK_") + i];
        capitals = capitals && !islower((unsigned char)c);
        key[i] = (char)tolower((unsigned char)c);
    }
    if (!capitals || name_length > KEY_NAME_MAX || find_key(key) < 0) {
        char suggestion[KEY_NAME_MAX + 32] = "";
        const char *meant = closest_key(key);
        if (meant) {
            int n = snprintf(suggestion, sizeof suggestion, " (did you mean YK_%s?)", meant);
            for (char *c = suggestion + n - strlen(meant) - strlen("?)"); *c; c++)
                *c = (char)toupper((unsigned char)*c);
        }
        return config_fail(error, "%.*s: no such option%s", length, entry, suggestion);
    }
    if (!config_assign(config, key, equals + 1, message))
        return config_fail(error, "%.*s: %s", length, entry, message);
    return true;
}

static bool set_from_environment(YkConfig *config, char **error) {
    for (char **entry = environ; entry && *entry; entry++) {
        if (strncmp(*entry, "YK_", strlen("YK_")) != 0 ||
            strncmp(*entry, "YK_CONFIG=", strlen("YK_CONFIG=")) == 0)
            continue;
        if (!set_from_variable(config, *entry, error))
            return false;
    }
    return true;
}

/* Finds the user's own file by the rules of the XDG base directory specification, which wants
 * relative paths ignored. A folder that may not be searched holds no file for this user. */
static bool find_user_file(char *path, size_t size) {
    const char *folder = getenv("XDG_CONFIG_HOME"), *below = "";
    if (!folder || folder[0] != '/') {
        folder = getenv("HOME");
        below = "/.config";
        if (!folder || folder[0] != '/')
            return false;
    }
    static const char name[] = "/yk/yk.conf";
    size_t length = strlen(folder), below_length = strlen(below);
    if (length + below_length + sizeof name > size)
        return false;
    memcpy(path, folder, length);
    memcpy(path + length, below, below_length);
    memcpy(path + length + below_length, name, sizeof name);
    struct stat status;
    return stat(path, &status) == 0;
}

bool yk_config_load(YkConfig *out, char **error) {
    YkConfig config;
    char path[4096];
    const char *named = getenv("YK_CONFIG");
    yk_config_defaults(out);
    config = *out;
    if (named && *named) {
        if (!config_read_file(&config, named, "YK_CONFIG: ", error))
            return false;
    } else if (find_user_file(path, sizeof path)) {
        if (!config_read_file(&config, path, "", error))
            return false;
    }
    if (!set_from_environment(&config, error))
        return false;
    *out = config;
    return true;
}

const YkConfigKey *yk_config_keys(size_t *count) {
    *count = KEY_COUNT;
    return keys;
}

void yk_config_value(const YkConfig *config, size_t row, char *text, size_t size) {
    const void *member = (const char *)config + storage[row].offset;
    switch (storage[row].type) {
    case KEY_BOOL:
        snprintf(text, size, "%s", *(const bool *)member ? "on" : "off");
        break;
    case KEY_INT:
        snprintf(text, size, "%d", *(const int *)member);
        break;
    case KEY_ENUM: {
        const char *choice = keys[row].values;
        for (int n = *(const int *)member; n > 0; n--)
            choice += strcspn(choice, ",") + strlen(", ");
        snprintf(text, size, "%.*s", (int)strcspn(choice, ","), choice);
        break;
    }
    case KEY_STRING:
        snprintf(text, size, "%s", (const char *)member);
        break;
    }
}

void yk_config_help(FILE *out) {
    fputs("Options (-O key=value), also lines of the configuration file (key = value) and\n"
          "environment variables (YK_KEY=value):\n",
          out);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        char value[YK_CONFIG_STRING_MAX + 1];
        yk_config_value(&defaults, i, value, sizeof value);
        fprintf(out, "\n  %s  %s; default %s\n      %s.\n", keys[i].name, keys[i].values,
                *value ? value : "empty", keys[i].help);
    }
}
