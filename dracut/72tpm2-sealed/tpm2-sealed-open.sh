#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# tpm2-sealed-open DEVICE NAME KEYSOURCE [TRIES]: runs instead of dracut's cryptroot-ask, with the
# same arguments. Tries the volume's tokens before anybody is asked for a passphrase. If no token
# opens, it starts cryptroot-ask, with its key files and its passphrase prompt.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
# shellcheck source=/dev/null
. /lib/dracut-lib.sh

device=$1
name=$2
header=
discards=
work=/run/tpm2-sealed

give_up() { exec /sbin/cryptroot-ask "$@"; }

# Takes name and options from the entry of crypttab for this device, by the rules of cryptroot-ask.
read_crypttab() {
    [ -f /etc/crypttab ] && getargbool 1 rd.luks.crypttab || return 0
    while read -r _name _source _file _options || [ -n "$_name" ]; do
        case $_name in '' | \#*) continue ;; esac
        case $_source in
            PARTUUID=* | UUID=* | ID=*) [ "luks-${_source#*=}" = "$name" ] || continue ;;
            *) [ "$(readlink -f "$_source")" = "$(readlink -f "$device")" ] || continue ;;
        esac
        name=$_name
        read_options "$_options"
        return
    done < /etc/crypttab
}

read_options() {
    for _option in $(str_replace "$1" ',' ' '); do
        case $_option in
            noauto | swap | tmp) skipped=yes ;;
            allow-discards) discards=--allow-discards ;;
            header=*) header=--$_option ;;
        esac
    done
}

# Looks for rd.luks.allow-discards, with the UUID of this volume or without a value. getargs prints
# one line for each; without a value it prints the name, in older versions of dracut a 1.
read_discards() {
    _uuid=$(cryptsetup luksUUID ${header:+"$header"} "$device" 2> /dev/null)
    for _given in $(getargs rd.luks.allow-discards); do
        case ${_given#luks-} in
            rd.luks.allow-discards | 1 | "${_uuid:-none}") discards=--allow-discards ;;
        esac
    done
}

# telling COMMAND...: runs it, and sends its output to the console at once, and to a file.
telling() {
    {
        "$@"
        printf '%s\n' $? > "$work/status"
    } 2>&1 | tee -a "$work/said" >&2
    [ "$(cat "$work/status")" = 0 ]
}

# With -t, the prompt for a PIN waits as long as dracut's for a passphrase.
open_by_token() {
    telling cryptsetup open --token-only --token-type tpm2-sealed -t "$timeout" ${header:+"$header"} \
        ${discards:+"$discards"} "$device" "$name"
}

splash() { type plymouth > /dev/null 2>&1 && plymouth --ping 2> /dev/null; }

# The splash screen asks, and passes each answer to a command, which it splits at spaces.
ask_by_splash() {
    telling plymouth ask-for-password --prompt "PIN ($device)" --number-of-tries=3 \
        --command="cryptsetup open --token-only --token-type tpm2-sealed -T1${header:+ $header}${discards:+ $discards} $device $name"
}

# The lock on the console is the one that dracut's prompt uses.
open_with_pin() {
    {
        flock -s 9
        if splash; then ask_by_splash; else open_by_token; fi
    } 9> /.console_lock
}

# Logs why no token opened, so that the next prompt does not hide it. A line of a token that was
# tried before its PIN was asked for is not a reason.
keep_reason() {
    while read -r _line; do
        case $_line in
            '' | 'Enter token PIN:'* | 'Nothing to read on input.'* | *'it opens with its PIN:'*) continue ;;
        esac
        # The line may contain text of the header: dash's echo would turn backslashes into control
        # characters.
        printf '<28>%s\n' "$_line" > /dev/kmsg
        splash && plymouth display-message --text="$_line"
    done < "$work/said"
    return 0
}

# Succeeds if nothing announces a TPM, and the configuration names no other way to one. Trying a
# token here would only delay the prompt: cryptroot-ask's cryptsetup calls our plugin, which says it
# too.
no_tpm() {
    for _tpm in /sys/class/tpm/tpm*; do [ ! -e "$_tpm" ] || return 1; done
    [ ! -e /sys/firmware/acpi/tables/TPM2 ] &&
        [ -z "$(sed -n '/^[[:space:]]*tcti/p' /etc/cryptsetup-tpm2.conf 2> /dev/null)" ]
}

# Does what cryptroot-ask does after it has opened a volume.
opened() {
    info "tpm2-sealed: $device is open as $name"
    if [ "${keysource:-0}" != 0 ] && [ "${name#luks-}" != "$name" ]; then
        printf '[ -e /dev/mapper/%s ] && cryptsetup close "%s"\n' "$name" "$name" \
            >> "${hookdir:?}/cleanup/31-crypt-keysource.sh"
    fi
    : >> "/tmp/cryptroot-asked-$name"
    need_shutdown
    udevsettle
    exit 0
}

if no_tpm; then
    echo '<28>tpm2-sealed: this machine has no TPM that opens volumes' > /dev/kmsg
    give_up "$@"
fi
keysource=${3:-0}
timeout=$(getarg rd.luks.timeout=)
case $timeout in '' | *[!0-9]*) timeout=0 ;; esac
getargbool 1 rd.luks.tpm2-sealed || give_up "$@"
case $device in /dev/dm-*) device=/dev/mapper/$(dmsetup info -c --noheadings -o name "$device") ;; esac
read_crypttab
read_discards
if [ -n "${skipped:-}" ] || [ -b "/dev/mapper/$name" ] || [ -f "/tmp/cryptroot-asked-$name" ]; then
    give_up "$@"
fi
metadata=$(cryptsetup luksDump --dump-json-metadata ${header:+"$header"} "$device" 2> /dev/null |
    sed 's/[[:space:]]//g')
case $metadata in
    *'"type":"tpm2-sealed"'*) ;;
    *) give_up "$@" ;;
esac
[ -d /sys/module/dm_crypt ] || modprobe dm_crypt
(umask 077 && mkdir -p /run/cryptsetup "$work")
: > "$work/said"
case $metadata in
    *'"pin":{'*)
        # With a splash screen, tokens without a PIN are tried first, since its prompt always asks
        # for one.
        splash && open_by_token < /dev/null && opened
        open_with_pin && opened
        ;;
    *) open_by_token < /dev/null && opened ;;
esac
keep_reason
give_up "$@"
