/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* find_bytes NEEDLE FILE...: whether the bytes of the file NEEDLE stand anywhere in one of the
 * others, or, of 32 and more, 16 of them in a row from a multiple of 16 on, as half a key that
 * something else was written over; says where. Exit: 0 found, 1 not, 99 cannot tell. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { kPiece = 16 };

static void die(const char *what) {
  perror(what);
  exit(99);
}

/* Whether the piece is there; says where. */
static int find(const char *name, const char *hay, size_t length, const unsigned char *piece,
                size_t size) {
  const char *at = hay;
  int found = 0;
  while ((at = memmem(at, length - (size_t)(at - hay), piece, size)) != NULL) {
    printf("%s: at byte %zu\n", name, (size_t)(at - hay));
    found = 1;
    ++at;
  }
  return found;
}

int main(int argc, char **argv) {
  unsigned char needle[512];
  int found = 0;
  if (argc < 3) die("find_bytes: usage: see the source");
  FILE *file = fopen(argv[1], "r");
  if (file == NULL) die(argv[1]);
  const size_t size = fread(needle, 1, sizeof needle, file);
  fclose(file);
  /* Fewer bytes than these are somewhere by chance. */
  if (size < 8) die("find_bytes: a needle of 8 bytes or more is needed");
  for (int i = 2; i < argc; ++i) {
    struct stat status;
    const int fd = open(argv[i], O_RDONLY);
    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size == 0) die(argv[i]);
    const size_t length = (size_t)status.st_size;
    const char *hay = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
    if (hay == MAP_FAILED) die(argv[i]);
    const size_t piece = size < 2 * kPiece ? size : kPiece;
    for (size_t from = 0; from + piece <= size; from += piece) {
      found |= find(argv[i], hay, length, needle + from, piece);
    }
    close(fd);
  }
  return found ? 0 : 1;
}
