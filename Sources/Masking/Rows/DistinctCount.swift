/// How many different values there were, about: the standard error is 1.2 parts of a hundred, so nearly all counts are
/// within three. Small numbers are next to exact.
///
/// HyperLogLog (Flajolet and others, 2007) with the estimator of Ertl ("New cardinality estimation algorithms for
/// HyperLogLog sketches", 2017, section 4), which needs no table of corrections: each value sets one of many registers to
/// how many zeros its hash begins with, if that is more than what is there. So values that come again change nothing, and
/// two counts are joined by the greater of each two registers.
public struct DistinctCount: Sendable, Hashable {
  private(set) var state: State

  enum State: Hashable {
    case registers([UInt8])
    /// Of a small table: place and content of the registers that are set, so that thousands of tables take little memory.
    case few([UInt32])
    /// What was counted in another run.
    case told(Int)
  }

  public init() { state = .told(0) }
  public init(told count: Int) { state = .told(count) }

  fileprivate init(_ registers: UnsafeBufferPointer<UInt8>) {
    let few = registers.enumerated().compactMap { $1 > 0 ? UInt32($0) << 8 | UInt32($1) : nil }
    state = few.count < registers.count / 8 ? .few(few) : .registers(Array(registers))
  }

  private var registers: [UInt8]? {
    switch state {
    case .registers(let registers): return registers
    case .told: return nil
    case .few(let few):
      var registers = [UInt8](repeating: 0, count: DistinctRegisters.byteCount)
      for one in few { registers[Int(one >> 8)] = UInt8(truncatingIfNeeded: one) }
      return registers
    }
  }

  public var estimate: Int {
    if case .told(let count) = state { return count }
    // Registers that can go no further would mean more values than there are numbers.
    return Int(min((registers ?? []).estimate.rounded(), 1e15))
  }

  /// Values that both have seen count once. Of what was told alone nothing is known but its number, so nothing is added
  /// to it.
  public static func += (left: inout Self, right: Self) {
    guard let ours = left.registers, let theirs = right.registers else {
      if left.state == .told(0) { left = right }
      return
    }
    left = zip(ours, theirs).map { max($0, $1) }.withUnsafeBufferPointer { DistinctCount($0) }
  }
}

/// Different values of a column that came, and different ones that went on. NULL is none of them.
public struct DistinctCounts: Sendable, Hashable {
  public var arriving: DistinctCount
  public var leaving: DistinctCount

  public init(arriving: DistinctCount, leaving: DistinctCount) { (self.arriving, self.leaving) = (arriving, leaving) }
}

extension DistinctCounts? {
  static func += (left: inout Self, right: Self) {
    guard let right else { return }
    left?.arriving += right.arriving
    left?.leaving += right.leaving
  }
}

/// The registers of one count while values are passing; their memory belongs to whoever made this.
struct DistinctRegisters {
  static let bits = 13
  static let byteCount = 1 << bits

  private let registers: UnsafeMutablePointer<UInt8>
  private let seed: UInt64

  /// Another one in each process, so that nobody can choose values by their hashes and falsify a count.
  static let seed = UInt64.random(in: 1 ... .max)

  /// - Parameter registers: `byteCount` zeros.
  init(_ registers: UnsafeMutablePointer<UInt8>, seed: UInt64 = DistinctRegisters.seed) {
    (self.registers, self.seed) = (registers, seed)
  }

  @inline(__always)
  func see(_ value: UnsafeRawBufferPointer) {
    let hash = value.spread(seed)
    let place = Int(truncatingIfNeeded: hash >> UInt64(64 - Self.bits))
    // The one at the end bounds the zeros by what the hash has left.
    let zeros = (hash << UInt64(Self.bits) | 1 << UInt64(Self.bits - 1)).leadingZeroBitCount
    let rank = UInt8(truncatingIfNeeded: zeros + 1)
    if rank > registers[place] { registers[place] = rank }
  }

  var count: DistinctCount {
    DistinctCount(UnsafeBufferPointer(start: registers, count: Self.byteCount))
  }
}

extension [UInt8] {
  fileprivate var estimate: Double {
    let (size, last) = (Double(count), 64 - DistinctRegisters.bits + 1)
    var registers = [Double](repeating: 0, count: last + 1)
    for rank in self { registers[Int(rank)] += 1 }
    guard size > 0, registers[0] < size else { return 0 }
    var sum = size * filled(1 - registers[last] / size)
    for rank in stride(from: last - 1, through: 1, by: -1) { sum = (sum + registers[rank]) / 2 }
    sum += size * empty(registers[0] / size)
    return size * size / (2 * 0.693_147_180_559_945_3) / sum
  }
}

/// Ertl's σ: what registers that no value has set say.
private func empty(_ share: Double) -> Double {
  var (power, weight, sum, before) = (share, 1.0, share, -1.0)
  while sum != before {
    power *= power
    before = sum
    sum += power * weight
    weight += weight
  }
  return sum
}

/// Ertl's τ: what registers that can go no further say.
private func filled(_ share: Double) -> Double {
  guard share > 0, share < 1 else { return 0 }
  var (root, weight, sum, before) = (share, 1.0, 1 - share, -1.0)
  while sum != before {
    root = root.squareRoot()
    before = sum
    weight /= 2
    sum -= (1 - root) * (1 - root) * weight
  }
  return sum / 3
}

extension UnsafeRawBufferPointer {
  /// A number in which every bit hangs on every bit of the value and of the seed (the end of MurmurHash3).
  @inline(__always)
  fileprivate func spread(_ seed: UInt64) -> UInt64 {
    var hash = mixed(from: seed)
    hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
    hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return hash ^ hash >> 33
  }
}
