import Documents

/// Findings, conditions and the brake as they were seen when the plan was made.
extension Finding {
  var saved: Value { json }
}

extension PlanReader {
  func finding() throws(Unreadable) -> Finding {
    var finding = Finding(
      try member("code").text(), try member("severity").word(), try member("object").address(),
      at: try optionalText("path"), try member("message").text(), place: try optionalPlace())
    finding.waiver = try optionalText("waived")
    return finding
  }
}

extension Condition {
  var saved: Value {
    var fields = json.object ?? Fields()
    fields["waivable"] = .bool(isWaivable)
    return .object(fields)
  }
}

extension PlanReader {
  func condition() throws(Unreadable) -> Condition {
    var condition = Condition(
      try member("code").text(), try member("severity").word(), try member("object").address(),
      at: try optionalText("path"), try conditionState(), isWaivable: try member("waivable").flag())
    condition.waiver = try optionalText("waived")
    return condition
  }

  private func conditionState() throws(Unreadable) -> Condition.State {
    switch try member("state").text() {
    case "holds": return .holds
    case "fails": return .fails(try member("message").text())
    case "unknown": return .unknown(try member("message").text())
    default: throw unreadable
    }
  }
}

extension Brake.Reason {
  var saved: Value {
    var fields: Fields = ["code": .string(code)]
    switch self {
    case .tooMany(let removals, let limit):
      fields["removals"] = .integer(removals)
      fields["limit"] = .integer(limit)
    case .tooLargeShare(let removals, let existing, let percent):
      fields["removals"] = .integer(removals)
      fields["existing"] = .integer(existing)
      fields["percent"] = .integer(percent)
    case .emptyDeclaration(let removals), .destroy(let removals): fields["removals"] = .integer(removals)
    case .protected(let address): fields["object"] = .string(address.description)
    }
    return .object(fields)
  }
}

extension PlanReader {
  func brakeReason() throws(Unreadable) -> Brake.Reason {
    switch try member("code").text() {
    case "too_many_deletes":
      return .tooMany(removals: try member("removals").count(), limit: try member("limit").count())
    case "too_large_share":
      return .tooLargeShare(
        removals: try member("removals").count(), existing: try member("existing").count(),
        percent: try member("percent").count())
    case "destroy": return .destroy(removals: try member("removals").count())
    case "empty_declaration": return .emptyDeclaration(removals: try member("removals").count())
    case "protected": return .protected(try member("object").address())
    default: throw unreadable
    }
  }
}
