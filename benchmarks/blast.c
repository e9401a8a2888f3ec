/* A load generator that costs little: keep-alive connections in one epoll loop, bodies dropped inside the kernel.
 *
 *   blast PORT PATH CONNECTIONS SECONDS PACE [HEADER-LINE…]
 *
 * PATH may be several, in lines: each connection begins at another one and asks for one after the other, as somebody
 * does who scrolls. PACE is how often in a second a connection asks at most; 0 is as soon as the last answer is there.
 *
 * Prints one JSON object: finished requests, seconds, body bytes, failures, milliseconds p50, p95 and p99 from sending
 * a request to its last byte. Answers may be of known length or chunked (RFC 9112 §7.1). Only loopback is spoken to.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_BYTES = 16384, DROP_BYTES = 1 << 22, MOST_LATENCIES = 1 << 22 };

/* What the next bytes of a connection are. A chunk's data is followed by CRLF, the last chunk by an empty line. */
enum state { RESTING, IN_HEAD, IN_BODY, IN_CHUNK_SIZE, IN_CHUNK_DATA, IN_LAST_LINE };

struct connection {
    int fd;
    enum state state;
    char line[HEAD_BYTES];
    int filled;
    long left;
    long next;
    double sent;
    double due;
};

static char *port, **paths, headers[8192];
static long path_count;
static double pace;
static struct sockaddr_in server = {.sin_family = AF_INET};
static int epoll_fd;
static double *latencies;
static long finished, failures;
static double body_bytes;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void give_up(const char *what) {
    perror(what);
    exit(1);
}

static void ask(struct connection *c) {
    c->state = IN_HEAD;
    c->filled = 0;
    c->sent = now();
    char request[HEAD_BYTES];
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n%s\r\n",
                          paths[c->next++ % path_count], port, headers);
    if (send(c->fd, request, length, MSG_NOSIGNAL) != length) give_up("send");
}

/* Ask as soon as the pace allows it. */
static void turn_to_next(struct connection *c) {
    c->state = RESTING;
    if (pace <= 0 || now() >= c->due) ask(c);
}

static void open_connection(struct connection *c) {
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, (struct sockaddr *)&server, sizeof server)) give_up("connect");
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event);
    turn_to_next(c);
}

static void reopen(struct connection *c) {
    failures++;
    close(c->fd);
    open_connection(c);
}

static void finish(struct connection *c) {
    if (finished < MOST_LATENCIES) latencies[finished] = now() - c->sent;
    finished++;
    c->due = c->sent + (pace > 0 ? 1 / pace : 0);
    turn_to_next(c);
}

/* Read up to and with `end`, byte by byte where needed so that nothing of the body is taken. 1 done, 0 wait, -1 closed. */
static int read_until(struct connection *c, const char *end) {
    char peeked[HEAD_BYTES];
    int room = HEAD_BYTES - 1 - c->filled;
    if (room <= 0) return -1;
    long got = recv(c->fd, peeked, room, MSG_PEEK);
    if (got <= 0) return got < 0 && errno == EAGAIN ? 0 : -1;
    memcpy(c->line + c->filled, peeked, got);
    c->line[c->filled + got] = 0;
    char *found = strstr(c->line, end);
    long take = found ? found + strlen(end) - c->line - c->filled : got;
    if (recv(c->fd, peeked, take, 0) != take) return -1;
    c->filled += take;
    c->line[c->filled] = 0;
    return found ? 1 : 0;
}

/* Drop what is left of the body or chunk in the kernel (MSG_TRUNC). 1 done, 0 wait, -1 closed. */
static int drop(struct connection *c) {
    while (c->left > 0) {
        long got = recv(c->fd, NULL, c->left < DROP_BYTES ? c->left : DROP_BYTES, MSG_TRUNC);
        if (got <= 0) return got < 0 && errno == EAGAIN ? 0 : -1;
        c->left -= got;
        body_bytes += got;
    }
    return 1;
}

static int after_head(struct connection *c) {
    if (strncmp(c->line + 9, "200", 3)) failures++;
    char *length = strcasestr(c->line, "\r\ncontent-length:");
    if (length) {
        c->left = atol(length + 17);
        c->state = IN_BODY;
    } else if (strcasestr(c->line, "\r\ntransfer-encoding: chunked")) {
        c->state = IN_CHUNK_SIZE;
    } else {
        fprintf(stderr, "an answer of unknown length: %.300s\n", c->line);
        exit(2);
    }
    c->filled = 0;
    return 1;
}

static int after_chunk_size(struct connection *c) {
    long size = strtol(c->line, NULL, 16);
    c->state = size ? IN_CHUNK_DATA : IN_LAST_LINE;
    c->left = size + 2;
    body_bytes -= size ? 2 : 0;
    c->filled = 0;
    return 1;
}

/* Take one step. 1 = another may be possible at once, 0 = wait, -1 = the connection has ended. */
static int step(struct connection *c) {
    int done;
    switch (c->state) {
    case RESTING:
        return recv(c->fd, (char[1]){0}, 1, MSG_PEEK) < 0 && errno == EAGAIN ? 0 : -1;
    case IN_HEAD:
        return (done = read_until(c, "\r\n\r\n")) == 1 ? after_head(c) : done;
    case IN_CHUNK_SIZE:
        return (done = read_until(c, "\r\n")) == 1 ? after_chunk_size(c) : done;
    case IN_CHUNK_DATA:
        if ((done = drop(c)) == 1) c->state = IN_CHUNK_SIZE;
        return done;
    case IN_BODY:
        if ((done = drop(c)) == 1) finish(c);
        return done == 1 ? 0 : done;
    case IN_LAST_LINE:
        if ((done = read_until(c, "\r\n")) == 1) finish(c);
        return done == 1 ? 0 : done;
    }
    return -1;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double percentile(long count, double part) {
    return count ? latencies[(long)((count - 1) * part)] * 1e3 : 0;
}

static void read_paths(char *text) {
    long most = 1;
    for (char *c = text; *c; c++) most += *c == '\n';
    paths = calloc(most, sizeof *paths);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) paths[path_count++] = line;
}

int main(int count, char **words) {
    if (count < 6) return fprintf(stderr, "blast PORT PATH CONNECTIONS SECONDS PACE [HEADER-LINE...]\n"), 2;
    port = words[1];
    read_paths(words[2]);
    server.sin_port = htons(atoi(port));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connections = atoi(words[3]);
    double seconds = atof(words[4]);
    pace = atof(words[5]);
    int n = 0;
    for (int i = 6; i < count; i++) n += snprintf(headers + n, sizeof headers - n, "%s\r\n", words[i]);

    latencies = malloc(sizeof(double) * MOST_LATENCIES);
    struct connection *all = calloc(connections, sizeof *all);
    epoll_fd = epoll_create1(0);
    double begun = now();
    for (int i = 0; i < connections; i++) {
        all[i].next = i * path_count / connections;
        all[i].due = begun + (pace > 0 ? i / pace / connections : 0);
        open_connection(all + i);
    }

    struct epoll_event events[64];
    while (now() < begun + seconds) {
        int ready = epoll_wait(epoll_fd, events, 64, pace > 0 ? 1 : 50);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            int more;
            while ((more = step(c)) == 1) {}
            if (more < 0) reopen(c);
        }
        for (int i = 0; i < connections && pace > 0; i++)
            if (all[i].state == RESTING) turn_to_next(all + i);
    }
    double took = now() - begun;
    long kept = finished < MOST_LATENCIES ? finished : MOST_LATENCIES;
    qsort(latencies, kept, sizeof(double), by_size);
    printf("{\"requests\": %ld, \"seconds\": %.4f, \"bytes\": %.0f, ", finished, took, body_bytes);
    printf("\"failures\": %ld, \"p50\": %.3f, \"p95\": %.3f, \"p99\": %.3f}\n", failures, percentile(kept, 0.5),
           percentile(kept, 0.95), percentile(kept, 0.99));
}
