#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# emergency hook without systemd, which runs before the shell. Running it twice changes nothing.
# dracut reads this file into process 1, which nobody can kill. The script can be killed (SysRq) or
# fail to start, and then does not mark that it is done. So it is run again: until it is done if the
# configuration requires the latch, otherwise a few times.
tpm2_sealed_latch() {
    _tries=3
    while read -r _line || [ -n "$_line" ]; do
        case $_line in *required*) _tries= ;; esac
    done 2> /dev/null < /etc/cryptsetup-tpm2.conf
    while :; do
        /sbin/tpm2-sealed-latch --shell
        [ ! -e /run/tpm2-sealed.latched ] || return 0
        [ "$_tries" != 1 ] || return 0
        _tries=${_tries:+$((_tries - 1))}
    done
}
tpm2_sealed_latch
