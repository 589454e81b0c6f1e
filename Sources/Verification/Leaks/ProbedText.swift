import Masking

/// Text beside the rows that may hold originals: an object of the schema, or what statistics keep of a column.
public struct ProbedText: Sendable {
  public let place: LeakReport.Place
  public let declaration: LeakDeclaration
  private let form: Form
  private let bytes: [UInt8]

  private enum Form: Sendable { case sql, value(CandidateReader.Form) }

  private init(_ place: LeakReport.Place, _ declaration: LeakDeclaration, _ form: Form, _ bytes: [UInt8]) {
    (self.place, self.declaration, self.form, self.bytes) = (place, declaration, form, bytes)
  }

  /// The value of an array of a column's values, in text form.
  static func values(
    _ array: String, of place: LeakReport.Place, _ declaration: LeakDeclaration
  ) -> ProbedText { ProbedText(place, declaration, .value(.array), Array(array.utf8)) }

  static func value(
    _ bytes: [UInt8], of place: LeakReport.Place, _ declaration: LeakDeclaration = .none
  ) -> ProbedText { ProbedText(place, declaration, .value(.text), bytes) }

  func probe(_ part: LeakFilterPart) -> SuspectTally {
    var prober = Prober(part)
    var tally = SuspectTally()
    bytes.withUnsafeBytes { bytes in
      switch form {
      case .value(.array):
        do throws(MaskFailure) {
          try ArrayElements.each(of: bytes) { element in
            if let found = prober.probe(element, as: .text, &tally) { tally.hit(found, key: nil) }
          }
        } catch { Self.whole(bytes, &prober, &tally) }
      case .value: Self.whole(bytes, &prober, &tally)
      case .sql: Self.lines(bytes, &prober, &tally)
      }
    }
    return tally
  }

  private static func whole(_ bytes: UnsafeRawBufferPointer, _ prober: inout Prober, _ tally: inout SuspectTally) {
    if let found = prober.probe(bytes, as: .text, &tally) { tally.hit(found, key: nil) }
  }

  /// Line by line as free text, and every literal as a value.
  private static func lines(_ bytes: UnsafeRawBufferPointer, _ prober: inout Prober, _ tally: inout SuspectTally) {
    var start = 0
    for index in 0...bytes.count where index == bytes.count || bytes[index] == 0x0A {
      let line = bytes.slice(start, index)
      start = index + 1
      if let found = prober.probe(line, as: .text, &tally) {
        tally.hit(found, key: nil)
      } else if let found = prober.probeQuoted(line, UInt8(ascii: "'"), &tally) {
        tally.hit(found, key: nil)
      }
    }
  }
}

extension ProbedText {
  /// The objects of a schema's SQL as pg_restore writes it: each begins with a line
  /// `-- Name: mood; Type: TYPE; Schema: public; Owner: -`. Text without such a line is one object.
  ///
  /// A name may itself be personal, so only those are told that are made of letters, digits, underscores, blanks and dots. Of a function
  /// its name alone, without the types of its arguments.
  public static func objects(ofSchema sql: [UInt8]) -> [ProbedText] {
    var objects: [ProbedText] = []
    var title = "text"
    var start = 0
    var line = 0
    let mark = Array("-- Name: ".utf8)
    func end(_ index: Int) {
      if index > start { objects.append(ProbedText(.schema(title), .none, .sql, Array(sql[start..<index]))) }
    }
    for index in sql.indices where sql[index] == 0x0A {
      let text = sql[line..<index]
      if text.starts(with: mark) {
        end(line)
        (start, title) = (line, Self.title(String(decoding: text.dropFirst(mark.count), as: UTF8.self)))
      }
      line = index + 1
    }
    end(sql.count)
    return objects
  }

  private static func title(_ line: String) -> String {
    let parts = line.split(separator: "; ").map(String.init)
    func part(_ key: String) -> String? {
      parts.first { $0.hasPrefix("\(key): ") }.map { String($0.dropFirst(key.count + 2)) }
    }
    var kind = part("Type").map { $0.lowercased() } ?? "text"
    var name = String((parts.first ?? "").prefix { $0 != "(" })
    // "COLUMN users.email" and "FUNCTION f(text)" are what a comment is on.
    if kind == "comment", let blank = name.firstIndex(of: " ") {
      kind += " on \(name[..<blank].lowercased())"
      name = String(name[blank...].dropFirst())
    }
    guard !name.isEmpty, name.utf8.allSatisfy({ ByteClass.of($0).isWord || $0 == 0x5F || $0 == 0x20 || $0 == 0x2E })
    else { return kind }
    let schema = part("Schema").flatMap { $0 == "-" || $0 == "public" ? nil : "\($0)." } ?? ""
    return "\(kind) \(schema)\(name)"
  }
}
