/* Decoding with libipt's block decoder.
 *
 * The decoder needs the instructions that were executed. Those of the program and its libraries it
 * takes from their files, and remembers what it has understood; those that the JIT has made it
 * reads from the memory of the process, through a callback. /proc/self/maps says what is where.
 *
 * A block of libipt's, if it is told to end blocks at direct calls and jumps, is a stretch of
 * instructions one behind the other: the marks passed are those whose places lie in it. */
#include "decode.h"

#include <intel-pt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCKS_AT_LEAST 100000u
#define BLOCKS_PER_BYTE 1000u
#define CACHE_LIMIT                                                                                \
    (UINT64_C(256) << 20) /* of memory for the files' code, and for what is known of it */

typedef struct Place {
    uint64_t address;
    uint32_t what;
} Place;

typedef struct Range {
    uint64_t start, end;
} Range;

struct PtDecoder {
    Place *places; /* by address */
    size_t place_count;
    Range *ranges; /* of executable memory, by address */
    size_t range_count, range_capacity;
    uint64_t files; /* a hash of the mappings that have files */
    struct pt_image *image;
    struct pt_image_section_cache *sections; /* of files */
    uint32_t *marks;
    size_t mark_count, mark_capacity;
    bool no_memory;
};

static int by_address(const void *a, const void *b) {
    const Place *x = a, *y = b;
    return x->address < y->address ? -1 : x->address > y->address;
}

PtDecoder *pt_decoder_new(const YkMark *marks, size_t count) {
    PtDecoder *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->places = malloc((count + 1) * sizeof *d->places);
    if (d->places == NULL) {
        free(d);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        d->places[i] = (Place){(uintptr_t)&marks[i].offset + (uint64_t)(int64_t)marks[i].offset,
                               marks[i].what};
    d->place_count = count;
    qsort(d->places, count, sizeof *d->places, by_address);
    return d;
}

void pt_decoder_free(PtDecoder *d) {
    if (d == NULL)
        return;
    pt_image_free(d->image);
    pt_iscache_free(d->sections);
    free(d->places);
    free(d->ranges);
    free(d->marks);
    free(d);
}

/* ---- memory ---- */

static bool add_range(PtDecoder *d, Range range) {
    if (d->range_count == d->range_capacity) {
        size_t larger = d->range_capacity != 0 ? 2 * d->range_capacity : 64;
        Range *grown = realloc(d->ranges, larger * sizeof *grown);
        if (grown == NULL)
            return false;
        d->ranges = grown;
        d->range_capacity = larger;
    }
    d->ranges[d->range_count++] = range;
    return true;
}

static const Range *range_at(const PtDecoder *d, uint64_t address) {
    size_t low = 0, high = d->range_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (address >= d->ranges[middle].end)
            low = middle + 1;
        else
            high = middle;
    }
    return low < d->range_count && address >= d->ranges[low].start ? &d->ranges[low] : NULL;
}

static int read_code(uint8_t *buffer, size_t size, const struct pt_asid *asid, uint64_t ip,
                     void *context) {
    (void)asid;
    const Range *range = range_at(context, ip);
    if (range == NULL)
        return -pte_nomap;
    if (size > range->end - ip)
        size = range->end - ip;
    memcpy(buffer, (const void *)(uintptr_t)ip, size);
    return (int)size;
}

/* A line of /proc/self/maps. */
typedef struct Mapping {
    unsigned long start, end, offset, inode;
    const char *file; /* path; "": memory without a file */
} Mapping;

/* Reads one that is executable and may be read. */
static bool parse_mapping(char *line, Mapping *m) {
    char mode[8];
    int name = 0;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%lx-%lx %7s %lx %*s %lu %n", &m->start, &m->end, mode, &m->offset, &m->inode,
               &name) != 5 ||
        mode[0] != 'r' || mode[2] != 'x')
        return false;
    m->file = line[name] == '/' ? line + name : "";
    return true;
}

/* Whether the path still leads to the file that is mapped: programs are replaced while they run. */
static bool is_file(const Mapping *m) {
    struct stat status;
    return m->file[0] != '\0' && stat(m->file, &status) == 0 && status.st_ino == m->inode;
}

/* Calls `use` for each executable mapping, as long as it returns true. */
static bool each_mapping(PtDecoder *d, bool (*use)(PtDecoder *, const Mapping *)) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL)
        return false;
    char *line = NULL;
    size_t size = 0;
    bool fine = true;
    Mapping m;
    while (fine && getline(&line, &size, maps) > 0)
        if (parse_mapping(line, &m))
            fine = use(d, &m);
    free(line);
    fclose(maps);
    return fine;
}

static uint64_t mix(uint64_t hash, uint64_t value) {
    return (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
}

static bool note_mapping(PtDecoder *d, const Mapping *m) {
    if (m->file[0] != '\0')
        d->files = mix(mix(mix(d->files, m->start), m->end), m->inode ^ m->offset << 32);
    return add_range(d, (Range){m->start, m->end});
}

static bool add_file(PtDecoder *d, const Mapping *m) {
    int number = is_file(m) ? pt_iscache_add_file(d->sections, m->file, m->offset,
                                                  m->end - m->start, m->start)
                            : 0;
    if (number > 0)
        (void)pt_image_add_cached(d->image, d->sections, number, NULL);
    return true; /* what libipt cannot read is read from memory */
}

/* Finds out what may be read. Code that comes from files libipt keeps, with what it has understood
 * of it, from one decoding to the next. */
static bool read_maps(PtDecoder *d) {
    uint64_t before = d->files;
    d->range_count = 0;
    d->files = 1;
    if (!each_mapping(d, note_mapping))
        return false;
    if (d->image != NULL && d->files == before)
        return true;
    pt_image_free(d->image);
    pt_iscache_free(d->sections);
    d->image = pt_image_alloc(NULL);
    d->sections = pt_iscache_alloc(NULL);
    return d->image != NULL && d->sections != NULL &&
           pt_iscache_set_limit(d->sections, CACHE_LIMIT) >= 0 &&
           pt_image_set_callback(d->image, read_code, d) >= 0 && each_mapping(d, add_file);
}

/* ---- marks ---- */

static void add_mark(PtDecoder *d, uint32_t what) {
    if (d->mark_count == d->mark_capacity) {
        size_t larger = d->mark_capacity != 0 ? 2 * d->mark_capacity : 1024;
        uint32_t *grown = realloc(d->marks, larger * sizeof *grown);
        if (grown == NULL) {
            d->no_memory = true;
            return;
        }
        d->marks = grown;
        d->mark_capacity = larger;
    }
    d->marks[d->mark_count++] = what;
}

/* The marks at first <= address <= last. */
static void add_marks(PtDecoder *d, uint64_t first, uint64_t last) {
    const Place *places = d->places;
    if (d->place_count == 0 || last < places[0].address ||
        first > places[d->place_count - 1].address)
        return;
    size_t low = 0, high = d->place_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (places[middle].address < first)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < d->place_count && places[low].address <= last; low++)
        add_mark(d, places[low].what);
}

/* ---- packets ---- */

/* The processor's errata that decoding must know. */
static void identify(struct pt_config *config) {
    unsigned eax, ebx, ecx, edx;
    __asm__("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(0), "c"(0));
    if (ebx != 0x756e6547) /* Genu(ineIntel) */
        return;
    __asm__("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(1), "c"(0));
    unsigned family = eax >> 8 & 15, model = eax >> 4 & 15;
    if (family == 15)
        family += eax >> 20 & 255;
    if (family >= 6)
        model |= (eax >> 16 & 15) << 4;
    config->cpu = (struct pt_cpu){.vendor = pcv_intel,
                                  .family = (uint16_t)family,
                                  .model = (uint8_t)model,
                                  .stepping = (uint8_t)(eax & 15)};
    (void)pt_cpu_errata(&config->errata, &config->cpu);
}

/* Takes the events that wait; returns libipt's status. */
static int take_events(struct pt_block_decoder *decoder, int status, const char **why) {
    while (status >= 0 && (status & pts_event_pending)) {
        struct pt_event event;
        status = pt_blk_event(decoder, &event, sizeof event);
        if (status >= 0 && event.type == ptev_overflow)
            *why = "the processor has lost packets";
    }
    return status;
}

static const char *run(PtDecoder *d, struct pt_block_decoder *decoder, size_t size) {
    const char *why = NULL;
    int status = pt_blk_sync_forward(decoder);
    if (status == -pte_eos)
        return "no synchronisation point among the packets";
    /* Damaged packets may lead into a loop that needs none. */
    uint64_t blocks = BLOCKS_AT_LEAST + size * BLOCKS_PER_BYTE;
    while (status >= 0 && why == NULL && !d->no_memory) {
        if (blocks-- == 0)
            return "the packets lead into an endless loop";
        status = take_events(decoder, status, &why);
        if (status < 0 || why != NULL || (status & pts_eos))
            break;
        struct pt_block block;
        block.ninsn = 0;
        status = pt_blk_next(decoder, &block, sizeof block);
        if (block.ninsn != 0)
            add_marks(d, block.ip, block.end_ip);
    }
    if (d->no_memory)
        return "out of memory";
    if (why == NULL && status < 0 && status != -pte_eos)
        why = pt_errstr(pt_errcode(status));
    return why;
}

const char *pt_decode(PtDecoder *d, const uint8_t *packets, size_t size, PtTrace *trace) {
    struct pt_config config;
    pt_config_init(&config);
    config.begin = (uint8_t *)(uintptr_t)packets; /* libipt does not write there */
    config.end = config.begin + size;
    config.flags.variant.block.end_on_call = 1;
    config.flags.variant.block.end_on_jump = 1;
    identify(&config);
    d->mark_count = 0;
    d->no_memory = false;
    struct pt_block_decoder *decoder = read_maps(d) ? pt_blk_alloc_decoder(&config) : NULL;
    const char *why = "out of memory";
    if (decoder != NULL && pt_blk_set_image(decoder, d->image) >= 0)
        why = run(d, decoder, size);
    pt_blk_free_decoder(decoder);
    *trace = (PtTrace){.marks = d->marks, .count = d->mark_count, .bytes = size};
    return why;
}
