#!/bin/sh
# Who may load which copies, how they are masked, and what has expired. Exit code 9 where there is something to do.
set -eu
decant audit report --markdown="${1:-access-review.md}"
