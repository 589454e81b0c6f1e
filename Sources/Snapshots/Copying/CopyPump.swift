public import Masking
public import PostgreSQL

/// Carries the rows of one `COPY … TO STDOUT` through their masks into one `COPY … FROM STDIN`: on one thread, in
/// constant memory, and without waiting for anything longer than the stall.
///
/// Transactions are the caller's, on both sides: what was written before a failure is rolled back by whoever began it.
public struct CopyPump {
  public let source: Session
  public let destination: Session
  /// `COPY (SELECT …) TO STDOUT`, and `COPY … FROM STDIN`, both in the format of the masker's plan.
  public let reading: String
  public let writing: String
  /// How long nothing may move on either side.
  public let stall: Duration

  public init(
    from source: Session, reading: String, to destination: Session, writing: String, stall: Duration
  ) {
    self.source = source
    self.reading = reading
    self.destination = destination
    self.writing = writing
    self.stall = stall
  }

  /// Runs to the end of the stream.
  ///
  /// After a failure of the destination or of a mask the source's session is closed, because its rows would still come;
  /// after one of the source the destination's is open and its transaction has failed.
  ///
  /// - Parameter progress: is told of every flush, which is a few thousand times per gigabyte.
  public func run(
    _ masker: inout RowMasker, progress: (CopyProgress) -> Void = { _ in }
  ) throws(CopyFailure) -> CopyProgress {
    let table = masker.plan.table
    let reader = try side(CopyFailure.source) { () throws(DatabaseError) in
      try source.beginCopyOut(reading, stall: stall, as: "reading \(table)")
    }
    let writer: CopyWriter
    do throws(DatabaseError) {
      writer = try destination.beginCopyIn(writing, stall: stall, as: "writing \(table)")
    } catch {
      reader.abandon()
      throw .destination(error)
    }
    do throws(CopyFailure) {
      try checkFormats(reader, writer, masker.plan)
      return try carry(reader, writer, &masker, progress)
    } catch {
      reader.abandon()
      writer.fail("the copy was given up")
      throw error
    }
  }

  private func checkFormats(_ reader: CopyReader, _ writer: CopyWriter, _ plan: RowPlan) throws(CopyFailure) {
    let format: CopyFormat = plan.format == .binary ? .binary : .text
    guard reader.format == format, writer.format == format else {
      throw .formats(reading: reader.format, writing: writer.format, planned: format)
    }
  }

  /// A flush of 64 KB costs the least: smaller ones are more calls, larger ones leave the caches.
  private static let flushSize = 65_536

  private func carry(
    _ reader: CopyReader, _ writer: CopyWriter, _ masker: inout RowMasker, _ progress: (CopyProgress) -> Void
  ) throws(CopyFailure) -> CopyProgress {
    var sink = ByteSink(capacity: Self.flushSize + 8_192)
    var done = CopyProgress()
    while let message = try side(CopyFailure.source, { () throws(DatabaseError) in try reader.next() }) {
      do throws(RowFailure) { try masker.mask(message, into: &sink) } catch { throw .refused(error) }
      done.bytesRead += message.count
      guard sink.count >= Self.flushSize else { continue }
      try flush(&sink, writer, &done)
      done.rows = reader.rows
      progress(done)
    }
    try flush(&sink, writer, &done)
    let written = try side(CopyFailure.destination) { () throws(DatabaseError) in try writer.finish() }
    guard written == reader.rows else { throw .rowsDiffer(read: reader.rows, written: written) }
    done.rows = written
    progress(done)
    return done
  }

  private func flush(
    _ sink: inout ByteSink, _ writer: CopyWriter, _ done: inout CopyProgress
  ) throws(CopyFailure) {
    guard sink.count > 0 else { return }
    do throws(DatabaseError) { try writer.write(sink.bytes) } catch { throw .destination(error) }
    done.bytesWritten += sink.count
    sink.removeAll()
  }

  @inline(__always)
  private func side<Result>(
    _ named: (DatabaseError) -> CopyFailure, _ body: () throws(DatabaseError) -> Result
  ) throws(CopyFailure) -> Result {
    do throws(DatabaseError) { return try body() } catch { throw named(error) }
  }
}

/// How far a stream has come: rows and bytes of COPY's format.
public struct CopyProgress: Sendable, Hashable {
  public var rows = 0
  public var bytesRead = 0
  public var bytesWritten = 0

  public init() {}
}

/// Why a stream ended before its end, and on which side.
public enum CopyFailure: Error, Sendable, Hashable {
  case source(DatabaseError)
  case destination(DatabaseError)
  /// A value that its mask does not serve, or a row that is not in the plan's format.
  case refused(RowFailure)
  /// The destination took another number of rows than the source gave.
  case rowsDiffer(read: Int, written: Int)
  case formats(reading: CopyFormat, writing: CopyFormat, planned: CopyFormat)

  public var databaseError: DatabaseError? {
    switch self {
    case .source(let error), .destination(let error): error
    default: nil
    }
  }
}

extension CopyFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .source(let error): "source \(error)"
    case .destination(let error): "destination \(error)"
    case .refused(let failure): failure.description
    case .rowsDiffer(let read, let written): "\(read) rows were read, and the destination took \(written)"
    case .formats(let reading, let writing, let planned):
      "COPY reads \(reading.rawValue) and writes \(writing.rawValue), and the plan says \(planned.rawValue)"
    }
  }
}
