// Plays the exits of a recorded run again: the commands that the risk manager, the exit engine and
// the gateway have sent, in their order, each worker a process. Entries have other ids this time,
// which take the place of the recorded ones. Prints how long an exit takes, from its tick's XADD to
// the moment at which its order may go to the broker.
//
// The file is written by Sources/squareoff/Benching/ExitScript.swift.
#define _GNU_SOURCE
#include "floor.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STREAMS = 4, RECENT = 8, LONGEST = 96 };

// Commands as they are sent, and how many replies come.
typedef struct { char *bytes; size_t length; int replies; } Commands;

// An entry as it was recorded, and as it is called this time.
typedef struct { char recorded[LONGEST], here[LONGEST]; } Entry;

typedef struct { char key[LONGEST], from[LONGEST]; Entry *entries; int recorded, received; } Stream;

// A load, or the commits of a turn; `found` entries came with it, `orders` went out behind it.
typedef struct { int isTurn, found, orders; Commands commands; } Step;

typedef struct {
    char read[LONGEST];
    Stream streams[STREAMS];
    Step *steps;
    int streamCount, stepCount, taken;
    Entry *recent[RECENT];
} Worker;

static FILE *file;

static void words(const char *format, int count, ...) {
    char line[512];
    va_list rest;
    va_start(rest, count);
    if (!fgets(line, sizeof line, file) || vsscanf(line, format, rest) != count)
        fail("the file of exits has another form");
    va_end(rest);
}

static Commands commands(int replies) {
    Commands c = { .replies = replies };
    words("%zu", 1, &c.length);
    c.bytes = malloc(c.length + 1);
    if (fread(c.bytes, 1, c.length, file) != c.length) fail("the file of exits is cut off");
    return c;
}

static Stream *stream(Worker *w, const char *key) {
    for (int i = 0; i < w->streamCount; i++)
        if (!strcmp(w->streams[i].key, key)) return &w->streams[i];
    fail("an entry of a stream that is not read");
}

static void parse(Worker *w) {
    words("%d steps %d streams", 2, &w->stepCount, &w->streamCount);
    if (w->streamCount > STREAMS) fail("more streams than there is room for");
    words("%95[^\n]", 1, w->read);
    for (int i = 0; i < w->streamCount; i++) {
        words("%95s %95s", 2, w->streams[i].key, w->streams[i].from);
        w->streams[i].entries = calloc(w->stepCount * 64, sizeof(Entry));
    }
    w->steps = calloc(w->stepCount, sizeof(Step));
    for (int i = 0; i < w->stepCount; i++) {
        char kind[8], key[LONGEST], id[LONGEST];
        int replies;
        words("%7s %d %d %d", 4, kind, &replies, &w->steps[i].found, &w->steps[i].orders);
        w->steps[i].isTurn = !strcmp(kind, "turn");
        for (int e = 0; e < w->steps[i].found; e++) {
            words("%95s %95s", 2, key, id);
            Stream *s = stream(w, key);
            if (s->recorded == w->stepCount * 64) fail("more entries than there is room for");
            strcpy(s->entries[s->recorded++].recorded, id);
        }
        w->steps[i].commands = commands(replies);
    }
}

// The ids of what has just come stand in the commands under their recorded names, which are as long.
static void substitute(Worker *w, Commands c) {
    for (int i = 0; i < RECENT && w->recent[i]; i++) {
        size_t length = strlen(w->recent[i]->recorded);
        char *place = c.bytes, *end = c.bytes + c.length;
        while ((place = memmem(place, end - place, w->recent[i]->recorded, length))) {
            memcpy(place, w->recent[i]->here, length);
            place += length;
        }
    }
}

static void take(Worker *w, redisReply *reply) {
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        Stream *s = stream(w, reply->element[i]->element[0]->str);
        redisReply *found = reply->element[i]->element[1];
        for (size_t e = 0; e < found->elements; e++) {
            if (s->received == s->recorded) fail("an entry more than was recorded");
            Entry *entry = &s->entries[s->received++];
            strcpy(entry->here, found->element[e]->element[0]->str);
            if (strlen(entry->here) != strlen(entry->recorded)) fail("an id of another length");
            if (s->from[0] != '>') strcpy(s->from, entry->here);
            memmove(w->recent + 1, w->recent, (RECENT - 1) * sizeof *w->recent);
            w->recent[0] = entry;
            w->taken++;
        }
    }
    freeReplyObject(reply);
}

static void ask(Worker *w, redisContext *c, int block) {
    char command[STREAMS * 2 * LONGEST];
    int size = sprintf(command, block ? "%s BLOCK 1000 STREAMS" : "%s STREAMS", w->read);
    for (int i = 0; i < w->streamCount; i++)
        size += sprintf(command + size, " %s", w->streams[i].key);
    for (int i = 0; i < w->streamCount; i++)
        size += sprintf(command + size, " %s", w->streams[i].from);
    redisAppendCommand(c, command);
}

static void sendAll(redisContext *c, Commands commands) {
    if (redisAppendFormattedCommand(c, commands.bytes, commands.length) != REDIS_OK)
        fail("out of memory");
}

// Every change of a recorded commit was applied, and is again.
static void mustApply(redisContext *c, int commits) {
    while (commits--) {
        redisReply *verdict = next(c);
        if (verdict->type != REDIS_REPLY_INTEGER || verdict->integer) fail("not applied");
        freeReplyObject(verdict);
    }
}

static void play(Worker *w, uint64_t *handed) {
    redisContext *c = connected();
    int expected = 0, orders = 0;
    for (int i = 0; i < w->stepCount; i++) {
        Step *step = &w->steps[i];
        substitute(w, step->commands);
        sendAll(c, step->commands);
        if (!step->isTurn) {
            skip(c, step->commands.replies);
            continue;
        }
        expected += step->found;
        ask(w, c, w->taken < expected);
        mustApply(c, step->commands.replies);
        for (int n = 0; n < step->orders; n++) handed[orders++] = now();
        take(w, next(c));
        while (w->taken < expected) {
            ask(w, c, 1);
            take(w, next(c));
        }
    }
    _exit(0);
}

void exits(const char *path, uint64_t pace) {
    int count, workers, status;
    if (!(file = fopen(path, "r"))) fail("the file of exits cannot be read");
    words("%d ticks %d workers", 2, &count, &workers);
    Commands *ticks = calloc(count, sizeof(Commands));
    for (int i = 0; i < count; i++) ticks[i] = commands(1);
    double *latencies = sharedLatencies(2 * count);
    uint64_t *handed = (uint64_t *)latencies + count;
    redisContext *c = connected();
    pid_t children[workers];
    for (int i = 0; i < workers; i++) {
        Worker *w = calloc(1, sizeof(Worker));
        parse(w);
        for (int s = 0; s < w->streamCount; s++)
            if (w->streams[s].from[0] == '>') {
                redisAppendCommand(c, "XGROUP CREATE %s %s 0 MKSTREAM", w->streams[s].key,
                    strtok(strdup(w->read + strlen("XREADGROUP GROUP ")), " "));
                skip(c, 1);
            }
        if ((children[i] = fork()) == 0) play(w, handed);
    }
    usleep(200000);
    double before = serverSeconds(c);
    uint64_t start = now(), sent[count];
    for (int i = 0; i < count; i++) {
        sleepUntil(start + i * pace);
        sent[i] = now();
        sendAll(c, ticks[i]);
        skip(c, 1);
    }
    for (int i = 0; i < workers; i++)
        if (waitpid(children[i], &status, 0) < 0 || status) fail("a worker failed");
    double spent = serverSeconds(c) - before;
    for (int i = 0; i < count; i++) latencies[i] = (handed[i] - sent[i]) / 1e3;
    report(latencies, count, spent);
}
