/// Originals of columns that no mask changes on the way, because SQL does it when the rows are there.
extension CopyPlan {
  /// Lets the originals of these columns be collected while their rows pass, as those of masked columns are.
  ///
  /// Only of columns of which no row keeps its value: what a condition leaves as it is would be found in the copy, and
  /// be no leak. And not of JSON, where nobody has said which leaf is personal.
  ///
  /// - Parameter personal: columns that look personal, by the tables that rules are written on. Of others it is not
  ///   known that anybody wants them hidden: a status that a statement sets back is no leak where it stands elsewhere.
  /// - Returns: those columns, sorted, whose originals cannot be collected although SQL changes them.
  public mutating func watch(_ personal: Set<ColumnName>) -> [ColumnName] {
    var missed: Set<ColumnName> = []
    for index in tables.indices {
      let (name, root) = (tables[index].table.name, tables[index].root)
      for place in tables[index].columns.indices {
        let column = tables[index].columns[place]
        let (own, declared) = (ColumnName(name, column.column.name), ColumnName(root, column.column.name))
        guard personal.contains(declared), column.isCopiedAsItIs,
          unlifted.assigns(own) || unlifted.assigns(declared)
        else { continue }
        let isWhole = unlifted.changed.contains(own) || unlifted.changed.contains(declared)
        if isWhole, let mask = ChangedLater.mask(for: column.column.type) {
          tables[index].watch(place, by: mask)
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

/// Stands for SQL that changes a column when its rows are in the copy.
private struct ChangedLater: Mask {
  var traits: MaskTraits { MaskTraits(uniqueness: .preserved, leak: .value) }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) { sink.append(value) }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }

  /// Nothing for documents.
  static func mask(for type: ColumnType) -> (any Mask)? {
    switch type.family {
    case .json, .jsonb: nil
    case .array(let element):
      switch element.family {
      case .json, .jsonb: nil
      default: ArrayMask(of: ChangedLater())
      }
    default: ChangedLater()
    }
  }
}
