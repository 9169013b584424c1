# Keeps one server company, so that it never outlives the process that wanted it.
#
# stdin:  a pipe from that process. A word on it, or its end (also after SIGKILL), ends the server:
#         "stop" orderly, "kill" at once, the end of the pipe as agreed beforehand.
# stdout: one line, the server's process id.
# stderr: held open only so that others can tell when this guardian is gone.
#
# The second half of the pipe below is the server's parent, and it runs nothing but built-ins, so it
# reaps no child before its `wait`: until then the server's process id, even that of a dead server,
# belongs to nobody else, and no signal can hit a stranger.
log=$1 grace_at_end=$2 grace_on_stop=$3
shift 3
exec 3<&0 4>&1 5>&2 </dev/null >/dev/null 2>>"$log"
{
  exec 4>&-
  read -r word <&3 || word=end
  exec 3<&-
  case $word in
    kill) grace=0 ;;
    stop) grace=$grace_on_stop ;;
    *) grace=$grace_at_end ;;
  esac
  if [ "$grace" -gt 0 ]; then echo TERM; fi
  while [ "$grace" -gt 0 ]; do # in twentieths of a second
    sleep 0.05
    echo look || exit 0
    grace=$((grace - 1))
  done
  echo KILL
  patience=200
  while [ "$patience" -gt 0 ]; do
    sleep 0.05
    echo look || exit 0
    patience=$((patience - 1))
  done
} | {
  exec 3<&-
  "$@" </dev/null >>"$log" 2>&1 4>&- 5>&- &
  server=$!
  echo "$server" >&4
  exec 4>&-
  gone() {
    [ -e /proc/self/stat ] || return 1 # nothing to look at: the whole grace is waited for
    read -r stat <"/proc/$server/stat" || return 0
    case ${stat##*) } in Z* | X*) return 0 ;; *) return 1 ;; esac
  }
  while read -r word; do
    if gone; then break; fi
    case $word in TERM | KILL) kill -s "$word" "$server" ;; esac
  done
  gone || kill -s KILL "$server"
  wait "$server"
}
