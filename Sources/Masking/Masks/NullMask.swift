/// `null`: NULL in place of every value. The codec writes it, told by the traits. A unique key takes any number of
/// NULLs (but for `NULLS NOT DISTINCT`), so that uniqueness counts as preserved.
struct NullMask: Mask {
  let traits = MaskTraits(makesNull: true, uniqueness: .preserved, maximumLength: 0)

  init(_ order: MaskOrder) throws(MaskRefusal) {
    guard order.column.isNullable else {
      throw MaskRefusal(
        "mask_null",
        "the column is NOT NULL, so that `null` cannot serve it; take a strategy that makes a value, such as `redact`")
    }
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {}

  /// No value is NULL.
  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { false }
}
