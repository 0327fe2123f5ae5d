import HTTP
import Testing

@Suite struct TOTPTests {
    /// RFC 6238, appendix B, SHA-1; the last six of its eight digits.
    @Test(arguments: [
        (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"),
        (1_234_567_890, "005924"), (2_000_000_000, "279037"), (20_000_000_000, "353130"),
    ])
    func `the codes of the standard:`(seconds: Int, code: String) throws {
        let totp = try #require(TOTP(secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))
        #expect(totp.code(at: seconds) == code)
    }

    @Test func `a secret may be written in groups, small and padded`() {
        let plain = TOTP(secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        let written = TOTP(secret: "gezd gnbv gy3t qojq-gezd gnbv gy3t qojq==")
        #expect(written?.code(at: 59) == plain?.code(at: 59))
    }

    @Test(arguments: ["", "=", "GEZ1", "GEZ0", "ä", "G!"])
    func `what is not base 32 is no secret:`(text: String) {
        #expect(TOTP(secret: text) == nil)
    }
}
