// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that a secret is wiped before its memory is given back, on every path, that it cannot be
// copied, and that it is kept out of swap and core dumps.
#include "lib/base/secret.h"

#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <new>
#include <sstream>

#include "tests/unit/test.h"

namespace {

// The mapping whose end is awaited, and what was in its first bytes then.
const void *watched = nullptr;
std::size_t watched_ends = 0;
std::array<std::uint8_t, 4096> last_content;

}  // namespace

// In place of the C library's: after the real one nobody could look any more.
extern "C" int munmap(void *address, size_t length) noexcept {
  if (address == watched && length >= last_content.size()) {
    ++watched_ends;
    const volatile std::uint8_t *byte = static_cast<const std::uint8_t *>(address);
    for (std::size_t i = 0; i < last_content.size(); ++i) last_content[i] = byte[i];
  }
  return static_cast<int>(::syscall(SYS_munmap, address, length));
}

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(std::is_nothrow_move_constructible_v<SecretBytes>);
static_assert(std::is_nothrow_move_assignable_v<SecretBytes>);
// A number must not silently become that many zero bytes.
static_assert(!std::is_convertible_v<std::size_t, SecretBytes>);

struct Plain {
  std::array<std::uint8_t, 64> bytes;
};
static_assert(!std::is_copy_constructible_v<Wiped<Plain>>);
static_assert(!std::is_copy_assignable_v<Wiped<Plain>>);
// Moving a plain structure would be copying it.
static_assert(!std::is_move_constructible_v<Wiped<Plain>>);
static_assert(!std::is_move_assignable_v<Wiped<Plain>>);

void Watch(const SecretBytes &secret) {
  watched = secret.data();
  watched_ends = 0;
  last_content.fill(0x5a);
}

void ExpectWipedOnce(Where where = Where::Here()) {
  Expect(watched_ends == 1, "its pages were given back once", where);
  Expect(last_content == std::array<std::uint8_t, 4096>{}, "nothing was left on them", where);
  watched = nullptr;
}

SecretBytes Secret() { return SecretBytes::CopyOf(View("a secret of 26 characters.")); }

void DestructionWipes() {
  {
    const SecretBytes secret = Secret();
    Watch(secret);
  }
  ExpectWipedOnce();
}

// The pages as a whole, whatever has come to stand on them since.
void DestructionWipesBeyondTheSize() {
  {
    SecretBytes secret(4096);
    Watch(secret);
    secret.Truncate(1);
    std::fill_n(secret.data(), 4096, std::uint8_t{0xee});
  }
  ExpectWipedOnce();
}

void UnwindingWipes() {
  try {
    const SecretBytes secret = Secret();
    Watch(secret);
    throw Error(Reason::kInternal, "on purpose");
  } catch (const Error &) {
  }
  ExpectWipedOnce();
}

// Only the last owner wipes, and it is one owner at a time.
void MovingHandsTheSamePagesOn() {
  {
    SecretBytes first = Secret();
    Watch(first);
    const void *pages = first.data();
    SecretBytes second(std::move(first));
    Expect(second.data() == pages, "construction moves the pages");
    Expect(first.empty() && first.data() == nullptr, "the old owner has nothing");
    SecretBytes third;
    third = std::move(second);
    Expect(third.data() == pages, "assignment moves the pages");
    ExpectText({third.chars(), third.size()}, "a secret of 26 characters.");
    assert_int_equal(watched_ends, 0);
  }
  ExpectWipedOnce();
}

void AssignmentWipesWhatWasThere() {
  {
    SecretBytes target = Secret();
    Watch(target);
    SecretBytes other = SecretBytes::CopyOf(View("another"));
    target = std::move(other);
    ExpectText({target.chars(), target.size()}, "another");
  }
  ExpectWipedOnce();
}

void TruncateWipesTheTail() {
  SecretBytes secret = Secret();
  const std::uint8_t *bytes = secret.data();
  secret.Truncate(8);
  ExpectText({secret.chars(), secret.size()}, "a secret");
  ExpectHex({bytes + 8, 18}, std::string(36, '0'));
  // More than there is changes nothing.
  secret.Truncate(9);
  ExpectText({secret.chars(), secret.size()}, "a secret");
  secret.Truncate(0);
  Expect(secret.empty(), "nothing is left");
  ExpectHex({bytes, 26}, std::string(52, '0'));
}

void NewSecretsAreZeroAndTheirOwn() {
  SecretBytes one(10000);
  assert_int_equal(one.size(), 10000);
  ExpectHex(one.view(), std::string(20000, '0'));
  one.data()[9999] = 1;
  const SecretBytes two(1);
  Expect(one.data() != two.data(), "pages of their own");
  assert_int_equal(two.data()[0], 0);
}

void AnEmptySecretIsNothing() {
  const SecretBytes none;
  const SecretBytes zero(0);
  const SecretBytes copy = SecretBytes::CopyOf({});
  for (const SecretBytes *secret : {&none, &zero, &copy}) {
    Expect(secret->empty() && secret->size() == 0 && secret->view().empty(), "it is empty");
    assert_null(secret->data());
  }
}

// The size that rounds up to zero pages, and one that no machine has.
void ImpossibleSizesAreOutOfMemory() {
  for (const std::size_t size : {SIZE_MAX, SIZE_MAX - 4094, SIZE_MAX / 2}) {
    bool thrown = false;
    try {
      const SecretBytes secret(size);
    } catch (const std::bad_alloc &) {
      thrown = true;
    }
    Expect(thrown, std::to_string(size) + " bytes");
  }
}

// The flags that proc(5) shows for the mapping of `address`, with blanks around each; empty if this
// kernel does not say.
std::string MappingFlags(const void *address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    std::array<std::uintptr_t, 2> range{};
    char dash = 0;
    if (fields >> std::hex >> range[0] >> dash >> range[1] && dash == '-') {
      inside = range[0] <= wanted && wanted < range[1];
    }
    if (inside && line.starts_with("VmFlags:")) return line.substr(8) + " ";
  }
  return {};
}

void CoreDumpsLeaveSecretsOut() {
  const SecretBytes secret = Secret();
  const std::string flags = MappingFlags(secret.data());
  if (flags.empty()) skip();
  ExpectContains(flags, " dd ");  // MADV_DONTDUMP
  ExpectContains(flags, " lo ");  // mlock
}

void WipedIsWipedOnDestruction() {
  // Storage that outlives the object in it.
  alignas(Wiped<Plain>) std::array<std::uint8_t, sizeof(Wiped<Plain>)> storage;
  storage.fill(0x5a);
  auto *wiped = new (storage.data()) Wiped<Plain>();
  ExpectHex(storage, std::string(storage.size() * 2, '0'));
  (*wiped)->bytes.fill(0xee);
  (**wiped).bytes[0] = 0xdd;
  assert_int_equal(wiped->get()->bytes[0], 0xdd);
  std::destroy_at(wiped);
  // Read as volatile: to the compiler the object's bytes ended with it.
  const volatile std::uint8_t *byte = storage.data();
  for (std::size_t i = 0; i < storage.size(); ++i) assert_int_equal(byte[i], 0);
}

void EqualityIsOfAllBytes() {
  const Bytes bytes = FromHex("00112233445566778899aabbccddeeff");
  Expect(ConstantTimeEqual(bytes, Bytes(bytes)), "equal");
  Expect(ConstantTimeEqual({}, {}), "both empty");
  Expect(!ConstantTimeEqual(bytes, {}) && !ConstantTimeEqual({}, bytes), "one is empty");
  Expect(!ConstantTimeEqual(bytes, ByteView(bytes).first(15)), "a prefix");
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes other = bytes;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1u << bit % 8);
    Expect(!ConstantTimeEqual(bytes, other), "bit " + std::to_string(bit) + " differs");
  }
  // Differences that cancel each other out, in a sum as in a XOR.
  Expect(!ConstantTimeEqual(FromHex("0102"), FromHex("0201")), "swapped bytes");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(DestructionWipes),
      UNIT_TEST(DestructionWipesBeyondTheSize),
      UNIT_TEST(UnwindingWipes),
      UNIT_TEST(MovingHandsTheSamePagesOn),
      UNIT_TEST(AssignmentWipesWhatWasThere),
      UNIT_TEST(TruncateWipesTheTail),
      UNIT_TEST(NewSecretsAreZeroAndTheirOwn),
      UNIT_TEST(AnEmptySecretIsNothing),
      UNIT_TEST(ImpossibleSizesAreOutOfMemory),
      UNIT_TEST(CoreDumpsLeaveSecretsOut),
      UNIT_TEST(WipedIsWipedOnDestruction),
      UNIT_TEST(EqualityIsOfAllBytes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
