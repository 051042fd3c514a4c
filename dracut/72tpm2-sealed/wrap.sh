#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# cmdline hook without systemd: the jobs that dracut's rules queue become ours, with their arguments.
# Nothing of dracut is replaced: ours ends in its.
if [ -e /etc/udev/rules.d/70-luks.rules ]; then
    sed -i 's,[^ "]*/cryptroot-ask ,/sbin/tpm2-sealed-open ,' /etc/udev/rules.d/70-luks.rules
    # Another version of dracut may write them in another way.
    if [ "$(sed -n '/RUN/{/tpm2-sealed-open /!p;}' /etc/udev/rules.d/70-luks.rules)" ]; then
        warn 'tpm2-sealed: 70-luks.rules: tokens are not tried before the passphrase'
    fi
fi
# A system that is resumed leaves the initramfs too, and it may be somebody else's.
if [ -e /etc/udev/rules.d/99-resume.rules ]; then
    sed -i 's, --name 00resume , --name 00resume /sbin/tpm2-sealed-latch -- ,' \
        /etc/udev/rules.d/99-resume.rules
    # Better too early than never: no token with the latch opens then.
    if [ "$(sed -n '/RUN/{/tpm2-sealed-latch -- /!p;}' /etc/udev/rules.d/99-resume.rules)" ]; then
        warn 'tpm2-sealed: 99-resume.rules: the latch is extended now, as nothing would before a resume'
        /sbin/tpm2-sealed-latch
    fi
fi
