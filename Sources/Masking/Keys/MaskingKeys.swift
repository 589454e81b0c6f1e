public import Runtime

/// The keys of one workspace: derived from its master secret, which never leaves this value.
public struct MaskingKeys: Sendable {
  let master: Secret
  public let workspace: String

  public init(master: Secret, workspace: String) {
    self.master = master
    self.workspace = workspace
  }
}
