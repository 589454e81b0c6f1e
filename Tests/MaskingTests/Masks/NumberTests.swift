import Documents
import Testing

@testable import Masking

@Suite struct NumberTests {
  @Test(arguments: [
    (Value.integer(10), "123", "120"), (10, "-123", "-130"), (10, "120", "120"), (10, "-120", "-120"), (10, "7", "0"),
    (10, "123.45", "120.00"), (10, "-0.00", "0.00"), (.number(0.5), "123.74", "123.50"), (.number(0.5), "9", "9"),
    (.number(2.5), "8", "7.5"), (100, "1.5e+3", "1500"), (100, "1.59e+03", "1500"), (1, "1.5e-05", "0"),
    (10, "NaN", "NaN"), (10, "-Infinity", "-Infinity"),
    (7, "100000000000000000000000000", "99999999999999999999999998"),
    (.number(0.01), "1.239", "1.230"), (10, "-9.99", "0.00"), (10, "-19.99", "-20.00"), (1000, "-999.5", "0.0"),
  ])
  func roundsDownInDecimal(_ example: (step: Value, value: String, mask: String)) throws {
    let numbers = try mask(order("generalize", ["step": example.step], type: .numeric, typeName: "numeric"))
    #expect(try masked(numbers, example.value) == example.mask)
    #expect(recognises(numbers, example.mask))
  }

  @Test func integersStayInTheirRange() throws {
    for (bytes, smallest) in [(2, Int64(Int16.min)), (4, Int64(Int32.min)), (8, Int64.min)] {
      let numbers = try mask(order("generalize", ["step": 1000], type: .integer(bytes: bytes), typeName: "int"))
      let result = try #require(Int64(try masked(numbers, String(smallest))))
      #expect(result == smallest / 1_000 * 1_000)
      #expect(try masked(numbers, "-1") == "-1000")
      #expect(try masked(numbers, "999") == "0")
      #expect(!recognises(numbers, "999") && !recognises(numbers, "x") && recognises(numbers, "-3000"))
    }
  }

  @Test func floatsHaveRoomForADigitMore() throws {
    let numbers = try mask(order("generalize", ["step": 10], type: .float(bytes: 8), typeName: "double precision"))
    #expect(try masked(numbers, "-9.5") == "-10.0")
    #expect(try masked(numbers, "-1.5e+20") == "-150000000000000000000")
  }

  @Test func noiseStaysNear() throws {
    let noise = try mask(order("noise", ["percent": 10], type: .numeric, typeName: "numeric"))
    var (up, down) = (0, 0)
    for number in 10_000..<10_500 {
      let result = try masked(noise, "\(number).00")
      let value = try #require(Double(result))
      #expect(result.wholeMatch(of: /\d+\.\d\d/) != nil)
      #expect(abs(value - Double(number)) <= Double(number) / 10 + 0.01)
      if value > Double(number) { up += 1 } else { down += 1 }
    }
    #expect(up > 150 && down > 150)
  }

  @Test(arguments: ["0", "0.00", "NaN", "Infinity", "-Infinity"])
  func someNumbersStay(_ value: String) throws {
    #expect(try masked(mask(order("noise", type: .float(bytes: 8), typeName: "float8")), value) == value)
  }

  /// `numeric(5,2)`, `int2` and `float4` would not take a digit or a power more.
  @Test func noiseNeverOverflows() throws {
    let numeric = try mask(order("noise", ["percent": 100], type: .numeric, typeName: "numeric"))
    for tenth in 0..<300 { #expect(try masked(numeric, "99\(tenth % 10).\(10 + tenth % 90)").utf8.count <= 6) }
    let near = try mask(order("noise", ["percent": 10], type: .numeric, typeName: "numeric"))
    for number in 900...999 {
      let result = try #require(Int(try masked(near, String(number))))
      #expect(abs(result - number) <= 100 && result < 1_000)
    }
    for (bytes, largest) in [(2, Int64(Int16.max)), (4, Int64(Int32.max)), (8, Int64.max)] {
      let noise = try mask(order("noise", ["percent": 100], type: .integer(bytes: bytes), typeName: "int"))
      for number in Int64(0)..<200 {
        let up = try #require(Int64(try masked(noise, String(largest - number))))
        #expect(up >= 0 && up <= largest)
        let low = try #require(Int64(try masked(noise, String(-largest - 1 + number))))
        #expect(low <= 0 && low >= -largest - 1)
      }
    }
    let float = try mask(order("noise", ["percent": 100], type: .float(bytes: 4), typeName: "float4"))
    for digit in 1...9 {
      #expect(try #require(Float(try masked(float, "3.\(digit)e+38"))).isFinite || digit > 4)
      #expect(try masked(float, "-1.\(digit)e-05").hasSuffix("e-05"))
    }
  }

  @Test func longNumbersAreExact() throws {
    let noise = try mask(order("noise", ["percent": 1], type: .numeric, typeName: "numeric"))
    let value = "5" + String(repeating: "123456789", count: 1_000)
    let result = try masked(noise, value)
    #expect(result.utf8.count == value.utf8.count && result != value)
    // One percent of 5123… moves the first two digits to 50 … 51.
    #expect(["50", "51"].contains(result.prefix(2)))
    // Not more than the scale of the factor, nine digits, is cut off: the rest is a product, not a copy.
    #expect(!result.contains("123456789123456789"))
  }

  @Test(arguments: ["", "-", ".", "1.2.3", "1e", "1e+", "12a", "$1.00", " 1", "1e99999"])
  func whatIsNoNumberFails(_ value: String) throws {
    for strategy in ["noise", "generalize"] {
      let numbers = try mask(order(strategy, ["step": 5], type: .numeric, typeName: "numeric"))
      #expect(throws: MaskFailure.notANumber) { try masked(numbers, value) }
      #expect(!recognises(numbers, value))
    }
  }

  @Test func stepsThatCannotBeAreRefused() {
    for step: Value in [0, -5, "10", .number(.nan), .number(0.123456789012345678)] {
      #expect(refusal(order("generalize", ["step": step], type: .numeric)) == "mask_option", "\(step)")
    }
    #expect(refusal(order("generalize", ["step": .number(0.5)], type: .integer(bytes: 4))) == "mask_option")
    #expect(refusal(order("generalize", type: .numeric)) == "mask_option")
    #expect(refusal(order("noise", ["percent": 0], type: .numeric)) == "mask_option")
  }
}
