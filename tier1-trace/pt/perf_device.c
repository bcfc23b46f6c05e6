/* Intel PT through perf_event_open: the packets of one thread in user mode, in a ring that the
 * kernel fills (perf_event_open(2); tools/perf/Documentation/perf-intel-pt.txt in Linux).
 *
 * The event belongs to a thread: when another one records, it is opened anew. A child that was
 * forked inherits the descriptor, but the event goes on to count the parent. */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PMU "/sys/bus/event_source/devices/intel_pt"

typedef struct Perf {
    int fd;
    pid_t thread; /* that the event belongs to */
    struct perf_event_mmap_page *page;
    uint8_t *ring;
    size_t page_bytes, page_area, ring_bytes;
    uint8_t *packets; /* in one piece, if the ring has wrapped around */
    char reason[256]; /* why starting has failed */
} Perf;

/* ---- what the machine has ---- */

static bool read_number(const char *path, long *number) {
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool fine = fscanf(file, "%ld", number) == 1;
    fclose(file);
    return fine;
}

/* A field of the event's configuration: the first bit that the kernel names for it, or -1. */
static int format_bit(const char *field) {
    char path[256], text[64] = "";
    snprintf(path, sizeof path, PMU "/format/%s", field);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    int bit = -1;
    if (fgets(text, sizeof text, file) == NULL || sscanf(text, "config:%d", &bit) != 1)
        bit = -1;
    fclose(file);
    return bit;
}

/* Leaf 7 of CPUID tells whether the processor has Intel PT (bit 25 of EBX). */
static bool processor_has_pt(void) {
    unsigned eax, ebx, ecx, edx;
    __asm__("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(0), "c"(0));
    if (eax < 7)
        return false;
    __asm__("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(7), "c"(0));
    return ebx >> 25 & 1;
}

/* Why perf_event_open said no. */
static void explain_open(int error, char *text, size_t size) {
    long paranoid = 0;
    switch (error) {
    case EACCES:
    case EPERM:
        read_number("/proc/sys/kernel/perf_event_paranoid", &paranoid);
        snprintf(
            text, size,
            "no permission for perf_event_open: kernel.perf_event_paranoid is %ld; it must be 2 or "
            "less (sysctl kernel.perf_event_paranoid=2), or the program needs CAP_PERFMON",
            paranoid);
        break;
    case EBUSY:
        snprintf(text, size, "Intel PT is in use, by a hypervisor or for all processors");
        break;
    case ENOSYS:
        snprintf(text, size, "the kernel has no perf_event_open");
        break;
    default:
        snprintf(text, size, "perf_event_open for Intel PT fails: %s", strerror(error));
        break;
    }
}

static void explain_ring(int error, size_t bytes, char *text, size_t size) {
    long limit = 0;
    if (error == EPERM && read_number("/proc/sys/kernel/perf_event_mlock_kb", &limit))
        snprintf(
            text, size,
            "the ring of %zu KiB is more than may be locked in memory: raise "
            "kernel.perf_event_mlock_kb (%ld) or the limit on locked memory (ulimit -l), or set "
            "a smaller recorder_buffer_kib",
            bytes / 1024, limit);
    else
        snprintf(text, size, "no ring of %zu KiB for Intel PT: %s", bytes / 1024, strerror(error));
}

/* ---- the event ---- */

static void close_event(Perf *p) {
    if (p->ring != NULL)
        munmap(p->ring, p->ring_bytes);
    if (p->page != NULL)
        munmap(p->page, p->page_area);
    if (p->fd >= 0)
        close(p->fd);
    p->ring = NULL;
    p->page = NULL;
    p->fd = -1;
}

static bool describe(struct perf_event_attr *attr, Perf *p) {
    long type;
    if (!read_number(PMU "/type", &type)) {
        snprintf(p->reason, sizeof p->reason, "%s",
                 processor_has_pt() ? "the kernel offers no Intel PT (no " PMU ")"
                                    : "the processor has no Intel PT, or a hypervisor hides it");
        return false;
    }
    memset(attr, 0, sizeof *attr);
    attr->size = sizeof *attr;
    attr->type = (uint32_t)type;
    attr->disabled = 1;
    attr->exclude_kernel = 1;
    attr->exclude_hv = 1;
    /* Without "pt" and "branch" the kernel is old: it sets both itself. Returns are not compressed:
     * longjmp would confuse that. Time is of no use here. */
    static const char *const wanted[] = {"pt", "branch", "noretcomp"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        int bit = format_bit(wanted[i]);
        if (bit >= 0)
            attr->config |= UINT64_C(1) << bit;
    }
    return true;
}

static bool open_event(Perf *p) {
    struct perf_event_attr attr;
    if (!describe(&attr, p))
        return false;
    p->fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (p->fd < 0) {
        explain_open(errno, p->reason, sizeof p->reason);
        return false;
    }
    p->thread = (pid_t)syscall(SYS_gettid);
    p->page_area = 3 * p->page_bytes; /* the control page, two for records */
    void *page = mmap(NULL, p->page_area, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
    p->page = page != MAP_FAILED ? page : NULL;
    void *ring = MAP_FAILED;
    if (p->page != NULL) {
        p->page->aux_offset = p->page_area;
        p->page->aux_size = p->ring_bytes;
        /* Writable: the kernel stops when it is full, rather than overwriting what is old. */
        ring = mmap(NULL, p->ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd,
                    (off_t)p->page_area);
    }
    p->ring = ring != MAP_FAILED ? ring : NULL;
    if (p->ring != NULL)
        return true;
    explain_ring(errno, p->ring_bytes, p->reason, sizeof p->reason);
    close_event(p);
    return false;
}

static void perf_close(void *device) {
    Perf *p = device;
    close_event(p);
    free(p->packets);
    free(p);
}

static void *perf_open(size_t buffer_bytes, char **error) {
    Perf *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->fd = -1;
    p->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    p->ring_bytes = buffer_bytes;
    p->packets = malloc(buffer_bytes);
    if (p->packets != NULL && open_event(p))
        return p;
    *error = strdup(p->packets != NULL ? p->reason : "out of memory");
    perf_close(p);
    return NULL;
}

static const char *perf_start(void *device) {
    Perf *p = device;
    if (p->fd < 0 || p->thread != (pid_t)syscall(SYS_gettid)) {
        close_event(p);
        if (!open_event(p))
            return p->reason;
    }
    p->page->data_tail =
        atomic_load_explicit((_Atomic(__u64) *)&p->page->data_head, memory_order_acquire);
    p->page->aux_tail =
        atomic_load_explicit((_Atomic(__u64) *)&p->page->aux_head, memory_order_acquire);
    if (ioctl(p->fd, PERF_EVENT_IOC_ENABLE, 0) == 0)
        return NULL;
    snprintf(p->reason, sizeof p->reason, "Intel PT cannot be started: %s", strerror(errno));
    return p->reason;
}

/* Whether the kernel says, in the records since the start, that packets were lost. */
static bool lost_packets(const Perf *p) {
    const uint8_t *records = (const uint8_t *)p->page + p->page_bytes;
    size_t size = p->page_area - p->page_bytes;
    uint64_t head =
        atomic_load_explicit((_Atomic(__u64) *)&p->page->data_head, memory_order_acquire);
    bool lost = false;
    for (uint64_t at = p->page->data_tail; at < head;) {
        struct perf_event_header header;
        uint8_t record[256];
        for (size_t i = 0; i < sizeof header; i++)
            ((uint8_t *)&header)[i] = records[(at + i) % size];
        if (header.size < sizeof header)
            return true;
        for (size_t i = 0; i < header.size && i < sizeof record; i++)
            record[i] = records[(at + i) % size];
        uint64_t flags;
        if (header.type == PERF_RECORD_AUX) { /* header, offset, size, flags */
            memcpy(&flags, record + sizeof header + 16, sizeof flags);
            lost |= (flags & (PERF_AUX_FLAG_TRUNCATED | PERF_AUX_FLAG_PARTIAL)) != 0;
        }
        lost |= header.type == PERF_RECORD_LOST;
        at += header.size;
    }
    return lost;
}

static void perf_stop(void *device, PtCapture *capture) {
    Perf *p = device;
    bool stopped = ioctl(p->fd, PERF_EVENT_IOC_DISABLE, 0) == 0;
    uint64_t head =
        atomic_load_explicit((_Atomic(__u64) *)&p->page->aux_head, memory_order_acquire);
    uint64_t tail = p->page->aux_tail;
    size_t size = (size_t)(head - tail), first = (size_t)(tail % p->ring_bytes);
    *capture =
        (PtCapture){.size = size, .lost = !stopped || size > p->ring_bytes || lost_packets(p)};
    if (capture->lost)
        return;
    if (first + size <= p->ring_bytes) {
        capture->packets = p->ring + first;
        return;
    }
    memcpy(p->packets, p->ring + first, p->ring_bytes - first);
    memcpy(p->packets + p->ring_bytes - first, p->ring, size - (p->ring_bytes - first));
    capture->packets = p->packets;
}

const PtDevice *perf_device(void) {
    static const PtDevice device = {.version = YK_PT_DEVICE_VERSION,
                                    .open = perf_open,
                                    .close = perf_close,
                                    .start = perf_start,
                                    .stop = perf_stop};
    return &device;
}
