public import Documents

/// What the declared checks of one object said.
public struct Verification: Sendable {
  public let address: Address
  /// `dev-cluster:5432/users_api_dev`
  public var subject: String
  public var checks: [CheckResult]
  /// A check that was not shown able to fail counts as failed.
  public var isStrict = false
  /// Set where no check could be run at all.
  public let failure: String?
  /// What was found by reading all of the database; nothing where only declared checks were asked for.
  public var found: CopyVerification?

  public init(address: Address, subject: String, checks: [CheckResult], failure: String? = nil) {
    self.address = address
    self.subject = subject
    self.checks = checks
    self.failure = failure
  }

  public var hasPassed: Bool { failure == nil && checks.allSatisfy { counts($0) } && found?.hasPassed ?? true }

  /// Whether a check counts as passed here.
  public func counts(_ check: CheckResult) -> Bool { check.hasPassed && !(isStrict && check.lacksProof) }
}

/// What one check said.
public struct CheckResult: Sendable {
  public let name: String
  public let about: String
  /// As people write it: `0`, `"x"`, `null`.
  public let expected: Value
  /// Nothing where the check could not be run, which is a failure.
  public let found: Value?
  /// Why it failed, as a sentence; nothing where it passed.
  public let failure: String?
  public let duration: Duration
  public let place: Place?
  /// Of a check that passed: whether it could have failed. Nothing where nobody asked.
  public var proof: CheckProof?

  public init(
    name: String, about: String, expected: Value, found: Value?, failure: String?, duration: Duration, place: Place?,
    proof: CheckProof? = nil
  ) {
    self.name = name
    self.about = about
    self.expected = expected
    self.found = found
    self.failure = failure
    self.duration = duration
    self.place = place
    self.proof = proof
  }

  public var hasPassed: Bool { failure == nil }
  public var isVacuous: Bool { if case .vacuous? = proof { hasPassed } else { false } }
  /// Why it was not shown able to fail.
  public var notProved: String? { if case .open(let reason, _)? = proof, hasPassed { reason } else { nil } }

  /// Its passing proves nothing, or nobody knows whether it does. What somebody declared not to be asked is not meant,
  /// and checks that data is whole are not: on an unmasked source they pass as they should.
  public var lacksProof: Bool {
    switch proof {
    case .vacuous?: hasPassed
    case .open(_, let isDeclared)?: hasPassed && !isDeclared && about == "privacy"
    case .able?, nil: false
    }
  }
}

/// Whether a check that passed could have failed. One that passes whatever the data are proves nothing.
public enum CheckProof: Sendable, Hashable {
  public enum Ground: String, Sendable, Hashable, CaseIterable {
    /// The database that the copy is of, where nothing is masked.
    case source
    /// Rows that were planted for it.
    case canary
  }

  /// It fails there.
  case able(Ground)
  /// It passes there too.
  case vacuous(Ground)
  /// Why that is not known, as a sentence without its end; and whether somebody declared that it is not to be asked.
  case open(String, isDeclared: Bool)

  /// As a sentence without its end.
  public var sentence: String {
    switch self {
    case .able(.source): "fails on the source, as it should"
    case .able(.canary): "fails on planted rows, as it should"
    case .vacuous(.source): "it passes on the source too, where nothing is masked, so that its passing proves nothing"
    case .vacuous(.canary): "it passes on planted personal data too, so that its passing proves nothing"
    case .open(let reason, _): "not proved: \(reason)"
    }
  }
}
