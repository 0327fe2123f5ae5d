package import Trading

/// Why a call to the broker brought no value.
package enum DhanError: Error, Sendable, Hashable {
    /// The broker answered, and has not acted.
    case refused(DhanRefusal)
    /// Nothing has left; the call may be made again.
    case notSent(String)
    /// Nobody knows whether the broker has acted: no answer, or none that can be read.
    case unknown(String)

    package var broker: BrokerError {
        switch self {
        case .refused(let refusal): refusal.broker
        case .notSent(let reason): .notSent(reason)
        case .unknown(let reason): .unknown(reason)
        }
    }

    package var reason: String {
        switch self {
        case .refused(let refusal): refusal.description
        case .notSent(let reason), .unknown(let reason): reason
        }
    }
}

/// A "no" in the broker's words.
package struct DhanRefusal: Sendable, Hashable, CustomStringConvertible {
    package var status: Int
    /// `DH-905`, `808`; empty where the answer has none.
    package var code: String
    package var text: String
    /// What it says about the account as a whole, if anything.
    package var trouble: DhanTrouble?

    package init(status: Int, code: String, text: String, trouble: DhanTrouble? = nil) {
        self.status = status
        self.code = code
        self.text = text
        self.trouble = trouble
    }

    package var description: String {
        code.isEmpty ? "\(text) (HTTP \(status))" : "\(code) \(text) (HTTP \(status))"
    }

    var broker: BrokerError {
        // The order itself was not looked at: with another token it is as good as before.
        trouble == .deadToken ? .notSent(description) : .refused(description)
    }
}

/// What is wrong with an account as a whole, so that not every call has to find out.
package enum DhanTrouble: String, Sendable, Hashable, CaseIterable {
    /// Orders do not come from the registered address.
    case invalidIP = "invalid_ip"
    /// The token is dead, and no other was to be had.
    case deadToken = "dead_token"
    /// The token belongs to another client, whose orders would be placed.
    case foreignToken = "foreign_token"
    /// The token ends soon, and could not be renewed.
    case tokenEnding = "token_ending"
    /// More calls than the broker allows.
    case rateLimited = "rate_limited"
    /// Quotes, charts and chains need a plan that this account lacks.
    case noDataPlan = "no_data_plan"
    /// The account or its segment may not trade.
    case accountBlocked = "account_blocked"
    /// No address is registered that orders could come from.
    case noAddress = "no_address"
    /// At the start, nobody could learn whether its orders would be taken.
    case unchecked
}
