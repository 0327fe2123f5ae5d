import ArgumentParser
import Foundation
import MessageBus
import Redis
import Settings
import Trading
import Workers

struct FlattenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flatten",
        abstract: "Stops entries and closes every open position, of all accounts or of one.",
        discussion: """
            Says how long the order budget makes the exits wait; with --config, by the accounts' \
            own limits. With --kill-switch it waits until the broker's own books are flat, and \
            then has the broker take no more orders today.
            """)

    @OptionGroup var options: ActingOptions

    @Option(help: ArgumentHelp("Why, for those who look later.", valueName: "text"))
    var reason: String

    @Option(help: "Configuration, YAML.")
    var config: String?

    @Flag(help: "Switch trading off at the broker for the day, once the account is flat there.")
    var killSwitch = false

    func validate() throws {
        if killSwitch, config == nil { throw ValidationError("--kill-switch needs --config") }
    }

    /// The halt first: what is looked up afterwards cannot have been followed by an entry. The kill
    /// switch last: the broker would take no exits any more.
    func run() throws {
        let settings = try config.map {
            try SquareoffSettings.load(
                path: $0, environment: ProcessInfo.processInfo.environment)
        }
        try options.act { lookout, petition in
            try options.warnOfUnknownAccount(lookout)
            try petition.flatten(options.scope, reason)
            print("halted and to be flat: \(options.scopeText): \(reason)")
            let open = try options.open(lookout)
            try petition.exitAll(open, .flatten, evidence: reason)
            for line in try estimates(open, lookout, settings) { print(line) }
        }
        if killSwitch, let settings { try finish(settings) }
    }

    private func estimates(
        _ open: [StoredPosition], _ lookout: Lookout, _ settings: SquareoffSettings?
    ) throws -> [String] {
        let desk = settings.map { Desk($0) }
        let trackers = Dictionary(grouping: open.compactMap(\.tracker), by: \.account)
        return try trackers.sorted { $0.key < $1.key }.map { account, positions in
            let key = Keys.budget(lookout.keys.shard(of: account), account)
            let estimate = FlattenEstimate(
                orders: FlattenPlan.orders(positions),
                budget: try OrderBudget(try lookout.hash(key)),
                profile: desk?.gateway(of: account) ?? GatewayProfile(), now: lookout.now)
            return FlattenPlan.text(account, estimate)
        }
    }

    private func finish(_ settings: SquareoffSettings) throws {
        let desk = Desk(settings, isLive: true)
        let accounts = settings.accounts.filter {
            desk.venue(of: $0.id) == .dhan && options.includes($0.id)
        }
        guard !accounts.isEmpty else {
            throw ValidationError("--kill-switch: no account that trades with money")
        }
        let switches = KillSwitches(desk, environment: ProcessInfo.processInfo.environment)
        let isDone = accounts.map { switches.activate($0.id) { try self.isFlat($0) } }
        guard !isDone.contains(false) else { throw ExitCode.failure }
    }

    private func isFlat(_ account: AccountID) throws -> Bool {
        let lookout = try options.redis.lookout()
        return try lookout.positions().allSatisfy {
            $0.isClosed || $0.fields[.account] != account.text
        }
    }
}
