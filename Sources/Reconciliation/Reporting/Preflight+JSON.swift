import Documents

extension Preflight {
  /// The names of `target NAME --json` first, because scripts read those of every target alike.
  var json: Value {
    var fields = target.json
    fields["work"] = .string(work.rawValue)
    fields["can_run"] = .bool(canRun)
    fields["blocked_by"] = .list(blockedBy.map(Value.string))
    fields["source"] = .string(source)
    fields["destination"] = .string(destination)
    fields["replaces"] = standing.map(\.json)
    fields["snapshot_id"] = snapshot.map { .string($0) }
    fields["table_count"] = tableCount.map { .integer($0) }
    fields["rows"] = rows.map { .integer($0) }
    fields["bytes"] = bytes.map { .integer($0) }
    fields["tables"] = .list(tables.map(\.json))
    fields["columns"] = .list(columns.map(\.json))
    fields["samples"] = .list(samples.map(\.json))
    fields["space"] = space.map(\.json)
    fields["scratch"] = scratch.map { ["database": .string($0.title), "bytes": .integer($0.bytes)] }
    fields["sessions"] = sessions.map(\.json)
    fields["estimate"] = pace.map { pace in
      var estimate: Fields = [
        "rows_per_second": .integer(pace.rowsPerSecond), "snapshots": .integer(pace.snapshots),
      ]
      estimate["milliseconds"] = self.estimate.map { .integer($0.wholeMilliseconds) }
      return .object(estimate)
    }
    fields["estimate_note"] = paceNote.map { .string($0) }
    fields["rights"] = .list(rights.map(\.json))
    fields["conditions"] = .list(conditions.map(\.json))
    fields["findings"] = .list(findings.map(\.json))
    fields["warnings"] = .list(warnings.map(Value.string))
    return .object(fields)
  }
}

extension DestinationStanding {
  fileprivate var json: Value {
    switch self {
    case .absent: ["what": "nothing"]
    case .copy(let snapshot, let moment):
      ["what": "copy", "snapshot": .string(snapshot), "of": .string(moment.description)]
    case .other: ["what": "other"]
    }
  }
}

extension ConnectedSessions {
  fileprivate var json: Value {
    var fields: Fields = [
      "count": .integer(count),
      "of": .list(
        groups.map { group in
          [
            "role": .string(group.role), "application": .string(group.application),
            "prepared": .bool(group.arePrepared), "count": .integer(group.count),
          ]
        }),
    ]
    switch fate {
    case .ended: fields["fate"] = "ended"
    case .waitedFor(let seconds):
      fields["fate"] = "waited_for"
      fields["seconds"] = .integer(seconds)
    }
    return .object(fields)
  }
}

extension CopyForecast.Table {
  fileprivate var json: Value {
    var fields: Fields = [
      "name": .string(name), "bytes": .integer(bytes), "index_bytes": .integer(indexBytes),
      "copied_bytes": .integer(copiedBytes + copiedIndexBytes), "measured": .bool(isShareMeasured),
    ]
    fields["rows"] = rows.map { .integer($0) }
    fields["copied_rows"] = copiedRows.map { .integer($0) }
    return .object(fields)
  }
}

extension CopyForecast.Column {
  fileprivate var json: Value {
    var fields: Fields = [
      "table": .string(table), "column": .string(column), "type": .string(type), "uncovered": .bool(isUncovered),
    ]
    fields["strategy"] = strategy.map { .string($0) }
    fields["looks"] = looks.map { .string($0) }
    return .object(fields)
  }
}

extension MaskSample {
  fileprivate var json: Value {
    var fields: Fields = ["table": .string(table), "rows": .list(rows.map { .list($0.map(\.json)) })]
    fields["unread"] = unread.map { .string($0) }
    return .object(fields)
  }
}

extension MaskSample.Cell {
  /// Never in clear: reports are kept and passed on.
  fileprivate var json: Value {
    var fields: Fields = ["column": .string(column), "after": after.map { .string($0) } ?? .null]
    if isSeen { fields["before"] = before.map { .string($0) } ?? .null }
    if isUnchanged { fields["unchanged"] = true }
    return .object(fields)
  }
}

extension CopySpace {
  fileprivate var json: Value {
    var fields: Fields = [
      "tables": .integer(tables), "indexes": .integer(indexes), "other": .integer(other),
      "template": .integer(template), "needed": .integer(needed),
    ]
    fields["present"] = present.map { .integer($0) }
    fields["budget"] = budget.map { .integer($0) }
    fields["free"] = free.map { .integer($0) }
    fields["archive"] = archive.map { .integer($0) }
    return .object(fields)
  }
}
