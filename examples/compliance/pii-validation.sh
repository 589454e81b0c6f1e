#!/bin/sh
# Each target's own checks on each target's own database. Exit code 8 when one fails, could not be run, or proves nothing.
set -eu
decant verify --strict --junit "${1:-pii-validation.xml}"
