import Stages
import Support
import Testing
import Trading

@Suite("The loss limit at the broker")
struct BackstopTests {
    @Test(
        "Is kept a quarter beyond the account's own rule",
        arguments: [
            // own rule in percent of 200 000, what stands there, what is set
            (5, nil, 12_500), (5, 10_000, 12_500), (5, 12_500, nil),
            (nil, 9_000, nil), (nil, nil, nil),
        ] as [(Int?, Int?, Int?)]
    )
    func correction(rule: Int?, stands: Int?, set: Int?) {
        var account = Fixtures.accountProfile(capital: .rupees(200_000))
        account.risk.dailyLoss = rule.map(Percent.percent)
        let correction = Backstop.correction(of: account, stands: stands.map(Money.rupees))
        #expect(correction == set.map(Money.rupees))
    }
}
