import PostgreSQL
import Reconciliation
import Runtime

/// The server of `sanitize.dst_url`: SQL that cannot be done where rows are read runs in a database there, so that no
/// clear row reaches the destination's server.
struct ScratchServer: Sendable {
  let server: MaintenanceConnection

  init(_ endpoint: DatabaseEndpoint, _ world: CopyWorld) throws(RefreshFailure) {
    do {
      server = MaintenanceConnection(
        try world.parameters(endpoint, endpoint.maintenanceDatabase), connectTimeout: world.connectTimeout,
        interrupt: world.interrupt)
    } catch { throw .unreachable(error) }
  }
}

/// What was found out about a scratch server before anything is copied.
struct ScratchLook: Sendable {
  /// It is the destination's own server, so that it keeps nothing away from it.
  var isDestination = false
  /// What is wrong with it, and what is worth knowing.
  var notes: [CopyNote] = []

  static let path = "sanitize.dst_url"
}

/// What a running server says of itself and of our role.
struct RunningServer: Sendable {
  /// Microseconds since 1970: when it was started, which it has in common with no other one.
  let startedAt: String
  let role: String
  let mayCreate: Bool
  let isStandby: Bool
  let major: Int

  static func read(in session: Session, deadline: Deadline) throws(DatabaseError) -> RunningServer {
    let rows = try session.query(
      """
      SELECT (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8,
        current_user, r.rolcreatedb OR r.rolsuper, pg_catalog.pg_is_in_recovery()
      FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
      """, deadline: deadline, as: "reading when the server was started")
    let row = rows.first
    return RunningServer(
      startedAt: row?[0] ?? "", role: row?[1] ?? "", mayCreate: row?[2] == "t", isStandby: row?[3] == "t",
      major: session.serverVersion / 10_000)
  }
}

extension ScratchLook {
  /// Asks the scratch server, and the two others whether they are the same.
  ///
  /// - Parameters:
  ///   - source: a session on the source.
  ///   - sourceIsStandIn: the source is a database of ours on the scratch server itself (`decant sanitize`).
  static func look(
    at endpoint: DatabaseEndpoint, for order: CopyOrder, beside source: Session, sourceIsStandIn: Bool,
    _ world: CopyWorld
  ) throws(RefreshFailure) -> ScratchLook {
    var look = ScratchLook()
    let scratch: RunningServer
    let session: Session
    do throws(RefreshFailure) {
      session = try world.connect(endpoint, database: endpoint.maintenanceDatabase)
      scratch = try reaching { () throws(DatabaseError) in
        try RunningServer.read(in: session, deadline: world.short)
      }
    } catch {
      if case .interrupted = error { throw error }
      look.notes = [unreachable(error)]
      return look
    }
    let origin = try reaching { () throws(DatabaseError) in try RunningServer.read(in: source, deadline: world.short) }
    look.judge(scratch, isSource: !sourceIsStandIn && origin.startedAt == scratch.startedAt)
    look.judge(session)
    try look.compare(scratch, origin, order.destination, world)
    return look
  }

  /// A server that says no has been reached; one that says nothing is unknown.
  private static func unreachable(_ error: RefreshFailure) -> CopyNote {
    var isUnknown = error.isLostConnection
    if case .unreachable(let failure) = error { isUnknown = failure.kind == .unreachable }
    return CopyNote(
      "scratch_reachable", .error, at: path, isInPolicy: false, "the scratch server: \(error.cause)",
      isUnknown: isUnknown)
  }

  private mutating func judge(_ scratch: RunningServer, isSource: Bool) {
    if isSource {
      notes.append(
        CopyNote(
          "scratch_is_source", .error, at: Self.path, isInPolicy: false,
          "the scratch server is the source's own: SQL that changes rows would run on production. Name another server"))
    }
    if scratch.isStandby {
      notes.append(
        CopyNote(
          "scratch_role_cannot_create", .error, at: Self.path, isInPolicy: false,
          "the scratch server is a standby and takes no writes. Name another one"))
    } else if !scratch.mayCreate {
      notes.append(
        CopyNote(
          "scratch_role_cannot_create", .error, at: Self.path, isInPolicy: false,
          "role \(scratch.role) may not create databases on the scratch server (ALTER ROLE \(doubleQuoted(scratch.role)) CREATEDB)"
        ))
    }
  }

  /// Clear rows go there.
  private mutating func judge(_ session: Session) {
    guard session.tls != .unixSocket, session.verified != .name else { return }
    notes.append(
      CopyNote(
        "tls_unverified", .warning, at: Self.path, isInPolicy: false,
        "clear rows go to the scratch server, and nothing proves who answers there. Give it sslmode=verify-full and sslrootcert"
      ))
  }

  private mutating func compare(
    _ scratch: RunningServer, _ source: RunningServer, _ destination: DatabaseEndpoint, _ world: CopyWorld
  ) throws(RefreshFailure) {
    let other: RunningServer
    do throws(RefreshFailure) {
      let session = try world.connect(destination, database: destination.maintenanceDatabase)
      other = try reaching { () throws(DatabaseError) in
        try RunningServer.read(in: session, deadline: world.short)
      }
    } catch {
      if case .interrupted = error { throw error }
      notes.append(
        CopyNote(
          QuarantineSQL.waivable, .error, at: Self.path, isInPolicy: false,
          "whether the scratch server is the destination's own is not known: \(error.cause)", isUnknown: true))
      return
    }
    isDestination = other.startedAt == scratch.startedAt
    guard !isDestination else { return }
    notes += [Self.defect(of: scratch.major, between: source.major, and: other.major)].compactMap(\.self)
  }

  /// What is wrong with the scratch server's version beside those of source and destination. Pure, so that versions can be
  /// tried that no machine has together.
  static func defect(of scratch: Int, between source: Int, and destination: Int) -> CopyNote? {
    guard !(source...max(source, destination)).contains(scratch) else { return nil }
    return CopyNote(
      "scratch_version", .error, at: path, isInPolicy: false,
      "the scratch server is PostgreSQL \(scratch), the source \(source) and the destination \(destination): what goes through it has to be restored on each in turn. Name one of a version between the two"
    )
  }
}
