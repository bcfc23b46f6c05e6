/* A structure as the result, of one word. */
#define GLOBALS                                                                                    \
    typedef struct Result {                                                                        \
        long value;                                                                                \
    } Result;
#define RESULT_TYPE Result
#define RESULT ((Result){total})
#define PRINT(x) printf("%ld\n", (x).value)
#include "shape.h"
