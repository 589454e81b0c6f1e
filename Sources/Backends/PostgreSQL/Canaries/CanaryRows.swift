import Reconciliation

/// The rows that are planted in the shadow of one table.
struct CanaryRows {
  enum Planting: Hashable {
    /// Rows of the same number refer to each other: keys, addresses and numbers of all tables agree.
    case joined
    /// No row of one table refers to one of another.
    case apart
    /// As `joined` and `apart`, each row twice.
    case joinedTwice, apartTwice
    /// Nothing but NULL, and numbers below zero.
    case bare
    /// No row at all, as where a table was lost.
    case none

    static func all(for prey: CanaryQuery.Prey) -> [Planting] {
      switch prey {
      case .personal: [.joined, .apart]
      case .broken: [.apartTwice, .joinedTwice, .bare, .none]
      }
    }
  }

  /// Six kinds of personal data for each of four combinations of a truth value and an age, once with what the check
  /// compares columns with and once without.
  static let count = 48

  private let planting: Planting
  private let table: Int
  private let constants: [String: [String]]

  init(_ planting: Planting, table: Int, constants: [String: [String]]) {
    (self.planting, self.table, self.constants) = (planting, table, constants)
  }

  /// Values go as parameters; a statement has at most 65,535 of them.
  func insertions(into shadow: CanaryShadow) -> [(sql: String, parameters: [String?])] {
    if planting == .none { return [] }
    guard !shadow.columns.isEmpty else {
      return [("INSERT INTO pg_temp.\(CanaryShadow.quoted(shadow.name)) DEFAULT VALUES", [])]
    }
    let numbers = Array(0..<Self.count)
    let rows = planting == .apartTwice || planting == .joinedTwice ? numbers + numbers : numbers
    let most = max(1, 60_000 / shadow.columns.count)
    return stride(from: 0, to: rows.count, by: most).map { start in
      insertion(of: rows[start..<min(rows.count, start + most)], into: shadow)
    }
  }

  private func insertion(of rows: ArraySlice<Int>, into shadow: CanaryShadow) -> (sql: String, parameters: [String?]) {
    var (marks, parameters): ([String], [String?]) = ([], [])
    for row in rows {
      let first = parameters.count + 1
      let casts = shadow.columns.enumerated().map { "$\(first + $0)::\($1.type)" }
      marks.append("(\(casts.joined(separator: ", ")))")
      parameters += shadow.columns.map { value(of: $0, row) }
    }
    let name = CanaryShadow.quoted(shadow.name)
    return ("INSERT INTO pg_temp.\(name) VALUES \(marks.joined(separator: ", "))", parameters)
  }

  private func value(of column: CanaryShadow.Column, _ row: Int) -> String? {
    if planting == .bare { return bare(column.family, row) }
    let look = PersonalLook(column: column.name)
    if look == nil, let constant = constant(for: column, row) { return constant }
    switch column.family {
    case .label: return column.labels.isEmpty ? nil : column.labels[row % column.labels.count]
    case .array(let element):
      guard let value = plain(element, look, row) else { return nil }
      return "{\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"}"
    case let family: return plain(family, look, row)
    }
  }

  /// What the check compares the column with, in the first half of the rows.
  private func constant(for column: CanaryShadow.Column, _ row: Int) -> String? {
    guard let wanted = constants[column.name], !wanted.isEmpty, row < Self.count / 2 else { return nil }
    let value = wanted[row / 4 % wanted.count]
    switch column.family {
    case .text: return value
    case .small, .whole, .big: return Int(value) == nil ? nil : value
    case .decimal: return Double(value) == nil ? nil : value
    case .label: return column.labels.contains(value) ? value : nil
    case .truth: return ["true", "false", "t", "f"].contains(value.lowercased()) ? value : nil
    default: return nil
    }
  }

  /// Whether tables know each other's rows.
  private var isApart: Bool { planting == .apart || planting == .apartTwice }

  /// The key of a row: the same in all tables, or another in each.
  private func key(_ row: Int) -> Int { (isApart ? (table + 1) * 1_000 : 100) + row }

  private func plain(_ family: CanaryFamily, _ look: PersonalLook?, _ row: Int) -> String? {
    let text = (look ?? PersonalLook.general[row / 4 % PersonalLook.general.count]).value(row / 4, key: key(row))
    switch family {
    case .text: return text
    case .small: return "\(key(row) % 30_000)"
    case .whole, .big, .decimal: return number(family, look, text, row)
    case .truth: return row / 2 % 2 == 0 ? "t" : "f"
    case .day where look == .birthDate, .moment where look == .birthDate: return "19\(60 + row % 24)-03-17"
    case .day, .moment: return row % 2 == 0 ? "now" : "2019-05-14 09:30:00"
    case .time: return "09:30:00"
    case .uuid: return "\(padded(isApart ? table + 1 : 0, 8))-0000-4000-8000-\(padded(row + 1, 12))"
    case .json: return json(row)
    case .address: return "81.2.\(isApart ? 100 + table % 100 : 69).\(row + 1)"
    case .mac: return "3c:22:fb:10:4a:\(padded(10 + row, 2))"
    case .bytes: return "\\x" + text.utf8.map { (byte: UInt8) in padded(Int(byte), 2, radix: 16) }.joined()
    case .label, .array, .other: return nil
    }
  }

  /// A number that stands for a person, such as a social security number without its hyphens, where there is room.
  private func number(_ family: CanaryFamily, _ look: PersonalLook?, _ text: String, _ row: Int) -> String {
    let digits = text.filter { ("0"..."9").contains($0) }
    let room = family == .whole ? 9 : 18
    guard look != nil, !digits.isEmpty, digits.count <= room else { return "\(key(row))" }
    return digits
  }

  private func json(_ row: Int) -> String {
    let members = PersonalLook.general.map { look in
      "\"\(look.rawValue)\": \"\(look.value(row / 4, key: key(row)))\""
    }
    return "{\(members.joined(separator: ", ")), \"contact\": {\(members[0])}}"
  }

  private func bare(_ family: CanaryFamily, _ row: Int) -> String? {
    switch family {
    case .small, .whole, .big, .decimal: row % 2 == 0 ? nil : "-\(row)"
    default: nil
    }
  }

  private func padded(_ number: Int, _ width: Int, radix: Int = 10) -> String {
    let digits = String(number, radix: radix)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
