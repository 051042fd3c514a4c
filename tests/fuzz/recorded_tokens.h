// SPDX-License-Identifier: LGPL-2.1-or-later
// Tokens of the software TPM whose answers are in tests/fuzz/corpus/tpm_responses.
// Written by tests/fuzz/record.
#pragma once

namespace tpm2_sealed::fuzz {

// Of the OpenSSL that made keys of the random numbers: major and minor number.
inline constexpr unsigned long kRecordedOpenssl = 0x300;

// clang-format off
inline constexpr const char *kRecordedEcc =
    R"({"type":"tpm2-sealed","keyslots":[],"version":1,"created":"2026-11-30T22:39:07Z","session")"
    R"(:{"encryption":"aes-128-cfb","salt_key":{"template":"ek-ecc-p256","handle":"0x81010002","p)"
    R"(ublic":"AHoAIwALAAMAsgAgg3GXZ0SEs/gakMyNRqXXJP1S124GUgtk8qHaGzMUaaoABgCAAEMAEAADABAAIM2mly)"
    R"(Jy3xpcpk0FlbT7ineUyHoEeCs8PM1F+2MjHw7rACDRix996RixrQMUifYJ4eWGiq7fP+y94vqf30Zz3s5yMA=="}},)"
    R"("parent":{"template":"srk-ecc-p256","handle":"0x81000001","public":"AFoAIwALAAMEcgAAAAYAgA)"
    R"(BDABAAAwAQACBUnNGUZgYJWvrFhfarQO7L/jlYa7NGr2xY1MytJNYH0AAg5oF+okI0WgmmjJXnJd8EC2UGmySD6BVx)"
    R"(X58FffVOh7s="},"sealed":{"public":"AE4ACAALAAAEkgAgRi3VOO/UOkosPm4jijaDsoSTf6NFjnUEIe3ODci)"
    R"(SheUAEAAgg7+PoyYZqpk9o34uTk3LFCEIJlKJNGN9xZGAYOa4t54=","private":"AJ4AIEt+Yo0XsRFE0gUFBYpX)"
    R"(RSSDihZNuccjlEK0x8mh0OO8ABA5AvGmG85YjCtI/dm9jP4XdPqbGL1jSVWEIWaoy/hukO6YAHWODN23+Dqk+pi6pl)"
    R"(Q8LqmZaPBguM59DdRPXSU0QwvtWoy2EWZRnkM+u3sPlZ/n9peVAAKELWUqGld8EAgXfnmynRh7NakwwiPjTZLWBKez)"
    R"(IkbonkNPPg=="},"policy":{"pcr":{"bank":"sha256","values":{"0":"2ebe6807995c988b9d292b535a8)"
    R"(1546078d93d753a42bf8d15ddcaf2d84be200","7":"2ebe6807995c988b9d292b535a81546078d93d753a42bf)"
    R"(8d15ddcaf2d84be200","15":"0000000000000000000000000000000000000000000000000000000000000000)"
    R"("}},"latch":15},"passphrase":"raw"})";
inline constexpr const char *kRecordedRsa =
    R"({"type":"tpm2-sealed","keyslots":[],"version":1,"created":"2026-11-30T22:39:07Z","session")"
    R"(:{"encryption":"aes-128-cfb","salt_key":{"template":"ek-rsa-2048","public":"AToAAQALAAMAsg)"
    R"(Agg3GXZ0SEs/gakMyNRqXXJP1S124GUgtk8qHaGzMUaaoABgCAAEMAEAgAAAAAAAEAo4v37lrjv4HUOHenS+7NBkKy)"
    R"(/Zo7j2emD/SzL8V6lLnG2lz+8mPsVNvqlYGO8PGwVGGoS51dNOjRxV4pPmDXgrbkthNhGinTRXlIJDovs4u7NZANwL)"
    R"(cmK046oX+I3QkETxotgYY+w4Ma10U3e1GyGk2zmxRYH/8V9JAd2SV+P4Ex8ifpNPVZajIXozrv6ZKZ/S2KMr0Q1vsZ)"
    R"(BHbwxnSi43SxhixVL/rrdXZ0rrk44rlsxi5VPcESI9Jq1pYFz05yEMU3uJjPlvY9sRXZWqSvZweV9zzXK0lXvzP14h)"
    R"(Up8687l0rsHSfalx0w0NHvVnaaqTbwDowTPaApMLmXzpnIQw=="}},"parent":{"template":"srk-ecc-p256",)"
    R"("handle":"0x81000001","public":"AFoAIwALAAMEcgAAAAYAgABDABAAAwAQACBUnNGUZgYJWvrFhfarQO7L/j)"
    R"(lYa7NGr2xY1MytJNYH0AAg5oF+okI0WgmmjJXnJd8EC2UGmySD6BVxX58FffVOh7s="},"sealed":{"public":"A)"
    R"(E4ACAALAAAEkgAgRi3VOO/UOkosPm4jijaDsoSTf6NFjnUEIe3ODciSheUAEAAgE2wnO9kpcTPBOta8c5gMQG0/YCO)"
    R"(HD/xCr2BrjmhV0yY=","private":"AJ4AIE3YzGDF8HM7C99r/p48ymCKbdUlhzQV81sAojI/U6A5ABBJIRoNNX4f)"
    R"(3k+aSxNWGZtCSy1NEcrOY/fjZKcw9yL91Sn4YQpEm/5HvNT3UMgOBRvWHyoO9MuZfmhpMBCHieAIMtFVu4HwAfcsYP)"
    R"(ZdnANmkiVpu3qCWk7hpRRVYp+1neKRt2X548OO6Wn6sC5pG5i+eE+U6NIhx0bkFQ=="},"policy":{"pcr":{"ban)"
    R"(k":"sha256","values":{"0":"2ebe6807995c988b9d292b535a81546078d93d753a42bf8d15ddcaf2d84be20)"
    R"(0","7":"2ebe6807995c988b9d292b535a81546078d93d753a42bf8d15ddcaf2d84be200","15":"0000000000)"
    R"(000000000000000000000000000000000000000000000000000000"}},"latch":15},"passphrase":"raw"})";
inline constexpr const char *kRecordedPin =
    R"({"type":"tpm2-sealed","keyslots":[],"version":1,"created":"2026-11-30T22:39:07Z","session")"
    R"(:{"encryption":"aes-128-cfb","salt_key":{"template":"ek-ecc-p256","handle":"0x81010002","p)"
    R"(ublic":"AHoAIwALAAMAsgAgg3GXZ0SEs/gakMyNRqXXJP1S124GUgtk8qHaGzMUaaoABgCAAEMAEAADABAAIM2mly)"
    R"(Jy3xpcpk0FlbT7ineUyHoEeCs8PM1F+2MjHw7rACDRix996RixrQMUifYJ4eWGiq7fP+y94vqf30Zz3s5yMA=="}},)"
    R"("parent":{"template":"srk-ecc-p256","handle":"0x81000001","public":"AFoAIwALAAMEcgAAAAYAgA)"
    R"(BDABAAAwAQACBUnNGUZgYJWvrFhfarQO7L/jlYa7NGr2xY1MytJNYH0AAg5oF+okI0WgmmjJXnJd8EC2UGmySD6BVx)"
    R"(X58FffVOh7s="},"sealed":{"public":"AE4ACAALAAAAkgAgB50FO5lCa7q9jtaWpnAOULvZXGzy0Erqr8oR7uY)"
    R"(yL7kAEAAg8IRTSHh93f4l1pu4VJ5n8tpaoBhWU7zL3WOVijhqLP4=","private":"AJ4AIJQSJGTwHdCwnqx1tutc)"
    R"(4D3zKeMtxS6AVaCa8Cxp/70dABDS+CUszXbonF2EORWGIqM5OeOeby0iCbbBpo4l38CATW3/FD5DcrQ3BV7hpx30dl)"
    R"(gcff9J3tU7zAjWDKc10K18KISZFCH/cbHEd722b+Xj+qkZTGDJ0Ni07exIQmJv5oveeLdf08NS18NqmrJBkAcFlY9U)"
    R"(FhAw60HqSA=="},"policy":{"pcr":{"bank":"sha256","values":{"0":"2ebe6807995c988b9d292b535a8)"
    R"(1546078d93d753a42bf8d15ddcaf2d84be200","7":"2ebe6807995c988b9d292b535a81546078d93d753a42bf)"
    R"(8d15ddcaf2d84be200","15":"0000000000000000000000000000000000000000000000000000000000000000)"
    R"("}},"latch":15},"pin":{"kdf":"argon2id","memory_kib":8,"iterations":3,"lanes":1,"salt":"Wl)"
    R"(paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo="},"passphrase":"hkdf-pin"})";
// clang-format on

}  // namespace tpm2_sealed::fuzz
