/// The mask of a `character(n)` column, whose values end in spaces that mean nothing: neither the original's nor, when
/// the copy is verified, those that the server added to the mask.
struct PaddedMask: Mask {
  let base: any Mask

  var traits: MaskTraits { base.traits }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    try base.mask(value.withoutPadding, in: row, into: &sink)
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    base.recognises(value.withoutPadding) || base.recognises(value)
  }
}

extension MaskOrder {
  /// A domain does not say whether `character(n)` or `character varying(n)` is under it; either is treated as padded.
  func padded(_ mask: any Mask) throws(MaskRefusal) -> any Mask {
    let type = column.type
    let isPadded = type.name == "character" || type.name == "bpchar"
    let mayBePadded = !type.domains.isEmpty && column.maximumLength != nil
    return type.family == .text && (isPadded || mayBePadded) ? PaddedMask(base: mask) : mask
  }
}
