# The last part of tests/image/run, which sources it: updates that are refused, taken, taken back, and sent by a phone; and the doctor.
# shellcheck shell=bash disable=SC2154 # what tests/image/run has set

echo "image: a corrupt update"
before=$(slot_sums)
"$TREE/image/sign" "$work/root.squashfs" 9.9.1 "$work/key.pem" "$work/corrupt.update"
printf 'x' | dd of="$work/corrupt.update" bs=1 seek=40000000 conv=notrunc status=none
"$TREE/image/sign" "$work/root.squashfs" 9.9.2 "$work/stranger.pem" "$work/stranger.update"
"$TREE/image/sign" "$work/root.squashfs" 0.0.1 "$work/key.pem" "$work/old.update"
for bad in corrupt stranger old; do
  mcopy -o -i "$disk@@4M" "$work/$bad.update" "::$bad.update"
done
start_machine doctor
for bad in corrupt stranger old; do
  check "$bad: refused, with the reason beside it" within 300 mtype_has "$bad.update.refused.txt" .
done
check "the doctor is done" expect '^TEST DONE' 500
guest_results
kill_machine
check "nothing is to be tried" test "$(slots)" = "good=a try=- left=0"
check "both slots are as they were" test "$(slot_sums)" = "$before"
check "what was refused takes no room" test -z "$(mdir -b -i "$disk@@4M" '::*.update*' | grep -v 'refused.txt')"
check "a reason names no inner path" test -z "$(mtype -i "$disk@@4M" ::corrupt.update.refused.txt | grep /)"
check "an older one says how to go back" mtype_has old.update.refused.txt 'ends in .older.update'
mdel -i "$disk@@4M" '::*.refused.txt'

echo "image: a good update"
mcopy -o -i "$disk@@4M" "$update" ::good.update
cp --sparse=always "$disk" "$work/before.img"
start_machine same "$work/block.log"
check "the other slot is tried" expect 'initrd: slot b of vda, trial: yes' 300
check "it serves" answers 300
check "it is kept" confirmed 240
kill_machine
check "the file is gone from the card" test -z "$(mdir -b -i "$disk@@4M" '::*.update*')"
check "slot b is the good one" test "$(slots)" = "good=b try=- left=0"

echo "image: power cuts of that update, from its log"
check "each leaves a slot that starts, settings and rooms" "$HERE/update_states.py" "$work/before.img" "$work/block.log" "$update" "$work/cut"
updated=$disk
for cut in 1 2 3; do
  disk=$work/cut.$cut
  start_machine cut
  check "cut $cut: it serves" answers 300
  check "cut $cut: what was said is there" grep -q 'good night' "$work/answer"
  kill_machine
  rm "$disk"
done
disk=$updated
rm "$work/before.img" "$work/block.log"

# try_once GOOD SLOT: that slot has one start left.
try_once() {
  printf '%-511s\n' "$(printf 'good=%s\ntry=%s\nleft=1' "$1" "$2")" >"$work/slots.txt"
  mcopy -o -i "$disk@@4M" "$work/slots.txt" ::slots.txt
}

# A slot of the files of a directory.
squash() { mksquashfs "$work/$1" "$work/$1.squashfs" -noappend -quiet -no-progress -all-root -comp zstd -Xcompression-level 1; }

echo "image: an update whose kernel panics"
unsquashfs -quiet -no-progress -dest "$work/panics" "$work/root.squashfs" lib boot/vmlinuz usr/sbin/kexec usr/lib/os-release usr/lib/systemd/systemd \
  usr/lib/ld-linux-aarch64.so.1 'usr/lib/aarch64-linux-gnu/ld-*' 'usr/lib/aarch64-linux-gnu/libc.so*' 'usr/lib/aarch64-linux-gnu/libz.so*' \
  'usr/lib/aarch64-linux-gnu/libxen*' >/dev/null
mkdir -p "$work/panics"/{dev,proc,run,sys}
# Nothing to start from is in it.
head -c 4096 /dev/zero >"$work/panics/boot/initrd.img"
squash panics
"$TREE/image/sign" "$work/panics.squashfs" 9.9.4 "$work/key.pem" "$work/panics.update"
mcopy -o -i "$disk@@4M" "$work/panics.update" ::panics.update
start_machine bare
check "its kernel is started" expect 'initrd: starting the kernel of slot a, trial: yes' 300
check "it panics three times" expect_times 3 'Kernel panic - not syncing' 400
check "then the box goes back" expect_times 2 'initrd: slot b of vda, trial: no' 300
check "and serves" answers 300
kill_machine
check "the card says so" test "$(slots)" = "good=b try=a left=0"

echo "image: an update whose kernel hangs"
# An image of a kernel that is one instruction: a jump to itself.
python3 - "$work/panics/boot/vmlinuz" <<'END'
import struct, sys

open(sys.argv[1], "wb").write(struct.pack("<IIQQQQQQ4sI4032x", 0x14000000, 0, 0, 0x10000, 0xA, 0, 0, 0, b"ARM\x64", 0))
END
squash panics
dd if="$work/panics.squashfs" of="$disk" bs=1M seek=388 conv=notrunc status=none
try_once b a
start_machine bare
check "its kernel is started" expect 'initrd: starting the kernel of slot a, trial: yes' 300
check "the watchdog ends it, and the box goes back" expect 'initrd: slot b of vda, trial: no' 400
kill_machine

echo "image: a slot without a kernel, whose system does not start"
mkdir -p "$work/dead/usr/lib/systemd" "$work/dead/usr/lib/modules"
dpkg-deb --fsys-tarfile "$packages"/busybox-static_*.deb | tar --extract --to-stdout ./usr/bin/busybox >"$work/dead/usr/lib/systemd/systemd"
chmod +x "$work/dead/usr/lib/systemd/systemd"
mkdir "$work/dead"/{dev,proc,run,sys}
mksquashfs "$work/dead" "$work/dead.squashfs" -quiet -no-progress -all-root
dd if="$work/dead.squashfs" of="$disk" bs=1M seek=388 conv=notrunc status=none
try_once b a
start_machine same
check "it is tried with the first kernel" expect 'initrd: slot a of vda, trial: yes' 300
check "then the box goes back" expect 'initrd: slot b of vda, trial: no' 300
kill_machine
check "the card says so" test "$(slots)" = "good=b try=a left=0"

echo "image: an update from the organizer's phone"
keeps_a() { [[ $(slots) == good=a\ try=-* ]]; }
start_machine key
check "it serves" answers 300
check "the organizer's key is there" expect '^KEY ' 300
guest_results
key=$(guest_said '^KEY ' | head -n 1 | cut -d ' ' -f 2)
check "the file is sent" env BOX="http://127.0.0.1:$port" python3 "$HERE/guest/organizer.py" "$key" --send "$update"
check "the other slot is tried, without a hand on the box" expect 'initrd: slot a of vda, trial: yes' 400
check "it serves again" answers 300
check "slot a is kept" within 240 keeps_a
kill_machine

echo "image: an update whose server stays unhealthy"
try_once a b
start_machine unhealthy
check "it is tried" expect 'initrd: slot b of vda, trial: yes' 300
check "then the box goes back" expect 'initrd: slot a of vda, trial: no' 300
check "and serves" answers 300
kill_machine
check "the card says so" test "$(slots)" = "good=a try=b left=0"
