import Testing

@testable import Verification

/// Values that are printed where the rule is published, or worked out by hand from it.
@Suite struct DetectorVectorTests {
  @Test(
    arguments: [
      ("nl_bsn", "111222333", ValueMatch.published), ("nl_bsn", "165083712", .checked), ("nl_bsn", "165083713", .none),
      ("nl_bsn", "000000000", .none),
      ("de_steuer_id", "36574261809", .checked), ("de_steuer_id", "86095742719", .checked),
      ("de_steuer_id", "36574261890", .none), ("de_steuer_id", "11111111111", .none),
      ("fr_nir", "295109912611193", .checked), ("fr_nir", "2 95 10 99 126 111 93", .checked),
      ("fr_nir", "295109912611199", .none),
      ("es_dni", "54362315K", .checked), ("es_dni", "X-2482300W", .checked), ("es_dni", "54362315Z", .none),
      ("es_dni", "12345678Z", .published),
      ("it_codice_fiscale", "RCCMNL83S18D969H", .checked), ("it_codice_fiscale", "RCCMNL83S18D969", .none),
      ("it_codice_fiscale", "RCCMNL83S18D969A", .none),
      ("pl_pesel", "44051401359", .checked), ("pl_pesel", "02070803628", .checked), ("pl_pesel", "44051401358", .none),
      ("uk_nhs", "943 476 5870", .checked), ("uk_nhs", "9434765919", .checked), ("uk_nhs", "9434765871", .none),
      ("be_national_number", "85.07.30-033 28", .checked), ("be_national_number", "85073003329", .none),
      ("se_personnummer", "880320-0016", .checked), ("se_personnummer", "811218-9876", .checked),
      ("se_personnummer", "19811218-9876", .checked), ("se_personnummer", "880320-0018", .none),
      ("no_fodselsnummer", "151086 95088", .checked), ("no_fodselsnummer", "15108695077", .none),
      ("fi_hetu", "131052-308T", .checked), ("fi_hetu", "131052-308U", .none), ("fi_hetu", "310252-308Y", .none),
      ("br_cpf", "390.533.447-05", .checked), ("br_cpf", "52998224725", .checked), ("br_cpf", "231.002.999-00", .none),
      ("br_cpf", "111.111.111-11", .none), ("br_cpf", "111.444.777-35", .published),
      ("in_aadhaar", "2341 2341 2346", .checked), ("in_aadhaar", "234123412347", .none),
      ("in_aadhaar", "022222222222", .none),
      ("ca_sin", "123-456-782", .published), ("ca_sin", "046 454 286", .published), ("ca_sin", "130692544", .checked),
      ("ca_sin", "123-456-783", .none),
      ("card", "4111111111111111", .published), ("card", "4539 1488 0343 6467", .checked),
      ("card", "4539148803436468", .none),
      ("card", "9999999999999995", .none), ("card", "378282246310005", .published),
      ("iban", "GB82 WEST 1234 5698 7654 32", .published), ("iban", "DE75512108001245126199", .checked),
      ("iban", "DE7551210800124512619", .none), ("iban", "XX75512108001245126199", .none),
      ("us_ssn", "123-45-6789", .form), ("us_ssn", "123456789", .weak), ("us_ssn", "666-45-6789", .none),
      ("us_ssn", "078-05-1120", .published), ("us_ssn", "***-**-****", .none), ("us_ssn", "000-12-3456", .none),
      ("email", "john.doe@gmail.com", .form), ("email", "user_3f2a9c81d0@anon.local", .published),
      ("email", "user_3f2a9c81d0@gmail.com", .published), ("email", "a@b.example.com", .published),
      ("email", "x@myexample.com", .form), ("email", "x@y.test", .published), ("email", "@handle", .none),
      ("email", "a@b", .none),
      ("phone", "+1-415-523-4567", .form), ("phone", "+1-555-000-0000", .published),
      ("phone", "+1-415-555-0123", .published),
      ("phone", "+1-415-000-0000", .published), ("phone", "(212) 736-5000", .form), ("phone", "4155234567", .weak),
      ("phone", "030 / 901820", .form), ("phone", "2026-11-21", .none), ("phone", "1234567.89", .weak),
      ("phone", "192.168.100.200", .weak),
      ("ip", "93.184.216.34", .form), ("ip", "127.0.0.1", .published), ("ip", "192.0.2.7", .published),
      ("ip", "198.51.100.1", .published), ("ip", "203.0.113.9", .published), ("ip", "2001:db8::1", .published),
      ("ip", "2a00:1450:4001:82a::200e", .form), ("ip", "10.1.2.3", .published), ("ip", "1.2.3", .none),
      ("ip", "999.1.1.1", .none),
      ("mac", "a4:83:e7:12:34:56", .form), ("mac", "00:00:00:00:00:00", .published),
      ("mac", "00-00-5E-00-53-01", .published),
      ("mac", "a483.e712.3456", .form), ("mac", "a4:83:e7:12:34:5g", .none),
      ("url_user", "https://bob:pw@host.acme.io/", .form), ("url_user", "https://acme.io/users/alice.k", .form),
      ("url_user", "https://acme.io/users/42", .none), ("url_user", "https://acme.io/items", .none),
      ("url_user", "https://bob@example.com/", .published), ("url_user", "https://acme.io/?email=x%40y.de", .form),
      ("token", "AKIAIOSFODNN7EXAMPLE", .published), ("token", "AKIAI44QH8DHBF3KL2PQ", .form),
      ("token", "-----BEGIN RSA PRIVATE KEY-----\nMII", .form), ("token", "9f86d081884c7d659a2feaa0c55ad015", .none),
      ("token", "3f2b8c1e-1111-4a2b-9c3d-abcdefabcdef", .none),
      ("address", "1234 Main St, San Francisco, CA 94102", .form), ("address", "[REDACTED ADDRESS]", .published),
      ("address", "[REDACTED], San Francisco, CA 94102", .published), ("address", "Hauptstraße 12", .form),
      ("address", "San Francisco", .none),
      ("name", "John Doe", .form), ("name", "User-A1B2C3D4", .published), ("name", "J-User-A1B2C3", .published),
      ("name", "Marie", .weak), ("name", "Blue Widget", .none), ("name", "Anna42", .none),
      ("birth_date", "1984-03-07", .weak), ("birth_date", "1990-01-01", .published),
      ("birth_date", "1984-13-07", .none),
      ("birth_date", "07.03.1984", .weak), ("birth_date", "1784-03-07", .none),
    ] as [(String, String, ValueMatch)])
  func isAsPublished(_ vector: (kind: String, value: String, match: ValueMatch)) {
    #expect(detector(vector.kind).kind == vector.kind)
    #expect(detector(vector.kind).match(vector.value) == vector.match, "\(vector.kind) \(vector.value)")
  }
}
