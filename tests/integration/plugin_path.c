/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into the real cryptsetup and into our command: two paths that are compiled in lead to
 * the tests' own files. The plugin's: libcryptsetup itself loads the file, looks up the symbols and
 * calls them. The configuration's: TEST_CONFIG instead of cryptsetup-tpm2.conf. Nothing else
 * changes. (libcryptsetup 2.7 has --external-tokens-path; a mount namespace, the other way, cannot
 * be had inside a chroot.) */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static int ends_with(const char *path, const char *name) {
  const char *slash = path == NULL ? NULL : strrchr(path, '/');
  return slash != NULL && strcmp(slash + 1, name) == 0;
}

static const char *redirect(const char *path) {
  const char *config = getenv("TEST_CONFIG");
  return config != NULL && ends_with(path, "cryptsetup-tpm2.conf") ? config : path;
}

void *dlopen(const char *file, int mode) {
  static void *(*real)(const char *, int);
  const char *plugin = getenv("TEST_PLUGIN");
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "dlopen");
  if (plugin != NULL && ends_with(file, "libcryptsetup-token-tpm2-sealed.so")) file = plugin;
  return real(file, mode);
}

int open(const char *path, int flags, ...) {
  static int (*real)(const char *, int, mode_t);
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "open");
  return real(redirect(path), flags, mode);
}

/* What _FORTIFY_SOURCE makes of open() with two arguments. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags) { return open(path, flags, 0); }
