extension CopyProblem {
  static func nullMask(_ column: Column, _ table: Table, _ path: String) -> Self {
    .init(
      .error, "mask_null", at: path,
      "\(table.name).\(column.name) is NOT NULL, and the mask makes NULL of everything; take `redact` with a fixed text, or another strategy that makes values"
    )
  }

  static func length(_ length: Int, _ room: Int, _ column: Column, _ table: Table, _ path: String) -> Self {
    // `Int.max` says that nothing bounds it.
    length == .max
      ? .init(
        .warning, "mask_length", at: path,
        "\(table.name).\(column.name) holds \(room) characters, and nothing bounds the length of its masks; a longer one ends the copy. Shorten the rule's fixed text, or take `redact`"
      )
      : .init(
        .error, "mask_length", at: path,
        "\(table.name).\(column.name) holds \(room) characters, and its masks have up to \(length); shorten the rule's fixed text, or take `fpe`, which keeps the length, or `redact` with a short replacement"
      )
  }

  static func partitionKey(_ column: Column, _ table: Table, _ path: String) -> Self {
    .init(
      .error, "partition_key_masked", at: path,
      "\(table.name) is partitioned by \(column.name), and a masked row could belong to another partition than the one it is copied into; keep the column with a reason, or mask the others from which a person is known"
    )
  }

  /// Like a CHECK, it is named and not quoted: its text may hold values of people.
  static func exclusion(_ constraint: CheckConstraint, _ column: Column, _ table: Table, _ path: String) -> Self {
    .init(
      .warning, "mask_exclusion", at: path,
      "`\(constraint.name)` of \(table.name) compares rows by the masked `\(column.name)` and could refuse two of the copy"
    )
  }

  static func generatedFrom(_ generated: Column, _ column: Column, _ table: Table, _ path: String) -> Self {
    .init(
      .note, "generated_from_masked", at: path,
      "\(table.name).\(generated.name) is generated again, from the masked \(column.name)")
  }

  static func identity(_ column: Column, _ table: Table, _ path: String) -> Self {
    .init(
      .note, "identity_masked", at: path,
      "\(table.name).\(column.name) is an identity column; its sequence goes on behind the greatest mask")
  }

  static func notOfTheValue(_ assignment: KeyClosure.Assignment) -> Self {
    .init(
      .error, "key_not_deterministic", at: assignment.path,
      "\(assignment.members.map(\.description).joined(separator: ", ")) hold the same values and have to come out alike, and `\(assignment.strategy)` gives one value several masks; take `hash` or `fpe`"
    )
  }

  static func lossy(_ column: String, _ key: UniqueKey, _ table: Table, _ path: String) -> Self {
    .init(
      .error, "mask_lossy_unique", at: path,
      "`\(key.name)` of \(table.name) is unique, and the mask makes one value of several \(column); take `hash`, `email` or `fpe`, whose masks differ\(table[column]?.isNullable == true ? ", or `\"null\"`" : "")"
    )
  }

  static func unprovenExpression(_ column: String, _ key: UniqueKey, _ path: String) -> Self {
    .init(
      .warning, "mask_unique_expression", at: path,
      "`\(key.name)` is unique over \(column), and nobody can prove that the expression gives every row another value; two alike end the copy"
    )
  }

  static func readByUnique(_ column: String, _ key: UniqueKey, _ path: String) -> Self {
    .init(
      .warning, "mask_unique_expression", at: path,
      "the unique index `\(key.name)` is over an expression or a part of the rows that reads the masked \(column); that it stays unique is not proved"
    )
  }

  static func folds(_ column: String, _ key: UniqueKey, _ path: String) -> Self {
    .init(
      .note, "mask_folds_text", at: path,
      "`\(key.name)` is unique over \(column), and values that differ only in upper and lower case or in blanks around them get one mask; where the source has such values, take `hash`"
    )
  }

  static func probable(_ column: String, _ key: UniqueKey, _ bound: Double, _ rows: Int, _ path: String) -> Self {
    .init(
      .note, "mask_probably_unique", at: path,
      "`\(key.name)` is unique over \(column): among \(rows.grouped) rows two masks are alike with a probability of at most \(bound.spoken) (birthday bound)"
    )
  }

  static func tooShort(_ column: String, _ key: UniqueKey, _ bound: Double, _ rows: Int, _ path: String) -> Self {
    let count = Double(rows) * Double(rows) / 2e-6
    return .init(
      .error, "mask_too_short", at: path,
      "`\(key.name)` is unique over \(column), and among \(rows.grouped) rows two masks are alike with a probability of up to \(bound.spoken) (birthday bound); a `hex_length` of \((count.exponent + 4) / 4) or more is enough, and without the key it grows by itself"
    )
  }
}

extension Int {
  /// "1,000,000".
  fileprivate var grouped: String {
    let digits = Array(String(self))
    return digits.enumerated().reduce(into: "") { text, digit in
      if digit.offset > 0, (digits.count - digit.offset) % 3 == 0 { text.append(",") }
      text.append(digit.element)
    }
  }
}

extension Double {
  /// One digit and a power of ten: "4e-08". Above a half it is as good as certain.
  fileprivate var spoken: String {
    if self > 0.5 { return "1" }
    var (value, power) = (self, 0)
    while value < 1, power < 300 { (value, power) = (value * 10, power + 1) }
    return power == 0 ? "\(Int(value))" : "\(Int(value.rounded(.up)))e-\(power)"
  }
}
