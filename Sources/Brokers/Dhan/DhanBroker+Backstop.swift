package import Trading

extension DhanBroker: LossBackstop {
    package func lossLimit(_ answer: @escaping Answer<Money?>) {
        client.profitExit { result in
            answer(result.map { $0.isOurs ? $0.loss : nil }.mapError(\.broker))
        }
    }

    /// A profit is asked for too: one that no day reaches. The kill switch stays out of it: what is
    /// left to exit here could not be exited any more.
    package func setLossLimit(_ loss: Money, _ answer: @escaping Answer<Void>) {
        let profit = Money(paise: loss.paise * Self.unreachable)
        client.setProfitExit(profit: profit, loss: loss, killSwitch: false) { result in
            answer(result.map { _ in }.mapError(\.broker))
        }
    }

    private static let unreachable = 1_000
}

extension DhanProfitExit {
    /// One that leaves out what this pipeline buys protects nothing here.
    fileprivate var isOurs: Bool {
        let product = DhanOrderRequest.Product.intraday.rawValue
        return isActive && products?.contains(product) != false
    }
}
