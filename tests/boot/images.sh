# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Root trees and LUKS2 volumes for the boots, made in files: no device-mapper and no mount here.

# The root file system and the volume have the same UUIDs in every scenario.
root_uuid=4a1c6b52-0a0c-4f3e-9d36-1f0f3c6d0001
luks_uuid=7d0f3c0e-8a53-4f57-8e5a-2b6a4d9e0001
passphrase='correct horse'

# make_root DIR: a root that says that it was reached. systemd wants an os-release to switch to it.
make_root() {
	mkdir -p "$1/bin" "$1/sbin" "$1/etc" "$1/proc" "$1/sys" "$1/dev" "$1/run" "$1/tmp" "$1/usr/lib" \
		"$1/var" "$1/root" "$1/lib"
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

# make_filesystem DIR FILE UUID
make_filesystem() {
	rm -f "$2"
	mke2fs -q -t ext4 -U "$3" -d "$1" -F "$2" 40M
}

# encrypt FILE UUID [OPTION...]: in place; 16 MiB more, for the header. Keyslot 0 has the passphrase.
encrypt() {
	_file=$1
	_uuid=$2
	shift 2
	truncate -s +32M "$_file"
	cryptsetup reencrypt --encrypt --type luks2 --reduce-device-size 32M --batch-mode \
		--pbkdf pbkdf2 --pbkdf-force-iterations 1000 --uuid "$_uuid" \
		--key-file "$work/passphrase" "$@" "$_file"
}
