#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# pre-mount and cleanup hook without systemd. More than once changes nothing.
/sbin/tpm2-sealed-latch
