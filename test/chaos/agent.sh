#!/bin/sh
# Stands in for Claude Code at a few milliseconds a start, for tests that start it thousands of times. Notes the run of each start in
# $HOME/starts, then does what a line of the prompt says, `play: WORD …`, which a resumed conversation remembers.
#   sleep=S   works for so many seconds
#   until=F   works until the file F is in $HOME
#   children  has jobs in the background, one in a session of its own that ignores SIGTERM, and leaves them
#   crash     dies without a result in the first attempt of a run
#   fail      fails for good
#   ask=soon  asks once and ends its turn without an answer; a second later there is one
#   ask=ever  the same, and nobody answers by himself
run=$ORCHESTRATOR_RUN_ID
session=session-$run-$$
echo "$run" >>"$HOME/starts"
while IFS= read -r line || [ -n "$line" ]; do
  case $line in play:*) echo "${line#play:}" >"$HOME/play-$run" ;; esac
done
read -r words <"$HOME/play-$run"
trap 'exit 143' TERM
printf '{"type":"system","subtype":"init","session_id":"%s","model":"none"}\n' "$session"

for word in $words; do
  case $word in
    sleep=*) sleep "${word#sleep=}" & wait $! ;;
    until=*) while [ ! -e "$HOME/${word#until=}" ]; do sleep 0.05; done ;;
    children)
      sleep 300 &
      setsid sh -c 'trap "" TERM; sleep 300; sleep 300' >/dev/null 2>&1 &
      ;;
    crash)
      if mkdir "$HOME/crashed-$run" 2>/dev/null; then exit 9; fi
      ;;
    ask=*)
      if mkdir "$HOME/asked-$run" 2>/dev/null; then
        case $word in
          ask=soon) orchestrator ask 'Which way?' --default left --deadline 1s >/dev/null 2>&1 ;;
          *) orchestrator ask 'Which way?' >/dev/null 2>&1 ;;
        esac
      fi
      ;;
    fail)
      printf '{"type":"result","subtype":"success","is_error":true,"api_error_status":400,"terminal_reason":"api_error","num_turns":1,"result":"API Error: 400","session_id":"%s"}\n' "$session"
      exit 1
      ;;
  esac
done
printf '{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":"Done.","session_id":"%s","total_cost_usd":0,"usage":{"input_tokens":1,"output_tokens":1}}\n' "$session"
