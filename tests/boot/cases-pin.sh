# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Tokens with a PIN.

pin=2468
# As little memory and time as is allowed: the machine is small and slow.
enroll_pin() {
	printf '%s\n' "$pin" >"$dir/pin"
	start_host_tpm
	# Not to mistake the TPM's lockout, which comes after three by default, for our limit.
	tpm2_dictionarylockout -Q -s -n 30 -t 3600 -l 3600 || fail 'no lockout parameters'
	enroll "$dir/root.img" --pin-file "$dir/pin" --pin-memory 65536 --pin-time 100
	stop_host_tpm
}

# tries_used N: what the TPM has counted, once the machine is off.
tries_used() {
	start_host_tpm
	_used=$("$admin" tpm --json 2>"$dir/tpm-json.log" | jq .lockout.counter)
	stop_host_tpm
	[ "$_used" = "$1" ] || fail "$_used tries were counted, not $1"
}

case_pin() {
	enroll_pin
	boot
	expect "$pin_prompt"
	type_secret "$pin"
	booted
	never "$passphrase_prompt"
}

# Three wrong ones, and no more of the TPM's tries; then the passphrase.
case_pinbad() {
	enroll_pin
	boot
	_pins='1 22 333'
	# systemd asks for ever while a plugin wants a PIN. Ours has had enough after the third, which
	# systemd hears when it offers a fourth.
	[ "$flavour" = nosd ] || _pins="$_pins 4444"
	for _pin in $_pins; do
		expect "$pin_prompt"
		type_secret "$_pin"
	done
	passphrase_opens
	tries_used 3
}

# An empty PIN gives up, and costs no try.
case_pinskip() {
	enroll_pin
	boot
	expect "$pin_prompt"
	type_secret ''
	passphrase_opens
	tries_used 0
}

# Power goes off right after a PIN was used: the TPM counts that as a try, and the next boot still
# opens by PIN.
case_unclean() {
	enroll_pin
	boot
	expect "$pin_prompt"
	type_secret "$pin"
	expect 'BOOT-OK root on /dev/mapper/'
	power_off
	mv "$console" "$console.first"
	boot
	expect "$pin_prompt"
	type_secret "$pin"
	booted
	never "$passphrase_prompt"
}

# The splash screen asks. A serial console gets its prompts as text.
with_plymouth() {
	build_initramfs "$dir/plymouth.img" "$flavour" --add 'tpm2-sealed plymouth' ||
		fail "dracut: $(tail -n 3 "$dir/plymouth.img.log")"
	initramfs=$dir/plymouth.img
	prompt_program=plymouth
	cmdline="$cmdline splash plymouth.ignore-serial-consoles=0"
	pin_prompt='PIN (/dev/vda)'
	passphrase_prompt='Password (/dev/vda)'
	enroll_pin
}

case_plymouth() {
	with_plymouth
	boot
	expect "$pin_prompt"
	type_secret "$pin"
	booted
	never "$passphrase_prompt"
}

# The reason is on the console, and among the kernel's messages, before the passphrase is asked.
case_plymouth_bad() {
	with_plymouth
	boot
	for _pin in 1 22 333; do
		expect "$pin_prompt"
		type_secret "$_pin"
		# The prompt is drawn anew with each key.
		expect 'wrong PIN'
	done
	passphrase_opens
	grep -qaE '^\[ *[0-9.]+\] .*wrong PIN' "$console" || fail 'the kernel was not told why'
	! grep -qaE '^\[ *[0-9.]+\] .*opens with its PIN' "$console" || fail 'the kernel was told what is no reason'
	tries_used 3
}

# Plymouth gives an empty answer to cryptsetup, which takes it for none: no try for the TPM.
case_plymouth_skip() {
	with_plymouth
	boot
	for _try in 1 2 3; do
		expect "$pin_prompt"
		type_secret ''
		expect 'Nothing to read on input'
	done
	passphrase_opens
	tries_used 0
}

# Nobody is there: rd.luks.timeout ends the wait for a PIN.
case_pin_timeout() {
	enroll_pin
	cmdline="$cmdline rd.luks.timeout=60"
	boot
	expect "$pin_prompt"
	passphrase_opens
	tries_used 0
}
