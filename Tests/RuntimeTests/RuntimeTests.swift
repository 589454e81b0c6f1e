import Foundation
import Runtime
import Synchronization
import Testing

@Suite struct InterruptTests {
  @Test func raisedOnceItStaysRaised() throws {
    let interrupt = try Interrupt()
    #expect(!interrupt.isRaised)
    interrupt.raise()
    #expect(interrupt.isRaised && interrupt.isRaised)
    #expect(interrupt.wait(until: .after(.seconds(600))))
  }

  @Test func aDeadlineEndsAWait() throws {
    let interrupt = try Interrupt()
    #expect(!interrupt.wait(until: .after(.zero)))
    #expect(!interrupt.wait(until: .after(.milliseconds(1))))
  }

  /// The other thread waits without end, unless it is woken.
  @Test func anotherThreadIsWoken() throws {
    let interrupt = try Interrupt()
    let results = concurrently([0, 1], limit: 2) { item in
      if item == 0 { return interrupt.wait(until: .after(.seconds(60))) }
      interrupt.raise()
      return interrupt.isRaised
    }
    #expect(results == [true, true])
  }

  /// What a signal handler does: one byte into the descriptor.
  @Test func oneByteRaisesIt() throws {
    let interrupt = try Interrupt()
    var byte: UInt8 = 1
    #expect(write(interrupt.raisingDescriptor, &byte, 1) == 1)
    #expect(interrupt.isRaised)
  }

  @Test func itsDescriptorsAreNotInherited() throws {
    let interrupt = try Interrupt()
    for descriptor in [interrupt.descriptor, interrupt.raisingDescriptor] {
      #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }
  }
}

@Suite struct ThreadsTests {
  @Test(arguments: [1, 2, 7, 500]) func resultsAreInTheOrderOfTheItems(_ limit: Int) {
    let items = Array(0..<100)
    #expect(concurrently(items, limit: limit) { $0 * $0 } == items.map { $0 * $0 })
  }

  @Test(arguments: [Int.min, 0, 1]) func aSmallLimitMeansOneByOne(_ limit: Int) {
    let most = Mutex((now: 0, most: 0))
    let results = concurrently([1, 2, 3], limit: limit) { item in
      most.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      defer { most.withLock { $0.now -= 1 } }
      return item
    }
    #expect(results == [1, 2, 3])
    #expect(most.withLock { $0.most } == 1)
  }

  @Test func noItemsNoThreads() {
    #expect(concurrently([Int](), limit: 4) { $0 } == [])
  }

  /// Two that wait for each other come to an end only if both run.
  @Test func itemsRunAtTheSameTime() throws {
    let (first, second) = (try Interrupt(), try Interrupt())
    let met = concurrently([true, false], limit: 2) { isFirst in
      (isFirst ? first : second).raise()
      return (isFirst ? second : first).wait(until: .after(.seconds(60)))
    }
    #expect(met == [true, true])
  }

  @Test func neverMoreThanTheLimit() {
    let running = Mutex((now: 0, most: 0))
    _ = concurrently(Array(0..<200), limit: 3) { item in
      running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      defer { running.withLock { $0.now -= 1 } }
      return (0..<200).reduce(item, +)
    }
    #expect((1...3).contains(running.withLock { $0.most }))
  }
}

@Suite struct DeadlineTests {
  @Test func whatIsLeftIsNeverNegativeAndRoundedUp() {
    #expect(Deadline.after(.seconds(-5)).milliseconds == 0)
    #expect(Deadline.after(.zero).hasPassed)
    let later = Deadline.after(.seconds(100))
    #expect(!later.hasPassed && (90_000...100_000).contains(later.milliseconds))
    #expect(Deadline.after(.seconds(100_000_000)).milliseconds == .max)
  }

  @Test func theEarlierOfTwo() {
    let (soon, late) = (Deadline.after(.seconds(10)), Deadline.after(.seconds(20)))
    #expect(soon.earlier(late) == soon && late.earlier(soon) == soon)
    #expect(soon.granted == .seconds(10))
  }

  @Test(arguments: [
    (Duration.milliseconds(250), "250 ms"), (.seconds(10), "10 s"), (.milliseconds(1_500), "1.5 s"),
    (.milliseconds(61_500), "61 s"), (.zero, "0 ms"),
  ]) func durationsAsSentencesSayThem(_ duration: Duration, _ text: String) {
    #expect(duration.spoken == text)
  }
}

@Suite struct SecretTests {
  static let value = "p@ss:w/rd \"ü"

  @Test func noRoadOfSwiftShowsIt() {
    let secret = Secret(Self.value)
    struct Holder { let secret: Secret? }
    var dumped = ""
    dump(Holder(secret: secret), to: &dumped)
    let texts = [
      "\(secret)", String(describing: secret), String(reflecting: secret), secret.debugDescription, dumped,
      "\(Optional(secret) as Any)", "\([secret])", "\(["key": secret])", "\(Holder(secret: secret))",
      String(reflecting: Holder(secret: secret)), String(describing: Mirror(reflecting: secret).children.map(\.value)),
    ]
    for text in texts { #expect(!text.contains("w/rd"), "\(text)") }
    #expect("\(secret)" == "(secret)")
    #expect(!((secret as Any) is any Encodable))
    #expect(!((secret as Any) is any Equatable))
  }

  @Test func itIsHandedOutForAMoment() throws {
    #expect(Secret(Self.value).withValue { $0.count } == Self.value.count)
    struct Refused: Error {}
    #expect(throws: Refused.self) { try Secret("x").withValue { _ throws(Refused) in throw Refused() } }
  }
}
