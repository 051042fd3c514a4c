#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# pre-mount hook without systemd: the next one may resume a system. All volumes have been opened.
if [ -s /.resume ]; then
    /sbin/tpm2-sealed-latch
fi
