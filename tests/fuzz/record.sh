#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes tests/fuzz/recorded_tokens.h and the corpus of tpm_responses anew, with a software TPM. Run
# it in the build folder, after a change of what is sent to the TPM:
#   make tests/fuzz/record && ../tests/fuzz/record.sh tokens
#   make tests/fuzz/record && ../tests/fuzz/record.sh answers
# The TPM's state is kept between the two in fuzz-tpm/.
set -eu
source=$(cd "$(dirname "$0")" && pwd)
corpus=$source/corpus/tpm_responses
state=$PWD/fuzz-tpm
tcti=swtpm:path=$state/sock
export TPM2TOOLS_TCTI="$tcti"

swtpm_pid=
finish() { [ -z "$swtpm_pid" ] || kill "$swtpm_pid"; }
trap finish EXIT
start() {
	mkdir -p "$state"
	rm -f "$state/sock" "$state/sock.ctrl"
	swtpm socket --tpm2 --tpmstate "dir=$state" --server "type=unixio,path=$state/sock" \
		--ctrl "type=unixio,path=$state/sock.ctrl" --flags not-need-init,startup-clear \
		>"$state/log" 2>&1 &
	swtpm_pid=$!
	until [ -S "$state/sock" ]; do kill -0 "$swtpm_pid"; done
	for pcr in 0 1 2 3 4 5 6 7; do tpm2_pcrextend "$pcr:sha256=$(printf %064d 7)"; done
}

# An EK certificate that no CA has signed.
put_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
		-subj /CN=EK -days 3650 -outform DER -out "$state/certificate" 2>"$state/log"
	size=$(wc -c <"$state/certificate")
	tpm2_nvdefine 0x01c0000a -C o -s "$size" -a "ownerread|ownerwrite|authread|no_da" >"$state/log"
	tpm2_nvwrite 0x01c0000a -C o -i "$state/certificate"
}

# record NAME ACTION [RULES]: with what the interposer does to the answers.
record() {
	printf '%s: ' "$1"
	real=$tcti
	[ -z "${3:-}" ] || real=$PWD/tests/interposer.so:$tcti
	INTERPOSER_RULES=${3:-} tests/fuzz/record "$2" "$real" "$corpus/$1"
}

case ${1:-} in
tokens)
	rm -rf "$state"
	start
	put_certificate
	tests/fuzz/record tokens "$tcti" >"$source/recorded_tokens.h.new"
	mv "$source/recorded_tokens.h.new" "$source/recorded_tokens.h"
	;;
answers)
	mkdir -p "$corpus"
	start
	no_aes='176/aes=4d6 18a/aes=1d6'
	no_cipher="$no_aes 176/xor=4d6 18a/xor=1d2"
	for action in open-ecc open-rsa open-pin open-xor open-plain open-forbidden ready loads \
		describe seal certified; do
		record "$action" "$action"
	done
	record xor-rung open-xor "$no_aes"
	record plain-rung open-plain "$no_cipher"
	record plain-forbidden open-forbidden "$no_cipher"
	record below-floor open-ecc "$no_aes"
	record pcr-changed open-ecc '15e#1=128'
	record busy open-ecc '176#1=922 157#1=922'
	record locked-out open-pin '15e#1=921'
	tpm2_evictcontrol -C o -c 0x81000001 >/dev/null
	record evicted open-ecc
	record damaged open-ecc '157#1=flip'
	tpm2_pcrextend "7:sha256=$(printf %064d 7)"
	record pcr-mismatch open-ecc
	record latch latch
	record latched open-ecc
	;;
*)
	echo "usage: record.sh tokens|answers" >&2
	exit 1
	;;
esac
