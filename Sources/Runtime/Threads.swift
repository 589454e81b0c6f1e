private import Synchronization

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Runs `body` for each item on threads of their own, at most `limit` at once, and gives the results in the order of
/// the items.
///
/// Outside calls block (libpq, SQLite), so they get real threads and not the cooperative pool, which has one thread
/// per core and would stand still.
public func concurrently<Item: Sendable, Result: Sendable>(
  _ items: [Item], limit: Int, _ body: @escaping @Sendable (Item) -> Result
) -> [Result] {
  let width = min(max(1, limit), items.count)
  guard width > 1 else { return items.map(body) }
  let work = SharedWork(items: items, body: body)
  let threads = (1..<width).compactMap { _ in Thread.start { work.run() } }
  work.run()
  for thread in threads { thread.join() }
  return work.results
}

/// The items that `concurrently` has still to do, and the results so far.
private final class SharedWork<Item: Sendable, Result: Sendable>: Sendable {
  private let items: [Item]
  private let body: @Sendable (Item) -> Result
  private let state: Mutex<(next: Int, results: [Result?])>

  init(items: [Item], body: @escaping @Sendable (Item) -> Result) {
    self.items = items
    self.body = body
    state = Mutex((0, Array(repeating: nil, count: items.count)))
  }

  func run() {
    while let index = take() {
      let result = body(items[index])
      state.withLock { $0.results[index] = result }
    }
  }

  private func take() -> Int? {
    state.withLock { state in
      guard state.next < items.count else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  var results: [Result] { state.withLock { $0.results.compactMap { $0 } } }
}

/// A POSIX thread with a stack that is large enough for libpq and OpenSSL.
public struct Thread {
  private let handle: pthread_t

  /// Nothing where the system has no thread left: the caller then does the work itself.
  public static func start(_ body: @escaping @Sendable () -> Void) -> Thread? {
    let box = Unmanaged.passRetained(Body(body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, 1 << 20)
    var handle = pthread_t()
    guard pthread_create(&handle, &attributes, runBody, box.toOpaque()) == 0 else {
      box.release()
      return nil
    }
    return Thread(handle: handle)
  }

  public func join() { pthread_join(handle, nil) }

  /// Lets the thread end by itself: for a call that cannot be given a deadline and may never come back.
  public func abandon() { pthread_detach(handle) }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private static let runBody: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
    if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
    return nil
  }
}
