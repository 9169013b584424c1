# Keeps one service company, so that it never outlives the rig: the end of standard input, also after the rig's
# SIGKILL, kills it. Standard output: one line, the service's process id.
#
# The shell reaps nothing before its `wait`, so until then the id, even that of a dead service, is nobody else's.
log=$1
shift
"$@" </dev/null >>"$log" 2>&1 &
service=$!
echo "$service"
exec >/dev/null
read -r word
kill -s KILL "$service" 2>/dev/null
wait "$service" 2>/dev/null
exit 0
