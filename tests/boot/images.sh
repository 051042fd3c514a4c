# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Root trees and LUKS2 volumes for the boots, made in files: no device-mapper and no mount here.

# The root file system and the volume have the same UUIDs in every scenario.
root_uuid=4a1c6b52-0a0c-4f3e-9d36-1f0f3c6d0001
luks_uuid=7d0f3c0e-8a53-4f57-8e5a-2b6a4d9e0001
passphrase='correct horse'

# make_root DIR: a root that says that it was reached. systemd wants an os-release to switch to it.
make_root() {
	mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib/x86_64-linux-gnu" "$1/usr/lib64"
	for _link in bin sbin lib lib64; do ln -s "usr/$_link" "$1/$_link"; done
	mkdir -p "$1/etc" "$1/proc" "$1/sys" "$1/dev" "$1/run" "$1/tmp" \
		"$1/var" "$1/root"
	cp /bin/busybox "$1/bin/busybox" && ln -s busybox "$1/bin/sh"
	cp "$boot/init" "$1/sbin/init" && chmod 755 "$1/sbin/init"
	echo 'ID=boot-test' >"$1/etc/os-release"
	ln -s ../../etc/os-release "$1/usr/lib/os-release"
}

# add_programs DIR PROGRAM...: programs of this system, and of the installed tree, with libraries.
add_programs() {
	_root=$1
	shift
	for _program in "$@"; do
		for _file in "$_program" $(ldd "$_program" | grep -o '/[^ ]*'); do
			mkdir -p "$_root$(dirname "$_file")"
			[ -e "$_root$_file" ] || cp -L "$_file" "$_root$_file"
		done
	done
}

# make_filesystem DIR FILE UUID [SIZE]
make_filesystem() {
	rm -f "$2"
	mke2fs -q -t ext4 -U "$3" -d "$1" -F "$2" "${4:-40M}"
}

# encrypt FILE UUID [OPTION...]: in place; 16 MiB more, for the header. Keyslot 0 has the passphrase.
# cryptsetup keeps the header meanwhile in a file in the working directory that is named after the
# UUID, and refuses to work on two volumes of one UUID at once.
encrypt() {
	_volume=$1 _uuid=$2
	shift 2
	[ $# -gt 0 ] || {
		truncate -s +32M "$_volume"
		set -- --reduce-device-size 32M
	}
	(
		cd "$(dirname "$_volume")" && flock 9 && cryptsetup reencrypt --encrypt --type luks2 \
			--batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --uuid "$_uuid" \
			--key-file "$work/passphrase" "$@" "$_volume"
	) 9>"$work/encrypting"
}

# make_lvm FILE: the root file system as the logical volume boot/root. lvcreate insists on a kernel
# with device-mapper, which this host need not have; so the volume is written into a backup of the
# group's metadata, and that restored. It is linear: its blocks lie one after another behind 1 MiB.
make_lvm() {
	rm -f "$1"
	truncate -s 50M "$1"
	loop=$(losetup --find --show "$1") || fail 'no loop device'
	# This loop device alone: another scenario may make a group of the same name now. And without
	# udev or this host's configuration.
	lvm="devices { use_devicesfile=0 scan=\"/dev\" filter=[\"a|^$loop\$|\",\"r|.*|\"] }
		activation { udev_sync=0 udev_rules=0 verify_udev_operations=0 } backup { backup=0 archive=0 }"
	{
		pvcreate --config "$lvm" --dataalignment 1m "$loop" &&
			vgcreate --config "$lvm" --physicalextentsize 1m boot "$loop" &&
			vgcfgbackup --config "$lvm" --file "$dir/group" boot &&
			awk '{ print }
				/^\tphysical_volumes/ { volumes = 1 }
				volumes && /^\t}/ {
					volumes = 0
					print "logical_volumes { root {"
					print "id = \"000000-0000-0000-0000-0000-0000-000001\""
					print "status = [\"READ\", \"WRITE\", \"VISIBLE\"] flags = [] segment_count = 1"
					print "segment1 { start_extent = 0 extent_count = 40 type = \"striped\""
					print "stripe_count = 1 stripes = [\"pv0\", 0] } } }"
				}' "$dir/group" >"$dir/group.new" &&
			vgcfgrestore --config "$lvm" --force --file "$dir/group.new" boot
	} >"$dir/lvm.log" 2>&1 || _failed=yes
	losetup --detach "$loop"
	loop=
	[ -z "${_failed:-}" ] || fail "$(tail -n 2 "$dir/lvm.log")"
	dd if="$work/root.fs" of="$1" bs=1M seek=1 conv=notrunc 2>/dev/null
}
