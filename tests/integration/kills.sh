# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced, after harness.sh, by the tests that kill a command at every system call that writes, or
# have the call fail: the volume opens as it did, there is never a keyslot without its token, and a
# second run of the command finishes it.

# A raw TPM keeps what a killed program left; a resource manager would flush it with the process.
flush() {
	tpm2_flushcontext -t
	tpm2_flushcontext -l
	tpm2_flushcontext -s
}
header() { cryptsetup luksDump --dump-json-metadata vol; }
fail() {
	echo "$*"
	return 1
}
# killed CALL NUMBER COMMAND...: whether the command was killed before that call, of those to the
# volume, or to another file that a test adds to at_files.
killed() {
	_call=$1 _number=$2
	shift 2
	_status=0
	at "$_number" "$_call" kill "$@" >killed.out 2>&1 || _status=$?
	[ "$_status" = 137 ] && [ -e happened ]
}
# headers: prints how both headers on the disk are, and the difference of their numbers: "whole torn
# 0".
headers() {
	# shellcheck disable=SC2046 # four words
	set -- $("$builddir_abs/tests/luks2_headers" vol)
	echo "$1 $3 $(($2 - $4))"
}
# libcryptsetup writes the primary header, then the secondary with the same number, and syncs each.
# It writes a header first with its new number and without a checksum, then its JSON, then the
# checksum. So at any time one is whole, and the other one is whole or waits for its checksum.
headers_in_order() {
	case $(headers) in
	'whole whole 0' | 'torn whole 1' | 'whole whole 1' | 'whole torn 0') ;;
	*) fail "the headers on the disk: $(headers)" ;;
	esac
}
still_whole() {
	# This comes first, as whatever loads the volume puts the headers right without a word.
	headers_in_order || return 1
	cryptsetup open --test-passphrase --key-file admin vol || fail 'the passphrase is lost' || return 1
	[ "$(headers)" = 'whole whole 0' ] || fail "the headers, loaded once: $(headers)" || return 1
	cp vol loaded
	cryptsetup repair --batch-mode vol >repair.out 2>&1 || fail 'the header needs repair' || return 1
	[ ! -s repair.out ] || fail "repair says: $(cat repair.out)" || return 1
	cmp loaded vol || fail 'repair has changed something' || return 1
	header | jq -e '([.keyslots | keys[]] - ["0"]) - [.tokens[].keyslots[]] == []' >jq.out ||
		fail 'a keyslot without its token'
}
# every_kill FROM ACTION CHECK: kills ACTION on a copy of FROM at each of its writes and fsyncs to
# the volume. Between those are only the TPM's commands, which leave the volume as the next kill
# finds it.
every_kill() {
	_from=$1 _action=$2 _check=$3 _writes=0 _fsyncs=0
	for _syscall in write pwrite64 ftruncate fsync; do
		_at=1 _status=
		while cp "$_from" vol && killed $_syscall $_at $_action; do
			flush
			still_whole && $_check || fail "killed at $_syscall $_at" || return 1
			_at=$((_at + 1))
		done
		# The last run had no such call left, so that nothing but its end ended it.
		[ "$_status" = 0 ] ||
			fail "exit status $_status without a kill, after $((_at - 1)) at $_syscall: $(cat killed.out)" ||
			return 1
		$_check || fail "not killed at $_syscall" || return 1
		case $_syscall in
		write | pwrite64) _writes=$((_writes + _at - 1)) ;;
		fsync) _fsyncs=$((_at - 1)) ;;
		esac
	done
	echo "# killed at $_writes writes and $_fsyncs fsyncs" >kills
	# libcryptsetup writes a header's two copies in three pieces each.
	[ "$_writes" -ge 6 ] && [ "$_fsyncs" -ge 2 ] || fail "too few: $(cat kills)"
}
# The commands run a second time, and have to finish the work.
enroll_again() {
	"$admin" enroll vol --key-file admin -q || return 1
	opens vol || fail 'enrolled again, it does not open' || return 1
	header | jq -e '(.tokens | length) == 1 and (.keyslots | length) == 2 and
		([.tokens[] | select(has("pending"))] == [])' >jq.out || fail 'something is left over'
}
# With --force there is one token more for each run that came to its end.
force_again() {
	opens vol || fail 'the token that was there does not open' || return 1
	"$admin" enroll vol --key-file admin -q --force || return 1
	opens vol || fail 'enrolled again, it does not open' || return 1
	header | jq -e '(.tokens | length) >= 2 and (.keyslots | length) == (.tokens | length) + 1 and
		([.tokens[] | select(has("pending"))] == [])' >jq.out || fail 'something is left over'
}
remove_again() {
	"$admin" remove vol --force -q 2>remove.err || grep -q 'no token' remove.err || return 1
	header | jq -e '.tokens == {} and (.keyslots | keys) == ["0"]' >jq.out ||
		fail 'something is left over'
}
