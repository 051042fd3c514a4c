# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The machine of one scenario: a software TPM, first on this host and then in the guest, a QEMU
# without KVM, and its console.

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	_end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$_end" ] || return 1
		sleep 0.2
	done
}

fail() {
	echo "$*" >>"$dir/reason"
	exit 1
}

# The TPM on this host, to enroll with. PCR 7 holds what it holds in the guest.
start_host_tpm() {
	mkdir -p "$dir/tpm"
	rm -f "$dir/tpm/sock" "$dir/tpm.pid"
	swtpm socket --tpm2 --tpmstate "dir=$dir/tpm" --server "type=unixio,path=$dir/tpm/sock" \
		--ctrl "type=unixio,path=$dir/tpm/sock.ctrl" --flags not-need-init,startup-clear \
		--pid "file=$dir/tpm.pid" >"$dir/tpm.log" 2>&1 &
	host_tpm=$!
	# Written when it listens on both sockets.
	wait_for 30 test -s "$dir/tpm.pid" || fail "swtpm does not start: $(cat "$dir/tpm.log")"
	export CRYPTSETUP_TPM2_TCTI="swtpm:path=$dir/tpm/sock"
	export TPM2TOOLS_TCTI="$CRYPTSETUP_TPM2_TCTI"
	extend 7 "$separator"
}

# extend PCR SHA256
extend() { tpm2_pcrextend "$1:sha256=$2" || fail "PCR $1 cannot be extended"; }

# In good order, as a kernel does it: else the TPM counts the use of a PIN as a wrong one.
stop_host_tpm() {
	tpm2_shutdown --clear || fail 'the TPM does not shut down'
	kill "$host_tpm"
	wait "$host_tpm" 2>/dev/null || true
	host_tpm=
}

# boot [QEMU-OPTION...]: with $initramfs, $cmdline, $tpm (tis, crb or none), and $disks in their order.
# no_timer_check: on a busy host the kernel finds its timer dead, and panics.
boot() {
	[ ! -p "$dir/keyboard" ] || rm "$dir/keyboard"
	mkfifo "$dir/keyboard"
	exec 3<>"$dir/keyboard"
	: >"$console"
	seen=0
	set -- -nodefaults -no-user-config -display none -no-reboot -m 512 -cpu max -smp 1 \
		-machine "${machine:-q35}" -accel tcg -serial stdio "$@"
	for _disk in $disks; do set -- "$@" -drive "file=$_disk,format=raw,if=virtio"; done
	[ -n "${from_disk:-}" ] || set -- "$@" -kernel "/boot/vmlinuz-$kernel" -initrd "$initramfs" \
		-append "console=ttyS0 panic=1 no_timer_check $cmdline"
	if [ "$tpm" != none ]; then
		rm -f "$dir/ctrl" "$dir/tpm.pid"
		# The kernel gives up on a TPM that is slow to answer, so this one comes first on a busy host.
		nice -n -10 swtpm socket --tpm2 --tpmstate "dir=$dir/tpm" --terminate \
			--ctrl "type=unixio,path=$dir/ctrl" --pid "file=$dir/tpm.pid" >"$dir/tpm.log" 2>&1 &
		guest_tpm=$!
		wait_for 30 test -s "$dir/tpm.pid" || fail "swtpm does not start: $(cat "$dir/tpm.log")"
		set -- "$@" -chardev "socket,id=tpm,path=$dir/ctrl" -tpmdev emulator,id=tpm0,chardev=tpm \
			-device "tpm-$tpm,tpmdev=tpm0"
	fi
	qemu-system-x86_64 "$@" <"$dir/keyboard" >"$console" 2>"$dir/qemu.log" &
	qemu=$!
}

# Whether the text is on the console after what was expected last; goes on after it.
appeared() {
	_at=$(tail -c "+$((seen + 1))" "$console" | grep -abo -m 1 -F -- "$1" | head -n 1 | cut -d : -f 1)
	[ -n "$_at" ] || return 1
	seen=$((seen + _at + $(printf %s "$1" | wc -c)))
}
stopped() { ! kill -0 "$qemu" 2>/dev/null; }
appeared_or_stopped() { appeared "$1" || { stopped && gone=yes; }; }

# expect TEXT [SECONDS]: waits for it on the console.
expect() {
	gone=
	wait_for "${2:-$patience}" appeared_or_stopped "$1" || fail "not on the console: $1"
	[ -z "$gone" ] || appeared "$1" || fail "the machine stopped before: $1"
}

# never TEXT: it is nowhere on the console.
never() { ! grep -qaF -- "$1" "$console" || fail "on the console, and must not be: $1"; }

# never_since TEXT: it has not come after what was expected last.
never_since() {
	! tail -c "+$((seen + 1))" "$console" | grep -qaF -- "$1" || fail "on the console, and must not be: $1"
}

# The first byte that came on the console behind the place of `size`.
first_byte() { tail -c "+$((size + 1))" "$console" | head -c 1; }

grown() { [ "$(wc -c <"$console")" -gt "$size" ] || stopped; }
# type TEXT [ECHO]: a line. Programs throw away what was typed too early, and may show nothing when they
# have done so; so it is typed again when nothing came of it, or when it begins with ECHO.
type() {
	sleep 1
	for _try in 1 2 3; do
		size=$(wc -c <"$console")
		printf '%s\r' "$1" >&3
		wait_for 20 grown || continue
		[ -n "${2:-}" ] && [ "$(first_byte)" = "$2" ] || return 0
	done
	fail "nothing comes of what is typed"
}

# type_secret TEXT: a line that is not shown, for the program of prompt_program. cryptsetup prints its
# prompt, then turns the echo off and throws away what was typed until then. So what is echoed was typed
# too early, and nobody reads it. For an empty line this is told by a letter that is taken back.
type_secret() {
	if [ "$prompt_program" != cryptsetup ]; then
		type "$1"
	elif [ -n "$1" ]; then
		type "$1" "$(printf %.1s "$1")"
	else
		type "$(printf 'x\177')" x
	fi
}

# The machine turns itself off.
wait_off() {
	wait_for "$patience" stopped || fail 'the machine does not turn itself off'
	wait "$qemu" 2>/dev/null || true
	[ "$tpm" = none ] || wait "$guest_tpm" 2>/dev/null || true
	# Their numbers may be others' soon.
	qemu='' guest_tpm=''
	exec 3>&-
}

power_off() {
	kill -9 "$qemu"
	wait_off
}

# Nothing stays, whatever happened.
clean_machine() {
	for _pid in ${qemu:-} ${guest_tpm:-} ${host_tpm:-}; do kill "$_pid" 2>/dev/null; done
	[ -z "${loop:-}" ] || losetup --detach "$loop"
}
