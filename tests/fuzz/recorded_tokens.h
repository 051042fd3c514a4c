// SPDX-License-Identifier: LGPL-2.1-or-later
// Tokens of the software TPM whose answers are in tests/fuzz/corpus/tpm_responses.
// Written by tests/fuzz/record.
#pragma once

namespace tpm2_sealed::fuzz {

// Of the OpenSSL that made keys of the random numbers: major and minor number.
inline constexpr unsigned long kRecordedOpenssl = 0x300;

// clang-format off
inline constexpr const char *kRecordedEcc =
    R"({"type":"tpm2-sealed","keyslots":[],"version":1,"created":"2026-11-24T18:35:13Z","session")"
    R"(:{"encryption":"aes-128-cfb","salt_key":{"template":"ek-ecc-p256","handle":"0x81010002","p)"
    R"(ublic":"AHoAIwALAAMAsgAgg3GXZ0SEs/gakMyNRqXXJP1S124GUgtk8qHaGzMUaaoABgCAAEMAEAADABAAIDTDbL)"
    R"(BD41qsRAO4MxuSJWZ8X8xHXvfc1aNpdB8Ey424ACDzjE2X11ftyKYIw7HjzN+olX6BVxxMGSzJg56MI0lPLg=="}},)"
    R"("parent":{"template":"srk-ecc-p256","handle":"0x81000001","public":"AFoAIwALAAMEcgAAAAYAgA)"
    R"(BDABAAAwAQACDnUOLwsc0/liwDOJZmFzX//m+y1uNDkD8bJkaPzWzBAAAgCE8xET43bEOndxVZ1q2fhPc5U2ltaox7)"
    R"(Iz1a4UA4PiA=","esys":"gQAAAQAiAAtmjoCtCLIRCFcOW/e4qihCTW+vnOWZUBDwctJYxaPtJgAAAAEAWgAjAAsA)"
    R"(AwRyAAAABgCAAEMAEAADABAAIOdQ4vCxzT+WLAM4lmYXNf/+b7LW40OQPxsmRo/NbMEAACAITzERPjdsQ6d3FVnWrZ)"
    R"(+E9zlTaW1qjHsjPVrhQDg+IA=="},"sealed":{"public":"AE4ACAALAAAEkgAgRi3VOO/UOkosPm4jijaDsoSTf)"
    R"(6NFjnUEIe3ODciSheUAEAAgK8/TEb5lh8B6ztaxg9OFE3/ztPCSPmtjC8Ezpc53rT0=","private":"AJ4AIIT985)"
    R"(2UyCdaaucpbkt+fFFzDr1M8M5SzwDn1fJZXwDyABC4yrptkUT7Vw+0Uwz8DxsQRF9WM/l6DZPhhlaPANMMx2Bzix9l)"
    R"(oFYj7g89kyqGBy6V+alJp+YT/NYN8q4X2gOZV0zJaonItaZH9cmFMFfqrsrGc6DWNmJqLxxmlK7Xb9Mx55KahY+lro)"
    R"(c/l1a9BnSbCZjPyiGn+cH8bQ=="},"policy":{"pcr":{"bank":"sha256","values":{"0":"2ebe6807995c9)"
    R"(88b9d292b535a81546078d93d753a42bf8d15ddcaf2d84be200","7":"2ebe6807995c988b9d292b535a815460)"
    R"(78d93d753a42bf8d15ddcaf2d84be200","15":"00000000000000000000000000000000000000000000000000)"
    R"(00000000000000"}},"latch":15},"passphrase":"raw"})";
inline constexpr const char *kRecordedRsa =
    R"({"type":"tpm2-sealed","keyslots":[],"version":1,"created":"2026-11-24T18:35:13Z","session")"
    R"(:{"encryption":"aes-128-cfb","salt_key":{"template":"ek-rsa-2048","public":"AToAAQALAAMAsg)"
    R"(Agg3GXZ0SEs/gakMyNRqXXJP1S124GUgtk8qHaGzMUaaoABgCAAEMAEAgAAAAAAAEAvh6blLjGddFAZ9C1DH6Ma9Y6)"
    R"(DGVGrM62Ug1gCwHW8RoIsYtBgzr/zM+QSoidLqtLUiGs48FNpm8Fjm2uthfICXgUv8yXFC6NObUxmJADekNFyhP1Ls)"
    R"(28lvS2tKnEgxdiM95szNgEuyl8GhABDNQ3fOeJYZRO97stXEKVVfvqKeH3rkNP9dnQ7L0DpovGvWnuUH4lE3vUtI90)"
    R"(UnuaH9yiRLP28F3K7neV36uukjfKlnHY4HM1eejb5qq0QBCe2qYMTSvDV4M6GO4alwqNeFnxaM1wYxJMJCJNM4inFg)"
    R"(judPw4/5PNR9kQ/62knIrj29oNdsVX1VPbQSa4a2UvQRI2Nw=="}},"parent":{"template":"srk-ecc-p256",)"
    R"("handle":"0x81000001","public":"AFoAIwALAAMEcgAAAAYAgABDABAAAwAQACDnUOLwsc0/liwDOJZmFzX//m)"
    R"(+y1uNDkD8bJkaPzWzBAAAgCE8xET43bEOndxVZ1q2fhPc5U2ltaox7Iz1a4UA4PiA=","esys":"gQAAAQAiAAtmjo)"
    R"(CtCLIRCFcOW/e4qihCTW+vnOWZUBDwctJYxaPtJgAAAAEAWgAjAAsAAwRyAAAABgCAAEMAEAADABAAIOdQ4vCxzT+W)"
    R"(LAM4lmYXNf/+b7LW40OQPxsmRo/NbMEAACAITzERPjdsQ6d3FVnWrZ+E9zlTaW1qjHsjPVrhQDg+IA=="},"sealed)"
    R"(":{"public":"AE4ACAALAAAEkgAgRi3VOO/UOkosPm4jijaDsoSTf6NFjnUEIe3ODciSheUAEAAg2506wBwqQCkNh)"
    R"(b4bBKfsvX8wUkl5zWx/lh4l402ScP4=","private":"AJ4AIH7DjpbBmW3wRQTzdtFs8x7Je3cQzuUVNE6uF8uc4x)"
    R"(QBABDIakYFKa/dAjeSTiiNpBBXY9ipvUmtdvuDTk6RSAQv118ToV/yHSEmPCTJ7HoHeg3GAZXKL916LH8buMsc3o3I)"
    R"(gCN2evqiLS7/5eXPEwUlCjx0yM4OdjkICIbdSG61+t38eZ6kF/MIF8CM+cB3QWAD8dPQ0mT7XIkFpA=="},"policy)"
    R"(":{"pcr":{"bank":"sha256","values":{"0":"2ebe6807995c988b9d292b535a81546078d93d753a42bf8d1)"
    R"(5ddcaf2d84be200","7":"2ebe6807995c988b9d292b535a81546078d93d753a42bf8d15ddcaf2d84be200","1)"
    R"(5":"0000000000000000000000000000000000000000000000000000000000000000"}},"latch":15},"passp)"
    R"(hrase":"raw"})";
inline constexpr const char *kRecordedPin =
    R"({"type":"tpm2-sealed","keyslots":[],"version":1,"created":"2026-11-24T18:35:13Z","session")"
    R"(:{"encryption":"aes-128-cfb","salt_key":{"template":"ek-ecc-p256","handle":"0x81010002","p)"
    R"(ublic":"AHoAIwALAAMAsgAgg3GXZ0SEs/gakMyNRqXXJP1S124GUgtk8qHaGzMUaaoABgCAAEMAEAADABAAIDTDbL)"
    R"(BD41qsRAO4MxuSJWZ8X8xHXvfc1aNpdB8Ey424ACDzjE2X11ftyKYIw7HjzN+olX6BVxxMGSzJg56MI0lPLg=="}},)"
    R"("parent":{"template":"srk-ecc-p256","handle":"0x81000001","public":"AFoAIwALAAMEcgAAAAYAgA)"
    R"(BDABAAAwAQACDnUOLwsc0/liwDOJZmFzX//m+y1uNDkD8bJkaPzWzBAAAgCE8xET43bEOndxVZ1q2fhPc5U2ltaox7)"
    R"(Iz1a4UA4PiA=","esys":"gQAAAQAiAAtmjoCtCLIRCFcOW/e4qihCTW+vnOWZUBDwctJYxaPtJgAAAAEAWgAjAAsA)"
    R"(AwRyAAAABgCAAEMAEAADABAAIOdQ4vCxzT+WLAM4lmYXNf/+b7LW40OQPxsmRo/NbMEAACAITzERPjdsQ6d3FVnWrZ)"
    R"(+E9zlTaW1qjHsjPVrhQDg+IA=="},"sealed":{"public":"AE4ACAALAAAAkgAgB50FO5lCa7q9jtaWpnAOULvZX)"
    R"(Gzy0Erqr8oR7uYyL7kAEAAgBchRBnuUQBlJoAfq55OZXlYypckEacv1wa/DhQn/Res=","private":"AJ4AIPb+3H)"
    R"(K9vpM4YZBJmxrrWCiIWl5R+sWWsNtdPO8m+bHsABCUr2EbDWw/riHrsVN+21yMmXaOHxdGldJjlmKctorImeRRfWNy)"
    R"(QcuF44kQdwgO4q1msRH0pEv1L4yGFqdIpYZv+HOhUrVN11w6N7mkIN4endBN+AQ8rsh+yXnj6cN1nhB34MsUXkWzJD)"
    R"(Fq05jGbab0f/SABDw05ctFuQ=="},"policy":{"pcr":{"bank":"sha256","values":{"0":"2ebe6807995c9)"
    R"(88b9d292b535a81546078d93d753a42bf8d15ddcaf2d84be200","7":"2ebe6807995c988b9d292b535a815460)"
    R"(78d93d753a42bf8d15ddcaf2d84be200","15":"00000000000000000000000000000000000000000000000000)"
    R"(00000000000000"}},"latch":15},"pin":{"kdf":"argon2id","memory_kib":8,"iterations":3,"lanes)"
    R"(":1,"salt":"WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo="},"passphrase":"hkdf-pin"})";
// clang-format on

}  // namespace tpm2_sealed::fuzz
