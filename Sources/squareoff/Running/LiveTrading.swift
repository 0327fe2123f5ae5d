import Brokers
import Foundation
import Secrets
import Trading
import Workers

/// Which accounts of a run trade with money: those that may, in a run that is told to.
enum LiveTrading {
    /// Nil where no account trades with money.
    ///
    /// - Parameter isInCharge: as in ``DhanHouse``.
    static func house(
        _ desk: Desk, _ troubles: Troubles, isInCharge: Bool = false
    ) -> DhanHouse? {
        guard !desk.moneyAccounts.isEmpty else { return nil }
        return DhanHouse(
            DhanEndpoints(desk.dhan), environment: ProcessInfo.processInfo.environment,
            isInCharge: isInCharge, onTrouble: troubles.tell)
    }

    /// Asks at the start for what would keep every order from the broker. It goes on beside the
    /// workers: what is wrong, or stays unknown, comes as an alarm, and exits are tried all the
    /// same.
    static func check(
        _ desk: Desk, _ house: DhanHouse, _ troubles: Troubles, pause: Duration = .seconds(2),
        limit: Duration = .seconds(10)
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for account in desk.moneyAccounts {
                let check = AccountCheck(
                    client: desk.client(of: account, house), pause: pause, limit: limit)
                group.addTask {
                    if let trouble = await check.token() { troubles.tell(account, trouble) }
                }
                group.addTask {
                    if let trouble = await check.address() { troubles.tell(account, trouble) }
                }
            }
        }
    }

    /// A line for each account that a person could be mistaken about.
    static func notes(_ desk: Desk) -> [String] {
        let accounts = desk.accounts.values.sorted { $0.id < $1.id }
        return accounts.compactMap { account in
            let venue = desk.venue(of: account.id)
            if venue != .paper { return "account \(account.id) trades with money at \(venue)" }
            guard account.broker != .paper else { return nil }
            let missing = [account.live ? nil : "live: true", desk.isLive ? nil : "--live"]
            let reasons = missing.compactMap(\.self).joined(separator: " and ")
            return
                "account \(account.id) trades on paper: for \(account.broker) it lacks \(reasons)"
        }
    }

    /// What keeps accounts that are to trade with money from it. Says where a secret is missing or
    /// open to others, and never shows one.
    static func problems(_ desk: Desk, environment: [String: String]) -> [String] {
        let accounts = desk.accounts.values.sorted { $0.id < $1.id }
        return accounts.filter { desk.venue(of: $0.id) != .paper }.flatMap { account in
            problems(account.access, environment: environment).map {
                "account \(account.id): \($0)"
            }
        }
    }

    static func problems(
        _ access: BrokerAccess, environment: [String: String]
    ) -> [String] {
        flaws(access, environment: environment).map { $0.problem }
    }

    /// What is wrong with an account's secrets, each with what mends it.
    static func flaws(
        _ access: BrokerAccess, environment: [String: String]
    ) -> [(problem: String, advice: String)] {
        if access.tokenFile == nil, !access.canMint,
            environment[access.tokenVariable, default: ""].isEmpty
        {
            let problem = """
                no token: set token_file, or totp_secret_file and pin_file, or \
                \(access.tokenVariable) in the environment
                """
            return [(problem, "make a token at web.dhan.co, or a TOTP secret that mints them")]
        }
        return access.secretFiles.compactMap { path -> (problem: String, advice: String)? in
            do throws(SecretFileError) {
                _ = try SecretFile.read(path, atMost: 4_095)
                return nil
            } catch {
                return (error.description, advice(error, path, access))
            }
        }
    }

    private static func advice(
        _ error: SecretFileError, _ path: String, _ access: BrokerAccess
    ) -> String {
        if case .openToOthers = error { return "chmod 600 \(path)" }
        let content =
            path == access.totpSecretFile
            ? "the secret of the one-time codes, in base 32,"
            : path == access.pinFile ? "the account's pin" : "a token from web.dhan.co"
        return "put \(content) into \(path), with mode 600"
    }
}
