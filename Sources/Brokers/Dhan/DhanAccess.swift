package import Trading

/// Who calls the broker, from where, and with what right.
package struct DhanAccess: Sendable {
    package var clientID: String
    package var endpoints: DhanEndpoints
    /// The address or interface that calls and sockets leave from; nil for the system's choice.
    /// The broker takes orders from one registered address only.
    package var egress: Egress?
    package var token: any DhanTokenSource
    /// Asks the broker about a token that something hints may be dead, and replaces it if it is.
    /// A hint is no proof: a network resets connections too, and a new token ends the old one.
    package var doubt: @Sendable (DhanToken) -> Void = { _ in }
    /// One for all sockets of the client: a copy of this value shares it.
    package let rest: HandshakeRest

    package init(
        clientID: String, endpoints: DhanEndpoints = DhanEndpoints(), egress: Egress? = nil,
        token: any DhanTokenSource
    ) {
        self.clientID = clientID
        self.endpoints = endpoints
        self.egress = egress
        self.token = token
        rest = HandshakeRest(seed: FNV1a.hash(clientID))
    }
}
