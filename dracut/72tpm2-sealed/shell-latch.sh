#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# emergency hook without systemd, before its shell. More than once changes nothing.
/sbin/tpm2-sealed-latch --shell
