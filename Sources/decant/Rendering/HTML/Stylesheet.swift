import Documents

/// The one style sheet of the page, and the policy by which a browser takes nothing else.
enum Stylesheet {
  static let text = page + "\n" + GraphDrawing.style

  /// No script, no request, no form; of styles only the one with this digest (Content Security Policy Level 3,
  /// section 2.3.1: the digest is over the text of the element).
  static var policy: String {
    "default-src 'none'; style-src 'sha256-\(base64(hexadecimal: sha256(text)))'; base-uri 'none'; form-action 'none'"
  }

  /// RFC 4648, section 4.
  static func base64(hexadecimal: String) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    let nibbles = hexadecimal.compactMap(\.hexDigitValue)
    let bytes = stride(from: 0, to: nibbles.count - 1, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    var result = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start...].prefix(3)
      let bits = group.reduce(0) { $0 << 8 | $1 } << (8 * (3 - group.count))
      for place in 0..<4 { result.append(place <= group.count ? digits[bits >> (18 - 6 * place) & 63] : "=") }
    }
    return result
  }

  private static let page = """
    :root{color-scheme:light dark;--ink:#1f2328;--dim:#59636e;--ground:#fff;--raised:#f6f8fa;--line:#d1d9e0;--green:#1a7f37;--amber:#9a6700;--red:#cf222e;--blue:#0969da;--bar:#d1d9e0}
    @media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--ground:#0d1117;--raised:#161b22;--line:#30363d;--green:#3fb950;--amber:#d29922;--red:#f85149;--blue:#58a6ff;--bar:#30363d}}
    *{box-sizing:border-box}
    body{margin:0;overflow-wrap:anywhere;background:var(--ground);color:var(--ink);font:.9375rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
    main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 4rem}
    header{border-bottom:1px solid var(--line);padding-bottom:1rem;margin-bottom:1rem}
    h1{font-size:1.4rem;line-height:1.3;margin:0 0 .25rem}
    h2{font-size:1.05rem;margin:2.2rem 0 .6rem}
    h2 code{font-size:1em;font-weight:700}
    p{margin:.4rem 0}
    .dim{color:var(--dim)}
    code{font:.88em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;unicode-bidi:isolate}
    pre{background:var(--raised);border:1px solid var(--line);border-radius:6px;padding:.7rem .9rem;margin:.6rem 0;white-space:pre-wrap}
    .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(7.2rem,1fr));gap:.5rem;list-style:none;padding:0;margin:1rem 0}
    .tiles li{background:var(--raised);border:1px solid var(--line);border-radius:6px;padding:.45rem .7rem;display:flex;flex-direction:column}
    .tiles b{font-size:1.25rem;line-height:1.3;font-variant-numeric:tabular-nums}
    .tiles span{color:var(--dim);font-size:.82rem;line-height:1.25}
    .tiles .zero b{color:var(--dim);font-weight:400}
    .note{border-left:4px solid var(--red);background:var(--raised);padding:.5rem .9rem;border-radius:0 6px 6px 0;margin:.8rem 0}
    .note.mild{border-color:var(--amber)}
    .badge{display:inline-block;border:1px solid currentColor;border-radius:1rem;padding:0 .55rem;font-size:.78rem;line-height:1.5;max-width:100%}
    .error,.failed,.delete,.replace{color:var(--red)}
    .warning,.unknown,.update,.adopt,.blocked,.not_attempted{color:var(--amber)}
    .create,.done,.passed{color:var(--green)}
    .note-badge,.waived{color:var(--dim)}
    ul.items{list-style:none;margin:0;padding:0}
    ul.items>li{border:1px solid var(--line);border-radius:6px;padding:.55rem .8rem;margin:.4rem 0}
    .bare{border:1px solid var(--line);border-radius:6px;margin:.4rem 0;padding:.5rem .8rem}
    details{border:1px solid var(--line);border-radius:6px;margin:.4rem 0}
    summary{cursor:pointer;padding:.5rem .8rem}
    details[open]>summary{border-bottom:1px solid var(--line)}
    details>.body{padding:.2rem .8rem .6rem}
    table{border-collapse:collapse;width:100%;table-layout:fixed;font-size:.92rem}
    th{text-align:left;font-weight:600;color:var(--dim);font-size:.8rem}
    th,td{padding:.3rem .5rem .3rem 0;vertical-align:top;border-bottom:1px solid var(--line)}
    tr:last-child td{border-bottom:0}
    th.name{width:32%}
    th.check{width:22%}
    th.short{width:7.5rem}
    .items details{border:0;margin:0}
    .items details>summary{padding:0}
    .items details[open]>summary{border:0}
    .sym{font-weight:700;margin-right:.3rem}
    .scroll{overflow-x:auto;border:1px solid var(--line);border-radius:6px;padding:.3rem;background:var(--ground)}
    .scroll svg{display:block}
    svg.bar{display:block;width:100%;height:8px;margin:.25rem 0;border-radius:4px}
    svg.bar .ground{fill:var(--bar)}
    svg.bar .time{fill:var(--dim)}
    td svg.bar{height:4px}
    svg.bar .ok{fill:var(--green)}
    svg.bar .bad{fill:var(--red)}
    svg.bar .doubt{fill:var(--amber)}
    h3{font-size:.95rem;margin:1.4rem 0 .4rem}
    footer{margin-top:3rem;color:var(--dim);font-size:.85rem}
    @media (max-width:36rem){
    main{padding:1rem .8rem 3rem}
    thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    table,tbody,tr,td{display:block}
    tr{border-bottom:1px solid var(--line);padding:.35rem 0}
    tr:last-child{border-bottom:0}
    td{border:0;padding:.1rem 0}
    td[data-head]::before{content:attr(data-head) ": ";color:var(--dim);font-size:.8rem}
    td:empty{display:none}
    }
    @media print{
    :root{--ink:#000;--dim:#444;--ground:#fff;--raised:#fff;--line:#bbb;--green:#1a7f37;--amber:#7a5200;--red:#a40e26;--bar:#ddd}
    html{font-size:11px}
    main{max-width:none;padding:0}
    details,ul.items>li,tr{break-inside:avoid}
    .scroll{overflow:visible;border:0}
    .scroll svg{max-width:100%;height:auto}
    }
    """
}
