# What the programs here share.

# Debian 13: the current stable, with updates to 2028 and long-term support to 2030; 12 has long-term support alone, to 2028.
SUITE=trixie
ARCH=arm64
# The kernel is this package's dependency. Debian 13's own kernel (6.12) has no driver for the Pi 5's Ethernet, USB and card; that of
# its backports has.
KERNEL=linux-image-arm64
KERNEL_SUITE=$SUITE-backports

# The card's MBR signature: by it the initrd, fstab and the boot partition find each other.
DISK_ID=cb0a7b0c

say() { printf '%s\n' "image: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

# need PROGRAM PACKAGE: says what to install.
need() {
  command -v "$1" >/dev/null || [[ -x /sbin/$1 || -x /usr/sbin/$1 ]] || fail "$1 is missing: install $2"
}

# The names in a list of packages, with commas.
packages() { sed 's/#.*//' "$1" | xargs | tr ' ' ','; }

# Runs a command as root, or as one that looks like it: for the owners of files in archives.
as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else fakeroot "$@"; fi
}
