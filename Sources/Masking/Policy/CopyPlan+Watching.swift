/// Originals of columns that no mask changes on the way, because SQL does it: the source's own, or when the rows are there.
extension CopyPlan {
  /// Lets the originals of these columns be collected: while their rows pass, as those of masked columns are, where SQL
  /// runs later; beside the rows, where the source itself computes what becomes of them and the policy or the rule wants
  /// them to be read (`readsHiddenOriginals`).
  ///
  /// Of statements only columns of which no row keeps its value: what a condition leaves as it is would be found in the
  /// copy, and be no leak. And nothing of JSON, where nobody has said which leaf is personal. Of a `custom` rule every
  /// value is an original, because it stands where masks stand, unless it says otherwise itself.
  ///
  /// - Parameter personal: columns that look personal, by the tables that rules are written on. Of others it is not
  ///   known that anybody wants them hidden: a status that a statement sets back is no leak where it stands elsewhere.
  /// - Returns: those columns, sorted, whose originals cannot be collected although SQL changes them.
  public mutating func watch(_ personal: Set<ColumnName>) -> [ColumnName] {
    var missed: Set<ColumnName> = []
    let ruled = Dictionary(quarantined.map { ($0.column, $0.leak) }) { first, _ in first }
    for index in tables.indices {
      tables[index].hide(personal, whole: readsHiddenOriginals)
      let (name, root) = (tables[index].table.name, tables[index].root)
      for place in tables[index].columns.indices {
        let column = tables[index].columns[place]
        let (own, declared) = (ColumnName(name, column.column.name), ColumnName(root, column.column.name))
        guard personal.contains(declared) || ruled[declared] != nil, column.isCopiedAsItIs, ruled[declared] != .off,
          unlifted.assigns(own) || unlifted.assigns(declared)
        else { continue }
        let isWhole = unlifted.changed.contains(own) || unlifted.changed.contains(declared)
        if isWhole, let mask = ChangedElsewhere.mask(for: column.column.type, ruled[declared]) {
          if mask.hasOriginals { tables[index].watch(place, by: mask) }
        } else {
          missed.insert(declared)
        }
      }
    }
    return missed.sorted { $0.description < $1.description }
  }
}

extension CopyPlan.Column {
  /// No mask, and nobody who keeps it for a reason.
  fileprivate var isCopiedAsItIs: Bool {
    if case .kept = mask { keepReason == nil } else { false }
  }
}

extension CopyPlan.Table {
  /// The rows as those see them who collect originals: what SQL changes later looks masked to them. Its masks mask
  /// nothing.
  public var observed: RowPlan {
    var plan = rows
    for (place, mask) in watched { plan.columns[place].mask = mask }
    return plan
  }

  fileprivate mutating func watch(_ place: Int, by mask: any Mask) {
    watched[place] = mask
    // What is watched is read as text; where a type has no way from its binary form to text, the rows go as text.
    guard rows.format == .binary, let reason = rows.reasonsForText(watched: watched.keys.sorted()).first else { return }
    rows.format = .text
    format = .text(reason: reason)
  }
}

extension CopyPlan.Table {
  /// The statement that reads nothing but the columns whose originals are looked for, and how its answer is read. Nothing
  /// where there are none.
  public func shownOriginals(at instant: CopyInstant) -> (select: String, rows: RowPlan)? {
    let seen = observed
    let places = seen.columns.indices.filter { seen.columns[$0].mask?.hasOriginals ?? false }
    guard !places.isEmpty else { return nil }
    var rows = RowPlan(table: table.name, format: .binary, columns: places.map { seen.columns[$0] })
    if !rows.reasonsForText().isEmpty { rows.format = .text }
    return (select(only: places, at: instant), rows)
  }

  /// The statement that reads, beside the rows, what the source changes on their way, and how its answer is read: text, of
  /// the rows that are copied and as they were before. Nothing where there is nothing such.
  public func hiddenOriginals(at instant: CopyInstant) -> (select: String, rows: RowPlan)? {
    let places = hidden.keys.sorted()
    guard !places.isEmpty else { return nil }
    let text = ColumnType(name: "text", family: .text)
    let rows = RowPlan(
      table: table.name, format: .binary,
      columns: places.map { RowPlan.Column(name: columns[$0].column.name, type: text, mask: hidden[$0]) })
    let names = rows.columns.map(\.name)
    if let lifted {
      let filter = CopyPlan.SelectedTable(alias: alias, conditions: conditions).rows(at: instant).filter
      return (
        lifted.select(
          [], named: alias, filter: filter, among: others.mapValues { $0.rows(at: instant) }, carrying: names,
          at: instant), rows
      )
    }
    let list = names.map { "\(alias).\(quote($0))::pg_catalog.text" }.joined(separator: ", ")
    let condition = predicate(at: instant).map { " WHERE \($0)" } ?? ""
    return ("SELECT \(list) FROM ONLY \(table.name.quoted) AS \(alias)\(condition)", rows)
  }

  /// Columns whose originals are collected although no mask of ours changes them on the way, with those of masks.
  public var columnsOfOriginals: [RowPlan.Column] {
    let seen = observed
    return seen.columnsWithOriginalMasks
      + hidden.keys.sorted().map {
        RowPlan.Column(name: columns[$0].column.name, type: columns[$0].column.type, mask: hidden[$0])
      }
  }

  /// - Parameter whole: false where only rules that ask for it themselves have their values read.
  fileprivate mutating func hide(_ personal: Set<ColumnName>, whole reads: Bool) {
    hidden = [:]
    guard !keepsNoRows else { return }
    let whole = lifted?.columnsChangedWhole ?? []
    for place in columns.indices {
      let column = columns[place]
      let isRule = column.isExpression && !column.keepsOriginals && (reads || column.declaresLeak)
      let isPersonal = reads && personal.contains(ColumnName(root, column.column.name))
      guard isRule || (whole.contains(column.column.name) && column.isCopiedAsItIs && isPersonal) else { continue }
      guard let mask = ChangedElsewhere.mask(for: column.column.type, column.leak), mask.hasOriginals else { continue }
      hidden[place] = mask
    }
  }
}

extension RowPlan {
  fileprivate var columnsWithOriginalMasks: [Column] { columns.filter { $0.mask?.hasOriginals ?? false } }
}

extension LiftedTable {
  /// Columns to which a statement without a condition gives a value.
  fileprivate var columnsChangedWhole: Set<String> {
    Set(levels.flatMap(\.assignments).filter { $0.condition == nil }.map(\.column))
  }
}

/// Stands for SQL that changes a column elsewhere: in the source, or when its rows are in the copy.
private struct ChangedElsewhere: Mask {
  let traits: MaskTraits

  init(_ leak: MaskTraits.Leak) { traits = MaskTraits(uniqueness: .preserved, leak: leak) }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) { sink.append(value) }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }

  /// Nothing for documents.
  ///
  /// - Parameter declared: by a rule. Without one days and times are no originals, as the strategies for them have it: they
  ///   stand in many places with good reason.
  static func mask(for type: ColumnType, _ declared: MaskTraits.Leak?) -> (any Mask)? {
    let leak = declared ?? (type.family.isDateOrTime ? .off : .value)
    return switch type.family {
    case .json, .jsonb: nil
    case .array(let element):
      switch element.family {
      case .json, .jsonb: nil
      default: ArrayMask(of: ChangedElsewhere(leak))
      }
    default: ChangedElsewhere(leak)
    }
  }
}
