import Foundation
import Redis
import Settings
import Testing
import Trading
import Workers

@testable import squareoff

@Suite("Which accounts of a run trade with money")
struct LiveTradingTests {
    private func desk(isLive: Bool) throws -> Desk {
        Desk(
            try SquareoffSettings.parse(
                """
                accounts:
                  paper: { capital: 1, strategies: [] }
                  tried: { capital: 1, strategies: [], broker: dhan, client_id: 1 }
                  real: { capital: 1, strategies: [], broker: dhan, client_id: 2, live: true }
                """, name: "test"), isLive: isLive)
    }

    @Test func `the log says of each account where it trades, and why`() throws {
        #expect(
            LiveTrading.notes(try desk(isLive: true)) == [
                "account real trades with money at dhan",
                "account tried trades on paper: for dhan it lacks live: true",
            ])
        #expect(
            LiveTrading.notes(try desk(isLive: false)) == [
                "account real trades on paper: for dhan it lacks --live",
                "account tried trades on paper: for dhan it lacks live: true and --live",
            ])
    }

    @Test func `only who trades with money needs a token`() throws {
        #expect(LiveTrading.problems(try desk(isLive: false), environment: [:]).isEmpty)
        let live = try desk(isLive: true)
        let problems = LiveTrading.problems(live, environment: [:])
        #expect(problems.count == 1)
        #expect(problems.first?.contains("SQUAREOFF_ACCOUNTS_REAL_TOKEN") == true)
        let environment = ["SQUAREOFF_ACCOUNTS_REAL_TOKEN": "x"]
        #expect(LiveTrading.problems(live, environment: environment).isEmpty)
    }

    @Test(
        "The mode of a file with a secret",
        arguments: [(0o600, true), (0o400, true), (0o640, false), (0o604, false)])
    func mode(mode: Int, isRight: Bool) throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("token-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(
            FileManager.default.createFile(
                atPath: path, contents: Data("hunter2".utf8), attributes: [.posixPermissions: mode])
        )
        var access = BrokerAccess()
        access.tokenFile = path
        let problems = LiveTrading.problems(access, environment: [:])
        #expect(problems.isEmpty == isRight)
        #expect(!problems.contains { $0.contains("hunter2") })
    }

    @Test func `a token that is minted need not be there yet, what mints it must`() {
        var access = BrokerAccess()
        access.tokenFile = "/nowhere/token"
        #expect(LiveTrading.problems(access, environment: [:]).count == 1)
        access.totpSecretFile = "/nowhere/totp"
        access.pinFile = "/nowhere/pin"
        let problems = LiveTrading.problems(access, environment: [:])
        #expect(problems.count == 2)
        #expect(!problems.contains { $0.contains("/nowhere/token") })
    }
}
