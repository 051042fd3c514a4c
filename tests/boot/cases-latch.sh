# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The latch: what runs after the initramfs, or in a shell of it, cannot unseal any more.

# A thief's volume in the place of the real one, with its UUID. The thief types its passphrase, and
# its system tries to unseal from a copy of the real header, under genuine PCRs.
make_rogue() {
	enroll_root
	make_root "$dir/rogue"
	add_programs "$dir/rogue" "$(command -v cryptsetup)" "$(readlink -f /lib64/ld-linux-x86-64.so.2)" \
		"$work/installed/usr/lib/x86_64-linux-gnu/cryptsetup/libcryptsetup-token-tpm2-sealed.so"
	cp -L /lib/x86_64-linux-gnu/libtss2-tcti-device.so.0 /lib/x86_64-linux-gnu/libgcc_s.so.1 \
		"$dir/rogue/lib/x86_64-linux-gnu/"
	mkdir -p "$dir/rogue$tokensdir" "$dir/rogue/lib64"
	cp "$work/installed/usr/lib/x86_64-linux-gnu/cryptsetup/libcryptsetup-token-tpm2-sealed.so" \
		"$dir/rogue$tokensdir/"
	cp -L /lib64/ld-linux-x86-64.so.2 "$dir/rogue/lib64/"
	head -c 16M "$dir/root.img" >"$dir/rogue/header.img"
	cat >"$dir/rogue/scenario" <<'END'
mkdir -p /run/cryptsetup
if cryptsetup open --test-passphrase --token-only /header.img; then
	echo 'ROGUE opened it'
else
	echo 'ROGUE was refused'
fi
END
	# What dracut 059 without systemd reads as a script, in the initramfs, when the root is mounted.
	mkdir -p "$dir/rogue/etc/sysconfig"
	cat >"$dir/rogue/etc/sysconfig/readonly-root" <<'END'
if cryptsetup open --test-passphrase --token-only "$NEWROOT/header.img"; then
	echo 'EARLY opened it'
else
	echo 'EARLY was refused'
fi >/dev/console
END
	mkdir -p "$dir/rogue/usr/sbin"
	make_filesystem "$dir/rogue" "$dir/root.img" "$root_uuid" 80M
	encrypt "$dir/root.img" "$luks_uuid" || fail 'cannot encrypt'
}

case_rogue() {
	make_rogue
	boot
	expect "$passphrase_prompt"
	type_secret "$passphrase"
	[ "$flavour" != nosd ] || expect 'EARLY was refused'
	expect 'BOOT-OK root on /dev/mapper/'
	expect "PCR 15 $latched"
	expect 'ROGUE was refused'
	wait_off
}

# Without the module the same thief succeeds: what the test above sees is the latch.
case_rogue_control() {
	initramfs=$work/$flavour-plain.img
	make_rogue
	boot
	expect "$passphrase_prompt"
	type_secret "$passphrase"
	expect 'ROGUE opened it'
	wait_off
}

# On a second disk a file system without encryption that has the UUID of the root's, and comes after the
# volume was opened, so that udev gives it the link with that name. Where the root is named by the mapping
# of its volume, it is not taken.
make_twin() {
	enroll_root
	cp "$work/root.fs" "$dir/twin.img"
	disks="$dir/root.img $dir/twin.img"
	mkdir -p "$dir/more$hooks/pre-mount"
	echo 'udevadm trigger --action=change --name-match=/dev/vdb; udevadm settle' \
		>"$dir/more$hooks/pre-mount/20-twin.sh"
	add_to_initramfs "$dir/more"
}

case_twin() {
	make_twin
	cmdline="root=/dev/mapper/luks-$luks_uuid ro rd.luks.uuid=$luks_uuid"
	boot
	booted
	nothing_asked
}

# Where it is named by the UUID, the other one is taken, and the genuine volume is open.
case_twin_control() {
	make_twin
	boot
	expect 'BOOT-OK root on /dev/vdb'
	expect "DM luks-$luks_uuid"
	expect BOOT-END
	wait_off
}

# A shell before anything was opened.
case_shell() {
	enroll_root
	cmdline="$cmdline rd.shell rd.break=initqueue"
	boot
	in_shell
}

case_emergency() {
	enroll_root
	cmdline="$cmdline rd.systemd.unit=emergency.target"
	boot
	in_shell
}

in_shell() {
	if [ "$flavour" = nosd ]; then
		expect 'Dropping to debug shell'
		expect '# '
	else
		expect 'Press Enter for maintenance'
		type ''
		expect '# '
	fi
	type 'echo PCR 15 $(cat /sys/class/tpm/tpm0/pcr-sha256/15)'
	expect "PCR 15 $(echo "$latched" | tr a-f A-F)"
	power_off
}

# A swap volume that holds the image of a hibernated system, which may be a thief's: the latch comes
# before the kernel looks at it.
case_image() {
	make_swap S1SUSPEND
	boot
	expect 'tpm2-sealed: the latch, PCR 15, was extended'
	expect 'PM: '
	power_off
}
