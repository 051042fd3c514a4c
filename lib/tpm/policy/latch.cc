// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/tpm/policy/latch.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "lib/base/crypto.h"
#include "lib/base/error.h"
#include "lib/tpm/link/esys.h"
#include "lib/tpm/link/rc.h"
#include "lib/tpm/policy/pcr.h"

namespace tpm2_sealed {
namespace {

ByteView LatchBytes() {
  return {reinterpret_cast<const std::uint8_t *>(kLatchText.data()), kLatchText.size()};
}

void AddDigest(TPML_DIGEST_VALUES &values, const std::string &bank) {
  const Bytes digest = LatchDigest(bank);
  TPMT_HA &value = values.digests[values.count++];
  value.hashAlg = BankAlgorithm(bank);
  // TPMU_HA is a union of byte arrays that all start at its first byte.
  std::copy(digest.begin(), digest.end(), reinterpret_cast<std::uint8_t *>(&value.digest));
}

bool Contains(const std::vector<std::string> &names, const std::string &name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

enum class BankState { kLacksIt, kOpen, kClosed, kUnknown };

// One attempt to close the latch. It goes on if answers are missing or make no sense.
class LatchCloser {
 public:
  LatchCloser(Context::Options tpm, std::uint32_t pcr) : tpm_(std::move(tpm)), pcr_(pcr) {
    // A TPM that did not answer a read may still extend the PCR.
    tpm_.if_hung = IfHung::kAsk;
  }
  LatchResult Close();

 private:
  // Returns a connection. After a damaged answer, ESYS refuses every later call on that connection,
  // so a new one is opened.
  const Context &Connected();
  void NoteFailure(const Error &error);

  std::optional<std::vector<PcrBank>> ListedBanks();
  std::optional<PcrValues> Read(const std::string &bank);
  BankState Look(const PcrBank &bank);
  TSS2_RC Extend(const std::vector<std::string> &banks);
  void ExtendAll(std::vector<std::string> left);
  void Verify(const std::vector<PcrBank> &banks, LatchResult &result);

  Context::Options tpm_;
  const std::uint32_t pcr_;
  std::optional<Context> context_;
  std::optional<Error> refusal_;  // the last refusal to extend the PCR
  bool is_listed_ = false;        // whether the TPM's list of banks was read
  bool is_slow_ = false;          // a read used up all its time
};

const Context &LatchCloser::Connected() {
  if (!context_) context_.emplace(tpm_);
  return *context_;
}

void LatchCloser::NoteFailure(const Error &error) {
  // Every other read would take as long.
  is_slow_ |= !context_ || context_->timed_out() || error.reason() == Reason::kBusy;
  context_.reset();
}

// Returns nullopt if the list cannot be read, or is empty, which is not a plausible answer.
std::optional<std::vector<PcrBank>> LatchCloser::ListedBanks() {
  const Context &context = Connected();
  try {
    auto banks = ListBanks(context, Patience::kLimit);
    if (!banks.empty()) return banks;
  } catch (const Error &error) {
    NoteFailure(error);
  }
  return std::nullopt;
}

// Returns the value of the latch in that bank; nullopt if the bank does not have the PCR.
std::optional<PcrValues> LatchCloser::Read(const std::string &bank) {
  return TryReadPcrs(Connected(), {.bank = bank, .mask = 1u << pcr_}, Patience::kLimit);
}

BankState LatchCloser::Look(const PcrBank &bank) {
  if (is_slow_) return BankState::kUnknown;
  try {
    const auto first = Read(bank.name);
    if (!first) return is_listed_ && bank.Has(pcr_) ? BankState::kUnknown : BankState::kLacksIt;
    if (!IsLatchExtended(first->values.at(pcr_))) return BankState::kOpen;
    // Two reads have to agree: a bit that was damaged on the way must not pass for an extended PCR.
    const auto second = Read(bank.name);
    return second && second->values == first->values ? BankState::kClosed : BankState::kUnknown;
  } catch (const Error &error) {
    NoteFailure(error);
    return BankState::kUnknown;
  }
}

// Extends all banks with one command (Part 3, section 22.2): the TPM skips a bank without that PCR,
// and refuses a list with a hash that it does not have. Returns success or the TPM's refusal. The
// handle of a PCR is its number, in ESYS too.
TSS2_RC LatchCloser::Extend(const std::vector<std::string> &banks) {
  TPML_DIGEST_VALUES values{};
  for (const std::string &bank : banks) AddDigest(values, bank);
  const Context &context = Connected();
  const TSS2_RC code = context.Retry(
      [&] {
        return Esys_PCR_Extend(context.esys(), ESYS_TR_PCR0 + pcr_, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                               ESYS_TR_NONE, &values);
      },
      Patience::kLimit);
  if (code == TSS2_RC_SUCCESS) return code;
  try {
    context.Check("TPM2_PCR_Extend", code);
  } catch (const Error &error) {
    // The command used up all the time, and would do so with every other list.
    if (error.reason() == Reason::kBusy || !rc::IsFromTpm(code)) throw;
    refusal_ = error;
  }
  return code;
}

void LatchCloser::ExtendAll(std::vector<std::string> left) {
  // Nearly every TPM has these banks. No TPM has all known banks, so that list would be refused.
  static const std::vector<std::string> kUsual = {"sha1", "sha256", "sha384"};
  std::vector<std::vector<std::string>> lists;
  if (is_listed_ || left.size() <= kUsual.size()) lists.push_back(left);
  for (const std::size_t count : {kUsual.size(), kUsual.size() - 1}) {
    std::vector<std::string> list;
    std::copy_if(kUsual.begin(), kUsual.begin() + static_cast<std::ptrdiff_t>(count),
                 std::back_inserter(list),
                 [&](const std::string &bank) { return Contains(left, bank); });
    if (list.size() > 1 && list != left) lists.push_back(std::move(list));
  }
  for (const std::vector<std::string> &list : lists) {
    if (list.empty() || Extend(list) != TSS2_RC_SUCCESS) continue;
    std::erase_if(left, [&](const std::string &bank) { return Contains(list, bank); });
    break;
  }
  // If a hash is refused, only its own bank is not extended.
  for (const std::string &bank : left) (void)Extend({bank});
}

void LatchCloser::Verify(const std::vector<PcrBank> &banks, LatchResult &result) {
  const std::string name = "PCR " + std::to_string(pcr_);
  constexpr const char *kDoubt = "somebody may be between CPU and TPM, or the TPM is broken";
  for (const PcrBank &bank : banks) {
    const auto value = Read(bank.name);
    if (value && IsLatchExtended(value->values.at(pcr_))) {
      result.extended.push_back(bank.name);
    } else if (value && refusal_) {
      throw Error(*refusal_);
    } else if (value) {
      throw Error(Reason::kNoTpm,
                  name + " is still zero in the " + bank.name + " bank after it was extended",
                  kDoubt);
    } else if (is_listed_ && bank.Has(pcr_)) {
      throw Error(
          Reason::kNoTpm,
          "the TPM lists " + name + " in the " + bank.name + " bank, but does not return it",
          kDoubt);
    }
  }
}

LatchResult LatchCloser::Close() {
  const auto listed = ListedBanks();
  is_listed_ = listed.has_value();
  const std::vector<PcrBank> banks = listed.value_or(std::vector<PcrBank>());
  LatchResult result;
  std::vector<PcrBank> left;
  bool is_proved = is_listed_;
  // Banks that are not in the list are tried too: a damaged list must not hide a bank.
  for (const std::string &name : KnownBanks()) {
    const auto entry = std::find_if(banks.begin(), banks.end(),
                                    [&](const PcrBank &bank) { return bank.name == name; });
    const bool is_there = entry != banks.end();
    const PcrBank bank = is_there ? *entry : PcrBank{.name = name};
    const BankState state = Look(bank);
    if (state == BankState::kClosed) {
      result.already.push_back(name);
    } else if (is_there || !is_listed_ || state != BankState::kLacksIt) {
      left.push_back(bank);
      is_proved &= state == BankState::kLacksIt;
    }
  }
  if (is_proved && !result.already.empty()) return result;
  std::vector<std::string> names;
  for (const PcrBank &bank : left) names.push_back(bank.name);
  ExtendAll(std::move(names));
  Verify(left, result);
  if (result.extended.empty() && result.already.empty()) {
    throw Error(
        Reason::kNotSupported,
        "the TPM has no PCR " + std::to_string(pcr_) + " in any bank that this version knows",
        "activate the sha256 bank in the firmware setup");
  }
  return result;
}

}  // namespace

Bytes LatchDigest(std::string_view bank) {
  try {
    return Digest(bank, LatchBytes());
  } catch (const Error &) {
    // This OpenSSL has no SM3. Any value closes the latch, so SHA-256, which has the same size,
    // replaces it.
    if (DigestSize(bank) != DigestSize(kDefaultBank)) throw;
    return Sha256(LatchBytes());
  }
}

bool IsLatchExtended(ByteView value) {
  return std::any_of(value.begin(), value.end(), [](std::uint8_t byte) { return byte != 0; });
}

LatchResult CloseLatch(const Context::Options &tpm, std::uint32_t pcr) {
  return LatchCloser(tpm, pcr).Close();
}

}  // namespace tpm2_sealed
