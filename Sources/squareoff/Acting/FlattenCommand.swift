import ArgumentParser
import Brokers
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
            own limits. With --verify it waits until the broker's own books are flat, for five \
            minutes at most; the exit status is 1 where they are not, and a line says what is \
            left. With --kill-switch it does the same, and has the broker take no more orders \
            today of each account as soon as that is flat. An account with open positions of other \
            products (MARGIN, ...) is not called flat.
            """)

    @OptionGroup var options: ActingOptions

    @Option(help: ArgumentHelp("Why, for those who look later.", valueName: "text"))
    var reason: String

    @Option(help: "Configuration, YAML.")
    var config: String?

    @Flag(help: "Wait until the accounts that trade with money are flat at the broker.")
    var verify = false

    @Flag(help: "Switch trading off at the broker for the day, once the account is flat there.")
    var killSwitch = false

    /// Nil where nobody asks for a look at the broker.
    private var flag: String? { killSwitch ? "--kill-switch" : verify ? "--verify" : nil }

    func validate() throws {
        if let flag, config == nil { throw ValidationError("\(flag) needs --config") }
    }

    /// The halt first: what is looked up afterwards cannot have been followed by an entry. The kill
    /// switch last: the broker would take no exits any more. A position for which nobody could ask
    /// keeps no account from being watched, and is a failure all the same.
    func run() throws {
        let settings = try config.map {
            try SquareoffSettings.load(
                path: $0, environment: ProcessInfo.processInfo.environment)
        }
        var areAsked = true
        try options.act { lookout, petition in
            try options.warnOfUnknownAccount(lookout)
            try petition.flatten(options.scope, reason)
            print("halted and to be flat: \(options.scopeText): \(reason)")
            let open = try options.open(lookout)
            areAsked = try petition.exitAll(open, .flatten, evidence: reason)
            for line in try estimates(open, lookout, settings) { print(line) }
        }
        if let flag, let settings { try watch(settings, flag) }
        if !areAsked { throw ExitCode.failure }
    }

    func estimates(
        _ open: [StoredPosition], _ lookout: Lookout, _ settings: SquareoffSettings?
    ) throws -> [String] {
        let desk = settings.map { Desk($0) }
        let trackers = Dictionary(grouping: open.compactMap(\.tracker), by: \.account)
        return try trackers.sorted { $0.key < $1.key }.map { account, positions in
            let shard = lookout.keys.shard(of: account)
            let orders = try orders(of: positions, shard, lookout)
            let estimate = FlattenEstimate(
                orders: FlattenPlan.orders(positions, orders),
                budget: try OrderBudget(try lookout.hash(Keys.budget(shard, account))),
                profile: desk?.gateway(of: account) ?? GatewayProfile(), now: lookout.now)
            return FlattenPlan.text(account, estimate)
        }
    }

    /// Each position's entry and latest exit, as far as they can be read.
    private func orders(
        of positions: [PositionTracker], _ shard: Int, _ lookout: Lookout
    ) throws -> [Order] {
        let ids = positions.flatMap { $0.exitOrders + [$0.entryOrder] }
        let hashes = try lookout.hashes(ids.map { Keys.order(shard, $0) })
        return zip(ids, hashes).compactMap { id, fields in try? Order(fields, id: id) }
    }

    private func watch(_ settings: SquareoffSettings, _ flag: String) throws {
        let desk = Desk(settings, isLive: true)
        let accounts = desk.moneyAccounts.filter {
            desk.venue(of: $0) == .dhan && options.includes($0)
        }
        guard !accounts.isEmpty else {
            throw ValidationError("\(flag): no account that trades with money")
        }
        let house = DhanHouse(
            DhanEndpoints(desk.dhan), environment: ProcessInfo.processInfo.environment)
        let client = { (account: AccountID) in desk.client(of: account, house) }
        let switches = KillSwitches(client: client)
        let began = ContinuousClock.now
        let watch = FlatWatch(
            look: FlatSights(lookout: options.redis.lookout, client: client).look,
            end: killSwitch ? switches.activate : Self.verified,
            otherwise: killSwitch ? "; the kill switch stays off" : "",
            waited: {
                Span(milliseconds: Int((ContinuousClock.now - began) / .milliseconds(1)))
            },
            pause: { Thread.sleep(forTimeInterval: Self.pause) }, say: Self.say)
        try watch.run(accounts)
    }

    /// Seconds between two looks.
    private static let pause = 2.0

    static func verified(_ accounts: [AccountID]) -> [AccountID: FlatWatch.Ending] {
        accounts.reduce(into: [:]) { $0[$1] = .done("flat at the broker") }
    }

    /// At once: whoever waits reads along, also through a pipe.
    private static func say(_ line: String) {
        print(line)
        fflush(nil)
    }
}
