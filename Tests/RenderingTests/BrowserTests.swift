import Documents
import Foundation
import Testing

@testable import Reconciliation
@testable import decant

/// The pages as a real browser shows them.
@Suite(.enabled(if: Machine.browser != nil, "no browser is here (apt-get install chromium-headless-shell)"))
struct BrowserTests {
  private func reports(_ count: Int) -> [Report] {
    var random = RandomReports(seed: 21)
    return (0..<count).map { _ in
      var report = random.report()
      report.graph = random.graph(nodes: 30, edges: 40)
      return report
    }
  }

  @Test func theTitleIsTheHeadlineAndNoScriptRuns() throws {
    for report in reports(2) {
      // A script that somebody managed to put into a page would change its title; the policy has to stop it.
      let page = HTMLReport(report).text.replacing("</body>", with: "<script>document.title='owned'</script></body>")
      let shown = try Machine.shown(page, width: 1_000)
      let title = shown.components(separatedBy: "<title>").dropFirst().first?.components(separatedBy: "</title>").first
      #expect(title?.hasPrefix(Text.shown(report.headline).prefix(20)) == true, "\(title ?? "")")
    }
  }

  /// Without the policy, and with a script of the test's own that measures.
  @Test(arguments: [400, 1_200]) func nothingIsWiderThanTheWindow(width: Int) throws {
    for report in reports(3) {
      let meter = "<script>document.title='width '+document.documentElement.scrollWidth+' of '+innerWidth</script>"
      let page = HTMLReport(report).text.replacing(/<meta http-equiv[^>]*>/, with: "")
        .replacing("</body>", with: meter + "</body>")
      let match = try #require(try Machine.shown(page, width: width).firstMatch(of: /<title>width (\d+) of (\d+)</))
      #expect(Int(match.1) ?? .max <= Int(match.2) ?? 0, "\(match.0)")
    }
  }
}
