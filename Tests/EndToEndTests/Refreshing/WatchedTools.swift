import Foundation
import TestServers
import Testing

/// pg_dump and pg_restore behind scripts that write down all that others on the machine could see of them, before and
/// after they run: arguments, environment, the files that were handed to them, and the folder for temporary files.
final class WatchedTools: Sendable {
  /// For `PGBINDIR`.
  let folder: String
  /// For `TMPDIR`.
  let scratch: String
  /// A folder for each run of a program: `arguments`, `environment`, `before` and `after`.
  let records: String
  private let base = "/tmp/decant-watched-\(UUID().uuidString)"

  init(_ binaries: String) throws {
    (folder, scratch, records) = ("\(base)/bin", "\(base)/tmp", "\(base)/seen")
    for path in [folder, scratch, records] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    for name in ["pg_dump", "pg_restore"] { try Self.write(script(name, binaries), to: "\(folder)/\(name)") }
  }

  deinit { try? FileManager.default.removeItem(atPath: base) }

  var variables: [String: String] { ["PGBINDIR": folder, "TMPDIR": scratch] }

  /// How often each program ran, not counting the question for its version.
  func runs(_ name: String) -> Int {
    ((try? FileManager.default.contentsOfDirectory(atPath: records)) ?? []).count { $0.hasPrefix(name) }
  }

  /// A process of its own reads what the kernel says of the script's; the program runs as its child, so that there is an
  /// "after". Pipes are passed over: whoever reads them takes something away.
  private func script(_ name: String, _ binaries: String) -> String {
    """
    #!/bin/sh
    [ "$1" = --version ] && exec '\(binaries)/\(name)' "$@"
    place=$(mktemp -d '\(records)/\(name).XXXXXX')
    cat /proc/$$/cmdline >"$place/arguments"
    cat /proc/$$/environ >"$place/environment"
    look() {
      mkdir "$place/$1"
      cp -r '\(scratch)' "$place/$1/scratch"
      for file in /proc/$$/fd/*; do
        link=$(readlink "$file")
        case $link in "$0" | /dev/*) continue ;; esac
        [ ! -f "$file" ] || cat "$file" >"$place/$1/${file##*/} $(echo "$link" | tr / _)"
      done
    }
    look before
    '\(binaries)/\(name)' "$@"
    status=$?
    look after
    exit $status

    """
  }

  /// By another process: a file that this one has open for writing could be inherited by a child of another test, and
  /// the system runs no program that somebody writes to.
  private static func write(_ text: String, to path: String) throws {
    let written = try Program.play(
      "/bin/sh", ["-c", "printf %s \"$1\" >\"$2\"; chmod 755 \"$2\"", "sh", text, path],
      environment: ["PATH": "/usr/bin:/bin"])
    try #require(written.exitCode == 0, "\(written.output)")
  }
}
