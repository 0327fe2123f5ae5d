package import Trading

/// One account at a broker. A call may last; a gateway has many under way at once.
///
/// An answer is never the truth about an order: fills come as ``BrokerEvent``s.
package protocol Broker: Sendable {
    /// - Throws: ``BrokerError``; only `.refused` says that the order does not exist.
    func place(_ order: Order, nonce: Nonce) async throws(BrokerError) -> Placed
    /// An acknowledgement, not a cancellation: a fill may still win.
    func cancel(_ number: OrderNumber) async throws(BrokerError)
    /// One good read of the account's whole book. An unreadable book throws; it is never "empty".
    func orders() async throws(BrokerError) -> [BrokerOrder]
    /// How absence is proven at this broker.
    var absence: AbsenceRule { get }
}
