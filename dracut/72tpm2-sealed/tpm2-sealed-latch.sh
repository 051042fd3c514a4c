#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Closes the latch, so that nothing that runs afterwards can unseal what the initramfs unsealed.
#
# tpm2-sealed-latch                       before the initramfs is left
# tpm2-sealed-latch --shell               before a shell, which may come before the TPM does
# tpm2-sealed-latch --if-image [DEVICE]   before a resume: only if DEVICE has an image to resume from,
#                                         or may have; the default DEVICE is that of resume=
# tpm2-sealed-latch -- COMMAND...         closes the latch, then runs the command
#
# If it fails, it says so, and the boot goes on. With `latch = required` in the configuration it
# does not return then: it closes every volume, and turns the machine off.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
# The kernel passes words of its command line to process 1 as variables. Only the configuration may
# choose the TPM.
unset CRYPTSETUP_TPM2_TCTI

# Strings may come from the header of a volume or the command line: dash's echo would turn
# backslashes into control characters.
say() {
    printf '<28>tpm2-sealed: %s\n' "$*" > /dev/kmsg
    printf 'tpm2-sealed: %s\n' "$*" >&2
}

# Prints the device of resume= on the command line. Since version 255, systemd does not pass it on.
resume_device() {
    _resume=
    read -r _line < /proc/cmdline
    set -f
    for _word in $_line; do
        case $_word in resume=*) _resume=${_word#resume=} ;; esac
    done
    set +f
    case $_resume in
        UUID=*) printf '%s\n' "/dev/disk/by-uuid/${_resume#UUID=}" ;;
        LABEL=*) printf '%s\n' "/dev/disk/by-label/${_resume#LABEL=}" ;;
        PARTUUID=*) printf '%s\n' "/dev/disk/by-partuuid/${_resume#PARTUUID=}" ;;
        PARTLABEL=*) printf '%s\n' "/dev/disk/by-partlabel/${_resume#PARTLABEL=}" ;;
        *) printf '%s\n' "$_resume" ;;
    esac
}

# Succeeds if the device has an image of a hibernated system, or may have: the device is unknown, or
# the image is in a file (resume_offset). The signature is where the kernel looks for it, at the end
# of the first page, of any size. libblkid may find another signature beside it, and report that
# one.
has_image() {
    [ -b "${1:-}" ] || set -- "$(resume_device)"
    [ -b "$1" ] || return 0
    [ "$(cat /sys/power/resume_offset 2> /dev/null || echo 0)" = 0 ] || return 0
    for _page in 4096 8192 16384 65536; do
        _signature=$({ dd if="$1" bs=1 skip=$((_page - 10)) count=9 2> /dev/null || echo unreadable; } |
            tr -d '\0')
        case $_signature in S1SUSPEND | *unreadable) return 0 ;; esac
    done
    return 1
}

# Succeeds if the kernel has found a TPM 2.0. It finds a TPM 1.2 too.
found_tpm() {
    for _tpm in /sys/class/tpm/tpm*; do
        [ -e "$_tpm" ] || continue
        [ "$(cat "$_tpm/tpm_version_major" 2> /dev/null)" = 1 ] || return 0
    done
    return 1
}

# Reads the configuration: whether it names a way to the TPM (tcti), whether the latch is required
# (required), and what to do if it cannot be closed (failure). The command parses the file. If it
# cannot, as with a bad line, the word "required" anywhere in the file counts.
read_settings() {
    tcti='' required='' failure=poweroff
    if _settings=$(cryptsetup-tpm2 latch --settings 2> /dev/null); then
        case $_settings in *'tcti='*) tcti=yes ;; esac
        case $_settings in *'latch=required'*) required=yes ;; esac
        case $_settings in *'latch-failure=reboot'*) failure=reboot ;; esac
        return
    fi
    [ -r /etc/cryptsetup-tpm2.conf ] || return
    case $(cat /etc/cryptsetup-tpm2.conf) in *required*) required=yes ;; esac
}

# Removes every file system and swap space of this initramfs that is on a mapping, then all mappings,
# also those that were opened with a passphrase: a thief may have typed his own, for a system that
# would ask the TPM. A mapping that is still in use loses its table, and with it the key. dmsetup must
# not wait for udev, which may have been killed.
close_mappings() {
    swapoff -a 2> /dev/null
    for _round in 1 2 3; do
        while read -r _source _place _rest; do
            case $_source in /dev/mapper/* | /dev/dm-*) umount "$_place" || umount -l "$_place" ;; esac
        done < /proc/mounts
    done 2> /dev/null
    for _round in 1 2 3 4; do
        for _mapping in /sys/block/dm-*/dm/name; do
            [ ! -e "$_mapping" ] || dmsetup remove --noudevsync -- "$(cat "$_mapping")"
        done
    done > /dev/null 2>&1
    for _mapping in /sys/block/dm-*/dm/name; do
        [ ! -e "$_mapping" ] || dmsetup wipe_table --noflush --noudevsync -- "$(cat "$_mapping")"
        [ ! -e "$_mapping" ] || dmsetup remove --noudevsync -- "$(cat "$_mapping")"
    done > /dev/null 2>&1
}

# Prints a message on the console, at any log level, and on the splash screen.
tell() {
    say "$1"
    printf '\r\ntpm2-sealed: %s\r\n' "$1" > /dev/console
    ! type plymouth > /dev/null 2>&1 || plymouth display-message --text="$1" 2> /dev/null
}

# Does not return: next would come a shell or a system, with the latch open.
refuse() {
    trap '' HUP INT QUIT TERM TSTP
    close_mappings
    tell "the latch could not be closed ($_message), and the configuration demands it"
    _closed='every volume was closed'
    for _mapping in /sys/block/dm-*/dm/name; do
        [ -e "$_mapping" ] || continue
        tell "still open: $(cat "$_mapping")"
        _closed='not every volume could be closed'
    done
    tell "$_closed; in 60 seconds the machine does this: $failure. The way back is another medium, and the passphrase"
    sleep 60
    # Somebody may have opened a volume meanwhile, at a prompt that was still there.
    close_mappings
    if [ "$failure" = reboot ]; then
        reboot -f
        echo b > /proc/sysrq-trigger
    else
        poweroff -f
        echo o > /proc/sysrq-trigger
    fi
    while :; do sleep 3600; done
}

# Tries up to three times, since a TPM may be busy, or an answer damaged. The third try is made only
# if little time has passed, since a dead TPM takes long.
run_latch() {
    read -r _begin _rest < /proc/uptime
    for _pause in 1 2 0; do
        ! _message=$(cryptsetup-tpm2 latch 2>&1) || return 0
        read -r _now _rest < /proc/uptime
        [ "$_pause" = 1 ] || [ $((${_now%.*} - ${_begin%.*})) -lt 60 ] || return 1
        sleep "$_pause"
    done
    return 1
}

# Marks that the latch is closed, or need not be. The hooks run the script again without that mark,
# as after it was killed.
mark_done() { : > /run/tpm2-sealed.latched; }

extend() {
    read_settings
    _announced=
    if [ -e /sys/firmware/acpi/tables/TPM2 ] || [ -n "$tcti" ]; then _announced=yes; fi
    if ! found_tpm && { [ -n "$_announced" ] || [ -n "$required" ] || [ -d /sys/firmware/devicetree/base ]; }; then
        # A shell may come before udev has run, and its user could load the driver.
        modprobe -qa tpm_tis tpm_crb tpm_tis_spi tpm_tis_i2c tpm_ftpm_tee tpm_crb_ffa 2> /dev/null
    fi
    # If the latch is required, a missing TPM is a failure: a word on the command line can hide it
    # from the kernel, and the next system can find it again.
    if [ -z "$_announced" ] && [ -z "$required" ] && ! found_tpm; then
        # A device tree may have a TPM on a bus whose driver udev loads later.
        if [ "${1:-}" = --shell ] && [ -d /sys/firmware/devicetree/base ]; then
            say 'there is no TPM yet: if one comes, its latch is open, as it cannot be extended now'
        fi
        mark_done
        return 0
    fi
    if run_latch; then
        mark_done
        printf '<30>tpm2-sealed: %s\n' "${_message#cryptsetup-tpm2: }" > /dev/kmsg
        return 0
    fi
    _message=${_message#cryptsetup-tpm2: }
    [ -z "$required" ] || refuse
    say "$_message"
    say 'the latch is open: whoever runs on this machine can use the sealed volumes of this boot'
    mark_done
}

case ${1:-} in
    --if-image) has_image "${2:-}" && extend ;;
    --)
        shift
        extend
        # There is no exec: dracut's command is `echo`, which an initramfs has only as a builtin.
        "$@"
        exit
        ;;
    *) extend "$@" ;;
esac
exit 0
