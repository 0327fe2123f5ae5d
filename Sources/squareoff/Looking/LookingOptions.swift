import ArgumentParser
import Foundation
import Redis
import Trading

/// Where Redis is.
struct RedisOptions: ParsableArguments {
    static let variable = "SQUAREOFF_REDIS_URL"
    static let standardURL = "redis://127.0.0.1:6379/0"

    @Option(
        help: "Redis, by default $\(RedisOptions.variable), else \(RedisOptions.standardURL).")
    var redis: String?

    func endpoint() throws -> RedisEndpoint {
        let given = redis ?? ProcessInfo.processInfo.environment[Self.variable]
        return try RedisEndpoint(url: given ?? Self.standardURL)
    }

    func lookout() throws -> Lookout {
        try Lookout.open(endpoint(), credentials: .fromEnvironment())
    }
}

/// What all commands that only look have in common.
struct LookingOptions: ParsableArguments {
    @OptionGroup var redis: RedisOptions

    @Option(help: "Of this account alone.")
    var account: String?

    @Flag(help: "Also what is over: closed positions, finished orders, other days.")
    var all = false

    @Flag(help: "A JSON array of flat objects with all fields, as Redis keeps them.")
    var json = false

    func includes(_ account: AccountID?) -> Bool {
        self.account.map { $0 == account?.text } ?? true
    }
    func includes(_ fields: Fields) -> Bool {
        includes(fields[Field.account.rawValue].map { AccountID($0) })
    }
}

/// A command that looks at Redis once and prints a table or JSON.
protocol LookingCommand: ParsableCommand {
    var options: LookingOptions { get }
    func sheet(_ lookout: Lookout) throws -> Sheet
}

extension LookingCommand {
    mutating func run() throws {
        let sheet = try sheet(options.redis.lookout())
        print(options.json ? sheet.json : sheet.text)
    }
}
