#!/bin/sh
# An agent that does nothing: it reads a line of its prompt and prints the shortest stream that Claude Code could print.
read -r _
printf '%s\n' \
  '{"type":"system","subtype":"init","session_id":"00000000-0000-4000-8000-000000000000","model":"none"}' \
  '{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":"Done.","session_id":"00000000-0000-4000-8000-000000000000","total_cost_usd":0,"usage":{"input_tokens":1,"output_tokens":1}}'
