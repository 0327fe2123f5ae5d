package import Trading

extension DhanClient {
    package func positions(_ answer: @escaping Answer<[DhanPosition]>) { notBuilt(answer) }
    package func funds(_ answer: @escaping Answer<DhanFunds>) { notBuilt(answer) }
    package func profile(_ answer: @escaping Answer<DhanProfile>) { notBuilt(answer) }
    /// The registered addresses.
    package func addresses(_ answer: @escaping Answer<DhanAddresses>) { notBuilt(answer) }

    /// Whether trading is switched off for the day.
    package func killSwitch(_ answer: @escaping Answer<Bool>) { notBuilt(answer) }
    /// Switches trading off for the day. The broker wants the account flat first.
    package func setKillSwitch(_ isOn: Bool, _ answer: @escaping Answer<Void>) {
        notBuilt(answer)
    }

    package func profitExit(_ answer: @escaping Answer<DhanProfitExit>) { notBuilt(answer) }
    /// The broker itself closes the account's positions at this loss (an amount above zero) or
    /// profit; at once when it is beyond one already.
    package func setProfitExit(
        profit: Money, loss: Money, killSwitch: Bool, _ answer: @escaping Answer<DhanProfitExit>
    ) { notBuilt(answer) }
    package func stopProfitExit(_ answer: @escaping Answer<Void>) { notBuilt(answer) }

    /// Closes every position and cancels every order of the account, other people's too.
    package func exitAll(_ answer: @escaping Answer<Void>) { notBuilt(answer) }
}
