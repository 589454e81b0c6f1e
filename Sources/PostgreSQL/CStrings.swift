#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// The texts as an array of C strings with a null at its end, for the time of the call.
func withCStrings<Result>(
  _ texts: [String?], _ use: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
  let copies = texts.map { text in text.flatMap { strdup($0) } }
  defer { copies.forEach { free($0) } }
  let pointers = copies.map { $0.map { UnsafePointer($0) } } + [nil]
  return pointers.withUnsafeBufferPointer { use($0.baseAddress) }
}
