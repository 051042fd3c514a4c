/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded: adds a line with memory and iterations to the file ARGON2_COUNT whenever argon2id is
 * run, and runs it. With ARGON2_FAULTY it changes a bit of the result if salt and iterations are
 * those of the run before, as faulty memory could. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int hash_raw(uint32_t iterations, uint32_t memory, uint32_t lanes, const void *password,
                     size_t password_size, const void *salt, size_t salt_size, void *out,
                     size_t out_size);

hash_raw argon2id_hash_raw;
int argon2id_hash_raw(uint32_t iterations, uint32_t memory, uint32_t lanes, const void *password,
                      size_t password_size, const void *salt, size_t salt_size, void *out,
                      size_t out_size) {
  hash_raw *real = (hash_raw *)dlsym(RTLD_NEXT, "argon2id_hash_raw");
  const char *path = getenv("ARGON2_COUNT");
  FILE *file = path == NULL ? NULL : fopen(path, "a");
  if (real == NULL) abort();
  if (file != NULL) {
    fprintf(file, "%u %u\n", memory, iterations);
    fclose(file);
  }
  const int code =
      real(iterations, memory, lanes, password, password_size, salt, salt_size, out, out_size);
  static unsigned char last_salt[32];
  static uint32_t last_iterations;
  if (salt_size != sizeof last_salt) return code;
  const int is_again =
      last_iterations == iterations && memcmp(last_salt, salt, sizeof last_salt) == 0;
  if (is_again && getenv("ARGON2_FAULTY") != NULL) ((unsigned char *)out)[0] ^= 1;
  memcpy(last_salt, salt, sizeof last_salt);
  last_iterations = iterations;
  return code;
}
