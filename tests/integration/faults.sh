# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by faults.test and faults-long.test: every action meets every fault at every command it
# sends. Whatever the TPM answers, the action succeeds or says one sentence within the time limit,
# no signal ends it, the TPM holds nothing of it afterwards, and a failure has not changed the
# header.

. "${srcdir:?is set by make check}/tests/integration/harness.sh"
. "$tests/integration/test_ca.sh"

start_tpm tpm
direct=$CRYPTSETUP_TPM2_TCTI
between=$builddir_abs/tests/interposer.so:$direct
export TEST_PLUGIN="$plugin"
# patience SECONDS: sets the time that the TPM has for a command. It is short only where an answer
# is withheld, so that a machine that is slow for a moment is no fault.
patience() {
	cheap_pins "tpm-timeout = $1"
	{ cat conf && echo 'plaintext-sessions = if-unsupported'; } >permit
}
patience 30
printf '837465\n' >pin
printf '1928374\n' >new-pin
tpm2_dictionarylockout -Q -s -n 1000000 -t 1 -l 1 || bail 'no lockout parameters'
make_volume vol
cp vol empty
# This comes first, while no key is persistent: its keys are made at every open.
cp empty made-vol
"$admin" enroll made-vol --key-file admin -q --no-persist || bail 'no token whose keys are made'
"$admin" enroll vol --key-file admin -q || bail 'no token'
cp empty pin-vol
# shellcheck disable=SC2086
"$admin" enroll pin-vol --key-file admin -q --pin-file pin $cheap || bail 'no token with a PIN'
cp pin-vol pin-vol.before
cp empty fresh
make_ca ca
mkdir cas
cp ca.pem cas
tpm2_createek -Q -c ek.ctx -G ecc -u ek.pem -f pem && tpm2_flushcontext -t || bail 'no EK'
certify ek ek.pem ca
nv_put 0x1c0000a ek.der

# chip_of NAME: prints what the TPM refuses besides, so that the action comes to a lower rung of the
# ladder.
no_aes='176/aes=4d6 18a/aes=1d6'
no_xor='176/xor=4d6 18a/xor=1d2'
chip_of() {
	case $1 in
	*-xor) echo "$no_aes" ;;
	*-plain) echo "$no_aes $no_xor" ;;
	esac
}
# enroll_at RUNG: makes a volume whose token demands no more.
enroll_at() {
	cp empty "$1-vol"
	INTERPOSER_RULES=$(chip_of "x-$1") CRYPTSETUP_TPM2_TCTI=$between \
		LD_PRELOAD="$preload$builddir_abs/tests/plugin_path.so" \
		"$admin" enroll "$1-vol" --key-file admin -q 2>err || bail "no token at $1"
}
enroll_at xor
TEST_CONFIG=$dir/permit enroll_at plain

restart_tpm() { swtpm_ioctl --unix "$dir/tpm/sock.ctrl" -i && tpm2_startup -c; }
# before NAME: gives the TPM what the action needs and the one before it may have changed.
before() {
	case $1 in
	latch) restart_tpm ;;
	enroll-closed) restart_tpm && extend 7 && "$admin" latch -q ;;
	lockout) rm -f lockout-auth ;;
	esac
}
# after NAME: whether the TPM is as it must be, whatever came of the action; restores it.
after() {
	[ "$1" = lockout ] || return 0
	tpm2_getcap properties-variable | grep -q 'lockoutAuthSet: *1' || return 0
	# A lockoutAuth whose value nobody has could never be used or changed.
	tpm2_changeauth -c lockout -p "$(cat lockout-auth)"
}
# is_true NAME RULE: whether a success is a real one.
is_true() {
	case $1 in
	unseal*) cmp -s out expected ;;
	# The TPM says in the clear what the PCR holds, so an attacker who changes every answer can
	# leave the latch open. A single damaged answer cannot.
	latch)
		case $2 in
		17[ae]=* | '*'*) ;;
		*) ! tpm2_pcrread sha256:15 | grep -q '0x0\{64\}' ;;
		esac
		;;
	esac
}
# An endless wait is ended by force, which shows in the status.
limit='timeout -s KILL 120'
# act NAME: runs one action. Each leaves the volumes as they were, if it fails.
# shellcheck disable=SC2086
act() {
	case $1 in
	unseal) $limit "$admin" unseal vol ;;
	unseal-xor) $limit "$admin" unseal xor-vol ;;
	unseal-plain) TEST_CONFIG=$dir/permit $limit "$admin" unseal plain-vol -q ;;
	unseal-made) $limit "$admin" unseal made-vol ;;
	unseal-rsa) $limit "$admin" unseal rsa-vol ;;
	open) $limit cryptsetup open --test-passphrase --token-only vol ;;
	unseal-pin) $limit "$admin" unseal pin-vol --pin-file pin ;;
	status) $limit "$admin" status vol ;;
	tpm) $limit "$admin" tpm -q ;;
	seal | seal-xor) $limit "$admin" seal -q ;;
	seal-plain) TEST_CONFIG=$dir/permit $limit "$admin" seal -q ;;
	seal-pin) $limit "$admin" seal -q --pin-file pin $cheap ;;
	enroll | enroll-xor) $limit "$admin" enroll fresh --key-file admin -q ;;
	enroll-plain) TEST_CONFIG=$dir/permit $limit "$admin" enroll fresh --key-file admin -q ;;
	enroll-closed) $limit "$admin" enroll fresh --key-file admin -q --latch ;;
	enroll-pin) $limit "$admin" enroll fresh --key-file admin -q --pin-file pin $cheap ;;
	enroll-made) $limit "$admin" enroll fresh --key-file admin -q --no-persist ;;
	enroll-force) $limit "$admin" enroll vol --key-file admin -q --force ;;
	enroll-ek-ca) $limit "$admin" enroll fresh --key-file admin -q --ek-ca cas ;;
	lockout) $limit "$admin" enroll fresh --key-file admin -q --set-lockout-auth lockout-auth ;;
	status-pin) $limit "$admin" status pin-vol ;;
	latch) $limit "$admin" latch ;;
	change-pin) $limit "$admin" change-pin pin-vol --old-pin-file pin --pin-file new-pin -q $cheap ;;
	esac
}
volume_of() {
	case $1 in
	enroll-force) echo vol ;;
	enroll* | lockout) echo fresh ;;
	change-pin | unseal-pin | status-pin) echo pin-vol ;;
	open | unseal | status) echo vol ;;
	unseal-*) echo "${1#unseal-}-vol" ;;
	esac
}

runs=0
failed=0
slowest=0
# meet ACTION RULE: runs the action with that one fault.
meet() {
	_action=$1 _rule=$2
	runs=$((runs + 1))
	_volume=$(volume_of "$_action")
	[ -z "$_volume" ] || cp "$_volume" original
	before "$_action" || bail "$_action: the TPM cannot be prepared"
	case $_rule in *=hang) patience 2 ;; esac
	_start=$(date +%s)
	_status=0
	(
		INTERPOSER_RULES="$_rule $(chip_of "$_action")"
		export INTERPOSER_RULES INTERPOSER_REPLAY="$dir/answers" CRYPTSETUP_TPM2_TCTI="$between"
		export LD_PRELOAD="$preload$builddir_abs/tests/plugin_path.so"
		act "$_action"
	) >out 2>err </dev/null || _status=$?
	_took=$(($(date +%s) - _start))
	patience 30
	[ "$_took" -le "$slowest" ] || slowest=$_took
	_problem=
	if [ "$_status" -ge 124 ]; then
		_problem="ended with $_status"
	elif [ "$_status" != 0 ] && [ "${_action%%-*}" != status ] && ! one_sentence; then
		_problem='is not one sentence'
	elif [ "${_rule%=hang}" != "$_rule" ] && [ "$_took" -gt 60 ]; then
		_problem="took $_took seconds"
	elif [ "$_status" = 0 ] && ! is_true "$_action" "$_rule"; then
		_problem='succeeds with something else'
	elif [ "$_status" != 0 ] && [ -n "$_volume" ] && ! cmp -s "$_volume" original; then
		# cryptsetup writes the header a second time when a keyslot comes and goes; only its
		# content counts.
		metadata "$_volume" >now.json
		metadata original >then.json
		cmp -s now.json then.json || _problem='changed the header'
	fi
	# A TPM that hangs, or never flushes, keeps what it has. So does one whose answer was
	# replaced by a refusal that TPMs really give (late; byte:9 makes 0xff of success; a replay
	# on the lower rungs): the command cannot tell them apart, and an attacker who forges them
	# can fill the TPM by himself.
	if ! "$builddir_abs/tests/leftover" "$direct" >left 2>&1; then
		case "$_action $_rule" in
		*=hang | *=late | *' 165='* | *' 1'[35][17]*=byte:9 | *' 176'*=byte:9) ;;
		*-xor' 176'*=replay | *-xor' 176'*=again | *-plain' 176'*=replay | *-plain' 176'*=again) ;;
		*) _problem="${_problem:-left $(tr '\n' ' ' <left)}" ;;
		esac
	fi
	after "$_action" >after.log 2>&1 || _problem="${_problem:-lockoutAuth is lost: $(tail -n 1 after.log)}"
	[ -z "$_volume" ] || cp original "$_volume"
	if [ -n "$_problem" ]; then
		failed=$((failed + 1))
		echo "$_action with $_rule (status $_status, $_took s) $_problem: $(head -c 300 err)"
	fi
}

# What TPM 2.0 Part 2, section 6.6 has for every command, and what no TPM should say.
common='922 908 90a 920 902 903 901 921 101 130 904 905 906 907 909 923 100 12d 12f 142 143 144 145
	149 14a 1e 9 a0009 70009 b0922 ffffffff 500 80000000'
# allowed CODE: prints what Part 3 allows for the command beside these: of its first parameter
# (1c0), handle (180) or session (980).
allowed() {
	case $1 in
	120) echo 182 185 18b 1cd 14b 14c 98e 9a2 ;;
	131 | 153) echo 182 185 18b 2c1 2c2 2c3 2c4 2c7 2ca 2cc 2d2 2d5 2d6 2e6 98e 9a2 982 ;;
	157) echo 182 18a 18b 1df 1e5 2c1 2c2 2c3 2cc 2d2 2d5 2d6 2ca 98e 9a2 ;;
	15e) echo 182 18a 18b 98e 9a2 99d 9a4 9a3 128 984 ;;
	165) echo 1cb 1c4 ;;
	16b) echo 184 18b ;;
	173) echo 18b 103 184 ;;
	176) echo 182 184 18b 19c 1d5 2d5 3c4 4c4 4d6 4c9 4c7 4c3 5c3 5d2 ;;
	17a) echo 1c4 1cb 2c4 ;;
	17b) echo 1c4 982 ;;
	17e) echo 1c4 1c3 ;;
	17f) echo 1c4 2c4 127 128 1d5 18b ;;
	18a) echo 1c1 1c3 1c4 1c7 1cc 1d2 1d6 1e6 ;;
	129) echo 182 185 1d5 98e 9a2 ;;
	14e) echo 182 18b 28b 128 146 148 149 14a 14b 2c4 3c4 98e 9a2 ;;
	169) echo 182 18b 282 28b 18a ;;
	182) echo 182 185 18b 1c4 1d5 98e 9a2 128 ;;
	esac
}
damages='flip byte:0 byte:6 byte:9 byte:10 byte:12 byte:14 byte:20 cut:0 cut:4 cut:10 cut:12 cut:14 cut:30
	short:10 short:14 short:20 pad:1 pad:100 pad:5000 claim:9 claim:0 claim:1000 claim:4294967295 late
	replay drop'

# commands_of ACTION: prints the codes of the commands that it sends, with how often each. The rule
# "replay" gives their answers; their output is what a success gives.
commands_of() {
	rm -f counted answers
	_volume=$(volume_of "$1")
	[ -z "$_volume" ] || cp "$_volume" original
	before "$1"
	(
		INTERPOSER_RULES=$(chip_of "$1")
		export INTERPOSER_RULES INTERPOSER_COUNT="$dir/counted" CRYPTSETUP_TPM2_TCTI="$between"
		export INTERPOSER_RECORD="$dir/answers"
		export LD_PRELOAD="$preload$builddir_abs/tests/plugin_path.so"
		act "$1"
	) >out 2>err </dev/null || {
		# This is called in a substitution, where only standard error is heard.
		echo "$1 fails without a fault: $(cat err)" >&2
		exit 99
	}
	cp out expected
	after "$1" || bail "$1: the TPM is not as it was"
	[ -z "$_volume" ] || cp original "$_volume"
	sort counted | uniq -c | awk '{ print $2 ":" $1 }'
}
