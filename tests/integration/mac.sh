# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced, after harness.sh, by the tests that need a token's mac as other software computes it: from
# cryptsetup-tpm2-token(5), with jq and OpenSSL, and the volume key as cryptsetup tells it.

# mac_text VOLUME FILE: prints what the mac of the token in FILE covers.
mac_text() {
	metadata "$1" | jq -Sc --slurpfile token "$2" '.keyslots as $keyslots | $token[0] |
		{type, version, "label": .label, passphrase, replaces, policy, pin, ek_certificate,
		keyslots: ([.keyslots[] | {key: ., value: $keyslots[.].kdf.salt}] | from_entries),
		session: {encryption: .session.encryption, salt_key: (.session.salt_key | {template, public})},
		parent: (.parent | {template, public}), sealed: (.sealed | {public})} |
		with_entries(select(.value != null))' | tr -d '\n'
}

# token_mac VOLUME FILE: prints that mac.
token_mac() {
	rm -f volume.key
	cryptsetup luksDump --dump-volume-key --batch-mode --key-file admin --volume-key-file volume.key \
		"$1" >/dev/null || return 1
	_key=$(openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt "hexkey:$(xxd -p -c 256 volume.key)" \
		-kdfopt 'info:cryptsetup-tpm2 v1 header' HKDF | tr -d ':\n')
	mac_text "$1" "$2" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$_key" -binary | base64 -w 0
}

# has_valid_mac VOLUME TOKEN
has_valid_mac() {
	cryptsetup token export --token-id "$2" "$1" >mac.json || return 1
	[ "$(token_mac "$1" mac.json)" = "$(jq -r .mac mac.json)" ] || {
		echo "the mac is $(jq -r .mac mac.json), and should be $(token_mac "$1" mac.json)"
		return 1
	}
}

# with_mac VOLUME FILE: prints the token in FILE with the mac that only somebody with the volume key
# makes.
with_mac() { jq -c --arg mac "$(token_mac "$1" "$2")" '.mac = $mac' "$2"; }

# put_token VOLUME NUMBER FILE: writes the token as somebody does who writes the disk.
put_token() {
	cryptsetup token remove --token-id "$2" "$1" 2>/dev/null
	real_cryptsetup token import --json-file "$3" --token-id "$2" "$1" || bail "token $2 of $1"
}
