#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# cmdline hook without systemd: changes dracut's udev rules so that they start our scripts with the
# same arguments. Our scripts start dracut's at their end.
if [ -e /etc/udev/rules.d/70-luks.rules ]; then
    sed -i 's,[^ "]*/cryptroot-ask ,/sbin/tpm2-sealed-open ,' /etc/udev/rules.d/70-luks.rules
    # Another version of dracut may write other rules.
    if [ "$(sed -n '/RUN/{/tpm2-sealed-open /!p;}' /etc/udev/rules.d/70-luks.rules)" ]; then
        warn 'tpm2-sealed: 70-luks.rules: tokens are not tried before the passphrase'
    fi
fi
# A resume leaves the initramfs too, and the resumed system may be a thief's.
if [ -e /etc/udev/rules.d/99-resume.rules ]; then
    sed -i 's, --name 00resume , --name 00resume /sbin/tpm2-sealed-latch -- ,' \
        /etc/udev/rules.d/99-resume.rules
    # It is better too early than never, although no token with the latch opens after that.
    if [ "$(sed -n '/RUN/{/tpm2-sealed-latch -- /!p;}' /etc/udev/rules.d/99-resume.rules)" ]; then
        warn 'tpm2-sealed: 99-resume.rules: the latch is extended now, since nothing would extend it before a resume'
        /sbin/tpm2-sealed-latch
    fi
fi
