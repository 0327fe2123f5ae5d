import HTTP
package import Trading

extension DhanClient {
    package func positions(_ answer: @escaping Answer<[DhanPosition]>) {
        perform(.read("/positions"), answer, reading: DhanPosition.list)
    }

    package func funds(_ answer: @escaping Answer<DhanFunds>) {
        perform(.read("/fundlimit"), answer, reading: DhanFunds.init)
    }

    package func profile(_ answer: @escaping Answer<DhanProfile>) {
        perform(.read("/profile"), answer, reading: DhanProfile.init)
    }

    /// The registered addresses.
    package func addresses(_ answer: @escaping Answer<DhanAddresses>) {
        perform(.read("/ip/getIP"), answer, reading: DhanAddresses.init)
    }

    /// Whether trading is switched off for the day.
    package func killSwitch(_ answer: @escaping Answer<Bool>) {
        perform(.read("/killswitch"), answer, reading: DhanKillSwitch.isOn)
    }

    /// Switches trading off for the day. The broker wants the account flat first.
    ///
    /// Its answer is a sentence, which may say anything: it is asked how things stand.
    package func setKillSwitch(_ isOn: Bool, _ answer: @escaping Answer<Void>) {
        let status = isOn ? "ACTIVATE" : "DEACTIVATE"
        let sent: Answer<Void> = { [self] result in
            guard case .success = result else { return answer(result) }
            killSwitch { stands in
                answer(
                    stands.flatMap { now in
                        now == isOn
                            ? .success(()) : .failure(.unknown("the kill switch did not move"))
                    })
            }
        }
        perform(.act(.post, "/killswitch?killSwitchStatus=\(status)"), sent) { _ in }
    }

    package func profitExit(_ answer: @escaping Answer<DhanProfitExit>) {
        perform(.read("/pnlExit"), answer, reading: DhanProfitExit.init)
    }

    /// The broker itself closes what this pipeline holds at this loss (an amount above zero) or
    /// profit; at once when it is beyond one already. What is held as another product is somebody
    /// else's.
    package func setProfitExit(
        profit: Money, loss: Money, killSwitch: Bool, _ answer: @escaping Answer<DhanProfitExit>
    ) {
        let body = JSON.object([
            "dhanClientId": .string(access.clientID), "profitValue": .number(profit.text),
            "lossValue": .number(loss.text),
            "productType": .array([.string(DhanOrderRequest.Product.intraday.rawValue)]),
            "enableKillSwitch": .bool(killSwitch),
        ])
        perform(.act(.post, "/pnlExit", body), answer, reading: DhanProfitExit.init)
    }

    package func stopProfitExit(_ answer: @escaping Answer<Void>) {
        perform(.act(.delete, "/pnlExit"), answer) { _ in }
    }

    /// Closes every position and cancels every order of the account, other people's too.
    package func exitAll(_ answer: @escaping Answer<Void>) {
        perform(.act(.delete, "/positions"), answer) { _ in }
    }
}
