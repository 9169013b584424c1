# Keeps one server company, so that it never outlives the process that wanted it.
#
# stdin:  a pipe from that process. A word on it, or its end (also after SIGKILL), ends the server:
#         "stop" orderly, "kill" at once, the end of the pipe as agreed beforehand.
# stdout: one line, the server's process id.
# stderr: held open only so that others can tell when this guardian is gone.
#
# The second half of the pipe below is the server's parent. It reads words, and a shell reaps dead
# children only after a command: while it waits for a word, the process id even of a dead server
# belongs to nobody else. After each word it looks at once, and Linux gives ids in turn, so no signal
# hits a stranger. The server leads a process group: TERM is for the server, KILL also for what it
# started.
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
  setsid "$@" </dev/null >>"$log" 2>&1 4>&- 5>&- &
  server=$!
  echo "$server" >&4
  exec 4>&-
  gone() {
    [ -e /proc/self/stat ] || return 1 # nothing to look at: the whole grace is waited for
    { read -r stat <"/proc/$server/stat"; } 2>/dev/null || return 0
    case ${stat##*) } in Z* | X*) return 0 ;; *) return 1 ;; esac
  }
  kill_group() {
    # Right after its start it does not lead its group yet.
    kill -s KILL -- "-$server" || gone || kill -s KILL "$server"
  }
  while read -r word; do
    if gone; then break; fi
    case $word in
      TERM) kill -s TERM "$server" ;;
      KILL) kill_group 2>/dev/null ;;
    esac
  done
  kill_group 2>/dev/null # what it started may be there although it is gone itself
  wait "$server"
}
