#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# dracut's module tpm2-sealed: lets the TPM open LUKS2 volumes in the initramfs, and closes the
# latch before the initramfs is left. Its manual is cryptsetup-tpm2-dracut(7).
# shellcheck disable=SC2154 # dracut's variables

# Ends the build: after a mere message, the admin would notice the fault at the next boot, as a
# passphrase prompt. dracut ignores what install() returns, but calls it in its own shell, so that
# exit ends dracut.
tpm2_sealed_fail() {
    dfatal "tpm2-sealed: $*"
    dfatal 'tpm2-sealed: no initramfs is made; --omit tpm2-sealed makes one that asks for passphrases'
    exit 1
}

# The tests set another folder.
tpm2_sealed_sys=/sys

# tpm2_sealed_has_token [--header FILE] DEVICE
tpm2_sealed_has_token() {
    cryptsetup luksDump --dump-json-metadata "$@" 2> /dev/null \
        | grep -qE '"type":[[:space:]]*"tpm2-sealed"'
}

# Succeeds if a volume that this host boots from has a token of ours, also in a detached header.
tpm2_sealed_wanted() {
    local _dev _name _source _file _options _header
    for _dev in "${!host_fs_types[@]}"; do
        [[ ${host_fs_types[$_dev]} == crypto_LUKS ]] || continue
        tpm2_sealed_has_token "$_dev" && return 0
    done
    [[ -f ${dracutsysrootdir-}/etc/crypttab ]] || return 1
    while read -r _name _source _file _options || [[ $_name ]]; do
        [[ $_name != \#* && ,$_options == *,header=/* ]] || continue
        _header=,$_options
        _header=${_header#*,header=}
        tpm2_sealed_has_token "${dracutsysrootdir-}${_header%%,*}" && return 0
    done < "${dracutsysrootdir-}/etc/crypttab"
    return 1
}

# dracut includes the module by itself only if this host needs it. install() looks for what is
# missing: if check() failed, dracut would silently leave the module out.
check() {
    [[ $hostonly || $mount_needs ]] && tpm2_sealed_wanted && return 0
    return 255
}

depends() {
    echo crypt
    # Newer versions of dracut have systemd-cryptsetup in a module of its own.
    if dracut_module_included systemd && [[ -d $(dracut_module_path systemd-cryptsetup) ]]; then
        echo systemd-cryptsetup
    fi
}

# Installs the drivers of all TPMs, and those between the CPU and a TPM on SPI or I2C: this host's
# in hostonly mode, otherwise all.
installkernel() {
    local _dir _device _names=()
    for _dir in char/tpm tee firmware/arm_ffa; do
        [[ -d $srcmods/kernel/drivers/$_dir ]] && hostonly='' instmods "=drivers/$_dir"
    done
    if [[ $hostonly ]]; then
        _device=$(readlink -f "$tpm2_sealed_sys/class/tpm/tpm0/device")
        while [[ $_device == "$tpm2_sealed_sys"/devices/* ]]; do
            [[ -e $_device/driver/module ]] && _names+=("$(basename "$(readlink -f "$_device/driver/module")")")
            _device=${_device%/*}
        done
        ((${#_names[@]} == 0)) || hostonly='' instmods "${_names[@]}"
    else
        for _dir in spi i2c/busses; do
            [[ -d $srcmods/kernel/drivers/$_dir ]] && hostonly='' instmods "=drivers/$_dir"
        done
    fi
    # A driver of an interface is needed: the core, tpm.ko, reaches no TPM, and is often the only
    # part that is built in. The slash at its end lets the folder be a link.
    grep -qs '/drivers/char/tpm/tpm_' "$srcmods/modules.builtin" \
        || find "$initdir/lib/modules/$kernel/" -path '*/drivers/char/tpm/tpm_*.ko*' 2> /dev/null \
            | grep -q . \
        || tpm2_sealed_fail "the kernel $kernel has no driver for a TPM"
}

# tpm2_sealed_libraries FILE: prints the path of every library that FILE is linked to, directly or
# not. dracut finds them by itself only for executable files, and packages install libraries that
# are not.
tpm2_sealed_libraries() {
    local _line
    ${DRACUT_LDD:-ldd} "$1" 2> /dev/null | while read -r _line; do
        if [[ $_line == *'not found'* ]]; then
            echo "missing:${_line%% *}"
        elif [[ $_line =~ (^|'=> ')(/[^[:space:]]+) ]]; then
            echo "${BASH_REMATCH[2]}"
        fi
    done
}

# tpm2_sealed_inst FILE...: installs these with their libraries, and verifies that they are there.
tpm2_sealed_inst() {
    local _file _library _libraries
    for _file in "$@"; do
        [[ -e ${dracutsysrootdir-}$_file ]] || tpm2_sealed_fail "there is no $_file"
        _libraries=$(tpm2_sealed_libraries "${dracutsysrootdir-}$_file")
        for _library in "$_file" $_libraries; do
            [[ $_library != missing:* ]] \
                || tpm2_sealed_fail "$_file needs ${_library#missing:}, which is not installed"
            inst "$_library" || true
            [[ -e $initdir$_library ]] \
                || tpm2_sealed_fail "$_library did not get into the initramfs"
        done
    done
}

# tpm2_sealed_beside NAME FILE: prints the path of a library that is loaded by name at run time. It
# looks where the libraries of FILE are.
tpm2_sealed_beside() {
    local _library
    for _library in $(tpm2_sealed_libraries "${dracutsysrootdir-}$2"); do
        if [[ -e ${dracutsysrootdir-}${_library%/*}/$1 ]]; then
            echo "${_library%/*}/$1"
            return
        fi
    done
    echo "$1"
}

# Prints the libraries that the TSS loads for the TCTI of the configuration, by name or path. The
# default is the device. A recorder (pcap) uses another TCTI.
tpm2_sealed_tctis() {
    local _tcti=device _key _value
    if [[ -f ${dracutsysrootdir-}/etc/cryptsetup-tpm2.conf ]]; then
        while IFS='=' read -r _key _value || [[ $_key ]]; do
            [[ ${_key//[[:space:]]/} == tcti ]] && _tcti=${_value//[[:space:]]/}
        done < "${dracutsysrootdir-}/etc/cryptsetup-tpm2.conf"
    fi
    if [[ $_tcti == pcap:* ]]; then
        echo libtss2-tcti-pcap.so.0
        _tcti=${_tcti#pcap:}
    fi
    case ${_tcti%%:*} in
        *.so*) echo "${_tcti%%:*}" ;;
        *) echo "libtss2-tcti-${_tcti%%:*}.so.0" ;;
    esac
}

# A bad line in the configuration would keep every token from opening, and the latch from being
# extended. The command reads the file before it looks for the TCTI "none", which does not exist, so
# no TPM is asked. The file of another system (--sysroot) is not checked.
tpm2_sealed_check_config() {
    local _config=/etc/cryptsetup-tpm2.conf _message
    [[ -z ${dracutsysrootdir-} && -e $_config ]] || return 0
    _message=$("$1" tpm --tcti none 2>&1) || true
    [[ $_message != *"$_config"* ]] || tpm2_sealed_fail "${_message#cryptsetup-tpm2: }"
}

# If the configuration requires the latch, installs what the script needs to stop a boot whose latch
# is open. The command prints the settings; those of another system are taken from its file.
tpm2_sealed_install_required() {
    local _settings _program=poweroff _config=${dracutsysrootdir-}/etc/cryptsetup-tpm2.conf
    [[ -e $_config ]] || return 0
    if [[ ${dracutsysrootdir-} ]] || ! _settings=$("$1" latch --settings 2> /dev/null); then
        _settings=$(sed -n 's/[[:space:]]//g; /^latch/p' "$_config")
    fi
    [[ $'\n'$_settings$'\n' == *$'\n'latch=required$'\n'* ]] || return 0
    [[ $'\n'$_settings$'\n' != *$'\n'latch-failure=reboot$'\n'* ]] || _program=reboot
    inst_multiple dmsetup umount "$_program" \
        || tpm2_sealed_fail "'latch = required' needs the programs dmsetup, umount and $_program"
    inst_multiple -o swapoff
    tpm2_sealed_required=$_program
}

# If the latch is required, the boot must not go on after the script was killed (SysRq) or did not
# start: then no shell and no resume comes, and the machine is turned off if our own unit fails, or
# the one that leaves the initramfs.
tpm2_sealed_require_units() {
    local _unit _file
    [[ $tpm2_sealed_required ]] || return 0
    for _file in "$initdir$systemdsystemunitdir"/*.service.d/50-tpm2-sealed.conf; do
        sed -i 's/^ExecStartPre=-/ExecStartPre=/' "$_file"
    done
    for _unit in tpm2-sealed-latch.service initrd-switch-root.service.d/50-tpm2-sealed.conf; do
        printf '\n[Unit]\nFailureAction=%s-force\n' "$tpm2_sealed_required" \
            >> "$initdir$systemdsystemunitdir/$_unit"
    done
}

install() {
    local _plugins _plugin _command _name
    tpm2_sealed_required=
    for _name in cryptsetup cryptsetup-tpm2; do
        _command=$(find_binary "$_name") || tpm2_sealed_fail "the command $_name is not installed"
        tpm2_sealed_inst "$_command"
    done
    # libcryptsetup loads plugins only from the folder that is compiled into it.
    _plugins=$(LC_ALL=C cryptsetup --help | sed -n 's/^LUKS2 external token plugin path: \(.*\)\.$/\1/p')
    [[ $_plugins ]] || tpm2_sealed_fail 'cryptsetup does not say where it looks for token plugins'
    _plugin=$_plugins/libcryptsetup-token-tpm2-sealed.so
    tpm2_sealed_inst "$_plugin"
    for _name in $(tpm2_sealed_tctis); do
        tpm2_sealed_inst "$(tpm2_sealed_beside "$_name" "$_plugin")"
    done
    # When a thread ends in libcryptsetup (argon2), glibc loads this library by name.
    tpm2_sealed_inst "$(tpm2_sealed_beside libgcc_s.so.1 "$_command")"
    inst_rules 60-tpm-udev.rules
    if [[ -e ${dracutsysrootdir-}/etc/cryptsetup-tpm2.conf ]]; then
        tpm2_sealed_inst /etc/cryptsetup-tpm2.conf
    fi
    tpm2_sealed_check_config "$_command"
    inst_multiple cat dd modprobe sleep tr || tpm2_sealed_fail 'cat, dd, modprobe, sleep and tr are needed'
    tpm2_sealed_install_required "$_command"
    inst_script "$moddir/tpm2-sealed-latch.sh" /sbin/tpm2-sealed-latch
    if dracut_module_included systemd; then
        tpm2_sealed_install_units
        tpm2_sealed_require_units
    else
        tpm2_sealed_install_hooks
    fi
    [[ -x $initdir/sbin/tpm2-sealed-latch ]] || tpm2_sealed_fail 'the latch is not in the initramfs'
}

# If systemd has no program that resumes, dracut 059 installs a udev rule that lets the kernel
# resume, and the latch cannot be closed before it. Its module resume is installed after this one,
# so this function looks for the condition of that rule. Newer versions have no such rule, and do
# not name the script in that place.
tpm2_sealed_check_resume() {
    local _program=$systemdutildir/systemd-hibernate-resume
    dracut_module_included resume && [[ ! -x ${dracutsysrootdir-}$_program ]] || return 0
    grep -qs /lib/dracut/parse-resume.sh "$(dracut_module_path resume)/module-setup.sh" || return 0
    tpm2_sealed_fail "there is no $_program, without which dracut's module resume resumes a hibernated" \
        'system with the latch open: leave that module out (--omit resume)'
}

# With systemd, systemd-cryptsetup calls the plugin by itself.
tpm2_sealed_install_units() {
    local _unit _target
    tpm2_sealed_check_resume
    tpm2_sealed_inst "$systemdutildir/systemd-cryptsetup"
    inst_simple "$moddir/tpm2-sealed-latch.service" "$systemdsystemunitdir/tpm2-sealed-latch.service"
    for _target in initrd.target initrd-switch-root.target; do
        $SYSTEMCTL -q --root "$initdir" add-wants "$_target" tpm2-sealed-latch.service
        # systemctl writes there. Newer versions of dracut set a variable for that folder in
        # hostonly mode only.
        [[ -L $initdir/etc/systemd/system/$_target.wants/tpm2-sealed-latch.service ]] \
            || tpm2_sealed_fail "the latch is not wanted by $_target"
    done
    # The breakpoints are those of systemd's rd.systemd.break.
    for _unit in emergency rescue dracut-emergency debug-shell breakpoint-pre-basic \
        breakpoint-pre-udev breakpoint-pre-mount breakpoint-pre-switch-root; do
        inst_simple "$moddir/shell.conf" "$systemdsystemunitdir/$_unit.service.d/50-tpm2-sealed.conf"
    done
    # The kernel command line can mask our own unit, but not this drop-in.
    inst_simple "$moddir/switch-root.conf" \
        "$systemdsystemunitdir/initrd-switch-root.service.d/50-tpm2-sealed.conf"
    # The unit has an instance up to systemd 254, and none in later versions.
    for _unit in systemd-hibernate-resume@ systemd-hibernate-resume; do
        inst_simple "$moddir/resume.conf" "$systemdsystemunitdir/$_unit.service.d/50-tpm2-sealed.conf"
    done
    inst_simple "$moddir/cryptsetup.conf" \
        "$systemdsystemunitdir/systemd-cryptsetup@.service.d/50-tpm2-sealed.conf"
}

tpm2_sealed_install_hooks() {
    inst_multiple sed tee flock readlink || tpm2_sealed_fail 'sed, tee, flock and readlink are needed'
    inst_script "$moddir/tpm2-sealed-open.sh" /sbin/tpm2-sealed-open
    [[ -x $initdir/sbin/tpm2-sealed-open ]] || tpm2_sealed_fail 'tpm2-sealed-open is not in the initramfs'
    # This comes after the hooks that write the rules: crypt's is 30, resume's 10.
    inst_hook cmdline 95 "$moddir/wrap.sh"
    # Now all volumes are open. This comes before a resume (hook 10) and before the root is mounted
    # (99): dracut 059 then reads files of that root as its own scripts, and the root may be a
    # thief's.
    inst_hook pre-mount 05 "$moddir/latch.sh"
    inst_hook emergency 05 "$moddir/shell-latch.sh"
    inst_hook cleanup 99 "$moddir/latch.sh"
}
