import ArgumentParser
import Foundation
import MessageBus
import Redis
import Trading

/// What all commands that ask for something have in common.
struct ActingOptions: ParsableArguments {
    @OptionGroup var redis: RedisOptions

    @Option(help: "For this account alone.")
    var account: String?

    var scope: Halts.Scope { account.map { .account(AccountID($0)) } ?? .everything }
    var scopeText: String { account.map { "account \($0)" } ?? "everything" }

    func includes(_ id: AccountID) -> Bool { account.map { $0 == id.text } ?? true }

    /// Runs a step with a look at Redis and a session on the bus.
    func act(_ step: (Lookout, Petition) throws -> Void) throws {
        let lookout = try redis.lookout()
        do {
            let bus = RedisBus(endpoint: try redis.endpoint(), credentials: try .fromEnvironment())
            let petition = Petition(
                session: try bus.session("squareoff-act"),
                who: "person:\(ProcessInfo.processInfo.userName)")
            try step(lookout, petition)
        } catch let error as BusError {
            throw PetitionError.bus(error)
        }
    }

    /// Open positions of the scope. Those that cannot be read are among them.
    func open(_ lookout: Lookout) throws -> [StoredPosition] {
        try lookout.positions().filter { position in
            !position.isClosed && (account.map { $0 == position.fields[.account] } ?? true)
        }
    }

    /// A halt for an account that does not exist would stop nobody, and a person who mistyped its
    /// name would not know.
    func warnOfUnknownAccount(_ lookout: Lookout) throws {
        guard let account else { return }
        for shard in lookout.shards
        where try !lookout.names(.accountDays(shard, of: AccountID(account))).isEmpty {
            return
        }
        let warning =
            "warning: account '\(account)' has not traded in this Redis: is it its name?\n"
        FileHandle.standardError.write(Data(warning.utf8))
    }
}
