# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What has to happen, and what must not, when a volume opens or not: the matrix.

# Bound to PCR 7 of the guest's firmware and the latch.
case_ok() {
	enroll_root
	boot
	booted
	nothing_asked
}

# Other PCRs, measured and (by force) not, and the latch.
case_pcr() {
	start_host_tpm
	extend 0 "$separator"
	enroll "$dir/root.img" --pcrs 0+7+12 --force
	stop_host_tpm
	boot
	booted
	nothing_asked
}

# Another value: the reason is on the console before the prompt, and in the journal, or among the
# kernel's messages, later.
case_pcrbad() {
	start_host_tpm
	extend 12 "$separator"
	enroll "$dir/root.img" --pcrs 7+12
	stop_host_tpm
	[ "$flavour" = nosd ] || {
		mkdir -p "$dir/more$hooks/pre-pivot"
		cp "$boot/show-journal" "$dir/more$hooks/pre-pivot/50-journal.sh"
		add_to_initramfs "$dir/more"
	}
	boot
	expect 'PCR 12 ('
	passphrase_opens
	never "$pin_prompt"
	if [ "$flavour" = nosd ]; then
		grep -qaE '^\[ *[0-9.]+\] .*PCR 12 \(' "$console" || fail 'the kernel was not told why'
	else
		grep -qaE '^JOURNAL .*PCR 12 \(' "$console" || fail 'the journal does not have the reason'
	fi
}

# Another TPM, as after it was cleared.
case_fresh() {
	enroll_root
	rm -r "$dir/tpm"
	mkdir "$dir/tpm"
	boot
	expect 'another TPM, or this one was cleared'
	passphrase_opens
}

# No TPM: a time limit that would be seen is not waited for.
case_notpm() {
	enroll_root
	cmdline="$cmdline rd.luks.tpm2-sealed.timeout=600"
	boot
	passphrase_opens
	never 'the latch is open'
	[ "$flavour" != nosd ] || grep -qa 'tpm2-sealed: this machine has no TPM' "$console" ||
		fail 'the kernel was not told why'
}

# The firmware says that there is a TPM, but no driver comes: it is waited for as long as was said.
case_nodrv() {
	enroll_root
	cmdline="$cmdline initcall_blacklist=init_tis,crb_acpi_driver_init rd.luks.tpm2-sealed.timeout=40"
	boot
	expect 'Run /init'
	_since=$(date +%s)
	expect 'there is no TPM at /dev/tpmrm0'
	[ $(($(date +%s) - _since)) -ge 40 ] || fail 'the TPM was not waited for'
	expect "$passphrase_prompt"
	type_secret "$passphrase"
	expect 'the latch is open'
	expect BOOT-END
	wait_off
}

# The device comes late, when somebody waits for it already.
case_late() {
	enroll_root
	mkdir -p "$dir/more$hooks/cmdline"
	cp "$boot/late-tpm" "$dir/more$hooks/cmdline/10-late.sh"
	cp /bin/busybox "$dir/more/busybox"
	add_to_initramfs "$dir/more"
	# Longer than by default: the machine may be slow.
	cmdline="$cmdline rd.luks.tpm2-sealed.timeout=120"
	boot
	expect 'LATE TPM is away'
	expect 'LATE TPM is there'
	booted
	nothing_asked
}

# The control: without the module nothing of this happens.
case_noplugin() {
	initramfs=$work/$flavour-plain.img
	enroll_root
	boot
	expect "$passphrase_prompt"
	type_secret "$passphrase"
	expect 'BOOT-OK root on /dev/mapper/'
	expect "PCR 15 $(printf %064d 0)"
	expect BOOT-END
	wait_off
	never 'tpm2-sealed: '
}

case_off() {
	enroll_root
	cmdline="$cmdline rd.luks.tpm2-sealed=0"
	boot
	passphrase_opens
}

# A key file that never comes. dracut looks for it after the token; systemd calls no plugin where a
# key file is given.
case_key() {
	enroll_root
	cmdline="$cmdline rd.luks.key=/key:UUID=00000000-0000-4000-8000-000000000000"
	cmdline="$cmdline rd.luks.options=keyfile-timeout=3s"
	boot
	if [ "$flavour" = nosd ]; then
		booted
		nothing_asked
	else
		passphrase_opens
	fi
}

# Something extends a PCR all the time: the TPM then ends every policy session with PCR_CHANGED.
case_ima() {
	enroll_root
	mkdir -p "$dir/more$hooks/pre-trigger"
	cp "$boot/extend-pcr-10" "$dir/more$hooks/pre-trigger/50-extend.sh"
	chmod 755 "$dir/more$hooks/pre-trigger/50-extend.sh"
	cp /bin/busybox "$dir/more/busybox"
	add_to_initramfs "$dir/more"
	boot
	expect 'EXTENDING PCR 10'
	expect 'EXTENDED PCR 10'
	booted
	nothing_asked
}

# All of dracut's modules, compressed.
case_default_modules() {
	as_installed dracut --force --no-hostonly --no-early-microcode --gzip --tmpdir "$dir" \
		--kver "$kernel" --add tpm2-sealed "$dir/default.img" >"$dir/dracut.log" 2>&1 ||
		fail "dracut: $(tail -n 3 "$dir/dracut.log")"
	initramfs=$dir/default.img
	enroll_root
	boot -m 1024
	booted
	nothing_asked
}
