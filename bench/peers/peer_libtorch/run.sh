#!/usr/bin/env bash
# Build the peer and run it. usage: run.sh IDS.jsonl LIMIT BATCH float32|bfloat16 order|sorted
# libtorch's .NET binding needs a newer libstdc++ than Debian 12 has, so it runs in a small Debian 13 tree (created once,
# in half a minute, as root, with debootstrap from the machine's own package mirror).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=${LIBTORCH_ROOT:-${TMPDIR:-/tmp}/codeembed-libtorch/root}
build=${LIBTORCH_BUILD:-${TMPDIR:-/tmp}/codeembed-libtorch/build}
ids=$(realpath "$1"); shift
dotnet=$(dirname "$(realpath "$(command -v dotnet)")")
[ "$(id -u)" -eq 0 ] || { echo 'it needs root, for a separate Debian tree' >&2; exit 1; }
if [ ! -e "$root/.ready" ]; then
  command -v debootstrap >/dev/null || { echo 'debootstrap is not installed' >&2; exit 1; }
  mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -1)
  debootstrap --variant=minbase --include=libicu76,libssl3t64,zlib1g,libgomp1 trixie "$root" "$mirror" >&2
  touch "$root/.ready"
fi
mkdir -p "$root$dotnet" "$root$build" "$root/ids" "$build"
if [ ! "$build/bin/Release/net10.0/peer_libtorch.dll" -nt "$here/Program.cs" ]; then
  # Outside the repository, whose settings do not apply to the peer.
  cp "$here"/*.cs "$here"/*.csproj "$build"/
  (cd "$build" && dotnet build -c Release -v q -nologo --property WarningLevel=0 >&2)
fi
unshare -m bash -c '
  mount --bind "$1" "$2$1"; mount --bind "$3" "$2$3"; mount --bind "$(dirname "$4")" "$2/ids"; mount -t proc proc "$2/proc"
  native="$3/bin/Release/net10.0/runtimes/linux-x64/native"
  exec chroot "$2" /usr/bin/env LD_LIBRARY_PATH="$native" "$1/dotnet" "$3/bin/Release/net10.0/peer_libtorch.dll" \
    "/ids/$(basename "$4")" "${@:5}"
' _ "$dotnet" "$root" "$build" "$ids" "$@"
