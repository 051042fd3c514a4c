# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by every integration test: a private directory, a private software TPM on UNIX sockets, a
# LUKS2 file, and results in TAP. Ends with the check that nothing was left in the TPM.

. ./tests/environment.sh
# Tests compare what programs print.
export LC_ALL=C
tests=$srcdir_abs/tests
admin=$builddir_abs/cryptsetup-tpm2
plugin=$builddir_abs/libcryptsetup-token-tpm2-sealed.so
test_count=0
tpm_pids=

# A broken harness is an error, not a failed test.
bail() {
	echo "Bail out! $*"
	exit 99
}

dir=$(mktemp -d "${TMPDIR:-/tmp}/ct2.XXXXXX") || bail 'no private directory'
cd "$dir" || bail "$dir"
finish() {
	status=$?
	for pid in $tpm_pids; do kill "$pid" 2>/dev/null; done
	[ -n "${KEEP_TEST_DIRECTORY:-}" ] || rm -rf "$dir"
	exit "$status"
}
trap finish EXIT
trap 'exit 99' INT TERM HUP

# wait_for SECONDS COMMAND...: waits until the command succeeds.
wait_for() {
	_tenths=$(($1 * 10))
	shift
	while ! "$@"; do
		_tenths=$((_tenths - 1))
		[ "$_tenths" -gt 0 ] || return 1
		sleep 0.1
	done
}

# With -e, jq 1.6 succeeds when there is no input at all. The wrapper is a command, so that the shells
# that a check starts have it, too.
mkdir "$dir/.bin" || bail 'no private directory'
cat >"$dir/.bin/jq" <<EOF
#!/bin/sh
[ "\$1" = -e ] || exec '$(command -v jq)' "\$@"
said=\$('$(command -v jq)' "\$@")
set -- "\$?"
printf '%s\n' "\$said"
[ "\$1" = 0 ] && [ -n "\$said" ]
EOF
chmod 755 "$dir/.bin/jq"
PATH=$dir/.bin:$PATH

# start_tpm NAME [OPTION...]: starts a software TPM with its state in NAME/, which everything here uses
# from then on. PCRs 0 to 7 are extended, as firmware does, unless TPM_UNEXTENDED is set.
start_tpm() {
	tpm=$1
	shift
	mkdir -p "$dir/$tpm"
	rm -f "$dir/$tpm/sock" "$dir/$tpm/sock.ctrl" "$dir/$tpm/pid"
	swtpm socket --tpm2 --tpmstate "dir=$dir/$tpm" --server "type=unixio,path=$dir/$tpm/sock" \
		--ctrl "type=unixio,path=$dir/$tpm/sock.ctrl" --flags not-need-init,startup-clear \
		--pid "file=$dir/$tpm/pid" "$@" >"$dir/$tpm/log" 2>&1 &
	tpm_pid=$!
	tpm_pids="$tpm_pids $tpm_pid"
	# swtpm writes it when it listens on both sockets.
	wait_for 20 test -s "$dir/$tpm/pid" || bail "no swtpm: $(cat "$dir/$tpm/log")"
	use_tpm "$tpm"
	[ -n "${TPM_UNEXTENDED:-}" ] || extend 0 1 2 3 4 5 6 7
}

use_tpm() {
	export CRYPTSETUP_TPM2_TCTI="swtpm:path=$dir/$1/sock"
	export TPM2TOOLS_TCTI="$CRYPTSETUP_TPM2_TCTI"
}

stop_tpm() {
	kill "$tpm_pid"
	wait "$tpm_pid" 2>/dev/null
	forget_pid "$tpm_pid"
}

# forget_pid PID: takes a process that has ended off the list, as its number may be another's soon.
forget_pid() {
	_left=
	for _one in $tpm_pids; do [ "$_one" = "$1" ] || _left="$_left $_one"; done
	tpm_pids=$_left
}

# extend PCR...: extends them by an arbitrary measurement, in both banks.
extend() {
	# shellcheck disable=SC2046 # a word for each PCR
	tpm2_pcrextend $(printf "%s:sha1=$(printf %040d 7),sha256=$(printf %064d 7) " "$@") ||
		bail "the PCRs $* cannot be extended"
}

# make_volume FILE [OPTION...]: makes a LUKS2 volume with the passphrase "admin" from the file `admin`.
make_volume() {
	printf admin >admin
	truncate -s 20M "$1"
	cryptsetup luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --batch-mode \
		--key-file admin "$@" || bail "no volume"
}

# real_cryptsetup: the cryptsetup of the system with our plugin.
real_cryptsetup() {
	TEST_PLUGIN=${TEST_PLUGIN:-$plugin} LD_PRELOAD="$preload$builddir_abs/tests/plugin_path.so" \
		cryptsetup "$@"
}
preload=
if [ -n "$sanitizer_flags" ]; then
	# ASan looks for the C++ runtime, too, when it starts, and cryptsetup is a C program.
	preload="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libstdc++.so) "
	# cryptsetup itself leaks at exit; the plugin's leaks show under valgrind.
	export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1
fi

# at NUMBER CALLS ACTION COMMAND...: does ACTION at the n-th of these calls to the files in $at_files
# (fault_at.c has the words). The file `happened` is there if it came to that.
at_files=$dir/vol
at() {
	rm -f happened
	_at_number=$1 _at_calls=$2 _at_action=$3
	shift 3
	AT_FILES=$at_files AT_NUMBER=$_at_number AT_CALLS=$_at_calls AT_ACTION=$_at_action \
		AT_MARK=$dir/happened LD_PRELOAD="$preload$builddir_abs/tests/plugin_path.so" "$@"
}

# stopped: whether the command of `at NUMBER CALLS stop` stands still now. go_on: lets it run on.
stopped() { grep -qs '^State:.T' "/proc/$(cat happened 2>/dev/null || echo none)/status"; }
go_on() { kill -CONT "$(cat happened)"; }

# opens FILE [OPTION...]: whether cryptsetup opens it by token alone. Its words go to open.err.
opens() {
	real_cryptsetup open --test-passphrase --token-only "$@" >open.out 2>open.err </dev/null
}

# topic TEXT: what the checks from here on are about. It stands before the name of each.
topic() { _topic=${1:+$1: }; }
_topic=

# check NAME COMMAND...: one test; its output is shown if it fails. Topic and name together are a
# sentence that can be read alone, and that is true when the test passes.
check() {
	test_count=$((test_count + 1))
	_name=$_topic$1
	shift
	if "$@" >check.log 2>&1; then
		echo "ok $test_count - $_name"
	else
		echo "not ok $test_count - $_name"
		cat -v check.log | awk '{ print "#   " $0 }'
		for _file in out err open.err; do
			[ -s "$_file" ] && cat -v "$_file" | awk -v f="$_file" '{ print "#   " f ": " $0 }'
		done
	fi
}

# run STATUS COMMAND...: whether the command exits so. Its output is in `out` and `err`.
run() {
	_expected=$1
	shift
	_status=0
	"$@" >out 2>err </dev/null || _status=$?
	[ "$_status" = "$_expected" ] || {
		echo "exit status $_status, not $_expected: $*"
		return 1
	}
}

# says TEXT [FILE]: whether stderr of the last run (or FILE) contains it.
says() {
	grep -qF -- "$1" "${2:-err}" || {
		echo "expected: $1"
		return 1
	}
}

# one_sentence [FILE]: whether the error is one line, ours, without the TSS's noise.
one_sentence() {
	_file=${1:-err}
	[ "$(wc -l <"$_file")" = 1 ] && ! grep -qE '(ERROR|WARNING):' "$_file"
}

not() { ! "$@"; }

# The tests make many guesses at PINs, so each costs as little as is allowed.
cheap='--pin-time 1 --pin-memory 65536'
# cheap_pins [LINE...]: makes `conf` the configuration from here on, of the command too. Its lines are
# these, and one with which a PIN costs a quarter.
cheap_pins() {
	cheap='--pin-time 1 --pin-memory 16384'
	printf '%s\n' 'argon2-floor-kib = 16384' "$@" >"$dir/conf"
	export TEST_CONFIG="$dir/conf"
	[ "$admin" != "$dir/.bin/cryptsetup-tpm2" ] || return 0
	cat >"$dir/.bin/cryptsetup-tpm2" <<-EOF
		#!/bin/sh
		LD_PRELOAD="$preload$builddir_abs/tests/plugin_path.so \${LD_PRELOAD:-}" exec '$admin' "\$@"
	EOF
	chmod 755 "$dir/.bin/cryptsetup-tpm2"
	admin=$dir/.bin/cryptsetup-tpm2
}
# tries_used N: whether the TPM counts that many against its dictionary-attack limit.
tries_used() {
	_used=$(tpm2_getcap properties-variable | sed -n 's/^TPM2_PT_LOCKOUT_COUNTER: *//p')
	[ "$((_used))" = "$1" ] || {
		echo "$((_used)) tries are used, not $1"
		return 1
	}
}

# metadata FILE: prints the header for comparing: all but the sequence number, which every write
# raises.
metadata() { cryptsetup luksDump --dump-json-metadata "$1"; }

nothing_left_in_tpm() {
	[ -z "$(tpm2_getcap handles-transient)" ] || return 1
	[ -z "$(tpm2_getcap handles-loaded-session)" ] || return 1
	[ -z "$(tpm2_getcap handles-saved-session)" ]
}

finish_tests() {
	topic ''
	check 'no object and no session is left in the TPM' nothing_left_in_tpm
	echo "1..$test_count"
}
