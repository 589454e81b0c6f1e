import Documents
import Runtime
import Testing

@testable import Masking

/// Bytes in and out, for tests.
func masked(_ mask: any Mask, _ value: [UInt8], key: String = "") throws -> [UInt8] {
  var sink = ByteSink()
  try value.withUnsafeBytes { bytes in
    try Array(key.utf8).withUnsafeBytes { key in try mask.mask(bytes, in: MaskedRow(key: key), into: &sink) }
  }
  return Array(sink.bytes)
}

func masked(_ mask: any Mask, _ value: String, key: String = "") throws -> String {
  String(decoding: try masked(mask, Array(value.utf8), key: key), as: UTF8.self)
}

func recognises(_ mask: any Mask, _ value: String) -> Bool { recognises(mask, Array(value.utf8)) }

func recognises(_ mask: any Mask, _ value: [UInt8]) -> Bool { value.withUnsafeBytes { mask.recognises($0) } }

let testKeys = MaskingKeys(master: Secret("0123456789abcdef0123456789abcdef"), workspace: "shop")

func order(
  _ strategy: String, _ options: Value = [:], type: ColumnType.Family = .text, typeName: String = "text",
  maximumLength: Int? = nil, isNullable: Bool = true, keys: MaskingKeys? = testKeys, domain: String = "users.email",
  uniqueAmong: Int? = nil, primaryKey: [Column] = []
) -> MaskOrder {
  let column = Column(
    name: "c", type: ColumnType(name: typeName, family: type), isNullable: isNullable, maximumLength: maximumLength)
  let unique = primaryKey.isEmpty ? [] : [UniqueKey(name: "pk", columns: primaryKey.map(\.name), isPrimary: true)]
  let table = Table(name: QualifiedName("public", "users"), columns: primaryKey + [column], uniqueKeys: unique)
  return MaskOrder(
    strategy: strategy, options: options, column: column, table: table, keys: keys, domain: domain,
    uniqueAmong: uniqueAmong)
}

func mask(_ order: MaskOrder) throws -> any Mask {
  guard case .masked(let mask) = try order.mask() else { throw NoMask() }
  return mask
}

struct NoMask: Error {}

/// The code of the refusal that an order meets.
func refusal(_ order: MaskOrder) -> String? {
  do {
    _ = try order.mask()
    return nil
  } catch { return error.code }
}
