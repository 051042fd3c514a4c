#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# cleanup and emergency hook without systemd.
/sbin/tpm2-sealed-latch
