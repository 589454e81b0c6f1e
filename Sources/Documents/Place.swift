/// A text that was read, kept so that a diagnostic can show the line it speaks of.
public final class Source: Sendable {
  /// As people are to see it: relative to the folder that was read, `decant.yaml` or `db/environments/staging.yaml`.
  public let name: String
  public let bytes: [UInt8]

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// The line with this number (from 1), without its line break; nothing past the end.
  public func line(_ number: Int) -> String? {
    var (start, current) = (bytes.startIndex, 1)
    while current < number {
      guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      (start, current) = (end + 1, current + 1)
    }
    let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    var line = bytes[start..<end]
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return String(decoding: line, as: UTF8.self)
  }
}

/// Where something stands: a source with line and column (both from 1, columns in Unicode scalars, as libyaml counts)
/// and the number of scalars to underline.
public struct Place: Sendable {
  public let source: Source
  public let line: Int32
  public let column: Int32
  public let length: Int32

  public init(source: Source, line: Int, column: Int, length: Int = 1) {
    self.source = source
    self.line = Int32(clamping: line)
    self.column = Int32(clamping: column)
    self.length = Int32(clamping: length)
  }
}

extension Place: CustomStringConvertible {
  /// `decant.yaml:31:7`
  public var description: String { "\(source.name):\(line):\(column)" }
  /// `decant.yaml:31`
  public var short: String { "\(source.name):\(line)" }
}

extension Place: Hashable {
  public static func == (left: Place, right: Place) -> Bool {
    left.source.name == right.source.name && left.line == right.line && left.column == right.column
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(source.name)
    hasher.combine(line)
    hasher.combine(column)
  }
}
