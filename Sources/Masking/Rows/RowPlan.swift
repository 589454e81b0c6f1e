/// How rows look on their way (manual, COPY, "File Formats").
public enum RowFormat: String, Sendable, Hashable {
  case text, binary
}

/// The columns of one COPY stream in the stream's order, and what becomes of each.
public struct RowPlan: Sendable {
  public struct Column: Sendable {
    public var name: String
    public var type: ColumnType
    /// Nothing where the values reach the copy as they are.
    public var mask: (any Mask)?

    public init(name: String, type: ColumnType, mask: (any Mask)? = nil) {
      (self.name, self.type, self.mask) = (name, type, mask)
    }
  }

  /// For errors.
  public var table: QualifiedName
  public var format: RowFormat
  public var columns: [Column]
  /// Positions in `columns` of the row's key; empty where there is none, or where it is not copied.
  public var key: [Int]

  public init(table: QualifiedName, format: RowFormat, columns: [Column], key: [Int] = []) {
    (self.table, self.format, self.columns, self.key) = (table, format, columns, key)
  }

  var readsKey: Bool { columns.contains { $0.mask?.traits.readsRowKey ?? false } }
}

extension RowPlan {
  /// Why the rows have to go as text, a sentence for each column that wants it so; none where binary is fine, which
  /// costs a fifth less.
  ///
  /// - Parameter watched: positions of the columns that an observer reads.
  public func reasonsForText(watched: [Int] = []) -> [String] {
    columns.indices.compactMap { index in
      let column = columns[index]
      guard column.type.isBinaryTested else {
        return "\(column.name): the binary form of \(column.type.name) is not among those that were tested"
      }
      let reader =
        column.mask != nil
        ? "its mask reads text"
        : readsKey && key.contains(index)
          ? "a mask reads the key as text" : watched.contains(index) ? "a check reads it as text" : nil
      guard let reader, BinaryForm(of: column.type.family) == nil else { return nil }
      return "\(column.name): \(reader), and \(column.type.name) has no way from its binary form to text"
    }
  }
}

/// What became of the values of one masked column.
public struct ColumnTally: Sendable, Hashable {
  public var column: String
  /// NULL in the source, and in the copy.
  public var nulls = 0
  public var changed = 0
  /// The mask of the value is the value, by chance or because it was masked before.
  public var unchanged = 0
  /// Masks that the mask's own grammar does not know. Any of them is a defect, and a reason not to publish.
  public var unrecognised = 0
  /// Nothing where nobody asked for them.
  public var distinct: DistinctCounts?

  public init(column: String) { self.column = column }

  public static func += (left: inout Self, right: Self) {
    left.nulls += right.nulls
    left.changed += right.changed
    left.unchanged += right.unchanged
    left.unrecognised += right.unrecognised
    left.distinct += right.distinct
  }
}

/// A row that could not be masked, in words without its values.
public struct RowFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public let table: QualifiedName
  public let column: String?
  /// "id=17" where the key is a number or a UUID, which are nobody's name; else nothing.
  public let row: String?
  public let reason: String

  public var description: String {
    let place = column.map { "\(table).\($0)" } ?? "\(table)"
    return "\(place), \(row.map { "row \($0)" } ?? "a row"): \(reason)"
  }
}

/// Looks at values while they are being masked, so that checks need no pass of their own.
///
/// Of columns that it watches it is told every value, in text form; nothing is NULL. It is used by one worker.
public protocol RowObserver: AnyObject {
  /// Positions in the plan's columns.
  var watched: [Int] { get }
  /// The bytes are valid during the call.
  func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?)
  func finishedRow()

  /// Whether it takes notes. Where it does, a value that came lately in its column, with a note, is not shown again.
  var takesNotes: Bool { get }
  /// What stands for the value that was shown last, from 1 on, when it comes again in its column; 0 where it has to be
  /// shown again.
  var note: UInt8 { get }
  /// A value of which this was noted came again.
  func sawAgain(column: Int, note: UInt8)
}

extension RowObserver {
  public var takesNotes: Bool { false }
  public var note: UInt8 { 0 }
  public func sawAgain(column: Int, note: UInt8) {}
}
