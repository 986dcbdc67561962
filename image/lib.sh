# What the programs here share.

# Debian 13: the current stable, with updates to 2028 and long-term support to 2030; 12 has long-term support alone, to 2028.
SUITE=trixie
ARCH=arm64
# Brings in the kernel of this name's dependency.
KERNEL=linux-image-arm64

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
