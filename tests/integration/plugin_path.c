/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into the real cryptsetup: the plugin's path, which libcryptsetup has compiled in, leads
 * to the build tree. Nothing else changes; libcryptsetup itself loads the file, looks up the
 * symbols and calls them. (libcryptsetup 2.7 has --external-tokens-path; a mount namespace, the
 * other way, cannot be had inside a chroot.) */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

void *dlopen(const char *file, int mode) {
  static void *(*real)(const char *, int);
  const char *plugin = getenv("TEST_PLUGIN");
  const char *name = file == NULL ? NULL : strrchr(file, '/');
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "dlopen");
  if (plugin != NULL && name != NULL &&
      strcmp(name, "/libcryptsetup-token-tpm2-sealed.so") == 0) {
    file = plugin;
  }
  return real(file, mode);
}
