# The last part of tests/image/run, which sources it: updates that are refused, taken, taken back, and sent by a phone; and the doctor.
# shellcheck shell=bash disable=SC2154 # what tests/image/run has set

echo "image: a corrupt update"
before=$(slot_sums)
"$TREE/image/sign" "$work/root.squashfs" 9.9.1 "$work/key.pem" "$work/corrupt.update"
printf 'x' | dd of="$work/corrupt.update" bs=1 seek=40000000 conv=notrunc status=none
"$TREE/image/sign" "$work/root.squashfs" 9.9.2 "$work/stranger.pem" "$work/stranger.update"
for bad in corrupt stranger; do
  mcopy -o -i "$disk@@4M" "$work/$bad.update" "::$bad.update"
done
start_machine doctor
for bad in corrupt stranger; do
  check "$bad: refused, with the reason beside it" within "$DONE_S" mtype_has "$bad.update.refused.txt" .
done
check "the doctor is done" expect '^TEST DONE' "$DONE_S"
guest_results
kill_machine
check "nothing is to be tried" test "$(slots)" = "good=a try=- left=0"
check "both slots are as they were" test "$(slot_sums)" = "$before"
check "what was refused takes no room" test -z "$(mdir -b -i "$disk@@4M" '::*.update*' | grep -v 'refused.txt')"
check "a reason names no inner path" test -z "$(mtype -i "$disk@@4M" ::corrupt.update.refused.txt | grep /)"
mdel -i "$disk@@4M" '::*.refused.txt'

echo "image: a good update"
mcopy -o -i "$disk@@4M" "$update" ::good.update
cp --sparse=always "$disk" "$work/before-update.img"
start_machine same "$work/update.log"
check "it serves meanwhile" answers "$STARTED_S"
check "it takes messages meanwhile" env BLOCK_MESSAGES=60 BLOCK_ROOMS="gate yard" "$HERE/states.py" write "$port" "$work/update.log" "$work/update.acks"
check "the other slot is tried" expect 'initrd: slot b of vda, trial: yes' "$DONE_S"
check "it serves" answers "$STARTED_S"
check "it is kept" confirmed "$DONE_S"
kill_machine
check "the file is gone from the card" test -z "$(mdir -b -i "$disk@@4M" '::*.update*')"
check "slot b is the good one" test "$(slots)" = "good=b try=- left=0"

echo "image: power cuts during that update, from its log"
qemu_program >"$work/update-program"
chmod +x "$work/update-program"
mkdir "$work/cuts"
CHATTERBOX_BIN=$work/update-program BLOCK_ROOMS="gate yard" check "each of 200 states has a slot that starts, its settings and rooms" \
  "$HERE/update_states.py" "$work/before-update.img" "$work/update.log" "$work/update.acks" "$work/root.squashfs" "$work/cuts"
updated=$disk
for disk in "$work"/cuts/*.img; do
  start_machine same
  check "$(basename "$disk"): it serves" answers "$STARTED_S"
  kill_machine
  rm "$disk"
done
disk=$updated
rm "$work/before-update.img" "$work/update.log"

echo "image: an update that does not start"
mkdir -p "$work/dead/usr/lib/systemd" "$work/dead/usr/lib/modules"
dpkg-deb --fsys-tarfile "$packages"/busybox-static_*.deb | tar --extract --to-stdout ./usr/bin/busybox >"$work/dead/usr/lib/systemd/systemd"
chmod +x "$work/dead/usr/lib/systemd/systemd"
mkdir "$work/dead"/{dev,proc,run,sys}
mksquashfs "$work/dead" "$work/dead.squashfs" -quiet -no-progress -all-root
"$TREE/image/sign" "$work/dead.squashfs" 9.9.3 "$work/key.pem" "$work/dead.update"
mcopy -o -i "$disk@@4M" "$work/dead.update" ::dead.update
start_machine same
check "it is tried" expect 'initrd: slot a of vda, trial: yes' "$DONE_S"
check "three times" expect_times 3 'initrd: slot a of vda, trial: yes' "$DONE_S"
check "then the box goes back" expect_times 2 'initrd: slot b of vda, trial: no' "$DONE_S"
check "and serves" answers "$STARTED_S"
kill_machine
check "the card says so" test "$(slots)" = "good=b try=a left=0"

echo "image: an update from the organizer's phone"
keeps_a() { [[ $(slots) == good=a\ try=-* ]]; }
start_machine key
check "it serves" answers "$STARTED_S"
check "the organizer's key is there" expect '^KEY ' "$DONE_S"
guest_results
key=$(guest_said '^KEY ' | head -n 1 | cut -d ' ' -f 2)
check "the file is sent" env BOX="http://127.0.0.1:$port" python3 "$HERE/guest/organizer.py" "$key" --send "$update"
check "the other slot is tried, without a hand on the box" expect 'initrd: slot a of vda, trial: yes' "$DONE_S"
check "it serves again" answers "$STARTED_S"
check "slot a is kept" within "$DONE_S" keeps_a
kill_machine
