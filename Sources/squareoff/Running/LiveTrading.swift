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

    /// Asks at the start for what would keep every order from the broker. Returns at once: what is
    /// wrong comes as an alarm, and exits are tried all the same.
    static func check(_ desk: Desk, _ house: DhanHouse, _ troubles: Troubles) {
        for account in desk.moneyAccounts {
            let client = desk.client(of: account, house)
            // A dead token is told by the client itself.
            client.profile { result in
                if case .success(let profile) = result, !profile.hasDerivatives {
                    troubles.tell(account, .accountBlocked)
                }
            }
            client.addresses { result in
                if BrokerChecks.address(result).level == .wrong {
                    troubles.tell(account, .invalidIP)
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
        if access.tokenFile == nil, !access.canMint,
            environment[access.tokenVariable, default: ""].isEmpty
        {
            return [
                """
                no token: set token_file, or totp_secret_file and pin_file, or \
                \(access.tokenVariable) in the environment
                """
            ]
        }
        return access.secretFiles.compactMap { path in
            do throws(SecretFileError) {
                _ = try SecretFile.read(path, atMost: 4_095)
                return nil
            } catch {
                return error.description
            }
        }
    }
}
