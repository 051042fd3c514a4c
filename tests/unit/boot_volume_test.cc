// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows for which volumes it is known that the initramfs opens them: through any layers between
// filesystem and volume, and by every place that names the volume; and that others are left alone.
#include "token/initramfs/boot_volume.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <map>

#include "token/initramfs/boot_facts.h"

#include "tests/unit/test.h"

namespace {

using namespace tpm2_sealed;
using namespace tpm2_sealed::test;

constexpr const char *kUuid = "4a1b2c3d-0000-4111-8222-aabbccddeeff";
constexpr const char *kLuks = "CRYPT-LUKS2-4a1b2c3d0000411182 22aabbccddeeff-root";

// A made-up machine: 8:2 is the partition with the volume, 8:3 is another.
struct Machine {
  std::map<std::string, std::vector<std::string>> slaves;
  std::map<std::string, std::string> dm_uuid;
  std::map<std::string, std::string> nodes = {{"/dev/sda2", "8:2"}, {"/dev/sda3", "8:3"}};
  std::vector<std::vector<std::string>> btrfs;
  std::string mountinfo;
  std::string command_line;
  std::string crypttab;
  std::string resume;

  // The volume is open as 253:0.
  Machine &Open() {
    dm_uuid["253:0"] = Joined(kLuks);
    slaves["253:0"] = {"8:2"};
    nodes["/dev/mapper/root"] = "253:0";
    return *this;
  }
  std::string Why() const {
    const BlockDevices devices{
        .slaves = [this](const std::string &n) { return Find(slaves, n); },
        .dm_uuid = [this](const std::string &n) { return Find(dm_uuid, n); },
        .number_of =
            [this](const std::string &path) {
              const auto found = nodes.find(path);
              return found == nodes.end() ? std::nullopt : std::optional(found->second);
            },
        .btrfs =
            [this](const std::string &n) {
              for (const auto &all : btrfs) {
                for (const std::string &device : all) {
                  if (device == n) return all;
                }
              }
              return std::vector<std::string>();
            },
    };
    return WhyInInitramfs({mountinfo, command_line, crypttab, resume, devices},
                          {kUuid, "/dev/sda2"})
        .value_or("no");
  }
  template <typename Map>
  static typename Map::mapped_type Find(const Map &map, const std::string &key) {
    const auto found = map.find(key);
    return found == map.end() ? typename Map::mapped_type() : found->second;
  }
};

std::string Mount(const std::string &number, const std::string &point, const std::string &source) {
  return "36 35 " + number + " / " + point + " rw,noatime shared:1 - ext4 " + source + " rw\n";
}

void AVolumeThatNothingNamesIsNotOpenedAtBoot() {
  ExpectText(Machine().Why(), "no");
  ExpectText(Machine().Open().Why(), "no");
  Machine other = Machine().Open();
  other.mountinfo = Mount("8:3", "/", "/dev/sda3") + Mount("253:0", "/home", "/dev/mapper/root");
  ExpectText(other.Why(), "no");
}

void TheRootVolumeIsFound() {
  Machine plain = Machine().Open();
  plain.mountinfo = Mount("0:5", "/proc", "proc") + Mount("253:0", "/", "/dev/mapper/root");
  ExpectText(plain.Why(), "it holds /");
  Machine usr = Machine().Open();
  usr.mountinfo = Mount("8:3", "/", "/dev/sda3") + Mount("253:0", "/usr", "/dev/mapper/root");
  ExpectText(usr.Why(), "it holds /usr");
}

void LvmAndRaidAreFollowed() {
  Machine lvm = Machine().Open();
  lvm.dm_uuid["253:1"] = "LVM-abc";
  lvm.dm_uuid["253:9"] = "CRYPT-LUKS2-00000000000000000000000000000000-other";
  lvm.slaves["253:1"] = {"253:9", "9:0"};
  lvm.slaves["9:0"] = {"253:0"};
  lvm.mountinfo = Mount("253:1", "/", "/dev/mapper/vg-root");
  ExpectText(lvm.Why(), "it holds /");
  // Two volumes of which this is not one.
  lvm.slaves["9:0"] = {"8:3"};
  ExpectText(lvm.Why(), "no");
}

// A btrfs is mounted under a number that is no device's.
void BtrfsIsFollowedOverAllItsDevices() {
  Machine one = Machine().Open();
  one.mountinfo = "36 35 0:28 /@ / rw - btrfs /dev/mapper/root rw,subvol=/@\n";
  ExpectText(one.Why(), "it holds /");
  Machine two = one;
  two.mountinfo = "36 35 0:28 /@ / rw - btrfs /dev/sda3 rw,subvol=/@\n";
  ExpectText(two.Why(), "no");
  two.btrfs = {{"8:9", "8:10"}, {"8:3", "253:0"}};
  ExpectText(two.Why(), "it holds /");
}

void LoopsAndNonsenseDoNotHang() {
  Machine loop = Machine();
  loop.slaves["8:3"] = {"8:3", "9:1"};
  loop.slaves["9:1"] = {"8:3"};
  loop.mountinfo = "x\n" + Mount("8:3", "/", "/dev/sda3") + "1 2 3 4 / rw -\n1 2 3 4 /\n-\n";
  ExpectText(loop.Why(), "no");
}

void AnotherVolumeOfAlikeNameIsNotTaken() {
  Machine other;
  other.mountinfo = Mount("253:0", "/", "/dev/mapper/x");
  for (const char *dm_uuid :
       {"CRYPT-LUKS2-4a1b2c3d00004111822 2aabbccddeefe-root",
        "CRYPT-LUKS1-4a1b2c3d0000411182 22aabbccddeeff-root", "CRYPT-LUKS2-", "LVM-x"}) {
    other.dm_uuid["253:0"] = Joined(dm_uuid);
    ExpectText(other.Why(), "no");
  }
}

void TheKernelCommandLineNamesTheVolume() {
  for (const char *text :
       {"rd.luks.uuid=4a1b2c3d-0000-4111-8222-aabbccddeeff", "quiet rd.luks.uuid=luks-4a1b2c3d",
        "rd.luks.uuid=4A1B2C3D-0000-4111-8222-AABBCCDDEEFF\n", "\"rd.luks.uuid=4a1b2c3d\"",
        "rd.luks.name=4a1b2c3d-0000-4111-8222-aabbccddeeff=root",
        "luks.uuid=4a1b2c3d-0000-4111-8222-aabbccddeeff"}) {
    Machine machine;
    machine.command_line = text;
    ExpectText(machine.Why(), "the kernel command line names it");
  }
  for (const char *text :
       {"", "rd.luks.uuid", "rd.luks.uuid=", "rd.luks.uuid=luks-", "rd.luks.uuid=5a1b2c3d",
        "xrd.luks.uuid=4a1b2c3d-0000-4111-8222-aabbccddeeff", "rd.luks.name=4a1b2c3d=root",
        "rd.luks.uuid=4a1b2c3d-0000-4111-8222-aabbccddeeff0", "rd.luks=1"}) {
    Machine machine;
    machine.command_line = text;
    ExpectText(machine.Why(), "no");
  }
}

void CrypttabNamesTheVolume() {
  for (const char *text :
       {"root UUID=4a1b2c3d-0000-4111-8222-aabbccddeeff none x-initrd.attach\n",
        "# a comment\n\nr\t/dev/disk/by-uuid/4A1B2C3D-0000-4111-8222-AABBCCDDEEFF\t-\t"
        "discard,x-initrd.attach",
        "x /dev/sda2 none x-initrd.attach,luks"}) {
    Machine machine;
    machine.crypttab = text;
    ExpectText(machine.Why(), "crypttab has it with x-initrd.attach");
  }
  for (const char *text :
       {"root UUID=4a1b2c3d-0000-4111-8222-aabbccddeeff none luks\n",
        "#root UUID=4a1b2c3d-0000-4111-8222-aabbccddeeff none x-initrd.attach\n",
        "root UUID=5a1b2c3d-0000-4111-8222-aabbccddeeff none x-initrd.attach\n",
        "x-initrd.attach UUID=4a1b2c3d-0000-4111-8222-aabbccddeeff\n", "root",
        "x /dev/sda3 none x-initrd.attach", "x /dev/gone none x-initrd.attach",
        "root UUID=4a1b2c3d-0000-4111-8222-aabbccddeeff none x-initrd.attached\n"}) {
    Machine machine;
    machine.crypttab = text;
    ExpectText(machine.Why(), "no");
  }
  // By its label, which nobody can resolve; but the name is mapped to it.
  Machine open = Machine().Open();
  open.crypttab = "root PARTLABEL=system none x-initrd.attach\n";
  ExpectText(open.Why(), "crypttab has it with x-initrd.attach");
  open.crypttab = "other PARTLABEL=system none x-initrd.attach\n";
  ExpectText(open.Why(), "no");
  open.nodes["/dev/disk/by-partlabel/system"] = "8:2";
  ExpectText(open.Why(), "crypttab has it with x-initrd.attach");
}

void TheResumeDeviceIsFound() {
  Machine sys = Machine().Open();
  sys.resume = "253:0\n";
  ExpectText(sys.Why(), "the machine resumes from it");
  sys.resume = "0:0\n";
  ExpectText(sys.Why(), "no");
  sys.command_line = "resume=/dev/mapper/root";
  ExpectText(sys.Why(), "the machine resumes from it");
  sys.command_line = "resume=UUID=1234";
  ExpectText(sys.Why(), "no");
  sys.nodes["/dev/disk/by-uuid/1234"] = "253:0";
  ExpectText(sys.Why(), "the machine resumes from it");
  sys.command_line = "noresume resume";
  ExpectText(sys.Why(), "no");
}

void CrypttabFieldsAreRead() {
  const auto entries = ParseCrypttab("a\\040b UUID=1 /key luks,tpm2-measure-pcr=yes\nc d\n");
  assert_int_equal(entries.size(), 2);
  ExpectText(entries[0].name, "a b");
  ExpectText(entries[0].key_file, "/key");
  Expect(entries[0].options == std::vector<std::string>{"luks", "tpm2-measure-pcr=yes"}, "options");
  Expect(entries[1].options.empty() && entries[1].key_file.empty(), "short lines");
}

// The real readers, on a sysfs that is made of files.
void SysfsIsRead() {
  char root[] = "/tmp/ct2-sysfs.XXXXXX";
  Expect(mkdtemp(root) != nullptr, "a directory");
  const std::string sys = root;
  const auto run = [](const std::string &command) {
    Expect(std::system(command.c_str()) == 0, command);
  };
  run("cd " + sys + " && mkdir -p dev/block/253:0/slaves/sda2 dev/block/253:0/dm " +
      "fs/btrfs/features fs/btrfs/x/devices/dm-0 fs/btrfs/x/devices/sda3 && " +
      "echo 8:2 >dev/block/253:0/slaves/sda2/dev && echo CRYPT-LUKS2-x >dev/block/253:0/dm/uuid && " +
      "echo 253:0 >fs/btrfs/x/devices/dm-0/dev && echo 8:3 >fs/btrfs/x/devices/sda3/dev");
  const BlockDevices devices = BlockDevicesOf(sys);
  const auto slaves = devices.slaves("253:0");
  const auto none = devices.slaves("8:2");
  const std::string dm_uuid = devices.dm_uuid("253:0") + devices.dm_uuid("8:2");
  const std::size_t members = devices.btrfs("8:3").size() + devices.btrfs("8:4").size();
  run("rm -r " + sys);
  Expect(slaves == std::vector<std::string>{"8:2"}, "the slave");
  Expect(none.empty(), "a partition has none");
  ExpectText(dm_uuid, "CRYPT-LUKS2-x");
  assert_int_equal(members, 2);
  Expect(!devices.number_of("/dev/null") && !devices.number_of("/nowhere"), "no block devices");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      UNIT_TEST(AVolumeThatNothingNamesIsNotOpenedAtBoot),
      UNIT_TEST(TheRootVolumeIsFound),
      UNIT_TEST(LvmAndRaidAreFollowed),
      UNIT_TEST(BtrfsIsFollowedOverAllItsDevices),
      UNIT_TEST(LoopsAndNonsenseDoNotHang),
      UNIT_TEST(AnotherVolumeOfAlikeNameIsNotTaken),
      UNIT_TEST(TheKernelCommandLineNamesTheVolume),
      UNIT_TEST(CrypttabNamesTheVolume),
      UNIT_TEST(TheResumeDeviceIsFound),
      UNIT_TEST(CrypttabFieldsAreRead),
      UNIT_TEST(SysfsIsRead),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
