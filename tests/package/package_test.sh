#!/bin/bash
# Installs into a folder, builds a stranger's programs from there (by CMake and by pkg-config), and
# lets them do the main job against the installed broker.
#
#   package_test.sh BUILD-FOLDER SOURCE-FOLDER COMPILER-FLAGS
set -euo pipefail
build=$1 source=$2 flags=$3

work=$(mktemp -d)
pids=()
end() {
    [ "${#pids[@]}" = 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap end EXIT

# Waits for a line in a file that something else writes; follows the file, so nothing is polled.
await_line() { # pattern, file
    timeout 60 grep -q -m1 -e "$1" <(tail -n +1 -F --pid=$$ "$2" 2>/dev/null) ||
        { echo "no line \"$1\" in $2:" >&2; cat "$2" >&2; return 1; }
}

cmake --install "$build" --prefix "$work/usr" >/dev/null
! grep -rlE 'zmq\.h|msgpack|sodium\.h|sqlite3\.h|spdlog' "$work/usr/include" ||
    { echo "an installed header shows what is inside" >&2; exit 1; }

for file in man/man1/crier.1 man/man1/crier-agent.1 man/man8/crierd.8 \
    bash-completion/completions/crier bash-completion/completions/crierd \
    zsh/site-functions/_crier-agent fish/vendor_completions.d/crier.fish; do
    [ -s "$work/usr/share/$file" ] || { echo "share/$file is not installed" >&2; exit 1; }
done

cmake -S "$source/tests/package/stranger" -B "$work/stranger" -G Ninja \
    -DCMAKE_PREFIX_PATH="$work/usr" -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_C_FLAGS="$flags" >"$work/log" 2>&1 &&
    cmake --build "$work/stranger" >>"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }

# The examples too, as those who copy them do: each for itself.
examples="borrow console poll"
! pkg-config --exists Qt6Widgets || examples="$examples banner"
for example in $examples; do
    cmake -S "$source/subscriber/examples/$example" -B "$work/$example" -G Ninja \
        -DCMAKE_PREFIX_PATH="$work/usr" -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_C_FLAGS="$flags" >"$work/log" 2>&1 &&
        cmake --build "$work/$example" >>"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
done

libdir=$(dirname "$(dirname "$(find "$work/usr" -name crier-publisher.pc)")")
export PKG_CONFIG_PATH=$libdir/pkgconfig
g++ -std=c++20 $flags $(pkg-config --define-variable=prefix="$work/usr" --cflags crier-publisher) \
    "$source/tests/package/stranger/announce.cpp" -o "$work/announce-by-pkg-config" \
    $(pkg-config --define-variable=prefix="$work/usr" --libs crier-publisher)
gcc -std=c99 -Wall -Wextra -Werror -pedantic $flags \
    $(pkg-config --define-variable=prefix="$work/usr" --cflags crier) \
    "$source/tests/package/stranger/notify.c" -o "$work/notify-by-pkg-config" \
    $(pkg-config --define-variable=prefix="$work/usr" --libs crier)

"$work/usr/bin/crierd" --data "$work/data" --sessions tcp://127.0.0.1:0 \
    --operators tcp://127.0.0.1:0 --bell tcp://127.0.0.1:0 >"$work/crierd.log" 2>&1 &
pids+=($!)
mkdir -p "$work/data"
await_line event=serving "$work/crierd.log"

for name in Vanessa Vanessa Marc; do
    screen=$work/screen.${#pids[@]}
    # Its standard input stays open until the test ends.
    "$work/stranger/screen" "$work/data/invitations/sessions.invitation" "$name" \
        < <(tail -f --pid=$$ /dev/null) >"$screen" &
    pids+=($!)
    await_line connected "$screen"
done

"$work/stranger/announce" "$work/data/invitations/operators.invitation" 3
for number in 1 2 3; do
    screen=$work/screen.$number
    for broadcast in 1 2 3 4; do
        [ "$(grep -c "^all broadcast $broadcast$" "$screen")" = 1 ]
    done
done
[ "$(cat "$work"/screen.* | grep -c '^session/.* Salut Vanessa$')" = 2 ]
! grep -q Salut "$work/screen.3"
"$work/announce-by-pkg-config" "$work/data/invitations/operators.invitation" 3

# In C: once by CMake, which says where the library lies, and once as a user's loader finds it.
export CRIER_INVITATION=$work/data/invitations/operators.invitation
[ "$("$work/stranger/notify")" = "on 3 of 3 screens" ]
[ "$(LD_LIBRARY_PATH=$libdir "$work/notify-by-pkg-config")" = "on 3 of 3 screens" ]
# And in Python, which needs the sanitizer and what it hooks first where the library has it.
preload=""
case "$flags" in
    *address*) preload=$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libstdc++.so) ;;
esac
package=$(dirname "$(dirname "$(find "$work/usr" -name py.typed)")")
[ "$(LD_PRELOAD=$preload ASAN_OPTIONS=detect_leaks=0 LD_LIBRARY_PATH=$libdir PYTHONPATH=$package \
    /usr/bin/python3 -B "$source/tests/package/stranger/notify.py")" = "on 3 of 3 screens" ]
[ "$(cat "$work"/screen.* | grep -c '^all The server restarts at 22:00.$')" = 9 ]
echo "The stranger's programs did the main job."
