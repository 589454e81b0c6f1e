import Synchronization

/// Remembers what was worked out of a text, so that the same text is worked out once per run.
///
/// It only saves time: what is kept has to depend on the text and nothing else.
public final class Memo: Sendable {
  private struct Key: Hashable {
    let type: ObjectIdentifier
    let text: String
  }

  private let kept = Mutex<[Key: any Sendable]>([:])

  public init() {}

  /// What `make` gave for this text and type before, or gives now.
  public func value<Result: Sendable>(for text: String, _ make: () -> Result) -> Result {
    let key = Key(type: ObjectIdentifier(Result.self), text: text)
    if let known = kept.withLock({ $0[key] }) as? Result { return known }
    let fresh = make()
    kept.withLock { $0[key] = fresh }
    return fresh
  }
}
