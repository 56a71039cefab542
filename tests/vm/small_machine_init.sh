#!/bin/busybox sh
# shellcheck shell=dash
# The first process of the small machine (small_machine.py): prepares /dev, /proc and /sys, loads modules, starts udev,
# then runs one script after another as the host hands them over through the virtio-serial port "control".
#   host:  RUN <number> <bytes of the tar that follows: "script" and the files that it reads>
#   here:  READY, and for each script  DONE <its exit status> <bytes of the tar that follows: stdout, stderr, out/>
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/usr/busybox LC_ALL=C.UTF-8 HOME=/root TERM=dumb
/bin/busybox mkdir -p /proc /sys /dev /run /tmp /root /usr/busybox /var/lib /mnt
/bin/busybox --install -s /usr/busybox
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null # a kernel may have done so
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
chmod 1777 /tmp
hostname small-machine
ip link set lo up

# The modules come in the order of their need; one that the kernel can't use here says so on the console.
while read -r module; do
    insmod "$module" || echo "small machine: $module cannot be loaded"
done </etc/small-machine/modules
if [ -x /usr/lib/systemd/systemd-udevd ]; then
    mkdir -p /run/udev
    /usr/lib/systemd/systemd-udevd --daemon
    udevadm trigger --action=add --subsystem-match=block --subsystem-match=scsi_generic --subsystem-match=nvme --subsystem-match=mmc --subsystem-match=usb
    udevadm settle
fi
state=$(blkid -L small-state 2>/dev/null || findfs LABEL=small-state 2>/dev/null)
if [ -n "$state" ]; then
    mkdir -p /var/lib/regain
    mount -t ext4 "$state" /var/lib/regain
fi

for port in /sys/class/virtio-ports/*; do
    [ "$(cat "$port/name")" = control ] && exec 3<>"/dev/${port##*/}"
done
echo READY >&3
while read -r _ number bytes <&3; do
    room=/run/scripts/$number
    mkdir -p "$room/in" "$room/out"
    head -c "$bytes" <&3 | tar -C "$room/in" -xf -
    : >"$room/stdout"
    : >"$room/stderr"
    tail -q -n +1 -f "$room/stdout" "$room/stderr" >/dev/console 2>/dev/null &
    copying=$!
    (
        cd "$room/in" || exit 125
        IN=$room/in OUT=$room/out sh ./script </dev/null >"$room/stdout" 2>"$room/stderr" 3>&-
    )
    status=$?
    sleep 1 # what was said last comes to the console, too
    kill "$copying"
    wait "$copying" 2>/dev/null
    tar -C "$room" -cf /run/reply.tar stdout stderr out
    echo "DONE $status $(stat -c %s /run/reply.tar)" >&3
    cat /run/reply.tar >&3
    rm -rf "$room" /run/reply.tar
done
echo "small machine: the host is gone"
poweroff -f
