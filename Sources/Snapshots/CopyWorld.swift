public import Documents
public import PostgreSQL
public import Reconciliation
public import Runtime
public import Verification

/// What a copy needs of the outside, handed in by the executable.
public struct CopyWorld: Sendable {
  /// What is asked for.
  public enum Manner: Sendable, Hashable {
    /// A whole copy, whatever is left of earlier runs.
    case anew
    /// A copy, from where the last run has left off.
    case resumed
    /// No copy: the finished one that waits for its place.
    case publishing
    /// A whole copy of which the archive alone is kept; the destination stays as it is.
    case archiving
  }

  /// How a database of an endpoint is reached, or another one of its server.
  public typealias Parameters =
    @Sendable (_ endpoint: DatabaseEndpoint, _ database: String?) throws(DatabaseFailure) -> ConnectionParameters

  /// How the place is opened where a storage profile keeps archives. With the interrupt, Ctrl-C ends its calls; the
  /// profile is known by its name.
  public typealias Stores =
    @Sendable (_ storage: CopyOrder.Storage, _ interrupt: Interrupt?) throws(Failure) -> any ObjectStore

  /// Signs the proof of a finished copy and keeps it; gives the place, for people.
  public typealias KeepingProof = @Sendable (_ proof: Proof) throws(Failure) -> String

  public var parameters: Parameters
  public var interrupt: Interrupt
  /// Who acts, and the id of the run.
  public var actor: String
  public var run: String
  public var connectTimeout: Duration
  /// For each question that is not known to take long.
  public var statementTimeout: Duration
  /// How long nothing may move in a stream of rows.
  public var stall: Duration
  /// How long a lease that somebody else holds is waited for.
  public var leaseWait: Duration
  /// Where pg_dump and pg_restore are looked for.
  public var tools: ClientTools.Places
  public var manner: Manner
  /// What sources were seen to hold in this run.
  let looks = SourceLooks()
  public var store: Stores
  /// Where folders are made for archives on their way to a store and back; a copy's whole dump has to fit.
  public var scratchFolder: String
  /// Nothing where nobody wants proofs.
  public var keepProof: KeepingProof?
  /// The document of a proof that was kept; nothing where there is none.
  public var recallProof: @Sendable (_ target: String, _ snapshot: SnapshotID) -> Value? = { _, _ in nil }
  /// Of the program, for proofs.
  public var toolVersion = ""

  public init(
    parameters: @escaping Parameters, interrupt: Interrupt, actor: String, run: String,
    connectTimeout: Duration = .seconds(10), statementTimeout: Duration = .seconds(60),
    stall: Duration = .seconds(120), leaseWait: Duration = .zero, tools: ClientTools.Places = .init(),
    manner: Manner = .anew, store: @escaping Stores = CopyWorld.noStore, scratchFolder: String = "/tmp"
  ) {
    self.parameters = parameters
    self.interrupt = interrupt
    self.actor = actor
    self.run = run
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    self.stall = stall
    self.leaseWait = leaseWait
    self.tools = tools
    self.manner = manner
    self.store = store
    self.scratchFolder = scratchFolder
  }

  /// Where no archives are kept.
  public static let noStore: Stores = { storage, _ throws(Failure) in
    throw Failure("open", "storage_profile.\(storage.profile)", cause: "no archives are kept here")
  }

  func connect(_ endpoint: DatabaseEndpoint, database: String? = nil) throws(RefreshFailure) -> Session {
    let parameters: ConnectionParameters
    do { parameters = try self.parameters(endpoint, database) } catch { throw .unreachable(error) }
    return try connect(parameters)
  }

  func connect(_ parameters: ConnectionParameters) throws(RefreshFailure) -> Session {
    do {
      return try Session(connecting: parameters, deadline: .after(connectTimeout), interrupt: interrupt)
    } catch { throw RefreshFailure(error) }
  }

  var short: Deadline { .after(statementTimeout) }
}
