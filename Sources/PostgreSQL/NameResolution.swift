import Runtime

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Gives the numeric addresses of a host in the order in which they should be tried, or the system's reason.
typealias Resolver = @Sendable (_ host: String) -> Result<[String], ResolutionFailure>

struct ResolutionFailure: Error, Sendable {
  let reason: String
}

/// The system's resolver. It blocks for as long as it likes, therefore it is only called through `abandonable`.
func systemAddresses(of host: String) -> Result<[String], ResolutionFailure> {
  var hints = addrinfo()
  hints.ai_family = AF_UNSPEC
  #if canImport(Glibc)
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
  #else
    hints.ai_socktype = SOCK_STREAM
  #endif
  var list: UnsafeMutablePointer<addrinfo>?
  let status = getaddrinfo(host, nil, &hints, &list)
  defer { if let list { freeaddrinfo(list) } }
  guard status == 0 else { return .failure(ResolutionFailure(reason: String(cString: gai_strerror(status)))) }
  var addresses: [String] = []
  var next = list
  while let entry = next?.pointee {
    if let address = numeric(entry), !addresses.contains(address) { addresses.append(address) }
    next = entry.ai_next
  }
  return .success(addresses)
}

private func numeric(_ entry: addrinfo) -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { buffer in
    let status = getnameinfo(
      entry.ai_addr, entry.ai_addrlen, buffer.baseAddress, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
    guard status == 0, let start = buffer.baseAddress else { return nil }
    return String(cString: start)
  }
}
