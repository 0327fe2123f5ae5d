package import Trading

/// One account at a broker. A call may last; a gateway has many under way at once.
///
/// A call returns at once and answers later, once, on whatever thread the client has. Callbacks
/// and not `async`: the gateway's loop owns its thread and its Redis connections, and a broker
/// that lives in memory or in Redis answers before the call returns, without a change of thread.
///
/// A broker belongs to one gateway, whose thread makes all calls.
///
/// An answer is never the truth about an order: fills come as ``BrokerEvent``s.
package protocol Broker {
    typealias Answer<Value> = @Sendable (Result<Value, BrokerError>) -> Void

    /// Only `.refused` says that the order does not exist.
    ///
    /// - Parameter left: called once the request has left or will never leave; an answer says as
    ///   much. A sender's life covers the time from its mark to here: an order whose sender is
    ///   dead must not be sent afterwards.
    func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>)
    /// An acknowledgement, not a cancellation: a fill may still win.
    func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>)
    /// One read of the account's order book. An unreadable book fails; it is never "empty".
    func orders(_ answer: @escaping Answer<OrderBook>)
    /// The same, with what is held: orders and holdings of one moment, or close to it.
    func books(_ answer: @escaping Answer<BrokerBooks>)
    /// How absence is proven at this broker.
    var absence: AbsenceRule { get }
}
