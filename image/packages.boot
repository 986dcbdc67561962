# Debian packages that are unpacked for the boot partition and not installed: the Pi's firmware, what the initrd is made of. The
# newest kernel of the suite comes with them.

busybox-static
raspi-firmware
