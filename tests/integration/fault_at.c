/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into a command: something happens at the n-th call that writes to, syncs or locks one
 * of the files that a test names. strace can do the same, and makes the command ten times slower.
 *
 * AT_FILES   paths, separated by colons; they need not exist yet
 * AT_CALLS   names from "write pwrite64 ftruncate fsync flock", separated by blanks
 * AT_NUMBER  which of these calls, counted together from 1
 * AT_ACTION  "kill": the process is killed before the call.
 *            "stop": it is stopped after the call, until it gets SIGCONT.
 *            "fail ERRNO" (a number): this call fails, and with "fail-on ERRNO" each later one too.
 * AT_MARK    a file that is made when it happens, with the number of the process
 *
 * Without AT_ACTION nothing happens. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum act { GO_ON, FAIL, STOP_AFTER };

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value == NULL ? "" : value;
}

/* Whether the word is in the list, whose words are separated by blanks. */
static int is_listed(const char *list, const char *word) {
  const size_t length = strlen(word);
  for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word)) {
    const int begins = at == list || at[-1] == ' ';
    if (begins && (at[length] == ' ' || at[length] == '\0')) return 1;
  }
  return 0;
}

static int is_named(int fd) {
  struct stat open_file, named;
  char path[4096];
  if (fstat(fd, &open_file) != 0) return 0;
  for (const char *at = setting("AT_FILES"); *at != '\0';) {
    const size_t length = strcspn(at, ":");
    if (length < sizeof path) {
      memcpy(path, at, length);
      path[length] = '\0';
      if (stat(path, &named) == 0 && named.st_dev == open_file.st_dev &&
          named.st_ino == open_file.st_ino) {
        return 1;
      }
    }
    at += length;
    at += *at == ':';
  }
  return 0;
}

static void mark(void) {
  FILE *file = fopen(setting("AT_MARK"), "w");
  if (file == NULL) return;
  fprintf(file, "%d\n", (int)getpid());
  fclose(file);
}

/* What happens at this call; FAIL has set errno. */
static enum act at_call(const char *call, int fd) {
  static int calls;
  const char *action = setting("AT_ACTION");
  const int before = errno;
  int number;
  if (*action == '\0' || !is_listed(setting("AT_CALLS"), call) || !is_named(fd)) {
    errno = before;
    return GO_ON;
  }
  errno = before;
  number = atoi(setting("AT_NUMBER"));
  calls++;
  if (calls < number || (calls > number && strncmp(action, "fail-on ", 8) != 0)) return GO_ON;
  mark();
  if (strcmp(action, "kill") == 0) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
  }
  if (strcmp(action, "stop") == 0) return STOP_AFTER;
  errno = atoi(strchr(action, ' ') + 1);
  return FAIL;
}

/* The calls, each as libc declares and makes it. Not by dlsym: that allocates memory, and
 * another preload may write when it sees that. */
#define CALL(type, name, ...)                              \
  do {                                                     \
    const enum act act = at_call(#name, fd);               \
    type result;                                           \
    if (act == FAIL) return -1;                            \
    result = (type)syscall(SYS_##name, fd, ##__VA_ARGS__); \
    if (act == STOP_AFTER) raise(SIGSTOP);                 \
    return result;                                         \
  } while (0)

ssize_t write(int fd, const void *data, size_t size) { CALL(ssize_t, write, data, size); }

ssize_t pwrite64(int fd, const void *data, size_t size, __off64_t offset) {
  CALL(ssize_t, pwrite64, data, size, offset);
}

int ftruncate(int fd, __off_t size) { CALL(int, ftruncate, size); }

int fsync(int fd) { CALL(int, fsync); }

int flock(int fd, int operation) { CALL(int, flock, operation); }
