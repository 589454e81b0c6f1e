import Masking

/// A URL that names a user: `scheme://user@host`, a profile's page, or a parameter that holds one.
public struct URLUserDetector: Detector {
  public init() {}

  public let kind = "url_user"
  public let title = "a URL with a user in it"
  public let formWeight = 0.8
  public let words = ColumnWords(
    strong: ["profile url", "linkedin", "facebook", "twitter", "instagram", "github profile"],
    weak: ["url", "link", "website", "homepage", "referrer", "referer"])

  private static let segments: [StaticString] = [
    "/users/", "/user/", "/profile/", "/profiles/", "/in/", "/~", "/@", "/u/",
  ]
  private static let parameters: [StaticString] = [
    "email=", "user=", "username=", "login=", "phone=", "access_token=", "token=", "password=", "api_key=", "name=",
  ]

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (10...4096).contains(value.count), let colon = value.firstIndex(of: UInt8(ascii: ":")), colon > 1, colon < 20,
      value.starts(withText: "://", at: colon)
    else { return .none }
    for index in 0..<colon where !value[index].isAlphanumeric && value[index] != UInt8(ascii: "+") { return .none }
    return look(value, from: colon + 3)
  }

  private func look(_ value: UnsafeRawBufferPointer, from start: Int) -> ValueMatch {
    var (path, at) = (value.count, -1)
    for index in start..<value.count {
      let byte = value[index]
      guard byte > 0x20 else { return .none }
      if byte == UInt8(ascii: "@"), path == value.count { at = index }
      if path == value.count, byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") { path = index }
    }
    let host = value.part(max(start, at + 1), path)
    let isFound = at > start || hasUser(value, from: path)
    return !isFound ? .none : PublishedValues.isDomain(host.withoutPort) ? .published : .form
  }

  private func hasUser(_ value: UnsafeRawBufferPointer, from path: Int) -> Bool {
    for index in path..<value.count {
      let byte = value[index]
      if byte == UInt8(ascii: "/") {
        for segment in Self.segments where value.starts(withText: segment, at: index) {
          if isName(value, from: index + segment.utf8CodeUnitCount) { return true }
        }
      } else if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "&") {
        for parameter in Self.parameters where value.starts(withText: parameter, at: index + 1) {
          if index + 1 + parameter.utf8CodeUnitCount < value.count { return true }
        }
      }
    }
    return false
  }

  /// A segment with a letter in it that is no number and no uuid.
  private func isName(_ value: UnsafeRawBufferPointer, from start: Int) -> Bool {
    var (end, letters, others) = (start, 0, 0)
    while end < value.count, value[end] != UInt8(ascii: "/"), value[end] != UInt8(ascii: "?"), end - start < 64 {
      if value[end].isLetter { letters += 1 }
      if value[end].isLetter, !value[end].isHexadecimal { others += 1 }
      end += 1
    }
    return letters > 1 && (others > 0 || end - start < 16)
  }
}

extension UnsafeRawBufferPointer {
  fileprivate var withoutPort: UnsafeRawBufferPointer { part(0, firstIndex(of: UInt8(ascii: ":")) ?? count) }
}
