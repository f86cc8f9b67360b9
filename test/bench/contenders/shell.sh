#!/bin/sh
# The same job from what every Linux has: one shell a task, nothing synced.
home=$1 agent=$2
export home agent
inotifywait -m -e moved_to --format %f "$home/tasks" |
  xargs -P 2 -I NAME sh -c '
    "$agent" -p --output-format stream-json <"$home/tasks/$1" >"$home/results/$1.json" &&
      mv "$home/tasks/$1" "$home/processed/$1"' sh NAME
