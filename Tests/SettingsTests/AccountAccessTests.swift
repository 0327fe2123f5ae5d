import Settings
import Testing
import Trading

@Suite("How an account reaches its broker")
struct AccountAccessTests {
    private func parse(_ keys: String, _ rest: String = "") throws -> SquareoffSettings {
        try SquareoffSettings.parse(
            "accounts:\n  my-alpha: { capital: 1, strategies: [], \(keys) }\n\(rest)",
            name: "x.yaml")
    }

    @Test func `all of it`() throws {
        let account = try parse(
            """
            broker: dhan, live: true, client_id: 1000000401, token_file: /s/token,
            totp_secret_file: /s/totp, pin_file: /s/pin, interface: 10.0.0.5,
            orders_per_second: 5, orders_per_day: 2000
            """
        ).accounts[0]
        #expect(account.broker == .dhan)
        #expect(account.live)
        var access = BrokerAccess()
        access.clientID = "1000000401"
        access.tokenFile = "/s/token"
        access.totpSecretFile = "/s/totp"
        access.pinFile = "/s/pin"
        access.tokenVariable = "SQUAREOFF_ACCOUNTS_MY_ALPHA_TOKEN"
        access.interface = "10.0.0.5"
        #expect(account.access == access)
        #expect(access.canMint)
        #expect(access.secretFiles == ["/s/totp", "/s/pin"])
        let gateway = GatewayProfile().with(account.orderLimits)
        #expect(
            [gateway.perSecond, gateway.perMinute, gateway.perHour, gateway.perDay]
                == [5, 250, 1_000, 2_000])
    }

    @Test(
        "Trades with money only by both words, the account's and the run's",
        arguments: [
            // broker, account's, run's, venue
            ("dhan", true, true, .dhan),
            ("dhan", true, false, .paper),
            ("dhan", false, true, .paper),
            ("paper", false, true, .paper),
        ] as [(String, Bool, Bool, BrokerKind)])
    func venue(broker: String, account: Bool, run: Bool, venue: BrokerKind) throws {
        let settings = try parse("broker: \(broker), live: \(account), client_id: 7")
        #expect(settings.accounts[0].venue(inLiveRun: run) == venue)
    }

    @Test func `an account is not live unless it says so`() throws {
        #expect(try !parse("broker: dhan, client_id: 7").accounts[0].live)
    }

    @Test(
        "What does not go together",
        arguments: [
            ("live: true", "live"),
            ("broker: dhan", "client_id"),
            ("totp_secret_file: /t, token_file: /s", "pin_file"),
            ("pin_file: /t", "totp_secret_file"),
            ("totp_secret_file: /t, pin_file: /p", "token_file"),
            ("orders_per_second: 300", "orders_per_minute"),
            ("orders_per_day: 999", "orders_per_day"),
        ])
    func together(keys: String, key: String) {
        let yaml = "accounts:\n  a: { capital: 1, strategies: [], \(keys) }\n"
        #expect(SettingsProblem.all(yaml).map(\.key) == ["accounts.a.\(key)"])
    }

    @Test(
        "Two accounts with money are two at the broker",
        arguments: [
            (#"client_id: "7", token_file: /b"#, true, ["client_id"]),
            (#"client_id: "8", token_file: /a"#, true, ["token_file"]),
            (#"client_id: "7", token_file: /a"#, true, ["client_id", "token_file"]),
            (#"client_id: "8", token_file: /b"#, true, []),
            (#"client_id: "7", token_file: /a"#, false, []),
        ])
    func shared(keys: String, isLive: Bool, expected: [String]) {
        func account(_ keys: String, _ isLive: Bool) -> String {
            "{ capital: 1, strategies: [], broker: dhan, live: \(isLive), \(keys) }"
        }
        let yaml = """
            accounts:
              a: \(account(#"client_id: "7", token_file: /a"#, true))
              b: \(account(keys, isLive))
            """
        let problems = SettingsProblem.all(yaml)
        #expect(problems.map(\.key) == expected.map { "accounts.b.\($0)" })
        #expect(problems.allSatisfy { "\($0)".contains("account a's too") })
    }

    @Test(
        "A token travels encrypted, but on this machine",
        arguments: [
            ("rest", "http://127.0.0.1:8000/v2", true), ("rest", "http://localhost:1", true),
            ("rest", "https://127.0.0.1:8000", true), ("rest", "http://api.dhan.co", false),
            ("rest", "http://127.0.0.1.evil.example", false), ("rest", "https://", false),
            ("feed_socket", "ws://127.0.0.1:9", true), ("feed_socket", "ws://dhan.co", false),
            ("feed_socket", "https://dhan.co", false),
        ])
    func encrypted(key: String, url: String, isRight: Bool) {
        let problems = SettingsProblem.all(oneAccount + "dhan: { \(key): '\(url)' }\n")
        #expect(problems.map(\.key) == (isRight ? [] : ["dhan.\(key)"]))
    }
}
