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
# It never ends a boot: what it could not do, it says.
PATH=/usr/sbin:/usr/bin:/sbin:/bin

say() {
    echo "<28>tpm2-sealed: $*" > /dev/kmsg
    echo "tpm2-sealed: $*" >&2
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
        UUID=*) echo "/dev/disk/by-uuid/${_resume#UUID=}" ;;
        LABEL=*) echo "/dev/disk/by-label/${_resume#LABEL=}" ;;
        PARTUUID=*) echo "/dev/disk/by-partuuid/${_resume#PARTUUID=}" ;;
        PARTLABEL=*) echo "/dev/disk/by-partlabel/${_resume#PARTLABEL=}" ;;
        *) echo "$_resume" ;;
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

# Whether the configuration names a way to the TPM, which nothing else need announce.
is_configured() {
    [ -r /etc/cryptsetup-tpm2.conf ] || return 1
    while read -r _line || [ -n "$_line" ]; do
        case $_line in tcti*) return 0 ;; esac
    done < /etc/cryptsetup-tpm2.conf
    return 1
}

extend() {
    _announced=
    if [ -e /sys/firmware/acpi/tables/TPM2 ] || is_configured; then _announced=yes; fi
    if ! found_tpm && { [ -n "$_announced" ] || [ -d /sys/firmware/devicetree/base ]; }; then
        # A shell may come before udev has run, and whoever sits there can load the driver.
        modprobe -qa tpm_tis tpm_crb tpm_tis_spi tpm_tis_i2c tpm_ftpm_tee tpm_crb_ffa 2> /dev/null
    fi
    if [ -z "$_announced" ] && ! found_tpm; then
        # A device tree may have a TPM on a bus whose driver only udev loads.
        if [ "${1:-}" = --shell ] && [ -d /sys/firmware/devicetree/base ]; then
            say 'there is no TPM yet: if one comes, its latch is open, as it cannot be extended now'
        fi
        return 0
    fi
    if _message=$(cryptsetup-tpm2 latch 2>&1); then
        echo "<30>tpm2-sealed: ${_message#cryptsetup-tpm2: }" > /dev/kmsg
        return 0
    fi
    say "${_message#cryptsetup-tpm2: }"
    say 'the latch is open: whoever runs on this machine can use the sealed volumes of this boot'
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
