import Reconciliation

/// A lease as a store holds it: the token outlives the holder, so that it only ever goes up.
struct LeaseState: Sendable, Hashable {
  let token: Int
  /// Nobody and no time: the lease was given back.
  let tenure: Tenure?

  struct Tenure: Sendable, Hashable {
    let holder: String
    let expiresAt: Timestamp

    init(holder: String, expiresAt: Timestamp) {
      self.holder = holder
      self.expiresAt = expiresAt
    }
  }

  init(token: Int, tenure: Tenure?) {
    self.token = token
    self.tenure = tenure
  }

  /// Before anybody held it.
  static let unheld = LeaseState(token: 0, tenure: nil)

  /// Who holds it at that moment; nothing when it is free or has expired.
  func holder(of name: String, at moment: Timestamp) -> Lease? {
    guard let tenure, tenure.expiresAt > moment else { return nil }
    return Lease(name: name, holder: tenure.holder, token: token, expiresAt: tenure.expiresAt)
  }

  /// Whether `lease` is still the one. An expired lease that nobody has taken over is: nothing happened in between.
  func confirms(_ lease: Lease) -> Bool { token == lease.token && tenure?.holder == lease.holder }
}

extension Lease {
  init(_ name: String, _ tenure: LeaseState.Tenure, token: Int) {
    self.init(name: name, holder: tenure.holder, token: token, expiresAt: tenure.expiresAt)
  }
}
