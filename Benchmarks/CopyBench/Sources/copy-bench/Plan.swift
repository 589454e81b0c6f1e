import Masking

extension Bench {
  var plan: RowPlan {
    let name = QualifiedName("public", table)
    func column(_ name: String, _ family: ColumnType.Family, _ mask: (any Mask)? = nil) -> RowPlan.Column {
      RowPlan.Column(name: name, type: ColumnType(name: "", family: family), mask: masked ? mask : nil)
    }
    guard table == "users" else {
      return RowPlan(
        table: name, format: format,
        columns: [
          column("id", .integer(bytes: 8)), column("user_id", .integer(bytes: 8)),
          column("email", .text, KeyedHash("user_", "@anon.local")), column("total", .numeric),
          column("status", .text), column("placed_at", .timestampWithTimeZone), column("note", .text),
        ], key: [0])
    }
    return RowPlan(
      table: name, format: format,
      columns: [
        column("id", .integer(bytes: 8)),
        column("email", .text, KeyedHash("user_", "@anon.local")),
        column("first_name", .text, KeyedHash("First-", "")),
        column("last_name", .text, KeyedHash("Last-", "")),
        column("phone", .text, KeyedHash("+1-555-", "")),
        column("ssn", .text, KeyedHash("", "")),
        column("street", .text, KeyedHash("Street ", "")),
        column("city", .text, KeyedHash("City ", "")),
        column("ip", .text, KeyedHash("10.", "")),
        column("created_at", .timestampWithTimeZone), column("status", .text), column("bio", .text),
      ], key: [0])
  }
}
