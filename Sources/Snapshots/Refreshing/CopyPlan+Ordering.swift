import Documents
import Masking
import Reconciliation

extension CopyPlan {
  /// What an order means for a schema.
  init(_ order: CopyOrder, _ schema: DatabaseSchema) {
    self.init(
      policy: MaskingPolicy(spec: order.policy ?? .object(Fields())), schema: schema, keys: order.keys,
      make: { maskOrder throws(MaskRefusal) in try maskOrder.mask() })
  }

  /// What is to be said of it, in the words of the port.
  func notes(_ order: CopyOrder) -> [CopyNote] {
    problems.map { problem in
      CopyNote(problem.code, Severity(problem.severity), at: problem.path, isInPolicy: true, problem.message)
    }
  }
}

extension Severity {
  fileprivate init(_ severity: CopyProblem.Severity) {
    switch severity {
    case .error: self = .error
    case .warning: self = .warning
    case .note: self = .note
    }
  }
}
