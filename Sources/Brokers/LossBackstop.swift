package import Trading

/// A broker that closes an account by itself when its day has lost so much, should nobody here be
/// alive to do so.
package protocol LossBackstop {
    /// The loss that stands there, above zero; nil for none, also for one that has fired.
    func lossLimit(_ answer: @escaping @Sendable (Result<Money?, BrokerError>) -> Void)
    /// It fires at once where the day's loss is beyond it already.
    func setLossLimit(
        _ loss: Money, _ answer: @escaping @Sendable (Result<Void, BrokerError>) -> Void)
}
