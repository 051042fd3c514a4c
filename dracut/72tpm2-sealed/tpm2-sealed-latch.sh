#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Extends the latch, so that nothing that runs from now on unseals what the initramfs unsealed.
#
# tpm2-sealed-latch                       before the initramfs is left
# tpm2-sealed-latch --shell               before a shell, which may come before the TPM does
# tpm2-sealed-latch --if-image [DEVICE]   before the kernel looks for an image to resume from: if there
#                                         is one, or it cannot be told; without DEVICE that of resume=
# tpm2-sealed-latch -- COMMAND...         and then the command
#
# What it could not do, it says. The boot goes on then, unless the configuration has `latch = required`:
# then it does not return, closes what is open, and turns the machine off.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
# The kernel hands words of its command line to the first process, as variables: which TPM is asked is
# the configuration's word alone.
unset CRYPTSETUP_TPM2_TCTI

# Strings may come from the header of a volume or the command line: dash's echo would make control
# characters of their backslashes.
say() {
    printf '<28>tpm2-sealed: %s\n' "$*" > /dev/kmsg
    printf 'tpm2-sealed: %s\n' "$*" >&2
}

# What the command line says. Since version 255, systemd does not name the device to its service.
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

# Whether the device holds a hibernated system: looked for where the kernel looks, at the end of the
# first page, of whatever size. libblkid would be led astray by another signature beside this one.
# A device that is not known, or a file in it (resume_offset): as if there were an image.
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

# Whether the kernel has found one; it also finds those of TPM 1.2.
found_tpm() {
    for _tpm in /sys/class/tpm/tpm*; do
        [ -e "$_tpm" ] || continue
        [ "$(cat "$_tpm/tpm_version_major" 2> /dev/null)" = 1 ] || return 0
    done
    return 1
}

# What the configuration says: a way to the TPM that nothing else need announce (tcti), whether the
# latch has to be closed (required), and what follows where it cannot be (failure). The command reads
# the file. Where it cannot, as in a file with a line that nobody understands, the word alone counts.
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

# Every file system and swap space of this initramfs that lies on a mapping goes, then the mappings,
# whoever opened them: in the system of a thief who typed a passphrase the TPM must not be asked,
# either. One that is still in use loses its table, and with it the key. udev may have been killed:
# dmsetup would wait for it for ever.
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

# On every console, whatever the log level is, and on the splash screen.
tell() {
    say "$1"
    printf '\r\ntpm2-sealed: %s\r\n' "$1" > /dev/console
    ! type plymouth > /dev/null 2>&1 || plymouth display-message --text="$1" 2> /dev/null
}

# Does not return: what came next would be a shell or a system, with the latch open.
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
    # What somebody opened meanwhile, at a prompt that was still there.
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

# The whole of it again, where it failed: a TPM that is busy, or an answer that was damaged, passes.
# Three times at the most; a third only while little time has gone by, as a dead TPM takes much of it.
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

# Says that the latch is closed, or need not be. The hooks wait for that, so that a script that was
# killed does not lead on.
mark_done() { : > /run/tpm2-sealed.latched; }

extend() {
    read_settings
    _announced=
    if [ -e /sys/firmware/acpi/tables/TPM2 ] || [ -n "$tcti" ]; then _announced=yes; fi
    if ! found_tpm && { [ -n "$_announced" ] || [ -n "$required" ] || [ -d /sys/firmware/devicetree/base ]; }; then
        # A shell may come before udev has run, and whoever sits there can load the driver.
        modprobe -qa tpm_tis tpm_crb tpm_tis_spi tpm_tis_i2c tpm_ftpm_tee tpm_crb_ffa 2> /dev/null
    fi
    # Where the latch is required, a TPM that is not seen is one that could not be asked: a word on the
    # command line can hide it from the kernel, and the next system can find it again.
    if [ -z "$_announced" ] && [ -z "$required" ] && ! found_tpm; then
        # A device tree may have a TPM on a bus whose driver only udev loads.
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
        # Not exec: dracut's command is `echo`, which is no program in an initramfs.
        "$@"
        exit
        ;;
    *) extend "$@" ;;
esac
exit 0
