/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into the real cryptsetup and into our command: paths that are compiled in lead to the
 * tests' own files. The plugin's: libcryptsetup itself loads the file, looks up the symbols and
 * calls them. The configuration's: TEST_CONFIG instead of cryptsetup-tpm2.conf. Those by which the
 * machine says how it was started, and that it has a TPM: TEST_ROOT/proc/cmdline and so on; what is
 * not there is absent. Nothing else changes. (libcryptsetup 2.7 has --external-tokens-path; a mount
 * namespace, the other way, cannot be had inside a chroot.) */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static int ends_with(const char *path, const char *name) {
  const char *slash = path == NULL ? NULL : strrchr(path, '/');
  return slash != NULL && strcmp(slash + 1, name) == 0;
}

static const char *const kOfTheMachine[] = {
    "/proc/cmdline", "/etc/crypttab", "/etc/initrd-release", "/usr/lib/initrd-release",
    "/sys/class/tpm/tpm0", "/sys/power/resume", "/sys/firmware/acpi/tables/TPM2",
    "/dev/tpm-test", "/run/cryptsetup-tpm2.waited", "/proc/self/mountinfo", "/proc/self/fd"};

static const char *redirect(const char *path) {
  static char moved[4096];
  const char *config = getenv("TEST_CONFIG");
  const char *root = getenv("TEST_ROOT");
  size_t i;
  if (config != NULL && ends_with(path, "cryptsetup-tpm2.conf")) return config;
  for (i = 0; root != NULL && i < sizeof kOfTheMachine / sizeof *kOfTheMachine; i++) {
    if (strcmp(path, kOfTheMachine[i]) != 0) continue;
    snprintf(moved, sizeof moved, "%s%s", root, path);
    return moved;
  }
  return path;
}

int access(const char *path, int mode) {
  static int (*real)(const char *, int);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "access");
  return real(redirect(path), mode);
}

DIR *opendir(const char *path) {
  static DIR *(*real)(const char *);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "opendir");
  return real(redirect(path));
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
