// The floor under Squareoff's workers: the same function `commit`, the same arguments and the same
// loads, driven by the least program that can do it, on hiredis.
//
//   cc -O2 -o floor floor.c exits.c -lhiredis
//   floor SOCKET FUNCTION chain RATE SECONDS STREAMS
//   floor SOCKET FUNCTION tput MESSAGES BATCH
//   floor SOCKET FUNCTION exits FILE PACE
//
// chain  One reader behind each of so many streams; all but the last pass on what they get. Prints
//        how long a message takes from its XADD to the last reader.
// tput   One reader passes on that many messages, in batches. Prints messages a second.
// exits  See exits.c.
//
// FUNCTION is the name that `commit` has on this server. The arguments are those that
// Sources/squareoff/Benching/RelayStage.swift comes to for the same message.
#include "floor.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A message takes 33 words of a commit, and the rest of it 12.
enum { STATES = 4096, MOST = 256, FIELDS = 8, LONGEST = 64, WORDS = 34 * MOST };
static const char *server, *function;

static const char *streams[] = {
    "sq:{0}:exits", "sq:{0}:orders:exit", "sq:{0}:broker-events", "sq:{0}:order-updates",
    "sq:{0}:positions", "sq:{0}:orders:entry",
};

void fail(const char *what) { fprintf(stderr, "floor: %s\n", what); exit(1); }

uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

void sleepUntil(uint64_t due) {
    struct timespec time = { due / 1000000000ull, due % 1000000000ull };
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

redisContext *connected(void) {
    redisContext *c = redisConnectUnix(server);
    if (!c || c->err) fail(c ? c->errstr : "out of memory");
    return c;
}

redisReply *next(redisContext *c) {
    redisReply *reply;
    if (redisGetReply(c, (void **)&reply) != REDIS_OK) fail(c->errstr);
    if (reply->type == REDIS_REPLY_ERROR) fail(reply->str);
    return reply;
}

void skip(redisContext *c, int count) { while (count--) freeReplyObject(next(c)); }

static void run(redisContext *c, const char *format, ...) {
    va_list rest;
    va_start(rest, format);
    redisvAppendCommand(c, format, rest);
    va_end(rest);
    skip(c, 1);
}

double serverSeconds(redisContext *c) {
    redisReply *info = redisCommand(c, "INFO cpu");
    double total = 0;
    for (const char *name = "sys"; name; name = strcmp(name, "sys") ? NULL : "user") {
        char line[32];
        snprintf(line, sizeof line, "used_cpu_%s:", name);
        total += atof(strstr(info->str, line) + strlen(line));
    }
    freeReplyObject(info);
    return total;
}

// One command's words, collected.
typedef struct { const char *word[WORDS]; size_t length[WORDS]; int count; } Words;

static void add(Words *w, const char *word, size_t length) {
    if (w->count == WORDS) fail("a command of too many words");
    w->word[w->count] = word;
    w->length[w->count++] = length;
}
static void put(Words *w, const char *word) { add(w, word, strlen(word)); }

// One message and what is known of its state.
typedef struct {
    const char *id;
    redisReply *fields;
    int number, rev;
    char key[LONGEST], from[LONGEST], to[LONGEST];
} Message;

static void key(char *text, int number) {
    sprintf(text, "sq:{0}:order:bench-%04d-x1-1", number);
}

// The entries of a reply to XREADGROUP. Their state's number is the end of the field `number`.
static int decode(redisReply *reply, Message *messages) {
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) return 0;
    redisReply *entries = reply->element[0]->element[1];
    for (size_t i = 0; i < entries->elements; i++) {
        Message *m = &messages[i];
        m->id = entries->element[i]->element[0]->str;
        m->fields = entries->element[i]->element[1];
        m->number = strtoull(m->fields->element[5]->str, NULL, 10) % 100000 % STATES;
        key(m->key, m->number);
    }
    return entries->elements;
}

// One round trip for the states of all messages, and the clock.
static void load(redisContext *c, Message *messages, int count) {
    redisAppendCommand(c, "TIME");
    redisAppendCommand(c, "GET sq:{bus}:clock");
    for (int i = 0; i < count; i++) redisAppendCommand(c, "HGETALL %s", messages[i].key);
    skip(c, 2);
    for (int i = 0; i < count; i++) {
        redisReply *state = next(c);
        for (size_t f = 0; f + 1 < state->elements; f += 2)
            if (!strcmp(state->element[f]->str, "rev"))
                messages[i].rev = atoi(state->element[f + 1]->str);
        freeReplyObject(state);
    }
}

static void record(char *program, int *size, char code, int index, int count) {
    char bytes[] = { code, index >> 8, index & 255, count >> 8, count & 255 };
    memcpy(program + *size, bytes, 5);
    *size += 5;
}

// The same call as Squareoff's: see commit.lua for the program's letters.
static void commit(
    redisContext *c, const char *in, const char *out, Message *messages, int count
) {
    static Words words;
    static char program[20 * MOST + 16], keys[12], expected[12];
    int size = 0;
    words.count = 0;
    sprintf(keys, "%d", count + (out ? 2 : 1));
    sprintf(expected, "%d", count);
    put(&words, "FCALL");
    put(&words, function);
    put(&words, keys);
    put(&words, in);
    for (int i = 0; i < count && out; i++) {
        put(&words, messages[i].key);
        if (i == 0) put(&words, out);
    }
    record(program, &size, 'g', 1, 2);
    record(program, &size, 's', 1, 3);
    for (int i = 0; i < count; i++) {
        int state = i == 0 ? 2 : i + 3;
        record(program, &size, 'c', 1, 1);
        if (!out) continue;
        record(program, &size, 'F', state, 2);
        record(program, &size, 'X', 3, 1 + 2 * FIELDS);
        record(program, &size, 'H', state, 12);
    }
    add(&words, program, size);
    const char *owner[] = { "relay", "w", expected, messages[0].id, messages[count - 1].id };
    for (int i = 0; i < 5; i++) put(&words, owner[i]);
    for (int i = 0; i < count; i++) {
        Message *m = &messages[i];
        put(&words, m->id);
        if (!out) continue;
        sprintf(m->from, "%d", m->rev);
        sprintf(m->to, "%d", m->rev + 1);
        const char *guard[] = { "rev", m->from, "*" };
        for (int f = 0; f < 3; f++) put(&words, guard[f]);
        for (int f = 0; f < 2 * FIELDS; f++)
            add(&words, m->fields->element[f]->str, m->fields->element[f]->len);
        const char *state[] = { "status", "filled", "average_price", "number", "finished_at" };
        int place[] = { 9, 11, 13, 5, 15 };
        for (int f = 0; f < 5; f++) {
            put(&words, state[f]);
            add(&words, m->fields->element[place[f]]->str, m->fields->element[place[f]]->len);
        }
        put(&words, "rev");
        put(&words, m->to);
    }
    redisAppendCommandArgv(c, words.count, words.word, words.length);
}

static void ask(redisContext *c, const char *in, int batch, int block) {
    char wait[32] = "";
    if (block) sprintf(wait, " BLOCK %d", block);
    char command[256];
    sprintf(command, "XREADGROUP GROUP relay w COUNT %d%s STREAMS %s >", batch, wait, in);
    redisAppendCommand(c, command);
}

// Passes on what comes, until `limit` messages have come: [commit][read of the next] in one write.
static void relay(
    const char *in, const char *out, int batch, int block, int limit, double *latencies
) {
    redisContext *c = connected();
    static Message messages[MOST];
    int done = 0;
    ask(c, in, batch, block);
    redisReply *reply = next(c);
    while (done < limit) {
        uint64_t arrived = now();
        int count = decode(reply, messages);
        if (latencies)
            for (int i = 0; i < count; i++)
                latencies[done + i] =
                    (arrived - strtoull(messages[i].fields->element[3]->str, NULL, 10)) / 1e3;
        if (out && count) load(c, messages, count);
        if (count) commit(c, in, out, messages, count);
        done += count;
        if (done < limit) ask(c, in, batch, block);
        if (count) {
            redisReply *verdict = next(c);
            if (verdict->type != REDIS_REPLY_INTEGER || verdict->integer) fail("not applied");
            freeReplyObject(verdict);
        }
        redisReply *old = reply;
        reply = done < limit ? next(c) : NULL;
        freeReplyObject(old);
    }
    _exit(0);
}

// `text` receives the number as a broker would write it.
static void append(redisContext *c, const char *stream, int number) {
    redisAppendCommand(c,
        "XADD %s * account bench source %llu number 26112500%05d order bench-%04d-x1-1 "
        "status TRADED filled 35 average_price 100.05 at 1795632000000",
        stream, (unsigned long long)now(), number, number % STATES);
}

static redisContext *prepared(int count) {
    redisContext *c = connected();
    run(c, "FLUSHALL");
    for (int i = 0; i < count; i++) run(c, "XGROUP CREATE %s relay 0 MKSTREAM", streams[i]);
    for (int i = 0; i < STATES; i++) {
        char name[LONGEST];
        key(name, i);
        run(c, "HSET %s status PENDING filled 0 average_price 0.00 number 0 finished_at 0 rev 1",
            name);
    }
    return c;
}

static int ascending(const void *a, const void *b) {
    double x = *(double *)a, y = *(double *)b;
    return (x > y) - (x < y);
}

double *sharedLatencies(int count) {
    return mmap(NULL, sizeof(double) * count, PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

void report(double *latencies, int count, double spent) {
    qsort(latencies, count, sizeof(double), ascending);
    printf("p50=%.1fus p90=%.1fus p99=%.1fus redis_cpu=%.2f us/msg\n", latencies[count / 2],
        latencies[count * 9 / 10], latencies[count * 99 / 100], spent * 1e6 / count);
}

static void chain(int rate, int seconds, int length) {
    int count = rate * seconds;
    redisContext *c = prepared(length);
    double *latencies = sharedLatencies(count + MOST);
    pid_t last = 0;
    for (int i = 0; i < length; i++) {
        int isLast = i + 1 == length;
        if ((last = fork()) == 0)
            relay(streams[i], isLast ? NULL : streams[i + 1], 256, 1000, count,
                isLast ? latencies : NULL);
    }
    usleep(200000);
    double before = serverSeconds(c);
    uint64_t start = now();
    for (int i = 0; i < count; i++) {
        sleepUntil(start + i * (1000000000ull / rate));
        append(c, streams[0], i);
        skip(c, 1);
    }
    waitpid(last, NULL, 0);
    report(latencies, count, serverSeconds(c) - before);
}

static void throughput(int count, int batch) {
    redisContext *c = prepared(2);
    for (int i = 0; i < count; i++) {
        append(c, streams[0], i);
        if (i % 500 == 499 || i + 1 == count) skip(c, i % 500 + 1);
    }
    double before = serverSeconds(c);
    uint64_t start = now();
    pid_t worker = fork();
    if (worker == 0) relay(streams[0], streams[1], batch, 0, count, NULL);
    int status;
    waitpid(worker, &status, 0);
    if (status) fail("the reader failed");
    double elapsed = (now() - start) / 1e9, spent = serverSeconds(c) - before;
    printf("%.0f msg/s redis_cpu=%.2f us/msg\n", count / elapsed, spent * 1e6 / count);
}

int main(int count, char **words) {
    if (count < 6) fail("usage: floor SOCKET FUNCTION chain|tput|exits …, see the source");
    server = words[1];
    function = words[2];
    if (!strcmp(words[3], "chain") && count == 7)
        chain(atoi(words[4]), atoi(words[5]), atoi(words[6]));
    else if (!strcmp(words[3], "tput")) throughput(atoi(words[4]), atoi(words[5]));
    else if (!strcmp(words[3], "exits")) exits(words[4], strtoull(words[5], NULL, 10));
    else fail("chain, tput or exits");
    return 0;
}
