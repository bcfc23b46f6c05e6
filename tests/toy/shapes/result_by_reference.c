/* A structure as the result that is too large for registers. */
#define GLOBALS                                                                                    \
    typedef struct Result {                                                                        \
        long value, more[4];                                                                       \
    } Result;
#define RESULT_TYPE Result
#define RESULT ((Result){total, {1, 2, 3, 4}})
#define PRINT(x) printf("%ld\n", (x).value)
#include "shape.h"
