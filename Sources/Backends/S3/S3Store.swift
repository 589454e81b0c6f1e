import Documents
public import HTTP
public import Reconciliation
public import Runtime

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A bucket as an object store: S3's protocol, signed here, on any server that speaks it.
public final class S3Store: ObjectStore {
  public var title: String { place.title }
  let place: S3Place
  let signing: AWSSigning
  let client: HTTPClient
  let limits: HTTPLimits
  let partSize: Int
  let clock: @Sendable () -> Int
  let attempts: Int

  /// How the server is spoken to.
  public struct Settings: Sendable {
    /// Certificates in PEM to trust in place of the system's.
    public var certificateFile: String?
    /// None is used without this, whatever the environment says.
    public var proxy: String?
    public var connect = Duration.seconds(10)
    /// For how long nothing may move, which is also for how long the server may think.
    public var stall = Duration.seconds(60)
    /// Larger files go up in parts of this size, each checked by the server. S3 wants at least 5 MB.
    public var partSize = 64 << 20
    /// How often a request is sent that may be sent again.
    public var attempts = 4
    public var interrupt: Interrupt?

    public init(interrupt: Interrupt? = nil) { self.interrupt = interrupt }
  }

  /// `clock` gives seconds since 1970: servers refuse signatures that are more than 15 minutes off.
  public init(
    _ place: S3Place, _ credentials: AWSCredentials, _ settings: Settings = Settings(),
    clock: @escaping @Sendable () -> Int = S3Store.systemClock
  ) {
    self.place = place
    signing = AWSSigning(credentials, region: place.region)
    client = HTTPClient(HTTPClient.Settings(certificateFile: settings.certificateFile, proxy: settings.proxy))
    limits = HTTPLimits(connect: settings.connect, stall: settings.stall, interrupt: settings.interrupt)
    partSize = max(1, settings.partSize)
    attempts = max(1, settings.attempts)
    self.clock = clock
  }

  /// Of this machine.
  public static let systemClock: @Sendable () -> Int = { Int(time(nil)) }

  public func get(_ key: ObjectKey, into path: String, expecting sha256: String) throws(ObjectStoreError) {
    let call = S3Call(.get, key.description, "get", subject(key))
    try again(call) { () throws(S3Problem) in
      // A new file for each attempt: what came before the connection broke is thrown away.
      let sink: FileSink
      do throws(FileOnDisk.Problem) { sink = FileSink(try FileInMaking(path)) } catch { throw call.local(error, path) }
      do throws(S3Problem) { _ = try send(call, into: sink) } catch {
        throw sink.problem.map { call.local($0, path) } ?? error
      }
      let isWhole: Bool
      do throws(FileOnDisk.Problem) {
        isWhole = try sink.making.finish().sha256 == sha256
        if isWhole { try sink.making.appear() }
      } catch { throw call.local(error, path) }
      if !isWhole { throw call.problem(.damaged, "it is not what was stored: its SHA-256 is another") }
    }
  }

  public func read(_ key: ObjectKey, mostBytes: Int) throws(ObjectStoreError) -> [UInt8] {
    let call = S3Call(.get, key.description, "read", subject(key))
    return try again(call) { () throws(S3Problem) in try send(call, mostBytes: mostBytes).body }
  }

  public func head(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectInfo? {
    guard let answer = try headAnswer(key.description) else { return nil }
    guard let bytes = answer["content-length"].flatMap({ Int($0) }) else {
      throw ObjectStoreError(.failed, "look at", subject(key), "the server does not say its size")
    }
    return ObjectInfo(name: key.description, bytes: bytes)
  }

  func headAnswer(_ name: String) throws(ObjectStoreError) -> HTTPAnswer? {
    let call = S3Call(.head, name, "look at", "\(title)/\(name)")
    do throws(ObjectStoreError) { return try again(call) { () throws(S3Problem) in try send(call) } } catch {
      if error.kind == .missing { return nil }
      throw error
    }
  }

  public func delete(_ key: ObjectKey) throws(ObjectStoreError) {
    let call = S3Call(.delete, key.description, "remove", subject(key))
    do throws(ObjectStoreError) { _ = try again(call) { () throws(S3Problem) in try tidy(call) } } catch {
      // A missing bucket says so too; then there is nothing to remove either.
      if error.kind != .missing { throw error }
    }
  }

  func subject(_ key: ObjectKey) -> String { "\(title)/\(key)" }
}

/// Takes the body of an answer into a file.
private final class FileSink: HTTPSink {
  let making: FileInMaking
  private(set) var problem: FileOnDisk.Problem?

  init(_ making: FileInMaking) { self.making = making }

  func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPSinkRefusal) {
    do throws(FileOnDisk.Problem) { try making.write(bytes) } catch {
      problem = error
      throw HTTPSinkRefusal(error.text)
    }
  }
}

extension S3Call {
  fileprivate func local(_ problem: FileOnDisk.Problem, _ path: String) -> S3Problem {
    self.problem(problem.isFull ? .full : .failed, "\(path): \(problem.text)")
  }
}
