// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lib/action/ek_certificate.h"

#include <algorithm>
#include <array>
#include <string>

#include "lib/base/certificate.h"
#include "lib/base/certificate_authorities.h"
#include "lib/base/encoding.h"
#include "lib/base/error.h"
#include "lib/tpm/nv.h"

namespace tpm2_sealed {
namespace {

// NV indices with certificates of intermediate CAs (TCG EK Credential Profile 2.4, section
// 2.2.1.5.2). A chain may be cut at the end of one index and go on in the next.
constexpr std::uint32_t kChainFirst = 0x01c00100;
constexpr std::uint32_t kChainLast = 0x01c001ff;
constexpr std::size_t kMaxChainIndices = 16;
constexpr std::size_t kMaxChainCertificates = 16;

constexpr const char *kDistrust =
    "do not trust this TPM, or what sits between it and the CPU, until that is explained";

constexpr const char *kComplete =
    "if that CA is the TPM vendor's, put its certificate into the directory of --ek-ca; otherwise ";

// The templates that may have a certificate, in the order in which `auto` prefers them.
constexpr std::array kCertified = {TemplateId::kEkEccP256, TemplateId::kEkRsa2048,
                                   TemplateId::kEkEccP256High, TemplateId::kEkRsa2048High};

// Returns the template that the public area matches in all but the key itself, so that a key that
// is named by its handle counts, too. Returns nullptr if the key is no EK that may have a
// certificate.
const KeyTemplate *EkTemplateOf(const PublicArea &area) {
  for (const TemplateId id : kCertified) {
    const KeyTemplate *t = FindTemplate(id);
    if (Resembles(area, *t)) return t;
  }
  return nullptr;
}

// For `auto`: chooses the first EK that has a certificate.
KeyRequest PreferCertified(const Context &context, const KeyRequest &request, std::string &note) {
  KeyRequest preferred = request;
  if (request.salt_key.kind != KeyChoice::Kind::kAuto) return preferred;
  const KeyTemplate &first = *FindTemplate(kCertified.front());
  for (const TemplateId id : kCertified) {
    const KeyTemplate &t = *FindTemplate(id);
    if (NvIndices(context, t.certificate, t.certificate).empty()) continue;
    preferred.salt_key = {.kind = KeyChoice::Kind::kTemplate, .template_id = id};
    if (id != first.id) {
      note = "the TPM has no certificate for " + std::string(first.name) + ": the salt key is " +
             std::string(t.name);
    }
    return preferred;
  }
  return preferred;
}

// Reads the certificates of intermediate CAs that the TPM holds. They can only help, so those that
// cannot be read are left out.
std::vector<Certificate> ReadChain(const Context &context) {
  std::vector<std::uint32_t> indices = NvIndices(context, kChainFirst, kChainLast);
  indices.resize(std::min(indices.size(), kMaxChainIndices));
  Bytes all;
  for (const std::uint32_t index : indices) {
    try {
      const auto bytes = ReadNv(context, index);
      if (bytes) all.insert(all.end(), bytes->begin(), bytes->end());
    } catch (const Error &error) {
      if (error.reason() != Reason::kNotSupported) throw;
    }
  }
  std::vector<Certificate> chain;
  ByteView rest(all);
  while (!rest.empty() && chain.size() < kMaxChainCertificates) {
    auto certificate = rest.front() == 0x30 ? Certificate::Parse(rest) : std::nullopt;
    // Skips padding between two certificates, and whatever else is not one.
    rest = rest.subspan(certificate ? certificate->size() : 1);
    if (certificate) chain.push_back(std::move(*certificate));
  }
  return chain;
}

Certificate ReadCertificate(const Context &context, const KeyTemplate &t) {
  const std::optional<Bytes> bytes = ReadNv(context, t.certificate);
  if (!bytes) {
    throw Error(Reason::kNotSupported,
                "the TPM has no certificate for " + std::string(t.name) + " (NV index " +
                    FormatHandle(t.certificate) + ")",
                "choose a --salt-key that has one, see 'tpm2_getcap handles-nv-index'; not every "
                "TPM has any");
  }
  auto certificate = Certificate::Parse(*bytes);
  if (!certificate) {
    throw Error(Reason::kWrongTpm,
                "what the TPM has at NV index " + FormatHandle(t.certificate) +
                    " is no X.509 certificate in DER",
                "look at it with 'tpm2_nvread'; without it, the key cannot be verified");
  }
  return std::move(*certificate);
}

// An EK stays in its TPM for as long as that works, but certificates of EKs and their CAs expire
// earlier. So an expired one is a warning, and an end that cannot be read is ignored. A certificate
// that is not valid yet is refused: the clock is wrong, or worse.
std::vector<Warning> CheckDates(const std::vector<Certificate> &chain, const std::string &what) {
  std::vector<Warning> warnings;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const std::string which = i == 0 ? what : "the CA certificate of '" + chain[i].Subject() + "'";
    switch (chain[i].ValidityNow()) {
      case Validity::kNotYet:
        throw Error(Reason::kWrongTpm, which + " is not valid yet",
                    "correct the machine's clock, or distrust the certificate");
      case Validity::kOver:
        warnings.push_back(
            {warning_id::kEkCertificateExpired, which + " has expired: it is accepted, since "
                                                        "the key is still the same"});
        break;
      case Validity::kNow:
      case Validity::kNoEnd:
        break;
    }
  }
  return warnings;
}

void Certify(const Context &context, const CertificateAuthorities &authorities, ChosenKeys &keys) {
  const KeyTemplate *t = EkTemplateOf(keys.salt_key.area);
  if (t == nullptr) {
    throw Error(Reason::kNotSupported,
                "the salt key is no endorsement key of a kind that has a certificate",
                "with --ek-ca, use --salt-key auto or one of the ek-... names");
  }
  const Certificate certificate = ReadCertificate(context, *t);
  const std::string what = "the certificate of " + std::string(t->name) + " (NV index " +
                           FormatHandle(t->certificate) + ")";
  // The signatures are verified first: before that, nothing else that the certificate says counts.
  const Vouched vouched = authorities.Verify(certificate, ReadChain(context));
  if (!vouched.problem.empty()) {
    throw Error(Reason::kWrongTpm, what + " " + vouched.problem,
                vouched.unknown_ca ? kComplete + std::string(kDistrust) : kDistrust);
  }
  if (const std::string misuse = certificate.EkMisuse(); !misuse.empty()) {
    throw Error(Reason::kWrongTpm, what + " " + misuse, kDistrust);
  }
  keys.warnings = CheckDates(vouched.chain, what);
  // This compares with the very area that the token pins and that salts are encrypted to. Without
  // this comparison any copy of a genuine certificate would do: tests/integration/ek-ca.test.
  const auto certified = certificate.Key();
  if (!certified || certified != keys.salt_key.area.Numbers()) {
    throw Error(
        Reason::kWrongTpm,
        what + " is for another key than the one that the TPM gave as " + std::string(t->name),
        std::string("somebody may be between CPU and TPM; ") + kDistrust);
  }
  keys.ek_certificate = certificate.Id();
}

}  // namespace

ChosenKeys ChooseCertifiedKeys(const Context &context, const KeyRequest &request) {
  std::string note;
  ChosenKeys keys = ChooseKeys(context, PreferCertified(context, request, note));
  if (!note.empty()) keys.notes.insert(keys.notes.begin(), note);
  Certify(context, *request.ek_ca, keys);
  return keys;
}

}  // namespace tpm2_sealed
