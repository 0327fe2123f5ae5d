import Brokers
import Foundation
import Trading

/// One account at the chaos broker, for a gateway: a connection for each call.
///
/// A call has left when it returns. What is sent by another thread later would outlive the timer
/// that ends a sender.
struct ChaosBroker: Broker {
    let account: AccountID
    let socket: String
    /// The broker accepts no order later than 2.8 s after it was sent, and shows it within 2 s.
    let absence = AbsenceRule(reads: 3, span: .seconds(5))

    /// How long an answer is waited for, in milliseconds.
    private static let patience = 2_000

    func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) {
        var call = self.call(.place)
        call.ticket = ExchangeCall.Ticket(order)
        send(call) { result in
            answer(
                result.flatMap { reply in
                    guard let number = reply.number else {
                        return .failure(.unknown("an answer without a number"))
                    }
                    return .success(Placed(number: OrderNumber(number), status: "TRANSIT"))
                })
        }
    }

    func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) {
        var call = self.call(.cancel)
        call.number = number.text
        send(call) { result in answer(result.map { _ in }) }
    }

    func books(_ answer: @escaping Answer<BrokerBooks>) {
        orders { answer($0.map(BrokerBooks.init(filledBy:))) }
    }

    func orders(_ answer: @escaping Answer<[BrokerOrder]>) {
        send(call(.book)) { result in
            answer(
                result.flatMap { reply in
                    guard let book = reply.book else {
                        return .failure(.unknown("an answer without a book"))
                    }
                    return .success(book.map(BrokerOrder.init))
                })
        }
    }

    private func call(_ action: ExchangeCall.Action) -> ExchangeCall {
        ExchangeCall(action: action, sentAt: ExchangeServer.now(), account: account.text)
    }

    private func send(_ call: ExchangeCall, _ answer: @escaping Answer<ExchangeAnswer>) {
        guard let connection = try? LineSocket(to: socket) else {
            return answer(.failure(.notSent("no connection to the broker")))
        }
        guard connection.send(call) else {
            return answer(.failure(.unknown("the broker did not take the whole call")))
        }
        Thread.detachNewThread {
            let reply = connection.receive(ExchangeAnswer.self, within: Self.patience)
            answer(Self.result(reply))
        }
    }

    private static func result(_ reply: ExchangeAnswer?) -> Result<ExchangeAnswer, BrokerError> {
        guard let reply else { return .failure(.unknown("no answer")) }
        if let refused = reply.refused { return .failure(.refused(refused)) }
        if let busy = reply.busy { return .failure(.notSent(busy)) }
        if let failed = reply.failed { return .failure(.unknown(failed)) }
        return .success(reply)
    }
}

extension BrokerOrder {
    fileprivate init(_ line: ExchangeAnswer.Line) {
        self.init(
            number: OrderNumber(line.number), correlation: CorrelationID(text: line.order),
            instrument: InstrumentID(text: line.instrument), side: OrderSide(text: line.side),
            status: line.status, quantity: Quantity(line.quantity), filled: Quantity(line.filled),
            value: Money(paise: line.value), reason: nil)
    }
}
