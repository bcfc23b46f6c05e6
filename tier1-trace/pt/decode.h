/* From packets to marks. */
#ifndef YK_PT_DECODE_H
#define YK_PT_DECODE_H

#include "pt.h"

typedef struct PtDecoder PtDecoder;

/* NULL: no memory. */
PtDecoder *pt_decoder_new(const YkMark *marks, size_t count);
void pt_decoder_free(PtDecoder *decoder);

/* Decodes packets of the calling process, which has all that was executed still in its memory.
 * NULL, or a static text that says why that is impossible; then *trace is as far as it went. */
const char *pt_decode(PtDecoder *decoder, const uint8_t *packets, size_t size, PtTrace *trace);

#endif
