# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced, after harness.sh, by the tests of the thief who has machine and header: puts his own keys
# in this TPM, storage keys whose private parts he has, at persistent handles. The TPM knows that
# they were imported; the header says otherwise.

# put_key NAME PEM HANDLE ALGORITHM: leaves its public area in NAME.real, its ESYS record in
# NAME.esys, and in NAME.forged the area with the attributes of a key that the TPM made.
put_key() {
	tpm2_import -Q -C root.ctx -G "$4" -i "$2" -u "$1.pub" -r "$1.priv" \
		-a 'userwithauth|decrypt|restricted|noda' || bail "the key $1 cannot be imported"
	tpm2_flushcontext -t
	tpm2_load -Q -C root.ctx -u "$1.pub" -r "$1.priv" -c "$1.ctx" || bail "$1 cannot be loaded"
	tpm2_evictcontrol -Q -c "$1.ctx" "$3" || bail "$1 cannot be made persistent"
	tpm2_flushcontext -t
	tpm2_readpublic -Q -c "$3" -o "$1.real" -t "$1.esys" || bail "$1 is not at $3"
	# TPMT_PUBLIC: type, nameAlg, attributes. fixedTPM, fixedParent, sensitiveDataOrigin: 0x32.
	{
		head -c 6 "$1.real"
		tail -c +7 "$1.real" | head -c 3
		printf '\162'
		tail -c +11 "$1.real"
	} >"$1.forged"
}
# put_his_keys: puts rsa.pem at 0x81010077 and ecc.pem at 0x81010078.
put_his_keys() {
	openssl genrsa -out rsa.pem 2048 2>/dev/null || bail 'no RSA key'
	openssl ecparam -name prime256v1 -genkey -noout -out ecc.pem || bail 'no ECC key'
	tpm2_createprimary -Q -C o -c root.ctx
	put_key rsa rsa.pem 0x81010077 rsa2048:null:aes128cfb
	tpm2_createprimary -Q -C o -c root.ctx
	put_key ecc ecc.pem 0x81010078 ecc256:null:aes128cfb
	tpm2_flushcontext -t
}
# sized FILE: prints it as a TPM2B, in base64.
sized() { { printf '%04x' "$(stat -c %s "$1")" | xxd -r -p; cat "$1"; } | base64 -w 0; }
# write_header VOLUME JSON [TOKEN]: he needs nobody's permission to write the header.
write_header() {
	cryptsetup token import --disable-external-tokens --json-file "$2" --token-id "${3:-0}" \
		--token-replace "$1"
}
