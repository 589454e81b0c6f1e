/// How rows look on their way (manual, COPY, "File Formats").
public enum CopyFormat: String, Sendable, Hashable {
  case text, binary

  /// The option for `COPY … WITH (…)`.
  public var option: String { "FORMAT \(rawValue)" }
}

enum CopyDirection {
  case out, into
}
