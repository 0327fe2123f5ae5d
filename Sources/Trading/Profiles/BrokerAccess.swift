/// Which broker an account trades at.
package enum BrokerKind: String, Sendable, Hashable, CaseIterable {
    case paper, dhan
}

/// How an account reaches its broker: names and paths, never a secret.
package struct BrokerAccess: Sendable, Hashable {
    package var clientID: String?
    /// A file with the access token, and the place of a token that is minted, for all processes.
    package var tokenFile: String?
    /// The file with the secret of the one-time codes by which tokens are minted.
    package var totpSecretFile: String?
    package var pinFile: String?
    /// The variable with the token, for an account without any of the files.
    package var tokenVariable = ""
    /// The local address or interface of its calls and sockets, as ``Egress`` reads it.
    package var interface: String?

    package init() {}

    /// Files that only their owner may touch. The token's need not be there yet where one is
    /// minted.
    package var secretFiles: [String] {
        [totpSecretFile, pinFile, canMint ? nil : tokenFile].compactMap(\.self)
    }

    package var canMint: Bool { totpSecretFile != nil && pinFile != nil }
}

/// An account's own order limits, where they differ from the gateway's.
package struct OrderLimits: Sendable, Hashable {
    package var perSecond: Int?
    package var perMinute: Int?
    package var perHour: Int?
    package var perDay: Int?

    package init() {}
}
