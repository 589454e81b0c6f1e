private import Synchronization

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
  ///
  /// Lines end as in YAML 1.2 (section 5.4): by LF, CR LF or a lone CR. A byte order mark is no part of the first.
  public func line(_ number: Int) -> String? {
    let starts = starts.withLock { known in
      if known.isEmpty { known = Self.starts(of: bytes) }
      return known
    }
    guard number >= 1, number <= starts.count else { return nil }
    return String(decoding: bytes[starts[number - 1]...].prefix { !Self.breaksLine($0) }, as: UTF8.self)
  }

  /// Where each line begins; found out when the first diagnostic asks.
  private let starts = Mutex<[Int]>([])

  private static func starts(of bytes: [UInt8]) -> [Int] {
    var starts = [bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0]
    for (index, byte) in bytes.enumerated() where breaksLine(byte) {
      let isPair = byte == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
      if !isPair { starts.append(index + 1) }
    }
    return starts
  }

  private static func breaksLine(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
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
