import ArgumentParser
import Brokers
import Foundation
import MessageBus
import Redis
import Settings
import Trading
import Workers

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks everything that an account needs to trade, and says what to do.",
        discussion: """
            Asks Redis and the broker; places nothing and changes nothing. The exit status is 1 \
            when something is wrong.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "The account, as it is called in the configuration.")
    var account: String

    @Flag(help: "A JSON array of flat objects.")
    var json = false

    func run() throws {
        let settings = try options.settings()
        guard let profile = settings.accounts.first(where: { $0.id.text == account }) else {
            let known = settings.accounts.map(\.id.text).joined(separator: ", ")
            throw ValidationError("--account: '\(account)' is none of \(known)")
        }
        let findings =
            Self.configuration(profile) + redis(settings) + broker(profile, settings)
        print(json ? findings.sheet.json : findings.sheet.text)
        if findings.contains(where: { $0.level == .wrong }) { throw ExitCode.failure }
    }

    /// Whether it is told to trade with money.
    static func configuration(_ account: AccountProfile) -> [Finding] {
        switch (account.broker, account.live) {
        case (.paper, _): [.ok("broker", "paper")]
        case (let broker, true): [.ok("broker", "\(broker), live in a run with --live")]
        case (let broker, false):
            [
                .warning(
                    "broker", "\(broker), but it trades on paper",
                    "set live: true, and run with --live, to trade with money")
            ]
        }
    }

    private func redis(_ settings: SquareoffSettings) -> [Finding] {
        do {
            let endpoint = try RedisEndpoint(url: options.redis ?? settings.redis.url)
            let lookout = try Lookout.open(endpoint, credentials: .fromEnvironment())
            let info = try lookout.call(RedisCommand("INFO")).asString
            // Not everybody may ask for it.
            let question = RedisCommand("CONFIG", "GET", "appendfsync", "aof-load-truncated")
            let reply = try? lookout.call(question).asPairs
            var config: [String: String] = [:]
            for pair in reply ?? [] { config[pair.name] = pair.value }
            let checks = RedisChecks(
                info: RedisChecks.parse(info: info), config: config,
                clocks: (lookout.wall, Self.now()))
            return checks.findings + [try Self.entries(lookout, AccountID(account))]
        } catch {
            return [.wrong("redis", "\(error)", "start the server, or correct redis.url")]
        }
    }

    private static func entries(_ lookout: Lookout, _ account: AccountID) throws -> Finding {
        let halts = Halts(try lookout.hash(Keys.halt))
        if let reason = halts.reason(for: account) {
            return .warning("entries", "halted: \(reason)", "squareoff resume, when it may enter")
        }
        let shard = lookout.keys.shard(of: account)
        let waiting = try lookout.due(Keys.unreconciled(shard)).contains {
            $0.member == account.text
        }
        guard waiting else { return .ok("entries", "allowed") }
        return .warning(
            "entries", "wait for a comparison with the broker's books",
            "run the stage reconciler; squareoff alarms says why it cannot read them")
    }

    private func broker(
        _ account: AccountProfile, _ settings: SquareoffSettings
    ) -> [Finding] {
        guard account.broker == .dhan else { return [] }
        let environment = ProcessInfo.processInfo.environment
        let flaws = LiveTrading.flaws(account.access, environment: environment)
        guard flaws.isEmpty else {
            return flaws.map { .wrong("secrets", $0.problem, $0.advice) }
        }
        let house = DhanHouse(
            DhanEndpoints(settings.dhan), environment: environment, mints: false)
        let client = house.client(of: account.id, account.access)
        return [.ok("secrets", "files and modes are right")]
            + BrokerVisit(client: client, account: account, now: Self.now).findings
    }

    private static func now() -> EventTime {
        EventTime(milliseconds: Int(Date.now.timeIntervalSince1970 * 1_000))
    }
}
