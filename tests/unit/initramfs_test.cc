// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows that lsinitrd's words are read as they are meant, and what is found missing or in the way.
// With real images: tests/integration/initramfs.test.
#include "token/initramfs/initramfs_check.h"

#include <set>

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

constexpr const char *kBuiltin = "usr/lib/modules/6/modules.builtin";

std::string Entry(const std::string &mode, const std::string &name) {
  return mode + "   1 root     root         4637 Nov 16 10:17 " + name + "\n";
}
std::string Listing(const std::vector<std::string> &names, const std::string &module = "") {
  std::string text = "Image: x.img: 50M\n====================\nVersion: dracut-059\n\n" +
                     std::string("Arguments: -m 'a b'\ndracut modules:\nbase\n") + module +
                     "\n====================\n" + Entry("drwxr-xr-x", ".");
  std::set<std::string> folders;
  for (const std::string &name : names) {
    const std::string path = name.substr(0, name.find(" -> "));
    for (auto slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      folders.insert(path.substr(0, slash));
    }
  }
  for (const std::string &folder : folders) text += Entry("drwxr-xr-x", folder);
  for (const std::string &name : names) {
    if (name.ends_with('/')) continue;
    const bool link = name.find(" -> ") != std::string::npos;
    text += Entry(link                  ? "lrwxrwxrwx"
                  : name.ends_with('/') ? "drwxr-xr-x"
                                        : "-rwxr-xr-x",
                  name.ends_with('/') ? name.substr(0, name.size() - 1) : name);
  }
  return text + "crw-r--r--   1 root     root       1,   3 Nov 24 11:10 dev/null\n====\n";
}

const std::vector<std::string> kCommon = {
    "lib -> usr/lib",
    "sbin -> usr/sbin",
    "etc/",
    "usr/",
    "usr/lib/",
    "usr/lib/cryptsetup/",
    "usr/lib/cryptsetup/libcryptsetup-token-tpm2-sealed.so",
    "usr/lib/liba.so.1 -> liba.so.1.2",
    "usr/lib/liba.so.1.2",
    "usr/sbin/",
    "usr/sbin/cryptsetup",
    "usr/sbin/cryptsetup-tpm2",
    "usr/sbin/tpm2-sealed-latch",
    kBuiltin,
};
const std::vector<std::string> kScripts = {
    "usr/sbin/tpm2-sealed-open",
    "usr/lib/dracut/hooks/cleanup/99-latch.sh",
    "usr/lib/dracut/hooks/emergency/05-shell-latch.sh",
    "usr/lib/dracut/hooks/pre-mount/05-latch.sh",
    "usr/lib/dracut/hooks/cmdline/95-wrap.sh",
};
const std::vector<std::string> kSystemd = {
    "usr/lib/systemd/systemd",
    "usr/lib/systemd/systemd-cryptsetup",
    "etc/systemd/system/initrd-switch-root.target.wants/tpm2-sealed-latch.service",
    "etc/systemd/system/initrd.target.wants/tpm2-sealed-latch.service",
    "usr/lib/systemd/system/dracut-emergency.service.d/50-tpm2-sealed.conf",
    "usr/lib/systemd/system/emergency.service.d/50-tpm2-sealed.conf",
    "usr/lib/systemd/system/systemd-cryptsetup@.service.d/50-x.conf",
    "etc/crypttab",
};

struct Case {
  std::vector<std::string> names;
  std::string module = "tpm2-sealed";
  std::map<std::string, std::string> texts = {{kBuiltin, "kernel/drivers/char/tpm/tpm_tis.ko\n"}};
  InitramfsNeeds needs = {.plugin_folder = "/lib/cryptsetup",
                          .libraries = {"liba.so.1"},
                          .config_file = "/etc/cryptsetup-tpm2.conf",
                          .config = std::nullopt,
                          .builtin_modules = {}};

  explicit Case(const std::vector<std::string> &more) : names(kCommon) {
    names.insert(names.end(), more.begin(), more.end());
  }
  Case &Without(const std::string &part) {
    std::erase_if(names, [&](const std::string &name) { return name.starts_with(part); });
    return *this;
  }
  // "id:word …" of what is not ok.
  std::string Bad() const {
    std::string bad;
    const auto image = InitramfsImage::FromListing(Listing(names, module));
    for (const InitramfsCheck &check : CheckInitramfs(image, needs, texts)) {
      if (check.finding == Finding::kOk) continue;
      bad += (bad.empty() ? "" : " ") + check.id +
             (check.finding == Finding::kMissing ? ":missing" : ":off");
    }
    return bad;
  }
};

void LinksAreFollowed() {
  const auto image = InitramfsImage::FromListing(
      Listing({"lib -> usr/lib", "usr/", "usr/lib/", "usr/lib/a", "usr/lib/b -> ../lib/a",
               "usr/lib/c -> /lib/b", "usr/lib/d -> e", "usr/lib/loop -> loop",
               "up -> ../../usr/lib", "usr/lib/with blank"}));
  for (const char *path : {"usr/lib/a", "/usr/lib/a", "lib/a", "lib/b", "lib//c", "up/a", "lib",
                           "usr/lib/with blank", "usr/../lib/./a"}) {
    Expect(image.Has(path), path);
  }
  for (const char *path : {"", "/", "a", "lib/d", "lib/loop", "lib/x", "usr/libx", "dev/null"}) {
    Expect(!image.Has(path), path);
  }
  Expect(image.HasNamed("b") && image.HasNamed("lib/a"), "by name");
  Expect(!image.HasNamed("d") && !image.HasNamed("ib/a") && !image.HasNamed("loop"), "not these");
}

void SquashedImagesAreListed() {
  const auto image = InitramfsImage::FromListing(
      "Squashed content (squash-root.img):\n=====\n"
      "drwxr-xr-x root/root               242 2026-11-24 10:00 squashfs-root/usr\n"
      "-rwxr-xr-x root/root            225720 2026-11-24 10:00 squashfs-root/usr/cryptsetup\n"
      "lrwxrwxrwx root/root                 7 2026-11-24 10:00 squashfs-root/bin -> usr\n"
      "-rw-r--r-- root/root                 7 2026-11-24 10:00 squashfs-root/etc/a/b\n=====\n");
  Expect(image.Has("bin/cryptsetup"), "through the link");
  Expect(image.Has("etc/a/b"), "without its folders");
  // As `find -ls` prints it, of an image with erofs.
  const auto erofs = InitramfsImage::FromListing(
      "Squashed content (erofs-root.img):\n=====\n"
      "       36      4 drwxr-xr-x   5 root     root          242 Nov 24 10:00 erofs-root/usr\n"
      "  1048579    221 -rwxr-xr-x   1 root     root       225720 Nov 24 10:00 "
      "erofs-root/usr/cryptsetup\n"
      "       40      0 lrwxrwxrwx   1 root     root            3 Nov 24 10:00 erofs-root/bin -> "
      "usr\n=====\n");
  Expect(erofs.Has("bin/cryptsetup"), "through the link");
}

void TextsOfSeveralFilesAreTakenApart() {
  const std::string rule(72, '=');
  const auto texts = InitramfsImage::TextsFrom("initramfs:/etc/a\n" + rule + "\none\ntwo\n" + rule +
                                               "\n\ninitramfs:/b\n" + rule + "\nno newline" + rule +
                                               "\n\ninitramfs:/gone\n" + rule + "\n" + rule + "\n");
  assert_int_equal(texts.size(), 3);
  ExpectText(texts.at("etc/a"), "one\ntwo\n");
  ExpectText(texts.at("b"), "no newline");
  ExpectText(texts.at("gone"), "");
  // What looks like a rule in a file is a part of it.
  const std::string text = "# " + rule + "\n# title\n" + rule + "\n\ntpm-timeout = 60\n";
  const auto ruled = InitramfsImage::TextsFrom("initramfs:/a\n" + rule + "\n" + text + rule +
                                               "\n\ninitramfs:/b\n" + rule + "\n" + text + rule +
                                               "\n\n");
  assert_int_equal(ruled.size(), 2);
  ExpectText(ruled.at("a"), text);
  ExpectText(ruled.at("b"), text);
  Expect(InitramfsImage::TextsFrom("initramfs:/a\n").empty(), "cut short");
  Expect(InitramfsImage::TextsFrom("initramfs:/a\n" + rule + "\nx").empty(), "without its end");
}

void WholeImagesLackNothing() {
  ExpectText(Case(kScripts).Bad(), "");
  ExpectText(Case(kSystemd).Bad(), "");
}

// Arch and Fedora 42 have all programs in usr/bin.
void ProgramsMayBeInOneFolder() {
  const std::string old_folder = "usr/sbin";
  Case merged(kScripts);
  for (std::string &name : merged.names) {
    const auto at = name.find(old_folder);
    if (at != std::string::npos) name.replace(at, old_folder.size(), "usr/bin");
  }
  merged.names.emplace_back("usr/sbin -> bin");
  ExpectText(merged.Bad(), "");
  ExpectText(merged.Without("usr/bin/tpm2-sealed-latch").Bad(), "latch:missing");
}

void EachMissingPieceIsFound() {
  const std::vector<std::pair<const char *, const char *>> cases = {
      {"usr/lib/cryptsetup/libcryptsetup", "plugin:missing"},
      {"usr/lib/liba.so.1.2", "libraries:missing"},
      {"usr/sbin/cryptsetup-tpm2", "command:missing"},
      {"usr/sbin/tpm2-sealed-latch", "latch:missing"},
  };
  for (const auto &[part, bad] : cases) {
    ExpectText(Case(kScripts).Without(part).Bad(), bad);
    ExpectText(Case(kSystemd).Without(part).Bad(), bad);
  }
  ExpectText(Case(kScripts).Without("usr/sbin/cryptsetup").Bad(),
             "cryptsetup:missing command:missing");
  ExpectText(Case(kScripts).Without("usr/lib/dracut/hooks/cleanup").Bad(), "latch:missing");
  ExpectText(Case(kScripts).Without("usr/lib/dracut/hooks/emergency").Bad(), "latch:missing");
  ExpectText(Case(kScripts).Without("usr/lib/dracut/hooks/pre-mount").Bad(), "latch:missing");
  ExpectText(Case(kScripts).Without("usr/lib/dracut/hooks/cmdline").Bad(), "hook:missing");
  ExpectText(Case(kScripts).Without("usr/sbin/tpm2-sealed-open").Bad(), "hook:missing");
  ExpectText(Case(kSystemd).Without("usr/lib/systemd/systemd-cryptsetup").Bad(),
             "cryptsetup:missing");
  for (const char *part :
       {"etc/systemd/system/initrd.target", "etc/systemd/system/initrd-switch-root.target",
        "usr/lib/systemd/system/emergency.service.d",
        "usr/lib/systemd/system/dracut-emergency.service.d"}) {
    ExpectText(Case(kSystemd).Without(part).Bad(), "latch:missing");
  }
  Case module(kScripts);
  module.module = "tpm2-tss";
  ExpectText(module.Bad(), "module:missing");
}

void ThePluginHasOnePlace() {
  Case elsewhere(kScripts);
  elsewhere.needs.plugin_folder = "/usr/lib64/cryptsetup";
  ExpectText(elsewhere.Bad(), "plugin:missing");
  elsewhere.needs.plugin_folder.clear();
  ExpectText(elsewhere.Bad(), "plugin:missing");
}

void DriversAreModulesOrBuiltIn() {
  Case none(kScripts);
  none.texts[kBuiltin] = "kernel/drivers/char/tpm/tpm.ko\n";
  ExpectText(none.Bad(), "driver:missing");
  // The image's own list counts, not the running kernel's.
  none.needs.builtin_modules = "kernel/drivers/char/tpm/tpm_crb.ko\n";
  ExpectText(none.Bad(), "driver:missing");
  none.texts.clear();
  ExpectText(none.Bad(), "");
  none.needs.builtin_modules.clear();
  none.names.push_back("usr/lib/modules/6/kernel/drivers/char/tpm/tpm_tis_spi.ko.zst");
  ExpectText(none.Bad(), "");
}

void TheConfigurationIsTheMachines() {
  const std::string path = "etc/cryptsetup-tpm2.conf";
  Case image(kScripts);
  image.needs.config = "tpm-timeout = 60\n";
  ExpectText(image.Bad(), "configuration:missing");
  image.names.push_back(path);
  ExpectText(image.Bad(), "configuration:off");
  image.texts[path] = "tpm-timeout = 61\n";
  ExpectText(image.Bad(), "configuration:off");
  image.texts[path] = "tpm-timeout = 60\n";
  ExpectText(image.Bad(), "");
  image.needs.config = std::nullopt;
  ExpectText(image.Bad(), "configuration:off");
  image.needs.config = image.texts[path] = "tmp-timeout = 60\n";
  ExpectText(image.Bad(), "configuration:off");
}

void CrypttabCanKeepThePluginOut() {
  for (const char *option : {"tpm2-measure-pcr=yes", "tpm2-measure-keyslot-nvpcr=x",
                             "fixate-volume-key=x", "fido2-cid=abc"}) {
    Case image(kSystemd);
    image.texts["etc/crypttab"] = std::string("root UUID=1 none luks,") + option + "\n";
    ExpectText(image.Bad(), "crypttab:off");
  }
  Case fine(kSystemd);
  fine.texts["etc/crypttab"] =
      "root UUID=1 none tpm2-device=auto,tpm2-measure-pcr=no\n#x UUID=1 none fido2-cid=abc\n";
  ExpectText(fine.Bad(), "");
}

void KeyFilesKeepThePluginOut() {
  for (const char *line : {"root UUID=1 /key", "root UUID=1 /key luks,discard",
                           "root UUID=1 /key:LABEL=stick -", "a UUID=2 -\nroot UUID=1 /key"}) {
    Case image(kSystemd);
    image.texts["etc/crypttab"] = line;
    ExpectText(image.Bad(), "crypttab:off");
  }
  for (const char *line : {"root UUID=1", "root UUID=1 -", "root UUID=1 none luks", "#r UUID=1 /key",
                           "swap /dev/sda3 /dev/urandom swap,cipher=aes-xts-plain64",
                           "tmp /dev/sda4 /dev/urandom tmp=ext4", "d /dev/sda5 /key plain",
                           "t /dev/sda6 /key tcrypt-hidden"}) {
    Case image(kSystemd);
    image.texts["etc/crypttab"] = line;
    ExpectText(image.Bad(), "");
  }
  // A volume without a token of ours loses nothing; of another one the same is not known.
  Case two(kSystemd);
  two.needs.has_no_token = [](const CrypttabEntry &entry) { return entry.name == "home"; };
  two.texts["etc/crypttab"] = "root UUID=1\nhome UUID=2 /key\n";
  ExpectText(two.Bad(), "");
  two.texts["etc/crypttab"] = "root UUID=1 /key\nhome UUID=2\n";
  ExpectText(two.Bad(), "crypttab:off");
  // dracut's scripts try our tokens before a key file.
  Case scripts(kScripts);
  scripts.texts["etc/crypttab"] = "root UUID=1 /key\n";
  ExpectText(scripts.Bad(), "");
}

void KeysThatAreFoundKeepThePluginOut() {
  for (const char *name : {"etc/cryptsetup-keys.d/root.key", "etc/cryptsetup-keys.d/luks-1.key"}) {
    Case image(kSystemd);
    image.names.emplace_back(name);
    ExpectText(image.Bad(), "crypttab:off");
    image.names.emplace_back("usr/lib/systemd/libsystemd-shared-257.9-1.fc42.so");
    ExpectText(image.Bad(), "crypttab:off");
    // These look for the key after the tokens.
    image.names.back() = "usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-258.so";
    ExpectText(image.Bad(), "");
    image.texts["etc/crypttab"] = "root UUID=1 /etc/cryptsetup-keys.d/root.key\n";
    ExpectText(image.Bad(), "crypttab:off");
  }
  for (const char *name : {"etc/cryptsetup-keys.d/root.bin", "etc/cryptsetup-keys.d/a/root.key",
                           "usr/etc/cryptsetup-keys.d/root.key", "etc/keys/root.key"}) {
    Case image(kSystemd);
    image.names.emplace_back(name);
    ExpectText(image.Bad(), "");
  }
}

void UnitsCanKeepThePluginOut() {
  const std::string unit = "usr/lib/systemd/system/systemd-cryptsetup@.service.d/50-x.conf";
  const std::string name = "SYSTEMD_CRYPTSETUP_USE_TOKEN_MODULE";
  for (const std::string &line :
       {"Environment=" + name + "=0", "Environment=A=b \"" + name + "=no\" C=d",
        "x\nEnvironment='" + name + "=false'\n"}) {
    Case image(kSystemd);
    image.texts[unit] = line;
    ExpectText(image.Bad(), "token-modules:off");
  }
  for (const std::string &line : {"Environment=" + name + "=1", "#Environment=" + name + "=0",
                                  ";" + name + "=0", "Environment=" + name, name + "=01"}) {
    Case image(kSystemd);
    image.texts[unit] = line;
    ExpectText(image.Bad(), "");
  }
}

void TheTextsOfInterestAreAskedFor() {
  const auto image = InitramfsImage::FromListing(Listing(
      {"usr/lib/systemd/system/systemd-cryptsetup@.service.d/a.conf", "etc/systemd/system.conf",
       "etc/systemd/system.conf.d/b.conf", "usr/lib/systemd/system/service.d/c.conf",
       "usr/lib/systemd/system/emergency.service.d/no.conf", kBuiltin}));
  const auto wanted = TextsOfInterest(image, Case({}).needs);
  assert_int_equal(wanted.size(), 7);
  ExpectText(wanted[0], "etc/cryptsetup-tpm2.conf");
  ExpectText(wanted[1], "etc/crypttab");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(LinksAreFollowed),
      UNIT_TEST(SquashedImagesAreListed),
      UNIT_TEST(TextsOfSeveralFilesAreTakenApart),
      UNIT_TEST(WholeImagesLackNothing),
      UNIT_TEST(ProgramsMayBeInOneFolder),
      UNIT_TEST(EachMissingPieceIsFound),
      UNIT_TEST(ThePluginHasOnePlace),
      UNIT_TEST(DriversAreModulesOrBuiltIn),
      UNIT_TEST(TheConfigurationIsTheMachines),
      UNIT_TEST(CrypttabCanKeepThePluginOut),
      UNIT_TEST(KeyFilesKeepThePluginOut),
      UNIT_TEST(KeysThatAreFoundKeepThePluginOut),
      UNIT_TEST(UnitsCanKeepThePluginOut),
      UNIT_TEST(TheTextsOfInterestAreAskedFor),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
