/// What a program of PostgreSQL wrote to its standard error: read as it comes, kept only as far as it can hold no value
/// of a row.
///
/// pg_dump and pg_restore repeat the server's words: "COPY failed for table "people": ERROR:  invalid input syntax for
/// type integer: "…"" and then whole rows as CONTEXT. They tell no SQLSTATE, so the words themselves decide: a message
/// is kept where it is one of those by which the server names objects and rights, and withheld otherwise.
struct ProgramComplaint {
  /// The first complaint, in words that may be shown.
  private(set) var message: String?
  /// "FK CONSTRAINT orders orders_user_id_fkey": what pg_restore was at. A name, never a value.
  private(set) var entry: String?
  private var line: [UInt8] = []

  /// Longer lines are cut: only their beginning says what is wrong.
  private static let longestLine = 4_096

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        endLine()
      } else if line.count < Self.longestLine {
        line.append(byte)
      }
    }
  }

  mutating func endLine() {
    let text = String(decoding: line, as: UTF8.self)
    line.removeAll(keepingCapacity: true)
    if entry == nil, let place = text.firstRange(of: ": from TOC entry ") {
      entry = Self.entry(text[place.upperBound...])
    }
    guard message == nil, let place = text.firstRange(of: ": error: ") ?? text.firstRange(of: ": fatal: ") else {
      return
    }
    let words = Self.withoutBeginnings(String(text[place.upperBound...]))
    if !words.isEmpty { message = Self.shown(words) }
  }

  /// "3341; 2606 16400 FK CONSTRAINT orders orders_user_id_fkey owner", without the numbers.
  private static func entry(_ text: Substring) -> String? {
    let words = text.split(separator: " ", maxSplits: 3)
    return words.count == 4 ? folded(String(words[3])) : nil
  }

  private static func shown(_ text: String) -> String {
    guard let server = text.firstRange(of: "ERROR:  ") ?? text.firstRange(of: "FATAL:  ") else {
      return isHarmless(text) ? folded(text) : withheld
    }
    let words = String(text[server.upperBound...])
    return isHarmless(words) ? folded(words) : withheld
  }

  /// What stands before the words of libpq and of the server, as often as it does: the processes of `-j` write into one
  /// pipe, a line in several pieces, so that two beginnings may stand behind each other, and one without anything.
  private static func withoutBeginnings(_ text: String) -> String {
    var words = text
    while let beginning = programsOwn.first(where: { words.hasPrefix($0) }) { words.removeFirst(beginning.count) }
    return words
  }

  private static let programsOwn = [
    "could not execute query: ", "query failed: ", "pg_restore: error: ", "pg_dump: error: ", "pg_restore: ",
    "pg_dump: ",
  ]

  static let withheld = "the program's words are withheld, they may hold values"

  private static func isHarmless(_ words: String) -> Bool {
    beginnings.contains { words.hasPrefix($0) } || namesAnObject(words)
  }

  /// The server's and the programs' own words for networks, rights, room and versions.
  private static let beginnings = [
    "permission denied ", "must be owner of ", "must be superuser", "must be able to SET ROLE",
    "password authentication failed ", "no pg_hba.conf entry ", "connection to server ", "connection to database ",
    "could not connect", "server closed the connection",
    "lost connection", "could not receive data from server", "could not send data to server",
    "no connection to the server", "lost synchronization with server", "terminating connection",
    "canceling statement due to ", "canceling autovacuum",
    "aborting because of server version mismatch", "server version: ", "could not open output file",
    "could not open input file", "could not write", "could not read", "could not extend file", "could not create",
    "could not close", "out of memory", "out of shared memory", "invalid snapshot identifier",
    "could not import the requested snapshot", "the source process with PID", "unsupported version",
    "no matching schemas were found", "too many connections", "sorry, too many clients already",
    "remaining connection slots are reserved", "SSL connection has been closed", "SSL SYSCALL error",
    "timeout expired", "message contents do not agree with length", "unexpected message from server",
    "reconnection failed", "could not obtain lock on relation ",
    "the database system is ", "deadlock detected", "a worker process died unexpectedly",
    "could not find where to insert", "input file ", "did not find magic string", "found unexpected block",
  ]

  /// Sentences of the server that name one object.
  private static func namesAnObject(_ words: String) -> Bool {
    let isQuoted = #/[a-z ]{1,30} "[^"]*" (?:does not exist|already exists|is not available)(?: for .*)?/#
    let isPlain = #/(?:function|type|operator|collation) [^ ]{1,200} (?:does not exist|already exists)/#
    let isOurs = #/parallel (?:restore|backup)[^"]*|cannot [a-z ]{1,60}/#
    return words.wholeMatch(of: isQuoted) != nil || words.wholeMatch(of: isPlain) != nil
      || words.wholeMatch(of: isOurs) != nil
  }

  private static func folded(_ text: String) -> String {
    String(
      text.prefix(300).unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
  }
}
