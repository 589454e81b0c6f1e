import Masking
import Testing

@testable import Verification

/// For tests: what a detector says of a text.
extension Detector {
  func match(_ text: String) -> ValueMatch {
    var text = text
    return text.withUTF8 { match(UnsafeRawBufferPointer($0)) }
  }
}

extension Classifier {
  func kind(of text: String) -> String? {
    var text = text
    return text.withUTF8 { kind(of: UnsafeRawBufferPointer($0)) }
  }

  func kind(_ table: String, _ column: String, _ values: [String?]) -> String? { kind(table, column, .text, values) }

  func detections(_ table: String, _ column: String, _ values: [String?]) -> [Detection] {
    detections(table, column, .text, values)
  }

  /// The kind that a column of a table is said to be.
  func kind(_ table: String, _ column: String, _ type: ColumnType, _ values: [String?]) -> String? {
    detections(table, column, type, values).first?.kind
  }

  func detections(_ table: String, _ column: String, _ type: ColumnType, _ values: [String?]) -> [Detection] {
    let column = Column(name: column, type: type)
    return classify(
      column: column, table: Table(name: QualifiedName("public", table), columns: [column]),
      sample: ColumnSample(values))
  }
}

extension ColumnType {
  static let text = ColumnType(name: "text", oid: 25, family: .text)
  static let jsonb = ColumnType(name: "jsonb", oid: 3802, family: .jsonb)
  static let bigint = ColumnType(name: "bigint", oid: 20, family: .integer(bytes: 8))
  static let inet = ColumnType(name: "inet", oid: 869, family: .network)
  static let date = ColumnType(name: "date", oid: 1082, family: .date)
}

func detector(_ kind: String) -> any Detector {
  [any Detector].builtIn.first { $0.kind == kind } ?? EmailDetector()
}
