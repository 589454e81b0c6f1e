/// A database that is to be held against a policy, and everything that is known of how it was made.
public struct VerificationOrder: Sendable {
  /// Which database is looked at.
  public enum Subject: Sendable, Hashable {
    /// The target's destination as it is.
    case destination
    /// A stored snapshot (`0`, an id), restored into a scratch database that is dropped afterwards.
    case snapshot(String)
    /// A copy of so many rows of each table, made of the source by the policy as it is declared now.
    case sample(rows: Int)
    /// Such a copy again and again, each time with one rule broken: verification has to notice every one.
    case mutants(rows: Int)
    /// A database that somebody else has made; its endpoint is the copy's destination.
    case foreign
  }

  /// The source is a stand-in where `sourceProblem` says why it is none.
  public var copy: CopyOrder
  public var subject: Subject
  /// Why the source cannot be asked from here: a variable that is not set.
  public var sourceProblem: String?

  public var isSample: Bool {
    switch subject {
    case .sample, .mutants: true
    case .destination, .snapshot, .foreign: false
    }
  }

  public init(_ copy: CopyOrder, _ subject: Subject, sourceProblem: String? = nil) {
    (self.copy, self.subject, self.sourceProblem) = (copy, subject, sourceProblem)
  }
}

extension Copies {
  /// Nothing where no copies are looked at here.
  public func verify(
    _ order: VerificationOrder, check: @escaping @Sendable (DatabaseEndpoint) -> Verification?,
    progress: @escaping @Sendable (CopyProgress) -> Void
  ) -> Result<VerifiedCopy, WorkFailure>? { nil }
}

/// What was found in a database, and what the declared checks said of it.
public struct VerifiedCopy: Sendable {
  public var found: CopyVerification
  public var declared: Verification?

  public init(_ found: CopyVerification, declared: Verification?) { (self.found, self.declared) = (found, declared) }
}
