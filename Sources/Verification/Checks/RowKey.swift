import Masking
import PostgreSQL

/// The columns of a table's key by which a row may be told: numbers and UUIDs, which are nobody's name.
struct TellableKey: Sendable {
  let names: [String]
  fileprivate let forms: [BinaryForm]

  /// Empty where the primary key has other columns, or where there is none.
  init(_ table: Table) {
    let names = table.tellableKey
    forms = names.compactMap { name in table[name].flatMap { BinaryForm(of: $0.type.family) } }
    self.names = forms.count == names.count ? names : []
  }

  /// As columns whose bytes nobody brings to text on the way: millions of rows are read, and a handful is told.
  var columns: [RowPlan.Column] {
    names.map { RowPlan.Column(name: $0, type: .bytesOfCOPY) }
  }
}

extension ColumnType {
  /// Stands for any type whose values are read as they lie in COPY's binary format.
  static var bytesOfCOPY: ColumnType { ColumnType(name: "bytes", family: .text) }
}

/// The key of the row that is being read, as it lies in the row's message, which is there until the row is over.
///
/// The owner of its memory.
struct RowKey: ~Copyable {
  private let key: TellableKey
  private let values: UnsafeMutablePointer<UnsafeRawBufferPointer>

  init(_ key: TellableKey) {
    self.key = key
    values = .allocate(capacity: max(1, key.names.count))
    values.initialize(repeating: UnsafeRawBufferPointer(start: nil, count: 0), count: max(1, key.names.count))
  }

  deinit { values.deallocate() }

  @inline(__always)
  func saw(_ place: Int, _ value: UnsafeRawBufferPointer?) {
    values[place] = value ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// `id=17`; nothing where no row may be told.
  var title: String? {
    guard !key.names.isEmpty else { return nil }
    var text = ByteSink(capacity: 64)
    for (place, form) in key.forms.enumerated() {
      if place > 0 { text.append(UInt8(ascii: ",")) }
      guard form.appendText(of: values[place], to: &text) else { return nil }
    }
    return "\(key.names.joined(separator: ","))=\(String(decoding: text.bytes, as: UTF8.self))"
  }
}
