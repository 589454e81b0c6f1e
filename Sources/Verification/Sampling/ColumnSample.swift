/// Some values of one column, in PostgreSQL's text form: bytes behind one another, without a String for each.
public struct ColumnSample: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  public private(set) var nulls = 0

  public init() {}

  public init(_ values: [String?]) {
    for value in values {
      guard var value else {
        nulls += 1
        continue
      }
      value.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }
  }

  /// Values that are not NULL.
  public var count: Int { ends.count }

  public mutating func append(_ value: UnsafeRawBufferPointer?) {
    guard let value else {
      nulls += 1
      return
    }
    bytes.append(contentsOf: value)
    ends.append(bytes.count)
  }

  public func forEach(_ body: (UnsafeRawBufferPointer) -> Void) {
    bytes.withUnsafeBytes { all in
      var start = 0
      for end in ends {
        body(UnsafeRawBufferPointer(rebasing: all[start..<end]))
        start = end
      }
    }
  }
}
