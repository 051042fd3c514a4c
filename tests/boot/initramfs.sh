# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Initramfs images by the real dracut, as on a machine where this tree is installed: an overlay over
# /usr and /etc in a mount namespace of dracut's own. Nothing of this system is changed.

kernel=
for _kernel in /boot/vmlinuz-*-cloud-*; do kernel=${_kernel#/boot/vmlinuz-}; done

# Where Debian has them.
libraries=/usr/lib/x86_64-linux-gnu

# With the modes that packages have: libraries are not executable.
install_tree() {
	make -C "$builddir_abs" install-strip DESTDIR="$work/installed" >"$work/install.log" 2>&1 || return 1
	if [ -d "$work/installed/lib" ]; then
		cp -a "$work/installed/lib" "$work/installed/usr/" && rm -r "$work/installed/lib"
	fi
	find "$work/installed" -name '*.so' -exec chmod 0644 {} +
	mkdir -p "$work/installed/etc"
}

# as_installed COMMAND...: in a mount namespace where the tree is installed.
as_installed() {
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare -m sh -c 'mount -t overlay -o "lowerdir=$0/usr:/usr" overlay /usr &&
		mount -t overlay -o "lowerdir=$1:/etc" overlay /etc && shift && exec "$@"' \
		"${installed:-$work/installed}" "${installed_etc:-$work/installed/etc}" "$@"
}

# build_initramfs FILE FLAVOUR [OPTION...]: FLAVOUR is sd (systemd) or nosd.
build_initramfs() {
	_file=$1
	_modules='base crypt dm rootfs-block kernel-modules udev-rules fs-lib resume lvm'
	[ "$2" = nosd ] || _modules="$_modules systemd systemd-initrd dracut-systemd"
	shift 2
	as_installed dracut --force --no-hostonly --no-early-microcode --no-compress --nostrip \
		--modules "$_modules" --tmpdir "$work" --kver "$kernel" --filesystems ext4 \
		--drivers 'virtio_blk virtio_pci virtio_scsi sd_mod dm_crypt' "$@" "$_file" \
		>"$_file.log" 2>&1
}
