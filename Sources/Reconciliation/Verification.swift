public import Documents

/// What the declared checks of one object said.
public struct Verification: Sendable {
  public let address: Address
  /// `dev-cluster:5432/users_api_dev`
  public var subject: String
  public let checks: [CheckResult]
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

  public var hasPassed: Bool { failure == nil && checks.allSatisfy(\.hasPassed) && found?.hasPassed ?? true }
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

  public init(
    name: String, about: String, expected: Value, found: Value?, failure: String?, duration: Duration, place: Place?
  ) {
    self.name = name
    self.about = about
    self.expected = expected
    self.found = found
    self.failure = failure
    self.duration = duration
    self.place = place
  }

  public var hasPassed: Bool { failure == nil }
}
