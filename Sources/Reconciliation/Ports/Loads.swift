public import Documents

/// What a snapshot is loaded into, and what it must never be loaded over; variables and secrets are put in.
public struct LoadOrder: Sendable {
  public var workspace: String
  /// The target's name.
  public var target: String
  public var destination: DatabaseEndpoint
  /// It is the target's own destination, whose copy the control plane knows.
  public var isOwnDestination: Bool
  public var guarded: [GuardedDatabase]
  public var workers: Int
  /// The block `refresh` of the target.
  public var options: Value
  /// Ends sessions that are connected to the destination.
  public var disconnects: Bool

  public init(
    workspace: String, target: String, destination: DatabaseEndpoint, isOwnDestination: Bool,
    guarded: [GuardedDatabase], workers: Int, options: Value, disconnects: Bool
  ) {
    self.workspace = workspace
    self.target = target
    self.destination = destination
    self.isOwnDestination = isOwnDestination
    self.guarded = guarded
    self.workers = workers
    self.options = options
    self.disconnects = disconnects
  }
}

/// A database that nothing is ever loaded over.
public struct GuardedDatabase: Sendable {
  /// "the source of target.users", "environment.production, which is read-only".
  public var title: String
  public var endpoint: DatabaseEndpoint
  /// It is the source of the snapshot itself.
  public var isOwnSource: Bool
  /// False where a variable or a file of it is missing here, or where its name alone is to be compared.
  public var isAsked: Bool

  public init(title: String, endpoint: DatabaseEndpoint, isOwnSource: Bool, isAsked: Bool) {
    self.title = title
    self.endpoint = endpoint
    self.isOwnSource = isOwnSource
    self.isAsked = isAsked
  }
}

extension DatabaseEndpoint {
  /// Whether both say one database of one server, in words that mean the same: a false yes costs an error, a false no
  /// costs a source, so all ways to this machine count as one.
  public func isNamed(like other: DatabaseEndpoint) -> Bool {
    name == other.name && !places.isDisjoint(with: other.places)
  }

  private var name: String { parameters["dbname"] ?? parameters["user"] ?? "" }

  private var places: Set<String> {
    let ports = (parameters["port"] ?? "5432").split(separator: ",").map(String.init)
    let names = ["host", "hostaddr"].flatMap { keyword in
      (parameters[keyword]?.split(separator: ",").map(String.init) ?? []).enumerated().map { ($0, $1) }
    }
    let hosts = names.isEmpty ? [(0, "")] : names
    return Set(hosts.map { "\(Self.canonical($1)):\($0 < ports.count ? ports[$0] : ports.last ?? "5432")" })
  }

  private static func canonical(_ host: String) -> String {
    var host = host.lowercased()
    while host.hasSuffix(".") { host.removeLast() }
    let isHere = host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") || host == "::1" || host.hasPrefix("127.")
    return isHere ? "localhost" : host
  }
}
