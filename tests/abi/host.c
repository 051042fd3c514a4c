/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clang-format off */
/* host: a C program that uses the plugin as libcryptsetup's other hosts do (systemd-cryptsetup,
 * udisksd), for what the cryptsetup command cannot show.
 *   host open FILE TIMES      opens by token that often in one process
 *   host pin FILE PIN...      one process offers the contents of the files PIN, one by one, to
 *                             every token of the volume, and prints what came of each
 *   host memory FILE SECRET   opens once; fails if the 32 bytes of the file SECRET stay in memory,
 *                             or were in a block that was freed
 *   host direct PLUGIN FILE   asks the plugin for token 0 itself: libcryptsetup's way to a plugin
 *                             cannot be changed in a set-uid program
 *   host symbols PLUGIN       the six functions at their version, nothing else, unloads again
 * Exit: 0, 1 the test failed, 99 cannot test. */
/* clang-format on */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <libcryptsetup.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void die(const char *what) {
  fprintf(stderr, "host: %s\n", what);
  exit(99);
}

static void log_to_stderr(int level, const char *message, void *usrptr) {
  (void)usrptr;
  if (level == CRYPT_LOG_ERROR) fputs(message, stderr);
}

static struct crypt_device *load(const char *file) {
  struct crypt_device *device = NULL;
  crypt_set_log_callback(NULL, log_to_stderr, NULL);
  if (crypt_init(&device, file) < 0) die("crypt_init");
  if (crypt_load(device, CRYPT_LUKS2, NULL) < 0) die("crypt_load");
  return device;
}

static int open_many(const char *file, int times) {
  struct crypt_device *device = load(file);
  for (int i = 0; i < times; ++i) {
    const int result = crypt_activate_by_token(device, NULL, CRYPT_ANY_TOKEN, NULL, 0);
    if (result < 0) {
      fprintf(stderr, "host: open %d of %d: %d\n", i + 1, times, result);
      return 1;
    }
  }
  crypt_free(device);
  return 0;
}

static int offer_pins(const char *file, char **pins, int count) {
  struct crypt_device *device = load(file);
  for (int i = 0; i < count; ++i) {
    char pin[4096];
    FILE *source = fopen(pins[i], "r");
    if (source == NULL) die(pins[i]);
    const size_t size = fread(pin, 1, sizeof pin, source);
    fclose(source);
    const int result =
        crypt_activate_by_token_pin(device, NULL, NULL, CRYPT_ANY_TOKEN, pin, size, NULL, 0);
    puts(result >= 0         ? "opened"
         : result == -ENOANO ? "ENOANO"
         : result == -ENOENT ? "ENOENT"
         : result == -EAGAIN ? "EAGAIN"
                             : "another error");
  }
  crypt_free(device);
  return 0;
}

/* The secret, complemented, so that the needle itself is not found. */
static unsigned char complement[32];
static int watching;
static int found_in_freed;

static int contains(const unsigned char *at, size_t size) {
  const unsigned char *end = at + size;
  for (; at + sizeof complement <= end; ++at) {
    size_t same = 0;
    while (same < sizeof complement && (at[same] ^ complement[same]) == 0xff) ++same;
    if (same == sizeof complement) return 1;
  }
  return 0;
}

/* Every block that anybody in this process gives back is looked at first: what is found there was
 * not wiped, whether or not somebody else happens to write over it later. */
static void look(const void *block, size_t size) {
  if (watching && block != NULL && contains(block, size)) ++found_in_freed;
}

#ifdef WATCH_FREE
extern void __libc_free(void *block);
void free(void *block) {
  look(block, malloc_usable_size(block));
  __libc_free(block);
}
int munmap(void *pages, size_t size) {
  look(pages, size);
  return (int)syscall(SYS_munmap, pages, size);
}
#endif

static int search_memory(void) {
  char line[512];
  int found = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  if (maps == NULL) die("/proc/self/maps");
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long from, to;
    char mode[5];
    if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3) continue;
    if (mode[0] != 'r' || mode[1] != 'w') continue;
    found += contains((const unsigned char *)from, to - from);
  }
  fclose(maps);
  return found;
}

static int open_and_search(const char *file, const char *secret_file) {
  FILE *secret = fopen(secret_file, "r");
  if (secret == NULL) die("secret file");
  setvbuf(secret, NULL, _IONBF, 0);
  if (fread(complement, 1, sizeof complement, secret) != sizeof complement) die("32 bytes");
  fclose(secret);
  for (size_t i = 0; i < sizeof complement; ++i) complement[i] = (unsigned char)~complement[i];
  watching = 1;
  const int opened = open_many(file, 1);
  if (opened != 0) return opened;
  if (found_in_freed != 0) {
    fprintf(stderr, "host: the secret was in %d blocks that were freed\n", found_in_freed);
    return 1;
  }
  if (search_memory() != 0) {
    fprintf(stderr, "host: the secret is still in memory\n");
    return 1;
  }
  /* The control: a copy that is not wiped is found, in use and freed. */
  volatile unsigned char *copy = malloc(sizeof complement);
  for (size_t i = 0; i < sizeof complement; ++i) copy[i] = (unsigned char)~complement[i];
  if (search_memory() != 1) die("the search finds nothing");
  free((void *)copy);
#ifdef WATCH_FREE
  if (found_in_freed != 1) die("the watch on free() finds nothing");
#endif
  return 0;
}

static int open_directly(const char *plugin, const char *file) {
  struct crypt_device *device = load(file);
  void *handle = dlopen(plugin, RTLD_LAZY);
  if (handle == NULL) die(dlerror());
  crypt_token_open_func open_token =
      dlvsym(handle, "cryptsetup_token_open", "CRYPTSETUP_TOKEN_1.0");
  crypt_token_buffer_free_func give_back =
      dlvsym(handle, "cryptsetup_token_buffer_free", "CRYPTSETUP_TOKEN_1.0");
  if (open_token == NULL || give_back == NULL) die("the plugin's functions");
  char *buffer = NULL;
  size_t size = 0;
  const int result = open_token(device, 0, &buffer, &size, NULL);
  if (result == 0) give_back(buffer, size);
  crypt_free(device);
  return result == 0 ? 0 : 1;
}

static int check_symbols(const char *plugin) {
  static const char *const names[] = {"cryptsetup_token_open",        "cryptsetup_token_open_pin",
                                      "cryptsetup_token_buffer_free", "cryptsetup_token_validate",
                                      "cryptsetup_token_dump",        "cryptsetup_token_version"};
  void *handle = dlopen(plugin, RTLD_LAZY);
  if (handle == NULL) die(dlerror());
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    if (dlvsym(handle, names[i], "CRYPTSETUP_TOKEN_1.0") == NULL) {
      fprintf(stderr, "host: %s\n", dlerror());
      return 1;
    }
  }
  dlclose(handle);
  if (dlopen(plugin, RTLD_LAZY | RTLD_NOLOAD) != NULL) {
    fprintf(stderr, "host: the plugin stays in memory after dlclose\n");
    return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "open") == 0) return open_many(argv[2], atoi(argv[3]));
  if (argc > 3 && strcmp(argv[1], "pin") == 0) return offer_pins(argv[2], argv + 3, argc - 3);
  if (argc == 4 && strcmp(argv[1], "memory") == 0) return open_and_search(argv[2], argv[3]);
  if (argc == 4 && strcmp(argv[1], "direct") == 0) return open_directly(argv[2], argv[3]);
  if (argc == 3 && strcmp(argv[1], "symbols") == 0) return check_symbols(argv[2]);
  die("usage: host open FILE TIMES | pin FILE PIN... | memory FILE SECRET | direct PLUGIN FILE | "
      "symbols PLUGIN");
}
