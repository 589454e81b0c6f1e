import Documents

/// The masks of all columns, and whether each keeps what its column promises.
struct MaskFitting {
  struct Fitted {
    var mask: ColumnMask
    var path: String
    var domain: String
    var strategy: String
    var leak: MaskTraits.Leak?
    var declaresLeak = false
  }

  let meeting: PolicyMeeting
  private let closure: KeyClosure
  var closureAssignments: [ColumnPath: KeyClosure.Assignment] { closure.assignments }
  private let keys: MaskingKeys?
  private(set) var fitted: [ColumnName: Fitted] = [:]
  private(set) var quarantined: [CopyPlan.QuarantinedFunction] = []
  /// Expressions in people's own words.
  private(set) var words: [CopyPlan.Words] = []
  var problems: [CopyProblem] = []
  private let sqlPlace: UnliftedSQL.Place

  init(_ meeting: PolicyMeeting, _ closure: KeyClosure, _ keys: MaskingKeys?, _ sqlPlace: UnliftedSQL.Place) {
    self.sqlPlace = sqlPlace
    self.meeting = meeting
    self.closure = closure
    self.keys = keys
  }

  /// What becomes of a column of a table or of its partitions.
  func column(_ column: Column, of root: QualifiedName, _ closure: KeyClosure) -> CopyPlan.Column {
    let name = ColumnName(root, column.name)
    guard let found = fitted[name] else {
      let place = ColumnPath(column: name)
      return CopyPlan.Column(
        column: column, mask: .kept, path: closure.kept[place] == nil ? nil : meeting.rules[place]?.path,
        keepReason: closure.kept[place] ?? nil, domain: nil)
    }
    return CopyPlan.Column(
      column: column, mask: found.mask, path: found.path, keepReason: nil, domain: found.domain,
      strategy: found.strategy, leak: found.leak, declaresLeak: found.declaresLeak)
  }

  mutating func fit(_ make: CopyPlan.MaskMaker) {
    let demands = demands
    let columns = Dictionary(grouping: closure.assignments.keys, by: \.column)
    for (name, places) in columns.sorted(by: { $0.key.description < $1.key.description }) {
      guard let table = meeting.index[name.table], let column = table[name.column] else { continue }
      fit(places.sorted(), column, table, demands, make)
    }
    judgeTables()
  }

  private mutating func fit(
    _ places: [ColumnPath], _ column: Column, _ table: Table, _ demands: [Demand.Key: Demand],
    _ make: CopyPlan.MaskMaker
  ) {
    guard let first = places.first, let assignment = closure.assignments[first] else { return }
    if case .generated = column.origin { return problems.append(.ruleOnGenerated(column, table, assignment.path)) }
    guard first.path.isEmpty else { return fitPaths(places, column, table, demands, make) }
    if places.count > 1 {
      let inner = places[1].description
      problems.append(
        .init(
          .error, "rule_overlap", at: closure.assignments[places[1]]?.path ?? assignment.path,
          "\(first) has a rule for its whole value, which leaves none for \(inner); take one of them away"))
    }
    guard let mask = mask(first, assignment, column, table, demands, make) else { return }
    judge(mask, column, table, assignment)
    fitted[first.column] = Fitted(
      mask: mask, path: assignment.path, domain: assignment.domain, strategy: assignment.strategy,
      leak: assignment.leak(column.type), declaresLeak: assignment.declaredLeak != nil)
  }

  private mutating func fitPaths(
    _ places: [ColumnPath], _ column: Column, _ table: Table, _ demands: [Demand.Key: Demand],
    _ make: CopyPlan.MaskMaker
  ) {
    var members: [(path: [String], mask: any Mask)] = []
    for place in places {
      guard let assignment = closure.assignments[place] else { continue }
      guard case .masked(let mask)? = mask(place, assignment, .textIn(column, place), table, demands, make) else {
        continue
      }
      judgeShared(mask, assignment)
      members.append((place.path, mask))
    }
    let assignments = places.compactMap { closure.assignments[$0] }
    fitted[ColumnName(table.name, column.name)] = Fitted(
      mask: .masked(JSONPathMask(members)), path: assignments.map(\.path).joined(separator: ", "),
      domain: assignments.map(\.domain).joined(separator: ", "),
      strategy: Set(assignments.map(\.strategy)).sorted().joined(separator: ", "))
  }

  /// One mask, or nothing where that is a problem that has been told.
  private mutating func mask(
    _ place: ColumnPath, _ assignment: KeyClosure.Assignment, _ column: Column, _ table: Table,
    _ demands: [Demand.Key: Demand], _ make: CopyPlan.MaskMaker
  ) -> ColumnMask? {
    if assignment.strategy == "custom" { return custom(place, assignment, table) }
    for name in assignment.options["by"]?.list?.compactMap(\.string) ?? [] where table[name] == nil {
      let near = Suggestion.nearest(name, among: table.columns.map(\.name)).map { "; did you mean `\($0)`?" } ?? ""
      problems.append(
        .init(.error, "unknown_column", at: "\(assignment.path).by", "\(table.name) has no column `\(name)`\(near)"))
      return nil
    }
    let demand = demands[Demand.Key(assignment)] ?? Demand()
    var order = order(place, assignment, column, table, demand)
    let isArray: Bool
    if case .array(let element) = column.type.family, assignment.strategy != "null" {
      (order.column.type, isArray) = (element, true)
    } else {
      isArray = false
    }
    do {
      let made = try make(order)
      guard isArray else { return made }
      if case .masked(let mask) = made { return .masked(ArrayMask(of: mask)) }
      if case .expression = made, assignment.strategy == "shuffle_within" { return made }
      return made
    } catch {
      problems.append(.init(.error, error.code, at: assignment.path, error.message))
      return nil
    }
  }

  /// Columns that have to agree are masked as the one at the root of their references, so that all of them come out
  /// alike although one is longer or has another name.
  private func order(
    _ place: ColumnPath, _ assignment: KeyClosure.Assignment, _ column: Column, _ table: Table, _ demand: Demand
  ) -> MaskOrder {
    var (ordered, owner) = (column, table)
    if assignment.isShared, let root = meeting.index[assignment.root.table],
      let model = root[assignment.root.column.column]
    {
      (ordered, owner) = (assignment.root.path.isEmpty ? model : .textIn(model, assignment.root), root)
      ordered.isNullable = column.isNullable
    }
    ordered.maximumLength = demand.length ?? ordered.maximumLength
    var options = assignment.options.object ?? Fields()
    options["seed"] = assignment.seed.map { .integer($0) }
    return MaskOrder(
      strategy: assignment.strategy, options: .object(options), column: ordered, table: owner, keys: keys,
      domain: assignment.domain, uniqueAmong: demand.rows)
  }

  /// The body of a function that does nothing but return an expression is put in place of the column. One that asks for
  /// the time is not, because each worker would have its own.
  private func inlined(_ function: String, _ column: ColumnName) -> String? {
    guard let custom = CustomFunction(function),
      let value = try? custom.value(for: column, over: meeting.index.schema, searchPath: []), !value.readsTime
    else { return nil }
    return value.sql(at: nil)
  }

  private mutating func custom(_ place: ColumnPath, _ assignment: KeyClosure.Assignment, _ table: Table) -> ColumnMask?
  {
    guard place.path.isEmpty else {
      problems.append(
        .init(
          .error, "mask_type", at: assignment.path,
          "`custom` makes a whole column, not a part of its JSON; write the rule on `\(place.column.column)`, with an expression such as jsonb_set(…)"
        ))
      return nil
    }
    if let function = assignment.options["function"]?.string {
      if let inlined = inlined(function, place.column) { return .expression(inlined) }
      let leak = table[place.column.column].flatMap { assignment.leak($0.type) } ?? .value
      quarantined.append(.init(column: place.column, function: function, path: assignment.path, leak: leak))
      problems.append(
        .unlifted(
          "the function", because: "it is no expression that the source could compute",
          insteadWrite: "an `expression`", at: assignment.path, in: sqlPlace))
      return .kept
    }
    do {
      let text = assignment.options["expression"]?.string ?? ""
      let expression = try RowExpression(text, of: table, named: table.name.name, in: meeting.index.schema)
      words.append(
        .init(expression, over: table, becoming: table[place.column.column], at: "\(assignment.path).expression"))
      return .expression(expression.marked)
    } catch {
      problems.append(.init(.error, error.code, at: "\(assignment.path).expression", error.message))
      return nil
    }
  }
}

extension KeyClosure.Assignment {
  /// What a `custom` rule says of its column's originals: the value, where it says nothing; of days and times nothing, as
  /// the strategies for those.
  fileprivate func leak(_ type: ColumnType) -> MaskTraits.Leak? {
    guard strategy == "custom" else { return nil }
    return declaredLeak ?? (type.family.isDateOrTime ? .off : .value)
  }

  fileprivate var declaredLeak: MaskTraits.Leak? {
    strategy == "custom" ? options["leak"]?.string.flatMap(MaskTraits.Leak.init) : nil
  }
}

extension Column {
  /// A value inside of JSON, as the masks see it: text that may be as long as it likes.
  fileprivate static func textIn(_ column: Column, _ place: ColumnPath) -> Column {
    Column(name: place.path.last ?? column.name, type: ColumnType(name: "text", oid: 25, family: .text))
  }
}

extension CopyProblem {
  fileprivate static func ruleOnGenerated(_ column: Column, _ table: Table, _ path: String) -> Self {
    let reads = column.reads.isEmpty ? "other columns" : column.reads.map { "`\($0)`" }.joined(separator: ", ")
    return .init(
      .error, "rule_on_generated", at: path,
      "\(table.name).\(column.name) is generated from \(reads) and made again in the copy; mask those instead")
  }
}
