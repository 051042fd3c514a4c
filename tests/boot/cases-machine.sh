# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Firmware that measures, and builds that have to fail.

# UEFI measures the kernel into PCR 4: its value is read in a first boot, the volume bound to it.
case_uefi() {
	cp /usr/share/OVMF/OVMF_VARS_4M.fd "$dir/vars.fd"
	set -- -drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd \
		-drive "if=pflash,format=raw,file=$dir/vars.fd"
	start_host_tpm
	stop_host_tpm
	boot "$@"
	expect "$passphrase_prompt"
	type_secret "$passphrase"
	expect BOOT-END
	wait_off
	pcr4=$(sed -n 's/^PCR 4 \([0-9a-f]*\).*/\1/p' "$console")
	pcr7=$(sed -n 's/^PCR 7 \([0-9a-f]*\).*/\1/p' "$console")
	[ -n "${pcr4#"$(printf %064d 0)"}" ] || fail 'the firmware does not measure into PCR 4'
	mv "$console" "$console.first"
	start_host_tpm
	"$admin" seal --quiet --latch --pcrs 4+7 --pcr-values "4=$pcr4" --pcr-values "7=$pcr7" --key-slot 1 \
		--new-secret-file "$dir/secret" >"$dir/token.json" 2>"$dir/enroll.log" ||
		fail "$(cat "$dir/enroll.log")"
	stop_host_tpm
	cryptsetup luksAddKey --key-slot 1 --key-file "$work/passphrase" --pbkdf pbkdf2 \
		--pbkdf-force-iterations 1000 "$dir/root.img" "$dir/secret"
	TEST_PLUGIN=$plugin LD_PRELOAD=$builddir_abs/tests/plugin_path.so \
		cryptsetup token import --json-file "$dir/token.json" "$dir/root.img"
	boot "$@"
	booted
	nothing_asked
}

# What the admin sees of the images before he boots one of them.
case_status() {
	"$admin" status --initramfs "$initramfs" >"$dir/status.log" 2>&1 ||
		fail "not whole: $(cat "$dir/status.log")"
	! "$admin" status --initramfs "$work/$flavour-plain.img" >"$dir/status.log" 2>&1 ||
		fail 'an image without the module passes'
}

# For this host alone, which need not have a TPM or dm-crypt: ciphers are named.
case_hostonly() {
	build_initramfs "$dir/hostonly.img" "$flavour" --hostonly --no-hostonly-cmdline --gzip \
		--add-drivers 'aes_generic aesni_intel xts' --add tpm2-sealed || fail "dracut: $(tail -n 3 "$dir/hostonly.img.log")"
	initramfs=$dir/hostonly.img
	enroll_root
	boot
	booted
	nothing_asked
}

# dracut_fails SENTENCE: it makes no initramfs, and says why.
dracut_fails() {
	! build_initramfs "$dir/none.img" "$flavour" --add tpm2-sealed || fail 'dracut succeeds'
	[ ! -e "$dir/none.img" ] || fail 'there is an initramfs'
	grep -q "tpm2-sealed: .*$1" "$dir/none.img.log" || fail "dracut does not say: $1"
}

case_build_with_bad_config() {
	installed_etc=$dir/etc
	mkdir "$dir/etc"
	echo 'latch-prc = 15' >"$dir/etc/cryptsetup-tpm2.conf"
	dracut_fails "line 1: unknown key 'latch-prc'"
}

# fails_without FILE SENTENCE: dracut must not make an initramfs without the file.
fails_without() {
	mkdir -p "$dir/without$(dirname "$1")"
	mknod "$dir/without$1" c 0 0 # hides the file of the file systems below
	installed="$dir/without/usr:$work/installed"
	dracut_fails "$2"
}

case_build_without_plugin() {
	fails_without "$libraries/cryptsetup/libcryptsetup-token-tpm2-sealed.so" 'there is no '
}
case_build_without_command() {
	fails_without /usr/sbin/cryptsetup-tpm2 'the command cryptsetup-tpm2 is not installed'
}
case_build_without_tcti() {
	fails_without "$libraries/libtss2-tcti-device.so.0" 'there is no libtss2-tcti-device.so.0'
}
case_build_without_library() {
	fails_without "$libraries/libtss2-mu.so.0" 'needs libtss2-mu.so.0, which is not installed'
}
