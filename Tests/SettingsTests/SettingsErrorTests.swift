import Settings
import Testing
import Trading

@Suite("Errors of a settings file")
struct SettingsErrorTests {
    @Test(
        "One mistake",
        arguments: [
            (
                "accounts:\n  alpha:\n    capitol: 5\n    capital: 5\n    strategies: []\n",
                "x.yaml:3: accounts.alpha.capitol: unknown key; did you mean 'capital'?"
            ),
            (
                oneAccount + "bus:\n  shards: 2\n  shards: 3\n",
                "x.yaml:7: bus.shards: duplicate key, first on line 6"
            ),
            (
                oneAccount + "bus:\n  shards: 2\n  'shards': 3\n",
                "x.yaml:7: bus.shards: duplicate key, first on line 6"
            ),
            (oneAccount + "buss: {}\n", "x.yaml:5: buss: unknown key; did you mean 'bus'?"),
            (oneAccount + "weather: fine\n", "x.yaml:5: weather: unknown key"),
            (oneAccount + "bus: [1]\n", "x.yaml:5: bus: expected a mapping"),
            (
                oneAccount + "bus:\n  shards: '2'\n",
                "x.yaml:6: bus.shards: expected a whole number, found the text '2'"
            ),
            (
                oneAccount + "indices: [NIFTY, NIFTY]\n",
                "x.yaml:5: indices: 'NIFTY' stands in the list twice"
            ),
            (oneAccount + "indices: []\n", "x.yaml:5: indices: 0 entries, at least 1 needed"),
            ("", "x.yaml: accounts: no accounts; name at least one"),
            ("bus: {}\naccounts:\n", "x.yaml:2: accounts: no accounts; name at least one"),
            (
                "accounts:\n  alpha:\n    capital: 5\n",
                "x.yaml:2: accounts.alpha.strategies: missing"
            ),
            (
                "accounts: { al pha: {} }\n",
                "x.yaml:1: accounts.al pha: expected a name of letters, digits, '_' and '-'"
            ),
            ("a: [1\n", "x.yaml:2: not YAML: did not find expected ',' or ']'"),
        ])
    func mistake(yaml: String, expected: String) {
        #expect(SettingsProblem.all(yaml).map(\.description).contains(expected))
    }

    @Test(
        "An unknown reference",
        arguments: [
            (
                "accounts:\n  a:\n    capital: 5\n    strategies:\n      - trend\n      - trends\n",
                "x.yaml:6: accounts.a.strategies: unknown strategy 'trends'; did you mean 'trend'?"
            ),
            (
                "accounts:\n  a: { capital: 5, strategies: [], entry: fast }\n",
                "x.yaml:2: accounts.a.entry: unknown entry profile 'fast'"
            ),
            (
                "accounts:\n  a: { capital: 5, strategies: [], risk: defalt }\n",
                "x.yaml:2: accounts.a.risk: unknown risk profile 'defalt'; did you mean 'default'?"
            ),
            (
                "strategies:\n  b:\n    indices: [NIFTY]\n    risk: tight\n",
                "x.yaml:4: strategies.b.risk: unknown risk profile 'tight'"
            ),
            (
                "indices: [NIFTY]\nstrategies:\n  b: { indices: [SENSEX] }\n",
                "x.yaml:3: strategies.b.indices: unknown index 'SENSEX'"
            ),
        ])
    func reference(yaml: String, expected: String) {
        let text = yaml + "\n" + (yaml.contains("strategies:\n  b") ? oneAccount : trend)
        #expect(SettingsProblem.all(text).map(\.description) == [expected])
    }

    /// Whatever an entry names must not go before the entry.
    @Test(
        "Times that contradict each other are named both",
        arguments: [
            ("streams: 8d", "alarms: must not be below retention.streams"),
            ("alarms: 1d", "alarms: must not be below retention.streams"),
            ("records: 1d", "records: must not be below retention.streams"),
            ("records: 3d", "records: must not be below retention.alarms"),
        ])
    func retention(yaml: String, expected: String) {
        let text = "retention:\n  \(yaml)\n\(oneAccount)"
        #expect(
            SettingsProblem.all(text).contains {
                $0.description.hasSuffix("retention.\(expected)") && ($0.line ?? 0) > 0
            })
    }

    private let trend = "strategies:\n  trend: { indices: [NIFTY] }\n"

    @Test(
        "A secret is refused, and not repeated",
        arguments: [
            ("redis:\n  password: hunter2\n", "redis.password", "SQUAREOFF_REDIS_PASSWORD"),
            ("redis:\n  auth_token: hunter2\n", "redis.auth_token", "SQUAREOFF_REDIS_PASSWORD"),
            (
                "redis:\n  url: redis://:hunter2@localhost\n", "redis.url",
                "SQUAREOFF_REDIS_PASSWORD"
            ),
            ("redis:\n  url: hunter2\n", "redis.url", "expected a URL"),
            ("accounts:\n  a:\n    token: hunter2\n", "accounts.a.token", "environment"),
            ("accounts:\n  a:\n    Client_Secret: hunter2\n", "accounts.a.Client_Secret", "a file"),
            ("accounts:\n  a:\n    pin: hunter2\n", "accounts.a.pin", "environment"),
            ("accounts:\n  a:\n    token_file: hunter2\n", "accounts.a.token_file", "absolute"),
            ("accounts:\n  a:\n    pin_file: 'hunter2'\n", "accounts.a.pin_file", "absolute"),
            ("dhan:\n  access_token: hunter2\n", "dhan.access_token", "environment"),
            ("dhan:\n  rest: https://api.dhan.co?token=hunter2\n", "dhan.rest", "a URL"),
            ("dhan:\n  feed_socket: wss://hunter2@x\n", "dhan.feed_socket", "a URL"),
        ])
    func secret(yaml: String, key: String, advice: String) throws {
        let problems = SettingsProblem.all(yaml)
        let problem = try #require(problems.first { $0.key == key })
        #expect(problem.message.contains(advice))
        #expect(!problems.contains { $0.description.contains("hunter2") })
    }

    @Test func `all errors of a file are reported, in its order`() {
        let yaml = """
            redis: { password: x }
            bus:
              shards: 0
              shards: 5
              partitons: 2
            accounts:
              alpha:
                capital: -5
                strategies: [none]
                entry: other
              Alpha: { capital: 1, strategies: [] }
            risk_profiles:
              default:
                trailing_tiers:
                  - { profit: 5, stop: x }
                  - { stop: 1 }
                  - 7
                stop_loss: 30%
                take_profit: 10
                take_profit: 20
            """
        #expect(
            SettingsProblem.all(yaml).map { "\($0.line ?? 0) \($0.key)" } == [
                "1 redis.password", "3 bus.shards", "4 bus.shards", "5 bus.partitons",
                "8 accounts.alpha.capital", "9 accounts.alpha.strategies",
                "10 accounts.alpha.entry", "11 accounts.Alpha",
                "15 risk_profiles.default.trailing_tiers[0].stop",
                "16 risk_profiles.default.trailing_tiers[1].profit",
                "17 risk_profiles.default.trailing_tiers[2]",
                "18 risk_profiles.default.stop_loss", "20 risk_profiles.default.take_profit",
            ])
    }

    @Test func `a repeated key that cannot be told apart is still reported`() {
        let yaml = "bus:\n  &anchor shards: 1\n  shards: 2\n"
        #expect(
            SettingsProblem.all(yaml).map(\.description).contains { $0.hasSuffix("duplicate key") })
    }

    @Test func `a key three times, with Windows' line ends`() {
        let yaml = "bus:\r\n  shards: 1\r\n  shards: 2\r\n  partitions: 3\r\n  shards: 4\r\n"
        let problems = SettingsProblem.all(yaml).filter { $0.key == "bus.shards" }
        #expect(problems.map(\.line) == [3, 5])
    }

    @Test func `an alias stands for what it names`() throws {
        let settings = try SquareoffSettings.parse(
            oneAccount + "risk_profiles: { a: &a { stop_loss: 5 }, b: *a }\n", name: "x.yaml")
        #expect(settings.riskProfiles["b"]?.stopLoss == .percent(5))
    }

    @Test func `a file that is not there`() {
        let path = "/nowhere/x.yaml"
        #expect(
            throws: SettingsErrors([
                SettingsProblem(file: path, line: nil, key: "", message: "no file")
            ])
        ) {
            try SquareoffSettings.load(path: path, environment: [:])
        }
    }

    @Test func `without a file there are no accounts`() {
        #expect(throws: SettingsErrors.self) {
            try SquareoffSettings.load(path: nil, environment: [:])
        }
    }

    @Test(
        "Settings that are right alone and wrong together",
        arguments: [
            (
                "entry_profiles:\n  default:\n    window_start: 15:15\n",
                "entry_profiles.default.window_end"
            ),
            (
                "entry_profiles:\n  default:\n    min_premium: 2000\n",
                "entry_profiles.default.max_premium"
            ),
            (
                "risk_profiles:\n  default:\n    profit_floor: 2001\n",
                "risk_profiles.default.profit_floor"
            ),
            (
                "risk_profiles:\n  default:\n    stale_alarm: 61s\n",
                "risk_profiles.default.stale_alarm"
            ),
            (
                "risk_profiles:\n  default:\n    trailing_tiers: [{profit: 5, stop: 5}]\n",
                "risk_profiles.default.trailing_tiers"
            ),
            (
                "risk_profiles:\n  default:\n    trailing_tiers:\n"
                    + "    - {profit: 5, stop: 0}\n    - {profit: 5, stop: 1}\n",
                "risk_profiles.default.trailing_tiers"
            ),
            ("gateway:\n  per_second: 300\n", "gateway.per_minute"),
            ("reconciler:\n  every: 1s\n", "reconciler.every"),
            ("paper:\n  protections: [{below: 5, share: 1}]\n", "paper.protections"),
        ])
    func together(yaml: String, key: String) {
        #expect(SettingsProblem.all(oneAccount + yaml).map(\.key) == [key])
    }
}
