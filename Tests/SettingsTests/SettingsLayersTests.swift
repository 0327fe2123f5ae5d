import Settings
import Testing
import Trading

@Suite("The environment above the file above the defaults")
struct SettingsLayersTests {
    private let yaml =
        oneAccount + """
            bus: { shards: 4 }
            risk_profiles:
              default: { stop_loss: 20 }
              tight: { take_profit: 9 }
              loose: { take_profit: off }
            """

    private func parse(_ environment: [String: String]) throws -> SquareoffSettings {
        try SquareoffSettings.parse(yaml, name: "x.yaml", environment: environment)
    }

    @Test func `each layer is heard where the ones above say nothing`() throws {
        let settings = try parse(["SQUAREOFF_REDIS_URL": "unix:///run/redis.sock"])
        #expect(settings.redis.url == "unix:///run/redis.sock")
        #expect(settings.bus == BusSettings(shards: 4, partitions: 1))
        #expect(try parse(["SQUAREOFF_BUS_SHARDS": "7"]).bus.shards == 7)
    }

    @Test func `lists, records, names and off from the environment`() throws {
        let settings = try parse([
            "SQUAREOFF_INDICES": "NIFTY, SENSEX",
            "SQUAREOFF_ACCOUNTS_ALPHA_CAPITAL": "2500.50",
            "SQUAREOFF_RISK_PROFILES_TIGHT_TRAILING_TIERS": "5:-15,10:-5.5",
            "SQUAREOFF_RISK_PROFILES_TIGHT_STOP_LOSS": "off",
            "SQUAREOFF_ENTRY_PROFILES_DEFAULT_COOLDOWN": "20m",
            "SQUAREOFF_PAPER_PROTECTIONS": "10:5,off:1",
        ])
        #expect(settings.indices == ["NIFTY", "SENSEX"])
        #expect(settings.accounts[0].capital == Money(paise: 250_050))
        let tight = try #require(settings.riskProfiles["tight"])
        #expect(
            tight.trailingTiers == [
                .init(profit: .percent(5), stop: .percent(-15)),
                .init(profit: .percent(10), stop: Percent(basisPoints: -550)),
            ])
        #expect(tight.stopLoss == nil)
        #expect(settings.entryProfiles["default"]?.cooldown == .minutes(20))
        #expect(settings.paper.protections.map(\.below) == [Price(paise: 1_000), nil])
    }

    @Test func `a profile starts from the values of default`() throws {
        let settings = try parse(["SQUAREOFF_RISK_PROFILES_DEFAULT_BREAKEVEN_AT": "11"])
        let tight = try #require(settings.riskProfiles["tight"])
        #expect(tight.stopLoss == .percent(20))
        #expect(tight.breakevenAt == .percent(11))
        #expect(tight.takeProfit == .percent(9))
        #expect(settings.riskProfiles["loose"]?.takeProfit == nil)
        #expect(settings.riskProfiles["default"]?.takeProfit == .percent(60))
    }

    @Test(
        "A wrong variable",
        arguments: [
            (
                "SQUAREOFF_BUS_SHARDS", "many",
                "environment: SQUAREOFF_BUS_SHARDS: expected a whole number, found 'many'"
            ),
            (
                "SQUAREOFF_BUS_SHARDS", "0",
                "environment: SQUAREOFF_BUS_SHARDS: 0 is below the least, 1"
            ),
            (
                "SQUAREOFF_BUS_SHARD", "1",
                "environment: SQUAREOFF_BUS_SHARD: unknown setting; "
                    + "did you mean 'SQUAREOFF_BUS_SHARDS'?"
            ),
            (
                "SQUAREOFF_INDICES", "",
                "environment: SQUAREOFF_INDICES: 0 entries, at least 1 needed"
            ),
            (
                "SQUAREOFF_ACCOUNTS_ALPHA_ENTRY", "fast",
                "environment: SQUAREOFF_ACCOUNTS_ALPHA_ENTRY: unknown entry profile 'fast'"
            ),
            (
                "SQUAREOFF_RISK_PROFILES_TIGHT_TRAILING_TIERS", "5",
                "environment: SQUAREOFF_RISK_PROFILES_TIGHT_TRAILING_TIERS: "
                    + "expected profit:stop, found '5'"
            ),
            (
                "SQUAREOFF_RISK_PROFILES_TIGHT_TRAILING_TIERS", "5:1,6:x",
                "environment: SQUAREOFF_RISK_PROFILES_TIGHT_TRAILING_TIERS: "
                    + "stop: expected a number of percent like 30 or 2.5, found 'x'"
            ),
        ])
    func wrong(name: String, value: String, expected: String) {
        let problems = SettingsProblem.all(yaml, environment: [name: value])
        #expect(problems.map(\.description) == [expected])
    }

    @Test func `secrets and other programs' variables are left alone`() throws {
        let plain = try parse([:])
        let environment = [
            "SQUAREOFF_REDIS_USER": "me", "SQUAREOFF_REDIS_PASSWORD_FILE": "/run/secret",
            "SQUAREOFF_TEST_REDIS": "1", "BUS_SHARDS": "9", "PATH": "/bin",
        ]
        #expect(try parse(environment) == plain)
    }

    @Test func `a strategy's risk profile reaches the accounts that follow it`() throws {
        let settings = try SquareoffSettings.parse(
            """
            strategies:
              calm: { indices: [NIFTY] }
              wild: { indices: [NIFTY], risk: tight, supertrend_multiplier: 2.5 }
            accounts:
              b: { capital: 1, strategies: [wild, calm], risk: other }
              a: { capital: 1, strategies: [calm] }
            risk_profiles:
              tight: { stop_loss: 3 }
              other: { stop_loss: 4 }
            """, name: "x.yaml")
        #expect(settings.accounts.map(\.id) == ["b", "a"])
        #expect(settings.strategies.map(\.id) == ["calm", "wild"])
        #expect(settings.strategies[1].supertrendMultiplier == .percent(250))
        let account = settings.accounts[0]
        #expect(account.risk(for: "wild").stopLoss == .percent(3))
        #expect(account.risk(for: "calm").stopLoss == .percent(4))
        #expect(settings.accounts[1].risk(for: "calm").stopLoss == .percent(30))
    }
}
