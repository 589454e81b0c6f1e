public import Masking
private import Synchronization

/// Takes the originals of masked columns while rows are being masked, from several workers at once.
///
/// Workers hand in fingerprints by the thousand, and one filter takes them under a lock: so memory is that of one
/// filter however many workers there are, and an hour of masking spends seconds here.
public final class OriginalsCollector: Sendable {
  public struct Budget: Sendable, Hashable {
    /// Bytes of memory for all layers together. 256 MB hold 65 million different originals.
    public var bytes: Int
    /// Where layers lie that do not fit; without it a filter that is full goes on and says by its chance how full.
    public var folder: String?

    public init(bytes: Int = 256 << 20, folder: String? = nil) { (self.bytes, self.folder) = (bytes, folder) }
  }

  public let fingerprinter: Fingerprinter
  private let keys: LeakKeys
  private let budget: Budget
  private let state: Mutex<State>

  private struct State {
    var layers: [FilterLayer]
    var spilled: [SpilledLayer] = []
    var counts = LeakCounts()
    var failure: SealedFilterError?
  }

  /// - Parameter expected: originals, about; a filter that turns out too small grows by further layers.
  public init(_ keys: LeakKeys, expecting expected: Int, budget: Budget = Budget()) {
    self.keys = keys
    self.budget = budget
    fingerprinter = Fingerprinter(keys)
    let wanted = max(Self.smallest, expected + expected / 4)
    let most = max(1, budget.bytes / FilterLayer.blockBytes)
    let first = FilterLayer(blocks: min(most, FilterLayer.blocks(for: wanted)))
    state = Mutex(State(layers: [first]))
  }

  /// How many originals ahead memory is brought near.
  private static let ahead = 16

  /// Half a megabyte, which most databases of a test never leave.
  private static let smallest = 100_000

  /// Who looks at the rows of one stream; nothing where the plan masks nothing whose originals are looked for.
  public func observer(of plan: RowPlan) -> OriginalsObserver? { OriginalsObserver(plan, self) }

  func insert(_ batch: UnsafeBufferPointer<HashedOriginal>) {
    state.withLock { state in
      guard var layer = state.layers.last else { return }
      for (index, original) in batch.enumerated() {
        if index + Self.ahead < batch.count { layer.prefetchForInsert(batch[index + Self.ahead].fingerprint) }
        let before = layer.distinct
        layer.insert(original.fingerprint)
        if layer.distinct > before, original.digits > 0 {
          state.counts.numbers[min(original.digits, LeakCounts.longestNumber)] += 1
        }
        guard layer.isFull else { continue }
        grow(&state)
        layer = state.layers.last ?? layer
      }
    }
  }

  /// Another layer while the budget lasts, twice the last one; then everything goes to disk, and a layer of half the
  /// budget begins.
  private func grow(_ state: inout State) {
    let used = state.layers.reduce(0) { $0 + $1.byteCount }
    let wanted = (state.layers.last?.byteCount ?? 0) * 2
    let room = min(wanted, budget.bytes - used)
    if room >= 1 << 16 || (room > 0 && budget.folder == nil && room >= FilterLayer.blockBytes) {
      state.layers.append(FilterLayer(blocks: room / FilterLayer.blockBytes))
      return
    }
    guard let folder = budget.folder, state.failure == nil else { return }
    do throws(SealedFilterError) {
      for layer in state.layers { state.spilled.append(try SpilledLayer.write(layer, keys, in: folder)) }
      state.counts.distinct += state.layers.reduce(0) { $0 + $1.distinct }
      state.layers = [FilterLayer(blocks: max(1, budget.bytes / FilterLayer.blockBytes))]
    } catch { state.failure = error }
  }

  func add(_ counts: LeakCounts) { state.withLock { $0.counts += counts } }

  /// The filter, when all workers have ended.
  ///
  /// - Throws: where a part could not be put on disk.
  public func finish() throws(SealedFilterError) -> LeakFilter {
    let (layers, spilled, counts, failure) = state.withLock { state in
      var counts = state.counts
      counts.distinct += state.layers.reduce(0) { $0 + $1.distinct }
      return (state.layers, state.spilled, counts, state.failure)
    }
    if let failure { throw failure }
    return LeakFilter(keys, counts, resident: layers, spilled: spilled)
  }
}

/// A fingerprint on its way into the filter, and of how many digits its original is; 0 for what is no number.
struct HashedOriginal {
  var fingerprint: KeyedFingerprint
  var digits: Int
}

/// Looks at the masked columns of one stream of rows. Used by one worker.
///
/// A stream that breaks and is read again hands in the same originals, which changes nothing; what it counted is added
/// only by `finish`.
public final class OriginalsObserver: RowObserver {
  public let watched: [Int]
  private let columns: WatchedColumns
  private let collector: OriginalsCollector
  // Both are used for every value, and by one thread: nothing else can be at them.
  @exclusivity(unchecked) private var reader = OriginalsReader()
  @exclusivity(unchecked) private var batch: OriginalsBatch

  init?(_ plan: RowPlan, _ collector: OriginalsCollector) {
    watched = plan.columnsWithOriginals
    guard !watched.isEmpty else { return nil }
    columns = WatchedColumns(plan)
    self.collector = collector
    batch = OriginalsBatch(collector)
  }

  public func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
    guard let original else { return }
    reader.read(original, of: columns[column], into: &batch)
  }

  public func finishedRow() {}

  public var takesNotes: Bool { true }
  public var note: UInt8 { reader.note }
  public func sawAgain(column: Int, note: UInt8) { reader.readAgain(note) }

  /// Hands in what is left, and what was counted.
  public func finish() {
    batch.flush()
    collector.add(reader.takeCounts())
  }
}

/// Originals on their way to the collector, whose lock is taken once for thousands. The owner of its memory.
private struct OriginalsBatch: ~Copyable, OriginalTaker {
  private let collector: OriginalsCollector
  private let fingerprinter: Fingerprinter
  private let originals: UnsafeMutablePointer<HashedOriginal>
  private var filled = 0

  private static let size = 2_048

  init(_ collector: OriginalsCollector) {
    self.collector = collector
    fingerprinter = collector.fingerprinter
    originals = .allocate(capacity: Self.size)
  }

  deinit {
    collector.insert(UnsafeBufferPointer(start: originals, count: filled))
    originals.deallocate()
  }

  @inline(__always)
  mutating func put(_ key: UnsafeRawBufferPointer, isDigits: Bool) {
    (originals + filled).initialize(
      to: HashedOriginal(fingerprint: fingerprinter.fingerprint(key), digits: isDigits ? key.count : 0))
    filled += 1
    if filled == Self.size { flush() }
  }

  mutating func flush() {
    guard filled > 0 else { return }
    collector.insert(UnsafeBufferPointer(start: originals, count: filled))
    filled = 0
  }
}

extension RowPlan {
  /// Places of the columns whose originals are looked for in the copy.
  public var columnsWithOriginals: [Int] { columns.indices.filter { columns[$0].mask?.hasOriginals ?? false } }
}
