# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by tests of EK certificates, after harness.sh: CAs made with openssl, and certificates in a
# software TPM's NV memory.

# CAs are EC keys, which take no time, with RSA's long signatures only where size matters.
# make_ca NAME [ISSUER]: makes a root, or an intermediate: NAME.key, NAME.pem. CA_EXTENSIONS are
# others than a CA should have.
make_ca() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null
	printf '%s\n' "${CA_EXTENSIONS-basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash}" >"$1.ext"
	openssl req -new -key "$1.key" -subj "/O=Test Vendor/CN=$1" -out "$1.csr" 2>/dev/null
	if [ -n "${2:-}" ]; then
		openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -extfile "$1.ext" -days 3650 \
			-out "$1.pem" 2>/dev/null
	else
		openssl x509 -req -in "$1.csr" -key "$1.key" -extfile "$1.ext" -days 3650 -out "$1.pem" 2>/dev/null
	fi || bail "no CA $1"
}

# What the TCG's profile asks of a certificate of an EK: a critical subjectAltName that says which
# TPM it is, under an empty subject.
ek_extensions='basicConstraints=critical,CA:FALSE
keyUsage=critical,keyEncipherment,keyAgreement
extendedKeyUsage=2.23.133.8.1
subjectAltName=critical,dirName:tpm
[tpm]
x.2.23.133.2.1=id:00001014
x.2.23.133.2.2=test
x.2.23.133.2.3=id:1'

# certify NAME PUBLIC.pem ISSUER [OPTION...]: makes NAME.der, with EK_EXTENSIONS instead of the
# usual ones.
certify() {
	_name=$1 _public=$2 _issuer=$3
	shift 3
	printf '%s\n' "${EK_EXTENSIONS-$ek_extensions}" >"$_name.ext"
	openssl x509 -new -force_pubkey "$_public" -subj / -CA "$_issuer.pem" -CAkey "$_issuer.key" \
		-extfile "$_name.ext" -set_serial 0x1234abcd -days 3650 "$@" -outform DER -out "$_name.der" \
		>openssl.log 2>&1 || bail "no certificate $_name: $(cat openssl.log)"
}

# nv_put INDEX FILE [ATTRIBUTES]: writes the file to the index, which it removes before.
nv_put() {
	nv_drop "$1"
	tpm2_nvdefine -Q "$1" -C p -s "$(wc -c <"$2")" \
		-a "${3:-ppread|ppwrite|ownerread|authread|no_da|platformcreate}" || bail "NV index $1"
	tpm2_nvwrite -Q "$1" -C p -i "$2" || bail "NV index $1"
}
nv_drop() { tpm2_nvundefine -Q "$1" -C p 2>/dev/null || true; }

# certify_dated NAME PUBLIC.pem ISSUER START END: certifies from and to a day, or without an end if
# that is `never`. openssl can date only what signs a request, and an EK cannot sign.
certify_dated() {
	_end="expiration_date = \"$5 UTC\""
	[ "$5" != never ] || _end='expiration_days = -1'
	printf '%s\n' 'serial = 42' key_agreement "activation_date = \"$4 UTC\"" "$_end" >dates.template
	certtool --generate-certificate --load-pubkey "$2" --load-ca-certificate "$3.pem" \
		--load-ca-privkey "$3.key" --template dates.template --outder --outfile "$1.der" \
		>certtool.log 2>&1 || bail "no certificate $1: $(cat certtool.log)"
}

# revoke NAME ISSUER FILE: writes a revocation list of ISSUER with the certificate NAME.pem. With
# CRL_REASONS the list is about those only.
revoke() {
	printf '%s\n' '[ca]' default_ca=d '[d]' database=crl.index default_md=sha256 crl_extensions=list \
		'[list]' authorityKeyIdentifier=keyid:always >crl.conf
	if [ -n "${CRL_REASONS:-}" ]; then
		printf '%s\n' issuingDistributionPoint=critical,@idp '[idp]' "onlysomereasons=$CRL_REASONS" >>crl.conf
	fi
	: >crl.index
	openssl ca -config crl.conf -cert "$2.pem" -keyfile "$2.key" -revoke "$1.pem" 2>openssl.log &&
		openssl ca -config crl.conf -cert "$2.pem" -keyfile "$2.key" -gencrl -crldays 30 -out "$3" \
			2>>openssl.log || bail "no revocation list: $(cat openssl.log)"
}
