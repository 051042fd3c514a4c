/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded: whatever the TSS takes from OpenSSL's generator, the salts of its sessions among it,
 * is also appended to the file SALT_TAP. So the product is weakened for the controls of the leak
 * tests: the same listener who finds nothing must win when he is given the salt. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static void tap(const unsigned char *bytes, size_t size) {
  const char *path = getenv("SALT_TAP");
  FILE *file = path != NULL ? fopen(path, "a") : NULL;
  if (file == NULL) return;
  fwrite(bytes, 1, size, file);
  fclose(file);
}

/* tpm2-tss calls the one or the other, depending on its version. */
int RAND_bytes(unsigned char *bytes, int size);
int RAND_bytes(unsigned char *bytes, int size) {
  static int (*real)(unsigned char *, int);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "RAND_bytes");
  const int result = real(bytes, size);
  if (result == 1) tap(bytes, (size_t)size);
  return result;
}

int RAND_bytes_ex(void *context, unsigned char *bytes, size_t size, unsigned strength);
int RAND_bytes_ex(void *context, unsigned char *bytes, size_t size, unsigned strength) {
  static int (*real)(void *, unsigned char *, size_t, unsigned);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "RAND_bytes_ex");
  const int result = real(context, bytes, size, strength);
  if (result == 1) tap(bytes, size);
  return result;
}
