# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Disks that are not one encrypted root volume.

second_uuid=7d0f3c0e-8a53-4f57-8e5a-2b6a4d9e0002
swap_uuid=4a1c6b52-0a0c-4f3e-9d36-1f0f3c6d0002
partition_uuid=4a1c6b52-0a0c-4f3e-9d36-1f0f3c6d0003

# Two volumes at once, on one TPM.
case_two() {
	truncate -s 8M "$dir/second.img"
	encrypt "$dir/second.img" "$second_uuid" || fail 'cannot encrypt'
	start_host_tpm
	enroll "$dir/root.img"
	enroll "$dir/second.img"
	stop_host_tpm
	disks="$dir/root.img $dir/second.img"
	cmdline="$cmdline rd.luks.uuid=$second_uuid"
	boot
	expect 'BOOT-OK root on /dev/mapper/'
	expect "PCR 15 $latched"
	expect BOOT-END
	wait_off
	nothing_asked
	for _volume in $luks_uuid $second_uuid; do
		grep -q "^DM luks-$_volume" "$console" || fail "not open: $_volume"
	done
}

# shellcheck disable=SC2120 # its other caller is in another file
# make_swap [SIGNATURE]: a swap volume beside the root volume, and where to resume from.
make_swap() {
	truncate -s 8M "$dir/swap.img"
	mkswap -U "$swap_uuid" "$dir/swap.img" >/dev/null
	[ -z "${1:-}" ] ||
		printf '%s\0' "$1" | dd of="$dir/swap.img" bs=1 seek=4086 conv=notrunc 2>/dev/null
	encrypt "$dir/swap.img" "$second_uuid" || fail 'cannot encrypt'
	start_host_tpm
	enroll "$dir/root.img"
	enroll "$dir/swap.img"
	stop_host_tpm
	disks="$dir/swap.img $dir/root.img"
	cmdline="$cmdline rd.luks.uuid=$second_uuid resume=UUID=$swap_uuid"
}

# No image in it: the system starts anew, and the latch does not come too early for the root volume.
case_resume() {
	make_swap
	boot
	expect 'BOOT-OK root on /dev/mapper/'
	expect "PCR 15 $latched"
	expect BOOT-END
	wait_off
	nothing_asked
	grep -q "^DM luks-$second_uuid" "$console" || fail 'the swap volume is not open'
}

# The LUKS2 header on one disk, the data in a partition of another.
case_header() {
	start_host_tpm
	truncate -s 16M "$dir/header.img"
	cp "$work/root.fs" "$dir/data.img"
	encrypt "$dir/data.img" "$luks_uuid" --header "$dir/header.img" >"$dir/encrypt.log" 2>&1 ||
		fail "$(cat "$dir/encrypt.log")"
	"$admin" enroll --quiet --latch --key-file "$work/passphrase" --header "$dir/header.img" \
		"$dir/data.img" 2>"$dir/enroll.log" || fail "$(cat "$dir/enroll.log")"
	stop_host_tpm
	truncate -s 60M "$dir/disk.img"
	printf 'label: gpt\nstart=2048, size=81920, uuid=%s\n' "$partition_uuid" |
		sfdisk --quiet "$dir/disk.img"
	dd if="$dir/data.img" of="$dir/disk.img" bs=1M seek=1 conv=notrunc 2>/dev/null
	mkdir -p "$dir/more/etc"
	echo "vault PARTUUID=$partition_uuid none luks,header=/dev/disk/by-id/virtio-header" \
		>"$dir/more/etc/crypttab"
	add_to_initramfs "$dir/more"
	disks=$dir/disk.img
	cmdline="root=UUID=$root_uuid ro rd.luks.partuuid=$partition_uuid"
	boot -drive "file=$dir/header.img,format=raw,if=none,id=header" \
		-device virtio-blk,drive=header,serial=header
	expect 'BOOT-OK root on /dev/mapper/vault'
	expect "PCR 15 $latched"
	expect BOOT-END
	wait_off
	nothing_asked
}

# The root is a logical volume in an encrypted physical one.
case_lvm() {
	make_lvm "$dir/root.img"
	encrypt "$dir/root.img" "$luks_uuid" || fail 'cannot encrypt'
	enroll_root
	cmdline="root=/dev/boot/root ro rd.luks.uuid=$luks_uuid rd.lvm.lv=boot/root"
	boot
	expect 'BOOT-OK root on /dev/mapper/boot-root'
	expect "PCR 15 $latched"
	expect BOOT-END
	wait_off
	nothing_asked
}

# The name comes from a crypttab in the initramfs.
case_crypttab() {
	mkdir -p "$dir/more/etc"
	echo "vault UUID=$luks_uuid none luks,discard" >"$dir/more/etc/crypttab"
	add_to_initramfs "$dir/more"
	enroll_root
	boot
	expect 'BOOT-OK root on /dev/mapper/vault'
	expect "PCR 15 $latched"
	expect BOOT-END
	wait_off
	nothing_asked
}

# The name comes from the kernel command line, as it has to where another program made the initramfs
# until now, and the running system knows the volume by it.
case_name() {
	enroll_root
	cmdline="$cmdline rd.luks.name=$luks_uuid=sda2_crypt"
	boot
	expect 'BOOT-OK root on /dev/mapper/sda2_crypt'
	expect "PCR 15 $latched"
	expect BOOT-END
	wait_off
	nothing_asked
	[ "$(grep -c '^DM ' "$console")" = 1 ] || fail 'it is open under two names'
}
