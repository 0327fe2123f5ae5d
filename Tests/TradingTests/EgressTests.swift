import Testing
import Trading

@Suite("Egress") struct EgressTests {
    @Test(
        "What is read, and how it is told",
        arguments: [
            ("10.0.0.5", "host!10.0.0.5"), ("host!10.0.0.5", "host!10.0.0.5"),
            ("fd00::5", "host!fd00::5"), ("::1", "host!::1"), ("eth0", "if!eth0"),
            ("if!eth0", "if!eth0"), ("eth0.100", "if!eth0.100"), ("wg-out", "if!wg-out"),
        ])
    func read(text: String, told: String) {
        #expect(Egress(text: text)?.text == told)
    }

    @Test(
        "What is none",
        arguments: [
            "", "10.0.0", "10.0.0.256", "10.0.0.5.6", "10.0.0.5/24", "host!example.com",
            "out.example.com.", "ifhost!eth0!10.0.0.5", "if!", "host!", "eth 0", "eth0:1",
            "fe80::1%eth0", "an-interface-of-17",
        ])
    func refused(text: String) {
        #expect(Egress(text: text) == nil)
    }
}
