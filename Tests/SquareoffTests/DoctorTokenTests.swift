import Foundation
import Support
import Testing
import Trading

@testable import Brokers
@testable import squareoff

/// What the doctor says of a token, by where it comes from.
@Suite("Doctor: tokens", .timeLimit(.minutes(10)))
struct DoctorTokenTests {
    private static let minted = TokenOrigin.minted("/etc/alpha.token")
    private static let file = TokenOrigin.file("/etc/alpha.token")
    private static let variable = TokenOrigin.environment("ALPHA_TOKEN")
    private static let now = EventTime.at(8, 0)
    private static let refusal = DhanRefusal(
        status: 400, code: "DH-901", text: "Invalid Token", trouble: .deadToken)

    @Test(
        "A token that is not there",
        arguments: [
            (minted, .nothing, .warning, "nothing; look again after it"),
            (minted, .note, .warning, "the next run asks for one again"),
            (minted, .unusable, .wrong, "chmod 600 /etc/alpha.token"),
            (file, .nothing, .wrong, "put it into /etc/alpha.token"),
            (variable, .nothing, .wrong, "start with it in ALPHA_TOKEN"),
        ] as [(TokenOrigin, TokenOrigin.Kept, Finding.Level, String)])
    func missing(
        origin: TokenOrigin, kept: TokenOrigin.Kept, level: Finding.Level, advice: String
    ) {
        let finding = origin.missing("no such file", kept)
        #expect(finding.level == level)
        #expect(finding.advice?.contains(advice) == true, "\(finding)")
        #expect(finding.advice?.contains("network") == false)
        let isFirst = origin == Self.minted && kept == .nothing
        #expect(finding.found.contains("the first run mints one") == isFirst)
    }

    @Test(
        "A token that the broker did not take, or did not hear of",
        arguments: [
            (minted, .refused(refusal), .warning, "the next run mints a new one"),
            (file, .refused(refusal), .wrong, "put it into /etc/alpha.token"),
            (variable, .refused(refusal), .wrong, "start with it in ALPHA_TOKEN"),
            (minted, .notSent("could not resolve"), .wrong, "look at the network"),
            (file, .unknown("timeout"), .wrong, "look at the network"),
            (
                file, .refused(DhanRefusal(status: 403, code: "DH-903", text: "Blocked")), .wrong,
                "go by its words"
            ),
        ] as [(TokenOrigin, DhanError, Finding.Level, String)])
    func turnedAway(origin: TokenOrigin, error: DhanError, level: Finding.Level, advice: String) {
        let findings = BrokerChecks.token(
            .failure(error), clientID: "1", of: origin, now: Self.now)
        #expect(findings.map(\.level) == [level])
        #expect(findings.first?.advice?.contains(advice) == true, "\(findings)")
        #expect(findings.first?.found.contains(error.reason) == true)
    }

    @Test(
        "A token that ends within the session, or nobody knows when",
        arguments: [
            (minted, 7, .ok), (minted, nil, .ok), (file, 7, .warning), (file, nil, .warning),
            (file, 9, .ok), (variable, 7, .warning),
        ] as [(TokenOrigin, Int?, Finding.Level)])
    func ending(origin: TokenOrigin, hours: Int?, level: Finding.Level) {
        let end = hours.map { Self.now + .minutes(60 * $0) }
        #expect(origin.alive(until: end, now: Self.now).level == level)
    }

    @Test(
        "A secret that is missing, or open to others",
        arguments: [
            ("totp", nil, "base 32"), ("pin", nil, "pin"), ("pin", 0o640, "chmod 600"),
            ("totp", 0o644, "chmod 600"),
        ] as [(String, Int?, String)])
    func secrets(name: String, mode: Int?, advice: String) throws {
        let desk = try Desk()
        try FileManager.default.removeItem(atPath: desk.path(name))
        if let mode { try desk.write(name, "123456", mode: mode) }
        let flaws = LiveTrading.flaws(desk.access, environment: [:])
        #expect(flaws.count == 1)
        #expect(flaws.first?.advice.contains(advice) == true)
        #expect(flaws.first?.advice.contains(desk.path(name)) == true)
    }

    @Test(
        "Without a living token nothing else is asked but the clock",
        arguments: [
            // what is kept, its mode, whether the broker is shown it, the finding's advice
            (nil, 0o600, false, "nothing; look again after it"),
            ("\n\n1765771368948", 0o600, false, "the next run asks for one again"),
            ("dead\n", 0o600, true, "the next run mints a new one"),
            ("good\n", 0o640, false, "chmod 600"),
        ] as [(String?, Int, Bool, String)])
    func visit(kept: String?, mode: Int, isShown: Bool, advice: String) throws {
        let desk = try Desk()
        if let kept { try desk.write("token", kept, mode: mode) }
        let findings = desk.visit.findings
        #expect(findings.map(\.check) == ["token", "broker clock"])
        #expect(findings.first?.level == (mode == 0o600 ? .warning : .wrong))
        #expect(findings.first?.advice?.contains(advice) == true, "\(findings)")
        let tokens = desk.server.requests.map { $0.headers["access-token"] }
        #expect(tokens == (isShown ? ["dead", nil] : [nil]))
    }

    /// An account that mints, at a broker to whom every token is dead.
    private final class Desk {
        let server: RawServer
        private let folder: String

        init() throws {
            server = try RawServer { _ in
                let body = #"{"errorType":"A","errorCode":"DH-901","errorMessage":"Invalid Token"}"#
                return [.answer(400, body)]
            }
            let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            folder = url.path
            try write("totp", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
            try write("pin", "123456")
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func path(_ name: String) -> String { "\(folder)/\(name)" }

        func write(_ name: String, _ text: String, mode: Int = 0o600) throws {
            try Data(text.utf8).write(to: URL(filePath: path(name)))
            try FileManager.default.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: path(name))
        }

        var access: BrokerAccess {
            var access = BrokerAccess()
            access.clientID = "1000000001"
            access.totpSecretFile = path("totp")
            access.pinFile = path("pin")
            access.tokenFile = path("token")
            return access
        }

        var visit: BrokerVisit {
            var endpoints = DhanEndpoints()
            (endpoints.rest, endpoints.auth) = (server.url, server.url)
            let house = DhanHouse(endpoints, environment: [:], mints: false)
            var account = Fixtures.accountProfile()
            account.access = access
            return BrokerVisit(
                client: house.client(of: account.id, access), account: account,
                now: { DoctorTokenTests.now })
        }
    }
}
