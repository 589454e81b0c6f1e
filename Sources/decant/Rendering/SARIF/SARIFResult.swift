import Documents
import Reconciliation

/// One result of the log.
struct SARIFResult {
  let code: String
  let severity: Severity
  /// `diagnostic`, `finding`, `condition` or `check`.
  let tag: String
  private let message: String
  private let place: Place?
  private let address: Address?
  private let path: String?
  private let waiver: String?
  /// It could not be read whether it holds.
  private let isOpen: Bool
  /// How many results with the same identity come before it.
  private var number = 0

  init(_ diagnostic: Diagnostic) {
    code = diagnostic.code
    severity = diagnostic.severity == .error ? .error : diagnostic.severity == .warning ? .warning : .note
    tag = "diagnostic"
    message = ([diagnostic.message] + [diagnostic.label].compactMap { $0 } + diagnostic.notes).joined(separator: "; ")
    place = diagnostic.place
    (address, path, waiver, isOpen) = (nil, nil, nil, false)
  }

  init(_ problem: Problem) {
    code = problem.code
    severity = problem.severity
    tag = problem.isCondition ? "condition" : "finding"
    message = problem.message
    place = problem.place
    (address, path, waiver) = (problem.address, problem.path, problem.waiver)
    isOpen = problem.standing == .unknown
  }

  /// A check that failed, or that proves nothing; nothing for one that passed and was shown able to fail.
  init?(_ check: ShownCheck, of verification: Verification) {
    guard check.standing != .passed else { return nil }
    code = check.code
    severity = check.isFailed ? .error : check.standing == .vacuous ? .warning : .note
    tag = "check"
    let places = check.lines.prefix(20).map { "\($0.place): \($0.sentence)" }
    message = (["\(check.name): \(check.sentence ?? "")"] + places).joined(separator: "; ")
    place = check.place
    (address, path, waiver) = (verification.address, check.name, nil)
    isOpen = false
  }

  /// No check could be run at all.
  init?(_ verification: Verification) {
    guard let failure = verification.failure else { return nil }
    (code, severity, tag, message) = ("check_failed", .error, "check", "no check could be run: \(failure)")
    (place, address, path, waiver, isOpen) = (nil, verification.address, nil, nil, false)
  }

  /// What stays the same when lines move: no line and no column is in it. Of a finding the sentence is not either,
  /// because it may hold what was measured today.
  private var identity: String {
    let parts: [Value] =
      address.map { [.string(tag), .string(code), .string($0.description), .string(path ?? "")] }
      ?? [.string(tag), .string(code), .string(place?.source.name ?? ""), .string(message)]
    return JSON.canonical(.list(parts))
  }

  /// Results with one identity are told apart by their order.
  static func distinguished(_ results: [SARIFResult]) -> [SARIFResult] {
    var seen: [String: Int] = [:]
    return results.map { result in
      var result = result
      let identity = result.identity
      result.number = seen[identity, default: 0]
      seen[identity] = result.number + 1
      return result
    }
  }

  func json(rule index: Int) -> Value {
    var fields: Fields = [
      "ruleId": .string(code), "ruleIndex": .integer(index), "message": ["text": .string(Text.shown(message))],
      "partialFingerprints": ["decantIdentity/v1": .string("\(sha256(identity)):\(number)")],
      "locations": .list(locations), "properties": ["tags": .list([.string(tag)])],
    ]
    // Section 3.27.10: only what fails has a level other than none.
    fields["kind"] = isOpen ? "open" : "fail"
    fields["level"] = isOpen ? "none" : .string(severity.rawValue)
    // Section 3.27.23: an empty list says that nothing suppresses it.
    fields["suppressions"] = .list(
      waiver.map { [["kind": "inSource", "status": "accepted", "justification": .string(Text.shown($0))]] } ?? [])
    return .object(fields)
  }

  private var locations: [Value] {
    var location = Fields()
    location["physicalLocation"] = place.map(SARIFResult.physical)
    location["logicalLocations"] = address.map { address in
      let name = [Text.shown(address.description), path.map(Text.shown)].compactMap { $0 }.joined(separator: ".")
      return [["fullyQualifiedName": .string(name), "kind": "resource"]]
    }
    return location.isEmpty ? [] : [.object(location)]
  }

  private static func physical(_ place: Place) -> Value {
    let column = max(1, Int(place.column))
    return [
      "artifactLocation": ["uri": .string(relative(place.source.name)), "uriBaseId": "%SRCROOT%"],
      "region": [
        "startLine": .integer(max(1, Int(place.line))), "startColumn": .integer(column),
        "endColumn": .integer(column + max(1, Int(place.length))),
      ],
    ]
  }

  /// A path as a relative reference (RFC 3986, section 4.2): what is not unreserved is percent-encoded, so that
  /// `a b.yaml` is one and `x:y.yaml` is no scheme.
  private static func relative(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return path.utf8.reduce(into: "") { result, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
  }
}
