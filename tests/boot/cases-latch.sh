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

# Who talks to the TPM first after a reset has some bank lack the latch PCR, for good. The sha256 bank,
# which the token is sealed to, stays whole.
allocate_partly() {
	start_host_tpm
	tpm2_pcrallocate sha1:0,1,2,3,4,5,6,7,16,17,18,19,20,21,22,23+sha256:all >"$dir/allocate.log" 2>&1 ||
		fail "$(cat "$dir/allocate.log")"
	stop_host_tpm
}

case_rogue_alloc() {
	allocate_partly
	case_rogue
}

case_rogue_alloc_control() {
	allocate_partly
	case_rogue_control
}

# require: an initramfs whose configuration has `latch = required`. Something of the test's own watches
# the mappings.
require() {
	installed_etc=$dir/etc
	mkdir -p "$dir/etc"
	printf '%s\n' 'latch = required' >"$dir/etc/cryptsetup-tpm2.conf"
	build_initramfs "$dir/required.img" "$flavour" --add tpm2-sealed ||
		fail "$(tail -n 3 "$dir/required.img.log")"
	initramfs=$dir/required.img
	watch
}

watch() {
	mkdir -p "$dir/more$hooks/pre-udev"
	cat >"$dir/more$hooks/pre-udev/10-watch.sh" <<'END'
(
	while :; do
		names=none
		for name in /sys/block/dm-*/dm/name; do [ ! -e "$name" ] || names=$(cat "$name"); done
		echo "WATCH $names" >/dev/console
		sleep 2
	done
) &
END
	add_to_initramfs "$dir/more"
}

# The TPM is gone for whoever would extend the latch, as soon as a volume is open: udev has done this
# before anybody goes on with the volume.
lose_tpm() {
	mkdir -p "$dir/lost/etc/udev/rules.d"
	echo 'SUBSYSTEM=="block", KERNEL=="dm-*", RUN+="/usr/bin/rm -f /dev/tpmrm0"' \
		>"$dir/lost/etc/udev/rules.d/99-lose-tpm.rules"
	mv "$initramfs" "$dir/whole.img"
	initramfs=$dir/whole.img
	add_to_initramfs "$dir/lost"
}

# The machine turns itself off, without a shell and with no volume open.
refused() {
	expect 'tpm2-sealed: the latch could not be closed'
	expect 'tpm2-sealed: every volume was closed; in 60 seconds the machine does this: poweroff'
	expect 'WATCH none'
	# Somebody at the keyboard.
	printf '\r\003\r' >&3
	wait_off
	never_since '#'
	never_since 'WATCH luks'
	never 'still open'
	never BOOT-OK
}

case_required() {
	enroll_root
	require
	lose_tpm
	boot
	expect "WATCH luks-$luks_uuid"
	refused
	nothing_asked
}

# Somebody at the keyboard kills whatever runs, but for process 1, again and again.
killing() {
	while :; do
		echo 'sendkey alt-sysrq-i'
		# As fast as a hand is, so that it meets each run of the script.
		sleep 1
	done >"$dir/monitor.in"
}

# Whatever is killed without systemd, the machine does not go on with the latch open: process 1 runs
# the script again.
case_required_killed() {
	enroll_root
	require
	lose_tpm
	cmdline="$cmdline sysrq_always_enabled"
	mkdir -p "$dir/next$hooks/pre-mount"
	echo 'echo LATCH-NEXT >/dev/console' >"$dir/next$hooks/pre-mount/01-next.sh"
	mv "$initramfs" "$dir/whole-next.img"
	initramfs=$dir/whole-next.img
	add_to_initramfs "$dir/next"
	mkfifo "$dir/monitor.in" "$dir/monitor.out"
	boot -monitor "pipe:$dir/monitor"
	expect LATCH-NEXT
	killing &
	killer=$!
	for _kill in 1 2 3 4 5; do expect 'Kill All Tasks'; done
	kill "$killer"
	expect 'tpm2-sealed: every volume was closed'
	wait_off
	never BOOT-OK
	never_since '#'
}

# A shell while the volume is open.
case_required_break() {
	enroll_root
	require
	lose_tpm
	cmdline="$cmdline rd.shell rd.break=pre-mount"
	boot
	expect "WATCH luks-$luks_uuid"
	refused
}

# No token is tried: the passphrase, which a thief's volume has as well.
case_required_off() {
	enroll_root
	require
	lose_tpm
	cmdline="$cmdline rd.luks.tpm2-sealed=0"
	boot
	expect "$passphrase_prompt"
	type_secret "$passphrase"
	expect "WATCH luks-$luks_uuid"
	refused
}

# A TPM that the kernel does not see can be seen by the next system.
case_required_none() {
	require
	boot
	expect "$passphrase_prompt"
	type_secret "$passphrase"
	expect "WATCH luks-$luks_uuid"
	refused
}

# The same initramfs, and nothing is blocked.
case_required_control() {
	enroll_root
	require
	boot
	expect "WATCH luks-$luks_uuid"
	booted
	nothing_asked
}

# Without the demand, the latch that could not be closed is said to be open, and the boot goes on.
case_lost_control() {
	enroll_root
	lost_initramfs=$dir/best-effort.img
	cp "$initramfs" "$lost_initramfs"
	initramfs=$lost_initramfs
	watch
	lose_tpm
	boot
	expect 'the latch is open: whoever runs on this machine can use the sealed volumes of this boot'
	expect "BOOT-OK root on /dev/mapper/luks-$luks_uuid"
	expect "PCR 15 $(printf %064d 0)"
	wait_off
}
