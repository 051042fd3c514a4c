/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* luks2_headers FILE: how the two LUKS2 headers stand on the disk, which libcryptsetup would put
 * right before it shows them. Two words for each, the primary first:
 *   whole SEQID   the checksum is right
 *   torn SEQID    the binary header is there, the checksum is not written yet
 *   bad 0         anything else
 * LUKS2 on-disk format 1.1.1, section 2.1. Exit: 0, or 99 cannot tell. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  kBinary = 4096,
  kSize = 8,        /* of binary header and JSON, big-endian like all numbers */
  kSeqid = 16,
  kAlgorithm = 72,  /* a name, padded with zeros */
  kOffset = 256,    /* where the header says that it is */
  kChecksum = 448,  /* in 64 bytes, taken as zeros where it is calculated */
  kChecksumField = 64,
  kSha256 = 32,
  kLargest = 4 << 20,
};

static void die(const char *what) {
  perror(what);
  exit(99);
}

static uint64_t number(const unsigned char *at) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | at[i];
  return value;
}

/* Prints the header at `offset`. Its size; 0 for a bad one. */
static uint64_t show(FILE *file, uint64_t offset, const char *magic) {
  static unsigned char header[kLargest];
  static const unsigned char zeros[kChecksumField];
  unsigned char written[kChecksumField], right[EVP_MAX_MD_SIZE];
  const char *state = "bad";
  if (fseeko(file, (off_t)offset, SEEK_SET) != 0) die("luks2_headers");
  if (fread(header, 1, kBinary, file) != kBinary) memset(header, 0, kBinary);
  const uint64_t size = number(header + kSize);
  const size_t json = size > kBinary && size <= kLargest ? size - kBinary : 0;
  if (memcmp(header, magic, 6) == 0 && number(header + kOffset) == offset && json != 0 &&
      fread(header + kBinary, 1, json, file) == json &&
      strcmp((char *)header + kAlgorithm, "sha256") == 0) {
    memcpy(written, header + kChecksum, kChecksumField);
    memset(header + kChecksum, 0, kChecksumField);
    if (EVP_Digest(header, size, right, NULL, EVP_sha256(), NULL) != 1) die("EVP_Digest");
    if (memcmp(written, right, kSha256) == 0) state = "whole";
    if (memcmp(written, zeros, kChecksumField) == 0) state = "torn";
  }
  const int bad = strcmp(state, "bad") == 0;
  printf("%s %" PRIu64 "\n", state, bad ? 0 : number(header + kSeqid));
  return bad ? 0 : size;
}

int main(int argc, char **argv) {
  if (argc != 2) die("luks2_headers: usage: see the source");
  FILE *file = fopen(argv[1], "r");
  if (file == NULL) die(argv[1]);
  const uint64_t size = show(file, 0, "LUKS\xba\xbe");
  /* Only the primary says where the secondary is. */
  if (size == 0) {
    puts("bad 0");
  } else {
    (void)show(file, size, "SKUL\xba\xbe");
  }
  fclose(file);
  return 0;
}
