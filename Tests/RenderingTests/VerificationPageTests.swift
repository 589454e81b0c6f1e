import Documents
import Foundation
import Testing

@testable import Reconciliation
@testable import decant

/// The page of a verification in a real browser: its bars are as long as what they stand for, everything can be told from
/// its ground in light and in dark, and nothing is asked for.
@Suite(.enabled(if: Machine.browser != nil, "no browser is here (apt-get install chromium-headless-shell)"))
struct VerificationPageTests {
  private static let darkWhere = "@media (prefers-color-scheme:dark)"

  /// One bar for the checks, two for times, and three for columns.
  private static var report: Report {
    func check(_ name: String, _ milliseconds: Int) -> CheckResult {
      CheckResult(
        name: name, about: "integrity", expected: 0, found: .integer(0), failure: nil,
        duration: .milliseconds(milliseconds), place: nil)
    }
    func found(_ place: String, _ count: Int) -> CopyVerification.Finding {
      CopyVerification.Finding(
        place, count: count, sample: "j***@g***.com", rows: ["id=17"], "originals of masked columns; mask the column")
    }
    var verification = Verification(
      address: Address("target", "users"), subject: "dev-cluster:5432/users_dev",
      checks: [check("every order has its user", 400), check("no order twice", 100)])
    verification.found = CopyVerification(
      tables: 6, rows: 3_102_554,
      checks: [
        CopyVerification.Check(
          .leak, proves: "no original value anywhere in the copy", .failed, "3 places, 1,251 values",
          findings: [found("orders.contact_email", 1_000), found("tickets.body", 250), found("users.note", 1)]),
        CopyVerification.Check(.residue, proves: "statistics and dead pages", .notChecked, "only rows were looked at"),
        CopyVerification.Check(.grammar, proves: "masked values are ours", .passed, "9 columns"),
      ])
    var report = Report(command: "verify")
    report.workspace = "shop"
    report.verifications = [verification]
    return report
  }

  // MARK: - What the browser says

  private struct Shown: Decodable {
    struct Part: Decodable {
      var style: String
      /// In thousandths of its bar, and as it is drawn.
      var asked: Double
      var width: Double
      var height: Double
      var fill: String
    }

    struct Bar: Decodable {
      var label: String
      var width: Double
      var parts: [Part]
    }

    var ground: String
    var isDark: Bool
    /// Colours of words: the body's, dim ones, and those of badges.
    var words: [String]
    var requests: Int
    var bars: [Bar]
  }

  /// Without the page's policy, so that a script of the test's own can measure and say it by the title.
  private static let meter = """
    <script>
    const colour = (element) => getComputedStyle(element).color
    const part = (rect) => ({
      style: rect.getAttribute('class'), asked: Number(rect.getAttribute('width')), fill: getComputedStyle(rect).fill,
      width: rect.getBoundingClientRect().width, height: rect.getBoundingClientRect().height})
    const bar = (svg) => ({
      label: svg.getAttribute('aria-label'), width: svg.getBoundingClientRect().width,
      parts: Array.from(svg.querySelectorAll('rect'), part)})
    document.title = JSON.stringify({
      ground: getComputedStyle(document.body).backgroundColor, isDark: matchMedia('(prefers-color-scheme: dark)').matches,
      words: Array.from(document.querySelectorAll('body, .dim, .badge'), colour),
      requests: performance.getEntriesByType('resource').length,
      bars: Array.from(document.querySelectorAll('svg.bar'), bar)})
    </script>
    """

  /// - Parameter scheme: what stands in place of the question for the reader's scheme; nothing leaves it to the browser.
  private func look(_ scheme: String? = nil, width: Int = 1_200) throws -> Shown {
    var page = HTMLReport(Self.report).text
    #expect(page.contains(Self.darkWhere) && page.contains("<meta http-equiv"))
    if let scheme { page = page.replacing(Self.darkWhere, with: scheme) }
    page = page.replacing(/<meta http-equiv[^>]*>/, with: "").replacing("</body>", with: "\(Self.meter)</body>")
    let text = try Machine.shown(page, width: width)
    let title = text.components(separatedBy: "<title>").dropFirst().first?.components(separatedBy: "</title>").first
    return try JSONDecoder().decode(Shown.self, from: Data((title ?? "").utf8))
  }

  private func inLight() throws -> Shown { try look("@media not all") }
  private func inDark() throws -> Shown { try look("@media all") }

  // MARK: - Bars

  @Test(arguments: [400, 1_200]) func barsAreAsLongAsWhatTheyStandFor(width: Int) throws {
    let shown = try look(width: width)
    let bars = shown.bars.map { bar in bar.parts.map { "\($0.style) \(Int($0.asked))" } }
    #expect(
      bars == [
        ["ok 600", "doubt 200", "bad 200"], ["ground 1000", "time 1000"], ["ground 1000", "time 250"],
        ["ground 1000", "bad 1000"], ["ground 1000", "bad 250"], ["ground 1000", "bad 6"],
      ])
    #expect(shown.bars.map(\.label) == ["3 of 5 passed", "time", "time", "count", "count", "count"])
    for bar in shown.bars {
      #expect(bar.width > 20 && bar.width <= Double(width), "\(bar)")
      for part in bar.parts {
        #expect(part.width > 0 && part.height > 0, "\(bar)")
        #expect(abs(part.width / bar.width - part.asked / 1_000) < 0.002, "\(bar)")
      }
    }
  }

  @Test func nothingIsAskedFor() throws {
    #expect(try look().requests == 0)
  }

  // MARK: - Colours

  @Test func everythingCanBeToldFromItsGroundInLightAndDark() throws {
    let (light, dark) = (try inLight(), try inDark())
    #expect(try luminance(light.ground) > 0.8 && luminance(dark.ground) < 0.1)
    for shown in [light, dark] {
      // WCAG 2.2: text wants 4.5 (section 1.4.3), what is drawn wants 3 (section 1.4.11).
      #expect(shown.words.count > 5)
      for word in shown.words { #expect(try contrast(word, shown.ground) >= 4.5, "\(word) on \(shown.ground)") }
      for part in shown.bars.flatMap(\.parts) where part.style != "ground" {
        #expect(try contrast(part.fill, shown.ground) >= 3, "\(part) on \(shown.ground)")
      }
      let fills = shown.bars.flatMap(\.parts).map { "\($0.style) \($0.fill)" }
      #expect(Set(fills).count == 5, "\(fills)")
    }
    #expect(light.words != dark.words)
  }

  /// As the browser's own setting is, whichever that is here.
  @Test func thePageFollowsTheReadersScheme() throws {
    let shown = try look()
    let expected = try shown.isDark ? inDark() : inLight()
    #expect(shown.ground == expected.ground && shown.words == expected.words)
  }

  private func contrast(_ one: String, _ other: String) throws -> Double {
    let both = [try luminance(one), try luminance(other)].sorted()
    return (both[1] + 0.05) / (both[0] + 0.05)
  }

  /// Relative luminance (WCAG 2.2) of `rgb(31, 35, 40)`.
  private func luminance(_ colour: String) throws -> Double {
    let match = try #require(colour.firstMatch(of: /^rgb\((\d+), (\d+), (\d+)\)$/), "\(colour)")
    let parts = [match.1, match.2, match.3].map { part -> Double in
      let share = (Double(part) ?? 0) / 255
      return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }
}
