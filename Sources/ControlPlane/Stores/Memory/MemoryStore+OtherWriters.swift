public import Reconciliation

/// The means to be somebody else: changes that come past every plan, as plain SQL does on the other stores.
extension MemoryStore {
  /// Replaces the spec of a record, behind our back. Where there is none, nothing happens.
  public func edit(_ address: Address, in workspace: String, spec: String, by writer: String = Record.plainSQL) {
    change(address, in: workspace) { current, moment in
      guard var record = current else { return nil }
      record.spec = spec
      record.markChanged(by: writer, at: moment)
      return record
    }
  }

  /// Puts in a record that nobody manages. A tombstone is revived; a record that is there already stays as it is.
  public func insertUnmanaged(
    _ address: Address, in workspace: String, spec: String, by writer: String = Record.plainSQL
  ) {
    change(address, in: workspace) { current, moment in
      guard current?.isDeleted ?? true else { return nil }
      return Record(
        address: address, spec: spec, revision: (current?.revision ?? 0) + 1, updatedBy: writer, updatedAt: moment)
    }
  }

  /// Deletes a record, behind our back: the tombstone keeps owner and what was applied.
  public func remove(_ address: Address, in workspace: String, by writer: String = Record.plainSQL) {
    change(address, in: workspace) { current, moment in
      guard var record = current, !record.isDeleted else { return nil }
      record.markChanged(by: writer, at: moment)
      record.deletedAt = moment
      return record
    }
  }
}

extension Record {
  fileprivate mutating func markChanged(by writer: String, at moment: Timestamp) {
    revision += 1
    updatedBy = writer
    updatedAt = moment
  }
}
