#!/bin/sh
# First process of the user-mode kernel, in two stages. The machine's root file system lies read-only below, an overlay in memory above: what is
# written in the guest ends with it, but for the run folder LAB_RUN, which is the host's own. LAB_MODULES: the kernel's modules.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
case $1 in
'')
  # A copy without the set-user-id bit: to an unprivileged user's kernel the machine's own mount belongs to somebody else than root.
  mount=$LAB_RUN/mount
  $mount -t proc proc /proc
  $mount -t devtmpfs devtmpfs /dev
  exec </dev/tty0 2>/dev/tty1
  echo >/proc/sys/kernel/hotplug
  version=$(uname -r)
  $mount -t tmpfs -o mode=755 lab /mnt
  mkdir /mnt/u /mnt/w /mnt/r
  insmod "$LAB_MODULES/$version/kernel/fs/overlayfs/overlay.ko"
  $mount -a -T "$LAB_RUN/fstab"
  cd /mnt/r || exit 1
  mkdir -p usr/lib/modules && ln -sfn "$LAB_MODULES/$version" "usr/lib/modules/$version"
  pivot_root . mnt
  exec chroot . /bin/sh "$LAB_RUN/init.sh" second </dev/tty0 >/dev/tty0 2>/dev/tty1
  ;;
second)
  stty raw -echo
  stty raw -echo </dev/tty1
  : >"$LAB_RUN/console-ready"
  # A home of its own: the user's settings of tshark and others must not change what is seen, and may not be readable here.
  export HOME=/run/home
  mkdir /run/home
  ip link set lo up
  echo lab >/proc/sys/kernel/hostname
  setsid sh "$LAB_RUN/command.sh"
  echo $? >/proc/exitcode
  sync
  echo o >/proc/sysrq-trigger
  exec sleep 9
  ;;
esac
