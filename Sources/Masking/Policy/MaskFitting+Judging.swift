extension MaskFitting {
  /// What one mask promises, held against its own column.
  mutating func judge(
    _ mask: ColumnMask, _ column: Column, _ table: Table, _ assignment: KeyClosure.Assignment
  ) {
    judgeShared(mask, assignment)
    if case .masked(let mask) = mask {
      let forbidsNull = meeting.index.family(of: table).contains { $0[column.name]?.isNullable == false }
      if mask.traits.makesNull, forbidsNull { problems.append(.nullMask(column, table, assignment.path)) }
      judgeLength(mask.traits, column, table, assignment.path)
    }
    let family = meeting.index.family(of: table)
    if family.contains(where: { $0.partitionKey.contains(column.name) }) {
      problems.append(.partitionKey(column, table, assignment.path))
    }
    for check in family.flatMap(\.checks) where check.columns.contains(column.name) {
      judge(check, of: "the constraint", mask, column, assignment.path)
    }
    for check in column.type.domainChecks { judge(check, of: "the domain's constraint", mask, column, assignment.path) }
    for exclusion in family.flatMap(\.exclusions)
    where exclusion.columns.contains(column.name) || exclusion.definition.contains(column.name) {
      problems.append(.exclusion(exclusion, column, table, assignment.path))
    }
    for generated in table.columns where generated.reads.contains(column.name) {
      problems.append(.generatedFrom(generated, column, table, assignment.path))
    }
    if case .identity = column.origin { problems.append(.identity(column, table, assignment.path)) }
  }

  /// Values that are in several places have to come out alike, which only a mask of the value alone does.
  mutating func judgeShared(_ mask: ColumnMask, _ assignment: KeyClosure.Assignment) {
    guard assignment.isShared else { return }
    switch mask {
    case .kept: return
    case .masked(let mask): judgeShared(mask, assignment)
    case .expression: problems.append(.notOfTheValue(assignment))
    }
  }

  mutating func judgeShared(_ mask: any Mask, _ assignment: KeyClosure.Assignment) {
    guard assignment.isShared, !mask.traits.isDeterministic else { return }
    problems.append(.notOfTheValue(assignment))
  }

  private mutating func judgeLength(_ traits: MaskTraits, _ column: Column, _ table: Table, _ path: String) {
    guard let room = column.maximumLength, let length = traits.maximumLength, length > room else { return }
    problems.append(.length(length, room, column, table, path))
  }

  /// The constraint is named and not quoted: its text may hold values of people, such as a list of names.
  private mutating func judge(
    _ check: CheckConstraint, of owner: String, _ mask: ColumnMask, _ column: Column, _ path: String
  ) {
    if case .masked(let mask) = mask, CheckProof(check, column.name).holds(for: mask.traits) { return }
    problems.append(
      .init(
        .warning, "mask_check", at: path,
        "\(owner) `\(check.name)` reads the masked `\(column.name)` and could refuse its masks"))
  }
}

extension MaskFitting {
  /// What the masks of a table do to its unique keys together.
  mutating func judgeTables() {
    for name in Set(fitted.keys.map(\.table)).sorted() {
      guard let table = meeting.index[name] else { continue }
      let family = meeting.index.family(of: table)
      for part in family {
        for key in part.uniqueKeys {
          let isOfTheWhole = part.name != table.name && table.uniqueKeys.contains { $0.isLike(key) }
          if !isOfTheWhole { judge(key, of: part, in: table) }
        }
      }
    }
  }

  private mutating func judge(_ key: UniqueKey, of part: Table, in table: Table) {
    let columns = key.columns.compactMap { $0 }
    let reads = Set(key.readColumns).subtracting(columns).sorted()
    let isPlain = key.readColumns.isEmpty && !key.columns.contains(nil)
    if isPlain, isKeptUnique(key, of: part, in: table) { return }
    for column in columns + reads {
      guard let found = fitted[ColumnName(table.name, column)] else { continue }
      let isRead = !isPlain && key.readColumns.contains(column)
      judge(found, column, key, isRead: isRead, table)
    }
  }

  /// Columns that are unique by themselves and reach the copy as different as they were make every wider key unique;
  /// so does a column that is NULL everywhere, because NULLs are different from each other.
  private func isKeptUnique(_ key: UniqueKey, of part: Table, in table: Table) -> Bool {
    let columns = Set(key.columns)
    if !key.isPrimary, columns.contains(where: { uniqueness($0, table) == nil }) { return true }
    return part.uniqueKeys.contains { other in
      other.readColumns.isEmpty && columns.isSuperset(of: other.columns)
        && other.columns.allSatisfy { uniqueness($0, table) == .preserved }
    }
  }

  /// Nothing where the mask makes NULL of everything.
  private func uniqueness(_ column: String?, _ table: Table) -> MaskTraits.Uniqueness? {
    guard let column, let found = fitted[ColumnName(table.name, column)] else { return .preserved }
    switch found.mask {
    case .kept: return .preserved
    case .expression:
      return closureAssignments[ColumnPath(column: ColumnName(table.name, column))]?.strategy == "shuffle_within"
        ? .preserved : .lossy
    case .masked(let mask): return mask.traits.makesNull ? nil : mask.traits.uniqueness
    }
  }

  private mutating func judgeFolding(_ found: Fitted, _ column: String, _ key: UniqueKey) {
    guard case .masked(let mask) = found.mask, mask.traits.foldsText else { return }
    problems.append(.folds(column, key, found.path))
  }

  private mutating func judge(_ found: Fitted, _ column: String, _ key: UniqueKey, isRead: Bool, _ table: Table) {
    if case .expression = found.mask, uniqueness(column, table) == .lossy {
      problems.append(.unprovenExpression(column, key, found.path))
      return
    }
    switch uniqueness(column, table) {
    case .lossy?: problems.append(.lossy(column, key, table, found.path))
    case nil: break
    case .preserved?:
      judgeFolding(found, column, key)
      if isRead, fitted[ColumnName(table.name, column)] != nil {
        problems.append(.readByUnique(column, key, found.path))
      }
    case .probabilistic(let bits)?:
      judgeFolding(found, column, key)
      let rows = meeting.index.scale(of: table)
      // n²/2^(bits+1)
      let bound = Double(rows) * Double(rows) / Double(sign: .plus, exponent: bits + 1, significand: 1)
      problems.append(
        bound > 1e-6 ? .tooShort(column, key, bound, rows, found.path) : .probable(column, key, bound, rows, found.path)
      )
      if isRead { problems.append(.readByUnique(column, key, found.path)) }
    }
  }
}

extension UniqueKey {
  fileprivate func isLike(_ other: UniqueKey) -> Bool { columns == other.columns && readColumns == other.readColumns }
}
