/// JSON text of values; the reader is beside it.
public enum JSON {
  public static func canonical(_ value: Value) -> String { "" }
}
