public import Reconciliation

/// A group of people at the identity provider, and what it is for.
public enum SSOGroup: Kind {
  public static let schema = Schema(
    "sso_group", in: "sso_groups", "A group of people at the identity provider, whom targets may be shared with.",
    [
      .prose("description", summary: "What the group is for."),
      .date("expires_at", summary: "The last day on which the group opens anything."),
    ])
}
