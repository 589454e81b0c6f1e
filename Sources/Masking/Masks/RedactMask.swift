/// `redact`: a fixed text, `[REDACTED]` without a `replacement`.
struct RedactMask: Mask {
  private let replacement: [UInt8]
  let traits: MaskTraits

  init(_ order: MaskOrder) throws(MaskRefusal) {
    let text = order.text("replacement") ?? "[REDACTED]"
    try order.requireRoom(for: text.unicodeScalars.count, "the `replacement`")
    replacement = Array(text.utf8)
    traits = MaskTraits(uniqueness: .lossy, maximumLength: text.unicodeScalars.count)
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    sink.append(replacement)
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { value.isExactly(replacement) }
}
