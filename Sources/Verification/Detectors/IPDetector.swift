public import Masking

/// An address of the public network: one that can lead to a person.
public struct IPDetector: Detector {
  public init() {}

  public let kind = "ip"
  public let title = "an IP address"
  public let formWeight = 0.7
  public let words = ColumnWords(
    strong: ["ip", "ip address", "ipaddress", "ipaddr", "client ip", "remote addr", "adresse ip", "direccion ip"],
    weak: ["remote", "client", "host", "source", "addr"])

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard let address = IPAddress(value) else { return .none }
    // A network is nobody's address, unless it is one host.
    if let length = address.length, length < address.family.bits { return .published }
    return PublishedValues.isNetwork(address) ? .published : .form
  }

  public func serves(_ family: ColumnType.Family) -> Bool { family == .text || family == .network }
}
