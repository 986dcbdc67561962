# A box in qemu (-M virt, TCG), started from its card: kernel, initrd and command line come from its boot partition. `disk`,
# `work` and `phone` are set by the script that sources this.

machine=''
port=''
# Bytes a second that the card takes; empty for as many as there come.
card_pace=''
log=''

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# start_machine TEST [LOG]: what guest/inside does; a file for the log of what is written to the card (then without a pace).
start_machine() {
  local file card=(-blockdev "driver=file,node-name=card,filename=$disk")
  if [[ -n ${2:-} ]]; then
    : >"$2"
    card=(-blockdev "driver=file,node-name=disk,filename=$disk" -blockdev "driver=file,node-name=log,filename=$2"
      -blockdev driver=blklogwrites,node-name=card,file=disk,log=log)
  fi
  if [[ -n $card_pace ]]; then
    card=(-object "throttle-group,id=pace,x-bps-total=$card_pace" -blockdev "driver=file,node-name=disk,filename=$disk"
      -blockdev driver=throttle,node-name=card,throttle-group=pace,file=disk)
  fi
  port=$(free_port)
  log=$work/serial.log
  : >"$log"
  for file in vmlinuz initrd.img cmdline.txt; do mcopy -n -o -i "$disk@@4M" "::$file" "$work/"; done
  mkdir -p "$work/cpio"
  cp "$HERE/guest/init" "$work/cpio/phone-init"
  cp "$HERE/guest/hook" "$work/cpio/phone-hook"
  cp "$HERE/guest/box-test.service" "$work/cpio/"
  chmod +x "$work/cpio/phone-init"
  # The kernel looks for the next archive at a multiple of four bytes.
  truncate --size %512 "$work/initrd.img"
  (cd "$work/cpio" && find . | cpio --quiet --create --format=newc --owner=0:0) >>"$work/initrd.img"
  # shellcheck disable=SC2094 # the serial port's log is another file than the errors'
  qemu-system-aarch64 -machine virt,gic-version=3 -cpu cortex-a72 -smp 2 -m 1024 -accel tcg,thread=multi \
    -display none -monitor none -serial "file:$log" \
    -kernel "$work/vmlinuz" -initrd "$work/initrd.img" \
    -append "$(tr -d '\n' <"$work/cmdline.txt") console=ttyAMA0 rdinit=/phone-init boxtest=$1" \
    "${card[@]}" -device virtio-blk-pci,drive=card \
    -drive "if=none,id=phone,file=$phone,format=raw,readonly=on" -device virtio-blk-pci,drive=phone \
    -netdev "user,id=net,hostfwd=tcp:127.0.0.1:$port-:80" -device virtio-net-pci,netdev=net,romfile= \
    -device i6300esb >"$work/qemu.log" 2>&1 &
  machine=$!
}

# The power is cut.
kill_machine() {
  kill -KILL "$machine" 2>/dev/null || true
  wait "$machine" 2>/dev/null || true
  machine=''
}

stop_machine() { [[ -z $machine ]] || kill_machine; }

# Within SECONDS: a COMMAND succeeds, while the machine runs.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [[ $SECONDS -lt $end ]] || return 1
    kill -0 "$machine" 2>/dev/null || { "$@" && return || { cat "$work/qemu.log" && return 1; }; }
    sleep 0.5
  done
}

# What stands on the console, in lines that match.
guest_said() { tr -d '\r' <"$log" | grep -a -E "$1"; }
said_times() { [[ $(guest_said "$2" | wc -l) -ge $1 ]]; }
expect() { within "$2" said_times 1 "$1"; }
expect_times() { within "$3" said_times "$1" "$2"; }

answer() { curl --silent --fail --max-time 5 --output "$work/answer" --header 'Host: chatterbox.local' "http://127.0.0.1:$port/rooms/hall/messages"; }
answers() { within "$1" answer; }

confirmed() { within "$1" keeps; }
# mtools reads what the guest has flushed.
keeps() { [[ $(slots) == good=b\ try=-* ]]; }

# Ended by itself.
ended() {
  local end=$((SECONDS + $1))
  while kill -0 "$machine" 2>/dev/null; do
    [[ $SECONDS -lt $end ]] || return 1
    sleep 0.5
  done
  machine=''
}

mtype_has() { mtype -i "$disk@@4M" "::$1" 2>/dev/null | grep -q "$2"; }

say_in_hall() {
  curl --silent --fail --max-time 5 --output /dev/null --header 'Host: chatterbox.local' --data "{\"text\":\"$1\"}" \
    "http://127.0.0.1:$port/rooms/hall/messages?name=Di"
}

write_messages() {
  while :; do say_in_hall "and on" || sleep 0.2; done
}
