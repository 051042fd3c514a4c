# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the cases have in common.

# What SeaBIOS extends PCR 7, and others, by.
separator=$(printf '\377\377\377\377' | sha256sum | cut -d ' ' -f 1)
# PCR 15 after the latch: extended once from zero by the digest that cryptsetup-tpm2(8) documents.
latched=$({
	printf %064d 0
	printf 'cryptsetup-tpm2 latch v1' | sha256sum | cut -d ' ' -f 1
} | tr -d '\n' | xxd -r -p | sha256sum | cut -d ' ' -f 1)

initramfs=$work/$flavour.img
disks=$dir/root.img
cmdline="root=UUID=$root_uuid ro rd.luks.uuid=$luks_uuid"
if [ "$flavour" = nosd ]; then
	prompt_program=cryptsetup
	passphrase_prompt='Enter passphrase for'
	pin_prompt='Enter token PIN'
else
	prompt_program=systemd
	passphrase_prompt='enter passphrase for disk'
	pin_prompt='enter LUKS2 token PIN'
fi
# By its real path: a folder named lib would take the place of the link.
hooks=/usr/lib/dracut/hooks

# enroll FILE [OPTION...]
enroll() {
	"$admin" enroll --quiet --latch --key-file "$work/passphrase" "$@" >"$dir/enroll.log" 2>&1 ||
		fail "$(cat "$dir/enroll.log")"
}

enroll_root() {
	start_host_tpm
	enroll "$dir/root.img" "$@"
	stop_host_tpm
}

booted() {
	expect "BOOT-OK root on /dev/mapper/luks-$luks_uuid"
	[ "$tpm" = none ] || expect "PCR 15 $latched"
	expect BOOT-END
	wait_off
}

# And, without systemd, it is our hook that has opened it: dracut's own cryptsetup would try tokens too.
nothing_asked() {
	never "$passphrase_prompt"
	never "$pin_prompt"
	[ "$flavour" != nosd ] || grep -qaE 'tpm2-sealed: .* is open as' "$console" ||
		fail 'it was not the hook that opened it'
}

passphrase_opens() {
	expect "$passphrase_prompt"
	type_secret "$passphrase"
	booted
}

# add_to_initramfs DIR: the kernel unpacks one archive after another.
add_to_initramfs() {
	(cd "$1" && find . | cpio --quiet -o -H newc) >"$dir/more.cpio"
	cat "$initramfs" "$dir/more.cpio" >"$dir/initramfs.img"
	initramfs=$dir/initramfs.img
}
