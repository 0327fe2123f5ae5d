package import Trading

/// Who calls the broker, from where, and with what right.
package struct DhanAccess: Sendable {
    package var clientID: String
    package var endpoints: DhanEndpoints
    /// The address or interface that calls and sockets leave from; nil for the system's choice.
    /// The broker takes orders from one registered address only.
    package var egress: Egress?
    package var token: any DhanTokenSource

    package init(
        clientID: String, endpoints: DhanEndpoints = DhanEndpoints(), egress: Egress? = nil,
        token: any DhanTokenSource
    ) {
        self.clientID = clientID
        self.endpoints = endpoints
        self.egress = egress
        self.token = token
    }
}
