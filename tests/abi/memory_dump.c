/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memory_dump: preloaded into a program, it keeps what the program's memory shows of secrets.
 *   $MEMORY_DUMP.freed   every block that was given back, as it was in that moment: whether or not
 *                        somebody else happens to write over it later
 *   $MEMORY_DUMP.left    all that is still there when the program ends: heap, stack, libraries
 * tests/find_bytes searches them for what is known only afterwards. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void __libc_free(void *block);
extern void *__libc_malloc(size_t size);

static int freed = -1;
static int left = -1;

static int create(const char *suffix) {
  char path[4096];
  const char *prefix = getenv("MEMORY_DUMP");
  if (prefix == NULL) return -1;
  snprintf(path, sizeof path, "%s.%s", prefix, suffix);
  return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
}

__attribute__((constructor)) static void start(void) {
  freed = create("freed");
  left = create("left");
}

/* A dump that is cut short would pass for a clean one. */
static void keep(int to, const void *from, size_t size) {
  if (to < 0 || from == NULL) return;
  for (size_t done = 0; done < size;) {
    const ssize_t wrote = write(to, (const char *)from + done, size - done);
    if (wrote <= 0) abort();
    done += (size_t)wrote;
  }
}

void free(void *block) {
  if (block != NULL) keep(freed, block, malloc_usable_size(block));
  __libc_free(block);
}

/* Always another block: what the C library would do by moving it, unseen. */
void *realloc(void *block, size_t size) {
  void *larger = __libc_malloc(size);
  if (larger == NULL || block == NULL) return larger;
  const size_t old = malloc_usable_size(block);
  memcpy(larger, block, old < size ? old : size);
  free(block);
  return larger;
}

/* Pages that cannot be read, guards for instance, make write fail, not crash. */
int munmap(void *pages, size_t size) {
  if (freed >= 0) (void)!write(freed, pages, size);
  return (int)syscall(SYS_munmap, pages, size);
}

__attribute__((destructor)) static void end(void) {
  char line[512];
  const int to = left;
  if (to < 0) return;
  freed = -1;
  FILE *maps = fopen("/proc/self/maps", "r");
  if (maps == NULL) abort();
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long from, until;
    char mode[5];
    if (sscanf(line, "%lx-%lx %4s", &from, &until, mode) != 3) continue;
    if (mode[0] == 'r' && mode[1] == 'w') keep(to, (const void *)from, until - from);
  }
  fclose(maps);
}
