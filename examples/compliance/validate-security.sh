#!/bin/sh
# Encrypted connections (a stricter mode than asked is fine), no shared target without masking, nothing expired; then the
# conditions of the live world, such as a source's role that could write.
set -eu
decant audit report --quiet --require-tls "${TLS:-require}"
decant validate --quiet
decant plan --quiet
