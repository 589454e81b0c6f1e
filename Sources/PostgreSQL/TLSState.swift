/// How a session is protected on its way.
public enum TLSState: Sendable, Hashable {
  /// TCP in the clear.
  case off
  /// A local socket: nothing leaves the machine.
  case unixSocket
  /// For example protocol "TLSv1.3", cipher "TLS_AES_256_GCM_SHA384".
  case on(version: String, cipher: String)
}

/// What was verified of the server's certificate.
public enum TLSVerification: String, Sendable, Hashable {
  /// Anybody on the way could be the server.
  case nothing
  /// The certificate comes from the named authority, for whatever host.
  case authority
  /// The certificate comes from the named authority and is made out to this host.
  case name
}
