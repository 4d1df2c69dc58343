#!/usr/bin/env bash
# Installs Debian packages that some tests need, where they are missing. The servers among them are started by the tests
# themselves on free ports, so none may be left running by its package.
# Usage: scripts/install-services.sh <package> ...
set -euo pipefail

missing=()
for package in "$@"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ "$state" == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

stop() {
  echo "holdfast: these tests need the Debian packages: ${missing[*]}; $1 [services.missing]" >&2
  exit 1
}

command -v apt-get >/dev/null || stop 'install what corresponds to them on this system'
as_root=()
if [[ $(id -u) -ne 0 ]]; then
  sudo -n true 2>/dev/null || stop "run: sudo apt-get install --no-install-recommends ${missing[*]}"
  as_root=(sudo)
fi

# A policy script that answers 101 keeps maintainer scripts from starting daemons (Debian policy 9.3.3.1).
policy=/usr/sbin/policy-rc.d
ours=no
if [[ ! -e $policy ]]; then
  ours=yes
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi
clean_up() { if [[ $ours == yes ]]; then "${as_root[@]}" rm -f "$policy"; fi; }
trap clean_up EXIT

echo "Installing ${missing[*]} ..."
log=$(mktemp)
install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
    install -y -q --no-install-recommends "${missing[@]}" >"$log" 2>&1
}
# A fresh machine has no lists, an old one has stale ones; only then is the slow update worth it.
if ! install; then
  "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 update -q >>"$log" 2>&1 || true
  if ! install; then
    tail -n 5 "$log" >&2
    stop 'apt-get could not install them (see above)'
  fi
fi
rm -f "$log"
