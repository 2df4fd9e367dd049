#!/bin/sh
# Teaches Wireshark and tshark what Sojourn says beyond the RFCs that they know: install.sh [DICTIONARIES [PLUGINS]]
# DICTIONARIES: Wireshark's folder `diameter`; it gets sojourn.xml, and dictionary.xml a reference to it (root is needed for the default).
# PLUGINS: a folder for Lua plugins. Safe to run again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder() { tshark -G folders 2>/dev/null | sed -n "s/^$1:[[:space:]]*//p"; }
dictionaries=${1:-$(folder 'Global configuration')/diameter}
plugins=${2:-$(folder 'Personal Lua Plugins')}

mkdir -p "$plugins"
cp "$here/mobile-ip.lua" "$plugins/sojourn-mobile-ip.lua"
cp "$here/sojourn.xml" "$dictionaries/sojourn.xml"
grep -q '"sojourn.xml"' "$dictionaries/dictionary.xml" ||
  sed -i -e 's|^\(.*\)<!ENTITY nasreq|\1<!ENTITY sojourn SYSTEM "sojourn.xml">\n&|' -e 's|^</dictionary>|\&sojourn;\n&|' \
    "$dictionaries/dictionary.xml"
grep -q '^&sojourn;' "$dictionaries/dictionary.xml" || {
  echo "Error: $dictionaries/dictionary.xml is not as expected; add sojourn.xml to it by hand" >&2
  exit 1
}
