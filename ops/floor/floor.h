// What the parts of the floor share.
#include <hiredis/hiredis.h>
#include <stdint.h>

void fail(const char *what) __attribute__((noreturn));
// Nanoseconds, by a clock that all processes share.
uint64_t now(void);
void sleepUntil(uint64_t due);
redisContext *connected(void);
redisReply *next(redisContext *c);
void skip(redisContext *c, int count);
// What the server's process has used.
double serverSeconds(redisContext *c);
// Room for so many latencies in microseconds, which the children write.
double *sharedLatencies(int count);
void report(double *latencies, int count, double serverSeconds);

// Plays the exits of a file, a tick every `pace` nanoseconds.
void exits(const char *path, uint64_t pace);
